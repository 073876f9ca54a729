//! Parameter policies with the real clock: shown, expired, carried out by the server itself.

use std::thread::sleep;
use std::time::{Duration, SystemTime};

use aws_sdk_ssm::primitives::{DateTime, DateTimeFormat};
use serde_json::{Value, json};

use crate::harness::{Server, files_below};

/// A policy that ends a parameter so many seconds from now, and the moment.
fn expiration(seconds: u64) -> (String, SystemTime) {
    let end = SystemTime::now() + Duration::from_secs(seconds);
    let end_seconds = end.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let whole = SystemTime::UNIX_EPOCH + Duration::from_secs(end_seconds);
    let written = DateTime::from_secs(i64::try_from(end_seconds).unwrap());
    let written = written.fmt(DateTimeFormat::DateTime).unwrap();
    let policy = json!([{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": written}}]);
    (policy.to_string(), whole)
}

fn put(server: &Server, policies: &str) -> Value {
    let arguments = [
        "ssm",
        "put-parameter",
        "--name",
        "/app/db",
        "--value",
        "v",
        "--type",
        "SecureString",
        "--tier",
        "Intelligent-Tiering",
        "--policies",
        policies,
    ];
    server.aws_json(&server.root(), &arguments)
}

fn wait_until(moment: SystemTime) {
    while SystemTime::now() < moment {
        sleep(Duration::from_millis(20));
    }
}

/// Whether the audit log has an event of the server's own about the parameter.
fn audited(server: &Server, operation: &str) -> bool {
    let of_it = |line: &str| line.contains("parameter/app/db") && line.contains(operation);
    let files = files_below(&server.data().join("audit")).into_iter();
    let mut texts = files.map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned());
    texts.any(|text| text.lines().any(of_it))
}

#[test]
fn an_expired_parameter_is_gone_at_once_and_deleted_after_a_restart() {
    let server = Server::start();
    let root = server.root();
    let (policies, end) = expiration(15);
    assert_eq!(put(&server, &policies), json!({"Version": 1, "Tier": "Advanced"}));
    let described = server.aws_json(&root, &["ssm", "describe-parameters"]);
    let shown = &described["Parameters"][0]["Policies"][0];
    assert_eq!(
        (&shown["PolicyType"], &shown["PolicyStatus"]),
        (&json!("Expiration"), &json!("Pending"))
    );
    assert_eq!(
        format!("[{}]", shown["PolicyText"].as_str().unwrap()).len(),
        policies.len()
    );

    let read = || server.call(&root, "AmazonSSM.GetParameter", &json!({"Name": "/app/db"}));
    assert_eq!(read().status, 200);
    wait_until(end);
    assert_eq!(read().json()["__type"], "ParameterNotFound");

    let server = server.stop().start();
    let patience = SystemTime::now() + Duration::from_secs(20);
    while !audited(&server, "DeleteExpiredParameter") {
        assert!(SystemTime::now() < patience, "{}", server.log());
        sleep(Duration::from_millis(100));
    }
    let log = server.log();
    assert!(log.contains("a parameter has expired"), "{log}");
}

#[test]
fn a_notification_is_an_event_and_then_finished() {
    let server = Server::start();
    let root = server.root();
    // Its notice is due at once: an hour before an end that is nearer than that.
    let (policies, _) = expiration(1800);
    let notice = json!({"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "1", "Unit": "Hours"}});
    let policies = policies.replace("}]", &format!("}},{notice}]"));
    put(&server, &policies);

    let server = server.stop().start();
    let status = || {
        let described = server
            .call(&root, "AmazonSSM.DescribeParameters", &json!({}))
            .ok()
            .json();
        described["Parameters"][0]["Policies"][1]["PolicyStatus"].clone()
    };
    // The audit log and the server's follow the change, by a moment.
    let told = || {
        audited(&server, "ExpirationNotification")
            && server
                .log()
                .contains("a policy of a parameter asks for attention")
    };
    let patience = SystemTime::now() + Duration::from_secs(20);
    while status() != "Finished" || !told() {
        assert!(SystemTime::now() < patience, "{}", server.log());
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn policies_are_replaced_and_taken_away_by_the_cli() {
    let server = Server::start();
    let root = server.root();
    let (policies, _) = expiration(3600);
    put(&server, &policies);
    let types = |policies: Option<&str>| -> String {
        let mut arguments = vec![
            "ssm",
            "put-parameter",
            "--name",
            "/app/db",
            "--value",
            "v2",
            "--overwrite",
        ];
        arguments.extend(policies.iter().flat_map(|policies| ["--policies", *policies]));
        server.aws_json(&root, &arguments);
        let query = ["--query", "Parameters[0].Policies[].PolicyType"];
        server.aws_text(&root, &[&["ssm", "describe-parameters"][..], &query].concat())
    };
    assert_eq!(types(None), "Expiration");
    let no_change =
        r#"[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Days"}}]"#;
    assert_eq!(types(Some(no_change)), "NoChangeNotification");
    assert_eq!(types(Some("[{}]")), "");

    let broken = [
        "ssm",
        "put-parameter",
        "--name",
        "/app/db",
        "--value",
        "v",
        "--overwrite",
        "--policies",
        r#"[{"Type":"Other"}]"#,
    ];
    let refused = server.aws(&root, &broken);
    assert!(
        refused
            .error()
            .starts_with("An error occurred (InvalidPolicyTypeException)"),
        "{refused:?}"
    );
}
