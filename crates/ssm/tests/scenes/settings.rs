//! Settings of an account: read, changed, taken back, refused.

use kagiban_ssm::SettingName;
use kagiban_ssm::kagiban::{GetAccountSettings, PutAccountSetting};
use serde_json::json;

use crate::world::{World, scope};

fn value(world: &mut World, name: &str) -> String {
    let listed = world.ssm::<GetAccountSettings>("root", json!({})).unwrap();
    let listed = listed["Settings"].as_array().unwrap();
    let setting = listed.iter().find(|setting| setting["Name"] == name).unwrap();
    setting["Value"].as_str().unwrap().to_owned()
}

#[test]
fn a_setting_is_changed_and_taken_back() {
    let mut world = World::new();
    let name = "deleted-parameter-retention-days";
    assert_eq!(value(&mut world, name), "30");
    let put = world.ssm::<PutAccountSetting>("root", json!({"Name": name, "Value": "7"}));
    let put = put.unwrap();
    assert_eq!(
        (&put["Setting"]["Value"], &put["Setting"]["Default"]),
        (&json!("7"), &json!("30"))
    );
    assert_eq!(value(&mut world, name), "7");
    let days = |world: &World| {
        world
            .ssm
            .settings(scope())
            .retention
            .map(|kept| kept.as_secs() / 86_400)
    };
    assert_eq!(days(&world), Some(7));
    world
        .ssm::<PutAccountSetting>("root", json!({"Name": name, "Value": ""}))
        .unwrap();
    assert_eq!(value(&mut world, name), "30");
    assert_eq!(days(&world), Some(30));
    assert!(
        world
            .ssm
            .settings(scope())
            .record(SettingName::DeletedParameterRetentionDays)
            .is_none()
    );
}

#[test]
fn unknown_settings_and_values_are_refused() {
    let mut world = World::new();
    for (name, wrong) in [
        ("act-like-aws", "maybe"),
        ("no-such", "true"),
        ("deleted-parameter-retention-days", "366"),
    ] {
        let refused = world
            .ssm::<PutAccountSetting>("root", json!({"Name": name, "Value": wrong}))
            .unwrap_err();
        assert!(refused.starts_with("InvalidInputException: "), "{refused}");
    }
}

#[test]
fn settings_take_permissions_of_their_own() {
    let mut world = World::new();
    world.may(
        "reader",
        json!([{"Effect": "Allow", "Action": ["kagiban:GetAccountSettings", "ssm:*"], "Resource": "*"}]),
    );
    assert!(world.ssm::<GetAccountSettings>("reader", json!({})).is_ok());
    let put = world.ssm::<PutAccountSetting>("reader", json!({"Name": "act-like-aws", "Value": "true"}));
    assert!(put.unwrap_err().starts_with("AccessDeniedException: "));
    assert_eq!(value(&mut world, "act-like-aws"), "false");
}

#[test]
fn of_two_changes_of_one_setting_on_one_view_only_one_can_be_committed() {
    let mut world = World::new();
    let put = |value: &str| json!({"Name": "act-like-aws", "Value": value});
    let late = world
        .decide_ssm::<PutAccountSetting>("root", &put("false"))
        .unwrap();
    world.ssm::<PutAccountSetting>("root", put("true")).unwrap();
    assert!(!world.holds(&late.txn));
}
