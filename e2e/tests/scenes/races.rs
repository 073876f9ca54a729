//! Several writers at once: each gets a version of its own, and only one makes what is made once.

use std::thread;

use serde_json::{Value, json};

use crate::harness::Server;

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
