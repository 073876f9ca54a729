//! A killed process: nothing acknowledged is lost, nothing is half written, and what is
//! unknown is found out by its operation id.
//!
//! The test runs its own binary as the process to be killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use kagiban_store::{Committed, OpId, Txn, resolve};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::engine::{everything, key, note, sealed};
use crate::model::{Model, any_txn};

const DIR: &str = "KAGIBAN_TEST_CRASH_DIR";
const FIRST: &str = "KAGIBAN_TEST_CRASH_FIRST";
const ROUNDS: u64 = 12;

/// The transaction of this number, the same in every process.
fn numbered(number: u64) -> Txn {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut txn = any_txn().new_tree(&mut runner).unwrap().current();
    // Something to be known by, whatever else it does.
    txn.put(key(&["number"]), &note(number.to_string()));
    txn.named(op(number))
}

fn op(number: u64) -> OpId {
    OpId(u128::from(number).to_be_bytes())
}

/// The process to be killed: commits one transaction after the other and says so.
#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn writer_process() {
    let dir = std::env::var_os(DIR).unwrap();
    let first = std::env::var(FIRST).unwrap().parse::<u64>().unwrap();
    let store = sealed(Path::new(&dir)).await;
    for number in first.. {
        let committed = kagiban_store::Store::commit(&store, numbered(number))
            .await
            .unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "done {number} {}", matches!(committed, Committed::Ok(_))).unwrap();
        out.flush().unwrap();
    }
}

/// Runs the writer for a while, kills it, and returns the number of the first transaction that was
/// not acknowledged.
fn run_and_kill(dir: &Path, first: u64, lifetime: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "crash::writer_process", "--nocapture"])
        .env(DIR, dir)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let killer = thread::spawn(move || {
        thread::sleep(lifetime);
        child.kill().unwrap();
        child.wait().unwrap();
    });
    let mut next = first;
    for line in lines {
        if let Some(done) = line.unwrap().strip_prefix("done ") {
            let (number, _) = done.split_once(' ').unwrap();
            assert_eq!(number.parse::<u64>().unwrap(), next);
            next += 1;
        }
    }
    killer.join().unwrap();
    next
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_the_unknown_is_found_out() {
    let dir = tempfile::tempdir().unwrap();
    let start = kagiban_store::Store::read_index(&sealed(dir.path()).await)
        .await
        .unwrap();
    let (mut model, mut next) = (Model::at(start), 0);
    for round in 0..ROUNDS {
        let acknowledged = run_and_kill(dir.path(), next, Duration::from_millis(60 + 23 * round));
        for number in next..acknowledged {
            model.commit(&numbered(number));
        }

        let store = sealed(dir.path()).await;
        let unknown = numbered(acknowledged);
        let written = resolve(&store, &unknown, op(acknowledged))
            .await
            .unwrap()
            .is_some();
        if written {
            assert_ne!(model.commit(&unknown), Committed::CondFailed);
        }
        assert_eq!(
            everything(&store).await,
            model.everything(),
            "round {round}, transaction {acknowledged}"
        );
        next = acknowledged + u64::from(written);
    }
    assert!(next > ROUNDS, "the writer wrote something");
}
