//! Commands without a profile: a person picks one, and nobody else is asked.

use serde_json::json;

use crate::harness::{ACCOUNT, Output, Server, Workstation, profile_at};

fn place() -> (Server, Workstation) {
    let server = Server::start();
    let everything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let alice = server.user("alice", &everything);
    let role = server.role("reader", &json!({"AWS": ACCOUNT}), &everything);
    let settings = format!("source_profile = alice\nrole_arn = {role}");
    let config = [
        profile_at(&server.url(), "alice", ""),
        profile_at(&server.url(), "reader", &settings),
        profile_at(&server.url(), "re-reader", &settings),
    ];
    let workstation = Workstation::new(&config.concat());
    workstation.add("alice", &alice);
    (server, workstation)
}

const QUESTION: &str = "Which profile? A number, or letters of its name";

#[test]
fn a_person_picks_by_number_or_by_letters() {
    let (_server, workstation) = place();
    let picked = |answers: &[&str], words: &[&str]| {
        let answers: Vec<_> = answers
            .iter()
            .map(|answer| json!([QUESTION, answer, false]))
            .collect();
        workstation.typed(&answers.into(), words)
    };
    let shown = ["exec", "--", "printenv", "AWS_VAULT"];
    for (answers, expected) in [
        (&["2"][..], "\nreader"),
        (&["ali"], "\nalice"),
        // Two sound like it; then one.
        (&["ead", "re-"], "\nre-reader"),
        (&["xyz", "READER"], "\nreader"),
    ] {
        let output = picked(answers, &shown);
        assert_eq!(output.code, 0, "{output:?}");
        let text = output.stdout.replace('\r', "");
        assert!(text.trim_end().ends_with(expected), "{answers:?}: {text}");
    }
    let output = picked(&["1"], &["export", "--format=json"]);
    assert!(
        output.code == 0 && output.stdout.contains("\"Version\": 1"),
        "{output:?}"
    );
    let output = picked(&["1"], &["rotate"]);
    assert!(
        output.code == 0 && output.stdout.contains("Rotated credentials"),
        "{output:?}"
    );
    let output = picked(&["reader"], &["login", "--stdout"]);
    assert!(
        output.code == 0 && output.stdout.contains("/federation?Action=login&"),
        "{output:?}"
    );
    let output = picked(&[""], &shown);
    assert!(
        output.code == 5 && output.stdout.contains("nothing was done"),
        "{output:?}"
    );
    for row in ["1  alice", "stored", "2  reader"] {
        assert!(output.stdout.contains(row), "{output:?}");
    }
}

#[test]
fn clear_takes_all_by_an_empty_answer() {
    let (_server, workstation) = place();
    let clear = |answer: &str| {
        workstation.run(&["exec", "alice", "--", "true"]).text();
        let answers = json!([[format!("{QUESTION}, or nothing for all"), answer, false]]);
        workstation.typed(&answers, &["clear"]).stdout
    };
    assert!(clear("alice").contains("Cleared 1 sessions."));
    assert!(clear("").contains("Cleared 1 sessions."));
    workstation.run(&["exec", "alice", "--", "true"]).text();
    assert_eq!(
        workstation.run(&["clear"]).text(),
        "Cleared 1 sessions.",
        "nobody is there to ask"
    );
}

#[test]
fn nobody_else_is_asked_and_all_are_listed() {
    let (_server, workstation) = place();
    for words in [&["exec", "--", "true"][..], &["export"], &["login"], &["rotate"]] {
        let output = workstation.run(words);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{output:?}");
        for told in ["AWS_PROFILE", "alice", "re-reader"] {
            assert!(output.stderr.contains(told), "{words:?}: {output:?}");
        }
        // With the variable nobody has to be asked; the flag comes before it.
        let mut named = workstation.kagiban(&["export", "--format=ini"]);
        let output = Output::of(named.env("AWS_PROFILE", "reader"));
        assert!(output.stdout.starts_with("[reader]"), "{output:?}");
        let mut named = workstation.kagiban(&["--profile", "alice", "export", "--format=ini"]);
        let output = Output::of(named.env("AWS_PROFILE", "reader"));
        assert!(output.stdout.starts_with("[alice]"), "{output:?}");
    }
}
