//! `kagiban ssh-agent`: keys that no file has, for one command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::harness::{
    Credentials, GitHost, Output, Server, cli_binary, clients_directory, files_with, tool, venv_binary,
};

const CLONE: &str = r#"git clone --quiet "$REPOSITORY" "$HOME/$1""#;
/// Where the agent was while it lived.
const WHERE: &str = r#"stat -c '%a' "$SSH_AUTH_SOCK" "$(dirname "$SSH_AUTH_SOCK")"; echo "$SSH_AUTH_SOCK""#;

fn agent(server: &Server, who: &Credentials, arguments: &[&str]) -> Command {
    let mut command = server.client(who, &cli_binary());
    command.arg("ssh-agent").args(arguments);
    command
}

/// Clones into the home directory's `name` with the agent that these words start.
fn assert_clones(server: &Server, host: &GitHost, source: &[&str], name: &str) {
    let words = [source, &["--", "sh", "-c", CLONE, "sh", name]].concat();
    let mut command = agent(server, &server.root(), &words);
    command
        .env("REPOSITORY", host.url())
        .env("GIT_SSH_COMMAND", host.ssh_command());
    let output = Output::of(&mut command);
    assert_eq!(output.code, 0, "{source:?}: {output:?}\n{}", host.log());
    let readme = server.scratch("home").join(name).join("README");
    assert_eq!(fs::read_to_string(readme).unwrap(), "cloned over ssh\n");
}

fn kms_key(server: &Server, spec: &str) -> String {
    let body = json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"});
    let made = server
        .call(&server.root(), "TrentService.CreateKey", &body)
        .ok()
        .json();
    made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

/// A private key and its public line; no file is left.
fn new_key(directory: &Path, kind: &[&str], passphrase: &str) -> (String, String) {
    let path = directory.join("new");
    let mut keygen = Command::new(tool("ssh-keygen"));
    keygen
        .arg("-q")
        .args(kind)
        .args(["-N", passphrase, "-C", "e2e", "-f"])
        .arg(&path);
    Output::of(&mut keygen).text();
    let public = path.with_extension("pub");
    let both = (
        fs::read_to_string(&path).unwrap(),
        fs::read_to_string(&public).unwrap(),
    );
    fs::remove_file(path).unwrap();
    fs::remove_file(public).unwrap();
    both
}

#[test]
fn git_clones_with_keys_from_secure_strings_that_no_file_has() {
    let server = Server::start();
    let host = GitHost::start(&server.scratch("git-host"));
    let key = server.key();
    let kinds: [(&str, &[&str]); 5] = [
        ("ed25519", &["-t", "ed25519"]),
        ("p256", &["-t", "ecdsa", "-b", "256"]),
        ("p384", &["-t", "ecdsa", "-b", "384"]),
        ("p521", &["-t", "ecdsa", "-b", "521"]),
        ("rsa", &["-t", "rsa", "-b", "2048"]),
    ];
    for (name, kind) in kinds {
        let (private, public) = new_key(&server.scratch("keys"), kind, "");
        let parameter = format!("/keys/{name}");
        server.put(&parameter, private.trim_end(), Some(&key));
        host.authorize(&public);
        let printed = agent(
            &server,
            &server.root(),
            &["--param", &parameter, "--print-public-key"],
        );
        assert_eq!(Output::of(&mut { printed }).text(), public.trim_end());
        assert_clones(&server, &host, &["--param", &parameter], name);
        let body = private.lines().nth(1).unwrap().as_bytes();
        assert_eq!(files_with(&server.scratch("home"), body), Vec::<PathBuf>::new());
    }
}

#[test]
fn git_clones_with_keys_of_kms_that_never_leave_it() {
    let server = Server::start();
    let host = GitHost::start(&server.scratch("git-host"));
    for spec in [
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "RSA_2048",
        "ECC_NIST_EDWARDS25519",
    ] {
        let key = kms_key(&server, spec);
        let printed = agent(&server, &server.root(), &["--kms", &key, "--print-public-key"]);
        host.authorize(&Output::of(&mut { printed }).text());
        assert_clones(&server, &host, &["--kms", &key], spec);
    }
}

#[test]
fn a_signed_file_is_verified_by_ssh_keygen() {
    let server = Server::start();
    let directory = server.scratch("signing");
    let sign = r#"ssh-add -L > "$D/key.pub" && ssh-keygen -q -Y sign -n file -f "$D/key.pub" "$D/file""#;
    for spec in ["ECC_NIST_P256", "RSA_2048"] {
        let key = kms_key(&server, spec);
        fs::write(directory.join("file"), "signed").unwrap();
        let mut command = agent(&server, &server.root(), &["--kms", &key, "--", "sh", "-c", sign]);
        let signed = Output::of(command.env("D", &directory));
        assert_eq!(signed.code, 0, "{spec}: {signed:?}");
        let public = fs::read_to_string(directory.join("key.pub")).unwrap();
        fs::write(directory.join("allowed"), format!("me@example.com {public}")).unwrap();
        let verify =
            r#"ssh-keygen -Y verify -n file -I me@example.com -f "$D/allowed" -s "$D/file.sig" < "$D/file""#;
        let verified = Output::of(Command::new("sh").env("D", &directory).args(["-c", verify]));
        assert_eq!(verified.code, 0, "{spec}: {verified:?}");
        fs::remove_file(directory.join("file.sig")).unwrap();
    }
}

#[test]
fn git_signs_commits_with_keys_of_kms_and_verifies_them() {
    let server = Server::start();
    let directory = server.scratch("commits");
    let script = r#"set -e
        cd "$D"; rm -rf work; ssh-add -L > key.pub; echo "me@example.com $(cat key.pub)" > allowed
        git init -q work; cd work
        git config user.name me; git config user.email me@example.com; git config gpg.format ssh
        git config user.signingkey "$D/key.pub"; git config gpg.ssh.allowedSignersFile "$D/allowed"
        git commit -q --allow-empty -S -m signed
        git verify-commit HEAD 2>&1"#;
    for spec in ["ECC_NIST_P256", "ECC_NIST_EDWARDS25519", "RSA_2048"] {
        let key = kms_key(&server, spec);
        let mut command = agent(
            &server,
            &server.root(),
            &["--kms", &key, "--", "sh", "-c", script],
        );
        let verified = Output::of(command.env("D", &directory));
        let told = "Good \"git\" signature for me@example.com";
        assert!(
            verified.code == 0 && verified.stdout.contains(told),
            "{spec}: {verified:?}"
        );
    }
}

#[test]
fn the_socket_is_this_users_and_gone_with_the_command() {
    let server = Server::start();
    let key = kms_key(&server, "ECC_NIST_P256");
    let script = format!("{WHERE}; exit 9");
    let output = Output::of(&mut agent(
        &server,
        &server.root(),
        &["--kms", &key, "--", "sh", "-c", &script],
    ));
    assert_eq!(output.code, 9, "{output:?}");
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines[..2], ["600", "700"]);
    assert!(!Path::new(lines[2]).parent().unwrap().exists(), "{output:?}");
}

#[test]
fn without_a_yes_nothing_is_signed() {
    let server = Server::start();
    let directory = server.scratch("signing");
    let key = kms_key(&server, "ECC_NIST_P256");
    fs::write(directory.join("file"), "unsigned").unwrap();
    let sign = r#"ssh-add -L > "$D/key.pub" && ssh-keygen -q -Y sign -n file -f "$D/key.pub" "$D/file""#;
    // In a session of its own there is no terminal to ask on.
    let mut command = server.client(&server.root(), &tool("setsid"));
    command.args(["--wait"]).arg(cli_binary());
    command.args(["ssh-agent", "--kms", &key, "--confirm", "--", "sh", "-c", sign]);
    let output = Output::of(command.env("D", &directory));
    assert_ne!(output.code, 0, "{output:?}");
    assert!(output.stderr.contains("nothing is signed"), "{output:?}");
    assert!(!directory.join("file.sig").exists());
}

#[test]
fn a_key_with_a_passphrase_opens_by_a_parameter_or_a_person() {
    let server = Server::start();
    let host = GitHost::start(&server.scratch("git-host"));
    let key = server.key();
    for (name, kind) in [
        ("ed25519", &["-t", "ed25519"][..]),
        ("p521", &["-t", "ecdsa", "-b", "521"]),
    ] {
        let (private, public) = new_key(&server.scratch("keys"), kind, "canary passphrase");
        server.put("/keys/locked", &private, Some(&key));
        server.put("/keys/passphrase", "canary passphrase", Some(&key));
        host.authorize(&public);
        let source = [
            "--param",
            "/keys/locked",
            "--passphrase-param",
            "/keys/passphrase",
        ];
        assert_clones(&server, &host, &source, name);
    }
    server.put("/keys/passphrase", "hunter2", Some(&key));
    let words = [
        "--param",
        "/keys/locked",
        "--passphrase-param",
        "/keys/passphrase",
        "--",
        "true",
    ];
    let output = Output::of(&mut agent(&server, &server.root(), &words));
    assert!(
        output.code == 2 && output.stderr.contains("the passphrase is wrong"),
        "{output:?}"
    );

    // On a terminal, the second try is right.
    let question = "Passphrase of /keys/locked: ";
    let answers = json!([[question, "wrong", true], [question, "canary passphrase", true]]);
    let program = clients_directory().join("terminal.py");
    let mut command = server.client(&server.root(), &venv_binary("python"));
    command.arg(program).arg(answers.to_string()).arg(cli_binary());
    command.args(["ssh-agent", "--param", "/keys/locked", "--", "ssh-add", "-L"]);
    let output = Output::of(command.env("TERM", "xterm"));
    assert!(
        output.code == 0 && output.stdout.contains("ecdsa-sha2-nistp521"),
        "{output:?}"
    );
    assert!(!output.stdout.contains("canary"), "{output:?}");
}

#[test]
fn keys_are_loaded_into_the_agent_that_runs_already() {
    let server = Server::start();
    let host = GitHost::start(&server.scratch("git-host"));
    let key = server.key();
    let kinds: [(&str, &[&str]); 3] = [
        ("ed25519", &["-t", "ed25519"]),
        ("p521", &["-t", "ecdsa", "-b", "521"]),
        ("rsa", &["-t", "rsa", "-b", "2048"]),
    ];
    let running = r#"eval "$(ssh-agent -s)" >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT; "#;
    for (name, kind) in kinds {
        let (private, public) = new_key(&server.scratch("keys"), kind, "");
        let parameter = format!("/keys/{name}");
        server.put(&parameter, &private, Some(&key));
        host.authorize(&public);
        let script =
            format!(r#"{running} "$KAGIBAN" ssh-agent --param {parameter} --load && ssh-add -L && {CLONE}"#);
        let mut command = server.client(&server.root(), "/bin/sh".as_ref());
        command
            .env("KAGIBAN", cli_binary())
            .env("REPOSITORY", host.url())
            .env("GIT_SSH_COMMAND", host.ssh_command())
            .args(["-c", &script, "sh", name]);
        let output = Output::of(&mut command);
        assert_eq!(output.code, 0, "{name}: {output:?}\n{}", host.log());
        assert!(output.stdout.contains(public.trim_end()), "{output:?}");
        assert!(output.stderr.contains("the agent has e2e (SHA256:"), "{output:?}");
    }
    // A key that is bound is gone after its time, and the agent says so.
    let script = format!(
        r#"{running} "$KAGIBAN" ssh-agent --param /keys/ed25519 --load --lifetime 1s
        until ssh-add -L | grep -q 'no identities'; do sleep 0.1; done; echo gone"#
    );
    let mut command = server.client(&server.root(), "/bin/sh".as_ref());
    let output = Output::of(command.env("KAGIBAN", cli_binary()).args(["-c", &script]));
    assert_eq!(output.stdout, "gone\n", "{output:?}");
}

#[test]
fn keys_that_cannot_be_used_are_refused_with_the_reason_and_unseen() {
    let server = Server::start();
    let key = server.key();
    let (locked, _) = new_key(&server.scratch("keys"), &["-t", "ed25519"], "a passphrase");
    let (open, _) = new_key(&server.scratch("keys"), &["-t", "ed25519"], "");
    server.put("/keys/locked", &locked, Some(&key));
    server.put("/keys/open", &open, None);
    server.put("/keys/none", "hunter2", Some(&key));
    let symmetric = server.key();
    for (words, told) in [
        (["--param", "/keys/locked"], "passphrase"),
        (["--param", "/keys/open"], "SecureString"),
        (["--param", "/keys/none"], "OpenSSH"),
        (["--param", "/keys/absent"], "ParameterNotFound"),
        (["--kms", &symmetric], ""),
    ] {
        let output = Output::of(&mut agent(
            &server,
            &server.root(),
            &[&words[..], &["--", "echo", "started"]].concat(),
        ));
        assert_ne!(output.code, 0, "{output:?}");
        assert_eq!(output.stdout, "");
        assert!(output.stderr.contains(told), "{told}: {output:?}");
        assert!(!output.stderr.contains("hunter2"), "{output:?}");
    }
}
