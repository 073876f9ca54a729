//! Calls of STS and IAM, in AWS's Query protocol: a form goes, XML comes.

use kagiban_client::{Backoff, Connector, Credentials, Http, Signer};
use roxmltree::{Document, Node, ParsingOptions};
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use super::endpoint::Endpoint;
use crate::failure::Failure;

/// More elements than any answer here has.
const MAX_NODES: u32 = 100_000;

/// The codes that mean: the same again, later.
const THROTTLED: [&str; 4] = [
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
];

/// Calls a service.
pub(crate) struct Query {
    endpoint: Endpoint,
    runtime: Runtime,
    http: Http,
}

/// What a service answered.
pub(crate) struct Answer(Zeroizing<String>);

impl Query {
    /// A client that has not connected yet.
    ///
    /// # Errors
    ///
    /// If the system has nothing left to wait with.
    pub(crate) fn new(endpoint: &Endpoint) -> Result<Query, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let connector = Connector::new(endpoint.ca_bundle.clone())?;
        Ok(Query {
            http: Http::new(connector, endpoint.url.clone()),
            endpoint: endpoint.clone(),
            runtime,
        })
    }

    /// Calls an action; `signer` is nobody where a token in the form says who it is.
    ///
    /// # Errors
    ///
    /// If the service cannot be reached or refuses.
    pub(crate) fn call(
        &self,
        action: &str,
        members: &[(&str, &str)],
        signer: Option<&Credentials>,
    ) -> Result<Answer, Failure> {
        let mut backoff = Backoff::of_call();
        loop {
            match self.once(action, members, signer) {
                Err(failure) if THROTTLED.iter().any(|code| failure.has_code(code)) => {
                    let Some(pause) = backoff.pause() else {
                        return Err(failure);
                    };
                    std::thread::sleep(pause);
                }
                ended => return ended,
            }
        }
    }

    fn once(
        &self,
        action: &str,
        members: &[(&str, &str)],
        signer: Option<&Credentials>,
    ) -> Result<Answer, Failure> {
        let service = self.endpoint.service;
        let own = [("Action", action), ("Version", service.version())];
        let signer = match signer {
            Some(credentials) => Signer::Key(credentials, self.endpoint.region, service.name()),
            None => Signer::Nobody,
        };
        let path = match self.endpoint.url.path() {
            "" => "/",
            path => path,
        };
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        let sent = self
            .http
            .post(path, &headers, form(own.iter().chain(members)), &signer);
        let answer = self.runtime.block_on(sent)?;
        let text =
            std::str::from_utf8(&answer.body).map_err(|_| Failure::Answer("it is no text".to_owned()))?;
        let text = Answer(Zeroizing::new(text.to_owned()));
        match answer.status {
            200 => Ok(text),
            status => Err(text.refusal(status, answer.decision)),
        }
    }
}

impl Answer {
    /// The text of the element at this way of names, from anywhere in the answer.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(crate) fn text(&self, way: &[&str]) -> Result<String, Failure> {
        let found = self.all(way)?.into_iter().next();
        found.ok_or_else(|| Failure::Answer(format!("there is no {} in it", way.join("/"))))
    }

    /// The texts of all elements at this way of names.
    ///
    /// # Errors
    ///
    /// If the answer is no XML.
    pub(crate) fn all(&self, way: &[&str]) -> Result<Vec<String>, Failure> {
        let options = ParsingOptions {
            nodes_limit: MAX_NODES,
            ..ParsingOptions::default()
        };
        let document = Document::parse_with_options(&self.0, options)
            .map_err(|_| Failure::Answer("it is no XML".to_owned()))?;
        let elements = document.descendants().filter(|node| is_at(*node, way));
        Ok(elements
            .map(|node| node.text().unwrap_or_default().to_owned())
            .collect())
    }

    fn refusal(&self, status: u16, decision: Option<String>) -> Failure {
        match (self.text(&["Error", "Code"]), self.text(&["Error", "Message"])) {
            (Ok(code), message) => Failure::Refused {
                code,
                message: message.unwrap_or_default(),
                decision,
            },
            _ => Failure::Answer(format!("HTTP status {status}")),
        }
    }
}

/// Whether the element and those around it have these names, the innermost last.
fn is_at(node: Node<'_, '_>, way: &[&str]) -> bool {
    let mut around = node.ancestors();
    way.iter()
        .rev()
        .all(|name| around.next().is_some_and(|node| node.tag_name().name() == *name))
}

fn form<'a>(members: impl Iterator<Item = &'a (&'a str, &'a str)>) -> Zeroizing<Vec<u8>> {
    // Room for a web identity's token, so that no copy is left by growing.
    let mut form = Zeroizing::new(Vec::with_capacity(64 << 10));
    for (position, (name, value)) in members.enumerate() {
        if position > 0 {
            form.push(b'&');
        }
        escape(name, &mut form);
        form.push(b'=');
        escape(value, &mut form);
    }
    form
}

/// Appends text with all but unreserved characters escaped.
pub(crate) fn escape(text: &str, to: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => to.push(byte),
            _ => to.extend_from_slice(&[
                b'%',
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_escaped() {
        let form = form([("Action", "X"), ("A.1", "a b/ü=&")].iter());
        assert_eq!(
            std::str::from_utf8(&form).unwrap(),
            "Action=X&A.1=a%20b%2F%C3%BC%3D%26"
        );
    }

    #[test]
    fn answers_are_looked_into_by_names() {
        let text = "<R xmlns=\"x\"><Credentials><AccessKeyId>A&amp;B</AccessKeyId></Credentials><AccessKeyId>no</AccessKeyId></R>";
        let answer = Answer(Zeroizing::new(text.to_owned()));
        assert_eq!(answer.text(&["Credentials", "AccessKeyId"]).unwrap(), "A&B");
        assert_eq!(answer.all(&["AccessKeyId"]).unwrap(), ["A&B", "no"]);
        assert!(answer.text(&["None"]).is_err());
        let refused =
            Answer(Zeroizing::new("<E><Error><Code>C</Code></Error></E>".to_owned())).refusal(403, None);
        assert!(refused.has_code("C"));
        let nonsense = Answer(Zeroizing::new(
            "<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>".to_owned(),
        ));
        assert!(
            matches!(nonsense.refusal(502, None), Failure::Answer(_)),
            "documents that define things are not read"
        );
    }
}
