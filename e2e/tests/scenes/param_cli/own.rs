//! What Kagiban has and AWS has not.

use serde_json::{Value, json};

use super::param;
use crate::harness::Server;

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
