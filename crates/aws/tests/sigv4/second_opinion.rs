//! `scratchstack-aws-signature`, another server-side implementation, agrees with what we sign.
//!
//! In headers only: it cannot read a presigned query, whose credential it does not decode.

use chrono::{DateTime, Utc};
use http::Request as HttpRequest;
use kagiban_aws::Timestamp;
use proptest::prelude::*;
use scratchstack_aws_signature::principal::{Principal, User};
use scratchstack_aws_signature::{
    GetSigningKeyRequest, GetSigningKeyResponse, KSecretKey, NO_ADDITIONAL_SIGNED_HEADERS, SignatureOptions,
    service_for_signing_key_fn, sigv4_validate_request,
};

use crate::fixture::{KEY, Request, SERVICE, requests, then};

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn signing_key(request: GetSigningKeyRequest) -> Result<GetSigningKeyResponse, Failure> {
    let secret: KSecretKey = KEY.secret.parse()?;
    let key = secret.to_ksigning(request.request_date(), request.region(), request.service());
    let user: Principal = User::new("aws", "123456789012", "/", "user")?.into();
    Ok(GetSigningKeyResponse::builder()
        .principal(user)
        .signing_key(key)
        .build()?)
}

fn other_verifies(request: &Request, now: Timestamp) -> Result<(), String> {
    let mut builder = HttpRequest::builder().method(request.method.as_str());
    builder = builder.uri(format!(
        "https://example.amazonaws.com{}?{}",
        request.path, request.query
    ));
    for (name, value) in &request.headers {
        builder = builder.header(name, value.as_slice());
    }
    let request = builder
        .body(request.body.clone())
        .map_err(|error| error.to_string())?;
    let now: DateTime<Utc> = DateTime::from_timestamp(now.seconds(), 0).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime
        .block_on(sigv4_validate_request(
            request,
            "us-east-1",
            SERVICE,
            &mut service_for_signing_key_fn(signing_key),
            now,
            &NO_ADDITIONAL_SIGNED_HEADERS,
            SignatureOptions::default(),
        ))
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// The other sorts `name=value` as a whole, so that `a-=` comes before `a=`. botocore sorts by name
/// first, as we do; this keeps to the queries where that makes no difference.
fn sorts_either_way(query: &str) -> bool {
    let mut whole: Vec<&str> = query.split('&').collect();
    let mut by_name: Vec<_> = whole.iter().map(|pair| pair.split_once('=')).collect();
    whole.sort_unstable();
    by_name.sort_unstable();
    whole.into_iter().map(|pair| pair.split_once('=')).eq(by_name)
}

proptest! {
    #[test]
    fn what_we_sign_the_other_accepts(request in requests()) {
        prop_assume!(sorts_either_way(&request.query));
        let signed = request.signed();
        prop_assert_eq!(other_verifies(&signed, then()), Ok(()));
        prop_assert_eq!(signed.check(), Ok(()));
    }

    #[test]
    fn both_refuse_another_body(request in requests()) {
        let mut signed = request.signed();
        signed.body.push(b'x');
        prop_assert!(other_verifies(&signed, then()).is_err());
        prop_assert!(signed.check().is_err());
    }
}
