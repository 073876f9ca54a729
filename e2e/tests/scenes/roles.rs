//! Scene 2: a task role reads what its policy names, and nothing else.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Credentials, Server, policy};

const HOST: &str = "/goecssample/database/sample/master/host";
const PASSWORD: &str = "/goecssample/database/sample/master/password";

#[test]
fn a_user_assumes_the_task_role_and_reads_inside_the_path_only() {
    let server = Server::start();
    let root = server.root();
    let key = server.key();
    server.put(HOST, "sample.cluster.internal", None);
    server.put(PASSWORD, "s3cr3t", Some(&key));
    server.put("/elsewhere/host", "not yours", None);
    let user = user(&server, "developer");
    create_role(
        &server,
        "goecssample-task",
        &json!({"Service": "ecs-tasks.amazonaws.com"}),
    );
    create_role(
        &server,
        "goecssample-developer",
        &json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/developer")}),
    );
    let reader = create_policy(&server, &key);
    for role in ["goecssample-task", "goecssample-developer"] {
        let arguments = [
            "iam",
            "attach-role-policy",
            "--role-name",
            role,
            "--policy-arn",
            &reader,
        ];
        assert_eq!(server.aws_text(&root, &arguments), "");
    }

    let session = assume(&server, &user, "goecssample-developer");

    assert_eq!(read(&server, &session, HOST), "sample.cluster.internal");
    assert_eq!(read(&server, &session, PASSWORD), "s3cr3t");
    let refused = server.aws(&session, &["ssm", "get-parameters", "--names", "/elsewhere/host"]);
    assert_eq!(
        refused.error(),
        "An error occurred (AccessDeniedException) when calling the GetParameters operation: \
         User: arn:aws:sts::111122223333:assumed-role/goecssample-developer/e2e is not authorized to perform: \
         ssm:GetParameters on resource: arn:aws:ssm:us-east-1:111122223333:parameter/elsewhere/host \
         because no identity-based policy allows the ssm:GetParameters action"
    );
}

#[test]
fn a_role_made_for_ecs_tasks_is_not_for_users() {
    let server = Server::start();
    let user = user(&server, "developer");
    create_role(
        &server,
        "goecssample-task",
        &json!({"Service": "ecs-tasks.amazonaws.com"}),
    );

    let role = format!("arn:aws:iam::{ACCOUNT}:role/goecssample-task");
    let refused = server.aws(
        &user,
        &[
            "sts",
            "assume-role",
            "--role-arn",
            &role,
            "--role-session-name",
            "e2e",
        ],
    );

    assert_eq!(
        refused.error(),
        "An error occurred (AccessDenied) when calling the AssumeRole operation: \
         User: arn:aws:iam::111122223333:user/developer is not authorized to perform: \
         sts:AssumeRole on resource: arn:aws:iam::111122223333:role/goecssample-task"
    );
}

fn user(server: &Server, name: &str) -> Credentials {
    let root = server.root();
    server.aws_json(&root, &["iam", "create-user", "--user-name", name]);
    let key = server.aws_json(&root, &["iam", "create-access-key", "--user-name", name]);
    Credentials::from_json(&key["AccessKey"])
}

fn create_role(server: &Server, name: &str, principal: &Value) {
    let trust = policy(&json!([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]));
    let arguments = [
        "iam",
        "create-role",
        "--role-name",
        name,
        "--assume-role-policy-document",
        &trust,
    ];
    let created = server.aws_json(&server.root(), &arguments);
    assert_eq!(
        created["Role"]["Arn"],
        format!("arn:aws:iam::{ACCOUNT}:role/{name}")
    );
}

fn create_policy(server: &Server, key: &str) -> String {
    let document = policy(&json!([
        {"Effect": "Allow", "Action": "ssm:DescribeParameters", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "ssm:GetParameters",
            "Resource": format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/goecssample/*"),
        },
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key},
    ]));
    let arguments = [
        "iam",
        "create-policy",
        "--policy-name",
        "goecssample",
        "--policy-document",
        &document,
    ];
    server.aws_text(
        &server.root(),
        &[&arguments[..], &["--query", "Policy.Arn"]].concat(),
    )
}

fn assume(server: &Server, who: &Credentials, role: &str) -> Credentials {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let arguments = [
        "sts",
        "assume-role",
        "--role-arn",
        &role,
        "--role-session-name",
        "e2e",
    ];
    Credentials::from_json(&server.aws_json(who, &arguments)["Credentials"])
}

fn read(server: &Server, who: &Credentials, name: &str) -> String {
    let arguments = ["ssm", "get-parameters", "--names", name, "--with-decryption"];
    server.aws_text(
        who,
        &[&arguments[..], &["--query", "Parameters[0].Value"]].concat(),
    )
}
