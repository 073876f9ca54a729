//! The account as a whole: passwords, alias, reports, last use, and the root user's key.

use std::fs;

use serde_json::json;

use crate::harness::{ACCOUNT, Credentials, Output, Server, files_with};

#[test]
fn passwords_are_set_changed_and_taken() {
    let server = Server::start();
    let root = server.root();
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "*"}]),
    );
    let name = ["--user-name", "alice"];
    let set = |command: &str, password: &str| {
        let arguments = [&["iam", command][..], &name, &["--password", password]].concat();
        server.aws(&root, &arguments)
    };
    let weak = set("create-login-profile", "short");
    assert_eq!(
        weak.error(),
        "An error occurred (PasswordPolicyViolation) when calling the CreateLoginProfile operation: \
         Password does not conform to the account password policy."
    );
    let made = set("create-login-profile", "Correct-horse-1").json();
    assert_eq!(made["LoginProfile"]["UserName"], "alice");
    let got = server.aws_json(&root, &[&["iam", "get-login-profile"][..], &name].concat());
    assert_eq!(got["LoginProfile"]["PasswordResetRequired"], json!(false));

    let change = |old: &str, new: &str| {
        let arguments = [
            "iam",
            "change-password",
            "--old-password",
            old,
            "--new-password",
            new,
        ];
        server.aws(&alice, &arguments)
    };
    let wrong = change("Wrong-horse-1", "Battery-staple-2");
    assert!(wrong.error().contains("(AccessDenied)"), "{wrong:?}");
    change("Correct-horse-1", "Battery-staple-2").text();
    let policy = [
        "iam",
        "update-account-password-policy",
        "--password-reuse-prevention",
        "3",
        "--max-password-age",
        "90",
    ];
    server.aws_text(&root, &policy);
    let got = server.aws_json(&root, &["iam", "get-account-password-policy"]);
    assert_eq!(got["PasswordPolicy"]["ExpirePasswords"], json!(true));
    let again = change("Battery-staple-2", "Correct-horse-1");
    assert!(again.error().contains("(PasswordPolicyViolation)"), "{again:?}");
    server.aws_text(&root, &["iam", "delete-account-password-policy"]);
    let gone = server.aws(&root, &["iam", "get-account-password-policy"]);
    assert_eq!(
        gone.error(),
        format!(
            "An error occurred (NoSuchEntity) when calling the GetAccountPasswordPolicy operation: \
             The Password Policy with domain name {ACCOUNT} cannot be found."
        )
    );

    let server = server.stop().start();
    set_again(&server, &root);
    server.aws_text(&root, &[&["iam", "delete-login-profile"][..], &name].concat());
    let none = server.aws(&root, &[&["iam", "get-login-profile"][..], &name].concat());
    assert!(
        none.error()
            .contains("Login Profile for User alice cannot be found."),
        "{none:?}"
    );
}

fn set_again(server: &Server, root: &Credentials) {
    let arguments = [
        "iam",
        "update-login-profile",
        "--user-name",
        "alice",
        "--password-reset-required",
    ];
    server.aws_text(root, &arguments);
    let arguments = ["iam", "get-login-profile", "--user-name", "alice"];
    let got = server.aws_json(root, &arguments);
    assert_eq!(got["LoginProfile"]["PasswordResetRequired"], json!(true));
}

#[test]
fn the_account_is_named_counted_and_reported_on() {
    let server = Server::start();
    let root = server.root();
    server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]),
    );
    for alias in ["company", "company-two"] {
        server.aws_text(&root, &["iam", "create-account-alias", "--account-alias", alias]);
    }
    let aliases = server.aws_json(&root, &["iam", "list-account-aliases"]);
    assert_eq!(aliases["AccountAliases"], json!(["company-two"]));
    server.aws_text(
        &root,
        &["iam", "delete-account-alias", "--account-alias", "company-two"],
    );

    let summary = server.aws_json(&root, &["iam", "get-account-summary"]);
    assert_eq!(summary["SummaryMap"]["Users"], 1);
    let details = server.aws_json(
        &root,
        &["iam", "get-account-authorization-details", "--max-items", "1"],
    );
    let inline = &details["UserDetailList"][0]["UserPolicyList"][0];
    assert_eq!(inline["PolicyDocument"]["Statement"][0]["Action"], "ssm:*");

    let warned = server.log().matches("root credentials are in use").count();
    assert_eq!(warned, 1, "once, and not with every request");

    let early = server.aws(&root, &["iam", "get-credential-report"]);
    assert!(early.error().contains("(ReportNotPresent)"), "{early:?}");
    for state in ["STARTED", "COMPLETE"] {
        let made = server.aws_json(&root, &["iam", "generate-credential-report"]);
        assert_eq!(made["State"], state);
    }
    let server = server.stop().start();
    let report = ["iam", "get-credential-report", "--query", "ReportFormat"];
    assert_eq!(server.aws_text(&root, &report), "text/csv");
}

#[test]
fn the_last_use_of_keys_and_roles_outlives_the_server() {
    let server = Server::start();
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let trust = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let role = server.role(
        "app",
        &trust,
        &json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]),
    );
    let of_key = |server: &Server| {
        let id = ["--access-key-id", &alice.access_key_id];
        let arguments = [&["iam", "get-access-key-last-used"][..], &id].concat();
        server.aws_json(&server.root(), &arguments)
    };
    assert_eq!(
        of_key(&server)["AccessKeyLastUsed"],
        json!({"ServiceName": "N/A", "Region": "N/A"})
    );
    let session = server.assume(&alice, &role, "session");
    server.sts(&session, "GetCallerIdentity", &[]).ok();

    let used = of_key(&server);
    assert_eq!(used["UserName"], "alice");
    assert_eq!(used["AccessKeyLastUsed"]["ServiceName"], "sts");
    let of_role = |server: &Server| {
        let arguments = ["iam", "get-role", "--role-name", "app"];
        server.aws_json(&server.root(), &arguments)["Role"]["RoleLastUsed"].take()
    };
    let role_used = of_role(&server);
    assert_eq!(role_used["Region"], "us-east-1");
    let server = server.stop().start();
    assert_eq!(of_key(&server), used);
    assert_eq!(of_role(&server), role_used);
    let server = server.kill().start();
    assert_eq!(of_key(&server), used, "what was written stays");
    assert_eq!(of_role(&server), role_used);
}

#[test]
fn a_lost_root_key_is_replaced_while_the_server_is_stopped() {
    let stopped = Server::start().stop();
    let mut while_it_runs = stopped.command_to(&["root-key"]);
    let server = stopped.start();
    let refused = Output::of(&mut while_it_runs);
    assert!(
        refused.stderr.contains("in use by another process"),
        "{refused:?}"
    );
    let old = server.root();
    let stopped = server.stop();
    let left = stopped.data().join("root.env");
    let keep = |id: &str| fs::write(&left, format!("export AWS_ACCESS_KEY_ID={id}\n")).unwrap();
    keep(&old.access_key_id);
    let printed = Output::of(&mut stopped.command_to(&["root-key", "--replace"])).text();
    assert!(!left.exists(), "it had a key that is none any more");
    let value = |name: &str| {
        let line = printed
            .lines()
            .find_map(|line| line.strip_prefix(&format!("export {name}=")));
        line.expect("both halves are printed").to_owned()
    };
    let new = Credentials {
        access_key_id: value("AWS_ACCESS_KEY_ID"),
        secret_access_key: value("AWS_SECRET_ACCESS_KEY"),
        session_token: None,
    };
    keep(&new.access_key_id);
    Output::of(&mut stopped.command_to(&["root-key"])).text();
    assert!(left.exists(), "its key is one still");
    let server = stopped.start();
    let identity = server.aws_json(&new, &["sts", "get-caller-identity"]);
    assert_eq!(identity["Arn"], format!("arn:aws:iam::{ACCOUNT}:root"));
    let lost = server.aws(&server.root(), &["sts", "get-caller-identity"]);
    assert!(lost.error().contains("(InvalidClientTokenId)"), "{lost:?}");
    let stopped = server.stop();
    let noted = files_with(&stopped.data().join("audit"), b"CreateRootAccessKey");
    assert!(!noted.is_empty(), "the audit log has it");
}
