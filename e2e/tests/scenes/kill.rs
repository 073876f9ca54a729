//! Killed two hundred times under a write load, the server forgets nothing it has acknowledged.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Answer, Connection, Credentials, Request, Server, Stopped, at};

const KILLS: u64 = 200;
const WRITERS: usize = 4;
const NAMES_PER_WRITER: usize = 4;

/// What one writer knows of its parameters: the last acknowledged state, and the write whose answer never came.
#[derive(Default)]
struct Ledger {
    acknowledged: BTreeMap<String, Acknowledged>,
    in_doubt: Option<(String, u64)>,
    writes: u64,
    next_value: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Acknowledged {
    version: u64,
    value: u64,
}

#[test]
fn every_acknowledged_write_is_found_after_each_of_two_hundred_kills() {
    let mut stopped = Stopped::new();
    let mut ledgers: Vec<_> = (0..WRITERS).map(|_| Ledger::default()).collect();

    for kill in 0..KILLS {
        let server = stopped.start();
        check(&server, &mut ledgers);
        stopped = write_until_killed(server, &mut ledgers, kill);
    }

    let server = stopped.start();
    check(&server, &mut ledgers);
    check_histories(&server, &ledgers);
    let writes: u64 = ledgers.iter().map(|ledger| ledger.writes).sum();
    println!("{writes} acknowledged writes survived {KILLS} kills");
    assert!(writes > KILLS * 2, "only {writes} writes: that was no load");
}

fn write_until_killed(server: Server, ledgers: &mut [Ledger], kill: u64) -> Stopped {
    let authority = server.authority();
    let root = server.root();
    thread::scope(|scope| {
        for (number, ledger) in ledgers.iter_mut().enumerate() {
            let connection = server.connect();
            let (authority, root) = (&authority, &root);
            scope.spawn(move || ledger.write(number, connection, root, authority));
        }
        // Spread over a commit's life without a random source, so that a failure can be repeated.
        thread::sleep(Duration::from_micros(5_000 + kill * 7_919 % 50_000));
        server.kill()
    })
}

impl Ledger {
    /// Overwrites the writer's parameters in turn until the connection breaks.
    fn write(&mut self, writer: usize, mut connection: Connection, who: &Credentials, authority: &str) {
        loop {
            self.next_value += 1;
            let value = self.next_value;
            let place = value as usize % NAMES_PER_WRITER;
            let name = format!("/kill/writer{writer}/parameter{place}");
            let kind = if place == 0 { "SecureString" } else { "String" };
            let body = json!({"Name": name, "Value": value.to_string(), "Type": kind, "Overwrite": true})
                .to_string();
            let request = Request::json("AmazonSSM.PutParameter", body, authority).signed(&at(who, "ssm"));

            self.in_doubt = Some((name.clone(), value));
            let Ok(answer) = connection.send(&request) else {
                return;
            };
            let version = answer.ok().json()["Version"]
                .as_u64()
                .expect("the answer has a version");
            self.in_doubt = None;
            self.acknowledged.insert(name, Acknowledged { version, value });
            self.writes += 1;
        }
    }

    /// Compares with what the server has now; a write in doubt may have happened, wholly, or not at all.
    fn check(&mut self, names: &[String], found: &BTreeMap<String, Acknowledged>) {
        let in_doubt = self.in_doubt.take();
        for name in names {
            let known = self.acknowledged.get(name).copied();
            let found = found.get(name).copied();
            let doubtful = in_doubt
                .as_ref()
                .filter(|(doubted, _)| doubted == name)
                .map(|(_, value)| Acknowledged {
                    version: known.unwrap_or_default().version + 1,
                    value: *value,
                });
            assert!(
                found == known || (doubtful.is_some() && found == doubtful),
                "{name}: acknowledged {known:?}, in doubt {doubtful:?}, found {found:?}"
            );
            if let Some(found) = found {
                self.acknowledged.insert(name.clone(), found);
            }
        }
    }
}

fn check(server: &Server, ledgers: &mut [Ledger]) {
    let mut connection = server.connect();
    for (writer, ledger) in ledgers.iter_mut().enumerate() {
        let path = format!("/kill/writer{writer}");
        let names: Vec<_> = (0..NAMES_PER_WRITER)
            .map(|place| format!("{path}/parameter{place}"))
            .collect();
        let body = json!({"Path": path, "WithDecryption": true});
        let answer = call(server, &mut connection, "GetParametersByPath", &body)
            .ok()
            .json();
        let found = answer["Parameters"]
            .as_array()
            .expect("the answer lists parameters");
        let found = found
            .iter()
            .map(|found| (text(found, "Name").to_owned(), state(found)))
            .collect();
        ledger.check(&names, &found);
    }
}

/// The versions kept are without a gap and end with the current one.
fn check_histories(server: &Server, ledgers: &[Ledger]) {
    let mut connection = server.connect();
    for (name, current) in ledgers.iter().flat_map(|ledger| &ledger.acknowledged) {
        let mut states = Vec::new();
        let mut body = json!({"Name": name, "WithDecryption": true});
        loop {
            let page = call(server, &mut connection, "GetParameterHistory", &body)
                .ok()
                .json();
            states.extend(
                page["Parameters"]
                    .as_array()
                    .expect("the answer lists versions")
                    .iter()
                    .map(state),
            );
            if page["NextToken"].is_null() {
                break;
            }
            body["NextToken"] = page["NextToken"].clone();
        }
        assert!(
            states
                .windows(2)
                .all(|pair| pair[0].version + 1 == pair[1].version),
            "{name}: {states:?}"
        );
        assert!(
            states.windows(2).all(|pair| pair[0].value < pair[1].value),
            "{name}: {states:?}"
        );
        assert_eq!(states.last(), Some(current), "{name}");
    }
}

fn call(server: &Server, connection: &mut Connection, operation: &str, body: &Value) -> Answer {
    let request = Request::json(
        &format!("AmazonSSM.{operation}"),
        body.to_string(),
        &server.authority(),
    );
    connection
        .send(&request.signed(&at(&server.root(), "ssm")))
        .expect("the server answers")
}

fn state(parameter: &Value) -> Acknowledged {
    Acknowledged {
        version: parameter["Version"].as_u64().expect("a parameter has a version"),
        value: text(parameter, "Value")
            .parse()
            .expect("the value is a number we wrote"),
    }
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().expect("the member is there")
}

const TRASHED: &str = "/kill/trashed";

/// Deletes a parameter and brings it back, over and over, until the connection breaks.
fn delete_and_undelete(mut connection: Connection, who: &Credentials, authority: &str) -> u64 {
    let mut deletions = 0;
    loop {
        for (service, target) in [
            ("ssm", "AmazonSSM.DeleteParameter"),
            ("kagiban", "Kagiban.UndeleteParameter"),
        ] {
            let body = json!({"Name": TRASHED}).to_string();
            let request = Request::json(target, body, authority).signed(&at(who, service));
            let Ok(answer) = connection.send(&request) else {
                return deletions;
            };
            answer.ok();
        }
        deletions += 1;
    }
}

#[test]
fn a_parameter_is_wholly_there_or_wholly_deleted_after_each_of_forty_kills() {
    let server = Server::start();
    let versions = ["1", "2", "3", "4", "5"];
    for value in versions {
        server.put(TRASHED, value, Some("alias/aws/ssm"));
    }
    let mut stopped = server.stop();
    let (mut deletions, mut found_deleted) = (0, 0);
    for kill in 0..40 {
        let server = stopped.start();
        let root = server.root();
        let name = json!({"Name": TRASHED, "WithDecryption": true});
        if server.call(&root, "AmazonSSM.GetParameter", &name).status != 200 {
            found_deleted += 1;
            server.call(&root, "Kagiban.UndeleteParameter", &name).ok();
        }
        let history = server.call(&root, "AmazonSSM.GetParameterHistory", &name).ok();
        let history = history.json()["Parameters"].take();
        let values = history
            .as_array()
            .unwrap()
            .iter()
            .map(|version| text(version, "Value"));
        assert_eq!(values.collect::<Vec<_>>(), versions);
        let (connection, authority) = (server.connect(), server.authority());
        stopped = thread::scope(|scope| {
            let writer = scope.spawn(|| delete_and_undelete(connection, &root, &authority));
            thread::sleep(Duration::from_micros(5_000 + kill * 7_919 % 50_000));
            let stopped = server.kill();
            deletions += writer.join().unwrap();
            stopped
        });
    }
    println!("{deletions} deletions were undone; {found_deleted} kills came between");
    assert!(deletions > 40, "only {deletions} deletions: that was no load");
}
