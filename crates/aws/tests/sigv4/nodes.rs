//! Requests that a managed node signs with its own RSA key.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::sigv4::{Presented, SignatureError, SigningKey, is_public_key};
use proptest::prelude::*;

use crate::fixture::{Request, SERVICE, then};

const NODE: &str = "mi-0123456789abcdef0";
const SIGNED: [&str; 3] = ["host", "x-amz-date", "x-amz-target"];

static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

fn der(key: &RsaKeyPair) -> Vec<u8> {
    let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    der.as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// A request for credentials as an agent signs it; the canonical form is written out by hand.
fn signed() -> Request {
    let request = Request::post("/")
        .with("x-amz-date", "20150830T123600Z")
        .with("x-amz-target", "AmazonSSM.RequestManagedInstanceRoleToken")
        .with_body(r#"{"Fingerprint":"f"}"#);
    let body = hash(&request.body);
    let value = |name: &str| {
        let (_, value) = request.headers.iter().find(|(found, _)| found == name).unwrap();
        String::from_utf8(value.clone()).unwrap()
    };
    let headers: String = SIGNED
        .iter()
        .map(|name| format!("{name}:{}\n", value(name)))
        .collect();
    let names = SIGNED.join(";");
    let canonical = format!("POST\n/\n\n{headers}\n{names}\n{body}");
    let scope = format!("20150830/us-east-1/{SERVICE}/aws4_request");
    let string = format!(
        "AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{}",
        hash(canonical.as_bytes())
    );
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(
        &RSA_PSS_SHA256,
        &SystemRandom::new(),
        string.as_bytes(),
        &mut signature,
    )
    .unwrap();
    let signature = STANDARD.encode(signature);
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={NODE}/{scope}, SignedHeaders={names}, Signature={signature}");
    request
        .with("x-amz-content-sha256", body)
        .with("authorization", authorization)
}

fn check(request: &Request, key: &[u8]) -> Result<(), SignatureError> {
    let borrowed = request.borrowed();
    let presented = Presented::parse(&borrowed)?;
    assert_eq!(presented.node(), Some(NODE));
    presented.verify_node(&borrowed, key, SERVICE, then())
}

#[test]
fn a_nodes_signature_is_its_own_keys_and_no_hmac() {
    let request = signed();
    assert_eq!(check(&request, &der(&KEY)), Ok(()));
    let other = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    assert_eq!(check(&request, &der(&other)), Err(SignatureError::Mismatch));
    let borrowed = request.borrowed();
    let presented = Presented::parse(&borrowed).unwrap();
    let as_hmac = presented.verify(&borrowed, &SigningKey::nobody(), SERVICE, then());
    assert_eq!(as_hmac, Err(SignatureError::Mismatch));
}

#[test]
fn the_bodys_hash_need_not_be_signed_and_must_be_right_and_nothing_else_is_excused() {
    let wrong = signed()
        .without("x-amz-content-sha256")
        .with("x-amz-content-sha256", hash(b"other"));
    assert_eq!(check(&wrong, &der(&KEY)), Err(SignatureError::Mismatch));
    let without = signed().without("x-amz-content-sha256");
    assert_eq!(check(&without, &der(&KEY)), Ok(()));
    let more = signed().with("x-amz-security-token", "t");
    let refused = check(&more, &der(&KEY)).unwrap_err();
    assert!(
        matches!(refused, SignatureError::UnsignedHeader { .. }),
        "{refused}"
    );
}

#[test]
fn only_rsa_public_keys_are_public_keys() {
    assert!(is_public_key(&der(&KEY)));
    assert!(!is_public_key(b""));
    assert!(!is_public_key(&der(&KEY)[1..]));
}

proptest! {
    #[test]
    fn any_changed_bit_of_header_or_body_is_refused(which in 0..4_usize, place: prop::sample::Index, bit in 0..8_u8) {
        let mut request = signed();
        let name = ["authorization", "x-amz-date", "x-amz-target", "body"][which];
        let text = match name {
            "body" => &mut request.body,
            name => &mut request.headers.iter_mut().find(|(found, _)| found == name).unwrap().1,
        };
        let at = place.index(text.len());
        text[at] ^= 1 << bit;
        let borrowed = request.borrowed();
        let verified = Presented::parse(&borrowed)
            .and_then(|presented| presented.verify_node(&borrowed, &der(&KEY), SERVICE, then()));
        // The node's name is not signed: it says which key to look up.
        let named = name == "authorization" && (28..48).contains(&at);
        prop_assert!(verified.is_err() || named, "{name} {at} {bit}");
    }

    #[test]
    fn whatever_is_sent_as_a_key_is_read_or_refused(
        seed in prop::sample::select(vec![0, 1]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = if seed == 0 { der(&KEY) } else { vec![0x30; 300] };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        if is_public_key(&bytes) {
            prop_assert!(check(&signed(), &bytes).is_err() || bytes == der(&KEY));
        }
    }
}
