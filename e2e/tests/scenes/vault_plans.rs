//! The calls of each row of docs/workstation.md's table, as AWS's STS would get them: an endpoint that only
//! records stands in for it, since no server of ours takes part in what is sent.

use serde_json::Value;

use crate::harness::{Order, Output, Relay, Seen, Workstation, profile_at};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// Answers as STS does; each answer's key is named after the call that it is to.
fn sts() -> Relay {
    Relay::before(None, |number, seen| {
        let action = seen.member("Action").unwrap_or_default();
        Order::Answer(200, credentials(&action, number, "2037-01-01T00:00:00Z"))
    })
}

fn credentials(action: &str, number: usize, expiration: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
         <AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>canary</SecretAccessKey>\
         <SessionToken>token{number}</SessionToken><Expiration>{expiration}</Expiration>\
         </Credentials></{action}Result></{action}Response>"
    )
}

/// The profiles of the table's text.
fn workstation(url: &str) -> Workstation {
    let device = "mfa_serial = arn:aws:iam::111122223333:mfa/phone\nmfa_process = echo 123456";
    let role = |name: &str, source: &str, more: &str| {
        let settings = format!(
            "source_profile = {source}\nrole_arn = arn:aws:iam::111122223333:role/{name}\nrole_session_name = me\n{more}"
        );
        profile_at(url, name, &settings)
    };
    let config = [
        profile_at(url, "j", device),
        role("plain", "j", ""),
        role("role", "j", device),
        role("role-of-role", "role", device),
    ];
    let workstation = Workstation::new(&config.concat());
    let lines = format!("{KEY}\nsecret\n");
    workstation.piped(&lines, &["add", "j"]).text();
    workstation
}

/// A call in a line: what, for whom, how long, by whose key, and whether with a code.
fn line(seen: &Seen) -> String {
    let member = |name| seen.member(name);
    let role = member("RoleArn").map(|arn| format!(" {}", arn.rsplit("%2F").next().unwrap_or_default()));
    let code = match (member("SerialNumber"), member("TokenCode")) {
        (Some(_), Some(code)) => format!(" code {code}"),
        (None, None) => String::new(),
        half => panic!("half of a code: {half:?}"),
    };
    format!(
        "{}{} {} by {}{code}",
        member("Action").unwrap(),
        role.unwrap_or_default(),
        member("DurationSeconds").unwrap(),
        seen.signer().unwrap()
    )
}

#[test]
fn each_row_of_the_table_makes_its_calls_in_order() {
    let (relay, mut before) = (sts(), 0);
    let workstation = workstation(&relay.url());
    let rows: [(&[&str], &[&str]); 11] = [
        (&["j"], &["GetSessionToken 3600 by KEY code 123456"]),
        (&["-d", "12h", "j"], &["GetSessionToken 43200 by KEY code 123456"]),
        (&["--no-session", "j"], &[]),
        (&["plain"], &["AssumeRole plain 3600 by KEY"]),
        (&["-d", "12h", "plain"], &["AssumeRole plain 43200 by KEY"]),
        (
            &["role"],
            &[
                "GetSessionToken 28800 by KEY code 123456",
                "AssumeRole role 3600 by BEFORE",
            ],
        ),
        (
            &["-d", "2h", "role"],
            &["AssumeRole role 7200 by KEY code 123456"],
        ),
        (
            &["--no-session", "role"],
            &["AssumeRole role 3600 by KEY code 123456"],
        ),
        (
            &["role-of-role"],
            &[
                "GetSessionToken 28800 by KEY code 123456",
                "AssumeRole role 3600 by BEFORE",
                "AssumeRole role-of-role 3600 by BEFORE",
            ],
        ),
        (
            &["-d", "12h", "role-of-role"],
            &[
                "GetSessionToken 28800 by KEY code 123456",
                "AssumeRole role 3600 by BEFORE",
                "AssumeRole role-of-role 3600 by BEFORE",
            ],
        ),
        (
            &["--no-session", "role-of-role"],
            &[
                "AssumeRole role 3600 by KEY code 123456",
                "AssumeRole role-of-role 3600 by BEFORE",
            ],
        ),
    ];
    for (words, calls) in rows {
        workstation.run(&["clear"]).text();
        let exec = [&["exec"], words, &["--", "printenv", "AWS_ACCESS_KEY_ID"]].concat();
        let output = workstation.run(&exec);
        let seen = relay.seen().split_off(before);
        let last = (before + seen.len()).checked_sub(1);
        // Each call is signed with what the one before it answered.
        let made: Vec<String> = (before..)
            .zip(&seen)
            .map(|(number, seen)| {
                let line = line(seen).replace(KEY, "KEY");
                line.replace(&format!("by ASIA{}", number.saturating_sub(1)), "by BEFORE")
            })
            .collect();
        assert_eq!(made, calls, "{words:?}: {output:?}");
        let given = match calls {
            [] => KEY.to_owned(),
            _ => format!("ASIA{}", last.unwrap()),
        };
        let is_cut = words == ["-d", "12h", "role-of-role"];
        assert_eq!(
            output.stderr.contains("lasts 1 h instead of 12 h"),
            is_cut,
            "{output:?}"
        );
        assert_eq!(output.text(), given, "{words:?}");
        before += seen.len();
    }
}

#[test]
fn what_took_a_code_is_kept_and_what_did_not_is_got_anew() {
    let relay = sts();
    let workstation = workstation(&relay.url());
    let run = |profile: &str| workstation.run(&["exec", profile, "--", "true"]).text();
    run("role");
    run("role");
    run("role-of-role");
    assert_eq!(
        relay.actions(),
        [
            "GetSessionToken",
            "AssumeRole",
            "AssumeRole",
            "AssumeRole",
            "AssumeRole"
        ]
    );
    let long = ["exec", "-d", "2h", "role", "--", "true"];
    workstation.run(&long).text();
    workstation.run(&long).text();
    assert_eq!(relay.actions().len(), 6, "the role itself took the code");
    workstation.run(&["exec", "--fresh", "role", "--", "true"]).text();
    assert_eq!(relay.actions()[6..], ["GetSessionToken", "AssumeRole"]);
}

#[test]
fn a_served_role_is_renewed_before_it_ends() {
    let relay = Relay::before(None, |number, seen| {
        let action = seen.member("Action").unwrap_or_default();
        let soon = crate::harness::iso(4);
        Order::Answer(200, credentials(&action, number, &soon))
    });
    let workstation = workstation(&relay.url());
    // A run that lasts longer than its credentials: it asks again, and goes on.
    let script = r#"id() { curl -s -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI" | grep -o 'ASIA[0-9]*'; }
        first=$(id); while [ "$(id)" = "$first" ]; do sleep 0.05; done; echo "$first $(id)""#;
    let words = ["exec", "--server", "plain", "--", "sh", "-c", script];
    let output = workstation.run(&words);
    crate::harness::assert_matches(&output.text(), r"^ASIA0 ASIA\d+$");
    assert!(relay.actions().len() >= 2, "{:?}", relay.actions());
}

/// Until when `profile explain` says that each step's session is kept, by its call.
fn kept(workstation: &Workstation, words: &[&str]) -> Vec<String> {
    kept_with(workstation, &[], words)
}

fn kept_with(workstation: &Workstation, variables: &[(&str, &str)], words: &[&str]) -> Vec<String> {
    let explain = [&["profile", "explain", "--json"], words].concat();
    let mut command = workstation.kagiban(&explain);
    // Nobody has to unlock anything for it.
    command
        .env_remove("KAGIBAN_FILE_PASSPHRASE")
        .envs(variables.iter().copied());
    let report: Value = serde_json::from_str(&Output::of(&mut command).text()).unwrap();
    let steps = report["Steps"].as_array().unwrap().iter();
    let kept = steps.filter(|step| step["CachedUntil"] == "2037-01-01T00:00:00Z");
    kept.map(|step| step["Call"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_plan_says_that_a_session_is_kept_where_exec_would_use_it_and_only_there() {
    let relay = sts();
    let workstation = workstation(&relay.url());
    assert_eq!(kept(&workstation, &["role"]), [""; 0]);
    workstation.run(&["exec", "role", "--", "true"]).text();
    assert_eq!(kept(&workstation, &["role"]), ["sts.GetSessionToken"]);
    assert_eq!(kept(&workstation, &["role-of-role"]), ["sts.GetSessionToken"]);
    assert!(
        workstation
            .run(&["profile", "explain", "role"])
            .text()
            .contains("kept until 2037")
    );
    for words in [
        &["j"][..],
        &["-d", "5h", "j"],
        &["--fresh", "role"],
        &["--region", "us-east-2", "role"],
        &["-d", "2h", "role"],
        &["plain"],
    ] {
        assert_eq!(kept(&workstation, words), [""; 0], "{words:?}");
    }
    for variable in [
        ("AWS_MFA_SERIAL", "arn:aws:iam::111122223333:mfa/other"),
        ("AWS_CHAINED_SESSION_TOKEN_TTL", "5h"),
        ("AWS_MIN_TTL", "900000h"),
    ] {
        let kept = kept_with(&workstation, &[variable], &["role"]);
        assert_eq!(kept, [""; 0], "{variable:?}");
    }
    workstation
        .run(&["exec", "-d", "2h", "role", "--", "true"])
        .text();
    assert_eq!(kept(&workstation, &["-d", "2h", "role"]), ["sts.AssumeRole"]);
    assert_eq!(kept(&workstation, &["-d", "3h", "role"]), [""; 0]);
    assert_eq!(
        relay.actions(),
        ["GetSessionToken", "AssumeRole", "AssumeRole"],
        "nothing is called for it"
    );
}

#[test]
fn a_kept_role_is_found_by_all_that_was_sent_for_it() {
    let (relay, other) = (sts(), sts());
    let settings = "aws_access_key_id = AKIA\naws_secret_access_key = s\nmfa_serial = arn:phone\n\
                    mfa_process = echo 123456\nrole_arn = arn:aws:iam::111122223333:role/a\n\
                    role_session_name = me\nsource_profile = r";
    let config = profile_at(&relay.url(), "r", settings);
    let workstation = Workstation::new(&config);
    let given = |variables: &[(&str, &str)]| {
        let exec = ["exec", "r", "--", "printenv", "AWS_ACCESS_KEY_ID"];
        let mut command = workstation.kagiban(&exec);
        let id = Output::of(command.envs(variables.iter().copied())).text();
        (id, relay.actions().len() + other.actions().len())
    };
    let (first, mut calls) = given(&[]);
    assert_eq!((first.clone(), calls), given(&[]), "the same again calls nobody");
    let changes = [
        ("role_arn = arn:aws:iam::111122223333:role/b", "role_arn ="),
        ("role_session_name = you", "role_session_name ="),
        ("external_id = x\nrole_session_name = me", "role_session_name ="),
        (
            "duration_seconds = 1800\nrole_session_name = me",
            "role_session_name =",
        ),
        ("mfa_serial = arn:other", "mfa_serial ="),
        ("aws_access_key_id = AKIB", "aws_access_key_id ="),
        ("region = us-east-2", "region ="),
        (&format!("endpoint_url = {}", other.url()), "endpoint_url ="),
    ];
    for (new, start) in changes {
        let changed = config.lines().map(|line| match line.starts_with(start) {
            true => new,
            false => line,
        });
        workstation.write_config(&changed.collect::<Vec<_>>().join("\n"));
        let (id, count) = given(&[]);
        assert_eq!(count, calls + 1, "{new}");
        assert_eq!((id, count), given(&[]), "{new}: the same again");
        calls = count;
    }
    workstation.write_config(&config);
    let tags = [("AWS_SESSION_TAGS", "team=a")];
    let transitive = [tags[0], ("AWS_TRANSITIVE_TAGS", "team")];
    for variables in [
        &tags[..],
        &transitive,
        &[("AWS_SESSION_TAGS", "team=b")],
        &[("AWS_SOURCE_IDENTITY", "me")],
    ] {
        let (id, count) = given(variables);
        assert_eq!(count, calls + 1, "{variables:?}");
        assert_eq!((id, count), given(variables), "{variables:?}: the same again");
        calls = count;
    }
    assert_eq!((first, calls), given(&[]), "the first one is still there");
    let actions = [relay.actions(), other.actions()].concat();
    assert!(actions.iter().all(|action| action == "AssumeRole"), "{actions:?}");
}
