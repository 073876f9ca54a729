//! Parameters that another account may read.

use kagiban_kms::operations::CreateKey;
use kagiban_ssm::operations::*;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const ARN: &str = "arn:aws:ssm:us-east-1:111122223333:parameter/team/db";
const BOB: &str = "444455556666/bob";

fn policy(actions: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": actions, "Resource": ARN}
    ]})
    .to_string()
}

fn reading() -> String {
    policy(json!([
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParameterHistory",
        "ssm:DescribeParameters"
    ]))
}

/// An advanced parameter, and somebody elsewhere who may do everything that others let them do.
fn world() -> World {
    let mut world = World::new();
    world.may(BOB, json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    put(&mut world, json!({"Tier": "Advanced"})).unwrap();
    world
}

fn put(world: &mut World, more: Value) -> Answer {
    let mut body = json!({"Name": "/team/db", "Value": "shared", "Type": "String", "Overwrite": true});
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    world.ssm::<PutParameter>("root", body)
}

fn share(world: &mut World, policy: &str) -> Answer {
    world.ssm::<PutResourcePolicy>("root", json!({"ResourceArn": ARN, "Policy": policy}))
}

fn policies(world: &mut World) -> Value {
    let listed = world.ssm::<GetResourcePolicies>("root", json!({"ResourceArn": ARN}));
    listed.unwrap()["Policies"].take()
}

fn read(world: &mut World, who: &str) -> Answer {
    let read = world.ssm::<GetParameter>(who, json!({"Name": ARN, "WithDecryption": true}));
    read.map(|mut read| read["Parameter"].take())
}

fn code(answer: Answer) -> String {
    answer.unwrap_err().split(':').next().unwrap().to_owned()
}

#[test]
fn a_policy_is_put_listed_replaced_and_deleted() {
    let mut world = world();
    assert_eq!(policies(&mut world), json!([]));
    let made = share(&mut world, &reading()).unwrap();
    let (id, hash) = (made["PolicyId"].clone(), made["PolicyHash"].clone());
    assert_eq!(
        policies(&mut world),
        json!([{"PolicyId": id, "PolicyHash": hash, "Policy": reading()}])
    );
    let replacing = policy(json!("ssm:GetParameter"));
    let replaced = world
        .ssm::<PutResourcePolicy>(
            "root",
            json!({"ResourceArn": ARN, "Policy": replacing, "PolicyId": id, "PolicyHash": hash}),
        )
        .unwrap();
    assert_eq!(replaced["PolicyId"], id);
    assert_ne!(replaced["PolicyHash"], hash);
    let delete = json!({"ResourceArn": ARN, "PolicyId": id, "PolicyHash": replaced["PolicyHash"]});
    assert_eq!(world.ssm::<DeleteResourcePolicy>("root", delete), Ok(json!({})));
    assert_eq!(policies(&mut world), json!([]));
}

#[test]
fn who_has_not_seen_the_present_policy_changes_nothing() {
    let mut world = world();
    let made = share(&mut world, &reading()).unwrap();
    assert_eq!(
        code(share(&mut world, &reading())),
        "ResourcePolicyLimitExceededException"
    );
    for (id, hash, expected) in [
        (
            json!("other"),
            made["PolicyHash"].clone(),
            "ResourcePolicyNotFoundException",
        ),
        (
            made["PolicyId"].clone(),
            json!("other"),
            "ResourcePolicyConflictException",
        ),
    ] {
        let put = json!({"ResourceArn": ARN, "Policy": reading(), "PolicyId": id, "PolicyHash": hash});
        assert_eq!(code(world.ssm::<PutResourcePolicy>("root", put)), expected);
        let delete = json!({"ResourceArn": ARN, "PolicyId": id, "PolicyHash": hash});
        assert_eq!(code(world.ssm::<DeleteResourcePolicy>("root", delete)), expected);
    }
    assert_eq!(policies(&mut world)[0]["PolicyHash"], made["PolicyHash"]);
}

#[test]
fn only_advanced_parameters_of_ones_own_can_be_shared() {
    let mut world = world();
    world
        .ssm::<PutParameter>("root", json!({"Name": "/plain", "Value": "v", "Type": "String"}))
        .unwrap();
    let mut try_it = |arn: &str| {
        code(world.ssm::<PutResourcePolicy>("root", json!({"ResourceArn": arn, "Policy": reading()})))
    };
    let in_account = |rest: &str| format!("arn:aws:ssm:us-east-1:111122223333:{rest}");
    assert_eq!(
        try_it(&in_account("parameter/plain")),
        "ResourcePolicyInvalidParameterException"
    );
    assert_eq!(try_it(&in_account("parameter/none")), "ResourceNotFoundException");
    assert_eq!(
        try_it(&in_account("document/some-document")),
        "ResourcePolicyInvalidParameterException"
    );
    assert_eq!(
        try_it("arn:aws:ssm:us-east-1:444455556666:parameter/x"),
        "AccessDeniedException"
    );
}

#[test]
fn another_account_reads_what_is_shared_with_it_and_nothing_else() {
    let mut world = world();
    put(&mut world, json!({"Value": "second"})).unwrap();
    assert_eq!(code(read(&mut world, BOB)), "AccessDeniedException");
    share(&mut world, &reading()).unwrap();
    let shared = read(&mut world, BOB).unwrap();
    assert_eq!(
        (&shared["Value"], &shared["Name"], &shared["ARN"]),
        (&json!("second"), &json!(ARN), &json!(ARN))
    );
    let first = json!({"Names": [format!("{ARN}:1"), ARN]});
    let both = world.ssm::<GetParameters>(BOB, first).unwrap();
    assert_eq!(both["Parameters"][0]["Value"], "shared");
    assert_eq!(both["Parameters"][1]["Value"], "second");
    let history = world
        .ssm::<GetParameterHistory>(BOB, json!({"Name": ARN}))
        .unwrap();
    assert_eq!(history["Parameters"].as_array().unwrap().len(), 2);
    assert_eq!(
        code(world.ssm::<GetParameter>(BOB, json!({"Name": "/team/db"}))),
        "ParameterNotFound"
    );
    let elsewhere = ARN.replace("us-east-1", "eu-west-1");
    assert_eq!(
        code(world.ssm::<GetParameter>(BOB, json!({"Name": elsewhere}))),
        "AccessDeniedException"
    );
}

#[test]
fn both_sides_must_allow() {
    let mut world = world();
    share(&mut world, &reading()).unwrap();
    world.may(
        "444455556666/carol",
        json!([{"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*"}]),
    );
    assert_eq!(
        code(read(&mut world, "444455556666/carol")),
        "AccessDeniedException"
    );
    assert_eq!(
        code(world.ssm::<GetResourcePolicies>(BOB, json!({"ResourceArn": ARN}))),
        "AccessDeniedException"
    );
}

#[test]
fn strangers_learn_nothing_of_tags() {
    let mut world = world();
    let tags = json!([{"Key": "env", "Value": "prod"}]);
    let tagging = json!({"ResourceType": "Parameter", "ResourceId": "/team/db", "Tags": tags});
    world.ssm::<AddTagsToResource>("root", tagging).unwrap();
    let carol = "444455556666/carol";
    let guess = json!({"StringEquals": {"aws:ResourceTag/env": "prod"}});
    world.may(
        carol,
        json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": guess}
        ]),
    );
    let refused = [carol, BOB].map(|who| read(&mut world, who).unwrap_err().replace("carol", "bob"));
    assert_eq!(refused[0], refused[1], "a right guess is not told from no guess");
    share(&mut world, &reading()).unwrap();
    assert!(read(&mut world, carol).unwrap_err().contains("explicit deny"));
}

#[test]
fn what_is_shared_is_listed_by_its_arn_to_those_who_may_see_it() {
    let mut world = world();
    let listed = |world: &mut World, who: &str, shared: bool| -> Value {
        let described = world
            .ssm::<DescribeParameters>(who, json!({"Shared": shared}))
            .unwrap();
        let parameters = described["Parameters"].as_array().unwrap().iter();
        parameters.map(|parameter| parameter["Name"].clone()).collect()
    };
    assert_eq!(listed(&mut world, BOB, true), json!([]));
    share(&mut world, &reading()).unwrap();
    assert_eq!(listed(&mut world, BOB, true), json!([ARN]));
    assert_eq!(listed(&mut world, BOB, false), json!([]));
    assert_eq!(listed(&mut world, "root", true), json!([]));
    assert_eq!(listed(&mut world, "root", false), json!(["/team/db"]));
}

#[test]
fn a_shared_securestring_takes_a_key_that_allows_it_too() {
    let mut world = world();
    let statement = |principal: &str, action: &str| json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"});
    let closed = json!({"Version": "2012-10-17", "Statement": [statement("111122223333", "kms:*")]});
    let open = json!({"Version": "2012-10-17", "Statement": [
        statement("111122223333", "kms:*"), statement("444455556666", "kms:Decrypt")
    ]});
    share(&mut world, &reading()).unwrap();
    for (policy, may_read) in [(closed, false), (open, true)] {
        let key = world
            .kms::<CreateKey>("root", json!({"Policy": policy.to_string()}))
            .unwrap();
        let key = &key["KeyMetadata"]["KeyId"];
        put(&mut world, json!({"Type": "SecureString", "KeyId": key})).unwrap();
        let seen = read(&mut world, BOB);
        assert_eq!(seen.is_ok(), may_read, "{seen:?}");
    }
    put(&mut world, json!({"Type": "SecureString"})).unwrap();
    assert_eq!(code(read(&mut world, BOB)), "AccessDeniedException");
}

#[test]
fn a_policy_goes_with_its_parameter() {
    let mut world = world();
    share(&mut world, &reading()).unwrap();
    world
        .ssm::<DeleteParameter>("root", json!({"Name": "/team/db"}))
        .unwrap();
    put(&mut world, json!({"Tier": "Advanced"})).unwrap();
    assert_eq!(policies(&mut world), json!([]));
    assert_eq!(code(read(&mut world, BOB)), "AccessDeniedException");
}
