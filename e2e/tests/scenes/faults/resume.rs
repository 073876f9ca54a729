//! The client's connections are cut, and it finds its credentials anew to come back: those of a role, those of
//! a process, which have ended meanwhile, and for a session that is encrypted.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{STATUS, begin, end, say, wait_for};
use crate::harness::{ACCOUNT, Dialogue, Link, Node, Stopped, agent_binary, cli_binary};

/// A document whose sessions are encrypted.
const ENCRYPTED: &str = "encrypted";

/// A node whose clients reach the server over a link that can be cut.
fn node(more: &[&str]) -> (Node, Link) {
    let stopped = Stopped::new();
    let link = Link::to(&stopped.authority());
    let mut serve = stopped.command();
    serve
        .args(["--stream-url", &format!("ws://{}", link.authority())])
        .args(more);
    (Node::of(stopped.start_with(serve), agent_binary()), link)
}

/// A user's home with a profile for each way to credentials; returns where the process counts its calls.
fn profiles(node: &Node) -> std::path::PathBuf {
    let server = &node.server;
    let anything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let trust = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let role = server.role("operator", &trust, &anything);
    let alice = server.user("alice", &anything);
    let directory = server.scratch("home").join(".aws");
    fs::create_dir_all(&directory).unwrap();
    let (process, calls) = (directory.join("process"), directory.join("calls"));
    let config = format!(
        "[profile role]\nsource_profile = base\nrole_arn = {role}\n\
         [profile process]\ncredential_process = {}\n",
        process.display()
    );
    let keys = format!(
        "[base]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        alice.access_key_id, alice.secret_access_key
    );
    fs::write(directory.join("config"), config).unwrap();
    fs::write(directory.join("credentials"), keys).unwrap();
    // Whoever asks is told that they end in two seconds: they have to be asked for again.
    let told = json!({
        "Version": 1, "AccessKeyId": alice.access_key_id, "SecretAccessKey": alice.secret_access_key,
        "Expiration": "END",
    });
    let script = format!(
        "#!/bin/sh\necho called >> {}\necho '{told}' | sed \"s/END/$(date -u -d '2 seconds' +%FT%TZ)/\"\n",
        calls.display()
    );
    fs::write(&process, script).unwrap();
    fs::set_permissions(&process, fs::Permissions::from_mode(0o700)).unwrap();
    calls
}

/// A document of sessions that are encrypted under a key.
fn encrypted(node: &Node) {
    let key = node.server.key();
    node.server.grant(
        "node",
        &json!([{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}]),
    );
    let content = json!({
        "schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"kmsKeyId": key},
    });
    let body = json!({"Name": ENCRYPTED, "DocumentType": "Session", "Content": content.to_string()});
    let root = node.server.root();
    node.server.call(&root, "AmazonSSM.CreateDocument", &body).ok();
}

/// `kagiban session start` as a profile, over the link.
fn session(node: &Node, link: &Link, profile: &str, more: &[&str]) -> Command {
    let mut command = node.server.client(&node.server.root(), &cli_binary());
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(name);
    }
    command
        .env("AWS_ENDPOINT_URL", format!("http://{}", link.authority()))
        .env("AWS_PROFILE", profile)
        .args(["session", "start", &node.id])
        .args(more);
    command
}

/// Cuts the link while somebody types; all of it arrives once it is mended.
fn cut_while_typing(node: &Node, link: &Link, commands: Vec<Command>) {
    let mut sessions: Vec<_> = commands.into_iter().map(Dialogue::start).collect();
    for session in &mut sessions {
        begin(session);
        say(session, 0..10);
        wait_for(session, 9);
    }
    link.cut();
    for session in &mut sessions {
        say(session, 10..20);
    }
    thread::sleep(Duration::from_millis(1500));
    for session in &sessions {
        let shown = session.shown();
        assert!(!shown.contains("got 10\r"), "it was cut: {shown}");
    }
    link.mend();
    for mut session in sessions {
        wait_for(&session, 19);
        say(&mut session, 20..30);
        wait_for(&session, 29);
        end(session, 30, STATUS);
    }
    node.nothing_stays();
}

#[test]
fn typing_goes_on_after_a_cut_whatever_the_credentials_come_from() {
    let (node, link) = node(&[]);
    let calls = profiles(&node);
    encrypted(&node);
    let commands = vec![
        session(&node, &link, "role", &[]),
        session(&node, &link, "process", &[]),
        session(&node, &link, "role", &["--document", ENCRYPTED]),
    ];
    cut_while_typing(&node, &link, commands);
    assert!(lines(&calls) >= 2, "what had ended was asked for again");
}

#[test]
fn typing_goes_on_after_a_cut_by_a_url_that_looks_presigned() {
    let (node, link) = node(&["--presigned-streams"]);
    profiles(&node);
    cut_while_typing(&node, &link, vec![session(&node, &link, "role", &[])]);
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).unwrap().lines().count()
}
