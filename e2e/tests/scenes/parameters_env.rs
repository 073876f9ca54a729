//! Parameters in a program's environment: a container's entry point, and a workstation's `env` and `exec`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::harness::{Credentials, Output, Server, cli_binary, tool};

const PATH: &str = "/prefix/database/sample/";
const PRINT: &str = r#"printf '%s|' "$DB_USER" "$DB_PASSWORD" "$DB_HOST" "$DB_NAME" "$DB_PORT" "$@""#;
const NASTY: &str = "$(id) `id` \"two  blanks\" 'quotes' \\n *\nDB_HOST\tevil";

fn started() -> (Server, Credentials) {
    let server = Server::start();
    let key = server.key();
    for (name, value) in [
        ("user", "ann"),
        ("host", "db.internal"),
        ("name", "sample"),
        ("port", "3306"),
    ] {
        server.put(&format!("{PATH}{name}"), value, None);
    }
    server.put(&format!("{PATH}password"), NASTY, Some(&key));
    let task = server.user(
        "task",
        &json!([
            {"Effect": "Allow", "Action": ["ssm:GetParametersByPath", "ssm:GetParameter"], "Resource": "*"},
            {"Effect": "Allow", "Action": ["kms:Decrypt", "kagiban:WatchParameters"], "Resource": "*"},
        ]),
    );
    (server, task)
}

fn params() -> String {
    format!("{PATH}=DB_")
}

fn run(server: &Server, who: &Credentials, arguments: &[&str]) -> Command {
    let mut command = server.client(who, &cli_binary());
    command.args(["run", "--params", &params()]).args(arguments);
    command
}

#[test]
fn the_entry_point_becomes_the_program_with_the_parameters_in_its_environment() {
    let (server, task) = started();
    let script = format!("{PRINT}; echo $$ >&2; exit 7");
    let mut command = run(&server, &task, &["--", "sh", "-c", &script, "sh", "an argument"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();

    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("ann|{NASTY}|db.internal|sample|3306|an argument|")
    );
    // Nothing but the process number: the program took our place.
    assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("{pid}\n"));
}

#[test]
fn exec_does_the_same_with_and_without_a_profile() {
    let (server, task) = started();
    let exec = |who: &Credentials, arguments: &[&str]| server.kagiban(who, arguments);
    let params = params();

    let without = ["exec", "--params", &params, "--", "sh", "-c", PRINT, "sh", "x"];
    let expected = format!("ann|{NASTY}|db.internal|sample|3306|x|");
    assert_eq!(exec(&task, &without).stdout, expected);

    let print = format!("{PRINT}; printf '%s' \"$AWS_VAULT\"");
    let output = exec_task(
        &server,
        &task,
        &["--params", &params, "--", "sh", "-c", &print, "sh", "x"],
    );
    assert_eq!(output.stdout, format!("{expected}task"), "{output:?}");
}

/// `exec task` with what follows, where the profile has the task's key.
fn exec_task(server: &Server, task: &Credentials, words: &[&str]) -> Output {
    let aws = server.scratch("home").join(".aws");
    fs::create_dir_all(&aws).unwrap();
    let keys = format!(
        "[task]\naws_access_key_id={}\naws_secret_access_key={}\n",
        task.access_key_id, task.secret_access_key
    );
    fs::write(aws.join("credentials"), keys).unwrap();
    fs::write(aws.join("config"), "[profile task]\nregion=us-east-1\n").unwrap();
    let mut command = server.client(task, &cli_binary());
    command
        .args(["exec", "task", "--expose-long-lived-key"])
        .args(words)
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY");
    Output::of(&mut command)
}

#[test]
fn a_profiles_credentials_are_not_replaced_by_parameters_unless_that_is_said() {
    let (server, task) = started();
    server.put("/keys/aws-session-token", "canary", None);
    let print = ["--", "printenv", "AWS_SESSION_TOKEN"];
    let words = [&["--params", "/keys/"], &print[..]].concat();
    let output = exec_task(&server, &task, &words);
    let told =
        "`/keys/aws-session-token` would be AWS_SESSION_TOKEN, which is of the credentials of profile `task`";
    assert!(output.code == 2 && output.stderr.contains(told), "{output:?}");
    let allowed = [&["--allow", "AWS_SESSION_TOKEN"], &words[..]].concat();
    assert_eq!(exec_task(&server, &task, &allowed).text(), "canary");
    // Without a profile, credentials may well be parameters.
    let run = [&["run"], &words[..]].concat();
    assert_eq!(server.kagiban(&task, &run).text(), "canary");
}

#[test]
fn what_is_only_further_below_is_said_to_be_there() {
    let (server, task) = started();
    for (source, told) in [
        (
            "/prefix/",
            "there is no parameter right below `/prefix`; 5 are further below, which --recursive takes\n",
        ),
        (
            "/prefix/=DB_",
            "right below `/prefix`, for the variables DB_…; 5 are further below, which --recursive takes\n",
        ),
        ("/none/", "there is no parameter below `/none`\n"),
    ] {
        let output = server.kagiban(&task, &["run", "--params", source, "--", "true"]);
        assert!(output.code == 3 && output.stderr.contains(told), "{output:?}");
    }
}

#[test]
fn pristine_leaves_nothing_else_and_strict_fills_only_what_is_asked_for() {
    let (server, task) = started();
    let output = Output::of(&mut run(&server, &task, &["--pristine", "--", "env", "-0"]));
    let mut names: Vec<&str> = output
        .stdout
        .split('\0')
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["DB_HOST", "DB_NAME", "DB_PASSWORD", "DB_PORT", "DB_USER"],
        "{output:?}"
    );

    let strict = |variables: &[(&str, &str)]| {
        let mut command = run(
            &server,
            &task,
            &["--strict", "--", "sh", "-c", "echo \"$DB_USER|$DB_HOST\""],
        );
        Output::of(command.envs(variables.iter().copied()))
    };
    assert_eq!(strict(&[("DB_USER", "chamberme")]).stdout, "ann|\n");
    let unfilled = strict(&[("DB_TOKEN", "chamberme")]);
    assert_eq!((unfilled.code, unfilled.stdout.as_str()), (3, ""));
    assert!(unfilled.stderr.contains("DB_TOKEN"), "{unfilled:?}");
    let set = strict(&[("DB_USER", "bob")]);
    assert_eq!((set.code, set.stdout.as_str()), (2, ""));
}

#[test]
fn nothing_is_started_when_something_is_missing_or_would_collide() {
    let (server, task) = started();
    server.put("/other/user", "bob", None);
    for (more, code, told) in [
        (
            "/other/=DB_",
            2,
            &["/prefix/database/sample/user", "/other/user", "DB_USER"][..],
        ),
        ("/nothing/=X_", 3, &["/nothing", "X_"]),
        ("/other/nobody=LOGIN", 3, &["/other/nobody", "LOGIN"]),
    ] {
        let output = Output::of(&mut run(
            &server,
            &task,
            &["--params", more, "--", "echo", "started"],
        ));
        assert_eq!(
            (output.code, output.stdout.as_str()),
            (code, ""),
            "{more}: {output:?}"
        );
        for told in told {
            assert!(output.stderr.contains(told), "{told}: {output:?}");
        }
        assert!(!output.stderr.contains("bob"), "{output:?}");
    }
    let output = Output::of(&mut run(&server, &task, &["--", "no-such-program"]));
    assert_eq!(output.code, 127, "{output:?}");
}

#[test]
fn what_refers_to_nothing_is_named_and_nothing_is_started() {
    let (server, task) = started();
    let root = server.root();
    let settings = ["settings", "parameter-references", "true"];
    server.kagiban(&root, &settings).json();
    server.put(&format!("{PATH}replica/host"), "{{kagiban:/none}}", None);
    let echo = ["--", "echo", "started"];
    // Deeper than what is asked for.
    assert_eq!(Output::of(&mut run(&server, &root, &echo)).stdout, "started\n");
    server.put(&format!("{PATH}lost"), "{{kagiban:/nope}}", None);
    let lister = server.user(
        "lister",
        &json!([{"Effect": "Allow", "Action": ["ssm:Get*", "ssm:DescribeParameters", "kms:Decrypt",
            "kagiban:WatchParameters"], "Resource": "*"}]),
    );
    let refused = |output: Output| {
        assert_eq!((output.code, output.stdout.as_str()), (4, ""), "{output:?}");
        for told in [&format!("{PATH}lost")[..], "/nope", "mend the references"] {
            assert!(output.stderr.contains(told), "{output:?}");
        }
        assert!(!output.stderr.contains("replica"), "{output:?}");
    };
    for who in [&root, &lister] {
        refused(server.kagiban(who, &["env", &params()]));
        refused(Output::of(&mut run(&server, who, &echo)));
        let watched = [&["--watch"], &echo[..]].concat();
        refused(Output::of(&mut run(&server, who, &watched)));
    }
    let only = server.kagiban(&root, &["env", "/prefix/=X_", "--recursive"]);
    assert!(only.code == 4 && only.stderr.contains("replica/host"), "{only:?}");
    // Whoever may not list reads the path as it is read everywhere.
    assert_eq!(Output::of(&mut run(&server, &task, &echo)).stdout, "started\n");

    // What somebody may not read is left out of a strict account's paths, and is no broken reference.
    let settings = ["settings", "strict-path-authorization", "true"];
    server.kagiban(&root, &settings).json();
    server.put(&format!("{PATH}lost"), "found", None);
    let lost = format!("arn:aws:ssm:*:*:parameter{PATH}lost");
    let some = server.user(
        "some",
        &json!([
            {"Effect": "Allow", "Action": ["ssm:*", "kms:*", "kagiban:*"], "Resource": "*"},
            {"Effect": "Deny", "Action": "ssm:GetParameter*", "Resource": lost},
        ]),
    );
    assert_eq!(Output::of(&mut run(&server, &some, &echo)).stdout, "started\n");
}

#[test]
fn env_prints_what_a_shell_evaluates_to_the_same() {
    let (server, task) = started();
    let params = params();
    let printed = server
        .kagiban(&task, &["env", &params, "--format", "json"])
        .json();
    assert_eq!(printed["DB_PASSWORD"], NASTY);
    assert_eq!(printed.as_object().unwrap().len(), 5);

    let script = format!(r#"eval "$("$KAGIBAN" env {params} --format export)" && {PRINT}"#);
    let mut shell = server.client(&task, "/bin/sh".as_ref());
    let output = Output::of(shell.env("KAGIBAN", cli_binary()).args(["-c", &script]));
    assert_eq!(
        output.stdout,
        format!("ann|{NASTY}|db.internal|sample|3306|"),
        "{output:?}"
    );

    server.put(&format!("{PATH}replica/host"), "below", None);
    let dotenv = |more: &[&str]| server.kagiban(&task, &[&["env", &params], more].concat()).text();
    assert!(!dotenv(&[]).contains("below"));
    assert!(dotenv(&["--recursive"]).contains("DB_REPLICA_HOST=below\n"));
}

#[test]
fn no_command_is_given_what_opens_the_store_of_keys() {
    let (server, task) = started();
    let key = server.key();
    let private = server.scratch("keys").join("new");
    let mut keygen = Command::new(tool("ssh-keygen"));
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&private);
    assert!(keygen.status().unwrap().success());
    server.put("/keys/deploy", &fs::read_to_string(private).unwrap(), Some(&key));
    let params = params();
    for before in [
        &["run", "--params", &params][..],
        &["run", "--params", &params, "--as-file", "DB_HOST"],
        &["run", "--params", &params, "--watch"],
        &["exec", "--params", &params],
        &["ssh-agent", "--param", "/keys/deploy"],
    ] {
        let arguments = [before, &["--", "env"]].concat();
        let mut command = server.client(&task, &cli_binary());
        command
            .env("KAGIBAN_FILE_PASSPHRASE", "canary")
            .env("AWS_VAULT_FILE_PASSPHRASE", "canary");
        let output = Output::of(command.args(&arguments));
        assert!(
            output.code == 0 && output.stdout.contains("HOME="),
            "{arguments:?}: {output:?}"
        );
        assert!(
            !output.stdout.contains("FILE_PASSPHRASE"),
            "{arguments:?}: {output:?}"
        );
    }
}

#[test]
fn a_watched_command_is_restarted_with_new_values_or_told() {
    let (server, task) = started();
    for (on_change, script, told) in [
        ("restart", "echo $DB_USER; exec sleep 60", "eve"),
        (
            "hup",
            "trap 'echo told; exit 5' HUP; echo $DB_USER; while :; do sleep 0.05; done",
            "told",
        ),
    ] {
        let mut command = run(
            &server,
            &task,
            &["--watch", "--on-change", on_change, "--", "sh", "-c", script],
        );
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let before = lines.next().unwrap().unwrap();
        let put = ["param", "set", &format!("{PATH}user"), told, "--overwrite"];
        let changed = match on_change {
            "restart" => server.kagiban(&server.root(), &put),
            _ => server.kagiban(
                &server.root(),
                &["param", "set", &format!("{PATH}user"), "zoe", "--overwrite"],
            ),
        };
        assert_eq!(changed.code, 0, "{changed:?}");
        assert_eq!(lines.next().unwrap().unwrap(), told, "after {before}");
        match on_change {
            "hup" => assert_eq!(
                child.wait().unwrap().code(),
                Some(5),
                "its exit code is passed on"
            ),
            _ => {
                let kill = Command::new("kill").arg(child.id().to_string()).status().unwrap();
                assert!(kill.success());
                assert_eq!(
                    child.wait().unwrap().code(),
                    Some(128 + 15),
                    "the signal is passed on"
                );
            }
        }
    }
}
