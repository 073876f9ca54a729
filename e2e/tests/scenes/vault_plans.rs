//! The calls of each row of docs/workstation.md's table, as AWS's STS would get them: an endpoint that only
//! records stands in for it, since no server of ours takes part in what is sent.

use crate::harness::{Order, Relay, Seen, Workstation, profile_at};

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
