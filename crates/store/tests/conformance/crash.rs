//! A killed process: nothing acknowledged is lost, nothing is half written, and what is
//! unknown is found out by its operation id.
//!
//! The test runs its own binary as the process to be killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use kagiban_store::{Committed, Embedded, OpId, Store, Txn, resolve};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::engine::{Note, commit, everything, key, note, once_free, put, sealed};
use crate::model::{Model, any_txn};

const DIR: &str = "KAGIBAN_TEST_CRASH_DIR";
const FIRST: &str = "KAGIBAN_TEST_CRASH_FIRST";
const ROUNDS: u64 = 12;
const WRITERS: usize = 6;

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
        let committed = store.commit(numbered(number)).await.unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "done {number} {}", matches!(committed, Committed::Ok(_))).unwrap();
        out.flush().unwrap();
    }
}

/// The process to be killed, with writers that wait for each other's group commits.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test below, in a process of its own"]
async fn group_process() {
    let dir = std::env::var_os(DIR).unwrap();
    let store = Arc::new(sealed(Path::new(&dir)).await);
    let writers = (0..WRITERS).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in counted(&*store, writer).await + 1.. {
                commit(&*store, count(writer, number)).await;
                writeln!(std::io::stdout(), "done {writer} {number}").unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// Sets both of a writer's counters.
fn count(writer: usize, number: u64) -> Txn {
    let mut txn = put(&["left", &writer.to_string()], &number.to_string());
    txn.merge(put(&["right", &writer.to_string()], &number.to_string()));
    txn
}

/// What a writer's counters say; they must agree.
async fn counted(store: &dyn Store, writer: usize) -> u64 {
    let mut counts = Vec::new();
    for side in ["left", "right"] {
        let entry = store.get(&key(&[side, &writer.to_string()])).await.unwrap();
        counts.push(entry.map_or(0, |entry| {
            entry.record::<Note>().unwrap().text.parse::<u64>().unwrap()
        }));
    }
    assert_eq!(counts[0], counts[1], "half a transaction of writer {writer}");
    counts[0]
}

#[tokio::test]
async fn no_writer_of_a_killed_group_loses_what_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = [0; WRITERS];
    for round in 0..8 {
        let lines = run_and_kill("crash::group_process", dir.path(), 0, round);
        for (writer, number) in lines {
            acknowledged[usize::try_from(writer).unwrap()] = number.parse().unwrap();
        }
        let store = sealed(dir.path()).await;
        for (writer, acknowledged) in acknowledged.iter_mut().enumerate() {
            let found = counted(&store, writer).await;
            assert!(
                (*acknowledged..=*acknowledged + 1).contains(&found),
                "{found} after {acknowledged}"
            );
            // One that was written and not acknowledged is where the next round begins.
            *acknowledged = found;
        }
        drop(store);
        once_free(|| Embedded::check_integrity(&dir.path().join("data")));
    }
    assert!(acknowledged.iter().all(|number| *number > 0), "{acknowledged:?}");
}

/// Runs a process of this binary, kills it, and returns what it said was done. Every other round it is
/// killed in its first moments, else some time after it began to write.
fn run_and_kill(process: &str, dir: &Path, first: u64, round: u64) -> Vec<(u64, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", process, "--nocapture"])
        .env(DIR, dir)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (begun, begins) = channel();
    let killer = thread::spawn(move || {
        if round.is_multiple_of(2) {
            begins.recv().unwrap();
        }
        thread::sleep(Duration::from_millis(5 + 17 * round));
        child.kill().unwrap();
        child.wait().unwrap();
    });
    let mut done = Vec::new();
    // The last line may be cut short by the kill, and then it was not said.
    for line in lines.map_while(Result::ok) {
        if let Some((number, rest)) = line.strip_prefix("done ").and_then(|said| said.split_once(' ')) {
            // Nobody listens in a round of the other kind.
            let _ = begun.send(());
            done.push((number.parse().unwrap(), rest.to_owned()));
        }
    }
    killer.join().unwrap();
    done
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_the_unknown_is_found_out() {
    let dir = tempfile::tempdir().unwrap();
    let start = sealed(dir.path()).await.read_index().await.unwrap();
    let (mut model, mut next) = (Model::at(start), 0);
    for round in 0..ROUNDS {
        let done = run_and_kill("crash::writer_process", dir.path(), next, round);
        let acknowledged = done.last().map_or(next, |(number, _)| number + 1);
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
