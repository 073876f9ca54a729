//! What parameters are called in a program's environment, which they may not be, and values as files.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Output, Server, cli_binary};

fn server() -> Server {
    let server = Server::start();
    let key = server.key();
    for (name, value) in [
        ("/prefix/database/sample/user", "ann"),
        ("/prefix/database/sample/host", "db.internal"),
        ("/prefix/cache/url", "redis://cache"),
        ("/proxies/https-proxy", "http://proxy.internal"),
    ] {
        server.put(name, value, None);
    }
    server.put("/prefix/database/sample/password", "canary-password", Some(&key));
    server.put("/tls/key", "canary-key\nof two lines", Some(&key));
    server
}

fn run(server: &Server, arguments: &[&str]) -> Command {
    let mut command = server.client(&server.root(), &cli_binary());
    command.arg("run").args(arguments);
    command
}

#[test]
fn a_pattern_names_what_matches_and_leaves_the_rest_out() {
    let server = server();
    let map = "database/*/{user,password}=DB_{}";
    let words = ["--params", "/prefix/", "--map", map, "--pristine", "--", "env"];
    let output = Output::of(&mut run(&server, &words));
    let mut lines: Vec<&str> = output.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        ["DB_PASSWORD=canary-password", "DB_USER=ann"],
        "{output:?}"
    );

    let printed = server
        .kagiban(
            &server.root(),
            &["env", "/prefix/", "--map", "*/url={}_url", "--keep-case"],
        )
        .text();
    assert_eq!(printed, "cache_url=redis://cache");
    let output = server.kagiban(&server.root(), &["env", "/prefix/", "--map", "none/*=X_{}"]);
    assert!(output.code == 3 && output.stderr.contains("--map"), "{output:?}");
    let output = server.kagiban(&server.root(), &["env", "/prefix/", "--map", "a/*=X"]);
    assert!(output.code == 2 && output.stderr.contains("{}"), "{output:?}");
}

#[test]
fn names_keep_their_letters_if_that_is_wanted() {
    let server = server();
    let root = server.root();
    let shown = server.kagiban(&root, &["env", "/prefix/cache/=my_", "/tls/key", "--keep-case"]);
    let shown = shown.text();
    assert!(
        shown.contains("my_url=redis://cache") && shown.contains("key="),
        "{shown}"
    );
}

#[test]
fn what_would_send_a_programs_calls_elsewhere_is_refused_unless_it_is_allowed() {
    let server = server();
    let words = ["--params", "/proxies/", "--", "printenv", "HTTPS_PROXY"];
    let output = Output::of(&mut run(&server, &words));
    assert!(
        output.code == 2 && output.stderr.contains("--allow HTTPS_PROXY"),
        "{output:?}"
    );
    assert!(!output.stderr.contains("proxy.internal"), "{output:?}");
    let allowed = [&["--allow", "HTTPS_PROXY"], &words[..]].concat();
    assert_eq!(
        Output::of(&mut run(&server, &allowed)).text(),
        "http://proxy.internal"
    );
    let exec = ["exec", "--params", "/proxies/", "--", "true"];
    assert_eq!(server.kagiban(&server.root(), &exec).code, 2);
    let exec = ["exec", "--allow", "HTTPS_PROXY", "--", "true"];
    let output = server.kagiban(&server.root(), &exec);
    assert!(
        output.code == 2 && output.stderr.contains("go with --params"),
        "{output:?}"
    );
}

#[test]
fn a_value_is_a_file_in_memory_as_long_as_the_command() {
    let server = server();
    let script =
        r#"stat -c '%a' "$TLS_KEY" "$(dirname "$TLS_KEY")"; cat "$TLS_KEY"; echo; echo "$TLS_KEY"; exit 7"#;
    let words = [
        "--params",
        "/tls/key=TLS_KEY",
        "--as-file",
        "TLS_KEY",
        "--",
        "sh",
        "-c",
        script,
    ];
    let output = Output::of(&mut run(&server, &words));
    assert_eq!(output.code, 7, "{output:?}");
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines[..4], ["600", "700", "canary-key", "of two lines"]);
    let directory = Path::new(lines[4]).parent().unwrap();
    assert!(
        directory.starts_with("/dev/shm"),
        "{directory:?}: memory, not a disk"
    );
    assert!(!directory.exists(), "and gone with the command");

    let absent = ["--params", "/tls/key=TLS_KEY", "--as-file", "OTHER", "--", "true"];
    let output = Output::of(&mut run(&server, &absent));
    assert!(output.code == 3 && output.stderr.contains("OTHER"), "{output:?}");
    let exec = [
        "exec",
        "--params",
        "/tls/key=TLS_KEY",
        "--as-file",
        "TLS_KEY",
        "--",
        "sh",
        "-c",
        "cat \"$TLS_KEY\"",
    ];
    assert_eq!(
        server.kagiban(&server.root(), &exec).stdout,
        "canary-key\nof two lines"
    );
}

#[test]
fn what_a_killed_process_has_left_in_memory_goes_with_the_next() {
    let server = server();
    let words = |script| {
        let with_file = ["--params", "/tls/key=TLS_KEY", "--as-file", "TLS_KEY"];
        [&with_file[..], &["--", "sh", "-c", script]].concat()
    };
    let mut command = run(&server, &words("echo \"$TLS_KEY\"; exec sleep 60"));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let left = lines.next().unwrap().unwrap();
    let minded = Output::of(&mut run(&server, &words("true")));
    assert!(minded.code == 0 && Path::new(&left).exists(), "{minded:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(Path::new(&left).exists());
    Output::of(&mut run(&server, &words("true"))).text();
    assert!(!Path::new(&left).parent().unwrap().exists());
}

#[test]
fn a_watched_file_that_cannot_be_written_is_not_told_of() {
    let server = server();
    let script = r#"trap 'cat "$TLS_KEY"; exit 5' HUP; echo "$TLS_KEY"; while :; do sleep 0.05; done"#;
    let words = [
        "--params",
        "/tls/key=TLS_KEY",
        "--as-file",
        "TLS_KEY",
        "--watch",
        "--on-change",
        "hup",
        "--",
        "sh",
        "-c",
        script,
    ];
    let mut command = run(&server, &words);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut remarks = BufReader::new(child.stderr.take().unwrap()).lines();
    let path = lines.next().unwrap().unwrap();
    let root = server.root();
    let set = |value| {
        let set = ["param", "set", "/tls/key", value, "--overwrite"];
        assert_eq!(server.kagiban(&root, &set).code, 0);
    };
    // Nothing can be put in the place of a directory.
    let obstacle = format!("{path}.new");
    fs::create_dir(&obstacle).unwrap();
    set("newer");
    let remark = remarks.next().unwrap().unwrap();
    assert!(remark.contains("the command keeps its values"), "{remark}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "canary-key\nof two lines");
    fs::remove_dir(&obstacle).unwrap();
    set("newest");
    assert_eq!(
        lines.next().unwrap().unwrap(),
        "newest",
        "the first that is heard of"
    );
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

#[test]
fn a_watched_file_is_new_when_the_command_is_told() {
    let server = server();
    let script = r#"trap 'cat "$TLS_KEY"; exit 5' HUP; echo "$TLS_KEY"; while :; do sleep 0.05; done"#;
    let words = [
        "--params",
        "/tls/key=TLS_KEY",
        "--as-file",
        "TLS_KEY",
        "--watch",
        "--on-change",
        "hup",
        "--",
        "sh",
        "-c",
        script,
    ];
    let mut child = run(&server, &words).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let path = lines.next().unwrap().unwrap();
    let root = server.root();
    let set = ["param", "set", "/tls/key", "newer", "--overwrite"];
    assert_eq!(server.kagiban(&root, &set).code, 0);
    assert_eq!(lines.next().unwrap().unwrap(), "newer");
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert!(fs::metadata(path).is_err());
}
