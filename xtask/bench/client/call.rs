use std::io::Write as _;
use std::time::SystemTime;

use anyhow::Result;
use kagiban_aws::sigv4::{HttpRequest, sign};
use kagiban_aws::{Region, Timestamp};

use crate::identity::{Identity, REGION};

/// A request to a service, not yet signed.
pub(crate) struct Call {
    service: &'static str,
    content_type: &'static str,
    /// `X-Amz-Target`, with JSON 1.1.
    target: Option<String>,
    body: String,
}

impl Call {
    /// Systems Manager, JSON 1.1.
    pub(crate) fn ssm(operation: &str, body: String) -> Call {
        Call::json("ssm", format!("AmazonSSM.{operation}"), body)
    }

    /// KMS, JSON 1.1.
    pub(crate) fn kms(operation: &str, body: String) -> Call {
        Call::json("kms", format!("TrentService.{operation}"), body)
    }

    fn json(service: &'static str, target: String, body: String) -> Call {
        Call {
            service,
            content_type: "application/x-amz-json-1.1",
            target: Some(target),
            body,
        }
    }

    /// IAM, whose wire is a form.
    pub(crate) fn iam(action: &str, parameters: &[(&str, &str)]) -> Call {
        Call::form("iam", "2010-05-08", action, parameters)
    }

    /// STS, whose wire is a form, too.
    pub(crate) fn sts(action: &str, parameters: &[(&str, &str)]) -> Call {
        Call::form("sts", "2011-06-15", action, parameters)
    }

    fn form(service: &'static str, version: &str, action: &str, parameters: &[(&str, &str)]) -> Call {
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in parameters {
            body += &format!("&{name}={}", escaped(value));
        }
        Call {
            service,
            content_type: "application/x-www-form-urlencoded",
            target: None,
            body,
        }
    }

    /// Signs as of now and writes the request as it goes over the wire.
    ///
    /// # Errors
    ///
    /// The request cannot be signed, which none of ours is.
    pub(crate) fn write(&self, host: &str, identity: &Identity, out: &mut Vec<u8>) -> Result<()> {
        let mut headers = vec![("content-type", self.content_type), ("host", host)];
        headers.extend(self.target.as_deref().map(|target| ("x-amz-target", target)));
        let request = HttpRequest {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
            body: self.body.as_bytes(),
        };
        let region: Region = REGION.parse()?;
        let now = Timestamp::from(SystemTime::now());
        let added = sign(&request, &identity.credentials(), region, self.service, now)?;
        out.extend_from_slice(b"POST / HTTP/1.1\r\n");
        for (name, value) in headers.iter().copied().chain(added.headers()) {
            write!(out, "{name}: {value}\r\n")?;
        }
        write!(out, "content-length: {}\r\n\r\n{}", self.body.len(), self.body)?;
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_escape_what_would_end_a_value() {
        assert_eq!(escaped("a&b=c d/é"), "a%26b%3Dc%20d%2F%C3%A9");
    }
}
