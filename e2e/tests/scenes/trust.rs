//! `sts:AssumeRole`: the trust policy decides, and a session ends with its role.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Answer, Credentials, Server, policy};

const READ: &str = "ssm:GetParameter";

#[test]
fn a_user_the_trust_policy_does_not_name_is_refused() {
    let server = Server::start();
    let everything = json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]);
    let (alice, mallory) = (
        server.user("alice", &everything),
        server.user("mallory", &everything),
    );
    let role = server.role("app", &json!({"AWS": arn("user/alice")}), &allow(READ));

    server.assume(&alice, &role, "e2e");

    let refused = assume(&server, &mallory, &role, &[]).refused(403, "AccessDenied");
    let expected = "User: arn:aws:iam::111122223333:user/mallory is not authorized to perform: \
        sts:AssumeRole on resource: arn:aws:iam::111122223333:role/";
    assert_eq!(refused, format!("{expected}app"));
    // A role that does not exist is refused in the same words.
    let missing = assume(&server, &alice, &arn("role/missing"), &[]).refused(403, "AccessDenied");
    assert_eq!(missing, expected.replace("mallory", "alice") + "missing");
}

#[test]
fn a_trust_in_the_account_needs_the_users_own_permission_too() {
    let server = Server::start();
    let permitted = server.user("permitted", &allow("sts:AssumeRole"));
    let unpermitted = server.user("unpermitted", &allow(READ));
    let role = server.role("app", &json!({"AWS": arn("root")}), &allow(READ));

    server.assume(&permitted, &role, "e2e");

    assume(&server, &unpermitted, &role, &[]).refused(403, "AccessDenied");
}

#[test]
fn a_condition_on_the_external_id_is_kept() {
    let server = Server::start();
    let alice = server.user("alice", &allow("sts:AssumeRole"));
    let trust = policy(&json!([{
        "Effect": "Allow",
        "Principal": {"AWS": arn("user/alice")},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "correct"}},
    }]));
    let members = [("RoleName", "app"), ("AssumeRolePolicyDocument", trust.as_str())];
    server.iam(&server.root(), "CreateRole", &members).ok();

    assume(&server, &alice, &arn("role/app"), &[("ExternalId", "correct")]).ok();
    assume(&server, &alice, &arn("role/app"), &[("ExternalId", "wrong")]).refused(403, "AccessDenied");
    assume(&server, &alice, &arn("role/app"), &[]).refused(403, "AccessDenied");
}

#[test]
fn a_session_has_the_roles_permissions_and_not_the_users() {
    let server = Server::start();
    server.put("/a", "1", None);
    let alice = server.user("alice", &allow("*"));
    let role = server.role("app", &json!({"AWS": arn("user/alice")}), &allow(READ));

    let session = server.assume(&alice, &role, "e2e");

    let identity = server.sts(&session, "GetCallerIdentity", &[]).ok();
    assert_eq!(
        identity.element("Arn"),
        Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/e2e"))
    );
    get(&server, &session, "/a").ok();
    let refused = server.call(&session, "AmazonSSM.DeleteParameter", &json!({"Name": "/a"}));
    assert_eq!(
        refused.refused(400, "AccessDeniedException"),
        "User: arn:aws:sts::111122223333:assumed-role/app/e2e is not authorized to perform: \
         ssm:DeleteParameter on resource: arn:aws:ssm:us-east-1:111122223333:parameter/a \
         because no identity-based policy allows the ssm:DeleteParameter action"
    );
}

#[test]
fn the_root_user_assumes_no_role() {
    let server = Server::start();
    let role = server.role("app", &json!({"AWS": arn("root")}), &allow(READ));

    let refused = assume(&server, &server.root(), &role, &[]);

    assert_eq!(
        refused.refused(403, "AccessDenied"),
        "Roles may not be assumed by root accounts."
    );
}

#[test]
fn a_session_of_a_deleted_role_is_dead_and_a_role_of_the_same_name_does_not_revive_it() {
    let server = Server::start();
    server.put("/a", "1", None);
    let alice = server.user("alice", &allow("sts:AssumeRole"));
    let trust = json!({"AWS": arn("user/alice")});
    let session = server.assume(&alice, &server.role("app", &trust, &allow(READ)), "e2e");
    get(&server, &session, "/a").ok();

    let root = server.root();
    server
        .iam(
            &root,
            "DeleteRolePolicy",
            &[("RoleName", "app"), ("PolicyName", "e2e")],
        )
        .ok();
    assert_eq!(
        get(&server, &session, "/a").status,
        400,
        "the policy is gone at once"
    );
    server.iam(&root, "DeleteRole", &[("RoleName", "app")]).ok();
    server.role("app", &trust, &allow(READ));

    assert_eq!(get(&server, &session, "/a").status, 400);
}

#[test]
fn a_session_token_belongs_to_its_own_access_key() {
    let server = Server::start();
    let alice = server.user("alice", &allow("sts:AssumeRole"));
    let role = server.role("app", &json!({"AWS": arn("user/alice")}), &allow(READ));
    let (one, other) = (
        server.assume(&alice, &role, "one"),
        server.assume(&alice, &role, "other"),
    );

    let mixed = Credentials {
        session_token: other.session_token.clone(),
        ..one.clone()
    };
    let bare = Credentials {
        session_token: None,
        ..one
    };

    for who in [mixed, bare] {
        get(&server, &who, "/a").refused(400, "UnrecognizedClientException");
    }
}

fn assume(server: &Server, who: &Credentials, role: &str, more: &[(&str, &str)]) -> Answer {
    let members = [&[("RoleArn", role), ("RoleSessionName", "e2e")], more].concat();
    server.sts(who, "AssumeRole", &members)
}

fn get(server: &Server, who: &Credentials, name: &str) -> Answer {
    server.call(who, "AmazonSSM.GetParameter", &json!({"Name": name}))
}

fn allow(action: &str) -> Value {
    json!([{"Effect": "Allow", "Action": action, "Resource": "*"}])
}

fn arn(rest: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{rest}")
}
