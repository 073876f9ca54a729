//! HTTP by hand, signed by AWS's own signer.
//!
//! For what no client would send (another body under an old signature, ten
//! megabytes, a clock an hour behind) and for the load of the kill test, where
//! a Python process per request would be too slow.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningInstructions, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use serde_json::Value;

use super::{Credentials, REGION};

/// A request, still open to tampering.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// A keep-alive connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

/// Who signs, for which service, at what time.
pub(crate) struct Signing<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) time: SystemTime,
}

/// Returns how `credentials` sign for `service` now, in the usual region.
pub(crate) fn at<'a>(credentials: &'a Credentials, service: &'a str) -> Signing<'a> {
    Signing {
        credentials,
        service,
        region: REGION,
        time: SystemTime::now(),
    }
}

impl Request {
    /// A plain GET.
    pub(crate) fn get(target: &str, authority: &str) -> Self {
        Self {
            method: "GET",
            target: target.into(),
            headers: vec![("host".into(), authority.into())],
            body: vec![],
        }
    }

    /// A call in the JSON 1.1 protocol; `target` is `AmazonSSM.GetParameter` or the like.
    pub(crate) fn json(target: &str, body: impl Into<Vec<u8>>, authority: &str) -> Self {
        let headers = vec![
            ("host".into(), authority.into()),
            ("content-type".into(), "application/x-amz-json-1.1".into()),
            ("x-amz-target".into(), target.into()),
        ];
        Self {
            method: "POST",
            target: "/".into(),
            headers,
            body: body.into(),
        }
    }

    /// A call in the Query protocol of IAM and STS.
    pub(crate) fn query(version: &str, action: &str, members: &[(&str, &str)], authority: &str) -> Self {
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in members {
            body += &format!("&{}={}", percent_encoded(name), percent_encoded(value));
        }
        let headers = vec![
            ("host".into(), authority.into()),
            (
                "content-type".into(),
                "application/x-www-form-urlencoded; charset=utf-8".into(),
            ),
        ];
        Self {
            method: "POST",
            target: "/".into(),
            headers,
            body: body.into_bytes(),
        }
    }

    /// Adds the headers of Signature Version 4.
    pub(crate) fn signed(mut self, signing: &Signing<'_>) -> Self {
        let instructions = self.instructions(signing, SigningSettings::default());
        let added = instructions
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.headers.extend(added);
        self
    }

    /// Puts the signature into the query, as a presigned URL has it.
    pub(crate) fn presigned(mut self, signing: &Signing<'_>, good_for: Duration) -> Self {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(good_for);
        let separator = if self.target.contains('?') { '&' } else { '?' };
        let parameters: Vec<_> = self
            .instructions(signing, settings)
            .params()
            .iter()
            .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)))
            .collect();
        self.target += &format!("{separator}{}", parameters.join("&"));
        self
    }

    fn instructions(&self, signing: &Signing<'_>, settings: SigningSettings) -> SigningInstructions {
        let identity = signing.credentials.sdk().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(signing.region)
            .name(signing.service)
            .time(signing.time)
            .settings(settings)
            .build()
            .expect("every parameter is given")
            .into();
        let host = self.header("host").expect("every request has a host");
        let url = format!("http://{host}{}", self.target);
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let body = SignableBody::Bytes(&self.body);
        let signable = SignableRequest::new(self.method, &url, headers, body).unwrap();
        sign(signable, &parameters).unwrap().into_parts().0
    }

    /// Returns the value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Replaces or adds a header, signed or not.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .retain(|(present, _)| !present.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
        self
    }

    fn head(&self) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head + &format!("content-length: {}\r\n\r\n", self.body.len())
    }
}

impl Answer {
    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Returns the error's code as an SDK reads it, from either protocol; empty for a success.
    pub(crate) fn code(&self) -> String {
        match serde_json::from_str::<Value>(&self.body) {
            Ok(body) => body["__type"]
                .as_str()
                .unwrap_or_default()
                .rsplit('#')
                .next()
                .unwrap_or_default()
                .into(),
            Err(_) => self.element("Code").unwrap_or_default(),
        }
    }

    /// Returns the error's message, from either protocol; empty if there is none.
    pub(crate) fn message(&self) -> String {
        match serde_json::from_str::<Value>(&self.body) {
            Ok(body) => body["message"]
                .as_str()
                .or(body["Message"].as_str())
                .unwrap_or_default()
                .into(),
            Err(_) => self.element("Message").unwrap_or_default(),
        }
    }

    /// Returns the text of the first XML element called `name`.
    pub(crate) fn element(&self, name: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(
            text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&"),
        )
    }

    /// Returns the value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Asserts success and returns the answer.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{self:?}");
        self
    }

    /// Asserts a refusal with this status and code, and returns its message.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> String {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{self:?}");
        self.message()
    }
}

impl Connection {
    /// Connects to `host:port`.
    pub(crate) fn open(authority: &str) -> io::Result<Self> {
        Ok(Self::over(TcpStream::connect(authority)?))
    }

    /// Speaks HTTP over a connected stream.
    pub(crate) fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("a TCP stream has the option");
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("the time is not zero");
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Sends a request and reads its answer.
    pub(crate) fn send(&mut self, request: &Request) -> io::Result<Answer> {
        // A server may refuse a large body before it has read it all; its answer is then still to be read.
        let written = self.ask(request);
        self.receive().or_else(|error| written.and(Err(error)))
    }

    /// Sends a request, and does not wait for the answer.
    pub(crate) fn ask(&mut self, request: &Request) -> io::Result<()> {
        let mut bytes = request.head().into_bytes();
        bytes.extend_from_slice(&request.body);
        self.stream.get_mut().write_all(&bytes)
    }

    fn receive(&mut self) -> io::Result<Answer> {
        let status_line = self.line()?;
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .ok_or_else(broken)?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let length = find(&headers, "content-length")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer {
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(present, _)| present.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer")
}

/// Escapes a text for a form or a query.
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
