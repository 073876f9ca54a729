//! An unlock that is remembered: typed once, good for a while, for nobody else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Output, PASSPHRASE, Workstation, cli_binary, venv_binary};

fn with_a_key() -> Workstation {
    let workstation = Workstation::new("");
    workstation
        .piped("AKIAIOSFODNN7EXAMPLE\nsecret\n", &["add", "a"])
        .text();
    workstation
}

/// Uses the key without a passphrase in the environment and without a terminal.
fn used(workstation: &Workstation) -> Output {
    let words = [
        "exec",
        "a",
        "--expose-long-lived-key",
        "--",
        "printenv",
        "AWS_ACCESS_KEY_ID",
    ];
    let mut command = workstation.kagiban(&words);
    Output::of(command.env_remove("KAGIBAN_FILE_PASSPHRASE"))
}

fn unlocked(workstation: &Workstation, arguments: &[&str]) -> Output {
    let answers = json!([["vault.age: ", PASSPHRASE, true]]);
    let mut command = workstation.on_a_terminal(&answers, arguments);
    Output::of(command.env_remove("KAGIBAN_FILE_PASSPHRASE"))
}

#[test]
fn a_passphrase_is_typed_once_and_forgotten_on_demand() {
    let workstation = with_a_key();
    let output = used(&workstation);
    assert!(
        output.code == 5 && output.stderr.contains("kagiban store unlock"),
        "{output:?}"
    );

    let output = unlocked(&workstation, &["store", "unlock", "--for", "1h"]);
    assert!(
        output.code == 0 && output.stdout.contains("is unlocked for 1 h"),
        "{output:?}"
    );
    assert_eq!(used(&workstation).text(), "AKIAIOSFODNN7EXAMPLE");
    let status = workstation.run(&["store", "status"]).text();
    assert!(status.contains("unlocked  until 20"), "{status}");
    // Again, with another time: the process of before makes room.
    let output = unlocked(&workstation, &["store", "unlock"]);
    assert!(
        output.code == 0 && output.stdout.contains("is unlocked for 8 h"),
        "{output:?}"
    );
    assert_eq!(used(&workstation).text(), "AKIAIOSFODNN7EXAMPLE");

    let output = workstation.run(&["store", "lock"]);
    assert!(
        output.stderr.contains("the passphrase is forgotten"),
        "{output:?}"
    );
    assert_eq!(used(&workstation).code, 5);
    let output = workstation.run(&["store", "lock"]);
    assert!(
        output.stderr.contains("no passphrase was remembered"),
        "{output:?}"
    );
}

#[test]
fn a_wrong_passphrase_is_not_remembered() {
    let workstation = with_a_key();
    let answers = json!([
        ["vault.age: ", "x", true],
        ["vault.age: ", "y", true],
        ["vault.age: ", "z", true]
    ]);
    let mut command = workstation.on_a_terminal(&answers, &["store", "unlock"]);
    let output = Output::of(command.env_remove("KAGIBAN_FILE_PASSPHRASE"));
    assert!(
        output.code == 4 && output.stdout.contains("the passphrase is wrong"),
        "{output:?}"
    );
    assert_eq!(used(&workstation).code, 5);
    let output = Workstation::new("").run(&["store", "unlock"]);
    assert!(
        output.code == 3 && output.stderr.contains("nothing is kept"),
        "{output:?}"
    );
}

#[test]
fn what_is_typed_for_a_command_is_remembered_where_that_is_set() {
    let workstation = with_a_key();
    let answers = json!([["vault.age: ", PASSPHRASE, true]]);
    let mut command = workstation.on_a_terminal(&answers, &["exec", "a", "-n", "--", "true"]);
    let output = Output::of(
        command
            .env_remove("KAGIBAN_FILE_PASSPHRASE")
            .env("KAGIBAN_UNLOCK_FOR", "30m"),
    );
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(used(&workstation).text(), "AKIAIOSFODNN7EXAMPLE");
    workstation.run(&["store", "lock"]);
}

#[test]
fn it_ends_with_its_time() {
    let workstation = with_a_key();
    workstation.run(&["store", "unlock", "--for", "1s"]);
    while workstation.run(&["store", "status"]).text().contains("unlocked") {
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(used(&workstation).code, 5);
    while process_of(&workstation).is_some() {
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn the_process_that_holds_it_shows_it_to_nobody() {
    let workstation = with_a_key();
    workstation.run(&["store", "unlock"]);
    let process = process_of(&workstation).unwrap();
    let read = |name: &str| String::from_utf8_lossy(&fs::read(process.join(name)).unwrap()).into_owned();
    assert!(!read("cmdline").contains(PASSPHRASE));
    let locked = read("status")
        .lines()
        .find(|line| line.starts_with("VmLck:"))
        .unwrap()
        .to_owned();
    assert!(!locked.contains(" 0 kB"), "{locked}");
    let limits = read("limits");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");

    let run = workstation.home().join("run/kagiban");
    let socket = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().path());
    let socket = socket.into_iter().find(|path| {
        path.file_name().unwrap().to_string_lossy().starts_with("unlock-") && path.extension().is_none()
    });
    let socket = socket.unwrap();
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&run).unwrap().permissions().mode() & 0o777, 0o700);
    if rustix::process::geteuid().is_root() {
        assert!(read("environ").find(PASSPHRASE).is_none());
        // Even with all doors open, another user is given nothing.
        for path in [workstation.home(), &workstation.home().join("run"), &run, &socket] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        }
        assert_eq!(asked_as(0, &socket), format!("ok {PASSPHRASE}"));
        assert_eq!(asked_as(12345, &socket), "");
    }
    // Where others may enter, it is not asked any more.
    fs::set_permissions(&run, fs::Permissions::from_mode(0o770)).unwrap();
    assert_eq!(used(&workstation).code, 5);
    fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(used(&workstation).text(), "AKIAIOSFODNN7EXAMPLE");
    workstation.run(&["store", "lock"]);
}

#[test]
fn it_holds_no_file_that_was_open_before() {
    let workstation = with_a_key();
    let script = format!(
        "exec 7>\"$HOME/marker\" 12>&7; exec {} store unlock",
        cli_binary().display()
    );
    let output = Output::of(&mut workstation.command(Path::new("/bin/bash"), &["-c", &script]));
    assert_eq!(output.code, 0, "{output:?}");
    let process = process_of(&workstation).unwrap();
    assert!(!process.join("fd/12").exists());
    let open = fs::read_dir(process.join("fd")).unwrap();
    let open: Vec<PathBuf> = open
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
        .collect();
    assert!(
        !open.is_empty() && !open.iter().any(|file| file.ends_with("marker")),
        "{open:?}"
    );
    workstation.run(&["store", "lock"]);
}

#[test]
fn a_directory_that_another_may_have_made_is_not_used() {
    let workstation = with_a_key();
    let temporary = workstation.home().join("tmp");
    let directory = temporary.join(format!("kagiban-{}", rustix::process::geteuid().as_raw()));
    fs::create_dir_all(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    let unlock = || {
        let mut command = workstation.kagiban(&["store", "unlock", "--for", "1s"]);
        Output::of(command.env_remove("XDG_RUNTIME_DIR").env("TMPDIR", &temporary))
    };
    let output = unlock();
    assert!(
        output.code == 4 && output.stderr.contains("no directory of this user's alone"),
        "{output:?}"
    );
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
    let output = unlock();
    assert_eq!(output.code, 0, "{output:?}");
}

/// What the socket says to another user.
fn asked_as(user: u32, socket: &Path) -> String {
    let script = "import os, socket, sys
os.setuid(int(sys.argv[1]))
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[2])
try:
    s.sendall(b'get\\n')
    while some := s.recv(4096):
        print(some.decode(), end='')
except ConnectionError:
    pass";
    let words = ["-c", script, &user.to_string(), &socket.display().to_string()];
    Output::of(std::process::Command::new(venv_binary("python")).args(words)).text()
}

/// The process's directory in /proc.
fn process_of(workstation: &Workstation) -> Option<PathBuf> {
    let home = workstation.home().display().to_string();
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    processes.into_iter().find(|path| {
        let words = fs::read(path.join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        words.contains(&home) && words.contains("\0keep\0")
    })
}
