//! The lists of Parameter Store, page by page, through boto3's own paginators.

use serde_json::{Value, json};

use crate::harness::{Output, Server, clients_directory, venv_binary};

/// A list: how many were on each page, and what was in them.
fn list<T: Into<Value>>(sizes: &[usize], shown: impl IntoIterator<Item = T>) -> Value {
    let shown: Vec<Value> = shown.into_iter().map(Into::into).collect();
    json!({"sizes": sizes, "shown": shown})
}

fn names(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let numbers = numbers.into_iter();
    numbers.map(|n| format!("/pages/list/{n:02}")).collect()
}

#[test]
fn boto3_s_paginators_go_through_every_list_and_take_each_item_once() {
    let server = Server::start();

    let mut python = server.client(&server.root(), &venv_binary("python"));
    let seen = Output::of(python.arg(clients_directory().join("boto3_parameter_pages.py"))).json();

    let mut all = names(0..25);
    all.insert(0, "/pages/history".to_owned());
    all.push("/pages/shared".to_owned());
    let expected = json!({
        "history": list(&[10, 10, 3], 1..=23),
        "by_path": list(&[10, 10, 7], all.clone()),
        "by_path_of_type": list(&[2, 2, 1], ["v0", "v5", "v10", "v15", "v20"]),
        "resumed": names(0..25),
        "described": list(&[20, 7], all),
        "described_by_tag": list(&[5, 5, 3], names((0..25).step_by(2))),
        "described_by_key": list(&[3, 2], names((0..25).step_by(5))),
        "described_by_name": list(&[3, 3, 2], names((10..20).filter(|n| n % 5 != 0))),
        "no_policies": {"sizes": [0], "shown": []},
        "policies": list(&[1], [true]),
    });
    for (name, expected) in expected.as_object().unwrap() {
        assert_eq!(&seen[name], expected, "{name}");
    }
}
