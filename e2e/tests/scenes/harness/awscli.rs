//! The AWS CLI without its start: two thirds of a call are Python's, which reads the same modules each time.
//!
//! One interpreter has read them and forks for every call, which is the CLI's own `main` then, with the
//! environment and the words that it would have been started with.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::process::{Child, Command, Stdio, id};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::{Output, clients_directory, venv_binary};

/// Runs a command whose program is the AWS CLI, with nothing but its own environment and no input.
pub(super) fn run(command: &Command) -> Output {
    static INTERPRETER: OnceLock<Child> = OnceLock::new();
    INTERPRETER.get_or_init(start);
    let environment: HashMap<_, _> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)))
        .collect();
    let words: Vec<_> = command.get_args().filter_map(|word| word.to_str()).collect();
    let address = SocketAddr::from_abstract_name(name()).unwrap();
    let mut call = UnixStream::connect_addr(&address).unwrap();
    writeln!(call, "{}", json!({"words": words, "environment": environment})).unwrap();
    let told: Value = serde_json::from_reader(call).unwrap();
    let printed = |name: &str| told[name].as_str().unwrap().to_owned();
    Output {
        code: i32::try_from(told["code"].as_i64().unwrap()).unwrap(),
        stdout: printed("stdout"),
        stderr: printed("stderr"),
    }
}

fn name() -> String {
    format!("kagiban-scenes-{}", id())
}

/// The interpreter, once it listens; it ends when its standard input does, with this process.
fn start() -> Child {
    let mut child = Command::new(venv_binary("python"))
        .arg(clients_directory().join("awscli_server.py"))
        .arg(name())
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut ready).unwrap();
    assert_eq!(ready, "ready\n");
    child
}
