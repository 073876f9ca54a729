//! Secrets that are agreed on, as policies see them.

use serde_json::json;

use crate::operations::{DeriveSharedSecret, GetPublicKey};
use crate::testing::World;

#[test]
fn policies_can_ask_for_the_algorithm_of_an_agreement() {
    let mut world = World::new();
    let [ours, theirs] =
        [(); 2].map(|()| world.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"})));
    let public = world.run::<GetPublicKey>(json!({"KeyId": theirs})).unwrap()["PublicKey"].take();
    let ask = json!({"KeyId": ours, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public});
    for (who, algorithm) in [("ann", "ECDH"), ("bob", "none of AWS's")] {
        world.may(
            who,
            &json!([{
                "Effect": "Allow", "Action": "kms:DeriveSharedSecret", "Resource": "*",
                "Condition": {"StringEquals": {"kms:KeyAgreementAlgorithm": algorithm}},
            }]),
        );
    }
    let derived = world.run_as::<DeriveSharedSecret>("ann", ask.clone()).unwrap();
    assert_eq!(derived["KeyAgreementAlgorithm"], "ECDH");
    assert!(derived["SharedSecret"].is_string());
    let denied = world.run_as::<DeriveSharedSecret>("bob", ask).unwrap_err();
    assert!(denied.contains("kms:DeriveSharedSecret"), "{denied}");
}
