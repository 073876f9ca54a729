//! Faults, as each wire writes them.

use super::json::ToJson;
use super::{Protocol, xml};
use crate::Fault;

impl Fault {
    /// Appends the body. JSON answers carry [`code`](Fault::code) in the header
    /// `x-amzn-errortype` as well: some SDKs look there first.
    ///
    /// `request_id` is part of the XML and unused in JSON.
    pub fn write(&self, protocol: Protocol, request_id: &str, out: &mut Vec<u8>) {
        match protocol {
            Protocol::Json { .. } => self.write_json(out),
            Protocol::Query { namespace, .. } => self.write_xml(namespace, request_id, out),
        }
    }

    fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"__type\":");
        self.code.to_owned().to_json(out);
        if let Some(message) = &self.message {
            out.extend_from_slice(b",\"message\":");
            message.as_ref().to_owned().to_json(out);
        }
        out.push(b'}');
    }

    fn write_xml(&self, namespace: &str, request_id: &str, out: &mut Vec<u8>) {
        xml::root("ErrorResponse", namespace, out, |out| {
            xml::element("Error", out, |out| {
                let side = if self.is_sender() { "Sender" } else { "Receiver" };
                xml::element("Type", out, |out| xml::escape(side, out));
                xml::element("Code", out, |out| xml::escape(self.code, out));
                if let Some(message) = &self.message {
                    xml::element("Message", out, |out| xml::escape(message, out));
                }
            });
            xml::element("RequestId", out, |out| xml::escape(request_id, out));
        });
    }

    /// Nothing here answers to `operation` (the JSON services do not repeat it).
    pub fn unknown_operation(protocol: Protocol, operation: &str) -> Fault {
        match protocol {
            Protocol::Json { .. } => Fault::bare("UnknownOperationException"),
            Protocol::Query { version, .. } => Fault::sender(
                "InvalidAction",
                format!("Could not find operation {operation} for version {version}"),
            ),
        }
    }
}
