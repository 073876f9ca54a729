//! Every IAM and STS operation served, driven once by the AWS CLI.

use serde_json::json;

use crate::harness::{ACCOUNT, Credentials, Server, assert_matches, policy};

#[test]
fn users_are_made_listed_and_deleted() {
    let server = Server::start();
    let root = server.root();

    let made = server.aws_json(
        &root,
        &["iam", "create-user", "--user-name", "alice", "--path", "/team/"],
    );
    assert_eq!(
        made["User"]["Arn"],
        format!("arn:aws:iam::{ACCOUNT}:user/team/alice")
    );
    assert_matches(made["User"]["UserId"].as_str().unwrap(), "^AIDA[A-Z2-7]{17}$");
    let got = server.aws_json(&root, &["iam", "get-user", "--user-name", "alice"]);
    assert_eq!(got["User"]["UserId"], made["User"]["UserId"]);
    let again = server.aws(&root, &["iam", "create-user", "--user-name", "alice"]);
    assert_eq!(
        again.error(),
        "An error occurred (EntityAlreadyExists) when calling the CreateUser operation: User with name alice already exists."
    );
    assert_eq!(
        server.aws_text(&root, &["iam", "list-users", "--query", "Users[].UserName"]),
        "alice"
    );
    server.aws_text(&root, &["iam", "delete-user", "--user-name", "alice"]);
    let gone = server.aws(&root, &["iam", "get-user", "--user-name", "alice"]);
    assert_eq!(
        gone.error(),
        "An error occurred (NoSuchEntity) when calling the GetUser operation: The user with name alice cannot be found."
    );
}

#[test]
fn a_users_access_keys_are_listed_switched_off_and_deleted() {
    let server = Server::start();
    let root = server.root();
    server.aws_json(&root, &["iam", "create-user", "--user-name", "alice"]);

    let key = server.aws_json(&root, &["iam", "create-access-key", "--user-name", "alice"]);
    let alice = Credentials::from_json(&key["AccessKey"]);
    assert_matches(&alice.access_key_id, "^AKIA[A-Z2-7]{16}$");
    assert_eq!(alice.secret_access_key.len(), 40);
    let identity = server.aws_json(&alice, &["sts", "get-caller-identity"]);
    assert_eq!(identity["Arn"], format!("arn:aws:iam::{ACCOUNT}:user/alice"));
    assert_eq!(identity["Account"], ACCOUNT);

    let listed = server.aws_json(&root, &["iam", "list-access-keys", "--user-name", "alice"]);
    assert_eq!(listed["AccessKeyMetadata"][0]["AccessKeyId"], alice.access_key_id);
    assert_eq!(listed["AccessKeyMetadata"][0]["SecretAccessKey"], json!(null));
    let in_the_way = server.aws(&root, &["iam", "delete-user", "--user-name", "alice"]);
    assert_eq!(
        in_the_way.error(),
        "An error occurred (DeleteConflict) when calling the DeleteUser operation: \
         Cannot delete entity, must delete access keys first."
    );
    let arguments = [
        "iam",
        "delete-access-key",
        "--user-name",
        "alice",
        "--access-key-id",
        &alice.access_key_id,
    ];
    server.aws_text(&root, &arguments);
    server.aws_text(&root, &["iam", "delete-user", "--user-name", "alice"]);
}

#[test]
fn inline_policies_of_users_are_put_read_listed_and_deleted() {
    let server = Server::start();
    let root = server.root();
    let document = policy(&json!([{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}]));
    server.aws_json(&root, &["iam", "create-user", "--user-name", "alice"]);

    let names = ["--user-name", "alice", "--policy-name", "read"];
    let put = [
        &["iam", "put-user-policy", "--policy-document", &document][..],
        &names,
    ]
    .concat();
    server.aws_text(&root, &put);
    let got = server.aws_json(&root, &[&["iam", "get-user-policy"][..], &names].concat());
    assert_eq!(
        got["PolicyDocument"]["Statement"][0]["Action"],
        "ssm:GetParameter"
    );
    let listed = server.aws_json(&root, &["iam", "list-user-policies", "--user-name", "alice"]);
    assert_eq!(listed["PolicyNames"], json!(["read"]));
    let broken = server.aws(
        &root,
        &[&["iam", "put-user-policy", "--policy-document", "{"][..], &names].concat(),
    );
    assert!(broken.error().contains("(MalformedPolicyDocument)"), "{broken:?}");
    server.aws_text(&root, &[&["iam", "delete-user-policy"][..], &names].concat());
    let gone = server.aws(&root, &[&["iam", "get-user-policy"][..], &names].concat());
    assert!(gone.error().contains("(NoSuchEntity)"), "{gone:?}");
}

#[test]
fn managed_policies_are_attached_to_users_and_roles() {
    let server = Server::start();
    let root = server.root();
    let document = policy(&json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]));
    server.aws_json(&root, &["iam", "create-user", "--user-name", "alice"]);
    make_role(&server, "app");

    let made = [
        "iam",
        "create-policy",
        "--policy-name",
        "sessions",
        "--policy-document",
        &document,
    ];
    let made = server.aws_json(&root, &made);
    let arn = made["Policy"]["Arn"].as_str().unwrap();
    assert_eq!(arn, format!("arn:aws:iam::{ACCOUNT}:policy/sessions"));
    assert_eq!(made["Policy"]["DefaultVersionId"], "v1");

    server.aws_text(
        &root,
        &[
            "iam",
            "attach-user-policy",
            "--user-name",
            "alice",
            "--policy-arn",
            arn,
        ],
    );
    server.aws_text(
        &root,
        &[
            "iam",
            "attach-role-policy",
            "--role-name",
            "app",
            "--policy-arn",
            arn,
        ],
    );
    let of_user = server.aws_json(
        &root,
        &["iam", "list-attached-user-policies", "--user-name", "alice"],
    );
    let of_role = server.aws_json(
        &root,
        &["iam", "list-attached-role-policies", "--role-name", "app"],
    );
    let expected = json!([{"PolicyName": "sessions", "PolicyArn": arn}]);
    assert_eq!(
        (&of_user["AttachedPolicies"], &of_role["AttachedPolicies"]),
        (&expected, &expected)
    );

    server.aws_text(
        &root,
        &[
            "iam",
            "detach-user-policy",
            "--user-name",
            "alice",
            "--policy-arn",
            arn,
        ],
    );
    server.aws_text(
        &root,
        &[
            "iam",
            "detach-role-policy",
            "--role-name",
            "app",
            "--policy-arn",
            arn,
        ],
    );
    let twice = server.aws(
        &root,
        &[
            "iam",
            "detach-role-policy",
            "--role-name",
            "app",
            "--policy-arn",
            arn,
        ],
    );
    assert!(twice.error().contains("(NoSuchEntity)"), "{twice:?}");
}

#[test]
fn roles_are_made_read_listed_and_deleted_only_when_empty() {
    let server = Server::start();
    let root = server.root();
    let document = policy(&json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]));
    let made = make_role(&server, "app");
    assert_matches(made["Role"]["RoleId"].as_str().unwrap(), "^AROA[A-Z2-7]{17}$");

    let got = server.aws_json(&root, &["iam", "get-role", "--role-name", "app"]);
    assert_eq!(got["Role"]["MaxSessionDuration"], 3600);
    let principal = &got["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"];
    assert_eq!(*principal, json!({"Service": "ec2.amazonaws.com"}));
    assert_eq!(
        server.aws_text(&root, &["iam", "list-roles", "--query", "Roles[].RoleName"]),
        "app"
    );

    let names = ["--role-name", "app", "--policy-name", "all"];
    server.aws_text(
        &root,
        &[
            &["iam", "put-role-policy", "--policy-document", &document][..],
            &names,
        ]
        .concat(),
    );
    let got = server.aws_json(&root, &[&["iam", "get-role-policy"][..], &names].concat());
    assert_eq!(got["PolicyDocument"]["Statement"][0]["Action"], "ssm:*");
    let listed = server.aws_json(&root, &["iam", "list-role-policies", "--role-name", "app"]);
    assert_eq!(listed["PolicyNames"], json!(["all"]));

    let full = server.aws(&root, &["iam", "delete-role", "--role-name", "app"]);
    assert_eq!(
        full.error(),
        "An error occurred (DeleteConflict) when calling the DeleteRole operation: \
         Cannot delete entity, must delete policies first."
    );
    server.aws_text(&root, &[&["iam", "delete-role-policy"][..], &names].concat());
    server.aws_text(&root, &["iam", "delete-role", "--role-name", "app"]);
    let gone = server.aws(&root, &["iam", "get-role", "--role-name", "app"]);
    assert_eq!(
        gone.error(),
        "An error occurred (NoSuchEntity) when calling the GetRole operation: The role with name app cannot be found."
    );
}

#[test]
fn an_instance_profile_holds_one_role() {
    let server = Server::start();
    let root = server.root();
    make_role(&server, "app");
    make_role(&server, "second");

    let profile = ["--instance-profile-name", "machines"];
    let made = server.aws_json(
        &root,
        &[&["iam", "create-instance-profile"][..], &profile].concat(),
    );
    let made = &made["InstanceProfile"];
    assert_eq!(
        made["Arn"],
        format!("arn:aws:iam::{ACCOUNT}:instance-profile/machines")
    );
    assert_matches(made["InstanceProfileId"].as_str().unwrap(), "^AIPA[A-Z2-7]{17}$");
    let add = ["iam", "add-role-to-instance-profile", "--role-name"];
    server.aws_text(&root, &[&add[..], &["app"], &profile].concat());
    let second = server.aws(&root, &[&add[..], &["second"], &profile].concat());
    assert_eq!(
        second.error(),
        "An error occurred (LimitExceeded) when calling the AddRoleToInstanceProfile operation: \
         Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
    );
    let got = server.aws_json(&root, &[&["iam", "get-instance-profile"][..], &profile].concat());
    assert_eq!(got["InstanceProfile"]["Roles"][0]["RoleName"], "app");
    let names = [
        "iam",
        "list-instance-profiles",
        "--query",
        "InstanceProfiles[].InstanceProfileName",
    ];
    assert_eq!(server.aws_text(&root, &names), "machines");

    let remove = ["iam", "remove-role-from-instance-profile", "--role-name", "app"];
    server.aws_text(&root, &[&remove[..], &profile].concat());
    server.aws_text(
        &root,
        &[&["iam", "delete-instance-profile"][..], &profile].concat(),
    );
    let gone = server.aws(&root, &[&["iam", "get-instance-profile"][..], &profile].concat());
    assert_eq!(
        gone.error(),
        "An error occurred (NoSuchEntity) when calling the GetInstanceProfile operation: \
         Instance Profile machines cannot be found."
    );
}

#[test]
fn the_root_user_is_who_it_says() {
    let server = Server::start();

    let identity = server.aws_json(&server.root(), &["sts", "get-caller-identity"]);

    assert_eq!(identity["Arn"], format!("arn:aws:iam::{ACCOUNT}:root"));
    assert_eq!(identity["UserId"], ACCOUNT);
}

fn make_role(server: &Server, name: &str) -> serde_json::Value {
    let trust = policy(&json!([{
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }]));
    let arguments = [
        "iam",
        "create-role",
        "--role-name",
        name,
        "--assume-role-policy-document",
        &trust,
    ];
    server.aws_json(&server.root(), &arguments)
}
