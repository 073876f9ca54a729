use serde_json::{Value, json};

use super::arn;
use crate::operations::{Decrypt, Encrypt, GenerateDataKeyWithoutPlaintext, GenerateMac, GetKeyLastUsage};
use crate::testing::World;

impl World {
    /// Writes what was noted, as the server does it; gives how many transactions that took.
    fn write_usages(&mut self) -> usize {
        let writings = self.kms.last_usages().to_write(&self.kms);
        for writing in &writings {
            if self.commit(&writing.txn) {
                self.kms.last_usages().written(writing);
            }
        }
        writings.len()
    }

    fn last_usage(&mut self, key: &str) -> Value {
        self.run::<GetKeyLastUsage>(json!({"KeyId": key})).unwrap()
    }
}

#[test]
fn the_last_use_is_shown_before_and_after_it_is_written() {
    let mut world = World::new();
    let key = world.key(json!({}));
    let start = 1_700_000_000;
    let unused = json!({
        "KeyId": arn(&key), "KeyLastUsage": {}, "TrackingStartDate": start, "KeyCreationDate": start,
    });
    assert_eq!(world.last_usage(&key), unused);

    let encrypt = json!({"KeyId": key, "Plaintext": "eA=="});
    let blob = world.run::<Encrypt>(encrypt).unwrap()["CiphertextBlob"].take();
    world.wait(1);
    world.run::<Decrypt>(json!({"CiphertextBlob": blob})).unwrap();
    let used = json!({"Operation": "Decrypt", "Timestamp": start + 86_400, "KmsRequestId": "r"});
    assert_eq!(world.last_usage(&key)["KeyLastUsage"], used);
    assert_eq!(world.write_usages(), 1);
    assert_eq!(world.write_usages(), 0);
    assert_eq!(world.last_usage(&key)["KeyLastUsage"], used);

    world.wait(1);
    let generate = json!({"KeyId": key, "KeySpec": "AES_256"});
    world.run::<GenerateDataKeyWithoutPlaintext>(generate).unwrap();
    let shown = world.last_usage(&key)["KeyLastUsage"].take();
    assert_eq!(shown["Operation"], "GenerateDataKeyWithoutPlaintext");
}

#[test]
fn what_fails_and_what_is_only_tried_is_no_use() {
    let mut world = World::new();
    let mac = world.key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}));
    let tag = |algorithm: &str, dry: bool| json!({"KeyId": mac, "Message": "eA==", "MacAlgorithm": algorithm, "DryRun": dry});
    world.run::<GenerateMac>(tag("HMAC_SHA_512", false)).unwrap_err();
    let dry = world.run::<GenerateMac>(tag("HMAC_SHA_256", true)).unwrap_err();
    assert!(dry.starts_with("DryRunOperationException"), "{dry}");
    assert_eq!(world.last_usage(&mac)["KeyLastUsage"], json!({}));
    world.run::<GenerateMac>(tag("HMAC_SHA_256", false)).unwrap();
    assert_eq!(world.last_usage(&mac)["KeyLastUsage"]["Operation"], "GenerateMac");
}

#[test]
fn uses_of_many_keys_are_written_and_those_of_destroyed_ones_forgotten() {
    let mut world = World::new();
    let keys: Vec<String> = (0..40).map(|_| world.key(json!({}))).collect();
    for key in &keys {
        world
            .run::<Encrypt>(json!({"KeyId": key, "Plaintext": "eA=="}))
            .unwrap();
    }
    let writings = world.kms.last_usages().to_write(&world.kms);
    assert_eq!(writings.len(), 2);
    world.destroy(&keys[0]);
    let kept = writings.iter().filter(|writing| world.commit(&writing.txn));
    assert_eq!(kept.count(), 1, "a use is not written beside a key that is gone");
    assert_eq!(world.write_usages(), 2);
    assert!(world.kms.last_usage(crate::testing::scope(), &keys[0]).is_none());
    assert!(world.kms.last_usage(crate::testing::scope(), &keys[1]).is_some());
}
