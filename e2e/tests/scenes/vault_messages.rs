//! What a person is told when something is not as they thought, and what they are not told.

use serde_json::json;

use crate::harness::{Order, Output, PASSPHRASE, Relay, Workstation, profile_at};

const PLACE: &str = "region = eu-west-1\nendpoint_url = http://127.0.0.1:9\n";

#[test]
fn who_has_named_a_profile_is_not_told_to_name_one() {
    let settings = [
        ("nothing", ""),
        ("process", "credential_process = false"),
        ("login", "login_session = x"),
    ];
    let config = settings.map(|(name, settings)| format!("[profile {name}]\n{PLACE}{settings}\n"));
    let workstation = Workstation::new(&config.concat());
    for (name, _) in settings {
        for words in [
            &["exec", name, "--", "true"][..],
            &["--profile", name, "param", "list"],
        ] {
            let mut command = workstation.kagiban(words);
            let output = Output::of(command.env("PATH", "/usr/bin:/bin"));
            assert!(
                output.code == 4 && !output.stderr.contains("AWS_PROFILE"),
                "{output:?}"
            );
            assert!(
                name != "login" || output.stderr.contains("takes the AWS CLI 2"),
                "{output:?}"
            );
        }
    }
    let output = workstation.run(&["--endpoint-url", "http://127.0.0.1:9", "param", "list"]);
    let told = "kagiban: there are no credentials\n\
                hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE\n";
    assert!(output.code == 4 && output.stderr == told, "{output:?}");
}

#[test]
fn who_takes_a_profile_for_a_request_is_sent_to_the_other_explain() {
    let workstation = Workstation::new(&format!("[profile dev]\n{PLACE}"));
    let output = workstation.run(&["explain", "dev"]);
    assert!(
        output.code == 2 && output.stderr.contains("`kagiban profile explain dev`"),
        "{output:?}"
    );
    let output = workstation.run(&["explain", "other"]);
    assert!(
        output.code == 4 && !output.stderr.contains("profile explain"),
        "{output:?}"
    );
}

/// An STS that refuses, and profiles with a stored key, with the same in a file, and with a role.
fn refused(code: &str, message: &str) -> Workstation {
    let answer = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    let relay = Relay::before(None, move |_, _| Order::Answer(403, answer.clone()));
    let role = "source_profile = j\nrole_arn = arn:aws:iam::111122223333:role/admin";
    let config = [
        profile_at(&relay.url(), "j", ""),
        profile_at(&relay.url(), "role", role),
        profile_at(
            &relay.url(),
            "file",
            "aws_access_key_id = AKIA\naws_secret_access_key = s",
        ),
    ];
    let workstation = Workstation::new(&config.concat());
    workstation
        .piped("AKIAIOSFODNN7EXAMPLE\nsecret\n", &["add", "j"])
        .text();
    workstation
}

#[test]
fn a_key_that_sts_does_not_know_any_more_is_named_with_what_to_do() {
    let hint = "hint: the key of profile `j` was deleted or replaced; `kagiban add j` stores another\n";
    for code in ["InvalidClientTokenId", "SignatureDoesNotMatch"] {
        let workstation = refused(code, "because");
        for (profile, is_told) in [("j", true), ("role", true), ("file", false)] {
            let output = workstation.run(&["exec", profile, "--", "true"]);
            assert!(output.code == 4 && output.stderr.contains(code), "{output:?}");
            assert_eq!(output.stderr.ends_with(hint), is_told, "{output:?}");
        }
    }
    let workstation = refused("SignatureDoesNotMatch", "Signature expired: it is late");
    let output = workstation.run(&["exec", "j", "--", "true"]);
    assert!(!output.stderr.contains("kagiban add"), "{output:?}");
}

#[test]
fn a_role_that_does_not_last_so_long_is_named() {
    let said = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    let workstation = refused("ValidationError", said);
    let output = workstation.run(&["exec", "-d", "12h", "role", "--", "true"]);
    assert!(output.code == 4 && output.stderr.contains(said), "{output:?}");
    let hint = "hint: the role arn:aws:iam::111122223333:role/admin of profile `role` was asked for 12 h";
    assert!(output.stderr.contains(hint), "{output:?}");
}

#[test]
fn a_wrong_passphrase_is_said_to_be_so_before_the_next_try() {
    let workstation = refused("x", "x");
    let question = "vault.age: ";
    let answers = json!([[question, "wrong", true], [question, PASSPHRASE, true]]);
    let words = ["exec", "--expose-long-lived-key", "j", "--", "echo", "done."];
    let mut command = workstation.on_a_terminal(&answers, &words);
    let output = Output::of(command.env_remove("KAGIBAN_FILE_PASSPHRASE"));
    assert!(output.code == 0 && output.stdout.contains("done."), "{output:?}");
    assert_eq!(output.stdout.matches("that is not it").count(), 1, "{output:?}");
}

#[test]
fn a_prompt_that_is_not_installed_is_named() {
    let keys = "aws_access_key_id = AKIA\naws_secret_access_key = s\nmfa_serial = arn:phone";
    let workstation = Workstation::new(&profile_at("http://127.0.0.1:9", "j", keys));
    let mut command = workstation.kagiban(&["exec", "--prompt", "zenity", "j", "--", "true"]);
    let output = Output::of(command.env("PATH", workstation.home()));
    assert!(
        output.code == 4 && output.stderr.contains("`zenity` is not found in PATH"),
        "{output:?}"
    );
}

#[test]
fn a_token_file_that_is_not_there_is_no_wrong_argument() {
    let settings = "role_arn = arn:aws:iam::111122223333:role/r\nweb_identity_token_file = /nowhere/token";
    let workstation = Workstation::new(&profile_at("http://127.0.0.1:9", "web", settings));
    let output = workstation.run(&["exec", "web", "--", "true"]);
    assert!(
        output.code == 4 && output.stderr.contains("/nowhere/token"),
        "{output:?}"
    );
}

#[test]
fn times_that_cannot_be_are_refused_in_words_of_our_own() {
    let workstation = refused("x", "x");
    for words in [["-d", "-1h"], ["--duration", "-1h"], ["--duration=-1h", "j"]] {
        let output = workstation.run(&[&["exec"], &words[..], &["--", "true"]].concat());
        assert!(
            output.code == 2 && output.stderr.contains("a duration looks like 12h"),
            "{output:?}"
        );
    }
    let output = workstation.run(&["store", "unlock", "--for", "0s"]);
    assert!(
        output.code == 2 && output.stderr.contains("it must last a while"),
        "{output:?}"
    );
    for (value, why) in [("soon", "a duration looks like"), ("0s", "it must last a while")] {
        let mut command = workstation.kagiban(&["exec", "-n", "j", "--", "true"]);
        let output = Output::of(command.env("KAGIBAN_UNLOCK_FOR", value));
        let told = format!("KAGIBAN_UNLOCK_FOR is `{value}`: {why}");
        assert!(output.code == 4 && output.stderr.contains(&told), "{output:?}");
    }
}

#[test]
fn debug_says_the_plan_as_people_do() {
    let workstation = refused("x", "x");
    let output = workstation.run(&["exec", "--debug", "role", "--", "true"]);
    let told = "kagiban: the plan: stored key of profile j; sts.AssumeRole arn:aws:iam::111122223333:role/admin, 1 h\n";
    assert!(output.stderr.contains(told), "{output:?}");
}
