//! Keys in the desktop's keyring, and what happens where there is none: GNOME's own daemon, on a bus of
//! each test's own.

use std::io::Read as _;
use std::os::unix::net::UnixListener;

use crate::harness::{Credentials, Desktop, Output, Server, Workstation, files_with, profile_at};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE\ncanary-of-the-keyring\n";

fn added(desktop: &Desktop, workstation: &Workstation, who: &Credentials, profile: &str) {
    let mut command = desktop.kagiban(workstation, &["add", "--env", profile]);
    command
        .env("AWS_ACCESS_KEY_ID", &who.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &who.secret_access_key);
    Output::of(&mut command).text();
}

#[test]
fn keys_are_kept_in_the_desktops_keyring_and_used_from_there() {
    let server = Server::start();
    let workstation = Workstation::new(&profile_at(&server.url(), "home", ""));
    let desktop = Desktop::with_keyring(&workstation);
    let status = desktop.run(&workstation, &["store", "status"]).text();
    assert!(status.contains("keyring (secret-service)"), "{status}");

    added(&desktop, &workstation, &server.root(), "home");
    added(&desktop, &workstation, &server.root(), "other");
    let secret = server.root().secret_access_key;
    assert!(
        files_with(workstation.home(), secret.as_bytes()).is_empty(),
        "it lies bare"
    );
    assert!(!workstation.home().join(".local/share/kagiban/vault.age").exists());
    let listed = desktop.run(&workstation, &["list", "--credentials"]).text();
    assert_eq!(listed, "home\nother");

    let words = [
        "exec",
        "home",
        "--",
        "aws",
        "sts",
        "get-caller-identity",
        "--query",
        "Arn",
        "--output",
        "text",
    ];
    let arn = desktop.run(&workstation, &words).text();
    assert!(arn.contains(":root"), "{arn}");

    // A second one takes the first one's place, and does not lie beside it.
    let mut command = desktop.kagiban(&workstation, &["add", "--env", "other"]);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIANEWER")
        .env("AWS_SECRET_ACCESS_KEY", "newer");
    Output::of(&mut command).text();
    let words = [
        "exec",
        "other",
        "--expose-long-lived-key",
        "--",
        "printenv",
        "AWS_ACCESS_KEY_ID",
    ];
    assert_eq!(desktop.run(&workstation, &words).text(), "AKIANEWER");
    desktop.run(&workstation, &["rm", "--force", "other"]).text();
    let listed = desktop.run(&workstation, &["list", "--credentials"]).text();
    assert_eq!(listed, "home");
}

#[test]
fn keys_move_to_the_keyring_and_back() {
    let workstation = Workstation::new("");
    workstation.piped(KEY, &["add", "a"]).text();
    let desktop = Desktop::with_keyring(&workstation);
    let run = |words: &[&str]| desktop.run(&workstation, words).text();
    let status = run(&["store", "status"]);
    assert!(
        status.contains("(file)") && status.contains("keys are in it already"),
        "{status}"
    );

    let there = [
        "store",
        "migrate",
        "--from",
        "file",
        "--to",
        "secret-service",
        "--delete-source",
    ];
    assert_eq!(
        run(&there),
        "a: copied to the desktop's keyring, collection `Login`"
    );
    assert!(run(&["store", "status"]).contains("(secret-service)"));
    assert_eq!(run(&["list", "--credentials"]), "a");
    assert_eq!(run(&["--backend", "file", "list", "--credentials"]), "");

    let back = [
        "store",
        "migrate",
        "--from",
        "secret-service",
        "--to",
        "file",
        "--delete-source",
    ];
    run(&back);
    assert_eq!(run(&["--backend", "secret-service", "list", "--credentials"]), "");
    let words = [
        "exec",
        "a",
        "--expose-long-lived-key",
        "--",
        "printenv",
        "AWS_SECRET_ACCESS_KEY",
    ];
    assert_eq!(run(&words), "canary-of-the-keyring");
}

#[test]
fn a_locked_keyring_is_said_to_be_one_and_is_not_waited_for() {
    let workstation = Workstation::new("");
    let desktop = Desktop::with_keyring(&workstation);
    let mut command = desktop.kagiban(&workstation, &["add", "--env", "a"]);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIA")
        .env("AWS_SECRET_ACCESS_KEY", "s");
    Output::of(&mut command).text();
    desktop.lock(&workstation);
    let output = desktop.run(&workstation, &["exec", "a", "--no-session", "--", "true"]);
    assert!(
        output.code == 5 && output.stderr.contains("is locked; unlock it"),
        "{output:?}"
    );
    // Who has a display, but may not be asked, is told the same.
    let mut command = desktop.kagiban(&workstation, &["--no-input", "list"]);
    let output = Output::of(command.env("DISPLAY", ":77"));
    assert!(
        output.code == 5 && output.stderr.contains("is locked"),
        "{output:?}"
    );
}

#[test]
fn a_collection_can_be_named() {
    let workstation = Workstation::new("");
    let desktop = Desktop::with_keyring(&workstation);
    let words = ["--secret-service-collection", "login", "store", "status"];
    let status = desktop.run(&workstation, &words).text();
    assert!(status.contains("collection `login` (secret-service)"), "{status}");
    let mut command = desktop.kagiban(&workstation, &["--backend", "secret-service", "list"]);
    let output = Output::of(command.env("AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME", "none"));
    assert!(
        output.code == 5 && output.stderr.contains("no collection `none`"),
        "{output:?}"
    );
}

#[test]
fn keys_of_aws_vault_are_found_where_it_keeps_them_and_left_there() {
    const AWSS: &str = r#"{"AccessKeyID":"AKIAOFAWSVAULT","SecretAccessKey":"canary/of+aws","SessionToken":"","CanExpire":false}"#;
    let at_home = profile_at("http://127.0.0.1:9", "home", "");
    let workstation = Workstation::new(&format!("{at_home}[profile prod]\nregion = cn-north-1\n"));
    let desktop = Desktop::with_keyring(&workstation);
    let items = [
        ["prod", AWSS],
        ["home", AWSS],
        ["sts.GetSessionToken,cHJvZA,YXJu,1700000000", "{}"],
        ["oidc:https://example.awsapps.com/start", "{}"],
        ["broken", "no key"],
    ];
    desktop.put_as_aws_vault(&workstation, &items);
    // Its collection is another one than the login's, unless that is named.
    assert_eq!(desktop.run(&workstation, &["list", "--credentials"]).text(), "");
    let run = |words: &[&str]| {
        let named = ["--secret-service-collection", "login"];
        desktop.run(&workstation, &[words, &named].concat())
    };
    assert_eq!(run(&["list", "--credentials"]).text(), "broken\nhome\nprod");
    let secret = |profile| run(&["export", "--expose-long-lived-key", "--format=ini", profile]);
    let given = secret("prod").text();
    assert!(
        given.contains("AKIAOFAWSVAULT") && given.contains("canary/of+aws"),
        "{given}"
    );
    for (profile, told) in [
        (
            "home",
            "was added for AWS and would be sent to http://127.0.0.1:9",
        ),
        ("broken", "what aws-vault keeps for `broken` is no key"),
    ] {
        let output = secret(profile);
        assert!(output.code == 4 && output.stderr.contains(told), "{output:?}");
    }
    let output = run(&["rm", "--force", "prod"]);
    assert!(
        output.code == 4 && output.stderr.contains("`aws-vault remove prod`"),
        "{output:?}"
    );
    // A copy is bound to AWS as well, and a key of ours comes before one of aws-vault's.
    let words = [
        "--profile",
        "home",
        "store",
        "migrate",
        "--from",
        "secret-service",
        "--to",
        "file",
    ];
    assert!(run(&words).text().starts_with("home: copied to"));
    let output = workstation.run(&["export", "--expose-long-lived-key", "home"]);
    assert!(output.stderr.contains("was added for AWS"), "{output:?}");
    let mut command = desktop.kagiban(
        &workstation,
        &[
            "--secret-service-collection",
            "login",
            "--backend",
            "secret-service",
            "add",
            "--env",
            "prod",
        ],
    );
    let key = [
        ("AWS_ACCESS_KEY_ID", "AKIAOURS"),
        ("AWS_SECRET_ACCESS_KEY", "ours"),
    ];
    Output::of(command.envs(key)).text();
    let words = [
        "--backend",
        "secret-service",
        "export",
        "--expose-long-lived-key",
        "prod",
    ];
    assert!(run(&words).text().contains("AKIAOURS"));
}

#[test]
fn without_a_keyring_the_file_is_taken_and_the_reason_said() {
    let workstation = Workstation::new("");
    let status = workstation.run(&["store", "status"]).text();
    assert!(
        status.contains("(file)") && status.contains("there is no session bus"),
        "{status}"
    );

    // The bus could start the keyring, whose dialogs nobody would see.
    let desktop = Desktop::bare(&workstation);
    let status = desktop.run(&workstation, &["store", "status"]).text();
    assert!(
        status.contains("(file)") && status.contains("is not started without a display"),
        "{status}"
    );

    let gone = |address: &str| {
        let mut command = workstation.kagiban(&["store", "status"]);
        Output::of(command.env("DBUS_SESSION_BUS_ADDRESS", address)).text()
    };
    let status = gone("unix:path=/nonexistent");
    assert!(
        status.contains("(file)") && status.contains("/nonexistent cannot be reached"),
        "{status}"
    );

    let mut command = workstation.kagiban(&["--backend", "secret-service", "list"]);
    let output = Output::of(command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"));
    assert!(
        output.code == 4 && output.stderr.contains("cannot be reached"),
        "{output:?}"
    );
}

#[test]
fn a_bus_that_never_answers_is_not_waited_for() {
    let workstation = Workstation::new("");
    let path = workstation.home().join("silent");
    let listener = UnixListener::bind(&path).unwrap();
    let silent = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).unwrap();
        said
    });
    let mut command = workstation.kagiban(&["store", "status"]);
    let address = format!("unix:path={}", path.display());
    let status = Output::of(command.env("DBUS_SESSION_BUS_ADDRESS", address)).text();
    assert!(
        status.contains("(file)") && status.contains("no answer came in time"),
        "{status}"
    );
    assert!(silent.join().unwrap().starts_with(b"\0AUTH EXTERNAL "));
}
