//! The parameters that a page shows: what `ssm:DescribeParameters` tells whoever has signed in.

use hyper::StatusCode;
use kagiban_aws::sigv4::SignatureError;
use kagiban_aws::{Region, Timestamp};
use kagiban_iam::authenticate::Candidate;
use serde::Deserialize;
use serde_json::json;

use super::desk::{Desk, Visitor};
use crate::edge::Errand;
use crate::http::{Request, Response};

/// What came of asking.
#[derive(Debug)]
pub(super) enum Listing {
    /// The next few, and the token of those that follow.
    Parameters { rows: Vec<Row>, next: Option<String> },
    /// The service's own refusal, and the id of the request, by which `kagiban explain` knows it.
    Refused { sentence: String, request_id: String },
}

/// A parameter without its value.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) r#type: String,
    pub(super) version: i64,
    /// In seconds.
    last_modified_date: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    #[serde(default)]
    parameters: Vec<Row>,
    next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    #[serde(rename = "__type")]
    code: String,
    message: String,
}

/// What DescribeParameters gives at most.
const ROWS: usize = 50;

impl Row {
    pub(super) fn modified(&self) -> Timestamp {
        Timestamp::from_millis((self.last_modified_date * 1000.0).round() as i64)
    }
}

impl Desk {
    /// Asks as the visitor, in the circumstances of their request.
    ///
    /// # Errors
    ///
    /// As for [`Edge::run_errand`](crate::edge::Edge).
    pub(super) async fn parameters(
        &self,
        (visitor, bearer): (&Visitor, &Candidate),
        region: Region,
        next: Option<&str>,
        from: &Request,
    ) -> Result<Listing, SignatureError> {
        let mut members = json!({ "MaxResults": ROWS });
        if let Some(next) = next {
            members["NextToken"] = next.into();
        }
        let errand = Errand {
            service: "ssm",
            target: "AmazonSSM.DescribeParameters",
            region,
            body: members.to_string().into_bytes(),
        };
        let answer = self.edge.run_errand(errand, bearer, &visitor.token, from).await?;
        Ok(read(&answer))
    }
}

fn read(answer: &Response) -> Listing {
    if answer.status == StatusCode::OK
        && let Ok(Described {
            parameters,
            next_token,
        }) = serde_json::from_slice(&answer.body)
    {
        return Listing::Parameters {
            rows: parameters,
            next: next_token,
        };
    }
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let id = answer.headers.get("x-amzn-requestid");
    Listing::Refused {
        sentence: match refusal.message.is_empty() {
            true => refusal.code,
            false => format!("{}: {}", refusal.code, refusal.message),
        },
        request_id: id.and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn answer(status: StatusCode, body: &'static str) -> Response {
        Response::new(status, "application/x-amz-json-1.1", body).with(
            "x-amzn-requestid".parse().unwrap(),
            HeaderValue::from_static("id-1"),
        )
    }

    #[test]
    fn what_is_described_is_listed() {
        let body = r#"{"Parameters":[{"Name":"/a","Type":"String","Version":3,"LastModifiedDate":1700000000.5,"Tier":"Standard"}],"NextToken":"n"}"#;
        let Listing::Parameters { rows, next } = read(&answer(StatusCode::OK, body)) else {
            panic!("it is a list");
        };
        assert_eq!((rows[0].name.as_str(), rows[0].version), ("/a", 3));
        assert_eq!(rows[0].modified(), Timestamp::from_millis(1_700_000_000_500));
        assert_eq!(next.as_deref(), Some("n"));
    }

    #[test]
    fn a_refusal_is_shown_in_the_services_own_words() {
        let body = r#"{"__type":"AccessDeniedException","message":"User: x is not authorized"}"#;
        for (body, sentence) in [
            (body, "AccessDeniedException: User: x is not authorized"),
            (r#"{"__type":"InternalServerError"}"#, "InternalServerError"),
        ] {
            match read(&answer(StatusCode::BAD_REQUEST, body)) {
                Listing::Refused {
                    sentence: said,
                    request_id,
                } => assert_eq!((said.as_str(), request_id.as_str()), (sentence, "id-1")),
                Listing::Parameters { .. } => panic!("it is a refusal"),
            }
        }
    }
}
