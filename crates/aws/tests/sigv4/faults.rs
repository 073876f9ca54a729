//! What clients are told, and what they must never be.

use kagiban_aws::Fault;
use kagiban_aws::sigv4::{Presented, SignatureError::*};
use kagiban_aws::wire::Protocol;

use crate::fixture::{KEY, Request};

const JSON: Protocol = Protocol::Json { target: "AmazonSSM" };
const QUERY: Protocol = Protocol::Query {
    version: "2011-06-15",
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
};

#[test]
fn secrets_are_never_in_debug_output_or_errors() {
    let secret = Request::json().with("authorization", format!("AWS4-HMAC-SHA256 {}", KEY.secret));
    let refused = secret.check().unwrap_err();
    assert!(!format!("{refused} {refused:?} {KEY:?}").contains("wJalr"));
    let signed = Request::json().signed();
    let signature = signed.value("authorization").rsplit_once('=').unwrap().1;
    let request = signed.borrowed();
    assert!(!format!("{:?}", Presented::parse(&request).unwrap()).contains(signature));
}

#[test]
fn unsigned_requests_miss_their_token() {
    let refused = Request::json().check().unwrap_err();
    assert_eq!(refused, Missing);
    assert_eq!(
        refused.fault(JSON),
        Fault::sender(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token"
        )
    );
    assert_eq!(
        refused.fault(QUERY),
        Fault::sender(
            "MissingAuthenticationToken",
            "Request is missing Authentication Token"
        )
        .with_status(403)
    );
}

#[test]
fn what_is_missing_is_said_in_aws_words() {
    let refused = Request::json()
        .with("authorization", "AWS4-HMAC-SHA256")
        .check()
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Authorization header requires 'Credential' parameter. \
         Authorization header requires 'Signature' parameter. \
         Authorization header requires 'SignedHeaders' parameter. \
         Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    );
    let refused = Request::get("/")
        .with_query("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1")
        .check()
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "AWS query-string parameters must include 'X-Amz-Credential'. \
         AWS query-string parameters must include 'X-Amz-Signature'. \
         AWS query-string parameters must include 'X-Amz-SignedHeaders'. \
         Re-examine the query-string parameters."
    );
}

#[test]
fn codes_and_statuses_are_those_that_sdks_act_on() {
    for (refused, json, query, status) in [
        (
            UnsupportedAlgorithm,
            "IncompleteSignatureException",
            "IncompleteSignature",
            400,
        ),
        (
            CredentialParts,
            "IncompleteSignatureException",
            "IncompleteSignature",
            400,
        ),
        (
            UnknownAccessKey,
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            403,
        ),
        (
            InvalidToken,
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            403,
        ),
        (ExpiredToken, "ExpiredTokenException", "ExpiredToken", 403),
        (
            Mismatch,
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            403,
        ),
        (
            WrongTerminator,
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            403,
        ),
        (
            BothForms,
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            403,
        ),
    ] {
        let fault = refused.fault(JSON);
        assert_eq!((fault.status, fault.code), (400, json));
        let fault = refused.fault(QUERY);
        assert_eq!((fault.status, fault.code), (status, query));
    }
}
