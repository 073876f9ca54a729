//! `kagiban add`, `list`, `remove` and `clear`: aws-vault's everyday commands, by hand and by script.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::harness::{Output, PASSPHRASE, Server, Workstation, cli_binary, files_with, profile_at};

#[test]
fn a_person_adds_a_key_and_the_profile_comes_with_it() {
    let workstation = Workstation::new("# mine\n[default]\nregion=eu-west-1\n");
    let answers = json!([
        ["Enter Access Key ID: ", "AKIAIOSFODNN7EXAMPLE", false],
        ["Enter Secret Access Key: ", "canary/secret+key", true],
        ["leave this blank): ", "arn:aws:iam::111122223333:mfa/me", false],
    ]);
    let output = workstation.typed(&answers, &["add", "oriishi-t"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        output
            .stdout
            .contains("Added credentials to profile \"oriishi-t\" in vault"),
        "{output:?}"
    );
    assert!(!output.stdout.contains("canary"), "{output:?}");
    assert_eq!(
        fs::read_to_string(workstation.config_file()).unwrap(),
        "# mine\n[default]\nregion=eu-west-1\n\n[profile oriishi-t]\nmfa_serial=arn:aws:iam::111122223333:mfa/me\n"
    );
    assert!(
        files_with(workstation.home(), b"canary/secret").is_empty(),
        "the secret lies bare"
    );
    assert_eq!(
        workstation.run(&["list"]).stdout,
        format!(
            "{:<25}{:<25}{:<25}\n{:<25}{:<25}{:<25}\n{:<25}{:<25}{:<25}\n{:<25}{:<25}{:<25}\n",
            "Profile",
            "Credentials",
            "Sessions",
            "=======",
            "===========",
            "========",
            "default",
            "-",
            "-",
            "oriishi-t",
            "oriishi-t",
            "-",
        )
    );
}

#[test]
fn a_script_of_two_lines_is_asked_no_third() {
    let workstation = Workstation::new("");
    let output = workstation.piped("AKIAIOSFODNN7EXAMPLE\nsecret\n", &["add", "scripted"]);
    assert_eq!(
        output.text(),
        "Added credentials to profile \"scripted\" in vault"
    );
    let mut command = workstation.kagiban(&["add", "--env", "--no-add-config", "other"]);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIAOTHER")
        .env("AWS_SECRET_ACCESS_KEY", "secret");
    assert_eq!(Output::of(&mut command).code, 0);
    assert_eq!(
        workstation.run(&["list", "--credentials"]).text(),
        "other\nscripted"
    );
    assert_eq!(workstation.run(&["ls", "--profiles"]).text(), "scripted");
    let output = workstation.piped("\n\n", &["add", "empty"]);
    assert_eq!(output.code, 2, "{output:?}");

    let output = workstation.run(&["remove", "other"]);
    assert!(
        output.code == 5 && output.stderr.contains("--force"),
        "{output:?}"
    );
    assert_eq!(
        workstation.run(&["rm", "-f", "other"]).text(),
        "Deleted credentials."
    );
    let output = workstation.typed(&json!([["(y|N) ", "n", false]]), &["rm", "scripted"]);
    assert_eq!(output.code, 5, "{output:?}");
    let output = workstation.typed(&json!([["(y|N) ", "y", false]]), &["rm", "--config", "scripted"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(workstation.run(&["list", "--credentials"]).text(), "");
    assert_eq!(fs::read_to_string(workstation.config_file()).unwrap(), "");
}

#[test]
fn a_key_that_would_never_be_used_is_not_taken() {
    let workstation = Workstation::new("[profile role]\nsource_profile=base\nrole_arn=x\n[profile base]\n");
    let output = workstation.piped("AKIA\nsecret\n", &["add", "role"]);
    assert!(
        output.code == 2 && output.stderr.contains("add it to `base`"),
        "{output:?}"
    );
}

#[test]
fn a_config_file_that_is_a_link_stays_one() {
    let workstation = Workstation::new("");
    let path = workstation.config_file();
    fs::remove_file(&path).unwrap();
    symlink("../dotfiles/aws-config", &path).unwrap();
    let add = || workstation.piped("AKIAIOSFODNN7EXAMPLE\nsecret\n", &["add", "a"]);
    let output = add();
    assert!(
        output.code == 4 && output.stderr.contains("whose directory is not there"),
        "{output:?}"
    );
    assert_eq!(workstation.run(&["list", "--credentials"]).text(), "");
    fs::create_dir(workstation.home().join("dotfiles")).unwrap();
    assert_eq!(add().code, 0);
    assert!(path.is_symlink());
    assert_eq!(fs::read_to_string(&path).unwrap(), "[profile a]\n");
}

#[test]
fn what_can_be_no_key_is_not_taken() {
    let workstation = Workstation::new("");
    let long = format!("AKIAIOSFODNN7EXAMPLE\n{}\n", "s".repeat(4097));
    let long_id = format!("{}\nsecret\n", "A".repeat(5000));
    for (lines, told) in [
        (long.as_str(), "longer than 4096 bytes"),
        (&long_id, "longer than 4096 bytes"),
        (
            "ASIAIOSFODNN7EXAMPLE\nsecret\n",
            "temporary credentials are not kept",
        ),
        ("AKIA IOSF\nsecret\n", "cannot be an access key's id"),
        ("AKIÄ\nsecret\n", "cannot be an access key's id"),
        (
            "AKIAIOSFODNN7EXAMPLE\ntwo words\n",
            "cannot be a secret access key",
        ),
        (
            "AKIAIOSFODNN7EXAMPLE\n\u{1b}[2Jx\n",
            "cannot be a secret access key",
        ),
        ("AKIAIOSFODNN7EXAMPLE", "cannot be a secret access key"),
    ] {
        let output = workstation.piped(lines, &["add", "a"]);
        assert!(
            output.code == 2 && output.stderr.contains(told),
            "{told}: {output:?}"
        );
        assert!(!output.stderr.contains("secret\n"), "{output:?}");
    }
    let mut command = workstation.kagiban(&["add", "--env", "a"]);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_SESSION_TOKEN", "token");
    let output = Output::of(&mut command);
    assert!(
        output.code == 2 && output.stderr.contains("AWS_SESSION_TOKEN is set"),
        "{output:?}"
    );
    // A person is told at once, and asked nothing more.
    let id = json!(["Enter Access Key ID: ", "AKIA EXAMPLE", false]);
    let good = json!(["Enter Access Key ID: ", "AKIAIOSFODNN7EXAMPLE", false]);
    let secret = json!(["Enter Secret Access Key: ", "two words", true]);
    for answers in [json!([id]), json!([good, secret])] {
        let output = workstation.typed(&answers, &["add", "a"]);
        assert!(
            output.code == 2 && output.stdout.contains("nothing was stored"),
            "{output:?}"
        );
    }
    assert_eq!(workstation.run(&["list", "--credentials"]).text(), "");
    assert_eq!(fs::read_to_string(workstation.config_file()).unwrap(), "");
    let whole = format!("AKIAIOSFODNN7EXAMPLE\n{}\n", "s".repeat(4096));
    assert_eq!(workstation.piped(&whole, &["add", "a"]).code, 0);
}

#[test]
fn what_cannot_be_used_later_is_refused_before_a_key_is_taken() {
    let config = "[profile here]\nregion=us-east-1\n[profile role]\nsource_profile=here\nrole_arn=x\n";
    let workstation = Workstation::new(config);
    let key = "AKIAIOSFODNN7EXAMPLE\nsecret\n";
    for (words, told) in [
        (&["add", "x]y"][..], "cannot be a profile's name"),
        (&["add", "--no-add-config", ""], "cannot be a profile's name"),
        (
            &["add", "--endpoint-url", "http://127.0.0.1:9", "here"],
            "write `endpoint_url = http://127.0.0.1:9` into its section first",
        ),
    ] {
        let output = workstation.piped(key, words);
        assert!(output.code == 2 && output.stderr.contains(told), "{output:?}");
    }
    let (pipe, link) = (workstation.home().join("pipe"), workstation.home().join("link"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink(&pipe, &link).unwrap();
    for path in [&pipe, &link] {
        let mut command = workstation.kagiban(&["add", "new"]);
        let output = Output::of(command.env("AWS_CONFIG_FILE", path));
        assert!(
            output.code == 4 && output.stderr.contains("it is no regular file"),
            "{output:?}"
        );
    }
    assert_eq!(workstation.run(&["list", "--credentials"]).text(), "");

    // A role has no key of its own.
    let output = workstation.run(&["rm", "-f", "role"]);
    assert_eq!(output.code, 3, "{output:?}");
    let output = workstation.run(&["rm", "-f", "--config", "role"]);
    assert_eq!(output.text(), "Deleted the profile.");
    assert_eq!(workstation.run(&["rm", "-f", "--config", "role"]).code, 3);
    let left = fs::read_to_string(workstation.config_file()).unwrap();
    assert_eq!(left, "[profile here]\nregion=us-east-1\n");
}

#[test]
fn a_key_is_sent_to_the_place_it_was_added_for_and_to_no_other() {
    let server = Server::start();
    let workstation = Workstation::new(&profile_at(&server.url(), "home", ""));
    workstation.add("home", &server.root());
    assert_eq!(workstation.run(&["exec", "home", "--", "true"]).code, 0);

    workstation.write_config("[profile home]\nregion=us-east-1\n");
    let output = workstation.run(&["exec", "home", "--", "true"]);
    let said = format!("was added for {} and would be sent to aws", server.url());
    assert!(output.code == 4 && output.stderr.contains(&said), "{output:?}");

    workstation.add("real", &server.root());
    let mut command = workstation.kagiban(&["exec", "real", "--", "true"]);
    let output = Output::of(command.env("AWS_ENDPOINT_URL", server.url()));
    assert!(
        output.code == 4 && output.stderr.contains("was added for aws"),
        "{output:?}"
    );
}

#[test]
fn keys_move_between_stores_and_the_choice_is_explained() {
    let workstation = Workstation::new("");
    workstation
        .piped("AKIAIOSFODNN7EXAMPLE\nsecret\n", &["add", "a"])
        .text();
    let status = workstation.run(&["store", "status"]).text();
    assert!(
        status.contains("keys      the file ") && status.contains("vault.age (file)"),
        "{status}"
    );
    assert!(status.contains("1 keys are kept"), "{status}");
    let elsewhere = workstation.home().join("elsewhere").display().to_string();
    let output = workstation.run(&["--file-dir", &elsewhere, "list", "--credentials"]);
    assert_eq!(output.text(), "");
    let output = workstation.run(&["--backend", "op", "list"]);
    assert!(
        output.code == 2 && output.stderr.contains("there are: file"),
        "{output:?}"
    );
    let output = workstation.run(&["store", "migrate", "--from", "file", "--to", "file"]);
    assert_eq!(output.code, 2, "{output:?}");
    if status.contains("sessions  the kernel's keyring") {
        let migrate = [
            "store",
            "migrate",
            "--from",
            "file",
            "--to",
            "keyctl",
            "--delete-source",
        ];
        assert_eq!(
            workstation.run(&[&migrate[..], &["--dry-run"]].concat()).text(),
            "a: would be copied"
        );
        let output = workstation.run(&migrate);
        assert!(
            output.code == 5 && output.stderr.contains("gone with the power"),
            "{output:?}"
        );
        assert_eq!(workstation.run(&["list", "--credentials"]).text(), "a");
        assert_eq!(
            workstation.run(&[&migrate[..], &["--force"]].concat()).text(),
            "a: copied to the kernel's keyring"
        );
        assert_eq!(workstation.run(&["list", "--credentials"]).text(), "");
        assert_eq!(
            workstation
                .run(&["--backend", "keyctl", "list", "--credentials"])
                .text(),
            "a"
        );
        workstation.run(&["--backend", "keyctl", "rm", "-f", "a"]).text();
    }
    assert!(files_with(workstation.home(), PASSPHRASE.as_bytes()).is_empty());
}

#[test]
fn what_comes_after_a_key_on_standard_input_is_left_for_others() {
    let workstation = Workstation::new("");
    let script = format!("{} add a >&2 && cat", cli_binary().display());
    let mut command = workstation.command(Path::new("/bin/sh"), &["-c", &script]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let input = b"AKIAIOSFODNN7EXAMPLE\nsecret\nnot for us\n";
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "not for us\n");
}
