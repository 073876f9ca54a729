//! An account that acts like AWS meets AWS's quotas, and others do not.

use serde_json::{Value, json};

use crate::harness::{Output, Server, clients_directory, venv_binary};

fn hammer(server: &Server) -> Value {
    let mut python = server.client(&server.root(), &venv_binary("python"));
    Output::of(python.arg(clients_directory().join("boto3_parameter_quotas.py"))).json()
}

fn act_like_aws(server: &Server, value: &str) {
    let body = json!({"Name": "act-like-aws", "Value": value});
    server
        .call(&server.root(), "Kagiban.PutAccountSetting", &body)
        .ok();
}

#[test]
fn boto3_meets_a_throttling_exception_only_where_the_account_acts_like_aws() {
    let server = Server::start();
    server.put("/quota/a", "v", None);
    let free = json!({"admitted": 200, "told": [], "patient": "v"});
    assert_eq!(hammer(&server), free);
    act_like_aws(&server, "true");
    let throttled = hammer(&server);
    // A second's worth at once, and what comes anew while the others are refused.
    let admitted = throttled["admitted"].as_u64().unwrap();
    assert!((40..200).contains(&admitted), "{throttled}");
    assert_eq!(
        throttled["told"],
        json!([["ThrottlingException", "Rate exceeded"]])
    );
    assert_eq!(throttled["patient"], "v");
    act_like_aws(&server, "");
    assert_eq!(hammer(&server), free);
}
