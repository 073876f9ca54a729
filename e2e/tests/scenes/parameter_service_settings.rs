//! Service settings, driven by the AWS CLI: told, changed, honoured, reset.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Server};

const TIER: &str = "/ssm/parameter-store/default-parameter-tier";
const THROUGHPUT: &str = "/ssm/parameter-store/high-throughput-enabled";

fn setting(server: &Server, operation: &str, id: &str) -> Value {
    let told = server.aws_json(&server.root(), &["ssm", operation, "--setting-id", id]);
    told["ServiceSetting"].clone()
}

fn update(server: &Server, id: &str, value: &str) {
    let update = [
        "ssm",
        "update-service-setting",
        "--setting-id",
        id,
        "--setting-value",
        value,
    ];
    assert_eq!(server.aws_text(&server.root(), &update), "");
}

fn tier_of_new(server: &Server, name: &str, value: &str) -> Value {
    let put = [
        "ssm",
        "put-parameter",
        "--type",
        "String",
        "--name",
        name,
        "--value",
        value,
    ];
    server.aws_json(&server.root(), &put)["Tier"].clone()
}

#[test]
fn a_setting_is_told_changed_kept_over_a_restart_and_reset() {
    let server = Server::start();
    let default = setting(&server, "get-service-setting", THROUGHPUT);
    let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:servicesetting{THROUGHPUT}");
    assert_eq!(default["ARN"], arn);
    assert_eq!(
        [
            &default["SettingValue"],
            &default["Status"],
            &default["LastModifiedUser"]
        ],
        ["false", "Default", "System"]
    );
    update(&server, &arn, "true");

    let server = server.kill().start();

    let changed = setting(&server, "get-service-setting", THROUGHPUT);
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    assert_eq!(
        [
            &changed["SettingValue"],
            &changed["Status"],
            &changed["LastModifiedUser"]
        ],
        ["true", "Customized", root.as_str()]
    );
    assert_eq!(setting(&server, "reset-service-setting", THROUGHPUT), default);
    assert_eq!(setting(&server, "get-service-setting", THROUGHPUT), default);
}

#[test]
fn new_parameters_get_the_tier_that_the_region_s_setting_says() {
    let server = Server::start();
    let long = "x".repeat(5000);
    assert_eq!(tier_of_new(&server, "/standard", "v"), "Standard");
    update(&server, TIER, "Intelligent-Tiering");
    assert_eq!(tier_of_new(&server, "/short", "v"), "Standard");
    assert_eq!(tier_of_new(&server, "/long", &long), "Advanced");
    update(&server, TIER, "Advanced");
    assert_eq!(tier_of_new(&server, "/advanced", "v"), "Advanced");

    let elsewhere = [
        "ssm",
        "get-service-setting",
        "--setting-id",
        TIER,
        "--region",
        "eu-west-1",
    ];
    let elsewhere = server.aws_json(&server.root(), &elsewhere);
    assert_eq!(elsewhere["ServiceSetting"]["SettingValue"], "Standard");
}

#[test]
fn only_what_is_allowed_for_the_setting_s_arn_is_done() {
    let server = Server::start();
    let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:servicesetting{TIER}");
    let reader = server.user(
        "reader",
        &json!([{"Effect": "Allow", "Action": "ssm:GetServiceSetting", "Resource": arn}]),
    );
    let run = |words: &[&str]| server.aws(&reader, &[&["ssm"], words].concat());
    run(&["get-service-setting", "--setting-id", TIER]).json();
    for (operation, action, more) in [
        (
            "update-service-setting",
            "UpdateServiceSetting",
            &["--setting-value", "Advanced"][..],
        ),
        ("reset-service-setting", "ResetServiceSetting", &[]),
    ] {
        let refused = run(&[&[operation, "--setting-id", TIER], more].concat());
        let sentence = format!("is not authorized to perform: ssm:{action} on resource: {arn} because");
        assert!(refused.error().contains(&sentence), "{refused:?}");
    }
    let other = run(&["get-service-setting", "--setting-id", THROUGHPUT]);
    assert!(other.error().contains("(AccessDeniedException)"), "{other:?}");
}
