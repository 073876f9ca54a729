//! What a person is told when something is not as they thought, and what they are not told.

use crate::harness::{Output, Workstation};

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
