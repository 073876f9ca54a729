//! `kagiban.exe` as a person on Windows has it, with the login's Credential Manager, by Wine.
//!
//! These scenes need what the others do not: Wine, a cross compiler and a build of their own. So they are
//! run by `cargo xtask windows` alone.

use serde_json::json;

use crate::harness::{ACCOUNT, Output, Server, Wine, files_with, profile_at};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// Keys in the store that is named, or in the one that is chosen.
fn keys(wine: &Wine, store: &[&str]) -> String {
    wine.run(&[store, &["list", "--credentials"]].concat()).text()
}

#[test]
#[ignore = "cargo xtask windows"]
fn keys_are_kept_in_the_credential_manager() {
    let wine = Wine::new("");
    let status = wine.run(&["store", "status"]).text();
    assert!(
        status.contains("keys      Windows' Credential Manager (wincred)\n          Windows keeps it under"),
        "{status}"
    );
    assert_eq!(keys(&wine, &[]), "");
    let output = wine.piped(&format!("{KEY}\r\ncanary/secret+key\r\n"), &["add", "Prod"]);
    assert_eq!(output.text(), "Added credentials to profile \"Prod\" in vault");
    wine.piped(&format!("{KEY}\nother\n"), &["add", "prod"]).text();
    assert_eq!(
        keys(&wine, &[]),
        "Prod\nprod",
        "names are told apart by their case"
    );
    assert!(files_with(&wine.disk(), b"canary/secret").is_empty());
    let config = std::fs::read_to_string(wine.profile().join(".aws/config")).unwrap();
    assert!(config.contains("[profile Prod]"), "{config}");

    let exported = wine.run(&["export", "Prod", "--no-session"]).text();
    assert!(
        exported.contains("AWS_SECRET_ACCESS_KEY=canary/secret+key"),
        "{exported}"
    );
    let output = wine.run(&["export", "gone", "--no-session"]);
    assert!(output.code == 3 && output.stderr.contains("`gone`"), "{output:?}");
    wine.run(&["rm", "-f", "prod"]).text();
    assert_eq!(keys(&wine, &[]), "Prod");
    wine.run(&["rm", "-f", "Prod"]).text();
    assert_eq!(keys(&wine, &[]), "");
}

#[test]
#[ignore = "cargo xtask windows"]
fn keys_move_to_the_file_and_back_however_long_they_are() {
    let wine = Wine::new("");
    let long = "canary".repeat(600);
    wine.piped(&format!("{KEY}\n{long}\n"), &["add", "long"]).text();
    let secret = |store: &str| {
        let line = ["--backend", store, "export", "long", "--no-session"];
        let exported = wine.run(&line).text();
        exported.contains(&format!("AWS_SECRET_ACCESS_KEY={long}"))
    };
    assert!(secret("wincred"));
    let migrate = |from, to| {
        let line = ["store", "migrate", "--from", from, "--to", to, "--delete-source"];
        wine.run(&line).text()
    };
    assert!(migrate("wincred", "file").starts_with("long: copied to the file "));
    assert_eq!(keys(&wine, &["--backend", "wincred"]), "");
    assert!(secret("file"));
    let vault = wine.profile().join("AppData/Local/kagiban/vault.age");
    assert!(vault.exists(), "{}", vault.display());
    let status = wine.run(&["store", "status"]).text();
    assert!(
        status.contains("(file)\n          keys are in it already"),
        "{status}"
    );
    assert_eq!(
        migrate("file", "wincred"),
        "long: copied to Windows' Credential Manager"
    );
    assert!(secret("wincred"));
    let status = wine.run(&["store", "status"]).text();
    assert!(status.contains("(wincred)"), "{status}");
}

#[test]
#[ignore = "cargo xtask windows"]
fn a_command_ends_as_it_would_by_itself_and_what_windows_has_not_is_said() {
    let wine = Wine::new("");
    wine.piped(&format!("{KEY}\nsecret\n"), &["add", "a"]).text();
    let exec = |words: &[&str]| wine.run(&[&["exec", "a", "--no-session", "--"], words].concat());
    let output = exec(&["cmd", "/c", "echo %AWS_ACCESS_KEY_ID%/%AWS_VAULT%"]);
    assert_eq!(output.text().trim(), format!("{KEY}/a"));
    assert_eq!(exec(&["cmd", "/c", "exit 7"]).code, 7);
    let output = exec(&["no-such-program"]);
    assert!(
        output.code == 127 && output.stderr.contains("not found in PATH"),
        "{output:?}"
    );
    let mut command = wine.kagiban(&["exec", "a", "--no-session", "--", "cmd", "/c", "set aws_"]);
    command.env("Aws_Session_Token", "of-another");
    let set = Output::of(&mut command).text();
    assert!(
        set.contains("AWS_SECRET_ACCESS_KEY=secret") && !set.contains("of-another"),
        "{set}"
    );

    let refused = [
        (
            &["ssh-agent", "--param", "/key", "--", "cmd"][..],
            "ssh-agent is not on Windows",
        ),
        (&["store", "unlock"], "nothing is kept in"),
        (
            &["run", "--params", "/a/", "--watch", "--", "cmd"],
            "--watch is not on Windows",
        ),
        (
            &["--backend", "keyctl", "list"],
            "the kernel's keyring cannot be used here",
        ),
    ];
    for (line, why) in refused {
        let output = wine.run(line);
        assert!(output.code != 0 && output.stderr.contains(why), "{output:?}");
    }
}

#[test]
#[ignore = "cargo xtask windows"]
fn roles_and_parameters_of_a_server_are_reached() {
    let server = Server::start();
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]),
    );
    let all = json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]);
    let role = server.role("reader", &json!({"AWS": ACCOUNT}), &all);
    let put = [
        "ssm",
        "put-parameter",
        "--name",
        "/greeting",
        "--type",
        "SecureString",
        "--value",
        "hello",
    ];
    server.aws(&server.root(), &put).text();
    let device = server.authenticator(&server.root(), "phone");
    server.enable(&server.root(), "alice", &device);
    let (url, serial) = (server.url(), format!("mfa_serial = {}", device.serial));
    let config = [
        profile_at(&url, "j", &serial),
        profile_at(
            &url,
            "reader",
            &format!("{serial}\nsource_profile = j\nrole_arn = {role}"),
        ),
    ];
    let wine = Wine::new(&config.concat());
    let key = format!("{}\n{}\n", alice.access_key_id, alice.secret_access_key);
    wine.piped(&key, &["add", "j"]).text();

    let exec = |words: &[&str]| {
        let command = ["reader", "--", "cmd", "/c", "echo %AWS_SESSION_TOKEN%"];
        wine.run(&[&["exec"], words, &command].concat())
    };
    assert_eq!(exec(&["--no-input"]).code, 5, "a code is needed");
    let token = exec(&["--mfa-token", &device.code(0)]).text();
    assert!(token.len() > 20 && !token.contains('%'), "{token}");
    let sessions = wine.run(&["list", "--sessions"]).text();
    assert!(sessions.starts_with("sts.GetSessionToken:"), "{sessions}");
    assert_eq!(exec(&["--no-input"]).code, 0, "the session was kept");

    let value = wine.run(&["--profile", "reader", "param", "get", "/greeting"]);
    assert!(value.stdout.contains("hello"), "{value:?}");
    let line = [
        "--profile",
        "reader",
        "run",
        "--params",
        "/greeting=GREETING",
        "--",
    ];
    let output = wine.run(&[&line[..], &["cmd", "/c", "echo %GREETING%"]].concat());
    assert_eq!(output.text().trim(), "hello");
    assert_eq!(wine.run(&["clear", "j"]).text(), "Cleared 1 sessions.");
    assert_eq!(exec(&["--no-input"]).code, 5);
}
