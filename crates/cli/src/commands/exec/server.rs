//! Credentials over the loopback, for commands that outlive a session: as ECS has it for a container, or
//! as EC2 has it for an instance (IMDSv2), on a port of its own and with a secret of its own, since every
//! user of the machine can reach the port.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use aws_lc_rs::{constant_time, rand};
use serde_json::json;
use zeroize::Zeroizing;

use super::environment::Environment;
use super::keeper::Keeper;
use crate::failure::Failure;
use crate::vault::Session;

/// What the server stands in for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Ecs,
    Ec2,
}

/// Which requests are answered, and with what.
struct Server {
    kind: Kind,
    address: SocketAddr,
    /// In a header for ECS, in the path for EC2.
    secret: String,
    /// What IMDSv2 gives before anything else.
    imds_token: String,
    region: Option<String>,
    keeper: Mutex<Keeper>,
}

/// The longest request that is read.
const MAX_HEAD: usize = 16 << 10;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// What aws-vault calls the instance that there is not.
const INSTANCE: &str = "aws-vault";

/// The one role that there is.
const ROLE: &str = "local-credentials";

/// Listens, and says in the environment where.
///
/// # Errors
///
/// If there is no port.
pub(crate) fn start(
    kind: Kind,
    keeper: Keeper,
    region: Option<String>,
    environment: &mut Environment,
) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = Server {
        kind,
        address: listener.local_addr()?,
        secret: secret(),
        imds_token: secret(),
        region,
        keeper: Mutex::new(keeper),
    };
    let (address, secret) = (server.address, server.secret.as_str());
    match kind {
        Kind::Ecs => {
            environment.set(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                &format!("http://{address}/"),
            );
            environment.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", secret);
        }
        Kind::Ec2 => {
            environment.set(
                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                &format!("http://{address}/{secret}/"),
            );
            environment.remove("AWS_EC2_METADATA_DISABLED");
        }
    }
    let server = Arc::new(server);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let server = Arc::clone(&server);
            thread::spawn(move || server.serve(stream));
        }
    });
    Ok(())
}

fn secret() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the system has randomness");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A request's head.
#[derive(Debug, Default)]
struct Head {
    method: String,
    path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

/// Status, kind of content, content.
type Reply = (u16, &'static str, Zeroizing<String>);

impl Head {
    fn read(stream: &mut TcpStream) -> io::Result<Option<Head>> {
        let mut bytes = Vec::with_capacity(1024);
        let mut some = [0; 1024];
        while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
            let count = stream.read(&mut some)?;
            if count == 0 || bytes.len() + count > MAX_HEAD {
                return Ok(None);
            }
            bytes.extend_from_slice(&some[..count]);
        }
        Ok(std::str::from_utf8(&bytes).ok().and_then(Head::parse))
    }

    fn parse(text: &str) -> Option<Head> {
        let (head, _) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        words.next().filter(|version| version.starts_with("HTTP/1."))?;
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        Some(Head {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: headers.collect::<Option<_>>()?,
        })
    }

    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value)
    }
}

impl Server {
    fn serve(&self, mut stream: TcpStream) {
        let read = stream
            .set_read_timeout(Some(PATIENCE))
            .and_then(|()| Head::read(&mut stream));
        let (status, kind, body) = match read {
            Ok(Some(head)) => self.answer(&head),
            _ => message(400, "that is no request"),
        };
        let head = format!(
            "HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n{}\r\n",
            body.len(),
            // What is asked for a token is told how long it lasts.
            if self.kind == Kind::Ec2 {
                "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"
            } else {
                ""
            },
        );
        // Whoever has gone away needs no answer.
        let _ = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()));
    }

    fn answer(&self, head: &Head) -> Reply {
        // A page of another site cannot make a browser send another Host than the site's own.
        if head.header("host") != self.address.to_string() {
            return message(403, "the host is not this one");
        }
        match self.kind {
            Kind::Ecs => self.ecs(head),
            Kind::Ec2 => self.ec2(head),
        }
    }

    fn ecs(&self, head: &Head) -> Reply {
        if !is_same(head.header("authorization"), &self.secret) {
            return message(403, "the authorization token is not the right one");
        }
        match (head.method.as_str(), head.path.strip_prefix("/role-arn/")) {
            ("GET", Some(arn)) => self.credentials(|keeper| keeper.role(&unescape(arn))),
            ("GET", None) if head.path == "/" => self.credentials(Keeper::session),
            _ => message(404, "there is / and /role-arn/ARN"),
        }
    }

    fn ec2(&self, head: &Head) -> Reply {
        let path = head.path.trim_start_matches('/').split_once('/');
        let Some((secret, path)) = path.filter(|(secret, _)| is_same(secret, &self.secret)) else {
            return message(404, "not found");
        };
        debug_assert!(!secret.is_empty());
        let path = path.trim_start_matches('/');
        if !head.header("x-forwarded-for").is_empty() {
            return message(403, "a proxy is not this machine");
        }
        if path == "latest/api/token" {
            let ttl = head.header("x-aws-ec2-metadata-token-ttl-seconds").parse::<u32>();
            return match (head.method.as_str(), ttl) {
                ("PUT", Ok(1..=21600)) => text(&self.imds_token),
                ("PUT", _) => message(400, "the time to live is between 1 and 21600"),
                _ => message(405, "a token comes by PUT"),
            };
        }
        if !is_same(head.header("x-aws-ec2-metadata-token"), &self.imds_token) {
            return message(401, "a token comes first");
        }
        let region = self.region.as_deref().unwrap_or("us-east-1");
        match path
            .strip_prefix("latest/")
            .map(|path| path.trim_end_matches('/'))
        {
            Some("meta-data/iam/security-credentials") => text(ROLE),
            // Clients ask for these to see whether there is an instance and a role at all.
            Some("meta-data/instance-id") => text(INSTANCE),
            Some("meta-data/iam/info") => text(&json!({ "Code": "Success" }).to_string()),
            Some("meta-data/iam/security-credentials/local-credentials") => self.credentials(Keeper::session),
            Some("meta-data/placement/region") => text(region),
            Some("meta-data/placement/availability-zone") => text(&format!("{region}a")),
            Some("dynamic/instance-identity/document") => text(&json!({ "region": region }).to_string()),
            _ => message(404, "not found"),
        }
    }

    fn credentials(&self, get: impl FnOnce(&mut Keeper) -> Result<Session, Failure>) -> Reply {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        match get(&mut keeper) {
            Ok(session) => (200, "application/json", body(&session)),
            Err(failure) => message(500, &failure.to_string()),
        }
    }
}

fn body(session: &Session) -> Zeroizing<String> {
    let credentials = &session.credentials;
    let body = json!({
        "Code": "Success",
        "Type": "AWS-HMAC",
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret.expose(),
        "Token": credentials.session_token.as_ref().map_or("", |token| token.expose()),
        "Expiration": session.expires.map(|expires| expires.iso().to_string()),
    });
    Zeroizing::new(body.to_string())
}

fn text(text: &str) -> Reply {
    (200, "text/plain", Zeroizing::new(text.to_owned()))
}

fn message(status: u16, text: &str) -> Reply {
    (
        status,
        "application/json",
        Zeroizing::new(json!({ "Message": text }).to_string()),
    )
}

fn is_same(given: &str, secret: &str) -> bool {
    constant_time::verify_slices_are_equal(given.as_bytes(), secret.as_bytes()).is_ok()
}

/// ARNs come with their colons and slashes escaped.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| after.get(..2)).flatten();
        let byte = escaped.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn heads_are_read() {
        let head = Head::parse("GET /x HTTP/1.1\r\nHost: a:1\r\nAuthorization:  t \r\n\r\n").unwrap();
        assert_eq!(
            (
                head.path.as_str(),
                head.header("host"),
                head.header("authorization")
            ),
            ("/x", "a:1", "t")
        );
        for wrong in [
            "GET /x\r\n\r\n",
            "GET /x HTTP/2\r\n\r\n",
            "GET /x HTTP/1.1\r\nno\r\n\r\n",
            "GET",
        ] {
            assert!(Head::parse(wrong).is_none(), "{wrong}");
        }
        assert_eq!(unescape("arn%3Aaws:iam%2fx%zz%4"), "arn:aws:iam/x%zz%4");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_head_or_none(text in "(GET|PUT|\\PC{0,3})[ /a-z%0-9]{0,12}(HTTP/1.1)?(\r\n[a-z:]{0,6}){0,4}\r\n\r\n") {
            if let Some(head) = Head::parse(&text) {
                unescape(&head.path);
            }
        }
    }
}
