//! Managed policies with their versions, roles with their boundaries, service-linked roles and AWS's
//! own policies, as an administrator's AWS CLI sees them.

use serde_json::json;

use crate::harness::{ACCOUNT, Credentials, Server, policy};

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

fn allowing(action: &str) -> String {
    policy(&json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]))
}

/// `An error occurred (…) when calling the …`, as the CLI prints it.
fn failure(code: &str, operation: &str, message: &str) -> String {
    format!("An error occurred ({code}) when calling the {operation} operation: {message}")
}

/// A user with a key and no rights.
fn newcomer(server: &Server, name: &str) -> Credentials {
    let root = server.root();
    server.aws_json(&root, &["iam", "create-user", "--user-name", name]);
    let key = server.aws_json(&root, &["iam", "create-access-key", "--user-name", name]);
    Credentials::from_json(&key["AccessKey"])
}

fn attach(server: &Server, user: &str, arn: &str) {
    let arguments = [
        "iam",
        "attach-user-policy",
        "--user-name",
        user,
        "--policy-arn",
        arn,
    ];
    assert_eq!(server.aws_text(&server.root(), &arguments), "");
}

#[test]
fn a_policy_lives_through_its_versions() {
    let server = Server::start();
    let root = server.root();
    let alice = newcomer(&server, "alice");
    let document = allowing("iam:ListUsers");
    let make = [
        "iam",
        "create-policy",
        "--policy-name",
        "reading",
        "--policy-document",
        &document,
    ];
    let made = server.aws_json(&root, &make);
    let arn = made["Policy"]["Arn"].as_str().unwrap().to_owned();
    attach(&server, "alice", &arn);
    let may_list_roles = || server.aws(&alice, &["iam", "list-roles"]).code == 0;
    assert!(!may_list_roles());

    let of_policy = |operation: &'static str| ["iam", operation, "--policy-arn", &arn];
    let document = allowing("iam:ListRoles");
    let second = [
        &of_policy("create-policy-version")[..],
        &["--policy-document", &document, "--set-as-default"],
    ]
    .concat();
    let second = server.aws_json(&root, &second);
    assert_eq!(second["PolicyVersion"]["VersionId"], "v2");
    assert_eq!(second["PolicyVersion"]["IsDefaultVersion"], true);
    assert!(may_list_roles());
    let first = [
        &of_policy("set-default-policy-version")[..],
        &["--version-id", "v1"],
    ]
    .concat();
    server.aws_text(&root, &first);
    assert!(!may_list_roles());

    let list = [
        &of_policy("list-policy-versions")[..],
        &["--query", "Versions[].VersionId"],
    ]
    .concat();
    assert_eq!(server.aws_json(&root, &list), json!(["v2", "v1"]));
    let behind = server.aws_json(&root, &of_policy("list-entities-for-policy"));
    assert_eq!(behind["PolicyUsers"][0]["UserName"], "alice");
    assert_eq!(
        (&behind["PolicyGroups"], &behind["PolicyRoles"]),
        (&json!([]), &json!([]))
    );
    let version = |version| {
        [
            &of_policy("delete-policy-version")[..],
            &["--version-id", version],
        ]
        .concat()
    };
    assert_eq!(
        server.aws(&root, &version("v1")).error(),
        failure(
            "DeleteConflict",
            "DeletePolicyVersion",
            "Cannot delete the default version of a policy."
        )
    );
    assert_eq!(
        server.aws(&root, &of_policy("delete-policy")).error(),
        failure(
            "DeleteConflict",
            "DeletePolicy",
            "Cannot delete a policy attached to entities."
        )
    );
    let detach = [
        "iam",
        "detach-user-policy",
        "--user-name",
        "alice",
        "--policy-arn",
        &arn,
    ];
    server.aws_text(&root, &detach);
    let many = server.aws(&root, &of_policy("delete-policy"));
    assert!(
        many.error().contains("This policy has more than one version."),
        "{many:?}"
    );
    server.aws_text(&root, &version("v2"));
    server.aws_text(&root, &of_policy("delete-policy"));
}

#[test]
fn a_role_lives_with_a_boundary() {
    let server = Server::start();
    let root = server.root();
    let alice = newcomer(&server, "alice");
    let trust = policy(&json!([{
        "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:user/alice")},
        "Action": "sts:AssumeRole",
    }]));
    let role = |operation: &'static str| ["iam", operation, "--role-name", "app"];
    let make = [
        &role("create-role")[..],
        &[
            "--assume-role-policy-document",
            &trust,
            "--permissions-boundary",
            READ_ONLY,
        ],
    ]
    .concat();
    let made = server.aws_json(&root, &make);
    assert_eq!(
        made["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"],
        READ_ONLY
    );
    assert_eq!(made["Role"]["MaxSessionDuration"], json!(null));
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    server.aws_text(
        &root,
        &[&role("attach-role-policy")[..], &["--policy-arn", administrator]].concat(),
    );

    let session = server.assume(&alice, made["Role"]["Arn"].as_str().unwrap(), "e2e");
    let make_user = ["iam", "create-user", "--user-name", "bob"];
    server.aws_json(&session, &["iam", "list-users"]);
    let bounded = server.aws(&session, &make_user);
    let sentence = "because no permissions boundary allows the iam:CreateUser action";
    assert!(bounded.error().ends_with(sentence), "{bounded:?}");
    server.aws_text(&root, &role("delete-role-permissions-boundary"));
    server.aws_json(&session, &make_user);

    let update = ["--description", "Ours.", "--max-session-duration", "7200"];
    server.aws_text(&root, &[&role("update-role")[..], &update].concat());
    server.aws_text(
        &root,
        &[&role("tag-role")[..], &["--tags", "Key=team,Value=red"]].concat(),
    );
    let got = server.aws_json(&root, &role("get-role"));
    assert_eq!(
        (&got["Role"]["Description"], &got["Role"]["MaxSessionDuration"]),
        (&json!("Ours."), &json!(7200))
    );
    let tags = server.aws_json(&root, &role("list-role-tags"));
    assert_eq!(tags["Tags"], json!([{"Key": "team", "Value": "red"}]));
    server.aws_text(
        &root,
        &[&role("untag-role")[..], &["--tag-keys", "team"]].concat(),
    );
    assert_eq!(
        server.aws(&root, &role("delete-role")).error(),
        failure(
            "DeleteConflict",
            "DeleteRole",
            "Cannot delete entity, must detach all policies first."
        )
    );
    server.aws_text(
        &root,
        &[&role("detach-role-policy")[..], &["--policy-arn", administrator]].concat(),
    );
    server.aws_text(&root, &role("delete-role"));
    let after = server.aws(&session, &["iam", "list-users"]);
    assert!(after.error().contains("(InvalidClientTokenId)"), "{after:?}");
}

#[test]
fn a_service_linked_role_is_its_services_alone() {
    let server = Server::start();
    let root = server.root();
    let make = [
        "iam",
        "create-service-linked-role",
        "--aws-service-name",
        "ssm.amazonaws.com",
    ];
    let made = server.aws_json(&root, &make);
    let name = "AWSServiceRoleForAmazonSSM";
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/ssm.amazonaws.com/{name}");
    assert_eq!(made["Role"]["Arn"], arn);
    let trust = &made["Role"]["AssumeRolePolicyDocument"]["Statement"][0];
    assert_eq!(trust["Principal"], json!({"Service": ["ssm.amazonaws.com"]}));
    assert_eq!(
        server.aws(&root, &make).error(),
        failure(
            "InvalidInput",
            "CreateServiceLinkedRole",
            "Service role name AWSServiceRoleForAmazonSSM has been taken in this account, please try a different suffix.",
        )
    );

    let role = |operation: &'static str| ["iam", operation, "--role-name", name];
    let protected = format!(
        "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    );
    let attach = [&role("attach-role-policy")[..], &["--policy-arn", READ_ONLY]].concat();
    assert_eq!(
        server.aws(&root, &attach).error(),
        failure("UnmodifiableEntity", "AttachRolePolicy", &protected)
    );
    assert_eq!(
        server.aws(&root, &role("delete-role")).error(),
        failure("UnmodifiableEntity", "DeleteRole", &protected)
    );
    let deleted = server.aws_json(&root, &role("delete-service-linked-role"));
    let task = deleted["DeletionTaskId"].as_str().unwrap();
    let status = [
        "iam",
        "get-service-linked-role-deletion-status",
        "--deletion-task-id",
        task,
    ];
    assert_eq!(server.aws_json(&root, &status)["Status"], "SUCCEEDED");
    let gone = server.aws(&root, &role("get-role"));
    assert!(gone.error().contains("(NoSuchEntity)"), "{gone:?}");
}

#[test]
fn awss_own_policies_grant_what_they_say() {
    let server = Server::start();
    let root = server.root();
    server.put("/app/name", "x", None);
    server.put("/AmazonCloudWatch-linux", "{}", None);
    let read = |name: &'static str| vec!["ssm", "get-parameter", "--name", name];
    let write = vec![
        "ssm",
        "put-parameter",
        "--name",
        "/new",
        "--value",
        "x",
        "--type",
        "String",
        "--overwrite",
    ];
    let users = vec!["iam", "list-users"];
    let make_user = vec!["iam", "create-user", "--user-name", "bob"];
    let keys = vec!["kms", "list-keys"];
    let make_key = vec!["kms", "create-key"];
    let cases = [
        ("AdministratorAccess", vec![&users, &keys, &write], vec![]),
        ("PowerUserAccess", vec![&keys, &write], vec![&users, &make_user]),
        ("ReadOnlyAccess", vec![&users, &keys], vec![&write, &make_user]),
        ("SecurityAudit", vec![&users, &keys], vec![&write, &make_key]),
        ("job-function/ViewOnlyAccess", vec![&users, &keys], vec![&write]),
        ("IAMFullAccess", vec![&users], vec![&keys, &write]),
        ("IAMReadOnlyAccess", vec![&users], vec![&make_user]),
        ("AmazonSSMFullAccess", vec![&write], vec![&users, &keys]),
        ("AmazonSSMReadOnlyAccess", vec![], vec![&write, &users]),
        (
            "AWSKeyManagementServicePowerUser",
            vec![&keys, &make_key, &users],
            vec![&make_user, &write],
        ),
    ];
    for (number, (name, allowed, refused)) in cases.into_iter().enumerate() {
        let user = format!("u{number}");
        let who = newcomer(&server, &user);
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        attach(&server, &user, &arn);
        for arguments in allowed {
            let answer = server.aws(&who, arguments);
            assert_eq!(answer.code, 0, "{name}: {answer:?}");
        }
        for arguments in refused {
            let answer = server.aws(&who, arguments);
            assert!(answer.error().contains("not authorized"), "{name}: {answer:?}");
        }
    }

    for (name, good, bad) in [
        ("AmazonSSMReadOnlyAccess", "/app/name", None),
        ("AmazonSSMManagedInstanceCore", "/app/name", None),
        (
            "CloudWatchAgentServerPolicy",
            "/AmazonCloudWatch-linux",
            Some("/app/name"),
        ),
        ("AmazonECSTaskExecutionRolePolicy", "", Some("/app/name")),
    ] {
        let path = if name.starts_with("AmazonECS") {
            "service-role/"
        } else {
            ""
        };
        let who = newcomer(&server, &format!("r-{name}"));
        attach(
            &server,
            &format!("r-{name}"),
            &format!("arn:aws:iam::aws:policy/{path}{name}"),
        );
        if !good.is_empty() {
            server.aws_json(&who, &read(good));
        }
        if let Some(bad) = bad {
            let answer = server.aws(&who, &read(bad));
            assert!(
                answer.error().contains("(AccessDeniedException)"),
                "{name}: {answer:?}"
            );
        }
    }

    let denied = newcomer(&server, "denied");
    attach(&server, "denied", "arn:aws:iam::aws:policy/AdministratorAccess");
    server.aws_json(&denied, &users);
    attach(&server, "denied", "arn:aws:iam::aws:policy/AWSDenyAll");
    let answer = server.aws(&denied, &users);
    let sentence = "with an explicit deny in an identity-based policy";
    assert!(answer.error().ends_with(sentence), "{answer:?}");
    let services = "arn:aws:iam::aws:policy/aws-service-role/AmazonSSMServiceRolePolicy";
    let attach = [
        "iam",
        "attach-user-policy",
        "--user-name",
        "denied",
        "--policy-arn",
        services,
    ];
    assert_eq!(
        server.aws(&root, &attach).error(),
        failure(
            "PolicyNotAttachable",
            "AttachUserPolicy",
            "Cannot attach a Service Role Policy to a Customer Role.",
        )
    );
}

#[test]
fn those_who_clean_up_find_empty_lists() {
    let server = Server::start();
    let root = server.root();
    server.aws_json(&root, &["iam", "create-user", "--user-name", "alice"]);
    for (operation, member) in [
        ("list-ssh-public-keys", "SSHPublicKeys"),
        ("list-signing-certificates", "Certificates"),
        ("list-service-specific-credentials", "ServiceSpecificCredentials"),
    ] {
        let list = |user| ["iam", operation, "--user-name", user];
        assert_eq!(server.aws_json(&root, &list("alice"))[member], json!([]));
        let missing = server.aws(&root, &list("bob"));
        assert!(missing.error().contains("(NoSuchEntity)"), "{missing:?}");
    }
    let certificates = server.aws_json(&root, &["iam", "list-server-certificates"]);
    assert_eq!(certificates["ServerCertificateMetadataList"], json!([]));
    let prefer = [
        "iam",
        "set-security-token-service-preferences",
        "--global-endpoint-token-version",
        "v2Token",
    ];
    server.aws_text(&root, &prefer);

    let arn = format!("arn:aws:iam::{ACCOUNT}:user/alice");
    let generate = ["iam", "generate-service-last-accessed-details", "--arn", &arn];
    let job = server.aws_json(&root, &generate);
    let job = job["JobId"].as_str().unwrap();
    let report = server.aws_json(
        &root,
        &["iam", "get-service-last-accessed-details", "--job-id", job],
    );
    assert_eq!(
        (&report["JobStatus"], &report["ServicesLastAccessed"]),
        (&json!("COMPLETED"), &json!([]))
    );
    let granting = [
        "iam",
        "list-policies-granting-service-access",
        "--service-namespaces",
        "ssm",
        "--arn",
        &arn,
    ];
    let granting = server.aws_json(&root, &granting);
    let expected = json!([{"ServiceNamespace": "ssm", "Policies": []}]);
    assert_eq!(granting["PoliciesGrantingServiceAccess"], expected);
}
