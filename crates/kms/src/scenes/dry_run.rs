//! Dry runs: everything is checked, and nothing comes of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::arn;
use super::states::{Cast, Row, cryptography};
use crate::operations::{Decrypt, ReEncrypt};
use crate::records::KeyState;
use crate::testing::World;

const WOULD_SUCCEED: &str =
    "DryRunOperationException: The request would have succeeded, but the DryRun option is set.";

impl World {
    fn forget_usages(&self) {
        for writing in self.kms.last_usages().to_write(&self.kms) {
            self.kms.last_usages().written(&writing);
        }
    }

    fn uses(&self) -> usize {
        self.kms.last_usages().to_write(&self.kms).len()
    }
}

/// The operations whose requests may be dry runs: the wire is generated, so it is asked.
fn with_dry_run() -> BTreeSet<&'static str> {
    let structures = include_str!("../wire.rs").split("pub struct ").skip(1);
    let requests = structures.filter_map(|text| text.split_once("Request {"));
    let dry = requests.filter(|(_, members)| {
        let members = members.split('}').next().unwrap();
        members.contains("pub dry_run:")
    });
    dry.map(|(name, _)| name).collect()
}

fn rows() -> Vec<Row> {
    let mut rows = cryptography();
    rows.retain(|row| with_dry_run().contains(row.name));
    rows
}

fn dry(row: &Row, cast: &Cast) -> Value {
    let mut body = (row.body)(cast);
    body["DryRun"] = json!(true);
    body
}

#[test]
fn every_operation_with_dry_runs_is_tried() {
    let tried: BTreeSet<_> = rows().iter().map(|row| row.name).collect();
    // Grants are not built.
    let missing: BTreeSet<_> = with_dry_run().difference(&tried).copied().collect();
    assert!(tried.len() >= 12, "{tried:?}");
    assert_eq!(
        missing,
        BTreeSet::from(["CreateGrant", "RetireGrant", "RevokeGrant"])
    );
}

#[test]
fn what_would_succeed_says_so_and_leaves_nothing_behind() {
    let mut world = World::new();
    let cast = Cast::new(&mut world);
    world.forget_usages();
    for row in rows() {
        let said = (row.ask)(&world, "root", &dry(&row, &cast));
        assert_eq!(said, Err(WOULD_SUCCEED.to_owned()), "{}", row.name);
        assert_eq!(world.uses(), 0, "{}", row.name);
    }
    for row in rows() {
        world.wait(1); // a use of the same second is noted once
        let done = (row.ask)(&world, "root", &(row.body)(&cast));
        assert_eq!((done, world.uses()), (Ok(()), 1), "{}", row.name);
        world.forget_usages();
    }
}

#[test]
fn what_would_fail_fails_as_it_would() {
    let mut world = World::new();
    let cast = Cast::new(&mut world);
    world.may(
        "ann",
        &json!([{"Effect": "Allow", "Action": "kms:List*", "Resource": "*"}]),
    );
    for row in rows() {
        let (body, dry) = ((row.body)(&cast), dry(&row, &cast));
        let denied = (row.ask)(&world, "ann", &dry);
        assert!(
            denied
                .as_ref()
                .is_err_and(|said| said.starts_with("AccessDenied")),
            "{}",
            row.name
        );
        assert_eq!(denied, (row.ask)(&world, "ann", &body), "{}", row.name);
    }
    for state in [KeyState::Disabled, KeyState::PendingDeletion] {
        cast.enter(&mut world, state);
        for row in rows() {
            let failed = (row.ask)(&world, "root", &dry(&row, &cast));
            assert!(
                failed.as_ref().is_err_and(|said| said.contains("arn:aws:kms:")),
                "{}",
                row.name
            );
            assert_eq!(
                failed,
                (row.ask)(&world, "root", &(row.body)(&cast)),
                "{}",
                row.name
            );
        }
    }
}

#[test]
fn what_is_checked_last_is_checked_in_dry_runs_too() {
    let mut world = World::new();
    let cast = Cast::new(&mut world);
    for (name, member, wrong, code) in [
        (
            "Decrypt",
            "EncryptionContext",
            json!({"a": "b"}),
            "InvalidCiphertextException",
        ),
        (
            "ReEncrypt",
            "SourceEncryptionContext",
            json!({"a": "b"}),
            "InvalidCiphertextException",
        ),
        ("Verify", "Message", json!("eQ=="), "KMSInvalidSignatureException"),
        ("VerifyMac", "Message", json!("eQ=="), "KMSInvalidMacException"),
        (
            "DeriveSharedSecret",
            "PublicKey",
            json!("eQ=="),
            "ValidationException",
        ),
    ] {
        for row in rows().iter().filter(|row| row.name == name) {
            let mut body = dry(row, &cast);
            body[member] = wrong.clone();
            let said = (row.ask)(&world, "root", &body).unwrap_err();
            assert!(said.starts_with(code), "{name}: {said}");
        }
    }
}

/// Permissions can be tried without a ciphertext; the key has to be named then.
#[test]
fn a_dry_run_can_do_without_the_ciphertext() {
    let mut world = World::new();
    let (key, other) = (world.key(json!({})), world.key(json!({})));
    world.may(
        "ann",
        &json!([{"Effect": "Allow", "Action": "kms:ReEncryptTo", "Resource": "*"}]),
    );
    let ignoring = |more: Value| {
        let mut ask = json!({"DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
        ask.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        ask
    };
    let decrypt = ignoring(json!({"KeyId": key}));
    assert_eq!(world.run::<Decrypt>(decrypt.clone()).unwrap_err(), WOULD_SUCCEED);
    // The caller named the key, so nothing is hidden.
    assert_eq!(
        world.run_as::<Decrypt>("ann", decrypt).unwrap_err(),
        format!(
            "AccessDeniedException: User: arn:aws:iam::111122223333:user/ann is not authorized to \
             perform: kms:Decrypt on resource: {} because no identity-based policy allows the \
             kms:Decrypt action",
            arn(&key)
        )
    );
    let move_it = ignoring(json!({"SourceKeyId": key, "DestinationKeyId": other}));
    assert_eq!(
        world.run::<ReEncrypt>(move_it.clone()).unwrap_err(),
        WOULD_SUCCEED
    );
    let denied = world.run_as::<ReEncrypt>("ann", move_it).unwrap_err();
    assert!(
        denied.contains("perform: kms:ReEncryptFrom on resource"),
        "{denied}"
    );

    let unnamed = ignoring(json!({"CiphertextBlob": "eA=="}));
    assert_eq!(
        world.run::<Decrypt>(unnamed).unwrap_err(),
        "ValidationException: KeyId is required with the dry run modifier IGNORE_CIPHERTEXT."
    );
    let in_earnest = json!({"KeyId": key, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
    assert_eq!(
        world.run::<Decrypt>(in_earnest).unwrap_err(),
        "ValidationException: 1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"
    );
}
