//! AWS's own client library signs, we verify; and we sign what it signed, to the letter.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::sigv4::{Credentials, SignatureError, presign, sign};
use kagiban_aws::{Region, Timestamp};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::fixture::Request;

const IN_HEADERS: usize = 400;
const IN_QUERIES: usize = 200;

/// A request as botocore sends it, and what it was made of.
#[derive(Debug, Deserialize)]
struct Sample {
    presigned: bool,
    method: String,
    path: String,
    query: String,
    host: String,
    unsigned: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: String,
    access_key_id: String,
    secret: String,
    token: Option<String>,
    region: Region,
    service: String,
    expires: u64,
    date: String,
}

impl Sample {
    fn now(&self) -> Timestamp {
        Timestamp::from_basic(&self.date).unwrap()
    }

    fn credentials(&self) -> Credentials<'_> {
        Credentials {
            access_key_id: &self.access_key_id,
            secret: &self.secret,
            session_token: self.token.as_deref(),
        }
    }

    fn sent(&self) -> Request {
        self.with_headers(&self.headers)
    }

    fn with_headers(&self, headers: &[(String, String)]) -> Request {
        let request = Request {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            body: STANDARD.decode(&self.body).unwrap(),
            headers: Vec::new(),
        };
        let request = request.with("host", &self.host);
        headers.iter().fold(request, |request, (name, value)| {
            request.with(&name.to_lowercase(), value)
        })
    }

    fn check(&self, request: &Request) -> Result<(), SignatureError> {
        request.check_for(&self.credentials(), &self.service, self.now())
    }

    /// The query up to where the signature's parameters begin.
    fn own_query(&self) -> &str {
        let at = self.query.find("X-Amz-Algorithm=").unwrap();
        self.query[..at].trim_end_matches('&')
    }
}

/// The interpreter that has botocore, from `KAGIBAN_PYTHON` or from where the tests keep it.
fn python() -> PathBuf {
    std::env::var_os("KAGIBAN_PYTHON").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin/python"),
        PathBuf::from,
    )
}

fn samples() -> Vec<Sample> {
    let python = python();
    let output = Command::new(&python)
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/sigv4/botocore_sign.py"
        ))
        .args([IN_HEADERS.to_string(), IN_QUERIES.to_string()])
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "{}: {error}; run `cargo xtask test`, which installs Python's clients",
                python.display()
            )
        });
    assert!(
        output.status.success(),
        "{} has no usable botocore; run `cargo xtask test`, which installs it\n{}",
        python.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn what_botocore_signs_is_accepted_and_only_that() {
    let samples = samples();
    assert_eq!(samples.len(), IN_HEADERS + IN_QUERIES);
    for sample in &samples {
        let sent = sample.sent();
        assert_eq!(sample.check(&sent), Ok(()), "{sample:?}");

        let longer = Request {
            path: format!("{}/x", sent.path),
            ..sent.clone()
        };
        assert!(sample.check(&longer).is_err(), "{sample:?}");
        let other = Request {
            body: [sent.body.as_slice(), b"x"].concat(),
            ..sent.clone()
        };
        assert!(sample.check(&other).is_err(), "{sample:?}");
        let asked = Request {
            query: format!("{}&x=1", sent.query),
            ..sent.clone()
        };
        assert!(sample.check(&asked).is_err(), "{sample:?}");
        let elsewhere = sent.without("host").with("host", "elsewhere");
        assert!(sample.check(&elsewhere).is_err(), "{sample:?}");
    }
}

#[test]
fn our_signatures_are_botocores() {
    for sample in samples() {
        if sample.presigned {
            presigns_alike(&sample);
        } else if !sample.unsigned.iter().any(|(name, _)| name == "Date") {
            // botocore dates requests that have a `Date` by that header; we always send `X-Amz-Date`.
            signs_alike(&sample);
        }
    }
}

fn signs_alike(sample: &Sample) {
    let request = sample.with_headers(&sample.unsigned);
    let added = sign(
        &request.borrowed(),
        &sample.credentials(),
        sample.region,
        &sample.service,
        sample.now(),
    );
    let added = added.unwrap();
    let sent = sample.sent();
    assert_eq!(added.authorization, sent.value("authorization"), "{sample:?}");
    assert_eq!(added.date, sent.value("x-amz-date"));
    assert_eq!(added.security_token, sample.token.as_deref());
}

fn presigns_alike(sample: &Sample) {
    let request = sample.with_headers(&[]).with_query(sample.own_query());
    let query = presign(
        &request.borrowed(),
        &sample.credentials(),
        sample.region,
        &sample.service,
        Duration::from_secs(sample.expires),
        sample.now(),
    );
    assert_eq!(query.unwrap(), sample.query, "{sample:?}");
}
