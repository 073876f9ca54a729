//! The audit log says who did what to what, from where, and whether they might.

use std::fs;

use serde_json::json;

use crate::harness::{ACCOUNT, Server, Stopped, files_below};

#[test]
fn a_decrypting_read_and_a_refusal_are_both_on_record() {
    let server = Server::start();
    server.put("/app/password", "s3cr3t", Some(&server.key()));
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*"}]),
    );
    let read = json!({"Name": "/app/password", "WithDecryption": true});
    let allowed = server.call(&server.root(), "AmazonSSM.GetParameter", &read).ok();
    let refused = server.call(&alice, "AmazonSSM.GetParameter", &read);
    refused.refused(400, "AccessDeniedException");

    let records = records(&server.stop());

    let of = |answer: &crate::harness::Answer| {
        let id = answer
            .header("x-amzn-requestid")
            .expect("every answer has a request id");
        records
            .iter()
            .find(|record| record.contains(id))
            .unwrap_or_else(|| panic!("{id} is not on record"))
            .clone()
    };
    let (allowed, refused) = (of(&allowed), of(&refused));
    let parameter = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/password");
    for record in [&allowed, &refused] {
        assert!(
            record.contains("GetParameter") && record.contains(&parameter),
            "{record}"
        );
        assert!(record.contains("127.0.0.1"), "{record}");
    }
    assert!(
        allowed.contains(&format!("arn:aws:iam::{ACCOUNT}:root")),
        "{allowed}"
    );
    assert!(
        refused.contains(&format!("arn:aws:iam::{ACCOUNT}:user/alice")),
        "{refused}"
    );
    assert!(allowed.contains(r#""outcome":"allowed""#), "{allowed}");
    assert!(refused.contains(r#""outcome":"denied""#), "{refused}");
}

#[test]
fn a_request_nobody_signed_is_on_record_too() {
    let server = Server::start();
    let request = crate::harness::Request::json("AmazonSSM.GetParameter", "{}", &server.authority());
    let answer = server.connect().send(&request).unwrap();
    let id = answer
        .header("x-amzn-requestid")
        .expect("every answer has a request id")
        .to_owned();

    let records = records(&server.stop());

    assert!(
        records.iter().any(|record| record.contains(&id)),
        "{id} is not in {records:#?}"
    );
}

/// Returns the lines of all audit segments.
fn records(stopped: &Stopped) -> Vec<String> {
    files_below(&stopped.data())
        .into_iter()
        .filter(|path| {
            path.strip_prefix(stopped.data())
                .unwrap()
                .to_string_lossy()
                .contains("audit")
        })
        .flat_map(|path| {
            let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}
