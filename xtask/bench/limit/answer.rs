use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::Kind;
use super::messages::Messages;
use super::proof::Proof;
use super::values::Values;
use super::writer::Writer;
use crate::workload;

/// What one kind of server knows.
pub(super) struct Answers {
    proof: Proof,
    source: Source,
}

enum Source {
    Constant { proven: bool, body: Bytes },
    Values(Values),
    Writer(Writer),
    Messages(Messages),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameter<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutParameter<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    parameter: Parameter<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter<'a> {
    #[serde(rename = "ARN")]
    arn: String,
    data_type: &'static str,
    last_modified_date: f64,
    name: &'a str,
    r#type: &'static str,
    value: &'a str,
    version: u64,
}

impl Answers {
    pub(super) fn prepare(kind: Kind, directory: &Path) -> Result<Answers> {
        let constant = |proven| -> Result<Source> {
            let body = parameter(&workload::name(0), &workload::value(0))?;
            Ok(Source::Constant { proven, body })
        };
        let source = match kind {
            Kind::A => constant(false)?,
            Kind::B => constant(true)?,
            Kind::C => Source::Values(Values::fill(directory)?),
            Kind::Put => Source::Writer(Writer::start(directory)?),
            Kind::Kms => Source::Messages(Messages::new()),
        };
        let proof = Proof::prepare(kind.service());
        Ok(Answers { proof, source })
    }

    pub(super) async fn to(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if request.method() == Method::GET {
            return Response::new(Full::from("ok\n")); // GET /healthz
        }
        match self.answer(request).await {
            Ok(body) => {
                let mut response = Response::new(Full::new(body));
                let json = HeaderValue::from_static("application/x-amz-json-1.1");
                response.headers_mut().insert(CONTENT_TYPE, json);
                response
            }
            Err(error) => {
                let mut response = Response::new(Full::from(format!("{error:#}")));
                *response.status_mut() = StatusCode::BAD_REQUEST;
                response
            }
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Bytes> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        match &self.source {
            Source::Constant {
                proven,
                body: constant,
            } => {
                if *proven {
                    self.prove(&head, &body)?;
                }
                Ok(constant.clone())
            }
            Source::Values(values) => {
                self.prove(&head, &body)?;
                let asked: GetParameter<'_> = serde_json::from_slice(&body)?;
                let value = values.open(&asked.name)?;
                parameter(&asked.name, std::str::from_utf8(&value)?)
            }
            Source::Writer(writer) => {
                self.prove(&head, &body)?;
                let asked: PutParameter<'_> = serde_json::from_slice(&body)?;
                writer.put(&asked.name, &asked.value).await?;
                Ok(Bytes::from_static(br#"{"Tier":"Standard","Version":1}"#))
            }
            Source::Messages(messages) => {
                self.prove(&head, &body)?;
                let target = head.headers.get("x-amz-target").context("no operation")?;
                messages.answer(target.to_str()?, &body)
            }
        }
    }

    fn prove(&self, head: &Parts, body: &[u8]) -> Result<()> {
        self.proof.verify(head, body).context("the signature")
    }
}

fn parameter(name: &str, value: &str) -> Result<Bytes> {
    let parameter = Parameter {
        arn: format!("arn:aws:ssm:us-east-1:111122223333:parameter{name}"),
        data_type: "text",
        last_modified_date: 1_767_225_600.123,
        name,
        r#type: "SecureString",
        value,
        version: 1,
    };
    Ok(serde_json::to_vec(&Answer { parameter })?.into())
}
