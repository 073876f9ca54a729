//! Values that refer to other parameters, read by the AWS CLI.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, REGION, Server, Stopped, files_below};

fn choose(server: &Server, value: &str) {
    let body = json!({"Name": "parameter-references", "Value": value});
    server
        .call(&server.root(), "Kagiban.PutAccountSetting", &body)
        .ok();
}

fn put(server: &Server, name: &str, value: &str, kind: &str) -> crate::harness::Answer {
    let body = json!({"Name": name, "Value": value, "Type": kind, "Overwrite": true});
    server.call(&server.root(), "AmazonSSM.PutParameter", &body)
}

#[test]
fn references_are_resolved_with_the_readers_rights_and_audited() {
    let server = Server::start();
    choose(&server, "true");
    put(&server, "/db/host", "db.example", "String").ok();
    for password in ["old", "hunter2"] {
        put(&server, "/db/password", password, "SecureString").ok();
    }
    let label = ["ssm", "label-parameter-version", "--name", "/db/password"];
    let stable = ["--parameter-version", "1", "--labels", "stable"];
    server.aws_json(&server.root(), &[&label[..], &stable].concat());
    let url = "postgres://{{kagiban:/db/password:stable}}:{{kagiban:/db/password}}@{{kagiban:/db/host}}";
    put(&server, "/app/url", url, "String").refused(400, "ValidationException");
    put(&server, "/app/url", url, "SecureString").ok();

    let reader = |allowed: Value| {
        json!([
            {"Effect": "Allow", "Action": ["ssm:GetParameter*"], "Resource": allowed},
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
        ])
    };
    let arn = |name: &str| format!("arn:aws:ssm:*:*:parameter{name}");
    let alice = server.user("alice", &reader(json!("*")));
    let bob = server.user(
        "bob",
        &reader(json!([arn("/app/*"), arn("/db/host"), arn("/app")])),
    );
    let get = ["ssm", "get-parameter", "--name", "/app/url", "--with-decryption"];
    let value = ["--query", "Parameter.Value"];
    let resolved = "postgres://old:hunter2@db.example";
    assert_eq!(server.aws_text(&alice, &[&get[..], &value].concat()), resolved);
    let by_path = [
        "ssm",
        "get-parameters-by-path",
        "--path",
        "/app",
        "--with-decryption",
    ];
    let found = server.aws_json(&alice, &by_path);
    assert_eq!(found["Parameters"][0]["Value"], resolved);
    let refused = server.aws(&bob, &get);
    assert!(
        refused.error().contains("AccessDeniedException") && refused.error().contains("/db/password"),
        "{refused:?}"
    );
    let found = server.aws_json(&bob, &by_path);
    assert_eq!(
        found["Parameters"],
        json!([]),
        "left out: one bad reference breaks no listing"
    );
    let several = [
        "ssm",
        "get-parameters",
        "--names",
        "/app/url",
        "/db/host",
        "--with-decryption",
    ];
    let several = server.aws_json(&bob, &several);
    assert_eq!(several["Parameters"][0]["Value"], "db.example");
    assert_eq!(several["InvalidParameters"], json!(["/app/url"]));
    // What would be refused is known without trying.
    let explain = |who: &str| {
        let principal = format!("arn:aws:iam::{ACCOUNT}:user/{who}");
        let body = json!({
            "PrincipalArn": principal, "ActionName": "ssm:GetParameter",
            "ResourceArn": format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/app/url"),
        });
        let answer = server.call(&server.root(), "Kagiban.ExplainAccess", &body);
        answer.ok().json()
    };
    assert_eq!(explain("alice")["Decision"], "allowed");
    let refused = explain("bob");
    assert_eq!(refused["Decision"], "implicitDeny", "{refused:#}");
    let denied: Vec<&Value> = refused["Checks"].as_array().unwrap().iter().collect();
    let denied: Vec<&Value> = denied
        .into_iter()
        .filter(|check| check["Decision"] != "allowed")
        .map(|check| &check["ResourceArn"])
        .collect();
    let password = json!(format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/db/password"));
    assert_eq!(denied, [&password]);
    let history = [
        "ssm",
        "get-parameter-history",
        "--name",
        "/app/url",
        "--with-decryption",
    ];
    assert_eq!(server.aws_json(&alice, &history)["Parameters"][0]["Value"], url);
    choose(&server, "false");
    assert_eq!(server.aws_text(&alice, &[&get[..], &value].concat()), url);
    put(&server, "/app/other", url, "SecureString").refused(400, "ValidationException");

    let stopped = server.stop();
    let files = files_below(&stopped.data()).into_iter();
    let files = files.filter(|path| path.to_string_lossy().contains("audit"));
    let audit: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let read = |line: &&str| {
        line.contains("\"GetParameter\"")
            && line.contains("user/alice")
            && line.contains(":parameter/db/host")
    };
    assert!(
        audit.lines().any(|line| read(&line)),
        "the audit says what was read"
    );
    assert!(!audit.contains("hunter2"));
}

#[test]
fn circles_and_missing_parameters_are_named() {
    let server = Server::start();
    choose(&server, "true");
    put(&server, "/a", "{{kagiban:/b}}", "String").ok();
    let get = ["ssm", "get-parameter", "--name", "/a"];
    let missing = server.aws(&server.root(), &get);
    assert!(
        missing
            .error()
            .contains("refers to {{kagiban:/b}}, and there is no such parameter"),
        "{missing:?}"
    );
    let refused = put(&server, "/b", "{{kagiban:/a}}", "String").refused(400, "ValidationException");
    assert_eq!(refused, "The references of /b lead back to it.");
}

#[test]
fn references_lead_to_public_parameters_and_from_older_versions_and_the_audit_names_them() {
    let stopped = Stopped::new();
    let public = stopped.scratch("public").join("public.json");
    std::fs::write(&public, r#"{"/aws/service/images/web": {"value": "image-7"}}"#).unwrap();
    let mut command = stopped.command();
    command.arg("--public-parameters").arg(&public);
    let server = stopped.start_with(command);
    choose(&server, "true");
    put(&server, "/old/host", "old.example", "String").ok();
    put(
        &server,
        "/app/run",
        "{{kagiban:/aws/service/images/web}} at {{kagiban:/old/host}}",
        "String",
    )
    .ok();
    put(&server, "/app/run", "nothing", "String").ok();
    let label = ["ssm", "label-parameter-version", "--name", "/app/run"];
    server.aws_json(
        &server.root(),
        &[&label[..], &["--parameter-version", "1", "--labels", "stable"]].concat(),
    );
    let all = json!([{"Effect": "Allow", "Action": "ssm:GetParameter*", "Resource": "*"}]);
    let alice = server.user("alice", &all);
    let own = json!([{"Effect": "Allow", "Action": "ssm:GetParameter*", "Resource": [
        "arn:aws:ssm:*:*:parameter/app/*", "arn:aws:ssm:*:*:parameter/old/*"]}]);
    let bob = server.user("bob", &own);
    for name in ["/app/run:stable", "/app/run:1"] {
        let get = [
            "ssm",
            "get-parameter",
            "--name",
            name,
            "--query",
            "Parameter.Value",
        ];
        assert_eq!(server.aws_text(&alice, &get), "image-7 at old.example");
        let refused = server.aws(&bob, &get);
        assert!(
            refused.error().contains("parameter/aws/service/images/web"),
            "public parameters take permission, too: {refused:?}"
        );
    }
    let several = ["ssm", "get-parameters", "--names", "/app/run:stable"];
    let several = server.aws_json(&alice, &several);
    assert_eq!(several["Parameters"][0]["Value"], "image-7 at old.example");

    let stopped = server.stop();
    let files = files_below(&stopped.data()).into_iter();
    let files = files.filter(|path| path.to_string_lossy().contains("audit"));
    let audit: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for operation in ["\"GetParameter\"", "\"GetParameters\""] {
        let named = audit.lines().any(|line| {
            line.contains(operation)
                && line.contains("user/alice")
                && line.contains(":parameter/old/host")
                && line.contains("parameter/aws/service/images/web")
        });
        assert!(named, "{operation} of an older version names what it leads to");
    }
}
