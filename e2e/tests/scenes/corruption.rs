//! A flipped byte in the store file is noticed: wrong data is never served.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::harness::{Server, Stopped, files_below};

const FLIPS: usize = 32;
const PARAMETERS: usize = 40;

#[test]
fn a_flipped_byte_ends_in_right_answers_or_a_clear_refusal_never_in_wrong_ones() {
    let server = Server::start();
    for n in 0..PARAMETERS {
        server.put(&name(n), &value(n), None);
    }
    let mut stopped = server.stop();
    let intact = tempfile::tempdir().unwrap();
    copy(&stopped.data(), intact.path());

    let (mut refused, mut served) = (0, 0);
    for flip in 0..FLIPS {
        fs::remove_dir_all(stopped.data()).unwrap();
        copy(intact.path(), &stopped.data());
        let place = flip_byte(&store_file(&stopped.data()), flip);
        stopped = match stopped.try_start() {
            Ok(server) => {
                served += 1;
                check_answers(&server, place);
                server.kill()
            }
            Err((stopped, message)) => {
                refused += 1;
                assert!(!message.contains("panicked at"), "byte {place}: {message}");
                assert!(
                    message.to_lowercase().contains("store") || message.contains("corrupt"),
                    "{message}"
                );
                stopped
            }
        };
    }
    println!("of {FLIPS} damaged stores {refused} were refused and {served} served right answers");
}

/// Every parameter is there with its own value, or the server says that it is damaged; it never says that it is not there.
fn check_answers(server: &Server, place: usize) {
    for n in 0..PARAMETERS {
        let answer = server.call(
            &server.root(),
            "AmazonSSM.GetParameter",
            &json!({"Name": name(n)}),
        );
        if answer.status >= 500 {
            continue;
        }
        assert_eq!(answer.status, 200, "byte {place}, {}: {answer:?}", name(n));
        assert_eq!(answer.json()["Parameter"]["Value"], value(n), "byte {place}");
    }
}

/// Inverts one of the file's bytes that is in use, another for each `flip`, and returns its position.
fn flip_byte(path: &Path, flip: usize) -> usize {
    let mut bytes = fs::read(path).unwrap();
    let used: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let place = used[(flip * used.len() / FLIPS + flip * 7_919 % 61) % used.len()];
    bytes[place] ^= 0xff;
    fs::write(path, bytes).unwrap();
    place
}

/// Returns the file the engine keeps everything in: the largest.
fn store_file(data: &Path) -> PathBuf {
    let size = |path: &PathBuf| fs::metadata(path).unwrap().len();
    files_below(data)
        .into_iter()
        .max_by_key(size)
        .expect("the server has written something")
}

fn copy(from: &Path, to: &Path) {
    for path in files_below(from) {
        let copy = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(path, copy).unwrap();
    }
}

fn name(n: usize) -> String {
    format!("/flip/parameter{n:02}")
}

fn value(n: usize) -> String {
    format!("value {n} {}", "abcdefghij".repeat(n))
}

#[test]
fn a_store_cut_short_is_refused_with_a_clear_message() {
    let server = Server::start();
    server.put("/a", "1", None);
    let stopped: Stopped = server.stop();
    let path = store_file(&stopped.data());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 3]).unwrap();

    match stopped.try_start() {
        Ok(_) => panic!("the server serves from a third of its store"),
        Err((_, message)) => assert!(!message.contains("panicked at"), "{message}"),
    }
}
