//! Values that refer to other parameters, where the account has chosen so.

use kagiban_kms::operations::CreateKey;
use kagiban_ssm::kagiban::{PutAccountSetting, RollbackParameter};
use kagiban_ssm::operations::{
    DeleteParameter, DescribeParameters, GetParameter, GetParameterHistory, GetParameters,
    GetParametersByPath, PutParameter,
};
use serde_json::{Value, json};

use crate::world::{Answer, World};

pub(crate) fn choose(world: &mut World, value: &str) {
    let body = json!({"Name": "parameter-references", "Value": value});
    world.ssm::<PutAccountSetting>("root", body).unwrap();
}

pub(crate) fn world() -> World {
    let mut world = World::new();
    choose(&mut world, "true");
    world
}

pub(crate) fn write(world: &mut World, name: &str, value: &str, kind: &str) -> Answer {
    let body = json!({"Name": name, "Value": value, "Type": kind, "Overwrite": true});
    world.ssm::<PutParameter>("root", body)
}

pub(crate) fn put(world: &mut World, name: &str, value: &str) {
    write(world, name, value, "String").unwrap();
}

pub(crate) fn read_as(world: &mut World, who: &str, name: &str) -> Result<String, String> {
    let read = world.ssm::<GetParameter>(who, json!({"Name": name, "WithDecryption": true}));
    read.map(|read| read["Parameter"]["Value"].as_str().unwrap().to_owned())
}

pub(crate) fn read(world: &mut World, name: &str) -> Result<String, String> {
    read_as(world, "root", name)
}

const NESTED: &str =
    r#"ValidationException: Parameter value can't nest another parameter. Do not use "{{}}" in the value."#;

#[test]
fn a_reference_stands_for_the_other_parameters_value() {
    let mut world = world();
    put(&mut world, "/db/host", "old.example");
    put(&mut world, "/db/host", "db.example");
    put(&mut world, "port", "5432");
    put(
        &mut world,
        "/url",
        "postgres://{{kagiban:/db/host}}:{{ kagiban:port }}/",
    );
    put(&mut world, "/deep", "<{{kagiban:/url}}|{{kagiban:/db/host:1}}>");
    let resolved = "<postgres://db.example:5432/|old.example>";
    assert_eq!(read(&mut world, "/deep").unwrap(), resolved);
    let several = world
        .ssm::<GetParameters>("root", json!({"Names": ["/deep", "/url"]}))
        .unwrap();
    assert_eq!(several["Parameters"][0]["Value"], resolved);
    let below = world
        .ssm::<GetParametersByPath>("root", json!({"Path": "/"}))
        .unwrap();
    assert_eq!(below["Parameters"][0]["Value"], resolved);
    let history = world
        .ssm::<GetParameterHistory>("root", json!({"Name": "/url"}))
        .unwrap();
    let raw = "postgres://{{kagiban:/db/host}}:{{ kagiban:port }}/";
    assert_eq!(history["Parameters"][0]["Value"], raw);
    choose(&mut world, "false");
    assert_eq!(read(&mut world, "/url").unwrap(), raw);
}

#[test]
fn a_reference_through_old_versions_leads_on_to_other_old_versions() {
    let mut world = world();
    for (name, old) in [
        ("/c", "end"),
        ("/b", "b-{{kagiban:/c:1}}"),
        ("/a", "a-{{kagiban:/b:1}}"),
    ] {
        put(&mut world, name, old);
        put(&mut world, name, "newer");
    }
    assert_eq!(read(&mut world, "/a:1").unwrap(), "a-b-end");
    put(&mut world, "/root", "{{kagiban:/a:1}}");
    assert_eq!(read(&mut world, "/root").unwrap(), "a-b-end");
}

#[test]
fn where_nobody_chose_it_a_reference_is_refused_as_on_aws() {
    let mut world = World::new();
    assert_eq!(
        write(&mut world, "/a", "{{kagiban:/b}}", "String").unwrap_err(),
        NESTED
    );
    choose(&mut world, "true");
    for text in ["{{ssm:/b}}", "{{kagiban:/b}}{{x}}", "{{kagiban:a b}}"] {
        assert_eq!(
            write(&mut world, "/a", text, "String").unwrap_err(),
            NESTED,
            "{text}"
        );
    }
}

#[test]
fn a_reader_needs_a_permission_on_every_parameter_on_the_way() {
    let mut world = world();
    put(&mut world, "/secret", "s");
    put(&mut world, "/middle", "{{kagiban:/secret}}");
    put(&mut world, "/app", "{{kagiban:/middle}}");
    let may = |names: &[&str]| {
        let arns: Vec<_> = names
            .iter()
            .map(|name| format!("arn:aws:ssm:us-east-1:111122223333:parameter{name}"))
            .collect();
        json!([{"Effect": "Allow", "Action": ["ssm:GetParameter*"], "Resource": arns}])
    };
    world.may("alice", may(&["/app", "/middle"]));
    let refused = read_as(&mut world, "alice", "/app").unwrap_err();
    assert!(
        refused.starts_with("AccessDeniedException: ")
            && refused.contains(
                "ssm:GetParameter on resource: arn:aws:ssm:us-east-1:111122223333:parameter/secret"
            ),
        "{refused}"
    );
    world.may("alice", may(&["/app", "/middle", "/secret"]));
    assert_eq!(read_as(&mut world, "alice", "/app").unwrap(), "s");
}

#[test]
fn an_old_versions_references_ask_for_permissions_too() {
    let mut world = world();
    put(&mut world, "/secret", "s");
    put(&mut world, "/app", "{{kagiban:/secret}}");
    put(&mut world, "/app", "plain");
    world.may(
        "alice",
        json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:*:*:parameter/secret"}]),
    );
    assert_eq!(read_as(&mut world, "alice", "/app").unwrap(), "plain");
    assert!(
        read_as(&mut world, "alice", "/app:1")
            .unwrap_err()
            .starts_with("AccessDeniedException")
    );
}

#[test]
fn only_a_secret_refers_to_a_secret_and_only_with_the_readers_key() {
    let mut world = world();
    let key = world.kms::<CreateKey>("root", json!({})).unwrap()["KeyMetadata"]["KeyId"].clone();
    let secret = json!({"Name": "/password", "Value": "hunter2", "Type": "SecureString", "KeyId": key});
    world.ssm::<PutParameter>("root", secret).unwrap();
    let url = "postgres://u:{{kagiban:/password}}@h";
    let refused = write(&mut world, "/url", url, "String").unwrap_err();
    assert_eq!(
        refused,
        "ValidationException: The parameter /url refers to {{kagiban:/password}}, which is a SecureString; only a SecureString may refer to one."
    );
    write(&mut world, "/url", url, "SecureString").unwrap();
    assert_eq!(read(&mut world, "/url").unwrap(), "postgres://u:hunter2@h");
    let closed = world
        .ssm::<GetParameter>("root", json!({"Name": "/url"}))
        .unwrap();
    assert!(!closed.to_string().contains("hunter2"));
    world.may(
        "alice",
        json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]),
    );
    let refused = read_as(&mut world, "alice", "/url").unwrap_err();
    assert!(
        refused.starts_with("AccessDeniedException: The ciphertext refers to"),
        "{refused}"
    );
    let undecrypted = world.ssm::<GetParameter>("alice", json!({"Name": "/url"}));
    assert!(undecrypted.is_ok(), "a secret that stays closed leads nowhere");
    // A plain text that came to refer to a secret by a later write gives nothing away.
    put(&mut world, "/plain", "{{kagiban:/later}}");
    write(&mut world, "/later", "s", "SecureString").unwrap();
    assert!(
        read(&mut world, "/plain")
            .unwrap_err()
            .contains("only a SecureString may refer to one")
    );
}

#[test]
fn circles_are_refused_when_written_and_when_closed_by_another_way_when_read() {
    let mut world = world();
    put(&mut world, "/a", "{{kagiban:/b}}");
    put(&mut world, "/b", "{{kagiban:/c}}");
    for (name, value) in [
        ("/c", "{{kagiban:/a}}"),
        ("/c", "{{kagiban:/c}}"),
        ("/b", "{{kagiban:/a}}"),
    ] {
        let refused = write(&mut world, name, value, "String").unwrap_err();
        assert_eq!(
            refused,
            format!("ValidationException: The references of {name} lead back to it.")
        );
    }
    // Decided before the other was written, or made of old versions: only a read can tell.
    put(&mut world, "/x", "{{kagiban:/y:1}}");
    put(&mut world, "/y", "{{kagiban:/x:1}}");
    for name in ["/x", "/y"] {
        let refused = read(&mut world, name).unwrap_err();
        assert!(
            refused.starts_with("ValidationException: The references of "),
            "{refused}"
        );
    }
    put(&mut world, "/self", "one");
    put(&mut world, "/self", "two, once {{kagiban:/self:1}}");
    assert_eq!(read(&mut world, "/self").unwrap(), "two, once one");
}

#[test]
fn references_are_bounded_in_depth_number_and_length() {
    let mut world = world();
    put(&mut world, "/0", "end");
    for depth in 1..=8 {
        put(
            &mut world,
            &format!("/{depth}"),
            &format!("{{{{kagiban:/{}}}}}", depth - 1),
        );
    }
    assert_eq!(read(&mut world, "/8").unwrap(), "end");
    let refused = write(&mut world, "/9", "{{kagiban:/8}}", "String").unwrap_err();
    assert!(refused.contains("nested too deep"), "{refused}");
    put(&mut world, "/0", "{{kagiban:/end}}"); // below what was within bounds
    put(&mut world, "/end", "end");
    assert!(read(&mut world, "/8").unwrap_err().contains("nested too deep"));

    let long = "x".repeat(4000);
    put(&mut world, "/long", &long);
    put(&mut world, "/longer", &"{{kagiban:/long}}".repeat(16));
    assert_eq!(read(&mut world, "/longer").unwrap().len(), 64_000);
    put(&mut world, "/longest", &"{{kagiban:/long}}".repeat(17));
    assert!(read(&mut world, "/longest").unwrap_err().contains("too long"));

    let many: String = (0..101).map(|n| format!("{{{{kagiban:/m/{n}}}}}")).collect();
    assert!(
        write(&mut world, "/many", &many, "String")
            .unwrap_err()
            .contains("too many references")
    );
}

#[test]
fn what_is_missing_is_named_and_may_come_later() {
    let mut world = world();
    put(&mut world, "/a", "{{kagiban:/b:prod}}");
    let missing = "ValidationException: The parameter /a refers to {{kagiban:/b:prod}}, and there is no such parameter or version.";
    assert_eq!(read(&mut world, "/a").unwrap_err(), missing);
    put(&mut world, "/b", "1");
    assert_eq!(read(&mut world, "/a").unwrap_err(), missing);
    put(&mut world, "/a", "{{kagiban:/b}}");
    assert_eq!(read(&mut world, "/a").unwrap(), "1");
    world
        .ssm::<DeleteParameter>("root", json!({"Name": "/b"}))
        .unwrap();
    assert!(
        read(&mut world, "/a")
            .unwrap_err()
            .contains("refers to {{kagiban:/b}}")
    );
}

#[test]
fn a_rollback_brings_references_back_as_they_were_written() {
    let mut world = world();
    put(&mut world, "/b", "1");
    put(&mut world, "/a", "{{kagiban:/b}}");
    put(&mut world, "/a", "plain");
    world
        .ssm::<RollbackParameter>("root", json!({"Name": "/a", "Version": 1}))
        .unwrap();
    put(&mut world, "/b", "2");
    assert_eq!(read(&mut world, "/a").unwrap(), "2");
    let described: Value = world.ssm::<DescribeParameters>("root", json!({})).unwrap();
    assert!(!described.to_string().contains("kagiban:"), "{described}");
}
