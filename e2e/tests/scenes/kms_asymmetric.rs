//! Asymmetric and HMAC keys, with other people's cryptography as the other side.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::harness::{Output, Server, clients_directory, tool, venv_binary};

/// Every kind of key that is not symmetric, and what AWS says it can do.
const KINDS: [(&str, &str, &str, &[&str]); 24] = [
    ("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", OAEP),
    ("RSA_3072", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", OAEP),
    ("RSA_4096", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", OAEP),
    ("RSA_2048", "SIGN_VERIFY", "SigningAlgorithms", RSASSA),
    ("RSA_3072", "SIGN_VERIFY", "SigningAlgorithms", RSASSA),
    ("RSA_4096", "SIGN_VERIFY", "SigningAlgorithms", RSASSA),
    (
        "ECC_NIST_P256",
        "SIGN_VERIFY",
        "SigningAlgorithms",
        &["ECDSA_SHA_256"],
    ),
    (
        "ECC_NIST_P384",
        "SIGN_VERIFY",
        "SigningAlgorithms",
        &["ECDSA_SHA_384"],
    ),
    (
        "ECC_NIST_P521",
        "SIGN_VERIFY",
        "SigningAlgorithms",
        &["ECDSA_SHA_512"],
    ),
    (
        "ECC_NIST_P256",
        "KEY_AGREEMENT",
        "KeyAgreementAlgorithms",
        &["ECDH"],
    ),
    (
        "ECC_NIST_P384",
        "KEY_AGREEMENT",
        "KeyAgreementAlgorithms",
        &["ECDH"],
    ),
    (
        "ECC_NIST_P521",
        "KEY_AGREEMENT",
        "KeyAgreementAlgorithms",
        &["ECDH"],
    ),
    (
        "ECC_SECG_P256K1",
        "SIGN_VERIFY",
        "SigningAlgorithms",
        &["ECDSA_SHA_256"],
    ),
    (
        "ECC_NIST_EDWARDS25519",
        "SIGN_VERIFY",
        "SigningAlgorithms",
        ED25519,
    ),
    (
        "ML_DSA_44",
        "SIGN_VERIFY",
        "SigningAlgorithms",
        &["ML_DSA_SHAKE_256"],
    ),
    (
        "ML_DSA_65",
        "SIGN_VERIFY",
        "SigningAlgorithms",
        &["ML_DSA_SHAKE_256"],
    ),
    (
        "ML_DSA_87",
        "SIGN_VERIFY",
        "SigningAlgorithms",
        &["ML_DSA_SHAKE_256"],
    ),
    (
        "HMAC_224",
        "GENERATE_VERIFY_MAC",
        "MacAlgorithms",
        &["HMAC_SHA_224"],
    ),
    (
        "HMAC_256",
        "GENERATE_VERIFY_MAC",
        "MacAlgorithms",
        &["HMAC_SHA_256"],
    ),
    (
        "HMAC_384",
        "GENERATE_VERIFY_MAC",
        "MacAlgorithms",
        &["HMAC_SHA_384"],
    ),
    (
        "HMAC_512",
        "GENERATE_VERIFY_MAC",
        "MacAlgorithms",
        &["HMAC_SHA_512"],
    ),
    // Pairs that do not go together.
    ("RSA_2048", "KEY_AGREEMENT", "", &[]),
    ("ECC_SECG_P256K1", "KEY_AGREEMENT", "", &[]),
    ("HMAC_256", "SIGN_VERIFY", "", &[]),
];
const OAEP: &[&str] = &["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"];
const RSASSA: &[&str] = &[
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
];
const ED25519: &[&str] = &["ED25519_SHA_512", "ED25519_PH_SHA_512"];

fn made(server: &Server, spec: &str, usage: &str) -> String {
    let body = json!({"KeySpec": spec, "KeyUsage": usage});
    let answer = server
        .call(&server.root(), "TrentService.CreateKey", &body)
        .ok()
        .json();
    answer["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

#[test]
fn every_kind_of_key_is_made_and_described_as_aws_describes_it() {
    let server = Server::start();
    let root = server.root();
    for (spec, usage, list, algorithms) in KINDS {
        let create = ["kms", "create-key", "--key-spec", spec, "--key-usage", usage];
        if list.is_empty() {
            assert_eq!(
                server.aws(&root, &create).error(),
                format!(
                    "An error occurred (ValidationException) when calling the CreateKey operation: \
                     KeyUsage {usage} is not compatible with KeySpec {spec}"
                )
            );
            continue;
        }
        let made = server.aws_json(&root, &create);
        let id = made["KeyMetadata"]["KeyId"].as_str().unwrap();
        let described = server.aws_json(&root, &["kms", "describe-key", "--key-id", id]);
        assert_eq!(described, made);
        let mut metadata = described["KeyMetadata"].as_object().unwrap().clone();
        assert_eq!(metadata.remove(list), Some(json!(algorithms)), "{spec} {usage}");
        assert_eq!(metadata["KeySpec"], spec);
        assert_eq!(metadata["CustomerMasterKeySpec"], spec);
        assert_eq!(metadata["KeyUsage"], usage);
        let mut fields: Vec<&str> = metadata.keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "AWSAccountId",
                "Arn",
                "CreationDate",
                "CustomerMasterKeySpec",
                "Description",
                "Enabled",
                "KeyId",
                "KeyManager",
                "KeySpec",
                "KeyState",
                "KeyUsage",
                "MultiRegion",
                "Origin"
            ],
            "{spec} {usage}"
        );
    }
}

#[test]
fn another_library_agrees_with_every_algorithm_in_both_directions() {
    let server = Server::start();
    let mut python = server.client(&server.root(), &venv_binary("python"));
    let seen = Output::of(python.arg(clients_directory().join("boto3_kms_asymmetric.py"))).json();

    let disagreed = leaves(&seen, "").into_iter().filter(|(_, agreed)| !agreed);
    assert_eq!(
        disagreed.map(|(place, _)| place).collect::<Vec<_>>(),
        [""; 0],
        "{seen}"
    );
    assert_eq!(leaves(&seen, "").len(), 31, "{seen}");
}

/// What is found at each place of the answer, and whether it is `true`.
fn leaves(value: &Value, place: &str) -> Vec<(String, bool)> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| leaves(value, &format!("{place}/{name}")))
            .collect(),
        other => vec![(place.to_owned(), *other == json!(true))],
    }
}

#[test]
fn openssl_verifies_a_signature_with_the_public_key_it_is_given() {
    let server = Server::start();
    let root = server.root();
    let directory = server.scratch("openssl");
    let file = |name: &str| directory.join(name).display().to_string();
    fs::write(file("message"), "attack at dawn").unwrap();
    let blob = |text: &str| BASE64_STANDARD.decode(text.trim()).unwrap();

    for (spec, algorithm) in [
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"),
        ("ECC_NIST_P256", "ECDSA_SHA_256"),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
    ] {
        let key = made(&server, spec, "SIGN_VERIFY");
        let public = ["kms", "get-public-key", "--key-id", &key, "--query", "PublicKey"];
        fs::write(file("public.der"), blob(&server.aws_text(&root, &public))).unwrap();
        let message = format!("fileb://{}", file("message"));
        let sign = [
            "kms",
            "sign",
            "--key-id",
            &key,
            "--message",
            &message,
            "--signing-algorithm",
            algorithm,
        ];
        let signature = server.aws_text(&root, &[&sign[..], &["--query", "Signature"]].concat());
        fs::write(file("signature"), blob(&signature)).unwrap();

        let convert = [
            "pkey",
            "-pubin",
            "-inform",
            "DER",
            "-in",
            &file("public.der"),
            "-out",
            &file("public.pem"),
        ];
        let mut openssl = server.client(&root, &tool("openssl"));
        Output::of(openssl.args(convert)).text();
        let verify = [
            "dgst",
            "-sha256",
            "-verify",
            &file("public.pem"),
            "-signature",
            &file("signature"),
        ];
        let mut openssl = server.client(&root, &tool("openssl"));
        assert_eq!(
            Output::of(openssl.args(verify).arg(file("message"))).text(),
            "Verified OK",
            "{spec}"
        );
    }
}

#[test]
fn a_key_is_refused_for_what_it_is_not_made_for() {
    let server = Server::start();
    let call = |operation: &str, body: &Value| {
        server.call(&server.root(), &format!("TrentService.{operation}"), body)
    };
    let (signing, symmetric) = (made(&server, "ECC_NIST_P256", "SIGN_VERIFY"), server.key());
    let sign =
        |key: &str, algorithm: &str| json!({"KeyId": key, "Message": "eA==", "SigningAlgorithm": algorithm});

    assert_eq!(
        call("Encrypt", &json!({"KeyId": signing, "Plaintext": "eA=="}))
            .refused(400, "InvalidKeyUsageException"),
        format!("{signing} key usage is SIGN_VERIFY which is not valid for Encrypt.")
    );
    assert_eq!(
        call("Sign", &sign(&symmetric, "ECDSA_SHA_256")).refused(400, "InvalidKeyUsageException"),
        format!("{symmetric} key usage is ENCRYPT_DECRYPT which is not valid for Sign.")
    );
    assert_eq!(
        call("Sign", &sign(&signing, "ECDSA_SHA_384")).refused(400, "InvalidKeyUsageException"),
        "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256."
    );
    let mac = made(&server, "HMAC_224", "GENERATE_VERIFY_MAC");
    assert_eq!(
        call(
            "GenerateMac",
            &json!({"KeyId": mac, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"})
        )
        .refused(400, "InvalidKeyUsageException"),
        "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224."
    );
    for key in [&symmetric, &mac] {
        call("GetPublicKey", &json!({"KeyId": key})).refused(400, "UnsupportedOperationException");
    }
    let mut digest = sign(&signing, "ECDSA_SHA_256");
    digest["MessageType"] = "DIGEST".into();
    assert_eq!(
        call("Sign", &digest).refused(400, "ValidationException"),
        "Digest is invalid length for algorithm ECDSA_SHA_256."
    );
}

#[test]
fn rsa_takes_no_more_than_fits_no_context_and_no_nameless_key() {
    let server = Server::start();
    let call = |operation: &str, body: &Value| {
        server.call(&server.root(), &format!("TrentService.{operation}"), body)
    };
    let key = made(&server, "RSA_2048", "ENCRYPT_DECRYPT");
    let algorithm = "RSAES_OAEP_SHA_256";
    let encrypt = |bytes: usize| {
        let plaintext = BASE64_STANDARD.encode(vec![7; bytes]);
        json!({"KeyId": key, "Plaintext": plaintext, "EncryptionAlgorithm": algorithm})
    };

    call("Encrypt", &encrypt(190)).ok();
    assert_eq!(
        call("Encrypt", &encrypt(191)).refused(400, "ValidationException"),
        "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes."
    );
    let mut with_context = encrypt(1);
    with_context["EncryptionContext"] = json!({"a": "b"});
    call("Encrypt", &with_context).refused(400, "ValidationException");
    let nameless = json!({"CiphertextBlob": "eA==", "EncryptionAlgorithm": algorithm});
    call("Decrypt", &nameless).refused(400, "ValidationException");
    let garbage = json!({"KeyId": key, "CiphertextBlob": "eA==", "EncryptionAlgorithm": algorithm});
    assert_eq!(
        call("Decrypt", &garbage).refused(400, "InvalidCiphertextException"),
        ""
    );
}

#[test]
fn a_disabled_key_does_nothing_and_a_dry_run_says_that_it_would() {
    let server = Server::start();
    let call = |operation: &str, body: &Value| {
        server.call(&server.root(), &format!("TrentService.{operation}"), body)
    };
    let key = made(&server, "ECC_NIST_P256", "SIGN_VERIFY");
    let mac = made(&server, "HMAC_256", "GENERATE_VERIFY_MAC");
    let mut sign = json!({"KeyId": key, "Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"});
    let mut tag = json!({"KeyId": mac, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"});
    let mut pair = json!({"KeyId": server.key(), "KeyPairSpec": "ECC_NIST_P256"});
    for (operation, body) in [
        ("Sign", &mut sign),
        ("GenerateMac", &mut tag),
        ("GenerateDataKeyPair", &mut pair),
    ] {
        body["DryRun"] = true.into();
        assert_eq!(
            call(operation, body).refused(400, "DryRunOperationException"),
            "The request would have succeeded, but the DryRun option is set."
        );
    }

    for disabled in [&key, &mac] {
        call("DisableKey", &json!({"KeyId": disabled})).ok();
    }
    for (operation, body, arn) in [
        ("Sign", &sign, &key),
        ("GetPublicKey", &json!({"KeyId": key}), &key),
        ("GenerateMac", &tag, &mac),
    ] {
        assert_eq!(
            call(operation, body).refused(400, "DisabledException"),
            format!("{arn} is disabled.")
        );
    }
}

#[test]
fn policies_decide_by_algorithm_type_of_message_and_kind_of_pair() {
    let server = Server::start();
    let allow = |action: &str, key: &str, value: &str| json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": {"StringEquals": {key: value}}});
    let statements = json!([
        {"Effect": "Allow", "Action": "kms:Sign", "Resource": "*", "Condition": {"StringEquals": {
            "kms:SigningAlgorithm": "RSASSA_PSS_SHA_256", "kms:MessageType": "RAW"}}},
        allow("kms:GenerateMac", "kms:MacAlgorithm", "HMAC_SHA_256"),
        allow("kms:DeriveSharedSecret", "kms:KeyAgreementAlgorithm", "none of AWS's"),
        allow("kms:GenerateDataKeyPair", "kms:DataKeyPairSpec", "ECC_NIST_P256"),
        allow("kms:Encrypt", "kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_256"),
    ]);
    let user = server.user("signer", &statements);
    let (rsa, oaep) = (
        made(&server, "RSA_2048", "SIGN_VERIFY"),
        made(&server, "RSA_2048", "ENCRYPT_DECRYPT"),
    );
    let (mac, ecdh) = (
        made(&server, "HMAC_256", "GENERATE_VERIFY_MAC"),
        made(&server, "ECC_NIST_P256", "KEY_AGREEMENT"),
    );
    let symmetric = server.key();
    let call = |operation: &str, body: Value| server.call(&user, &format!("TrentService.{operation}"), &body);
    let sign = |algorithm: &str, kind: &str, message: &str| json!({"KeyId": rsa, "Message": message, "SigningAlgorithm": algorithm, "MessageType": kind});

    call("Sign", sign("RSASSA_PSS_SHA_256", "RAW", "eA==")).ok();
    call(
        "GenerateMac",
        json!({"KeyId": mac, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"}),
    )
    .ok();
    call(
        "GenerateDataKeyPair",
        json!({"KeyId": symmetric, "KeyPairSpec": "ECC_NIST_P256"}),
    )
    .ok();
    let encrypt = |algorithm| json!({"KeyId": oaep, "Plaintext": "eA==", "EncryptionAlgorithm": algorithm});
    call("Encrypt", encrypt("RSAES_OAEP_SHA_256")).ok();

    for (operation, body) in [
        ("Sign", sign("RSASSA_PSS_SHA_512", "RAW", "eA==")),
        (
            "Sign",
            sign("RSASSA_PSS_SHA_256", "DIGEST", &BASE64_STANDARD.encode([0; 32])),
        ),
        ("Encrypt", encrypt("RSAES_OAEP_SHA_1")),
        (
            "GenerateDataKeyPair",
            json!({"KeyId": symmetric, "KeyPairSpec": "ECC_NIST_P384"}),
        ),
        (
            "DeriveSharedSecret",
            json!({"KeyId": ecdh, "KeyAgreementAlgorithm": "ECDH", "PublicKey": "eA=="}),
        ),
    ] {
        call(operation, body).refused(400, "AccessDeniedException");
    }
    // The caller named the key, so the refusal does.
    let decrypt =
        json!({"KeyId": oaep, "CiphertextBlob": "eA==", "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"});
    let refused = call("Decrypt", decrypt).refused(400, "AccessDeniedException");
    assert!(
        refused.contains("is not authorized to perform: kms:Decrypt on resource: arn:"),
        "{refused}"
    );
}

#[test]
fn other_requests_go_on_while_rsa_keys_are_made() {
    let server = Server::start();
    let key = server.key();
    let describe = json!({"KeyId": key});
    let busy = AtomicBool::new(true);
    let (slowest, answered, searching) = thread::scope(|scope| {
        let makers: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| made(&server, "RSA_4096", "SIGN_VERIFY")))
            .collect();
        let watcher = scope.spawn(|| {
            let (mut slowest, mut answered) = (Duration::ZERO, 0);
            while busy.load(Ordering::Relaxed) {
                let asked = Instant::now();
                server
                    .call(&server.root(), "TrentService.DescribeKey", &describe)
                    .ok();
                slowest = slowest.max(asked.elapsed());
                answered += 1;
            }
            (slowest, answered)
        });
        let began = Instant::now();
        for maker in makers {
            maker.join().unwrap();
        }
        let searching = began.elapsed();
        busy.store(false, Ordering::Relaxed);
        let (slowest, answered) = watcher.join().unwrap();
        (slowest, answered, searching)
    });
    eprintln!("{answered} requests in {searching:?} of searching, the slowest in {slowest:?}");
    assert!(answered > 100, "{answered} requests in {searching:?}");
}
