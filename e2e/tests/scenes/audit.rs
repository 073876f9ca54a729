//! The audit log says who did what to what, from where, and whether they might.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::json;

use crate::harness::{ACCOUNT, Answer, Machine, Output, Request, Server, Stopped, files_below};

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

    let of = |answer: &Answer| {
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
    let request = Request::json("AmazonSSM.GetParameter", "{}", &server.authority());
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

#[test]
fn a_machine_that_registers_unsigned_is_on_record_with_account_and_node() {
    let server = Server::start();
    server.node_role("node");
    let activation = server.activation(&server.root(), &json!({}));
    let mut machine = Machine::start(&server);
    let mut wrong = activation.clone();
    wrong["ActivationCode"] = json!("AAAAAAAAAAAAAAAAAAAA");
    machine.register(&wrong, "k", "f");
    let registered = machine.register(&activation, "k", "f");
    let node = registered["InstanceId"]
        .as_str()
        .expect("it is registered")
        .to_owned();

    let records = records(&server.stop());

    let account = format!(r#""account":"{ACCOUNT}""#);
    let registering: Vec<&String> = records
        .iter()
        .filter(|record| record.contains("RegisterManagedInstance"))
        .collect();
    assert_eq!(registering.len(), 2, "{records:#?}");
    assert!(
        registering.iter().all(|record| record.contains(&account)),
        "{registering:#?}"
    );
    let node = format!("managed-instance/{node}");
    let allowed = registering.iter().filter(|record| record.contains(&node));
    assert_eq!(allowed.count(), 1, "{registering:#?}");
}

#[test]
fn a_request_for_what_does_not_exist_is_on_record_too() {
    let server = Server::start();
    let request = Request::json("AmazonSSM.SendCommand", "{}", &server.authority());
    server.connect().send(&request).unwrap();

    let records = records(&server.stop());

    let asked =
        |record: &&String| record.contains("SendCommand") && record.contains("UnknownOperationException");
    assert_eq!(records.iter().filter(asked).count(), 1, "{records:#?}");
}

#[test]
fn what_is_done_with_a_key_is_on_record_with_its_encryption_context() {
    let server = Server::start();
    let body = json!({"KeyId": server.key(), "Plaintext": "aGk=", "EncryptionContext": {"app": "canary"}});
    server.call(&server.root(), "TrentService.Encrypt", &body).ok();

    let records = records(&server.stop());

    let encrypted =
        |record: &&String| record.contains(r#""Encrypt""#) && record.contains(r#"{"app":"canary"}"#);
    assert_eq!(records.iter().filter(encrypted).count(), 1, "{records:#?}");
}

#[test]
fn the_events_of_acknowledged_changes_survive_a_kill() {
    let server = Server::start();
    let put = |n: u32| {
        let body = json!({"Name": format!("/audit/{n}"), "Value": "x", "Type": "String"});
        let answer = server.call(&server.root(), "AmazonSSM.PutParameter", &body).ok();
        answer
            .header("x-amzn-requestid")
            .expect("every answer has a request id")
            .to_owned()
    };
    let ids: Vec<_> = (0..5).map(put).collect();

    // What the killed process had not yet written is taken from the store by the next one.
    let records = records(&server.kill().start().stop());

    for id in ids {
        assert_eq!(
            records.iter().filter(|record| record.contains(&id)).count(),
            1,
            "{id} in {records:#?}"
        );
    }
}

#[test]
fn an_older_store_put_back_is_noted_and_the_changes_that_follow_are_on_record() {
    let server = Server::start();
    server.put("/audit/before", "x", None);
    let stopped = server.stop();
    let copies: Vec<_> = ["store.redb", "store.lock"]
        .map(|name| stopped.data().join(name))
        .map(|file| (fs::read(&file).unwrap(), file))
        .into();
    let server = stopped.start();
    for n in 0..20 {
        server.put(&format!("/audit/undone/{n}"), "x", None);
    }
    let stopped = server.stop();
    for (bytes, file) in copies {
        fs::write(file, bytes).unwrap();
    }
    let doctor = Output::of(&mut stopped.command_to(&["doctor"]));
    assert!(
        doctor.code != 0 && doctor.stdout.contains("WRONG  changes"),
        "{doctor:?}"
    );

    let server = stopped.start();
    server.put("/audit/after", "x", None);
    let stopped = server.stop();

    let records = records(&stopped);
    let count = |words: &str| records.iter().filter(|record| record.contains(words)).count();
    assert_eq!(count("\"Restored\""), 1, "{records:#?}");
    assert_eq!(count("parameter/audit/undone/"), 20, "{records:#?}");
    assert_eq!(count("parameter/audit/after"), 1, "{records:#?}");
    let doctor = Output::of(&mut stopped.command_to(&["doctor"]));
    assert_eq!(doctor.code, 0, "{doctor:?}");
}

#[test]
fn a_decrypting_read_is_written_down_before_it_is_answered() {
    let server = Server::start();
    server.put("/app/password", "s3cr3t", Some(&server.key()));
    let read = json!({"Name": "/app/password", "WithDecryption": true});
    let answer = server.call(&server.root(), "AmazonSSM.GetParameter", &read).ok();
    let id = answer
        .header("x-amzn-requestid")
        .expect("every answer has a request id")
        .to_owned();

    let records = records(&server.kill());

    assert!(
        records.iter().any(|record| record.contains(&id)),
        "{id} is not in {records:#?}"
    );
}

#[test]
fn audit_verify_finds_the_log_intact_and_an_edited_line_broken() {
    let server = Server::start();
    for n in 0..5 {
        server.put(&format!("/audit/{n}"), "x", None);
    }
    let stopped = server.stop();

    let intact = Output::of(&mut stopped.command_to(&["audit", "verify"]));
    assert_eq!(intact.code, 0, "{intact:?}");

    let segment = segments(&stopped).pop().expect("there is a segment");
    let text = fs::read_to_string(&segment).unwrap();
    assert!(text.contains("parameter/audit/3"), "{text}");
    fs::write(
        &segment,
        text.replacen("parameter/audit/3", "parameter/audit/4", 1),
    )
    .unwrap();
    let edited = Output::of(&mut stopped.command_to(&["audit", "verify"]));
    assert_ne!(edited.code, 0, "{edited:?}");
    assert!(edited.stdout.contains("BROKEN"), "{edited:?}");
}

#[test]
fn a_log_that_was_cut_off_keeps_the_server_from_starting_and_the_doctor_sees_it() {
    let server = Server::start();
    for n in 0..5 {
        server.put(&format!("/audit/{n}"), "x", None);
    }
    let stopped = server.stop();
    let segment = segments(&stopped).pop().expect("there is a segment");
    let text = fs::read_to_string(&segment).unwrap();
    let (kept, _) = text.trim_end().rsplit_once('\n').unwrap();
    fs::write(&segment, format!("{kept}\n")).unwrap();
    let refused = Output::of(stopped.command().stderr(Stdio::piped()));
    assert!(
        refused.code != 0 && refused.stderr.contains("`kagiban-server doctor`"),
        "{refused:?}"
    );
    assert!(!refused.stderr.contains("audit verify"), "{refused:?}");
    let doctor = Output::of(&mut stopped.command_to(&["doctor"]));
    assert!(
        doctor.code != 0 && doctor.stdout.contains("the log was cut off before it"),
        "{doctor:?}"
    );
}

/// Returns the lines of all audit segments.
fn records(stopped: &Stopped) -> Vec<String> {
    let texts = segments(stopped)
        .into_iter()
        .map(|path| fs::read_to_string(path).unwrap());
    texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn segments(stopped: &Stopped) -> Vec<PathBuf> {
    let data = stopped.data();
    let is_audit = |path: &PathBuf| {
        path.strip_prefix(&data)
            .unwrap()
            .to_string_lossy()
            .contains("audit")
    };
    let mut segments: Vec<_> = files_below(&data).into_iter().filter(is_audit).collect();
    segments.retain(|path| fs::metadata(path).unwrap().len() > 0);
    segments
}
