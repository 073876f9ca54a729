//! Comparing, copying and moving, on one server and between two.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{described, names, param, value};
use crate::harness::{Order, Relay, Server};

/// A profile of the client's, whose settings lead to another server.
pub(super) fn profile_of(server: &Server, name: &str, other: &Server) {
    let home = server.scratch("home");
    fs::create_dir_all(home.join(".aws")).unwrap();
    let (who, url) = (other.root(), other.url());
    let text = format!(
        "[profile {name}]\nregion = us-east-1\nendpoint_url = {url}\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        who.access_key_id, who.secret_access_key
    );
    fs::write(home.join(".aws/config"), text).unwrap();
}

/// Keys and values, by key.
fn tags(server: &Server, name: &str) -> Vec<(String, String)> {
    let body = json!({"ResourceType": "Parameter", "ResourceId": name});
    let answer = server
        .call(&server.root(), "AmazonSSM.ListTagsForResource", &body)
        .ok();
    let text = |tag: &Value, member: &str| tag[member].as_str().unwrap().to_owned();
    let list = answer.json()["TagList"].clone();
    let tags = list.as_array().unwrap().iter();
    let mut tags: Vec<_> = tags.map(|tag| (text(tag, "Key"), text(tag, "Value"))).collect();
    tags.sort();
    tags
}

#[test]
fn versions_and_paths_are_compared_without_showing_values() {
    let server = Server::start();
    let key = server.key();
    server.put("/dev/password", "hunter1", Some(&key));
    server.put("/dev/password", "hunter2", Some(&key));
    let output = param(&server, &["diff", "/dev/password"]);
    assert!(
        output.code == 1 && !output.stdout.contains("hunter"),
        "{output:?}"
    );
    let output = param(&server, &["diff", "/dev/password", "1", "2", "--show-values"]);
    assert!(
        output.code == 1 && output.stdout.contains("hunter1") && output.stdout.contains("hunter2"),
        "{output:?}"
    );
    assert_eq!(param(&server, &["diff", "/dev/password", "2", "2"]).code, 0);
    assert_eq!(param(&server, &["diff", "/dev/password", "2", "9"]).code, 3);

    server.put("/prod/password", "hunter2", Some(&key));
    assert_eq!(param(&server, &["compare", "/dev", "/prod"]).code, 0);
    server.put("/prod/password", "hunter3", Some(&key));
    server.put("/prod/new", "hunter4", None);
    let output = param(&server, &["compare", "/dev", "/prod"]);
    assert!(
        output.code == 1 && !output.stdout.contains("hunter"),
        "{output:?}"
    );
    let outcome: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(outcome["OnlyInB"], json!([{"Name": "new"}]));
    assert_eq!(outcome["Different"][0]["Name"], "password");

    let other = Server::start();
    profile_of(&server, "other", &other);
    assert_eq!(
        param(&server, &["compare", "/dev", "--profile-b", "other"]).code,
        1
    );
    other.put("/dev/password", "hunter2", Some(&other.key()));
    assert_eq!(
        param(&server, &["compare", "/dev", "--profile-b", "other"]).code,
        0
    );
}

#[test]
fn a_copy_has_all_that_the_original_has() {
    let server = Server::start();
    let key = server.key();
    let original = json!({
        "Name": "/a/password", "Value": "hunter2", "Type": "SecureString", "KeyId": key, "Tier": "Advanced",
        "Description": "what for", "AllowedPattern": "hunter.*",
        "Tags": [{"Key": "team", "Value": "x"}, {"Key": "env", "Value": "prod"}],
    });
    server
        .call(&server.root(), "AmazonSSM.PutParameter", &original)
        .ok();
    let told = param(&server, &["copy", "/a/password", "/b/password", "--dry-run"]).json();
    assert_eq!(told["Parameters"][0]["Step"], "create");
    assert_eq!(param(&server, &["get", "/b/password"]).code, 3);

    param(&server, &["copy", "/a/password", "/b/password"]).json();
    assert_eq!(value(&server, "/b/password"), "hunter2");
    let (a, b) = (
        described(&server, "/a/password"),
        described(&server, "/b/password"),
    );
    for member in [
        "Type",
        "KeyId",
        "Tier",
        "Description",
        "AllowedPattern",
        "DataType",
    ] {
        assert_eq!(a[member], b[member], "{member}");
    }
    assert_eq!(tags(&server, "/a/password"), tags(&server, "/b/password"));

    // Again is nothing, something else is refused, and overwriting makes it the same in every point.
    let told = param(&server, &["copy", "/a/password", "/b/password"]).json();
    assert_eq!(
        (&told["Parameters"][0]["Step"], &b["Version"]),
        (&json!("same"), &json!(1))
    );
    assert_eq!(described(&server, "/b/password")["Version"], 1);
    let plain = json!({"Name": "/c/password", "Value": "x", "Type": "String", "Description": "other",
        "Tags": [{"Key": "old", "Value": "x"}]});
    server.call(&server.root(), "AmazonSSM.PutParameter", &plain).ok();
    let output = param(&server, &["copy", "/a/password", "/c/password"]);
    assert!(
        output.code == 4 && output.stderr.contains("--overwrite"),
        "{output:?}"
    );
    assert_eq!(value(&server, "/c/password"), "x");
    param(&server, &["copy", "/a/password", "/c/password", "--overwrite"]).json();
    let told = param(&server, &["copy", "/a/password", "/c/password"]).json();
    assert_eq!(told["Parameters"][0]["Step"], "same");
    assert_eq!(tags(&server, "/c/password"), tags(&server, "/a/password"));
}

#[test]
fn a_path_is_copied_to_another_server_with_a_key_of_that_server() {
    let (server, other) = (Server::start(), Server::start());
    profile_of(&server, "other", &other);
    let key = server.key();
    server.put("/app/db/url", "x", None);
    server.put("/app/db/password", "hunter2", Some(&key));
    let copy = ["copy", "-r", "/app", "/shop", "--to-profile", "other"];
    let output = param(&server, &copy);
    assert!(
        output.code == 2 && output.stderr.contains("--key-id"),
        "{output:?}"
    );
    assert_eq!(names(&param(&other, &["list"]).json()), [""; 0]);

    let new_key = other.key();
    param(&server, &[&copy[..], &["--key-id", &new_key]].concat()).json();
    assert_eq!(value(&other, "/shop/db/password"), "hunter2");
    assert_eq!(described(&other, "/shop/db/password")["KeyId"], new_key);
    assert_eq!(value(&other, "/shop/db/url"), "x");
}

#[test]
fn a_move_loses_nothing() {
    let server = Server::start();
    let key = server.key();
    for number in 0..23 {
        server.put(&format!("/app/n{number}"), "x", None);
    }
    server.put("/app/password", "hunter2", Some(&key));
    assert_eq!(param(&server, &["move", "-r", "/app", "/shop"]).code, 5);
    param(&server, &["move", "-r", "/app", "/shop", "--dry-run"]).json();
    assert_eq!(names(&param(&server, &["list"]).json()).len(), 24);

    // As a run leaves it that was interrupted: some copied, one deleted already.
    server.put("/shop/n3", "x", None);
    server.put("/shop/n4", "x", None);
    let delete = json!({"Name": "/app/n4"});
    server
        .call(&server.root(), "AmazonSSM.DeleteParameter", &delete)
        .ok();
    param(&server, &["move", "-r", "/app", "/shop", "--yes"]).json();
    let left = param(&server, &["list"]).json();
    assert!(
        names(&left).len() == 24 && names(&left).iter().all(|name| name.starts_with("/shop/")),
        "{left}"
    );
    assert_eq!(value(&server, "/shop/password"), "hunter2");
    assert_eq!(described(&server, "/shop/n3")["Version"], 1);

    // Something else in the way, and a target that is the original: nothing is touched.
    server.put("/other/password", "hunter3", None);
    let output = param(&server, &["move", "/shop/password", "/other/password", "--yes"]);
    assert_eq!(output.code, 4, "{output:?}");
    let itself = ["move", "/shop/password", "/shop/password", "--yes", "--overwrite"];
    assert_eq!(param(&server, &itself).code, 2);
    server.put("/shop/shop/password", "x", None);
    let inside = ["move", "-r", "/shop", "/shop/shop", "--yes", "--overwrite"];
    assert_eq!(param(&server, &inside).code, 2);
    assert_eq!(value(&server, "/shop/password"), "hunter2");
    assert_eq!(value(&server, "/other/password"), "hunter3");
}

#[test]
fn what_is_written_during_a_move_is_not_lost() {
    let server = Arc::new(Server::start());
    for name in ["/race/a", "/race/b", "/race/c"] {
        server.put(name, "early", None);
    }
    let tags_of_c = AtomicUsize::new(0);
    let writer = Arc::clone(&server);
    let relay = Relay::before(Some(server.authority()), move |_, seen| {
        let late = |name| writer.put(name, "late", None);
        let (operation, of) = (seen.operation(), |name: &str| seen.body.contains(name));
        if operation == Some("DescribeParameters") && of("/raced/b") {
            // Everything is copied, `a` was looked at, and now it is the turn of `b`.
            late("/race/a");
            late("/race/b");
        } else if operation == Some("ListTagsForResource") && of("/race/c") {
            // The second time, `c` has been read to be compared with its copy.
            if tags_of_c.fetch_add(1, Ordering::SeqCst) == 1 {
                late("/race/c");
            }
        }
        Order::Pass
    });
    let url = relay.url();
    let output = param(
        &server,
        &["move", "-r", "/race", "/raced", "--yes", "--endpoint-url", &url],
    );
    assert!(
        output.code == 4
            && output
                .stderr
                .contains("/race/b has changed meanwhile, /race/c has changed meanwhile"),
        "{output:?}"
    );
    for name in ["a", "b", "c"] {
        assert_eq!(value(&server, &format!("/race/{name}")), "late", "{name}");
        assert_eq!(value(&server, &format!("/raced/{name}")), "early", "{name}");
    }
    assert_eq!(
        described(&server, "/race/a")["Version"],
        1,
        "it was deleted before the write, which made it anew"
    );
    param(
        &server,
        &["move", "-r", "/race", "/raced", "--yes", "--overwrite"],
    )
    .json();
    assert_eq!(
        names(&param(&server, &["list"]).json()),
        ["/raced/a", "/raced/b", "/raced/c"]
    );
    assert_eq!(value(&server, "/raced/c"), "late");
}

#[test]
fn a_tree_does_not_grow_into_itself() {
    let server = Server::start();
    for name in ["/prod/sub/sub/y", "/prod/sub/x", "/prod/z"] {
        server.put(name, "1", None);
    }
    let before = param(&server, &["list"]).json();
    let from_to = [
        ("/prod/sub", "/prod/sub/inner"),
        ("/prod/sub/", "/prod/sub/new"),
        ("/", "/backup"),
        // What comes out of the lower path would be in it again.
        ("/prod/sub", "/prod"),
    ];
    for (from, to) in from_to {
        for command in [&["copy"][..], &["copy", "--dry-run"], &["move", "--yes"]] {
            let output = param(&server, &[command, &["-r", from, to]].concat());
            assert!(
                output.code == 2 && output.stderr.contains("would be below"),
                "{output:?}"
            );
        }
    }
    assert_eq!(param(&server, &["list"]).json(), before);
    param(&server, &["move", "-r", "/prod/sub/sub", "/prod/sub", "--yes"]).json();
    assert_eq!(
        names(&param(&server, &["list"]).json()),
        ["/prod/sub/x", "/prod/sub/y", "/prod/z"]
    );
    let other = Server::start();
    profile_of(&server, "other", &other);
    let away = ["copy", "-r", "/prod", "/prod/old", "--to-profile", "other"];
    param(&server, &away).json();
    assert_eq!(value(&other, "/prod/old/z"), "1");
}

#[test]
fn an_original_that_may_not_be_deleted_stays_with_its_copy() {
    let server = Server::start();
    server.put("/a/x", "1", None);
    let statements = json!([
        {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "ssm:DeleteParameter*", "Resource": "*"},
    ]);
    let alice = server.user("alice", &statements);
    let output = server.kagiban(&alice, &["param", "move", "/a/x", "/b/x", "--yes"]);
    assert!(
        output.code == 4 && output.stderr.contains("AccessDenied"),
        "{output:?}"
    );
    assert_eq!(
        (value(&server, "/a/x"), value(&server, "/b/x")),
        ("1".into(), "1".into())
    );
    param(&server, &["move", "/a/x", "/b/x", "--yes"]).json();
    assert_eq!(names(&param(&server, &["list"]).json()), ["/b/x"]);
}

#[test]
fn an_arn_is_no_name_to_copy() {
    let server = Server::start();
    let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/app/x";
    for arguments in [["copy", arn, "/app/y"], ["copy", "/app/x", arn]] {
        for recursive in [&[][..], &["--recursive"]] {
            let output = param(&server, &[&arguments[..], recursive].concat());
            assert!(
                output.code == 2 && output.stderr.contains("is an ARN, and names are taken here"),
                "{output:?}"
            );
        }
    }
}
