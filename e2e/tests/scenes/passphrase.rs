//! A store sealed with a passphrase opens with that one only.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::harness::{Server, Stopped};

const RIGHT: &str = "correct horse battery staple";

fn file(directory: &Path, name: &str, passphrase: &str) -> PathBuf {
    let file = directory.join(name);
    fs::write(&file, passphrase).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

fn start(stopped: Stopped, file: &Path) -> Server {
    let command = stopped.command_with_passphrase(file);
    stopped.start_with(command)
}

#[test]
fn a_store_opens_with_its_own_passphrase_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let right = file(directory.path(), "right", RIGHT);
    let server = start(Stopped::new(), &right);
    server.put("/app/password", "s3cr3t", None);

    let stopped = server.stop();
    let wrong = file(directory.path(), "wrong", "wrong horse battery staple");
    let command = stopped.command_with_passphrase(&wrong);
    let Err((stopped, said)) = stopped.try_start_with(command) else {
        panic!("the server started with a wrong passphrase")
    };
    assert!(said.contains("passphrase"), "{said}");
    assert!(!said.contains("horse"), "{said}");

    let server = start(stopped, &right);
    let got = server
        .call(
            &server.root(),
            "AmazonSSM.GetParameter",
            &serde_json::json!({"Name": "/app/password", "WithDecryption": true}),
        )
        .ok()
        .json();
    assert_eq!(got["Parameter"]["Value"], "s3cr3t");
    assert!(!server.log().contains("horse"));
}

#[test]
fn a_passphrase_that_others_may_read_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let open = file(directory.path(), "open", RIGHT);
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
    let stopped = Stopped::new();
    let command = stopped.command_with_passphrase(&open);
    let Err((_, said)) = stopped.try_start_with(command) else {
        panic!("the server took a passphrase that everybody may read")
    };
    assert!(said.contains("0644"), "{said}");
}
