//! Further accounts on one server: made by its operator, and of no business to each other.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Credentials, Output, REGION, Server, Stopped, files_with, policy};

/// The second account.
pub(crate) const OTHER: &str = "444455556666";

/// A server with two accounts, and the root user of the second.
pub(crate) fn two_accounts() -> (Server, Credentials) {
    let stopped = Server::start().stop();
    create(&stopped, &["--account", OTHER, "--name", "staging"]).text();
    let root = left(&stopped, OTHER);
    (stopped.start(), root)
}

fn create(stopped: &Stopped, more: &[&str]) -> Output {
    Output::of(&mut stopped.command_to(&[&["account", "create"], more].concat()))
}

/// The key that was left in a file.
fn left(stopped: &Stopped, account: &str) -> Credentials {
    let file = stopped.data().join(format!("root-{account}.env"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    exported(&fs::read_to_string(file).unwrap())
}

fn exported(text: &str) -> Credentials {
    let value = |name: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("export {name}=")));
        line.expect("both halves are there").to_owned()
    };
    Credentials {
        access_key_id: value("AWS_ACCESS_KEY_ID"),
        secret_access_key: value("AWS_SECRET_ACCESS_KEY"),
        session_token: None,
    }
}

/// Makes a role that everybody of its own account may assume whose policies say so, or `principal`.
pub(crate) fn role(
    server: &Server,
    root: &Credentials,
    account: &str,
    principal: &str,
    statements: &Value,
) -> String {
    let trust = policy(&json!([
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"},
    ]));
    let members = [("RoleName", "app"), ("AssumeRolePolicyDocument", trust.as_str())];
    server.iam(root, "CreateRole", &members).ok();
    grant(server, root, statements);
    format!("arn:aws:iam::{account}:role/app")
}

/// Gives the role its only policy.
pub(crate) fn grant(server: &Server, root: &Credentials, statements: &Value) {
    let document = policy(statements);
    let members = [
        ("RoleName", "app"),
        ("PolicyName", "e2e"),
        ("PolicyDocument", document.as_str()),
    ];
    server.iam(root, "PutRolePolicy", &members).ok();
}

/// What everybody may do anyway.
pub(crate) fn nothing() -> Value {
    json!([{"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}])
}

/// Makes a user with an access key who may do everything in their account.
pub(crate) fn administrator(server: &Server, root: &Credentials) -> Credentials {
    server.iam(root, "CreateUser", &[("UserName", "admin")]).ok();
    let members = [
        ("UserName", "admin"),
        ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
    ];
    server.iam(root, "AttachUserPolicy", &members).ok();
    let made = server.aws_json(root, &["iam", "create-access-key", "--user-name", "admin"]);
    Credentials::from_json(&made["AccessKey"])
}

fn whoami(server: &Server, who: &Credentials) -> String {
    server.aws_text(who, &["sts", "get-caller-identity", "--query", "Arn"])
}

#[test]
fn an_account_is_made_while_the_server_is_stopped_and_its_key_is_left_in_a_file() {
    let never_started = Stopped::new();
    let early = create(&never_started, &[]);
    assert!(early.stderr.contains("there is no account yet"), "{early:?}");

    let stopped = Server::start().stop();
    let mut while_it_runs = stopped.command_to(&["account", "create"]);
    let server = stopped.start();
    let refused = Output::of(&mut while_it_runs);
    assert!(
        refused.stderr.contains("in use by another process"),
        "{refused:?}"
    );
    let stopped = server.stop();

    let made = create(&stopped, &["--account", OTHER, "--name", "staging"]);
    let root = left(&stopped, OTHER);
    let said = made.text();
    assert!(said.contains(&format!("root-{OTHER}.env")), "{said}");
    assert!(
        !said.contains(&root.secret_access_key),
        "no secret is shown unasked"
    );

    for (flags, why) in [
        (&["--account", OTHER][..], "this account exists already"),
        (&["--account", ACCOUNT], "this account exists already"),
        (&["--name", "staging"], "another account has this alias"),
        (&["--name", "Not An Alias"], "3 to 63 lower-case"),
        (&["--account", "12"], "12"),
    ] {
        let refused = create(&stopped, flags);
        assert!(refused.code != 0 && refused.stderr.contains(why), "{refused:?}");
    }
    assert_eq!(left(&stopped, OTHER).secret_access_key, root.secret_access_key);

    let printed = create(&stopped, &["--print"]).text();
    let third = exported(&printed);
    let listed = Output::of(&mut stopped.command_to(&["account", "list"])).text();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 3, "{listed}");
    let of_other = lines.iter().find(|line| line.starts_with(OTHER)).unwrap();
    assert!(of_other.ends_with("Z  staging"), "{of_other}");

    let doctor = Output::of(&mut stopped.command_to(&["doctor"]));
    assert!(doctor.stdout.contains("accounts: 3"), "{doctor:?}");
    assert!(doctor.stdout.contains(&format!("root-{OTHER}.env")), "{doctor:?}");

    let server = stopped.start();
    assert!(
        server.log().contains(&format!("root-{OTHER}.env")),
        "the start says so"
    );
    assert_eq!(whoami(&server, &root), format!("arn:aws:iam::{OTHER}:root"));
    assert_eq!(
        whoami(&server, &server.root()),
        format!("arn:aws:iam::{ACCOUNT}:root")
    );
    assert!(whoami(&server, &third).ends_with(":root"));
    let aliases = server.aws_json(&root, &["iam", "list-account-aliases"]);
    assert_eq!(aliases["AccountAliases"], json!(["staging"]));
    let stopped = server.stop();
    let noted = files_with(&stopped.data().join("audit"), b"\"CreateAccount\"");
    assert!(!noted.is_empty(), "the audit log has it");
}

#[test]
fn a_root_key_is_made_for_the_account_that_is_named() {
    let (server, _) = two_accounts();
    let stopped = server.stop();
    let mut unnamed = stopped.command_to(&["account", "list"]);
    assert_eq!(Output::of(&mut unnamed).text().lines().count(), 2);
    let printed = Output::of(&mut stopped.command_to(&["root-key"])).text(); // the harness names the first
    assert!(printed.contains(ACCOUNT), "{printed}");
    let key = exported(&printed);
    let server = stopped.start();
    assert_eq!(whoami(&server, &key), format!("arn:aws:iam::{ACCOUNT}:root"));
}

#[test]
fn accounts_neither_see_nor_reach_what_is_each_others() {
    let (server, theirs) = two_accounts();
    let ours = server.root();
    let admin = administrator(&server, &theirs);
    server.put("/team/db", "v", None);
    let key = server.key();
    let app = server.role("app", &json!({"AWS": ACCOUNT}), &nothing());
    let alias = [
        "kms",
        "create-alias",
        "--alias-name",
        "alias/ours",
        "--target-key-id",
        &key,
    ];
    server.aws_text(&ours, &alias);

    let parameter = format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/team/db");
    let ciphertext = server.aws_text(
        &ours,
        &[
            "kms",
            "encrypt",
            "--key-id",
            &key,
            "--plaintext",
            "eA==",
            "--query",
            "CiphertextBlob",
        ],
    );
    for who in [&theirs, &admin] {
        for (words, code) in [
            (
                &["ssm", "get-parameter", "--name", &parameter][..],
                "AccessDeniedException",
            ),
            (
                &["ssm", "get-parameter", "--name", "/team/db"],
                "ParameterNotFound",
            ),
            (
                &["kms", "describe-key", "--key-id", &key],
                "AccessDeniedException",
            ),
            (
                &["kms", "describe-key", "--key-id", "alias/ours"],
                "NotFoundException",
            ),
            (
                &["kms", "schedule-key-deletion", "--key-id", &key],
                "NotFoundException",
            ),
            (&["kms", "get-key-policy", "--key-id", &key], "NotFoundException"),
            (&["iam", "get-role", "--role-name", "app"], "NoSuchEntity"),
            (
                &[
                    "sts",
                    "assume-role",
                    "--role-arn",
                    &app,
                    "--role-session-name",
                    "e2e",
                ],
                "AccessDenied",
            ),
        ] {
            let refused = server.aws(who, words);
            assert!(
                refused.error().contains(&format!("({code})")),
                "{words:?}: {refused:?}"
            );
        }
        let decrypt = server.call(
            who,
            "TrentService.Decrypt",
            &json!({"CiphertextBlob": ciphertext}),
        );
        decrypt.refused(400, "AccessDeniedException");
        for (words, member) in [
            (&["ssm", "describe-parameters"][..], "Parameters"),
            (&["ssm", "describe-parameters", "--shared"], "Parameters"),
            (
                &["ssm", "get-parameters-by-path", "--path", "/", "--recursive"],
                "Parameters",
            ),
            (&["kms", "list-keys"], "Keys"),
            (&["iam", "list-roles"], "Roles"),
        ] {
            assert_eq!(server.aws_json(who, words)[member], json!([]), "{words:?}");
        }
    }
    // The same names again, in the other account, are other things.
    let put = [
        "ssm",
        "put-parameter",
        "--name",
        "/team/db",
        "--value",
        "w",
        "--type",
        "SecureString",
    ];
    server.aws_json(&admin, &put);
    let get = ["ssm", "get-parameter", "--name", "/team/db", "--with-decryption"];
    assert_eq!(server.aws_json(&admin, &get)["Parameter"]["Value"], "w");
    assert_eq!(server.aws_json(&ours, &get)["Parameter"]["Value"], "v");
    let users = server.aws_json(&ours, &["iam", "list-users"]);
    assert_eq!(users["Users"], json!([]));
}

#[test]
fn a_role_of_another_account_is_assumed_if_both_sides_allow_it() {
    let (server, theirs) = two_accounts();
    server.put("/team/db", "v", None);
    let read = json!([{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}]);
    let own = role(&server, &theirs, OTHER, OTHER, &nothing());
    let reader = server.role(
        "reader",
        &json!({"AWS": format!("arn:aws:iam::{OTHER}:role/app")}),
        &read,
    );
    let admin = administrator(&server, &theirs);
    let app = server.assume(&admin, &own, "e2e");
    let across = [
        "sts",
        "assume-role",
        "--role-arn",
        &reader,
        "--role-session-name",
        "across",
    ];

    let refused = server.aws(&app, &across);
    assert!(
        refused.error().contains("(AccessDenied)"),
        "no policy of its own: {refused:?}"
    );
    let refused = server.aws(&admin, &across);
    assert!(
        refused.error().contains("(AccessDenied)"),
        "not trusted: {refused:?}"
    );
    grant(
        &server,
        &theirs,
        &json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": reader}]),
    );
    let assumed = server.aws_json(&app, &across);
    let session = Credentials::from_json(&assumed["Credentials"]);
    assert_eq!(
        whoami(&server, &session),
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/across")
    );
    let get = ["ssm", "get-parameter", "--name", "/team/db"];
    assert_eq!(server.aws_json(&session, &get)["Parameter"]["Value"], "v");
}
