//! Scene 4: git over ssh with a key that lives in the Parameter Store and in the agent's memory only.

use std::fs;
use std::path::PathBuf;

use crate::harness::{GitHost, Output, Server, files_with, tool};

/// The shell function as a user keeps it in his profile, and what he then types.
const CLONE: &str = r#"
set -eu
ssh_key_from_parameter_store() {
    aws ssm get-parameter --name "$1" --with-decryption --output text --query Parameter.Value | ssh-add -q -
}

eval "$(ssh-agent -s)" >/dev/null
trap 'ssh-agent -k >/dev/null' EXIT
ssh_key_from_parameter_store ssh-key
ssh-add -l
git clone --quiet "$REPOSITORY" "$HOME/clone"
"#;

#[test]
fn git_clones_over_ssh_with_a_key_that_never_touches_the_disk() {
    let server = Server::start();
    let git_host = GitHost::start(&server.scratch("git-host"));
    let key = git_host.authorize_new_key();
    let put = [
        "ssm",
        "put-parameter",
        "--name",
        "ssh-key",
        "--type",
        "SecureString",
        "--value",
        &key,
    ];
    server.aws_json(&server.root(), &put);

    let mut shell = server.client(&server.root(), &tool("sh"));
    shell
        .args(["-c", CLONE])
        .env("REPOSITORY", git_host.url())
        .env("GIT_SSH_COMMAND", git_host.ssh_command());
    let output = Output::of(&mut shell);

    assert_eq!(output.code, 0, "{output:?}\n{}", git_host.log());
    assert!(output.stdout.contains("(ED25519)"), "{output:?}");
    let home = server.scratch("home");
    assert_eq!(
        fs::read_to_string(home.join("clone/README")).unwrap(),
        "cloned over ssh\n"
    );
    let body = key.lines().nth(1).expect("a private key has lines").as_bytes();
    assert_eq!(files_with(&home, body), Vec::<PathBuf>::new());
    assert_eq!(files_with(&server.data(), body), Vec::<PathBuf>::new());
}
