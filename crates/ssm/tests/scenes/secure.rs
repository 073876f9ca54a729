use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kagiban_kms::operations::{
    CancelKeyDeletion, CreateAlias, CreateKey, Decrypt, DisableKey, EnableKey, ScheduleKeyDeletion,
};
use kagiban_ssm::kagiban::{PurgeDeletedParameter, UndeleteParameter};
use kagiban_ssm::operations::{
    DeleteParameter, DescribeParameters, GetParameter, GetParameterHistory, GetParameters,
    GetParametersByPath, PutParameter,
};
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn put(world: &mut World, who: &str, extra: Value) -> Answer {
    let mut body = json!({"Name": "/a/s", "Value": "hunter2", "Type": "SecureString", "Overwrite": true});
    body.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    world.ssm::<PutParameter>(who, body)
}

fn get(world: &mut World, who: &str, decrypt: bool) -> Answer {
    let read = world.ssm::<GetParameter>(who, json!({"Name": "/a/s", "WithDecryption": decrypt}));
    read.map(|mut read| read["Parameter"]["Value"].take())
}

/// A message without the part that is different each time.
fn stable(message: &str) -> String {
    let (before, id) = message.split_once("Request ID: ").unwrap();
    let (id, after) = id.split_once(';').unwrap();
    assert_eq!(id.len(), 36);
    format!("{before}Request ID: <uuid>;{after}")
}

fn customer_key(world: &mut World) -> String {
    let made = world
        .kms::<CreateKey>("root", json!({"Description": "X"}))
        .unwrap();
    made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

#[test]
fn the_default_key_is_made_at_first_use_and_opens_for_whoever_may_read() {
    let mut world = World::new();
    world.may("reader", json!([allow("ssm:GetParameter", "*")]));
    put(&mut world, "root", json!({})).unwrap();
    put(&mut world, "root", json!({"Value": "hunter3"})).unwrap();
    assert_eq!(get(&mut world, "reader", true), Ok("hunter3".into()));
    let described = world.ssm::<DescribeParameters>("root", json!({})).unwrap();
    assert_eq!(described["Parameters"][0]["KeyId"], "alias/aws/ssm");
}

#[test]
fn without_decryption_the_value_is_the_ciphertext() {
    let mut world = World::new();
    put(&mut world, "root", json!({})).unwrap();
    let blob = get(&mut world, "root", false).unwrap();
    assert!(blob.as_str().unwrap().starts_with("AQIC"), "{blob}");
    assert!(
        !STANDARD
            .decode(blob.as_str().unwrap())
            .unwrap()
            .windows(7)
            .any(|window| window == b"hunter2")
    );
}

#[test]
fn under_a_customer_key_anyone_whom_kms_lets_can_open_the_bare_ciphertext() {
    let mut world = World::new();
    let key = customer_key(&mut world);
    put(&mut world, "root", json!({"KeyId": key})).unwrap();
    let blob = get(&mut world, "root", false).unwrap();
    let context = json!({"PARAMETER_ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/a/s"});
    let opened = world
        .kms::<Decrypt>(
            "root",
            json!({"CiphertextBlob": blob, "EncryptionContext": context}),
        )
        .unwrap();
    assert_eq!(opened["Plaintext"], STANDARD.encode("hunter2"));
    assert_eq!(
        world.kms::<Decrypt>("root", json!({"CiphertextBlob": blob})),
        Err("InvalidCiphertextException".into())
    );
}

#[test]
fn a_key_is_shown_as_it_was_named_and_forgotten_by_an_overwrite_without_one() {
    let mut world = World::new();
    let key = customer_key(&mut world);
    world
        .kms::<CreateAlias>("root", json!({"AliasName": "alias/mine", "TargetKeyId": key}))
        .unwrap();
    put(&mut world, "root", json!({"KeyId": "alias/mine"})).unwrap();
    put(&mut world, "root", json!({})).unwrap();
    let history = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "/a/s", "WithDecryption": true}))
        .unwrap();
    let of = |index: usize, member: &str| history["Parameters"][index][member].clone();
    assert_eq!(
        (of(0, "KeyId"), of(0, "Value")),
        ("alias/mine".into(), "hunter2".into())
    );
    assert_eq!(
        (of(1, "KeyId"), of(1, "Value")),
        ("alias/aws/ssm".into(), "hunter2".into())
    );
}

#[test]
fn a_role_without_decrypt_gets_the_ciphertext_sentence() {
    let mut world = World::new();
    world.may("role/reader", json!([allow("ssm:*", "*")]));
    let key = customer_key(&mut world);
    put(&mut world, "root", json!({"KeyId": key})).unwrap();
    let refused =
        world.ssm::<GetParameters>("role/reader", json!({"Names": ["/a/s"], "WithDecryption": true}));
    insta::assert_snapshot!(stable(&refused.unwrap_err()), @"AccessDeniedException: The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access. (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: <uuid>; Proxy: null)");
    let by_path = json!({"Path": "/a", "WithDecryption": true});
    assert!(
        world
            .ssm::<GetParametersByPath>("role/reader", by_path)
            .unwrap_err()
            .starts_with("AccessDeniedException")
    );
    assert!(get(&mut world, "role/reader", false).is_ok());
}

#[test]
fn decrypting_through_parameter_store_can_be_all_that_is_allowed() {
    let mut world = World::new();
    let through = json!({
        "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {
            "kms:ViaService": "ssm.us-east-1.amazonaws.com",
            "kms:EncryptionContext:PARAMETER_ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/a/s",
        }},
    });
    world.may("reader", json!([allow("ssm:GetParameter", "*"), through]));
    let key = customer_key(&mut world);
    put(&mut world, "root", json!({"KeyId": key})).unwrap();
    assert_eq!(get(&mut world, "reader", true), Ok("hunter2".into()));
    let blob = get(&mut world, "reader", false).unwrap();
    let context = json!({"PARAMETER_ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/a/s"});
    let bare = world.kms::<Decrypt>(
        "reader",
        json!({"CiphertextBlob": blob, "EncryptionContext": context}),
    );
    assert!(bare.unwrap_err().starts_with("AccessDeniedException"));
}

#[test]
fn the_refusals_of_kms_keep_their_words() {
    let mut world = World::new();
    let absent = "00000000-0000-4000-8000-000000000000";
    insta::assert_snapshot!(stable(&put(&mut world, "root", json!({"KeyId": absent})).unwrap_err()), @"InvalidKeyId: Key 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000' does not exist (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: <uuid>; Proxy: null)");
    insta::assert_snapshot!(stable(&put(&mut world, "root", json!({"KeyId": "alias/nope"})).unwrap_err()), @"InvalidKeyId: Alias arn:aws:kms:us-east-1:111122223333:alias/nope is not found. (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: <uuid>; Proxy: null)");
    insta::assert_snapshot!(stable(&put(&mut world, "root", json!({"KeyId": "nope"})).unwrap_err()), @"InvalidKeyId: Invalid keyId 'nope' (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: <uuid>; Proxy: null)");
    let key = customer_key(&mut world);
    put(&mut world, "root", json!({"KeyId": key})).unwrap();
    world.kms::<DisableKey>("root", json!({"KeyId": key})).unwrap();
    let disabled = get(&mut world, "root", true).unwrap_err();
    assert!(
        disabled.starts_with(&format!(
            "InvalidKeyId: arn:aws:kms:us-east-1:111122223333:key/{key} is disabled. (Service: AWSKMS;"
        )),
        "{disabled}"
    );
    assert!(disabled.contains("Error Code: DisabledException;"), "{disabled}");
}

#[test]
fn writing_needs_encrypt_and_in_the_advanced_tier_a_data_key() {
    let mut world = World::new();
    let key = customer_key(&mut world);
    world.may(
        "writer",
        json!([allow("ssm:PutParameter", "*"), allow("kms:Encrypt", "*")]),
    );
    put(&mut world, "writer", json!({"KeyId": key})).unwrap();
    let refused = put(&mut world, "writer", json!({"KeyId": key, "Tier": "Advanced"})).unwrap_err();
    assert!(refused.contains("kms:GenerateDataKey on resource:"), "{refused}");
    assert!(
        refused.contains("Error Code: AccessDeniedException;"),
        "{refused}"
    );
}

#[test]
fn a_long_value_lies_in_an_envelope_and_comes_back() {
    let mut world = World::new();
    let long = "x".repeat(8192);
    put(&mut world, "root", json!({})).unwrap();
    put(&mut world, "root", json!({"Value": long, "Tier": "Advanced"})).unwrap();
    assert_eq!(get(&mut world, "root", true), Ok(long.as_str().into()));
    assert!(get(&mut world, "root", false).unwrap().as_str().unwrap().len() > 8192);
    put(&mut world, "root", json!({"Value": "short"})).unwrap();
    assert_eq!(get(&mut world, "root", true), Ok("short".into()));
    let old = world
        .ssm::<GetParameter>("root", json!({"Name": "/a/s:1", "WithDecryption": true}))
        .unwrap();
    assert_eq!(old["Parameter"]["Value"], "hunter2");
}

#[test]
fn a_plain_parameter_may_become_secret_and_back() {
    let mut world = World::new();
    put(&mut world, "root", json!({"Type": "String"})).unwrap();
    put(&mut world, "root", json!({})).unwrap();
    assert_eq!(get(&mut world, "root", true), Ok("hunter2".into()));
    put(&mut world, "root", json!({"Type": "String", "Value": "open"})).unwrap();
    assert_eq!(get(&mut world, "root", false), Ok("open".into()));
}

#[test]
fn a_key_is_not_destroyed_while_secure_strings_need_it() {
    let mut world = World::new();
    let (key, other) = (customer_key(&mut world), customer_key(&mut world));
    let put = |world: &mut World, name: &str, extra: Value| {
        let mut body = json!({"Name": name, "Value": "v", "Type": "SecureString", "Overwrite": true});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        world.ssm::<PutParameter>("root", body).unwrap();
    };
    put(&mut world, "/a", json!({"KeyId": key}));
    put(&mut world, "/b", json!({"KeyId": key, "Tier": "Advanced"}));
    put(&mut world, "/c", json!({"KeyId": other}));
    put(&mut world, "/d", json!({}));
    let schedule = |world: &mut World| world.kms::<ScheduleKeyDeletion>("root", json!({"KeyId": key}));
    let refused = schedule(&mut world).unwrap_err();
    let begin = format!(
        "KMSInvalidStateException: arn:aws:kms:us-east-1:111122223333:key/{key} is needed to read \
         2 SecureString parameters: /a, /b."
    );
    assert!(refused.starts_with(&begin), "{refused}");
    let advice = "Write parameters under another key, and on until none of the 100 versions that are kept is under \
                  this one, or delete and purge them; to lose them,";
    assert!(refused.contains(advice), "{refused}");

    world
        .ssm::<DeleteParameter>("root", json!({"Name": "/a"}))
        .unwrap();
    put(&mut world, "/a", json!({"KeyId": other}));
    world
        .ssm::<PurgeDeletedParameter>("root", json!({"Name": "/a"}))
        .unwrap();
    world
        .ssm::<DeleteParameter>("root", json!({"Name": "/b"}))
        .unwrap();
    world
        .ssm::<PurgeDeletedParameter>("root", json!({"Name": "/b"}))
        .unwrap();
    schedule(&mut world).unwrap();
}

#[test]
fn a_key_is_not_destroyed_while_older_versions_need_it() {
    let mut world = World::new();
    let (key, other) = (customer_key(&mut world), customer_key(&mut world));
    let schedule = |world: &mut World| world.kms::<ScheduleKeyDeletion>("root", json!({"KeyId": key}));
    put(&mut world, "root", json!({"KeyId": key})).unwrap();
    put(&mut world, "root", json!({"KeyId": other})).unwrap();
    put(&mut world, "root", json!({"Type": "String", "Value": "open"})).unwrap();
    for name in [&key, &other] {
        let refused = world.kms::<ScheduleKeyDeletion>("root", json!({"KeyId": name}));
        let refused = refused.unwrap_err();
        assert!(
            refused.contains(
                "1 SecureString parameter: /a/s (older versions). Older versions need it until 100 newer ones \
                 are written, or their parameter is deleted and purged; to lose them,"
            ),
            "{refused}"
        );
    }
    put(&mut world, "root", json!({"KeyId": key, "Tier": "Advanced"})).unwrap();
    let refused = schedule(&mut world).unwrap_err();
    assert!(refused.contains(" /a/s. "), "it counts once: {refused}");
    put(&mut world, "root", json!({"KeyId": other})).unwrap();

    let name = json!({"Name": "/a/s"});
    world.ssm::<DeleteParameter>("root", name.clone()).unwrap();
    let refused = schedule(&mut world).unwrap_err();
    assert!(
        refused.contains(
            "/a/s (deleted, older versions). Deleted parameters need it until they are purged: by \
             PurgeDeletedParameter, or when their time is over; to lose them,"
        ),
        "{refused}"
    );
    world.ssm::<UndeleteParameter>("root", name).unwrap();
    let old = json!({"Name": "/a/s:1", "WithDecryption": true});
    let old = world.ssm::<GetParameter>("root", old).unwrap();
    assert_eq!(old["Parameter"]["Value"], "hunter2");
    assert!(schedule(&mut world).is_err());
}

#[test]
fn a_key_is_needed_no_more_once_its_last_version_is_pushed_out() {
    let mut world = World::new();
    let (key, other) = (customer_key(&mut world), customer_key(&mut world));
    let schedule = |world: &mut World| world.kms::<ScheduleKeyDeletion>("root", json!({"KeyId": key}));
    put(&mut world, "root", json!({"KeyId": key})).unwrap();
    put(&mut world, "root", json!({"KeyId": key})).unwrap();
    for _ in 3..=101 {
        put(&mut world, "root", json!({"KeyId": other})).unwrap();
    }
    assert!(schedule(&mut world).is_err(), "version 2 is still kept");
    put(&mut world, "root", json!({"KeyId": other})).unwrap();
    schedule(&mut world).unwrap();
}

#[test]
fn nothing_is_written_under_a_key_that_has_begun_to_go_and_writers_do_not_meet() {
    let mut world = World::new();
    let key = customer_key(&mut world);
    for tier in ["Standard", "Advanced"] {
        let write = |world: &World, name: &str| {
            let body =
                json!({"Name": name, "Value": "v", "Type": "SecureString", "KeyId": key, "Tier": tier});
            world.decide_ssm::<PutParameter>("root", &body).unwrap().txn
        };
        let (early, late) = (write(&world, "/early"), write(&world, "/late"));
        world.commit(early);
        assert!(world.holds(&late), "two writers under one key");
        world
            .ssm::<DeleteParameter>("root", json!({"Name": "/early"}))
            .unwrap();
        world
            .ssm::<PurgeDeletedParameter>("root", json!({"Name": "/early"}))
            .unwrap();
        world
            .kms::<ScheduleKeyDeletion>("root", json!({"KeyId": key}))
            .unwrap();
        assert!(!world.holds(&late), "the key is about to be destroyed");
        world
            .kms::<CancelKeyDeletion>("root", json!({"KeyId": key}))
            .unwrap();
        world.kms::<EnableKey>("root", json!({"KeyId": key})).unwrap();
    }
}
