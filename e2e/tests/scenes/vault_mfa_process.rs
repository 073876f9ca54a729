//! `mfa_process`: a program that may ask a person, and so runs when nobody else asks.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::harness::{
    ACCOUNT, Output, PASSPHRASE, Server, Workstation, cli_binary, clients_directory, profile_at, tool,
    venv_binary,
};

/// Writes that it runs, and whether another one does; asks on the terminal, and prints what was typed.
const ASKS: &str = "#!/bin/sh
mkdir \"$HOME/asking\" || echo overlap >> \"$HOME/calls\"
echo called >> \"$HOME/calls\"
printf 'Your code: ' > /dev/tty
read code < /dev/tty
rmdir \"$HOME/asking\"
echo \"$code\"
";

fn with_program(config: &str) -> Workstation {
    let workstation = Workstation::new(&config.replace("PROGRAM", "\"$HOME/asks\""));
    let program = workstation.home().join("asks");
    fs::write(&program, ASKS).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    workstation
}

fn on_a_terminal(workstation: &Workstation, answers: &serde_json::Value, script: &str) -> Output {
    let script = script.replace("OWN", &cli_binary().display().to_string());
    let program = clients_directory().join("terminal.py").display().to_string();
    let words = [program.as_str(), &answers.to_string(), "/bin/sh", "-c", &script];
    Output::of(&mut workstation.command(&venv_binary("python"), &words))
}

fn calls(workstation: &Workstation) -> String {
    fs::read_to_string(workstation.home().join("calls")).unwrap_or_default()
}

#[test]
fn twenty_processes_at_once_run_it_once() {
    let server = Server::start();
    let everything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let alice = server.user("alice", &everything);
    let device = server.authenticator(&server.root(), "phone");
    server.enable(&server.root(), "alice", &device);
    let role = server.role("one", &json!({"AWS": ACCOUNT}), &everything);
    let serial = format!("mfa_serial = {}\nmfa_process = PROGRAM", device.serial);
    let config = [
        profile_at(&server.url(), "j", &serial),
        profile_at(
            &server.url(),
            "one",
            &format!("{serial}\nsource_profile = j\nrole_arn = {role}"),
        ),
    ];
    let workstation = with_program(&config.concat());
    workstation.add("j", &alice);
    let script = "i=0; while [ $i -lt 20 ]; do i=$((i+1)); OWN exec one -- echo \"done $i.\" & done; wait";
    let answers = json!([["Your code: ", device.answer(), false]]);
    let output = on_a_terminal(&workstation, &answers, script);
    for number in 1..=20 {
        assert!(output.stdout.contains(&format!("done {number}.")), "{output:?}");
    }
    assert_eq!(calls(&workstation), "called\n");
}

/// Profiles with keys of their own and nobody who answers at their endpoints.
fn profiles(settings: &[(&str, &str)]) -> String {
    let profile = |(name, settings): &(&str, &str)| {
        let keys = "aws_access_key_id = AKIA\naws_secret_access_key = s";
        profile_at(
            "http://127.0.0.1:9",
            name,
            &format!("{keys}\nmfa_serial = arn:{name}\n{settings}"),
        )
    };
    settings.iter().map(profile).collect()
}

#[test]
fn it_asks_when_no_other_process_asks_on_the_terminal() {
    let config = profiles(&[
        ("a", "mfa_process = PROGRAM"),
        ("b", "mfa_process = PROGRAM"),
        ("c", "mfa_process = PROGRAM"),
        ("typed", ""),
    ]);
    let workstation = with_program(&config);
    let script = "for name in a b c typed; do OWN exec $name -- true & done; wait";
    // Whichever of them comes first: none asks before the other has its answer.
    let answers = json!([
        ["ode", "1", false],
        ["ode", "2", false],
        ["ode", "3", false],
        ["ode", "4", false]
    ]);
    let output = on_a_terminal(&workstation, &answers, script);
    assert_eq!(calls(&workstation), "called\n".repeat(3), "{output:?}");
    let refused = output.stdout.matches("has six digits; nothing was sent").count();
    assert_eq!(refused, 4, "{output:?}");
}

#[test]
fn it_may_be_this_program_which_asks_in_its_turn() {
    let own = cli_binary().display().to_string();
    let process = format!("mfa_process = {own} mfa code b");
    let workstation = Workstation::new(&profiles(&[("a", &process), ("b", "")]));
    let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    workstation.piped(seed, &["mfa", "add", "b"]).text();
    let script = format!("unset KAGIBAN_FILE_PASSPHRASE; '{own}' exec a -- true");
    let answers = json!([["vault.age: ", PASSPHRASE, true]]);
    let output = on_a_terminal(&workstation, &answers, &script);
    // The code has come, and was to be sent.
    assert!(
        output.code == 4 && output.stdout.contains("127.0.0.1:9"),
        "{output:?}"
    );
}

/// As with `docker exec`: getsid(2) says 0 there.
#[test]
fn it_runs_in_a_container_that_did_not_begin_the_session() {
    let workstation = Workstation::new(&profiles(&[("a", "mfa_process = echo 123456")]));
    let trial = ["--pid", "--fork", "--mount-proc", "true"];
    if Output::of(&mut workstation.command(&tool("unshare"), &trial)).code != 0 {
        eprintln!("SKIPPED: this machine lets no PID namespace be made");
        return;
    }
    let own = cli_binary().display().to_string();
    let inside = ["--pid", "--fork", "--mount-proc", &own];
    let words = [&inside[..], &["exec", "a", "--", "true"]].concat();
    let output = Output::of(&mut workstation.command(&tool("unshare"), &words));
    // It has the code, and nobody is there to take it.
    assert!(
        output.code == 4 && output.stderr.contains("cannot be reached"),
        "{output:?}"
    );
}
