//! What an account may choose about Parameter Store, and what strict paths leave out.

use serde_json::{Value, json};

use crate::harness::{Credentials, Server, own_model};

fn set(server: &Server, name: &str, value: &str) {
    let body = json!({"Name": name, "Value": value});
    server
        .call(&server.root(), "Kagiban.PutAccountSetting", &body)
        .ok();
}

#[test]
fn settings_are_listed_changed_and_kept_by_the_aws_cli() {
    let server = Server::start();
    let root = server.root();
    let model = format!("file://{}", own_model().display());
    server.aws_text(&root, &["configure", "add-model", "--service-model", &model]);
    let settings = |server: &Server| {
        let listed = server.aws_json(&root, &["kagiban", "get-account-settings"]);
        let listed = listed["Settings"].as_array().unwrap().clone();
        let pair = |setting: &Value| (setting["Name"].clone(), setting["Value"].clone());
        listed.iter().map(pair).collect::<Vec<_>>()
    };
    let expected = |retention: &str| {
        [
            ("act-like-aws", "false"),
            ("deleted-parameter-retention-days", retention),
            ("parameter-references", "false"),
            ("strict-path-authorization", "false"),
        ]
        .map(|(name, value)| (json!(name), json!(value)))
    };
    assert_eq!(settings(&server), expected("30"));
    let put = [
        "kagiban",
        "put-account-setting",
        "--name",
        "deleted-parameter-retention-days",
        "--value",
    ];
    let answer = server.aws_json(&root, &[&put[..], &["7"]].concat());
    assert_eq!(answer["Setting"]["Value"], "7");
    let refused = server.aws(&root, &[&put[..], &["400"]].concat());
    assert!(refused.error().contains("InvalidInputException"), "{refused:?}");
    assert_eq!(settings(&server), expected("7"));
    let server = server.kill().start();
    assert_eq!(settings(&server), expected("7"));
    server.aws_json(&root, &[&put[..], &[""]].concat());
    assert_eq!(settings(&server), expected("30"));
}

#[test]
fn a_user_without_permission_changes_no_setting_and_sessions_without_mfa_do_not_either() {
    let server = Server::start();
    let body = json!({"Name": "act-like-aws", "Value": "true"});
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]),
    );
    let refused = server.call(&alice, "Kagiban.PutAccountSetting", &body);
    let sentence = refused.refused(400, "AccessDeniedException");
    assert!(sentence.contains("kagiban:PutAccountSetting"), "{sentence}");
    let admin = server.user(
        "admin",
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let session = server.aws_json(&admin, &["sts", "get-session-token"]);
    let session = Credentials::from_json(&session["Credentials"]);
    let refused = server.call(&session, "Kagiban.PutAccountSetting", &body);
    refused.refused(403, "InvalidClientTokenId");
    server
        .call(&session, "Kagiban.ListDeletedParameters", &json!({}))
        .ok();
}

#[test]
fn a_strict_account_leaves_out_of_a_path_what_the_caller_may_not_read() {
    let server = Server::start();
    for name in ["/app/a", "/app/b", "/app/secret"] {
        server.put(name, "v", None);
    }
    let alice = server.user(
        "alice",
        &json!([
            {"Effect": "Allow", "Action": "ssm:GetParametersByPath", "Resource": "*"},
            {"Effect": "Deny", "Action": "ssm:*", "Resource": "arn:aws:ssm:*:*:parameter/app/secret"},
        ]),
    );
    let names = || {
        let by_path = [
            "ssm",
            "get-parameters-by-path",
            "--path",
            "/app",
            "--page-size",
            "1",
        ];
        server.aws_json(
            &alice,
            &[&by_path[..], &["--query", "Parameters[].Name"]].concat(),
        )
    };
    assert_eq!(names(), json!(["/app/a", "/app/b", "/app/secret"]), "as AWS does");
    set(&server, "strict-path-authorization", "true");
    assert_eq!(names(), json!(["/app/a", "/app/b"]));
}
