//! Several writers at once: each gets a version of its own, and only one makes what is made once.

use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use crate::harness::{Answer, Machine, Request, Server};

const WRITERS: usize = 64;
const WRITES: usize = 3;

#[test]
fn writers_of_one_parameter_never_get_the_same_version() {
    let server = Server::start();
    let put = |value: String| {
        let body = json!({"Name": "/race", "Value": value, "Type": "String", "Overwrite": true});
        server
            .call(&server.root(), "AmazonSSM.PutParameter", &body)
            .ok()
            .json()["Version"]
            .as_u64()
            .unwrap()
    };

    let mut written: Vec<(u64, String)> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let values = (0..WRITES).map(move |write| format!("{writer}-{write}"));
                scope.spawn(move || {
                    values
                        .map(|value| (put(value.clone()), value))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect()
    });

    written.sort();
    let versions: Vec<_> = written.iter().map(|(version, _)| *version).collect();
    assert_eq!(versions, (1..=(WRITERS * WRITES) as u64).collect::<Vec<_>>());
    // A hundred versions are kept.
    for (version, value) in written.iter().skip(WRITERS * WRITES - 100).step_by(7) {
        let body = json!({"Name": format!("/race:{version}")});
        let read = server
            .call(&server.root(), "AmazonSSM.GetParameter", &body)
            .ok()
            .json();
        assert_eq!(read["Parameter"]["Value"], Value::from(value.as_str()));
    }
}

#[test]
fn as_many_writers_as_parameters_all_get_their_versions() {
    let server = Server::start();
    let put = |writer: usize, write: usize| {
        let body = json!({"Name": format!("/race/{writer}"), "Value": write.to_string(), "Type": "String", "Overwrite": true});
        let answer = server.call(&server.root(), "AmazonSSM.PutParameter", &body);
        assert_eq!(answer.ok().json()["Version"], write, "{writer}");
    };

    thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || (1..=WRITES).for_each(|write| put(writer, write)));
        }
    });

    for writer in 0..WRITERS {
        let body = json!({"Name": format!("/race/{writer}")});
        let read = server.call(&server.root(), "AmazonSSM.GetParameter", &body);
        let read = read.ok().json();
        assert_eq!(read["Parameter"]["Value"], WRITES.to_string());
        assert_eq!(read["Parameter"]["Version"], WRITES);
    }
}

#[test]
fn a_history_read_while_versions_are_written_leaves_none_out() {
    let server = Server::start();
    let put = |version: usize| {
        let body =
            json!({"Name": "/race", "Value": version.to_string(), "Type": "String", "Overwrite": true});
        server.call(&server.root(), "AmazonSSM.PutParameter", &body).ok();
    };
    (1..=2).for_each(put);

    thread::scope(|scope| {
        let writer = scope.spawn(|| (3..=50).for_each(put));
        while !writer.is_finished() {
            let body = json!({"Name": "/race"});
            let history = server.call(&server.root(), "AmazonSSM.GetParameterHistory", &body);
            let history = history.ok().json();
            let versions = history["Parameters"].as_array().unwrap().iter();
            let read: Vec<_> = versions
                .map(|version| (version["Version"].as_u64().unwrap(), version["Value"].clone()))
                .collect();
            let all: Vec<_> = (1..=read.len() as u64)
                .map(|version| (version, Value::from(version.to_string())))
                .collect();
            assert!(read.len() >= 2 && read == all, "{read:?}");
        }
    });
}

#[test]
fn of_several_who_make_a_parameter_one_succeeds() {
    let server = Server::start();
    let put = || {
        let body = json!({"Name": "/race", "Value": "x", "Type": "String"});
        server.call(&server.root(), "AmazonSSM.PutParameter", &body)
    };

    let answers: Vec<_> = thread::scope(|scope| {
        let writers: Vec<_> = (0..8).map(|_| scope.spawn(put)).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });

    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(
        refused
            .iter()
            .all(|answer| answer.code() == "ParameterAlreadyExists"),
        "{refused:?}"
    );
}

/// Has four machines register at the same moment, each with an activation and a key; returns what they are told.
fn register_at_once(server: &Server, machines: &[(&Value, &str)]) -> Vec<Answer> {
    let together = Barrier::new(machines.len());
    thread::scope(|scope| {
        let all: Vec<_> = machines
            .iter()
            .map(|(activation, key)| {
                let body = json!({
                    "ActivationId": activation["ActivationId"], "ActivationCode": activation["ActivationCode"],
                    "Fingerprint": "same", "PublicKey": key, "PublicKeyType": "Rsa",
                });
                let target = "AmazonSSM.RegisterManagedInstance";
                let request = Request::json(target, body.to_string(), &server.authority());
                let (mut connection, together) = (server.connect(), &together);
                scope.spawn(move || {
                    together.wait();
                    connection.send(&request).expect("the server answers")
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// Asserts that one was let in, and all others were told this.
#[track_caller]
fn only_one_is_let_in(answers: &[Answer], code: &str) {
    let refused = answers.iter().filter(|answer| answer.status != 200);
    let codes: Vec<String> = refused.map(Answer::code).collect();
    assert_eq!(codes, vec![code; answers.len() - 1], "{answers:?}");
}

#[test]
fn the_last_place_of_an_activation_is_one_machines_however_many_come_at_once() {
    let server = Server::start();
    server.node_role("node");
    let mut machine = Machine::start(&server);
    for round in 0..3 {
        let activation = server.activation(&server.root(), &json!({"RegistrationLimit": 1}));
        let keys: Vec<String> = (0..4)
            .map(|number| machine.public_key(&format!("{round}-{number}")))
            .collect();
        let machines: Vec<_> = keys.iter().map(|key| (&activation, key.as_str())).collect();
        only_one_is_let_in(&register_at_once(&server, &machines), "RegistrationLimitExceeded");
    }
    let listed = server.aws_json(&server.root(), &["ssm", "describe-activations"]);
    for activation in listed["ActivationList"].as_array().unwrap() {
        assert_eq!(activation["RegistrationsCount"], 1, "{listed}");
    }
}

#[test]
fn one_key_makes_one_node_whatever_activations_it_comes_with_at_once() {
    let server = Server::start();
    server.node_role("node");
    let mut machine = Machine::start(&server);
    for round in 0..8 {
        let activations: Vec<Value> = (0..4)
            .map(|_| server.activation(&server.root(), &json!({})))
            .collect();
        let key = machine.public_key(&round.to_string());
        let machines: Vec<_> = activations
            .iter()
            .map(|activation| (activation, key.as_str()))
            .collect();
        only_one_is_let_in(&register_at_once(&server, &machines), "InvalidPublicKey");
    }
}
