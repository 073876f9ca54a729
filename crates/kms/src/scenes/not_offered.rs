//! What this server does not offer is refused in words, never left out without one.

use serde_json::{Value, json};

use crate::operations::*;
use crate::testing::World;

#[test]
fn custom_key_stores_are_refused_to_those_who_may_ask() {
    let mut world = World::new();
    world.may(
        "ann",
        &json!([{"Effect": "Allow", "Action": "kms:List*", "Resource": "*"}]),
    );
    let store = json!({"CustomKeyStoreId": "cks-1234567890abcdef0"});
    macro_rules! refused {
        ($($operation:ident $request:expr)*) => {$(
            assert_eq!(
                world.run::<$operation>($request).unwrap_err(),
                "UnsupportedOperationException: Custom key stores are not supported by this server."
            );
            assert_eq!(
                world.run_as::<$operation>("ann", $request).unwrap_err(),
                concat!(
                    "AccessDeniedException: User: arn:aws:iam::111122223333:user/ann is not authorized to perform: kms:",
                    stringify!($operation),
                    " on resource: * because no identity-based policy allows the kms:",
                    stringify!($operation),
                    " action"
                )
            );
        )*};
    }
    refused! {
        CreateCustomKeyStore json!({"CustomKeyStoreName": "hsm"})
        ConnectCustomKeyStore store.clone()
        DisconnectCustomKeyStore store.clone()
        UpdateCustomKeyStore store.clone()
        DeleteCustomKeyStore store.clone()
    }
}

#[test]
fn nothing_is_made_in_a_custom_key_store() {
    let mut world = World::new();
    let no_store = "CustomKeyStoreNotFoundException: Custom key store cks-1 is not found.";
    let create = json!({"CustomKeyStoreId": "cks-1", "Origin": "AWS_CLOUDHSM"});
    assert_eq!(world.run::<CreateKey>(create).unwrap_err(), no_store);
    let random = json!({"CustomKeyStoreId": "cks-1", "NumberOfBytes": 8});
    assert_eq!(world.run::<GenerateRandom>(random).unwrap_err(), no_store);
}

/// Answered without it, the caller would get in the clear what was to be for an enclave only.
#[test]
fn recipients_are_refused_wherever_they_can_be_named() {
    let mut world = World::new();
    let symmetric = world.key(json!({}));
    let agreement = world.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}));
    let blob = world.blob(&symmetric, &json!({}));
    let to_enclave = |mut request: Value| {
        request["Recipient"] = json!({
            "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": "eA==",
        });
        request
    };
    let refused = Err("ValidationException: Recipient is not supported".to_owned());
    let decrypt = to_enclave(json!({"CiphertextBlob": blob}));
    assert_eq!(world.run::<Decrypt>(decrypt), refused);
    let random = to_enclave(json!({"NumberOfBytes": 8}));
    assert_eq!(world.run::<GenerateRandom>(random), refused);
    let key = to_enclave(json!({"KeyId": symmetric, "KeySpec": "AES_256"}));
    assert_eq!(world.run::<GenerateDataKey>(key), refused);
    let pair = to_enclave(json!({"KeyId": symmetric, "KeyPairSpec": "ECC_NIST_P256"}));
    assert_eq!(world.run::<GenerateDataKeyPair>(pair), refused);
    let secret = to_enclave(json!({
        "KeyId": agreement, "KeyAgreementAlgorithm": "ECDH", "PublicKey": "eA==",
    }));
    assert_eq!(world.run::<DeriveSharedSecret>(secret), refused);
    let requests = include_str!("../wire.rs")
        .matches("pub recipient: Option")
        .count();
    assert_eq!(requests, 5);
}
