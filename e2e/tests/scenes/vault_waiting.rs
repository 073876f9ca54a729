//! Behind another process's question: who wants nothing of its person does not wait for them.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::harness::{
    IdentityCenter, Order, Output, Relay, Workstation, cli_binary, clients_directory, profile_at, venv_binary,
};

/// An endpoint that gives sessions to whoever asks, for a profile with an MFA device.
fn place() -> (Relay, Workstation) {
    let relay = Relay::before(None, |_, _| {
        let answer = "<R><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                      <SessionToken>t</SessionToken><Expiration>2037-01-01T00:00:00Z</Expiration></Credentials></R>";
        Order::Answer(200, answer.to_owned())
    });
    let keys = "aws_access_key_id = AKIA\naws_secret_access_key = s\nmfa_serial = arn:phone";
    let workstation = Workstation::new(&profile_at(&relay.url(), "j", keys));
    (relay, workstation)
}

/// A shell's script on a terminal of its own, on which nothing is typed.
fn on_a_terminal(workstation: &Workstation, script: &str) -> Command {
    let program = clients_directory().join("terminal.py").display().to_string();
    let script = script.replace("OWN", &cli_binary().display().to_string());
    let words = [program.as_str(), "[]", "/bin/sh", "-c", &script];
    let mut command = workstation.command(&venv_binary("python"), &words);
    command.stdout(Stdio::piped());
    command
}

/// A process that asks, and gets no answer; killed in the end.
struct Asking {
    terminal: Child,
    process: rustix::process::Pid,
}

impl Asking {
    fn start(workstation: &Workstation, command: &mut Command) -> Asking {
        let terminal = command.stdout(Stdio::null()).spawn().unwrap();
        let mut process = None;
        wait_until("it asks", || {
            process = asker(workstation);
            process.is_some()
        });
        Asking {
            terminal,
            process: rustix::process::Pid::from_raw(process.unwrap()).unwrap(),
        }
    }
}

/// The process that says that it asks.
fn asker(workstation: &Workstation) -> Option<i32> {
    let locks = fs::read_dir(workstation.home().join("run/kagiban")).ok()?;
    let mut paths = locks.map(|entry| entry.unwrap().path());
    let note = paths.find(|path| path.extension().is_some_and(|extension| extension == "asks"))?;
    let text = fs::read_to_string(note).ok()?;
    text.split_once(' ')?.0.parse().ok()
}

impl Drop for Asking {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(self.process, rustix::process::Signal::KILL);
        let _ = self.terminal.wait();
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(
            since.elapsed() < Duration::from_secs(60),
            "not in a minute: {what}"
        );
        sleep(Duration::from_millis(5));
    }
}

const USE: [&str; 5] = ["exec", "j", "--", "printenv", "AWS_ACCESS_KEY_ID"];

#[test]
fn who_can_ask_nobody_is_refused_at_once_and_told_who_asks() {
    let (relay, workstation) = place();
    let _asking = Asking::start(
        &workstation,
        &mut on_a_terminal(&workstation, "OWN exec j -- true"),
    );
    let alone = workstation.run(&USE);
    assert_eq!(alone.code, 5, "{alone:?}");
    crate::harness::assert_matches(
        &alone.stderr,
        r"nobody can be asked here \(another `kagiban` \(process \d+\) is asking for one now\); run the same",
    );
    for script in ["OWN exec --no-input j -- true", "CI=1 OWN exec j -- true"] {
        let output = Output::of(&mut on_a_terminal(&workstation, script));
        assert!(
            output.code == 5 && output.stdout.contains("is asking for one now"),
            "{output:?}"
        );
    }
    assert!(relay.actions().is_empty());
}

#[test]
fn who_has_a_code_goes_on_and_who_waits_is_told_and_takes_what_came_meanwhile() {
    let (relay, workstation) = place();
    let asking = Asking::start(
        &workstation,
        &mut on_a_terminal(&workstation, "OWN exec j -- true"),
    );
    let script = "OWN exec j -- printenv AWS_ACCESS_KEY_ID 2> \"$HOME/said\"";
    let waiting = on_a_terminal(&workstation, script).spawn().unwrap();
    let said = || fs::read_to_string(workstation.home().join("said")).unwrap_or_default();
    wait_until("it is said who asks", || said().ends_with('\n'));
    crate::harness::assert_matches(
        &said(),
        r"^kagiban: another `kagiban` \(process \d+\) is asking; this one waits for it\n$",
    );
    let with_code = [&["exec", "--mfa-token", "123456"], &USE[1..]].concat();
    assert_eq!(workstation.run(&with_code).text(), "ASIA1");
    drop(asking);
    let waited = waiting.wait_with_output().unwrap();
    let shown = String::from_utf8(waited.stdout).unwrap();
    assert!(waited.status.success() && shown.contains("ASIA1"), "{shown}");
    assert!(!shown.contains("MFA code"), "{shown}");
    assert_eq!(relay.actions(), ["GetSessionToken"]);
}

#[test]
fn who_was_killed_while_it_asked_is_not_taken_for_asking() {
    let (_relay, workstation) = place();
    drop(Asking::start(
        &workstation,
        &mut on_a_terminal(&workstation, "OWN exec j -- true"),
    ));
    let output = workstation.run(&USE);
    assert!(
        output.code == 5 && !output.stderr.contains("is asking"),
        "{output:?}"
    );
}

#[test]
fn nobody_waits_for_another_ones_sign_in_who_could_not_sign_in() {
    let center = IdentityCenter::start();
    center.refuse(&["authorization_pending"; 200]);
    let config =
        "[profile reader]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Reader\n
[sso-session corp]\nsso_start_url = https://x.example/start\nsso_region = eu-west-1\n";
    let workstation = Workstation::new(config);
    let url = center.url();
    let variables = [
        ("AWS_ENDPOINT_URL_SSO", &url),
        ("AWS_ENDPOINT_URL_SSO_OIDC", &url),
    ];
    let mut command = on_a_terminal(&workstation, "OWN exec reader -- true");
    let _asking = Asking::start(&workstation, command.envs(variables));
    let mut alone = workstation.kagiban(&["exec", "reader", "--", "true"]);
    let output = Output::of(alone.envs(variables));
    assert!(
        output.code == 5
            && output
                .stderr
                .contains("is asking now); run `kagiban sso login reader`"),
        "{output:?}"
    );
}
