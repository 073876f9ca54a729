//! `kagiban exec` and `export`: what a command gets, and that nothing of ours is left around it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Order, Output, Relay, Server, Workstation, cli_binary, profile_at};

/// A server, a user with a role, and a machine with profiles for both.
fn place() -> (Server, Workstation) {
    let server = Server::start();
    let user = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]),
    );
    let alice = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/alice")});
    let role = server.role(
        "reader",
        &alice,
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let next = json!({"AWS": role});
    server.role(
        "next",
        &next,
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let url = server.url();
    let config = [
        profile_at(&url, "j", ""),
        profile_at(
            &url,
            "reader",
            &format!("source_profile = j\nrole_arn = {role}\nrole_session_name = me"),
        ),
        profile_at(
            &url,
            "next",
            &format!("source_profile = reader\nrole_arn = arn:aws:iam::{ACCOUNT}:role/next"),
        ),
        "[profile tool]\nregion = us-east-1\ncredential_process = kagiban export --format=json reader\n"
            .to_owned(),
        "[profile old-tool]\nregion = us-east-1\ncredential_process = kagiban exec reader --json\n"
            .to_owned(),
        "[profile me]\nregion = us-east-1\ncredential_process = kagiban export --format=json me\n".to_owned(),
    ];
    let workstation = Workstation::new(&config.concat());
    workstation.add("j", &user);
    (server, workstation)
}

fn identity(output: Output) -> String {
    output.json()["Arn"].as_str().unwrap().to_owned()
}

const WHO: [&str; 4] = ["aws", "sts", "get-caller-identity", "--output=json"];

#[test]
fn a_command_is_who_the_profile_says() {
    let (_server, workstation) = place();
    let who = |profile: &str| identity(workstation.run(&[&["exec", profile, "--"], &WHO[..]].concat()));
    assert_eq!(who("j"), format!("arn:aws:iam::{ACCOUNT}:user/alice"));
    assert_eq!(
        who("reader"),
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/me")
    );
    assert!(who("next").starts_with(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/next/")));
    let output = workstation.run(&[&["exec", "reader"], &WHO[..]].concat());
    assert!(identity(output).ends_with("/me"), "and without `--`");
    let output = workstation.run(&[&["--profile", "reader", "exec", "--"], &WHO[..]].concat());
    assert!(
        identity(output).ends_with("/me"),
        "and with the profile as AWS's CLI has it"
    );
}

#[test]
fn the_environment_is_the_one_of_aws_vault_and_nothing_competes_in_it() {
    let (server, workstation) = place();
    let mut command = workstation.kagiban(&["exec", "reader", "--", "env"]);
    let competing = [
        "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_FILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SDK_LOAD_CONFIG",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_ENDPOINT_URL_SSM",
    ];
    command
        .envs(competing.map(|name| (name, "stale")))
        .env("KEPT", "yes");
    let text = Output::of(&mut command).text();
    assert!(!text.contains("stale"), "{text}");
    let seen: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    assert_eq!((seen["AWS_VAULT"], seen["KEPT"]), ("reader", "yes"));
    assert_eq!(
        (seen["AWS_REGION"], seen["AWS_DEFAULT_REGION"]),
        ("us-east-1", "us-east-1")
    );
    assert_eq!(seen["AWS_ENDPOINT_URL"], server.url());
    assert!(seen["AWS_ACCESS_KEY_ID"].starts_with("ASIA") && !seen["AWS_SESSION_TOKEN"].is_empty());
    assert!(seen.contains_key("AWS_SECRET_ACCESS_KEY"));
    assert_eq!(seen["AWS_CREDENTIAL_EXPIRATION"], seen["AWS_SESSION_EXPIRATION"]);
    crate::harness::assert_matches(
        seen["AWS_CREDENTIAL_EXPIRATION"],
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
    );

    let text = workstation
        .run(&["exec", "--profile-env", "reader", "--", "env"])
        .text();
    assert!(
        text.contains("AWS_PROFILE=reader") && !text.contains("AWS_SECRET_ACCESS_KEY"),
        "{text}"
    );
}

#[test]
fn the_command_takes_this_processs_place() {
    let (_server, workstation) = place();
    assert_eq!(
        workstation.run(&["exec", "j", "--", "sh", "-c", "exit 42"]).code,
        42
    );
    let output = workstation.run(&["exec", "j", "--", "no-such-command"]);
    assert!(
        output.code == 127 && output.stderr.contains("`no-such-command` is not found"),
        "{output:?}"
    );

    // The same process, before and after: signals meet the command itself.
    let mut command = workstation.command(
        &cli_binary(),
        &["exec", "j", "--", "sh", "-c", "echo $$; exec sleep 60"],
    );
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.as_mut().unwrap()),
        &mut line,
    )
    .unwrap();
    assert_eq!(line.trim(), child.id().to_string());
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15));

    let input = "one\0two\nthree";
    let output = workstation.piped(input, &["exec", "j", "--", "cat"]);
    assert_eq!(
        (output.stdout.as_str(), output.stderr.as_str()),
        (input, ""),
        "nothing of ours is between"
    );
    let output = workstation.piped("echo $AWS_VAULT\nexit 7\n", &["exec", "j"]);
    assert_eq!(
        (output.code, output.stdout.trim()),
        (7, "j"),
        "a shell, with no hint off a terminal"
    );
    assert_eq!(output.stderr, "");
    let output = workstation.typed(&json!([["use `exit` to exit", "exit 3", false]]), &["exec", "j"]);
    assert_eq!(output.code, 3, "{output:?}");
}

#[test]
fn inside_of_itself_it_refuses_and_says_how_to_force_it() {
    let (_server, workstation) = place();
    for command in [&["exec", "j", "--", "true"][..], &["export", "j"]] {
        let mut command = workstation.kagiban(command);
        let output = Output::of(command.env("AWS_VAULT", "other"));
        assert!(
            output.code == 2 && output.stderr.contains("unset AWS_VAULT to force"),
            "{output:?}"
        );
    }
}

#[test]
fn other_programs_get_credentials_by_credential_process() {
    let (_server, workstation) = place();
    for profile in ["tool", "old-tool"] {
        let mut command = workstation.command(&crate::harness::venv_binary("aws"), &WHO[1..]);
        let url = workstation
            .run(&["profile", "explain", "reader", "--json"])
            .json()["Endpoint"]
            .clone();
        command
            .env("AWS_PROFILE", profile)
            .env("AWS_ENDPOINT_URL", url.as_str().unwrap());
        assert!(
            identity(Output::of(&mut command)).ends_with("/reader/me"),
            "{profile}"
        );
    }
    let printed = workstation.run(&["export", "--format=json", "tool"]).json();
    assert_eq!(printed["Version"], 1);
    let output = workstation.run(&["exec", "me", "--", "true"]);
    assert!(
        output.code == 4 && output.stderr.contains("asks for profile `me` itself"),
        "{output:?}"
    );
}

#[test]
fn credentials_are_exported_in_each_form() {
    let (_server, workstation) = place();
    let text = workstation.run(&["export", "reader"]).text();
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_CREDENTIAL_EXPIRATION",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
        ]
    );
    let script = format!(
        "eval \"$({} export --format=export-env reader)\"; exec aws sts get-caller-identity --output=json",
        cli_binary().display()
    );
    let url = workstation
        .run(&["profile", "explain", "reader", "--json"])
        .json()["Endpoint"]
        .clone();
    let mut command = workstation.command(std::path::Path::new("/bin/sh"), &["-c", &script]);
    assert!(
        identity(Output::of(command.env("AWS_ENDPOINT_URL", url.as_str().unwrap()))).ends_with("/reader/me")
    );
    let file = workstation.home().join(".aws/credentials");
    fs::write(
        &file,
        workstation.run(&["export", "--format=ini", "reader"]).stdout,
    )
    .unwrap();
    let text = fs::read_to_string(file).unwrap();
    assert!(text.starts_with("[reader]\naws_access_key_id "), "{text}");
}

#[test]
fn credentials_that_would_run_something_are_refused_and_not_shown() {
    let workstation = Workstation::new(
        r#"[profile evil]
region = us-east-1
credential_process = echo '{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"s;$(touch x)"}'
[profile odd]
region = us-east-1;touch x
credential_process = echo '{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"s"}'
"#,
    );
    for form in ["env", "export-env", "json", "ini"] {
        let output = workstation.run(&["export", "--format", form, "evil"]);
        assert_eq!((output.code, output.stdout.as_str()), (4, ""), "{output:?}");
        assert!(
            output
                .stderr
                .contains("the secret access key that the credential_process")
                && !output.stderr.contains("touch"),
            "{output:?}"
        );
    }
    let script = format!(
        "cd \"$HOME\"; eval \"$({} export --format=export-env odd)\"; echo \"$AWS_REGION\"; ls x",
        cli_binary().display()
    );
    let output = Output::of(&mut workstation.command(std::path::Path::new("/bin/sh"), &["-c", &script]));
    assert_eq!(output.stdout, "us-east-1;touch x\n", "{output:?}");
}

#[test]
fn a_long_lived_key_is_given_with_a_word_about_it_only() {
    let (_server, workstation) = place();
    let output = workstation.run(&["exec", "--no-session", "j", "--", "printenv", "AWS_ACCESS_KEY_ID"]);
    assert!(
        output.stdout.starts_with("AKIA") && output.stderr.contains("--expose-long-lived-key"),
        "{output:?}"
    );
    let output = workstation.run(&[
        "exec",
        "--expose-long-lived-key",
        "j",
        "--",
        "printenv",
        "AWS_ACCESS_KEY_ID",
    ]);
    assert!(
        output.stdout.starts_with("AKIA") && output.stderr.is_empty(),
        "{output:?}"
    );
    let output = workstation.run(&["exec", "j", "--", "printenv", "AWS_ACCESS_KEY_ID"]);
    assert!(
        output.stdout.starts_with("ASIA") && output.stderr.is_empty(),
        "{output:?}"
    );
}

#[test]
fn a_cut_of_the_duration_is_said() {
    let (_server, workstation) = place();
    let output = workstation.run(&["exec", "--duration", "12h", "next", "--", "true"]);
    assert!(
        output.code == 0 && output.stderr.contains("lasts 1 h instead of 12 h"),
        "{output:?}"
    );
    let explained = workstation
        .run(&["profile", "explain", "-d", "12h", "next"])
        .text();
    assert!(
        explained.contains("cut: the role of profile `next` lasts 1 h"),
        "{explained}"
    );
    let output = workstation.run(&["exec", "--duration", "12", "next", "--", "true"]);
    assert!(
        output.code == 2 && output.stderr.contains("12h, 1h30m"),
        "{output:?}"
    );
}

#[test]
fn by_the_name_of_aws_vault_it_inherits_and_ends_as_aws_vault_does() {
    let (_server, workstation) = place();
    let link = workstation.home().join("aws-vault");
    symlink(cli_binary(), &link).unwrap();
    let run = |arguments: &[&str]| Output::of(&mut workstation.command(&link, arguments));
    assert!(identity(run(&[&["exec", "reader", "--"], &WHO[..]].concat())).ends_with("/me"));
    assert_eq!(run(&["exec", "none", "--", "true"]).code, 1);
    assert_eq!(run(&["exec", "--no-such-flag"]).code, 1);
    assert_eq!(run(&["--help"]).code, 0);
    for words in [&["version"][..], &["--version"], &["-v"]] {
        assert!(run(words).text().contains(env!("CARGO_PKG_VERSION")), "{words:?}");
    }
    let of_others = [
        "--op-vault-id=x",
        "--op-timeout=3s",
        "--proton-pass-share-id=x",
        "--pass-dir=/x",
    ];
    assert_eq!(run(&[&of_others[..], &["list", "--profiles"]].concat()).code, 0);
    let output = run(&["--backend=op", "list"]);
    assert!(
        output
            .stderr
            .contains("there are: file, keyctl, secret-service\n"),
        "{output:?}"
    );
    assert_eq!(workstation.run(&["exec", "--no-such-flag"]).code, 2);
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completion", shell]).text();
        assert!(script.contains("aws-vault"), "{script}");
    }
    for (name, value) in [
        ("AWS_VAULT_PROFILE_ENV", "1"),
        ("AWS_VAULT_STDOUT", "yes"),
        ("AWS_VAULT_DURATION", "bogus"),
        ("AWS_ASSUME_ROLE_TTL", "bogus"),
    ] {
        let mut command = workstation.command(&link, &["exec", "reader", "--", "true"]);
        let output = Output::of(command.env(name, value));
        assert_eq!(output.code, 0, "{name}={value}: {output:?}");
    }
    assert_eq!(workstation.run(&["exec", "none", "--", "true"]).code, 3);
    let config = fs::read_to_string(workstation.config_file()).unwrap();
    workstation.write_config(&format!("[default]\nduration_seconds = 1800\n{config}"));
    let seconds = |output: Output| output.json()["Steps"][1]["DurationSeconds"].clone();
    assert_eq!(
        seconds(run(&["profile", "explain", "reader", "--json"])),
        Value::Null,
        "two steps are one here"
    );
    let steps = run(&["profile", "explain", "reader", "--json"]).json()["Steps"].clone();
    assert_eq!(steps[0]["DurationSeconds"], 1800);
    let steps = workstation
        .run(&["profile", "explain", "reader", "--json"])
        .json()["Steps"]
        .clone();
    assert_eq!(steps[0]["DurationSeconds"], 3600);
}

#[test]
fn the_calls_of_a_plan_are_the_calls_that_are_made() {
    let server = Server::start();
    let relay = Relay::before(Some(server.authority()), |_, _| Order::Pass);
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]),
    );
    let role = server.role(
        "r",
        &json!({"AWS": ACCOUNT}),
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let settings = format!(
        "source_profile = j\nrole_arn = {role}\nexternal_id = e/x\nduration_seconds = 1200\nrole_session_name = s\nsession_tags = a=b"
    );
    let config = [
        profile_at(&relay.url(), "j", ""),
        profile_at(&relay.url(), "r", &settings),
    ]
    .concat();
    let workstation = Workstation::new(&config);
    workstation.add("j", &alice);
    let explained = workstation.run(&["profile", "plan", "r", "--json"]).json();
    assert_eq!(explained["Steps"][0]["Call"], "sts.AssumeRole");
    assert!(relay.actions().is_empty(), "a plan calls nothing");
    workstation.run(&["exec", "r", "--", "true"]);
    assert_eq!(relay.actions(), ["AssumeRole"]);
    let sent = &relay.seen()[0];
    for (name, value) in [
        ("ExternalId", "e%2Fx"),
        ("DurationSeconds", "1200"),
        ("RoleSessionName", "s"),
        ("Tags.member.1.Key", "a"),
    ] {
        assert_eq!(sent.member(name).as_deref(), Some(value), "{name}");
    }
}

#[test]
fn git_is_helped_by_awss_credential_helper() {
    let (_server, workstation) = place();
    let helper = format!(
        "!{} exec j -- aws codecommit credential-helper $@",
        cli_binary().display()
    );
    let mut command = workstation.command(
        &crate::harness::tool("git"),
        &[
            "-c",
            &format!("credential.helper={helper}"),
            "-c",
            "credential.UseHttpPath=true",
            "credential",
            "fill",
        ],
    );
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let asked = "protocol=https\nhost=git-codecommit.us-east-1.amazonaws.com\npath=v1/repos/x\n\n";
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), asked.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("username=ASIA") && text.contains("password="),
        "{text}"
    );
}
