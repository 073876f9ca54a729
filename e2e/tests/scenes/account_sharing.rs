//! A parameter that one account shares and another reads, by the AWS CLI and by boto3.

use serde_json::{Value, json};

use crate::accounts::{OTHER, administrator, grant, nothing, role, two_accounts};
use crate::harness::{ACCOUNT, Credentials, Output, REGION, Server, policy, venv_binary};

const NAME: &str = "/shared/db";

fn arn() -> String {
    format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{NAME}")
}

/// What the role's policies must allow to read the parameter.
fn reading() -> Value {
    json!({"Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParameters"], "Resource": arn()})
}

/// A session of the other account's role, which may do nothing yet.
fn app(server: &Server, theirs: &Credentials) -> Credentials {
    let own = role(server, theirs, OTHER, OTHER, &nothing());
    server.assume(&administrator(server, theirs), &own, "e2e")
}

fn put(server: &Server, more: &[&str]) {
    let words = [
        "ssm",
        "put-parameter",
        "--name",
        NAME,
        "--value",
        "s3cret",
        "--tier",
        "Advanced",
    ];
    server.aws_json(&server.root(), &[&words[..], more].concat());
}

/// Shares the parameter with the other account; returns what it takes to end that.
fn share(server: &Server) -> [String; 2] {
    let document = policy(&json!([{
        "Effect": "Allow", "Principal": {"AWS": OTHER}, "Resource": arn(),
        "Action": ["ssm:GetParameter", "ssm:GetParameters", "ssm:DescribeParameters"],
    }]));
    let words = [
        "ssm",
        "put-resource-policy",
        "--resource-arn",
        &arn(),
        "--policy",
        &document,
    ];
    let made = server.aws_json(&server.root(), &words);
    ["PolicyId", "PolicyHash"].map(|member| made[member].as_str().unwrap().to_owned())
}

fn get(server: &Server, who: &Credentials) -> Output {
    let words = [
        "ssm",
        "get-parameter",
        "--with-decryption",
        "--output",
        "json",
        "--name",
    ];
    server.aws(who, &[&words[..], &[&arn()]].concat())
}

/// What boto3 gets by both operations: the values, or the code of the refusal.
fn boto3(server: &Server, who: &Credentials) -> Value {
    let program = "
import boto3, json, sys
from botocore.exceptions import ClientError
ssm, arn = boto3.client('ssm'), sys.argv[1]
def get(work):
    try:
        return work()
    except ClientError as error:
        return error.response['Error']['Code']
print(json.dumps([
    get(lambda: ssm.get_parameter(Name=arn, WithDecryption=True)['Parameter']['Value']),
    get(lambda: [p['Value'] for p in ssm.get_parameters(Names=[arn], WithDecryption=True)['Parameters']]),
]))";
    let mut python = server.client(who, &venv_binary("python"));
    Output::of(python.args(["-c", program, &arn()])).json()
}

#[test]
fn a_shared_parameter_is_read_by_its_arn_as_long_as_both_accounts_allow_it() {
    let (server, theirs) = two_accounts();
    let app = app(&server, &theirs);
    put(&server, &["--type", "String"]);
    let refused = |why: &str| {
        let output = get(&server, &app);
        assert!(
            output.error().contains("(AccessDeniedException)"),
            "{why}: {output:?}"
        );
        let denied = json!("AccessDeniedException");
        assert_eq!(boto3(&server, &app), json!([denied, denied]), "{why}");
    };
    refused("neither side allows it");
    grant(&server, &theirs, &json!([reading()]));
    refused("the owner does not share it");
    let [id, hash] = share(&server);
    let read = get(&server, &app).json();
    assert_eq!(read["Parameter"]["Value"], "s3cret");
    assert_eq!(read["Parameter"]["ARN"], arn());
    assert_eq!(boto3(&server, &app), json!(["s3cret", ["s3cret"]]));
    let by_name = server.aws(&app, &["ssm", "get-parameter", "--name", NAME]);
    assert!(by_name.error().contains("(AccessDeniedException)"), "{by_name:?}");
    let shared = server.aws_json(&theirs, &["ssm", "describe-parameters", "--shared"]);
    assert_eq!(shared["Parameters"][0]["ARN"], arn());

    grant(&server, &theirs, &nothing());
    refused("the reader's own account does not allow it");
    grant(&server, &theirs, &json!([reading()]));
    assert_eq!(boto3(&server, &app), json!(["s3cret", ["s3cret"]]));

    // Reading is all that is shared.
    let put = [
        "ssm",
        "put-parameter",
        "--overwrite",
        "--value",
        "x",
        "--name",
        &arn(),
    ];
    assert_ne!(server.aws(&theirs, &put).code, 0);
    let delete = ["ssm", "delete-parameter", "--name", &arn()];
    assert_ne!(server.aws(&theirs, &delete).code, 0);

    let end = [
        "--resource-arn",
        &arn(),
        "--policy-id",
        &id,
        "--policy-hash",
        &hash,
    ];
    let words = [&["ssm", "delete-resource-policy"], &end[..]].concat();
    server.aws_text(&server.root(), &words);
    refused("it is shared no more");
}

/// Makes a key of the first account's that the other account may decrypt with, or not.
fn key(server: &Server, for_others: bool) -> String {
    let mut statements = vec![json!({
        "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*",
    })];
    if for_others {
        statements.push(json!({
            "Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "kms:Decrypt", "Resource": "*",
        }));
    }
    let words = ["kms", "create-key", "--policy", &policy(&json!(statements))];
    let made = server.aws_json(&server.root(), &words);
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

#[test]
fn a_shared_secret_is_open_to_whom_its_key_names() {
    let (server, theirs) = two_accounts();
    let app = app(&server, &theirs);
    let (open, closed) = (key(&server, true), key(&server, false));
    let decrypt = |key: &str| json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key});
    put(&server, &["--type", "SecureString", "--key-id", &open]);
    share(&server);
    grant(&server, &theirs, &json!([reading()]));
    let refused = get(&server, &app);
    assert!(
        refused
            .error()
            .contains("The ciphertext refers to a customer master key"),
        "no policy of its own for the key: {refused:?}"
    );

    grant(
        &server,
        &theirs,
        &json!([reading(), decrypt(&open), decrypt(&closed)]),
    );
    assert_eq!(get(&server, &app).json()["Parameter"]["Value"], "s3cret");
    assert_eq!(boto3(&server, &app), json!(["s3cret", ["s3cret"]]));

    put(
        &server,
        &["--type", "SecureString", "--key-id", &closed, "--overwrite"],
    );
    let refused = get(&server, &app);
    assert!(
        refused
            .error()
            .contains("The ciphertext refers to a customer master key"),
        "its key names nobody else: {refused:?}"
    );
    put(
        &server,
        &["--type", "SecureString", "--key-id", &open, "--overwrite"],
    );
    assert_eq!(get(&server, &app).json()["Parameter"]["Value"], "s3cret");
}

#[test]
fn an_explanation_counts_the_other_accounts_policy_and_shows_nothing_of_it() {
    let (server, theirs) = two_accounts();
    role(&server, &theirs, OTHER, OTHER, &nothing());
    let principal = format!("arn:aws:iam::{OTHER}:role/app");
    let explain = |resource: &str| {
        let words = [
            "explain",
            "--principal",
            &principal,
            "--action",
            "ssm:GetParameter",
        ];
        let output = server.kagiban(&theirs, &[&words[..], &["--resource", resource]].concat());
        let explained: Value = serde_json::from_str(&output.stdout).unwrap();
        (explained["Checks"][0].clone(), output.code)
    };
    let absent = arn().replace(NAME, "/nowhere");
    put(&server, &["--type", "String"]);
    let reason = |check: &Value| check["Reason"].as_str().unwrap().to_owned();
    let (check, code) = explain(&arn());
    assert_eq!(
        (code, &check["MissingFrom"]),
        (1, &json!(["resource-based policy", "identity-based policy"]))
    );

    grant(
        &server,
        &theirs,
        &json!([{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}]),
    );
    let (there, code) = explain(&arn());
    assert_eq!(
        (code, &there["MissingFrom"]),
        (1, &json!(["resource-based policy"]))
    );
    assert!(
        reason(&there).contains("another account's and is not shown"),
        "{there}"
    );
    // Whether there is such a parameter is not told.
    let (not_there, code) = explain(&absent);
    assert_eq!((code, reason(&not_there)), (1, reason(&there)));

    share(&server);
    let (check, code) = explain(&arn());
    assert_eq!((code, &check["Decision"]), (0, &json!("allowed")), "{check}");
    assert_eq!(
        check["DecidedBy"]["PolicyType"], "identity-based policy",
        "{check}"
    );
    assert!(
        reason(&check).contains("another account's and is not shown"),
        "{check}"
    );
    grant(&server, &theirs, &nothing());
    let (check, code) = explain(&arn());
    assert_eq!(
        (code, &check["MissingFrom"]),
        (1, &json!(["identity-based policy"])),
        "{check}"
    );
    assert!(!check.to_string().contains("DescribeParameters"), "{check}");
}
