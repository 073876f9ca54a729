//! Run As: whose shells run as whom, by the tag `SSMSessionRunAs` of the user or the role that starts them.

use rustix::process::geteuid;
use serde_json::json;

use crate::harness::{ACCOUNT, Credentials, Dialogue, Node, Server};

/// A node whose preferences say Run As, and name this user for those who have no tag.
fn node(default: &str) -> Option<Node> {
    if !geteuid().is_root() {
        eprintln!("SKIPPED: only an agent that is root can run sessions as somebody else");
        return None;
    }
    let node = Node::start();
    let preferences = json!({
        "schemaVersion": "1.0", "description": "run as", "sessionType": "Standard_Stream",
        "inputs": {"runAsEnabled": true, "runAsDefaultUser": default},
    });
    let create = [
        "ssm",
        "create-document",
        "--name",
        "SSM-SessionManagerRunShell",
        "--document-type",
        "Session",
        "--content",
        &preferences.to_string(),
    ];
    node.server.aws_json(&node.server.root(), &create);
    Some(node)
}

fn tag(server: &Server, action: &str, noun: (&str, &str), value: &str) {
    let members = [
        noun,
        ("Tags.member.1.Key", "SSMSessionRunAs"),
        ("Tags.member.1.Value", value),
    ];
    server.iam(&server.root(), action, &members).ok();
}

/// A user who may start sessions, with this tag.
fn user(server: &Server, name: &str, run_as: &str) -> Credentials {
    let user = server.user(
        name,
        &json!([{"Effect": "Allow", "Action": ["ssm:*", "ssmmessages:*"], "Resource": "*"}]),
    );
    if !run_as.is_empty() {
        tag(server, "TagUser", ("UserName", name), run_as);
    }
    user
}

/// What a shell says of who it is.
#[track_caller]
fn identity(node: &Node, who: &Credentials) -> String {
    let mut shell = Dialogue::start(node.kagiban_session_of(who, &[]));
    shell.wait_for("$ ");
    shell.say("echo \"I am <$(id -un) $(id -u) $HOME>\"; exit\n");
    let (code, shown) = shell.end();
    assert_eq!(code, 0, "{shown}\n{}", node.log());
    let told = shown.lines().find_map(|line| line.strip_prefix("I am <"));
    told.unwrap_or_else(|| panic!("{shown}")).trim().to_owned()
}

#[test]
fn a_shell_is_the_users_that_a_tag_of_its_starter_names() {
    let Some(node) = node("") else { return };
    let alice = user(&node.server, "alice", "daemon");
    assert!(identity(&node, &alice).starts_with("daemon 1 "));

    let statements = json!([{"Effect": "Allow", "Action": ["ssm:*", "ssmmessages:*"], "Resource": "*"}]);
    let trust = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let role = node.server.role("operator", &trust, &statements);
    tag(&node.server, "TagRole", ("RoleName", "operator"), "bin");
    let assume = json!([
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
    ]);
    let bob = node.server.user("bob", &assume);
    tag(&node.server, "TagUser", ("UserName", "bob"), "daemon");
    let session = node.server.assume(&bob, &role, "on-duty");
    assert!(
        identity(&node, &session).starts_with("bin "),
        "the role's tag counts, not that of who has assumed it"
    );
}

#[test]
fn without_a_tag_it_is_the_documents_user_and_a_sessions_own_tag_comes_first() {
    let Some(node) = node("games") else { return };
    assert!(identity(&node, &user(&node.server, "alice", "")).starts_with("games 5 "));
    assert!(identity(&node, &user(&node.server, "bob", "daemon")).starts_with("daemon 1 "));

    let sessions = json!([{"Effect": "Allow", "Action": ["ssm:*", "ssmmessages:*"], "Resource": "*"}]);
    let trust = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let role = node.server.role("operator", &trust, &sessions);
    let trusted = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": trust, "Action": ["sts:AssumeRole", "sts:TagSession"],
    }]});
    let update = [("RoleName", "operator"), ("PolicyDocument", &trusted.to_string())];
    let root = node.server.root();
    node.server.iam(&root, "UpdateAssumeRolePolicy", &update).ok();
    tag(&node.server, "TagRole", ("RoleName", "operator"), "daemon");
    let carol = node.server.user(
        "carol",
        &json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]),
    );
    let members = [
        ("RoleArn", role.as_str()),
        ("RoleSessionName", "carol"),
        ("Tags.member.1.Key", "SSMSessionRunAs"),
        ("Tags.member.1.Value", "bin"),
    ];
    let assumed = node.server.sts(&carol, "AssumeRole", &members).ok();
    assert!(identity(&node, &Credentials::from_xml(&assumed)).starts_with("bin 2 "));
}

#[test]
fn who_is_not_there_root_and_nobody_at_all_get_no_shell() {
    let Some(node) = node("") else { return };
    let mut refused = 0;
    for (name, run_as, words) in [
        (
            "alice",
            "no-such-person",
            "there is no user `no-such-person` on this node",
        ),
        ("bob", "root", "`root` is root by its user or group id"),
        ("carol", "0", "there is no user `0` on this node"),
        ("dave", "", "Run As is on, and no user is named"),
    ] {
        let who = user(&node.server, name, run_as);
        let mut shell = Dialogue::start(node.kagiban_session_of(&who, &[]));
        shell.say("echo \"I am $(id -un)\"; exit\n");
        let (code, told) = shell.end_with_complaints();
        assert!(code == 1 && told.contains(words), "{code} {told}\n{}", node.log());
        assert!(!told.contains("I am "), "a shell ran: {told}");
        refused += 1;
        let over = node.sessions("History");
        let failed = over.iter().filter(|session| session["Status"] == "Failed");
        assert_eq!(failed.count(), refused, "{over:?}");
    }
    node.nothing_stays();
}
