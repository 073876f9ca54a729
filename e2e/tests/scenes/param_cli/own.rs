//! What Kagiban has and AWS has not.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, ChildStdout, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{described, names, param, value};
use crate::harness::{Server, cli_binary};

#[test]
fn settings_are_shown_changed_and_set_back() {
    let server = Server::start();
    let root = server.root();
    let settings = |arguments: &[&str]| server.kagiban(&root, &[&["settings"], arguments].concat());
    let value = |outcome: &Value| outcome["Settings"][0]["Value"].as_str().unwrap().to_owned();
    let all = settings(&[]).json();
    assert!(all["Settings"].as_array().unwrap().len() >= 4, "{all}");
    let name = "strict-path-authorization";
    assert_eq!(value(&settings(&[name]).json()), "false");
    assert_eq!(value(&settings(&[name, "true"]).json()), "true");
    assert_eq!(value(&settings(&[name]).json()), "true");
    assert_eq!(value(&settings(&[name, ""]).json()), "false");
    assert_eq!(settings(&["no-such-setting"]).code, 3);
    let output = settings(&[name, "perhaps"]);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{output:?}");
}

#[test]
fn what_was_deleted_comes_back_with_its_history_or_goes_for_good() {
    let server = Server::start();
    let key = server.key();
    server.put("/app/password", "hunter1", Some(&key));
    server.put("/app/password", "hunter2", Some(&key));
    server.put("/app/url", "x", None);
    param(&server, &["label", "/app/password", "first", "--version", "1"]).json();
    param(&server, &["delete", "-r", "/app", "--yes"]).json();

    let deleted = param(&server, &["deleted", "/app"]).json();
    assert_eq!(names(&deleted), ["/app/password", "/app/url"]);
    assert_eq!(deleted["Parameters"][0]["Version"], 2);
    let restored = param(&server, &["undelete", "/app/password"]).json();
    assert_eq!(restored["Parameters"][0]["Version"], 2);
    assert_eq!(value(&server, "/app/password"), "hunter2");
    server.put("/app/url", "y", None);
    let output = param(&server, &["undelete", "/app/url"]);
    assert!(
        output.code == 4 && output.stderr.contains("--swap") && !output.stderr.contains("--overwrite adds"),
        "{output:?}"
    );
    param(&server, &["move", "/app/url", "/app/other", "--yes"]).json();
    let first = param(&server, &["get", "/app/password", "--label", "first", "--raw"]);
    assert_eq!(first.stdout, "hunter1");

    assert_eq!(param(&server, &["purge", "/app/url"]).code, 5);
    param(&server, &["purge", "/app/url", "--yes"]).json();
    assert_eq!(param(&server, &["undelete", "/app/url"]).code, 3);
    assert_eq!(names(&param(&server, &["deleted"]).json()), [""; 0]);
}

#[test]
fn a_deleted_parameter_and_a_newer_one_of_its_name_change_places() {
    let server = Server::start();
    server.put("/lost/pw", "ORIGINAL", None);
    param(&server, &["delete", "/lost/pw", "--yes"]).json();
    server.put("/lost/pw", "newer", None);
    server.put("/lost/other", "x", None);

    // Whoever deletes or moves the newer one is told what goes with it.
    for arguments in [
        &["delete", "/lost/pw"][..],
        &["delete", "--recursive", "/lost"],
        &["move", "/lost/pw", "/kept/pw"],
    ] {
        let output = param(&server, arguments);
        assert!(
            output.code == 5
                && output
                    .stderr
                    .contains("What was deleted earlier as /lost/pw is kept"),
            "{output:?}"
        );
    }
    let output = param(&server, &["delete", "/lost/other"]);
    assert!(!output.stderr.contains("earlier"), "{output:?}");

    let refused = param(&server, &["undelete", "/lost/pw"]);
    assert!(
        refused.code == 4 && refused.stderr.contains("`--swap`") && refused.stderr.contains("both are kept"),
        "{refused:?}"
    );
    param(&server, &["undelete", "/lost/pw", "--swap"]).json();
    assert_eq!(value(&server, "/lost/pw"), "ORIGINAL");
    assert_eq!(names(&param(&server, &["deleted"]).json()), ["/lost/pw"]);
    param(&server, &["undelete", "/lost/pw", "--swap"]).json();
    assert_eq!(value(&server, "/lost/pw"), "newer");
}

#[test]
fn an_old_version_becomes_the_newest_by_its_number_or_label() {
    let server = Server::start();
    let key = server.key();
    for value in ["one", "two", "three"] {
        server.put("/app/x", value, Some(&key));
    }
    param(&server, &["label", "/app/x", "good", "--version", "2"]).json();
    let answer = param(&server, &["rollback", "/app/x", "good"]).json();
    assert_eq!(
        (&answer["Version"], value(&server, "/app/x")),
        (&json!(4), "two".into())
    );
    param(&server, &["rollback", "/app/x", "1"]).json();
    assert_eq!(value(&server, "/app/x"), "one");
    assert_eq!(described(&server, "/app/x")["KeyId"], key);
    assert_eq!(param(&server, &["rollback", "/app/x", "77"]).code, 3);
    assert_eq!(param(&server, &["rollback", "/app/none", "1"]).code, 3);
}

#[test]
fn labels_are_put_on_moved_and_taken_off() {
    let server = Server::start();
    server.put("/app/x", "one", None);
    server.put("/app/x", "two", None);
    let labelled = |label: &str| {
        let output = param(&server, &["get", "/app/x", "--label", label, "--raw"]);
        (output.code, output.stdout)
    };
    param(&server, &["label", "/app/x", "now", "blue"]).json();
    assert_eq!(labelled("now"), (0, "two".into()));
    param(&server, &["label", "/app/x", "now", "--version", "1"]).json();
    assert_eq!(labelled("now"), (0, "one".into()));
    assert_eq!(param(&server, &["diff", "/app/x", "now", "blue"]).code, 1);
    param(&server, &["label", "/app/x", "now", "--remove"]).json();
    assert_eq!(labelled("now").0, 3);
    let output = param(&server, &["label", "/app/x", "1st"]);
    assert!(output.code == 2 && output.stderr.contains("1st"), "{output:?}");
    assert_eq!(param(&server, &["label", "/app/x", "none", "--remove"]).code, 3);
}

/// A `kagiban param watch` that has begun.
struct Watching {
    child: Child,
    lines: BufReader<ChildStdout>,
    remarks: BufReader<ChildStderr>,
}

impl Watching {
    fn begin(server: &Server, arguments: &[&str]) -> Watching {
        let mut command = server.client(&server.root(), &cli_binary());
        command.args(["param", "watch"]).args(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut watching = Watching {
            lines: BufReader::new(child.stdout.take().unwrap()),
            remarks: BufReader::new(child.stderr.take().unwrap()),
            child,
        };
        assert!(watching.remark().contains("watching /app"));
        watching
    }

    fn change(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn remark(&mut self) -> String {
        let mut line = String::new();
        self.remarks.read_line(&mut line).unwrap();
        line
    }

    /// Interrupts it; returns the cursor that it names at its end.
    fn end(mut self) -> String {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        let remark = self.remark();
        assert_eq!(self.child.wait().unwrap().code(), Some(130), "{remark}");
        let (_, cursor) = remark.trim_end().rsplit_once("--cursor ").expect(&remark);
        cursor.to_owned()
    }
}

#[test]
fn a_watch_goes_on_where_another_one_ended() {
    let server = Server::start();
    let mut watching = Watching::begin(&server, &["/app"]);
    server.put("/app/a", "hunter2", None);
    let first = watching.change();
    assert_eq!(
        (&first["Name"], &first["Kind"]),
        (&json!("/app/a"), &json!("Put"))
    );
    let cursor = watching.end();

    server.put("/app/b", "hunter2", None);
    server.put("/app/c", "hunter2", None);
    for from in [cursor.as_str(), first["Cursor"].as_str().unwrap()] {
        let mut watching = Watching::begin(&server, &["/app", "--cursor", from]);
        let mut b = watching.change();
        if b["Name"] == first["Name"] {
            // What was printed in the moment of the interrupt may come again.
            b = watching.change();
        }
        let c = watching.change();
        assert_eq!((&b["Name"], &c["Name"]), (&json!("/app/b"), &json!("/app/c")));
        assert!(
            b["Cursor"].is_null() && c["Cursor"].is_string(),
            "only after all that came together is there a place to go on: {b} {c}"
        );
        watching.end();
    }
    let output = param(&server, &["watch", "/app", "--cursor", "nonsense"]);
    assert!(
        output.code == 4 && output.stderr.contains("without --cursor") && output.stdout.is_empty(),
        "{output:?}"
    );
}
