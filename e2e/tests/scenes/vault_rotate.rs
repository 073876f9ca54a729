//! `kagiban rotate`: a new key takes the old one's place, and two keys are said to be one too many.

use serde_json::json;

use crate::harness::{Server, Workstation, profile_at};

fn keys(server: &Server) -> Vec<String> {
    let list = [
        "iam",
        "list-access-keys",
        "--user-name",
        "alice",
        "--query",
        "AccessKeyMetadata[?Status=='Active'].AccessKeyId",
    ];
    let text = server.aws_text(&server.root(), &list);
    text.split_whitespace().map(str::to_owned).collect()
}

fn alice(server: &Server) -> crate::harness::Credentials {
    server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]),
    )
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one() {
    let server = Server::start();
    let old = alice(&server);
    let workstation = Workstation::new(&profile_at(&server.url(), "a", ""));
    workstation.add("a", &old);
    let said = workstation.run(&["rotate", "a"]).text();
    let left = keys(&server);
    assert_eq!(left.len(), 1);
    assert_ne!(left[0], old.access_key_id);
    assert!(
        said.contains(&format!("{} took the place of {}", left[0], old.access_key_id)),
        "{said}"
    );
    let shown = ["exec", "-n", "a", "--", "printenv", "AWS_ACCESS_KEY_ID"];
    assert_eq!(workstation.run(&shown).text(), left[0]);
    let output = workstation.run(&["rotate", "--resume", "a"]);
    assert!(
        output.code == 3 && output.stderr.contains("no rotation"),
        "{output:?}"
    );
}

#[test]
fn two_keys_are_one_too_many_and_both_are_named() {
    let server = Server::start();
    let old = alice(&server);
    server
        .iam(&server.root(), "CreateAccessKey", &[("UserName", "alice")])
        .ok();
    let workstation = Workstation::new(&profile_at(&server.url(), "a", ""));
    workstation.add("a", &old);
    let output = workstation.run(&["rotate", "a"]);
    assert_eq!(output.code, 4, "{output:?}");
    for id in keys(&server) {
        assert!(output.stderr.contains(&id), "{output:?}");
    }
}
