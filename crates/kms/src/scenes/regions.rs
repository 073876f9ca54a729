use serde_json::{Value, json};

use super::arn;
use crate::operations::{
    CreateAlias, CreateKey, Decrypt, DescribeKey, Encrypt, GenerateDataKey, GenerateMac, GetKeyPolicy,
    GetPublicKey, ListAliases, ListResourceTags, PutKeyPolicy, ReplicateKey, RotateKeyOnDemand, Sign,
    TagResource, UpdateKeyDescription, Verify,
};
use crate::records::keys;
use crate::siblings::MAX_REGIONS;
use crate::testing::{World, scope};

const HOME: &str = "us-east-1";
const IRELAND: &str = "eu-west-1";

fn arn_in(region: &str, id: &str) -> String {
    arn(id).replace(HOME, region)
}

/// Lets nothing be done with keys.
fn elsewhere() -> Value {
    json!({"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"})
}

fn policy_for(who: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Principal": {"AWS": format!("arn:aws:iam::111122223333:{who}")},
    }})
    .to_string()
}

impl World {
    /// A primary key in the home Region with replicas in others, by its id.
    pub(super) fn family(&mut self, mut request: Value, replicas: &[&str]) -> String {
        request["MultiRegion"] = true.into();
        let id = self.key(request);
        for region in replicas {
            self.replicate(&id, region).unwrap();
        }
        id
    }

    pub(super) fn replicate(&mut self, id: &str, region: &str) -> Result<Value, String> {
        self.run::<ReplicateKey>(json!({"KeyId": id, "ReplicaRegion": region}))
    }

    pub(super) fn described(&mut self, id: &str) -> Value {
        let described = self.run::<DescribeKey>(json!({"KeyId": id})).unwrap();
        described["KeyMetadata"].clone()
    }

    fn sealed(&mut self, id: &str) -> Value {
        let encrypt = json!({"KeyId": id, "Plaintext": "eA=="});
        self.run::<Encrypt>(encrypt).unwrap()["CiphertextBlob"].clone()
    }

    fn opened(&mut self, blob: &Value) -> Result<Value, String> {
        self.run::<Decrypt>(json!({"CiphertextBlob": blob}))
    }
}

#[test]
fn a_multi_region_key_is_made_as_a_primary_key_without_replicas() {
    let mut world = World::new();
    let made = world.run::<CreateKey>(json!({"MultiRegion": true})).unwrap();
    let made = &made["KeyMetadata"];
    let id = made["KeyId"].as_str().unwrap();
    let digits = id.strip_prefix("mrk-").unwrap();
    assert!(
        digits.len() == 32
            && digits
                .bytes()
                .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
    );
    let primary = json!({"Arn": arn(id), "Region": HOME});
    assert_eq!(
        (&made["MultiRegion"], &made["MultiRegionConfiguration"]),
        (
            &json!(true),
            &json!({"MultiRegionKeyType": "PRIMARY", "PrimaryKey": primary, "ReplicaKeys": []})
        )
    );
    assert_eq!(&world.described(id), made);
    let plain = world.run::<CreateKey>(json!({"MultiRegion": false})).unwrap();
    assert_eq!(plain["KeyMetadata"]["MultiRegion"], false);
    assert_eq!(plain["KeyMetadata"]["MultiRegionConfiguration"], Value::Null);
}

#[test]
fn a_replica_is_made_and_described_as_aws_prints_it() {
    let mut world = World::new();
    let id = world.family(json!({"Description": "at home"}), &[]);
    world.wait(1);
    let made = world.replicate(&id, IRELAND).unwrap();

    let mut replica = made["ReplicaKeyMetadata"].clone();
    assert_eq!(
        (&replica["KeyState"], &replica["Enabled"]),
        (&json!("Creating"), &json!(false))
    );
    let policy: Value = serde_json::from_str(made["ReplicaPolicy"].as_str().unwrap()).unwrap();
    assert_eq!(policy["Id"], "key-default-1");
    assert_eq!(made["ReplicaTags"], Value::Null);

    let regions = json!({
        "PrimaryKey": {"Arn": arn(&id), "Region": HOME},
        "ReplicaKeys": [{"Arn": arn_in(IRELAND, &id), "Region": IRELAND}],
    });
    let mut primary = world.described(&id);
    assert_eq!(
        primary["MultiRegionConfiguration"]["MultiRegionKeyType"].take(),
        "PRIMARY"
    );
    world.go(IRELAND);
    replica["KeyState"] = "Enabled".into();
    replica["Enabled"] = true.into();
    assert_eq!(world.described(&id), replica);
    assert_eq!(
        replica["MultiRegionConfiguration"]["MultiRegionKeyType"].take(),
        "REPLICA"
    );
    for described in [&primary, &replica] {
        let mut shown = regions.clone();
        shown["MultiRegionKeyType"] = Value::Null;
        assert_eq!(described["MultiRegionConfiguration"], shown);
    }
    assert_eq!(
        (&primary["Description"], &replica["Description"]),
        (&json!("at home"), &json!(""))
    );
    assert_eq!(replica["Arn"], arn_in(IRELAND, &id));
    assert_eq!(replica["CurrentKeyMaterialId"], primary["CurrentKeyMaterialId"]);
    assert_eq!(replica["CreationDate"], 1_700_000_000 + 86_400);
}

#[test]
fn what_one_region_encrypted_every_region_of_the_key_decrypts() {
    let mut world = World::new();
    let id = world.family(json!({}), &[]);
    let first = world.sealed(&id);
    world.run::<RotateKeyOnDemand>(json!({"KeyId": id})).unwrap();
    let second = world.sealed(&id);
    world.replicate(&id, IRELAND).unwrap();
    let data = json!({"KeyId": id, "KeySpec": "AES_256"});
    let data = world.run::<GenerateDataKey>(data).unwrap();
    let at_home = world.opened(&first).unwrap();

    world.go(IRELAND);
    let opened = world.opened(&first).unwrap();
    assert_eq!(opened["KeyId"], arn_in(IRELAND, &id));
    for shared in ["Plaintext", "KeyMaterialId"] {
        assert_eq!(opened[shared], at_home[shared]);
    }
    assert_ne!(
        world.opened(&second).unwrap()["KeyMaterialId"],
        opened["KeyMaterialId"]
    );
    assert_eq!(
        world.opened(&data["CiphertextBlob"]).unwrap()["Plaintext"],
        data["Plaintext"]
    );
    let third = world.sealed(&id);
    world.go(HOME);
    assert_eq!(world.opened(&third).unwrap()["KeyId"], arn(&id));
    world.go("eu-west-2");
    let refused = world.opened(&third).unwrap_err();
    assert!(
        refused.starts_with("AccessDeniedException: The ciphertext refers to"),
        "{refused}"
    );
}

#[test]
fn a_plain_keys_ciphertext_opens_in_its_own_region_only() {
    let mut world = World::new();
    let id = world.key(json!({}));
    let blob = world.sealed(&id);
    world.go(IRELAND);
    let refused = world.opened(&blob).unwrap_err();
    assert!(
        refused.starts_with("AccessDeniedException: The ciphertext refers to"),
        "{refused}"
    );
    assert_eq!(
        world.run::<DescribeKey>(json!({"KeyId": arn(&id)})).unwrap_err(),
        format!("NotFoundException: Invalid arn {HOME}")
    );
}

#[test]
fn every_kind_of_key_works_alike_in_its_regions() {
    let mut world = World::new();
    let mac = world.family(
        json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}),
        &[IRELAND],
    );
    let signing = world.family(
        json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}),
        &[IRELAND],
    );
    let tag = json!({"KeyId": mac, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"});
    let sign = json!({"KeyId": signing, "Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"});
    let here = world.run::<GenerateMac>(tag.clone()).unwrap();
    let public = world.run::<GetPublicKey>(json!({"KeyId": signing})).unwrap();
    let mut verify = sign.clone();
    verify["Signature"] = world.run::<Sign>(sign).unwrap()["Signature"].take();

    world.go(IRELAND);
    assert_eq!(world.run::<GenerateMac>(tag).unwrap()["Mac"], here["Mac"]);
    let there = world.run::<GetPublicKey>(json!({"KeyId": signing})).unwrap();
    assert_eq!(there["PublicKey"], public["PublicKey"]);
    assert_eq!(world.run::<Verify>(verify).unwrap()["SignatureValid"], true);
}

#[test]
fn policy_tags_aliases_and_description_are_each_regions_own() {
    let mut world = World::new();
    world.may(
        "ann",
        &json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}),
    );
    let id = world.family(json!({"Tags": [{"TagKey": "at", "TagValue": "home"}]}), &[]);
    let replicate = json!({
        "KeyId": id, "ReplicaRegion": IRELAND, "Description": "abroad", "Policy": policy_for("user/bob"),
        "BypassPolicyLockoutSafetyCheck": true, "Tags": [{"TagKey": "at", "TagValue": "sea"}],
    });
    world.may("bob", &elsewhere());
    let made = world.run::<ReplicateKey>(replicate).unwrap();
    assert_eq!(made["ReplicaTags"], json!([{"TagKey": "at", "TagValue": "sea"}]));
    assert_eq!(made["ReplicaKeyMetadata"]["Description"], "abroad");
    assert_eq!(made["ReplicaPolicy"], policy_for("user/bob"));
    let alias = json!({"AliasName": "alias/app", "TargetKeyId": id});
    world.run::<CreateAlias>(alias).unwrap();
    let blob = world.sealed(&id);

    world.go(IRELAND);
    let open = json!({"CiphertextBlob": blob});
    let named = json!({"KeyId": id, "PolicyName": "default"});
    assert!(world.run_as::<Decrypt>("ann", open.clone()).is_err());
    world.run_as::<Decrypt>("bob", open.clone()).unwrap();
    let tags = world
        .run_as::<ListResourceTags>("bob", json!({"KeyId": id}))
        .unwrap();
    assert_eq!(tags["Tags"], json!([{"TagKey": "at", "TagValue": "sea"}]));
    assert_eq!(world.run::<ListAliases>(json!({})).unwrap()["Aliases"], json!([]));
    let more = json!({"KeyId": id, "Tags": [{"TagKey": "more", "TagValue": ""}]});
    world.run_as::<TagResource>("bob", more).unwrap();
    let describe = json!({"KeyId": id, "Description": "new"});
    world.run_as::<UpdateKeyDescription>("bob", describe).unwrap();
    let put = json!({"KeyId": id, "PolicyName": "default", "Policy": policy_for("root")});
    let put = world.run_as::<PutKeyPolicy>("bob", put).unwrap_err();
    assert!(put.starts_with("MalformedPolicyDocumentException"), "{put}");

    world.go(HOME);
    world.run_as::<Decrypt>("ann", open).unwrap();
    let primary = world.record(&id).unwrap();
    assert_eq!((primary.description.as_str(), primary.tags.len()), ("", 1));
    let policy = world.run::<GetKeyPolicy>(named).unwrap();
    assert!(policy["Policy"].as_str().unwrap().contains("key-default-1"));
}

#[test]
fn only_a_primary_key_is_replicated_and_to_another_region_once() {
    let mut world = World::new();
    let plain = world.key(json!({}));
    assert_eq!(
        world.replicate(&plain, IRELAND).unwrap_err(),
        format!(
            "UnsupportedOperationException: {} is not a multi-region primary key.",
            arn(&plain)
        )
    );
    let id = world.family(json!({}), &[IRELAND]);
    let twice = world.replicate(&id, IRELAND).unwrap_err();
    assert!(
        twice.starts_with("AlreadyExistsException: ") && twice.contains(&arn_in(IRELAND, &id)),
        "{twice}"
    );
    let own = world.replicate(&id, HOME).unwrap_err();
    assert!(own.starts_with("ValidationException: "), "{own}");
    for region in [
        "mars",
        "EU-WEST-1",
        "eu-west-1/x",
        "averyverylongregion-namedthis-12",
    ] {
        let refused = world.replicate(&id, region).unwrap_err();
        assert!(refused.starts_with("ValidationException: "), "{refused}");
    }
    world.go(IRELAND);
    assert_eq!(
        world.replicate(&id, "eu-west-2").unwrap_err(),
        format!(
            "UnsupportedOperationException: {} is not a multi-region primary key.",
            arn_in(IRELAND, &id)
        )
    );
}

#[test]
fn a_replicas_policy_does_not_lock_its_maker_out() {
    let mut world = World::new();
    let id = world.family(json!({}), &[]);
    world.may("bob", &elsewhere());
    let mut replicate = json!({"KeyId": id, "ReplicaRegion": IRELAND, "Policy": policy_for("user/bob")});
    assert_eq!(
        world.run::<ReplicateKey>(replicate.clone()).unwrap_err(),
        "MalformedPolicyDocumentException: \
         The new key policy will not allow you to update the key policy in the future."
    );
    replicate["Policy"] = policy_for("user/nobody").into();
    assert_eq!(
        world.run::<ReplicateKey>(replicate).unwrap_err(),
        "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals."
    );
    assert!(
        world
            .record(&id)
            .unwrap()
            .multi_region
            .unwrap()
            .replicas
            .is_empty()
    );
}

#[test]
fn replicating_needs_the_primary_key_and_the_making_of_keys_in_the_other_region() {
    let mut world = World::new();
    let id = world.family(json!({}), &[]);
    let allow = |action: &str, condition: Value| json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition});
    let is = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let replicate = json!({"KeyId": id, "ReplicaRegion": IRELAND});
    let mut tagged = replicate.clone();
    tagged["Tags"] = json!([{"TagKey": "a", "TagValue": "b"}]);
    let on_key = allow("kms:ReplicateKey", is("kms:ReplicaRegion", IRELAND));
    let kind = json!({"StringEquals": {
        "kms:MultiRegionKeyType": "REPLICA", "kms:KeySpec": "SYMMETRIC_DEFAULT", "aws:RequestedRegion": IRELAND,
    }, "Bool": {"kms:MultiRegion": "true", "kms:BypassPolicyLockoutSafetyCheck": "false"}});
    let create = allow("kms:CreateKey", kind);
    let tag = allow("kms:TagResource", is("aws:RequestTag/a", "b"));
    for (statements, misses) in [
        (json!([create, tag]), "kms:ReplicateKey"),
        (json!([on_key, tag]), "kms:CreateKey"),
        (json!([on_key, create]), "kms:TagResource"),
        (
            json!([
                allow("kms:ReplicateKey", is("kms:ReplicaRegion", "eu-west-2")),
                create,
                tag
            ]),
            "kms:ReplicateKey",
        ),
        (
            json!([
                allow("kms:ReplicateKey", is("kms:MultiRegionKeyType", "REPLICA")),
                create,
                tag
            ]),
            "kms:ReplicateKey",
        ),
        (
            json!([
                on_key,
                allow("kms:CreateKey", is("aws:RequestedRegion", HOME)),
                tag
            ]),
            "kms:CreateKey",
        ),
    ] {
        world.may("ann", &statements);
        let denied = world.run_as::<ReplicateKey>("ann", tagged.clone()).unwrap_err();
        assert!(
            denied.contains(&format!("not authorized to perform: {misses} ")),
            "{denied}"
        );
    }
    world.may("ann", &json!([on_key, create]));
    world.run_as::<ReplicateKey>("ann", replicate).unwrap();
}

#[test]
fn each_region_seals_its_copy_for_itself() {
    let mut world = World::new();
    let id = world.family(json!({}), &[IRELAND]);
    let copy = |region: &str| {
        let keyring = world.kms.keyring(scope().at(region.parse().unwrap())).unwrap();
        keyring.materials[&(id.as_str().into(), 1)].record().clone()
    };
    let (here, there) = (copy(HOME), copy(IRELAND));
    assert_eq!(here.id, there.id);
    assert_ne!(here.sealed, there.sealed);
    let domain = world.view().domain;
    let ireland = scope().at(IRELAND.parse().unwrap());
    assert_eq!(
        domain.open(scope(), &id, &here),
        domain.open(ireland, &id, &there)
    );
    assert!(domain.open(ireland, &id, &here).is_err());
}

#[test]
fn a_replica_is_not_made_of_a_key_that_changes_meanwhile() {
    let mut world = World::new();
    let id = world.family(json!({}), &[]);
    let replicate = json!({"KeyId": id, "ReplicaRegion": IRELAND});
    let late = world.decide::<ReplicateKey>("root", &replicate).unwrap();
    world.run::<RotateKeyOnDemand>(json!({"KeyId": id})).unwrap();
    assert!(!world.commit(&late.txn));
    let (one, other) = (
        world.decide::<ReplicateKey>("root", &replicate).unwrap(),
        world.decide::<ReplicateKey>("root", &replicate).unwrap(),
    );
    assert!(world.commit(&one.txn));
    assert!(!world.commit(&other.txn));
    let key = keys::key(scope().at(IRELAND.parse().unwrap()), &id);
    assert!(one.txn.conds().iter().any(|cond| *cond.key() == key));
}

#[test]
fn a_key_is_in_thirty_regions_at_most_and_rotates_in_all_of_them_at_once() {
    let mut world = World::new();
    let id = world.family(json!({}), &[]);
    for n in 1..MAX_REGIONS {
        world.replicate(&id, &format!("eu-west-{n}")).unwrap();
    }
    let refused = world.replicate(&id, "eu-west-99").unwrap_err();
    assert!(refused.starts_with("LimitExceededException: "), "{refused}");
    world.run::<RotateKeyOnDemand>(json!({"KeyId": id})).unwrap();
    let blob = world.sealed(&id);
    world.go("eu-west-29");
    assert_eq!(world.record(&id).unwrap().current_material, 2);
    world.opened(&blob).unwrap();
}

#[test]
fn more_generations_than_one_transaction_takes_are_refused_and_nothing_is_written() {
    let mut world = World::new();
    let id = world.family(json!({}), &[]);
    for _ in 0..60 {
        world.run::<RotateKeyOnDemand>(json!({"KeyId": id})).unwrap();
        world.doctor(&id, |key| key.on_demand_rotations = 0);
    }
    let refused = world.replicate(&id, IRELAND).unwrap_err();
    assert_eq!(
        refused,
        format!(
            "LimitExceededException: {} has too many replicas, generations or too long policies to be changed \
             in all its Regions at once.",
            arn(&id)
        )
    );
    world.go(IRELAND);
    assert_eq!(world.kms_rows(), []);
}
