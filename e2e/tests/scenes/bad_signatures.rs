//! Scene 7, who is asking: without proof nothing is answered but AWS's own refusal.

use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::harness::{Guarded, Request, Server, assert_matches, at};

const WRONG_SIGNATURE: &str = "The request signature we calculated does not match the signature you provided. \
    Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

#[test]
fn a_request_without_a_signature_is_refused() {
    let guarded = Guarded::start();

    let json = guarded.send(&guarded.put_request("changed"));
    assert_eq!(
        json.refused(400, "MissingAuthenticationTokenException"),
        "Missing Authentication Token"
    );
    assert!(
        json.header("x-amzn-requestid").is_some_and(|id| !id.is_empty()),
        "{json:?}"
    );
    assert!(
        json.header("date").is_some(),
        "clients correct their clocks by this header: {json:?}"
    );

    let query = guarded.send(&guarded.get_caller_identity());
    assert_eq!(
        query.refused(403, "MissingAuthenticationToken"),
        "Request is missing Authentication Token"
    );
}

#[test]
fn a_malformed_authorization_header_is_refused_as_incomplete() {
    let guarded = Guarded::start();

    for header in [
        "AWS4-HMAC-SHA256 nonsense",
        "AWS4-HMAC-SHA256 Credential=x",
        "Bearer x",
        "AWS4-HMAC-SHA256",
    ] {
        let request = guarded
            .put_request("changed")
            .with_header("authorization", header);
        let refused = guarded.send(&request);
        assert_eq!(refused.status, 400, "{header}: {refused:?}");
        assert_matches(
            &refused.code(),
            "^(IncompleteSignature|MissingAuthenticationToken)Exception$",
        );
    }
}

#[test]
fn a_wrong_secret_is_refused() {
    let guarded = Guarded::start();
    let mut forger = guarded.root.clone();
    forger.secret_access_key = "not/the/secret".into();

    let json = guarded.send(&guarded.put_request("changed").signed(&at(&forger, "ssm")));
    assert_eq!(json.refused(400, "InvalidSignatureException"), WRONG_SIGNATURE);

    let query = guarded.send(&guarded.get_caller_identity().signed(&at(&forger, "sts")));
    assert_eq!(query.refused(403, "SignatureDoesNotMatch"), WRONG_SIGNATURE);
}

#[test]
fn an_unknown_access_key_and_a_made_up_session_token_are_refused_alike() {
    let guarded = Guarded::start();
    let mut stranger = guarded.root.clone();
    stranger.access_key_id = "AKIARTX3GSDSVSTRANGE".into();
    let mut session = guarded.root.clone();
    session.access_key_id = "ASIARTX3GSDSVSTRANGE".into();
    session.session_token = Some("bWFkZSB1cA==".into());
    let mut odd = guarded.root.clone();
    odd.session_token = Some("bWFkZSB1cA==".into());

    for who in [stranger, session, odd] {
        let json = guarded.send(&guarded.put_request("changed").signed(&at(&who, "ssm")));
        let expected = "The security token included in the request is invalid.";
        assert_eq!(json.refused(400, "UnrecognizedClientException"), expected);
        let query = guarded.send(&guarded.get_caller_identity().signed(&at(&who, "sts")));
        assert_eq!(query.refused(403, "InvalidClientTokenId"), expected);
    }
}

#[test]
fn a_clock_more_than_five_minutes_off_is_refused() {
    let guarded = Guarded::start();
    let signed_at = |time| {
        let mut signing = at(&guarded.root, "ssm");
        signing.time = time;
        guarded.send(&guarded.put_request("changed").signed(&signing))
    };

    let behind = signed_at(SystemTime::now() - Duration::from_secs(6 * 60));
    assert_matches(
        &behind.refused(400, "InvalidSignatureException"),
        r"^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$",
    );
    let ahead = signed_at(SystemTime::now() + Duration::from_secs(6 * 60));
    assert_matches(
        &ahead.refused(400, "InvalidSignatureException"),
        r"^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$",
    );
}

#[test]
fn a_clock_four_minutes_off_is_accepted() {
    let server = Server::start();
    let root = server.root();
    let body = json!({"Path": "/"}).to_string();
    for time in [
        SystemTime::now() - Duration::from_secs(240),
        SystemTime::now() + Duration::from_secs(240),
    ] {
        let mut signing = at(&root, "ssm");
        signing.time = time;
        let request = Request::json("AmazonSSM.GetParametersByPath", body.clone(), &server.authority());
        server.connect().send(&request.signed(&signing)).unwrap().ok();
    }
}

#[test]
fn a_signature_is_good_for_its_own_body_only() {
    let guarded = Guarded::start();
    let mut replayed = guarded.put_request("changed").signed(&at(&guarded.root, "ssm"));

    replayed.body = json!({"Name": "/other", "Value": "slipped in", "Type": "String"})
        .to_string()
        .into_bytes();
    assert_eq!(
        guarded.send(&replayed).refused(400, "InvalidSignatureException"),
        WRONG_SIGNATURE
    );

    // Claiming the old hash, or none at all, does not help.
    for claim in [
        "UNSIGNED-PAYLOAD",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ] {
        let claimed = replayed.clone().with_header("x-amz-content-sha256", claim);
        assert_eq!(
            guarded.send(&claimed).refused(400, "InvalidSignatureException"),
            "'x-amz-content-sha256' must be a 'SignedHeader' in the AWS Authorization."
        );
    }
    let honest = json!({"Name": "/kept", "Value": "changed", "Overwrite": true}).to_string();
    let request = Request::json("AmazonSSM.PutParameter", honest, &guarded.server.authority());
    let mut claimed = request
        .with_header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .signed(&at(&guarded.root, "ssm"));
    claimed.body = replayed.body;
    guarded.send(&claimed).refused(400, "InvalidSignatureException");
}

#[test]
fn a_signature_is_good_for_its_own_service_and_operation_only() {
    let guarded = Guarded::start();

    let other_service = guarded.put_request("changed").signed(&at(&guarded.root, "kms"));
    let refused = guarded.send(&other_service);
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_matches(
        &refused.code(),
        "^(InvalidSignatureException|UnknownOperationException)$",
    );

    let read = Request::json(
        "AmazonSSM.GetParameter",
        guarded.put_request("changed").body,
        &guarded.server.authority(),
    )
    .signed(&at(&guarded.root, "ssm"));
    let turned = read.with_header("x-amz-target", "AmazonSSM.PutParameter");
    assert_eq!(
        guarded.send(&turned).refused(400, "InvalidSignatureException"),
        WRONG_SIGNATURE
    );
}

#[test]
fn the_cli_shows_the_refusals_as_it_shows_those_of_aws() {
    let guarded = Guarded::start();
    let mut forger = guarded.root.clone();
    forger.secret_access_key = "not/the/secret".into();

    let refused = guarded
        .server
        .aws(&forger, &["ssm", "get-parameter", "--name", "/kept"]);

    assert_eq!(
        refused.error(),
        format!(
            "An error occurred (InvalidSignatureException) when calling the GetParameter operation: {WRONG_SIGNATURE}"
        )
    );
}
