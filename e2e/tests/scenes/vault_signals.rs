//! Signals while something is typed unseen: the terminal is as it was before, whatever they do.

use serde_json::{Value, json};

use crate::harness::{
    Output, PASSPHRASE, Server, Workstation, cli_binary, clients_directory, profile_at, venv_binary,
};

/// Waits until the terminal does not echo, as somebody who looks at it from beside.
const UNSEEN: &str = "until stty -a | grep -q ' -echo '; do sleep 0.02; done";

/// Waits until the process does nothing any more, and looks whether the terminal echoes by then.
const STOPPED: &str =
    "until grep -q '^State:.T' /proc/$!/status; do sleep 0.02; done; stty -a | grep -q ' echo '";

/// What `bash` shows of a script on a terminal; `OWN` in it asks for the passphrase of a key's store.
fn shown(answers: &Value, script: &str) -> Output {
    let workstation = Workstation::new("");
    let lines = "AKIAIOSFODNN7EXAMPLE\nsecret\n";
    workstation.piped(lines, &["add", "a"]).text();
    shown_on(&workstation, answers, script)
}

fn shown_on(workstation: &Workstation, answers: &Value, script: &str) -> Output {
    let script = script.replace(
        "OWN",
        &format!("'{}' exec --expose-long-lived-key", cli_binary().display()),
    );
    let program = clients_directory().join("terminal.py").display().to_string();
    let words = [program.as_str(), &answers.to_string(), "/bin/bash", "-c", &script];
    let mut command = workstation.command(&venv_binary("python"), &words);
    Output::of(command.env_remove("KAGIBAN_FILE_PASSPHRASE").env("TERM", "xterm"))
}

fn answered() -> Value {
    json!([["vault.age: ", PASSPHRASE, true]])
}

#[track_caller]
fn assert_sane(output: &Output) {
    let words: Vec<&str> = output.stdout.split([' ', ';', '\r', '\n']).collect();
    for word in ["echo", "icanon", "isig", "iexten"] {
        assert!(words.contains(&word), "{word} is off: {output:?}");
    }
}

#[test]
fn a_signal_that_ends_it_leaves_the_terminal_as_it_was() {
    for (name, number) in [("TERM", 15), ("HUP", 1), ("QUIT", 3)] {
        let script = format!(
            "ulimit -c 0; env --default-signal=QUIT OWN a -- printf 'gi%s' ven & {UNSEEN}; kill -{name} $!; wait $!; echo \"ended $?.\"; stty -a"
        );
        let output = shown(&json!([]), &script);
        let ended = format!("ended {}.", 128 + number);
        assert!(output.stdout.contains(&ended), "{output:?}");
        assert!(!output.stdout.contains("given"), "{output:?}");
        assert_sane(&output);
    }
}

#[test]
fn what_is_typed_after_it_was_stopped_is_not_shown_either() {
    // By a signal that it hears, and by one that it does not: then a shell puts the terminal right.
    let script = format!(
        "OWN a -- true & {UNSEEN}; kill -TSTP $!; {STOPPED} && echo seen; kill -CONT $!; {UNSEEN}
         kill -STOP $!; stty echo icanon; kill -CONT $!; {UNSEEN}; echo 'Now: '; wait $!; echo \"ended $?.\"; stty -a"
    );
    let output = shown(&json!([["Now: ", PASSPHRASE, true]]), &script);
    assert!(output.stdout.contains("ended 0."), "{output:?}");
    assert!(!output.stdout.contains(PASSPHRASE), "{output:?}");
    assert!(output.stdout.contains("seen"), "{output:?}");
    assert_eq!(
        output.stdout.matches("vault.age: ").count(),
        2,
        "it is asked again: {output:?}"
    );
    assert_sane(&output);
}

#[test]
fn a_signal_that_is_ignored_stays_so_for_the_command_as_well() {
    let script = "trap '' HUP
        (until stty -a </dev/tty | grep -q ' -echo '; do sleep 0.02; done; kill -HUP $$; echo 'Now: ') &
        exec OWN a -- bash -c 'kill -HUP $$; echo went on'";
    let output = shown(&json!([["Now: ", PASSPHRASE, true]]), script);
    assert!(output.stdout.contains("went on"), "{output:?}");
}

#[test]
fn after_a_question_signals_do_what_they_did() {
    // The command takes the place of who has asked.
    let script = "OWN a -- bash -c 'kill -TERM $$'; echo \"ended $?.\"";
    let output = shown(&answered(), script);
    assert!(output.stdout.contains("ended 143."), "{output:?}");
    // Or runs beside it, and gets what is sent to that.
    let server = Server::start();
    let everything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let workstation = Workstation::new(&profile_at(&server.url(), "a", ""));
    workstation.add("a", &server.user("alice", &everything));
    let script = format!(
        "'{}' exec --server a -- bash -c 'trap \"echo heard; exit 3\" TERM; kill -TERM $PPID; while :; do sleep 0.02; done'
         echo \"ended $?.\"",
        cli_binary().display()
    );
    let output = shown_on(&workstation, &answered(), &script);
    assert!(
        output.stdout.contains("heard") && output.stdout.contains("ended 3."),
        "{output:?}"
    );
}

#[test]
fn the_rest_of_what_is_too_long_is_not_shown() {
    let pasted = format!("{}\nsecret's rest", "x".repeat(20_000));
    let output = shown(
        &json!([["vault.age: ", pasted, true]]),
        "OWN a -- true; echo \"ended $?.\"; stty -a",
    );
    assert!(output.stdout.contains("too long"), "{output:?}");
    assert!(
        !output.stdout.contains("xxx") && !output.stdout.contains("rest"),
        "{output:?}"
    );
    assert_sane(&output);
}
