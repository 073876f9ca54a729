//! Without a desktop, a terminal, room on the disk, or a home of one's own: each says what is wrong.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;

use serde_json::json;

use crate::harness::{Output, Server, Workstation, profile_at};

/// A user and a group that own nothing.
const NOBODY: u32 = 65534;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE\nsecret\n";

/// Runs `kagiban ARGUMENTS…` by a shell that does something before, with a key on standard input.
fn after(workstation: &Workstation, before: &str, arguments: &str) -> Output {
    let own = crate::harness::cli_binary().display().to_string();
    let script = format!(
        "{before}; printf '{}' | '{own}' {arguments}",
        KEY.replace('\n', "\\n")
    );
    let words = ["--wait", "/bin/sh", "-c", &script];
    Output::of(&mut workstation.command(std::path::Path::new("/usr/bin/setsid"), &words))
}

#[test]
fn without_a_terminal_and_a_passphrase_the_variable_is_named() {
    let workstation = Workstation::new("");
    let output = after(&workstation, "unset KAGIBAN_FILE_PASSPHRASE", "add a");
    assert!(
        output.code == 5 && output.stderr.contains("set KAGIBAN_FILE_PASSPHRASE"),
        "{output:?}"
    );
    let output = after(
        &workstation,
        "unset KAGIBAN_FILE_PASSPHRASE; export AWS_VAULT_FILE_PASSPHRASE=x",
        "add a",
    );
    assert_eq!(output.code, 0, "{output:?}");
    let output = after(
        &workstation,
        "export KAGIBAN_FILE_PASSPHRASE=wrong",
        "exec a -- true",
    );
    assert!(
        output.code == 4 && output.stderr.contains("the passphrase is wrong"),
        "{output:?}"
    );
    let output = after(&workstation, "true", "--no-input exec");
    assert!(
        output.code == 2 && output.stderr.contains("AWS_PROFILE"),
        "{output:?}"
    );
}

#[test]
fn a_home_that_cannot_be_written_is_named() {
    let workstation = Workstation::new("");
    let output = after(&workstation, "export HOME=/proc/kagiban", "add --no-add-config a");
    assert!(
        output.code == 4
            && output.stderr.contains("/proc/kagiban")
            && output.stderr.contains("cannot be used"),
        "{output:?}"
    );
    let output = after(
        &workstation,
        "unset HOME; unset XDG_DATA_HOME",
        "list --credentials",
    );
    assert!(output.code == 0 || output.stderr.contains("HOME"), "{output:?}");
    let directory = workstation.home().join("own").display().to_string();
    let output = after(
        &workstation,
        "export HOME=/proc/kagiban",
        &format!("--file-dir {directory} add --no-add-config a"),
    );
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn a_full_disk_loses_nothing_that_was_there() {
    let workstation = Workstation::new("");
    assert_eq!(after(&workstation, "true", "add a").code, 0);
    let vault = workstation.home().join(".local/share/kagiban/vault.age");
    let before = fs::read(&vault).unwrap();
    // A file at its limit is an error, as a full disk is.
    let output = after(&workstation, "trap '' XFSZ; ulimit -f 0", "add b");
    assert!(
        output.code == 4 && output.stderr.contains("cannot be used"),
        "{output:?}"
    );
    assert_eq!(fs::read(&vault).unwrap(), before);
    assert_eq!(workstation.run(&["list", "--credentials"]).text(), "a");
}

#[test]
fn what_belongs_to_another_user_is_not_opened() {
    let workstation = Workstation::new("");
    assert_eq!(after(&workstation, "true", "add a").code, 0);
    let vault = workstation.home().join(".local/share/kagiban/vault.age");
    let mode = fs::metadata(&vault).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    if chown(&vault, Some(12345), None).is_err() {
        return; // Only root can give a file away; the mode keeps others out.
    }
    let output = after(&workstation, "true", "exec a -- true");
    assert!(
        output.code == 4 && output.stderr.contains("belongs to user 12345"),
        "{output:?}"
    );
}

#[test]
fn keys_that_another_user_may_not_see_are_not_said_to_be_none() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root can become another user");
        return;
    }
    let workstation = Workstation::new("[profile a]\nregion = us-east-1\n");
    assert_eq!(after(&workstation, "true", "add a").code, 0);
    let home = workstation.home();
    fs::set_permissions(home, fs::Permissions::from_mode(0o755)).unwrap();
    // Where the tests are built may be closed to others.
    let own = home.join("kagiban");
    fs::copy(crate::harness::cli_binary(), &own).unwrap();
    for arguments in [
        &["list"][..],
        &["list", "--credentials", "--json"],
        &["exec", "a", "--", "true"],
        &["store", "status"],
        &["remove", "--force", "a"],
        &["store", "unlock"],
        &["doctor"],
    ] {
        let mut command = workstation.command(&own, arguments);
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
        let output = Output::of(&mut command);
        assert_ne!(output.code, 0, "{arguments:?}: {output:?}");
        let said = output.stdout + &output.stderr;
        assert!(
            said.contains("kagiban cannot be used: permission is denied; HOME may be another user's"),
            "{arguments:?}: {said}"
        );
    }
    assert_eq!(workstation.run(&["list", "--credentials"]).text(), "a");
}

#[test]
fn a_damaged_store_is_said_to_be_one() {
    let workstation = Workstation::new("");
    assert_eq!(after(&workstation, "true", "add a").code, 0);
    let vault = workstation.home().join(".local/share/kagiban/vault.age");
    let bytes = fs::read(&vault).unwrap();
    fs::write(&vault, &bytes[..bytes.len() - 9]).unwrap();
    let output = after(&workstation, "true", "exec a -- true");
    assert!(
        output.code == 4 && output.stderr.contains("damaged"),
        "{output:?}"
    );
}

#[test]
fn other_commands_say_as_clearly_what_they_lack() {
    let server = Server::start();
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let device = "mfa_serial = arn:aws:iam::111122223333:mfa/phone";
    let config = [
        profile_at(&server.url(), "a", ""),
        profile_at(&server.url(), "mfa", device),
    ];
    let workstation = Workstation::new(&config.concat());
    workstation.add("a", &alice);
    workstation.add("mfa", &alice);
    let own = crate::harness::cli_binary().display().to_string();
    let said = |before: &str, arguments: &str| {
        let script = format!("{before}; '{own}' {arguments} </dev/null");
        let words = ["--wait", "/bin/sh", "-c", &script];
        Output::of(&mut workstation.command(std::path::Path::new("/usr/bin/setsid"), &words))
    };
    let locked = "unset KAGIBAN_FILE_PASSPHRASE";
    let read_only = "export HOME=/proc/kagiban";
    let ssh = "ssh-agent --param /keys/none -- true";
    for (before, arguments, code, told) in [
        // No terminal: for a code, a passphrase, a profile, a node.
        ("true", format!("--profile mfa {ssh}"), 5, "nobody can be asked"),
        (
            "true",
            "--profile mfa session start".to_owned(),
            5,
            "nobody can be asked",
        ),
        (
            "true",
            "--profile mfa node list".to_owned(),
            5,
            "nobody can be asked",
        ),
        (
            locked,
            format!("--profile a {ssh}"),
            5,
            "set KAGIBAN_FILE_PASSPHRASE",
        ),
        (
            locked,
            "--profile a session start".to_owned(),
            5,
            "set KAGIBAN_FILE_PASSPHRASE",
        ),
        (
            locked,
            "login --stdout a".to_owned(),
            5,
            "set KAGIBAN_FILE_PASSPHRASE",
        ),
        ("true", "login --stdout".to_owned(), 2, "which profile?"),
        (
            "true",
            "--profile a session start".to_owned(),
            3,
            "there are no nodes yet",
        ),
        ("true", "rotate".to_owned(), 2, "1  a"),
        // No agent to load into, no key to load.
        (
            "true",
            "--profile a ssh-agent --param /keys/none --load".to_owned(),
            4,
            "SSH_AUTH_SOCK is not set",
        ),
        ("true", format!("--profile a {ssh}"), 3, "ParameterNotFound"),
        // A home that is nobody's: its profiles are not there, and that is what is said.
        (read_only, format!("--profile a {ssh}"), 3, "no profile `a`"),
        (read_only, "login --stdout a".to_owned(), 3, "no profile `a`"),
        (
            read_only,
            "--profile a session start".to_owned(),
            3,
            "no profile `a`",
        ),
        (
            "export XDG_RUNTIME_DIR=/proc/kagiban TMPDIR=/proc/kagiban",
            "--profile a param list".to_owned(),
            0,
            "",
        ),
    ] {
        let output = said(before, &arguments);
        assert!(
            output.code == code && output.stderr.contains(told),
            "{before}; {arguments}: {output:?}"
        );
        assert_eq!(
            output.stderr.matches("kagiban: ").count(),
            usize::from(code != 0),
            "{output:?}"
        );
    }
}
