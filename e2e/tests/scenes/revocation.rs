//! Once a revocation has been answered, no request that starts later is allowed by what was before.
//!
//! Several clients send what they are allowed to, on connections of their own, while the right is
//! taken from them. What was on its way may end either way; what starts after the answer may not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::harness::{Answer, Credentials, Request, Server, at, policy};

const CLIENTS: usize = 6;
/// Requests that each client sends before the revocation begins, and after it was answered.
const REQUESTS: usize = 40;

/// Hammers until the revocation has been answered, and some while longer.
fn strictly(server: &Server, request: impl Fn() -> Request + Sync, code: &str, revoke: impl FnOnce()) {
    let revoked = AtomicBool::new(false);
    let ready = AtomicUsize::new(0);
    let hammer = || {
        let mut connection = server.connect();
        let mut send = || connection.send(&request()).unwrap();
        for _ in 0..REQUESTS {
            send().ok();
        }
        ready.fetch_add(1, Ordering::SeqCst);
        let mut later = 0;
        while later < REQUESTS {
            let is_later = revoked.load(Ordering::SeqCst);
            let answer = send();
            if is_later {
                assert_ne!(
                    answer.status, 200,
                    "request {later} after the revocation was allowed"
                );
                assert_eq!(answer.code(), code, "{answer:?}");
                later += 1;
            }
        }
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(hammer)).collect();
        while ready.load(Ordering::SeqCst) < CLIENTS
            && !clients.iter().any(thread::ScopedJoinHandle::is_finished)
        {
            thread::sleep(Duration::from_millis(1));
        }
        revoke();
        revoked.store(true, Ordering::SeqCst);
        for client in clients {
            client.join().unwrap();
        }
    });
}

fn list_users<'a>(server: &'a Server, who: &'a Credentials) -> impl Fn() -> Request + Sync + 'a {
    || Request::query("2010-05-08", "ListUsers", &[], &server.authority()).signed(&at(who, "iam"))
}

fn get_parameter<'a>(server: &'a Server, who: &'a Credentials) -> impl Fn() -> Request + Sync + 'a {
    || {
        let body = json!({"Name": "/a"}).to_string();
        Request::json("AmazonSSM.GetParameter", body, &server.authority()).signed(&at(who, "ssm"))
    }
}

fn allowing(action: &str) -> serde_json::Value {
    json!([{"Effect": "Allow", "Action": action, "Resource": "*"}])
}

/// Does something as the root user.
fn iam(server: &Server, action: &str, members: &[(&str, &str)]) -> Answer {
    server.iam(&server.root(), action, members).ok()
}

#[test]
fn a_deleted_access_key_signs_nothing_that_starts_later() {
    let server = Server::start();
    let alice = server.user("alice", &allowing("iam:ListUsers"));
    let key = [
        ("UserName", "alice"),
        ("AccessKeyId", alice.access_key_id.as_str()),
    ];
    strictly(
        &server,
        list_users(&server, &alice),
        "InvalidClientTokenId",
        || {
            iam(&server, "DeleteAccessKey", &key);
        },
    );
}

#[test]
fn a_detached_policy_allows_nothing_that_starts_later() {
    let server = Server::start();
    server.put("/a", "x", None);
    let alice = server.user("alice", &allowing("iam:ListUsers"));
    let policy = [
        ("UserName", "alice"),
        ("PolicyArn", "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"),
    ];
    for _ in 0..3 {
        iam(&server, "AttachUserPolicy", &policy);
        strictly(
            &server,
            get_parameter(&server, &alice),
            "AccessDeniedException",
            || {
                iam(&server, "DetachUserPolicy", &policy);
            },
        );
    }
}

#[test]
fn a_deny_that_was_put_refuses_whatever_starts_later() {
    let server = Server::start();
    server.put("/a", "x", None);
    let alice = server.user("alice", &allowing("ssm:*"));
    let deny = policy(&json!([{"Effect": "Deny", "Action": "ssm:Get*", "Resource": "*"}]));
    let name = [("UserName", "alice"), ("PolicyName", "deny")];
    for _ in 0..3 {
        strictly(
            &server,
            get_parameter(&server, &alice),
            "AccessDeniedException",
            || {
                iam(
                    &server,
                    "PutUserPolicy",
                    &[&name[..], &[("PolicyDocument", &deny)]].concat(),
                );
            },
        );
        iam(&server, "DeleteUserPolicy", &name);
    }
}

#[test]
fn who_has_left_a_group_may_nothing_that_starts_later() {
    let server = Server::start();
    let alice = server.user("alice", &allowing("ssm:*"));
    iam(&server, "CreateGroup", &[("GroupName", "devs")]);
    let read_only = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    iam(
        &server,
        "AttachGroupPolicy",
        &[("GroupName", "devs"), ("PolicyArn", read_only)],
    );
    let membership = [("GroupName", "devs"), ("UserName", "alice")];
    for _ in 0..3 {
        iam(&server, "AddUserToGroup", &membership);
        strictly(&server, list_users(&server, &alice), "AccessDenied", || {
            iam(&server, "RemoveUserFromGroup", &membership);
        });
    }
}

#[test]
fn a_boundary_that_was_put_bounds_whatever_starts_later() {
    let server = Server::start();
    let alice = server.user("alice", &allowing("iam:*"));
    let ssm = "arn:aws:iam::aws:policy/AmazonSSMFullAccess";
    strictly(&server, list_users(&server, &alice), "AccessDenied", || {
        iam(
            &server,
            "PutUserPermissionsBoundary",
            &[("UserName", "alice"), ("PermissionsBoundary", ssm)],
        );
    });
}

/// As AWS's console revokes a role's sessions.
#[test]
fn a_roles_older_sessions_may_nothing_that_starts_after_their_revocation() {
    let server = Server::start();
    let alice = server.user("alice", &allowing("sts:AssumeRole"));
    let role = server.role(
        "app",
        &json!({"AWS": crate::harness::ACCOUNT}),
        &allowing("iam:ListUsers"),
    );
    let session = server.assume(&alice, &role, "old");
    thread::sleep(Duration::from_millis(1100)); // the time of issue counts whole seconds
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let deny = policy(&json!([{
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": now.to_string()}},
    }]));
    let revoke = [
        ("RoleName", "app"),
        ("PolicyName", "AWSRevokeOlderSessions"),
        ("PolicyDocument", deny.as_str()),
    ];
    strictly(&server, list_users(&server, &session), "AccessDenied", || {
        iam(&server, "PutRolePolicy", &revoke);
    });
    let fresh = server.assume(&alice, &role, "new");
    server.iam(&fresh, "ListUsers", &[]).ok();
}
