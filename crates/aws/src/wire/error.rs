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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    const JSON: Protocol = Protocol::Json { target: "AmazonSSM" };
    const QUERY: Protocol = Protocol::Query {
        version: "2010-05-08",
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    };

    fn body(fault: &Fault, protocol: Protocol) -> String {
        let mut out = Vec::new();
        fault.write(protocol, "id-1", &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_json_fault_names_its_type_and_may_have_no_message() {
        let fault = Fault::sender("ParameterNotFound", "no \"x\"");
        assert_snapshot!(body(&fault, JSON), @r#"{"__type":"ParameterNotFound","message":"no \"x\""}"#);
        assert_snapshot!(body(&Fault::bare("TooManyUpdates"), JSON), @r#"{"__type":"TooManyUpdates"}"#);
    }

    #[test]
    fn a_query_fault_says_whose_it_is() {
        let fault = Fault::sender("NoSuchEntity", "a < b").with_status(404);
        assert_snapshot!(body(&fault, QUERY), @r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>a &lt; b</Message></Error><RequestId>id-1</RequestId></ErrorResponse>"#);
        let ours = Fault::bare("ServiceFailure").with_status(500);
        assert_snapshot!(body(&ours, QUERY), @r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Receiver</Type><Code>ServiceFailure</Code></Error><RequestId>id-1</RequestId></ErrorResponse>"#);
    }

    #[test]
    fn an_operation_that_nobody_serves_is_named_in_query_only() {
        assert_eq!(
            Fault::unknown_operation(JSON, "Nope"),
            Fault::bare("UnknownOperationException")
        );
        assert_snapshot!(Fault::unknown_operation(QUERY, "Nope").message.unwrap(), @"Could not find operation Nope for version 2010-05-08");
    }
}
