//! Service settings: told, changed, reset, honoured.

use kagiban_ssm::operations::*;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const TIER: &str = "/ssm/parameter-store/default-parameter-tier";
const THROUGHPUT: &str = "/ssm/parameter-store/high-throughput-enabled";

fn get(world: &mut World, id: &str) -> Answer {
    world.ssm::<GetServiceSetting>("root", json!({"SettingId": id}))
}

fn update(world: &mut World, id: &str, value: &str) -> Answer {
    world.ssm::<UpdateServiceSetting>("root", json!({"SettingId": id, "SettingValue": value}))
}

fn tier(world: &mut World, body: Value) -> Value {
    world.ssm::<PutParameter>("root", body).unwrap()["Tier"].clone()
}

#[test]
fn a_setting_is_told_changed_and_reset() {
    let mut world = World::new();
    let default = get(&mut world, THROUGHPUT).unwrap();
    insta::assert_snapshot!(default, @r#"{"ServiceSetting":{"ARN":"arn:aws:ssm:us-east-1:111122223333:servicesetting/ssm/parameter-store/high-throughput-enabled","LastModifiedDate":0,"LastModifiedUser":"System","SettingId":"/ssm/parameter-store/high-throughput-enabled","SettingValue":"false","Status":"Default"}}"#);
    assert_eq!(update(&mut world, THROUGHPUT, "true"), Ok(json!({})));
    let changed = get(&mut world, THROUGHPUT).unwrap();
    insta::assert_snapshot!(changed, @r#"{"ServiceSetting":{"ARN":"arn:aws:ssm:us-east-1:111122223333:servicesetting/ssm/parameter-store/high-throughput-enabled","LastModifiedDate":1600000000,"LastModifiedUser":"arn:aws:iam::111122223333:root","SettingId":"/ssm/parameter-store/high-throughput-enabled","SettingValue":"true","Status":"Customized"}}"#);
    let reset = json!({"SettingId": THROUGHPUT});
    assert_eq!(
        world.ssm::<ResetServiceSetting>("root", reset.clone()),
        Ok(default.clone())
    );
    assert_eq!(
        world.ssm::<ResetServiceSetting>("root", reset),
        Ok(default.clone())
    );
    assert_eq!(get(&mut world, THROUGHPUT), Ok(default));
}

#[test]
fn a_setting_is_named_by_its_arn_too() {
    let mut world = World::new();
    let arn = format!("arn:aws:ssm:us-east-1:111122223333:servicesetting{TIER}");
    assert_eq!(update(&mut world, &arn, "Advanced"), Ok(json!({})));
    let told = get(&mut world, &arn).unwrap();
    assert_eq!(told["ServiceSetting"]["SettingId"], TIER);
    assert_eq!(told["ServiceSetting"]["SettingValue"], "Advanced");
}

#[test]
fn what_is_not_provisioned_here_is_not_found() {
    let mut world = World::new();
    for id in [
        "/ssm/managed-instance/activation-tier",
        "/ssm/managed-instance/default-ec2-instance-management-role",
        "/ssm/documents/console/public-sharing-permission",
        "/ssm/automation/customer-script-log-destination",
        "/ssm/automation/customer-script-log-group-name",
        "/ssm/opsinsights/opscenter",
        "ssm/parameter-store/default-parameter-tier",
        "x",
    ] {
        assert!(
            get(&mut world, id)
                .unwrap_err()
                .starts_with("ServiceSettingNotFound"),
            "{id}"
        );
        assert!(
            update(&mut world, id, "x")
                .unwrap_err()
                .starts_with("ServiceSettingNotFound")
        );
    }
    let foreign = format!("arn:aws:ssm:us-east-1:999999999999:servicesetting{TIER}");
    assert!(
        get(&mut world, &foreign)
            .unwrap_err()
            .starts_with("AccessDeniedException")
    );
}

#[test]
fn a_value_that_a_setting_does_not_take_is_refused() {
    let mut world = World::new();
    for (id, value) in [
        (TIER, "standard"),
        (TIER, "x"),
        (THROUGHPUT, "True"),
        (THROUGHPUT, "1"),
    ] {
        let refused = update(&mut world, id, value).unwrap_err();
        assert!(refused.starts_with("ValidationException"), "{refused}");
    }
}

#[test]
fn a_right_can_be_given_for_one_setting() {
    let mut world = World::new();
    let resource = format!("arn:aws:ssm:us-east-1:111122223333:servicesetting{TIER}");
    world.may(
        "bob",
        json!([{"Effect": "Allow", "Action": "ssm:*ServiceSetting", "Resource": resource}]),
    );
    let mut try_it = |id: &str| {
        world.ssm::<UpdateServiceSetting>("bob", json!({"SettingId": id, "SettingValue": "Advanced"}))
    };
    assert!(try_it(TIER).is_ok());
    assert!(
        try_it(THROUGHPUT)
            .unwrap_err()
            .starts_with("AccessDeniedException")
    );
}

#[test]
fn the_default_tier_is_that_of_new_parameters_and_no_others() {
    let mut world = World::new();
    let put = |name: &str| json!({"Name": name, "Value": "v", "Type": "String", "Overwrite": true});
    assert_eq!(tier(&mut world, put("/old")), "Standard");
    update(&mut world, TIER, "Advanced").unwrap();
    assert_eq!(tier(&mut world, put("/new")), "Advanced");
    assert_eq!(tier(&mut world, put("/old")), "Standard");
    let mut named = put("/named");
    named["Tier"] = json!("Standard");
    assert_eq!(tier(&mut world, named), "Standard");
}

#[test]
fn intelligent_tiering_as_the_default_looks_at_every_request() {
    let mut world = World::new();
    update(&mut world, TIER, "Intelligent-Tiering").unwrap();
    let put = |length: usize| json!({"Name": "/a", "Value": "v".repeat(length), "Type": "String", "Overwrite": true});
    assert_eq!(tier(&mut world, put(4096)), "Standard");
    assert_eq!(tier(&mut world, put(4097)), "Advanced");
    assert_eq!(tier(&mut world, put(1)), "Advanced");
}
