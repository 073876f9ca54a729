//! Stream URLs that look presigned, and such as are: who comes with a signature in the URL is held to it.

use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::harness::{Answer, Credentials, Dialogue, Node, Plugin, Request, Stopped, agent_binary, at};

const MINUTE: Duration = Duration::from_secs(60);

/// A node of a server whose stream URLs look presigned.
fn node() -> Node {
    let stopped = Stopped::new();
    let mut serve = stopped.command();
    serve.arg("--presigned-streams");
    Node::of(stopped.start_with(serve), agent_binary())
}

#[test]
fn all_clients_open_sessions_by_urls_that_look_presigned() {
    let node = node();
    let commands = [
        node.kagiban_session(&[]),
        node.session(Plugin::Ours, &[]),
        node.session(Plugin::Aws, &[]),
    ];
    for mut command in commands {
        // Without one that plugins could sign with, had they to.
        command.env("AWS_CONFIG_FILE", "/nowhere");
        let mut session = Dialogue::start(command);
        session.wait_for("$ ");
        session.say("echo product $((6*7)); exit\n");
        let (code, shown) = session.end();
        assert!(
            code == 0 && shown.contains("product 42"),
            "{shown}\n{}",
            node.log()
        );
    }
    // Nobody has signed: a right that a signature would ask for is not asked for.
    let start = json!([{"Effect": "Allow", "Action": "ssm:StartSession", "Resource": "*"}]);
    let carol = node.server.user("carol", &start);
    let mut session = Dialogue::start(node.kagiban_session_of(&carol, &[]));
    session.wait_for("$ ");
    session.say("exit 3\n");
    assert_eq!(session.end().0, 3);
}

#[test]
fn a_signature_in_the_url_that_is_changed_or_too_old_is_refused() {
    let node = node();
    let start = json!({"Target": node.id});
    let root = node.server.root();
    let started = node.server.call(&root, "AmazonSSM.StartSession", &start);
    let started = started.ok().json();
    let url = started["StreamUrl"].as_str().unwrap();
    let mark = "&X-Amz-Algorithm=AWS4-HMAC-SHA256";
    let authority = node.server.authority();
    let marked = url.strip_prefix(&format!("ws://{authority}")).expect(url);
    let plain = marked.strip_suffix(mark).expect(url);

    assert_eq!(open(&node, &Request::get(marked, &authority)).status, 101);
    let presigned = |who: &Credentials, time| {
        let mut signing = at(who, "ssmmessages");
        signing.time = time;
        Request::get(plain, &authority).presigned(&signing, MINUTE)
    };
    let good = presigned(&root, SystemTime::now());
    assert_eq!(open(&node, &good).status, 101);
    let mut longer = good.clone();
    longer.target = longer.target.replace("X-Amz-Expires=60", "X-Amz-Expires=600");
    let mut changed = good.clone();
    let last = if changed.target.ends_with('0') { "1" } else { "0" };
    changed.target.replace_range(changed.target.len() - 1.., last);
    let mut of_another = good.clone();
    of_another.target = of_another.target.replace("/root-", "/toor-");
    let late = presigned(&root, SystemTime::now() - 2 * MINUTE);
    for request in [longer, changed, of_another, late] {
        let refused = open(&node, &request);
        assert_eq!(refused.status, 403, "{request:?} {refused:?}");
        assert!(refused.body.contains("InvalidSignatureException"), "{refused:?}");
    }
    let stranger = node.server.user(
        "stranger",
        &json!([{"Effect": "Allow", "Action": "ssm:StartSession", "Resource": "*"}]),
    );
    let refused = open(&node, &presigned(&stranger, SystemTime::now()));
    assert_eq!(refused.status, 403, "{refused:?}");
    assert!(
        refused.body.contains("ssmmessages:OpenDataChannel"),
        "{refused:?}"
    );
    let session = started["SessionId"].as_str().unwrap();
    let end = json!({"SessionId": session});
    node.server.call(&root, "AmazonSSM.TerminateSession", &end).ok();
}

/// Asks for an upgrade.
fn open(node: &Node, request: &Request) -> Answer {
    let upgrade = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let request = upgrade
        .into_iter()
        .fold(request.clone(), |request, (name, value)| {
            request.with_header(name, value)
        });
    let mut connection = node.server.connect();
    connection.send(&request).expect("the server answers")
}
