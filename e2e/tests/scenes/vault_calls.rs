//! What `kagiban` itself calls with `--profile`: as whoever the profile leads to, by the same way as `exec`.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Order, Output, Relay, Server, Workstation, profile_at};

struct Place {
    server: Server,
    relay: Relay,
    workstation: Workstation,
}

/// A user who may do nothing but assume roles, and profiles of all kinds that lead to her and to a role.
fn place() -> Place {
    let server = Server::start();
    let relay = Relay::before(Some(server.authority()), |_, _| Order::Pass);
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": ["sts:*", "ssm:GetParameterHistory"], "Resource": "*"}]),
    );
    let role = |name: &str, principal: &str| {
        let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
        server.role(name, &json!({"AWS": principal}), &all)
    };
    let first = role("first", ACCOUNT);
    let second = role("second", &first);
    let url = relay.url();
    let keys = format!(
        "aws_access_key_id = {}\naws_secret_access_key = {}",
        alice.access_key_id, alice.secret_access_key
    );
    let config = [
        profile_at(&url, "j", ""),
        profile_at(
            &url,
            "first",
            &format!("source_profile = j\nrole_arn = {first}\nrole_session_name = me"),
        ),
        profile_at(
            &url,
            "second",
            &format!("source_profile = first\nrole_arn = {second}\nrole_session_name = me"),
        ),
        profile_at(
            &url,
            "tool",
            "credential_process = kagiban export --format=json first",
        ),
        profile_at(&url, "static", &keys),
        profile_at(
            &url,
            "of-static",
            &format!("source_profile = static\nrole_arn = {first}\nrole_session_name = filed"),
        ),
    ];
    let workstation = Workstation::new(&config.concat());
    workstation.add("j", &alice);
    Place {
        server,
        relay,
        workstation,
    }
}

/// Writes a parameter by these words before `param set`, and returns who the server says did.
fn writer(place: &Place, name: &str, words: &[&str]) -> String {
    let set = [words, &["param", "set", name, "v", "--type", "String"]].concat();
    place.workstation.run(&set).text();
    let body = json!({"Name": name});
    let root = place.server.root();
    let history = place
        .server
        .call(&root, "AmazonSSM.GetParameterHistory", &body)
        .ok()
        .json();
    history["Parameters"][0]["LastModifiedUser"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn session(role: &str, name: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}")
}

#[test]
fn parameters_are_written_by_whoever_the_profile_leads_to() {
    let place = place();
    for (profile, who) in [
        ("first", session("first", "me")),
        ("second", session("second", "me")),
        ("tool", session("first", "me")),
        ("of-static", session("first", "filed")),
    ] {
        assert_eq!(
            writer(&place, &format!("/{profile}"), &["--profile", profile]),
            who
        );
    }
    // Once for a command, however many services it calls.
    let before = place.relay.actions().len();
    place
        .workstation
        .run(&["--profile", "second", "param", "export", "/"])
        .text();
    assert_eq!(place.relay.actions()[before..], ["AssumeRole", "AssumeRole"]);
}

#[test]
fn a_key_signs_itself_where_a_session_would_be_of_no_use() {
    let place = place();
    for profile in ["j", "static"] {
        let words = ["--profile", profile, "param", "history", "/none"];
        let output = place.workstation.run(&words);
        assert!(
            output.code == 3 && output.stderr.contains("ParameterNotFound"),
            "alice may ask: {output:?}"
        );
        let output = place
            .workstation
            .run(&["--profile", profile, "param", "get", "/none"]);
        assert!(
            output.code == 4 && output.stderr.contains(":user/alice is not authorized"),
            "{output:?}"
        );
    }
    assert!(place.relay.actions().is_empty());
}

#[test]
fn an_mfa_device_opens_one_session_for_all_commands() {
    let place = place();
    let device = place.server.authenticator(&place.server.root(), "phone");
    place.server.enable(&place.server.root(), "alice", &device);
    let config = fs::read_to_string(place.workstation.config_file()).unwrap();
    let serial = format!("region = us-east-1\nmfa_serial = {}\n", device.serial);
    place
        .workstation
        .write_config(&config.replace("region = us-east-1\n", &serial));
    let output = place
        .workstation
        .run(&["--profile", "first", "node", "list", "--json"]);
    assert!(
        output.code == 5 && output.stderr.contains("nobody can be asked"),
        "{output:?}"
    );
    let question = format!("Enter MFA code for {}: ", device.serial);
    let answers = json!([[question, device.answer(), false]]);
    let words = [
        "--profile",
        "first",
        "param",
        "set",
        "/mfa",
        "v",
        "--type",
        "String",
    ];
    let output = place.workstation.typed(&answers, &words);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(place.relay.actions(), ["GetSessionToken", "AssumeRole"]);
    for words in [
        &["node", "list"][..],
        &["session", "list"],
        &["param", "get", "/mfa"],
    ] {
        let output = place.workstation.run(&[&["--profile", "first"], words].concat());
        assert_eq!(output.code, 0, "{output:?}");
    }
    let sessions = place
        .relay
        .actions()
        .into_iter()
        .filter(|action| action == "GetSessionToken");
    assert_eq!(sessions.count(), 1);
    // A key in a file signs as for the AWS CLI, which asks for a code with a role only.
    let output = place
        .workstation
        .run(&["--profile", "static", "param", "history", "/mfa"]);
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn keys_of_the_environment_come_before_aws_profile_and_after_a_named_one() {
    let place = place();
    let root = place.server.root();
    let run = |words: &[&str], profile: &str| {
        let mut command = place.workstation.kagiban(words);
        command
            .env("AWS_ACCESS_KEY_ID", &root.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &root.secret_access_key)
            .env("AWS_PROFILE", profile);
        Output::of(&mut command)
    };
    run(&["param", "set", "/a", "v", "--type", "String"], "first").text();
    let history = run(&["param", "history", "/a", "--json"], "first").text();
    assert!(history.contains(":root"), "{history}");
    let output = run(&["--profile", "j", "param", "get", "/a"], "first");
    assert!(output.stderr.contains(":user/alice"), "{output:?}");
    let mut half = place.workstation.kagiban(&["param", "get", "/a"]);
    let output = Output::of(half.env("AWS_ACCESS_KEY_ID", "AKIA"));
    assert!(
        output.code == 4 && output.stderr.contains("AWS_SECRET_ACCESS_KEY is not"),
        "{output:?}"
    );
}

#[test]
fn containers_and_instances_are_asked_where_there_is_nothing_else() {
    let place = place();
    let own = crate::harness::cli_binary().display().to_string();
    let script = format!("exec {own} param set /$0 v --type String");
    for kind in ["--server", "--ec2-server"] {
        let name = kind.trim_start_matches('-');
        let words = ["exec", kind, "first", "--", "sh", "-c", &script, name];
        let mut command = place.workstation.kagiban(&words);
        let output = Output::of(command.env_remove("AWS_EC2_METADATA_DISABLED"));
        assert_eq!(output.code, 0, "{output:?}");
        let root = place.server.root();
        let history = place
            .server
            .call(
                &root,
                "AmazonSSM.GetParameterHistory",
                &json!({"Name": format!("/{name}")}),
            )
            .ok()
            .json();
        assert_eq!(
            history["Parameters"][0]["LastModifiedUser"],
            session("first", "me")
        );
    }
    let mut nothing = place.workstation.kagiban(&["param", "get", "/a"]);
    let output = Output::of(nothing.env("AWS_REGION", "us-east-1"));
    assert!(
        output.code == 4 && output.stderr.contains("there are no credentials"),
        "{output:?}"
    );
}

#[test]
fn a_stored_key_and_what_comes_from_it_go_to_its_own_place_only() {
    let place = place();
    let elsewhere = Relay::before(None, |_, _| Order::Answer(500, String::new()));
    for profile in ["j", "first"] {
        let mut command = place
            .workstation
            .kagiban(&["--profile", profile, "param", "get", "/a"]);
        let output = Output::of(command.env("AWS_ENDPOINT_URL_SSM", elsewhere.url()));
        assert!(
            output.code == 4 && output.stderr.contains("set the profile's endpoint_url"),
            "{output:?}"
        );
        let words = ["--endpoint-url", &elsewhere.url(), "--profile", profile];
        let output = place
            .workstation
            .run(&[&words[..], &["param", "get", "/a"]].concat());
        assert_eq!(output.code, 4, "{output:?}");
    }
    assert!(elsewhere.seen().is_empty(), "{:?}", elsewhere.seen());
}

#[test]
fn git_is_given_nothing_for_another_place() {
    let place = place();
    let own = place.relay.url();
    let (_, host) = own.split_once("://").unwrap();
    let asked = |profile: &str, protocol: &str, host: &str| {
        let question = format!("protocol={protocol}\nhost={host}\npath=v1/repos/x\n\n");
        let words = [
            "--profile",
            profile,
            "git-credential",
            "codecommit",
            "get",
            "--ignore-host-check",
        ];
        place.workstation.piped(&question, &words)
    };
    for (protocol, host) in [
        ("https", "git-codecommit.us-east-1.amazonaws.com"),
        ("https", "git.example.com"),
        ("https", host),
    ] {
        for profile in ["j", "first"] {
            let output = asked(profile, protocol, host);
            assert!(
                output.code == 4
                    && output.stdout.is_empty()
                    && output.stderr.contains("the key of profile `j` is for"),
                "{output:?}"
            );
        }
    }
    assert!(asked("j", "http", host).text().starts_with("username=AKIA"));
    assert!(
        asked("static", "https", "git.example.com")
            .text()
            .starts_with("username=AKIA")
    );
}

#[test]
fn two_ends_are_two_profiles() {
    let place = place();
    writer(&place, "/from/a", &["--profile", "first"]);
    let other = Server::start();
    let bob = other.user(
        "bob",
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let config = fs::read_to_string(place.workstation.config_file()).unwrap();
    let there = profile_at(&other.url(), "there", "");
    place.workstation.write_config(&format!("{config}{there}"));
    place.workstation.add("there", &bob);
    let words = [
        "--profile",
        "first",
        "param",
        "copy",
        "/from/a",
        "/to/a",
        "--to-profile",
        "there",
    ];
    let output = place.workstation.run(&words);
    assert_eq!(output.code, 0, "{output:?}");
    let body = json!({"Name": "/to/a"});
    let history = other
        .call(&other.root(), "AmazonSSM.GetParameterHistory", &body)
        .ok()
        .json();
    let writer: &Value = &history["Parameters"][0]["LastModifiedUser"];
    assert_eq!(writer, &format!("arn:aws:iam::{ACCOUNT}:user/bob"));
}

#[test]
fn what_a_profile_lacks_is_said() {
    let place = place();
    let config = fs::read_to_string(place.workstation.config_file()).unwrap();
    let more = "[profile bare]\nregion = us-east-1\n[profile lost]\nsource_profile = gone\nrole_arn = r\n";
    place.workstation.write_config(&format!("{config}{more}"));
    for (profile, code, told) in [
        ("bare", 4, "profile `bare` has no credentials"),
        ("lost", 3, "the source_profile `gone`"),
        ("none", 3, "there is no profile `none`"),
    ] {
        let output = place
            .workstation
            .run(&["--profile", profile, "param", "get", "/a"]);
        assert!(output.code == code && output.stderr.contains(told), "{output:?}");
    }
}
