//! A run that takes its time and must not be cut off in the middle, as Terraform's: a script in its place
//! holds a lock while it works, and gives it back when it is interrupted.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::harness::{ACCOUNT, Output, Server, Workstation, cli_binary, profile_at};

/// Locks its state, says its process number, works until it is interrupted, and unlocks.
const APPLY: &str = "#!/bin/sh
touch \"$HOME/lock\"
trap 'echo interrupted; rm \"$HOME/lock\"; exit 3' INT
trap 'echo ended; rm \"$HOME/lock\"; exit 4' TERM
echo $$
while :; do sleep 0.05; done
";

/// Who starts tests in the background has them ignore interrupts, which a shell could not trap then.
const LISTENING: [&str; 2] = ["env", "--default-signal=INT,QUIT"];

fn place() -> (Server, Workstation) {
    let server = Server::start();
    let everything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let alice = server.user("alice", &everything);
    let role = server.role("deployer", &json!({"AWS": ACCOUNT}), &everything);
    let settings = format!("source_profile = j\nrole_arn = {role}");
    let config = [
        profile_at(&server.url(), "j", ""),
        profile_at(&server.url(), "env1", &settings),
    ];
    let workstation = Workstation::new(&config.concat());
    workstation.add("j", &alice);
    let program = workstation.home().join("terraform");
    fs::write(&program, APPLY).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (server, workstation)
}

fn lock(workstation: &Workstation) -> PathBuf {
    workstation.home().join("lock")
}

/// Starts it, and returns what was started with the process number that the script says.
fn apply(workstation: &Workstation, flags: &[&str]) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let program = workstation.home().join("terraform").display().to_string();
    let words = [
        &["exec"],
        flags,
        &["env1", "--"],
        &LISTENING,
        &[&program, "apply"],
    ]
    .concat();
    let mut command = workstation.command(&cli_binary(), &words);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut pid = String::new();
    lines.read_line(&mut pid).unwrap();
    (child, lines, pid.trim().to_owned())
}

#[test]
fn an_interrupt_reaches_the_run_itself_and_it_cleans_up() {
    let (_server, workstation) = place();
    for (flags, is_in_place) in [
        (&[][..], true),
        (&["--server"], false),
        (&["--ec2-server"], false),
    ] {
        for (signal, said, code) in [(Signal::INT, "interrupted", 3), (Signal::TERM, "ended", 4)] {
            let (mut child, mut lines, pid) = apply(&workstation, flags);
            assert!(lock(&workstation).exists());
            assert_eq!(pid == child.id().to_string(), is_in_place, "{flags:?}");
            kill_process(Pid::from_child(&child), signal).unwrap();
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            assert_eq!(line.trim(), said, "{flags:?}");
            assert_eq!(child.wait().unwrap().code(), Some(code), "{flags:?}");
            assert!(!lock(&workstation).exists(), "{flags:?} {signal:?}");
        }
    }
}

#[test]
fn an_interrupt_at_the_terminal_ends_the_run_once() {
    let (_server, workstation) = place();
    let program = workstation.home().join("terraform").display().to_string();
    for flags in [&[][..], &["--server"]] {
        let words = [&["exec"], flags, &["env1", "--"], &LISTENING, &[&program]].concat();
        // What is typed is the terminal's interrupt, which it sends to all that is in front.
        let answers = json!([["\r\n", "\u{3}", false]]);
        let output = workstation.typed(&answers, &words);
        assert_eq!(output.code, 3, "{flags:?}: {output:?}");
        assert_eq!(output.stdout.matches("interrupted").count(), 1, "{output:?}");
        assert!(!lock(&workstation).exists());
    }
}

#[test]
fn the_credentials_outlive_the_run_or_say_when_they_end() {
    let (_server, workstation) = place();
    let words = [
        "exec",
        "-d",
        "1h",
        "env1",
        "--",
        "printenv",
        "AWS_CREDENTIAL_EXPIRATION",
    ];
    let ends = workstation.run(&words).text();
    // An hour, but for the seconds that starting takes.
    assert!(ends > crate::harness::iso(3000), "{ends}");
    assert!(ends <= crate::harness::iso(3600), "{ends}");
    let words = ["exec", "--server", "env1", "--", "printenv"];
    let output = Output::of(
        workstation
            .kagiban(&words)
            .env("AWS_CREDENTIAL_EXPIRATION", "stale"),
    );
    assert!(
        !output.text().contains("AWS_CREDENTIAL_EXPIRATION"),
        "they are renewed"
    );
}
