//! What the server insists on before it serves.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::harness::{Credentials, Output, Request, Server, Stopped};

#[test]
fn health_is_answered_without_credentials() {
    let server = Server::start();

    let answer = server
        .connect()
        .send(&Request::get("/healthz", &server.authority()))
        .unwrap();

    assert_eq!(answer.status, 200);
}

#[test]
fn without_a_given_root_key_one_is_made_and_written_for_its_owner_only() {
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command
        .env_remove("KAGIBAN_ROOT_ACCESS_KEY_ID")
        .env_remove("KAGIBAN_ROOT_SECRET_ACCESS_KEY");

    let server = stopped.start_with(command);

    let path = server.data().join("root.env");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(path).unwrap();
    let value = |name: &str| {
        let line = text
            .lines()
            .find(|line| line.contains(&format!("{name}=")))
            .expect("root.env has the line");
        line.split_once('=')
            .expect("found by its equals sign")
            .1
            .trim_matches(['"', '\''])
            .to_owned()
    };
    let made = Credentials {
        access_key_id: value("AWS_ACCESS_KEY_ID"),
        secret_access_key: value("AWS_SECRET_ACCESS_KEY"),
        session_token: None,
    };
    server
        .call(&made, "AmazonSSM.DescribeParameters", &json!({}))
        .ok();
    assert!(
        !server.log().contains(&made.secret_access_key),
        "the log is no place for the secret"
    );
}

#[test]
fn plain_http_is_for_loopback_only() {
    let stopped = Stopped::new();
    let mut command = stopped.command_for_every_interface();
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());

    let output = Output::of(&mut command);

    assert_ne!(output.code, 0);
    let said = output.stdout + &output.stderr;
    assert!(
        said.contains("--insecure-http"),
        "the message names the way out: {said}"
    );
}

#[test]
fn two_servers_do_not_share_a_store() {
    let server = Server::start();

    let mut rival = server.rival();
    rival
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let output = Output::of(&mut rival);

    assert_ne!(output.code, 0);
    assert!(!output.stderr.contains("panicked at"), "{output:?}");
    server.put("/a", "still served", None);
}

#[test]
fn a_store_whose_seal_key_is_lost_is_not_opened_with_a_new_one() {
    let server = Server::start();
    server.put("/a", "1", None);
    let stopped = server.stop();
    let key = fs::read(stopped.seal_key()).unwrap();
    fs::remove_file(stopped.seal_key()).unwrap();

    let Err((stopped, message)) = stopped.try_start() else {
        panic!("the server opened the store without its key")
    };
    assert!(
        message.contains("seal.key"),
        "the message names the file: {message}"
    );
    assert!(!message.contains("panicked at"), "{message}");

    fs::write(stopped.seal_key(), key).unwrap();
    fs::set_permissions(stopped.seal_key(), fs::Permissions::from_mode(0o600)).unwrap();
    let server = stopped.start();
    let read = server
        .call(&server.root(), "AmazonSSM.GetParameter", &json!({"Name": "/a"}))
        .ok()
        .json();
    assert_eq!(read["Parameter"]["Value"], "1");
}
