//! Questions on one terminal: one at a time, unseen where they shall be, and the terminal as it was before.

use serde_json::{Value, json};

use crate::harness::{Output, PASSPHRASE, Workstation, cli_binary, clients_directory, venv_binary};

/// What is shown when a shell runs a script on a terminal, without a passphrase in the environment.
fn shown(workstation: &Workstation, shell: &str, answers: &Value, script: &str) -> Output {
    let program = clients_directory().join("terminal.py").display().to_string();
    let words = [program.as_str(), &answers.to_string(), shell, "-c", script];
    let mut command = workstation.command(&venv_binary("python"), &words);
    Output::of(command.env_remove("KAGIBAN_FILE_PASSPHRASE").env("TERM", "xterm"))
}

fn with_a_key() -> Workstation {
    let workstation = Workstation::new("");
    workstation
        .piped("AKIAIOSFODNN7EXAMPLE\nsecret\n", &["add", "a"])
        .text();
    workstation
}

/// What `stty -a` says of a terminal that echoes, edits lines and makes signals of keys.
fn assert_sane(output: &Output) {
    let words: Vec<&str> = output.stdout.split([' ', ';', '\r', '\n']).collect();
    for word in ["echo", "icanon", "isig"] {
        assert!(words.contains(&word), "{word} is off: {output:?}");
    }
}

#[test]
fn an_interrupt_at_a_hidden_prompt_leaves_the_terminal_as_it_was() {
    let workstation = with_a_key();
    let own = cli_binary().display().to_string();
    let answers = json!([["vault.age: ", "secret so far\u{3}", true]]);
    // The shell minds the signal as well, but goes on to tell.
    let script = format!("trap : INT; '{own}' exec a -n -- true; echo \"ended $?.\"; stty -a");
    for shell in ["/bin/sh", "/bin/bash"] {
        let output = shown(&workstation, shell, &answers, &script);
        assert!(output.stdout.contains("ended 130."), "{output:?}");
        assert!(!output.stdout.contains("so far"), "{output:?}");
        assert_sane(&output);
    }
    // Without a trap, the script ends with its program.
    let script = format!("'{own}' exec a -n -- true; echo \"went on\"");
    let output = shown(&workstation, "/bin/sh", &answers, &script);
    assert!(!output.stdout.contains("went on"), "{output:?}");
}

#[test]
fn six_at_once_ask_one_after_the_other() {
    let workstation = with_a_key();
    let own = cli_binary().display().to_string();
    let script = format!(
        "for i in 1 2 3 4 5 6; do '{own}' exec a --expose-long-lived-key -- echo \"done $i.\" & done; wait; stty -a"
    );
    let question = json!(["vault.age: ", PASSPHRASE, true]);
    let answers = Value::Array(vec![question.clone(); 6]);
    let output = shown(&workstation, "/bin/sh", &answers, &script);
    for number in 1..=6 {
        assert!(output.stdout.contains(&format!("done {number}.")), "{output:?}");
    }
    assert_eq!(output.stdout.matches("vault.age: ").count(), 6, "{output:?}");
    assert!(!output.stdout.contains(PASSPHRASE), "{output:?}");
    assert_sane(&output);

    // Where it is remembered, the others need not ask.
    let script = format!("export KAGIBAN_UNLOCK_FOR=5m; {script}");
    let output = shown(&workstation, "/bin/sh", &json!([question]), &script);
    assert_eq!(output.stdout.matches("vault.age: ").count(), 1, "{output:?}");
    assert_eq!(output.stdout.matches("done ").count(), 6, "{output:?}");
    assert_sane(&output);
    workstation.run(&["store", "lock"]);
}

#[test]
fn two_devices_are_asked_about_one_after_the_other_and_only_codes_are_sent() {
    let profile = |name: &str| {
        format!(
            "[profile {name}]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:9\naws_access_key_id = AKIA\naws_secret_access_key = s\nmfa_serial = arn:{name}\n"
        )
    };
    let workstation = Workstation::new(&[profile("one"), profile("two")].concat());
    let own = cli_binary().display().to_string();
    let script = format!("'{own}' exec one -- true & '{own}' exec two -- true & wait");
    let answers = json!([
        ["Enter MFA code for arn:", "12345", false],
        ["Enter MFA code for arn:", "", false]
    ]);
    let output = shown(&workstation, "/bin/sh", &answers, &script);
    assert_eq!(
        output.stdout.matches("has six digits; nothing was sent").count(),
        2,
        "{output:?}"
    );
    let (_, after) = output.stdout.split_once("Enter MFA code for arn:").unwrap();
    let line = after.lines().next().unwrap();
    assert!(
        !line.contains("Enter"),
        "two questions stand in a line: {output:?}"
    );

    let script = format!("'{own}' exec one -- true");
    let output = shown(
        &workstation,
        "/bin/sh",
        &json!([["Enter MFA code", "\u{4}", false]]),
        &script,
    );
    assert!(
        output.code == 5
            && output
                .stdout
                .contains("nothing was answered to: Enter MFA code for arn:one"),
        "{output:?}"
    );
    let output = workstation.run(&["exec", "one", "--mfa-token", "12 456", "--", "true"]);
    assert!(
        output.code == 2 && output.stderr.contains("six digits"),
        "{output:?}"
    );
}
