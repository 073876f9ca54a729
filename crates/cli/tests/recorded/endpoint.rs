//! An endpoint with a script.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// What is answered to one request.
pub(crate) enum Answer {
    Status(u16, Value),
    /// The connection ends without a word.
    Gone,
}

impl Answer {
    pub(crate) fn refusal(code: &str, message: &str) -> Answer {
        Answer::Status(400, json!({"__type": code, "message": message}))
    }
}

impl From<Value> for Answer {
    fn from(value: Value) -> Answer {
        Answer::Status(200, value)
    }
}

/// A server that answers by its script and writes down what it was asked.
pub(crate) struct Endpoint {
    port: u16,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    script: VecDeque<(&'static str, Answer)>,
    asked: Vec<(String, Value)>,
}

/// How the command ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Endpoint {
    pub(crate) fn start(script: impl IntoIterator<Item = (&'static str, Answer)>) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new(Shared {
            script: script.into_iter().collect(),
            asked: Vec::new(),
        }));
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&stream.unwrap(), &served);
            }
        });
        Endpoint { port, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Targets and bodies so far.
    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        self.shared.lock().unwrap().asked.clone()
    }

    /// Whether everything of the script was asked for.
    pub(crate) fn is_over(&self) -> bool {
        self.shared.lock().unwrap().script.is_empty()
    }

    /// Runs `kagiban` against it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_kagiban"))
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// One request on a connection, which then ends.
fn serve(stream: &TcpStream, shared: &Mutex<Shared>) {
    let Some((target, body)) = request(stream) else {
        return;
    };
    let answer = {
        let mut shared = shared.lock().unwrap();
        shared.asked.push((target.clone(), body));
        shared.script.pop_front()
    };
    let (status, body) = match answer {
        Some((_, Answer::Gone)) => return,
        Some((operation, Answer::Status(status, body))) if target.ends_with(&format!(".{operation}")) => {
            (status, body)
        }
        Some((operation, _)) => (
            400,
            json!({"__type": "Unexpected", "message": format!("{target} and not {operation}")}),
        ),
        None => (
            400,
            json!({"__type": "Unexpected", "message": format!("{target} after the end")}),
        ),
    };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    stream.write_all((head + &body).as_bytes()).unwrap();
}

fn request(stream: &TcpStream) -> Option<(String, Value)> {
    let mut reader = BufReader::new(stream);
    let (mut target, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            match line.trim_end().is_empty() {
                true => break,
                false => continue,
            }
        };
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => target = value.to_owned(),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((target, serde_json::from_slice(&body).unwrap()))
}
