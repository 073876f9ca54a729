//! `kagiban doctor`: what works on a person's machine, what does not, and no secret with it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};

use crate::harness::{Output, Server, Workstation, aws_plugin, cli_binary, profile_at};

fn place() -> (Server, Workstation) {
    let server = Server::start();
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]),
    );
    let workstation = Workstation::new(&profile_at(&server.url(), "a", ""));
    workstation.add("a", &alice);
    (server, workstation)
}

/// The findings of a check, each with its outcome before it.
fn told(report: &Value, check: &str) -> Vec<String> {
    let all = report["Findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["Check"] == check)
        .map(|finding| {
            let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}", text("Outcome"), text("Detail"))
        })
        .collect()
}

fn report(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn what_works_is_said_to_work() {
    let (server, workstation) = place();
    let links = workstation.home().join("bin");
    fs::create_dir(&links).unwrap();
    let plugin = links.join("session-manager-plugin");
    symlink(cli_binary(), &plugin).unwrap();
    let mut command = workstation.kagiban(&["--profile", "a", "doctor", "--json"]);
    let path = format!("{}:{}", links.display(), workstation.path());
    let output = Output::of(command.env("PATH", &path));
    let found = report(&output);
    assert_eq!(output.code, 0, "{output:?}");
    let one = |check: &str| told(&found, check).join("; ");
    assert!(one("config file").starts_with("ok "), "{output:?}");
    assert!(one("key store").contains("1 keys"), "{output:?}");
    assert!(one("profile").starts_with("ok a: stored key of a"), "{output:?}");
    assert_eq!(one("environment"), "ok no variables compete");
    assert!(one("endpoint").contains(&server.url()), "{output:?}");
    assert!(
        one("connection").starts_with("ok ") && one("connection").contains("without TLS"),
        "{output:?}"
    );
    crate::harness::assert_matches(&one("clock"), r"^ok \d s (ahead of|behind) the server's$");
    assert!(one("credentials").contains(":user/alice"), "{output:?}");
    assert!(one("session plugin").contains("this program, 1."), "{output:?}");
    assert!(one("aws CLI").contains("aws-cli/1."), "{output:?}");
    assert!(one("ssh config").starts_with("note "), "{output:?}");

    let ssh = workstation.home().join(".ssh");
    fs::create_dir(&ssh).unwrap();
    fs::write(ssh.join("config"), workstation.run(&["ssh-config"]).stdout).unwrap();
    fs::remove_file(&plugin).unwrap();
    symlink(aws_plugin(), &plugin).unwrap();
    let mut command = workstation.kagiban(&["doctor", "--json"]);
    let found = report(&Output::of(command.env("PATH", &path)));
    assert!(told(&found, "ssh config")[0].starts_with("ok "), "{found}");
    assert!(
        told(&found, "session plugin")[0].contains("AWS's, or another, "),
        "{found}"
    );
    let shown = workstation.typed(&json!([]), &["--profile", "a", "doctor"]);
    assert!(
        shown.code == 0 && shown.stdout.contains("WHAT WAS FOUND"),
        "{shown:?}"
    );
}

#[test]
fn what_does_not_work_is_said_with_its_line_and_what_to_do() {
    let (server, workstation) = place();
    let config = fs::read_to_string(workstation.config_file()).unwrap();
    let more = "nonsense\n[profile r]\nrole_arn = x\nsource_profile = gone\n";
    workstation.write_config(&format!("{config}{more}"));
    let output = workstation.run(&["doctor", "--json"]);
    let found = report(&output);
    let faults = told(&found, "config file").join("\n");
    let line = config.lines().count() + 1;
    assert_eq!(output.code, 1, "{output:?}");
    assert!(
        faults.contains(&format!("config:{line}: this is no header")),
        "{faults}"
    );
    assert!(
        faults.contains(&format!("config:{}: profile `r` names", line + 1)),
        "{faults}"
    );

    workstation.write_config(&config);
    let doctor = |variables: &[(&str, &str)], words: &[&str]| {
        let mut command = workstation.kagiban(&[words, &["doctor", "--json"]].concat());
        let output = Output::of(command.envs(variables.iter().copied()));
        (output.code, report(&output))
    };
    let region = ("AWS_REGION", "us-east-1");
    let (_, found) = doctor(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")], &[]);
    assert!(
        told(&found, "endpoint")[0].contains("no Region is named"),
        "{found}"
    );
    let (code, found) = doctor(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), region], &[]);
    assert!(
        code == 1 && told(&found, "connection")[0].starts_with("fail "),
        "{found}"
    );
    let secure = server.url().replace("http:", "https:");
    let (code, found) = doctor(&[("AWS_ENDPOINT_URL", &secure), region], &[]);
    assert!(
        code == 1 && told(&found, "connection")[0].starts_with("fail "),
        "{found}"
    );
    let (code, found) = doctor(&[("AWS_ACCESS_KEY_ID", "AKIA")], &[]);
    assert!(
        code == 1 && told(&found, "environment")[0].contains("AWS_SECRET_ACCESS_KEY is not"),
        "{found}"
    );
    let (code, found) = doctor(&[], &["--profile", "none"]);
    assert!(
        code == 1 && told(&found, "profile")[0].contains("no profile `none`"),
        "{found}"
    );
    // Neither region nor server: nothing to look at, and no failure.
    let (code, found) = doctor(&[], &[]);
    assert!(
        code == 0 && told(&found, "endpoint")[0].starts_with("note "),
        "{found}"
    );
}

#[test]
fn secrets_are_not_shown_and_nobody_is_asked() {
    let (server, workstation) = place();
    let credentials = workstation.home().join(".aws/credentials");
    let text = "[bare]\naws_access_key_id = AKIAX\naws_secret_access_key = canary-in-file\ncanary-stray\n";
    fs::write(&credentials, text).unwrap();
    fs::set_permissions(&credentials, fs::Permissions::from_mode(0o644)).unwrap();
    let device = "mfa_serial = arn:aws:iam::111122223333:mfa/phone";
    workstation.write_config(&profile_at(&server.url(), "a", device));
    let mut command = workstation.on_a_terminal(&json!([]), &["--profile", "a", "doctor", "--json"]);
    command
        .env_remove("KAGIBAN_FILE_PASSPHRASE")
        .env("AWS_SESSION_TOKEN", "canary-token")
        .env("AWS_ENDPOINT_URL_SSM", format!("{}/canary-path", server.url()));
    let output = Output::of(&mut command);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("can be read by other users"), "{output:?}");
    assert!(output.stdout.contains("nobody can be asked"), "{output:?}");
    assert!(!output.stdout.contains("canary"), "{output:?}");
}
