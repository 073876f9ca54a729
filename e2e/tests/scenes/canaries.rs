//! A hundred secrets go through every operation that takes or gives one, well and badly ten thousand
//! times: none is found in an error, a metric, the log, the audit, the store, or a core file.

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::{env, fs};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};

use crate::harness::{Answer, Connection, Request, Server, Stopped, at, files_below};

const CANARIES: usize = 100;
const MALFORMED: usize = 10_000;
/// What all canaries have in common: one search finds any of them.
const SONG: &str = "canaryQv7Zx2Jw";

#[test]
fn a_hundred_canaries_go_through_everything_and_are_found_nowhere() {
    let listen = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command.args(["--metrics-listen", &listen]);
    let server = stopped.start_with(command);

    let mut caller = Caller::new(&server);
    (0..CANARIES).for_each(|number| caller.live_through(number));
    (0..MALFORMED).for_each(|turn| caller.misuse(turn));

    let mut places = vec![
        ("an error".to_owned(), caller.refusals.into_bytes()),
        ("the metrics".to_owned(), metrics(&listen)),
    ];
    let authority = server.authority();
    kill_process(server.pid(), Signal::ABORT).unwrap();
    let (status, stopped) = server.ended();
    assert_eq!(status.signal(), Some(Signal::ABORT.as_raw()), "{authority}");
    assert!(!status.core_dumped(), "a core file would hold every secret");
    places.push(("the log".to_owned(), stopped.log().into_bytes()));
    for path in files_below(&stopped.data()) {
        places.push((path.display().to_string(), fs::read(path).unwrap()));
    }
    assert!(!core_file_is_here(), "no core file lies in the working directory");
    let forms = forms();
    for (place, bytes) in places {
        for form in &forms {
            let found = bytes.windows(form.len()).position(|window| window == form);
            let around = found.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(80)..at + 40]));
            assert_eq!(around, None, "a canary lies in {place}");
        }
    }
}

/// Someone who does everything with secrets, over one connection.
struct Caller<'s> {
    server: &'s Server,
    connection: Connection,
    key: String,
    /// The text of every refusal.
    refusals: String,
}

impl<'s> Caller<'s> {
    fn new(server: &'s Server) -> Caller<'s> {
        Caller {
            server,
            connection: server.connect(),
            key: server.key(),
            refusals: String::new(),
        }
    }

    /// One secret's life: put in every type and tier, read in every way, encrypted, deleted.
    fn live_through(&mut self, number: usize) {
        let canary = canary(number);
        for (kind, tier) in [
            ("SecureString", "Standard"),
            ("SecureString", "Advanced"),
            ("String", "Standard"),
            ("StringList", "Standard"),
        ] {
            let name = format!("/canaries/{number}/{kind}/{tier}");
            let put = json!({"Name": name, "Value": canary, "Type": kind, "Tier": tier});
            self.ok("AmazonSSM.PutParameter", &put);
            let again = json!({"Name": name, "Value": format!("{canary}2"), "Overwrite": true});
            self.ok("AmazonSSM.PutParameter", &again);
            let named = json!({"Name": name, "WithDecryption": true});
            self.gives("AmazonSSM.GetParameter", &named, &canary);
            self.gives("AmazonSSM.GetParameterHistory", &named, &canary);
            let names = json!({"Names": [name, format!("{name}:1")], "WithDecryption": true});
            self.gives("AmazonSSM.GetParameters", &names, &canary);
            self.ok("AmazonSSM.DescribeParameters", &json!({"MaxResults": 5}));
        }
        let path = json!({"Path": format!("/canaries/{number}"), "Recursive": true, "WithDecryption": true});
        self.gives("AmazonSSM.GetParametersByPath", &path, &canary);
        self.encrypt(&canary);
        if number.is_multiple_of(2) {
            let name = format!("/canaries/{number}/SecureString/Standard");
            self.ok("AmazonSSM.DeleteParameter", &json!({ "Name": name }));
        }
    }

    /// The same secret as a plaintext and as the message of a MAC, given to KMS.
    fn encrypt(&mut self, canary: &str) {
        let plain = BASE64_STANDARD.encode(canary);
        let encrypt = json!({"KeyId": self.key, "Plaintext": plain});
        let sealed = self.ok("TrentService.Encrypt", &encrypt).json();
        let blob = sealed["CiphertextBlob"].as_str().unwrap();
        let opened = self.ok("TrentService.Decrypt", &json!({ "CiphertextBlob": blob }));
        assert_eq!(opened.json()["Plaintext"], Value::from(plain));
        // A changed blob is refused without a word of what it held.
        let mut changed = BASE64_STANDARD.decode(blob).unwrap();
        *changed.last_mut().unwrap() ^= 1;
        let changed = json!({"CiphertextBlob": BASE64_STANDARD.encode(changed)});
        let refused = self.send("TrentService.Decrypt", changed.to_string());
        refused.refused(400, "InvalidCiphertextException");
    }

    /// A request that cannot succeed, with a secret where a client would have one.
    fn misuse(&mut self, turn: usize) {
        let canary = canary(turn % CANARIES);
        let put = "AmazonSSM.PutParameter";
        let body = |value: Value| json!({"Name": "/bad", "Value": value, "Type": "SecureString"});
        let (target, body) = match turn % 10 {
            0 => (
                put,
                json!({"Name": "/bad//name", "Value": canary, "Type": "String"}).to_string(),
            ),
            1 => (put, body(json!([canary])).to_string()),
            2 => (put, body(json!({"x": canary})).to_string()),
            3 => (put, body(json!(canary.repeat(400))).to_string()),
            4 => (put, cut(&body(json!(canary)).to_string(), turn)),
            5 => (
                put,
                json!({"Name": "/bad", "Value": canary, "Type": "Strange"}).to_string(),
            ),
            6 => {
                let pattern =
                    json!({"Name": "/bad", "Value": canary, "Type": "String", "AllowedPattern": "^[0-9]$"});
                (put, pattern.to_string())
            }
            7 => {
                let key = json!({"Name": "/bad", "Value": canary, "Type": "SecureString", "KeyId": "alias/missing"});
                (put, key.to_string())
            }
            8 => {
                let plain = BASE64_STANDARD.encode(&canary);
                let unknown = json!({"KeyId": "alias/missing", "Plaintext": plain});
                ("TrentService.Encrypt", unknown.to_string())
            }
            _ => (put, canary),
        };
        let answer = self.send(target, body);
        assert_eq!(answer.status, 400, "{answer:?}");
        self.refusals += &answer.body;
    }

    fn gives(&mut self, target: &str, body: &Value, canary: &str) {
        let answer = self.ok(target, body);
        assert!(answer.body.contains(canary), "{target} gives the value");
    }

    fn ok(&mut self, target: &str, body: &Value) -> Answer {
        self.send(target, body.to_string()).ok()
    }

    fn send(&mut self, target: &str, body: String) -> Answer {
        let service = match target.starts_with("TrentService") {
            true => "kms",
            false => "ssm",
        };
        let request = Request::json(target, body, &self.server.authority());
        let request = request.signed(&at(&self.server.root(), service));
        self.connection.send(&request).expect("the server answers")
    }
}

fn canary(number: usize) -> String {
    format!("{SONG}{number:02}")
}

/// The text without its end: never whole JSON.
fn cut(text: &str, turn: usize) -> String {
    text[..text.len() - 1 - turn % 5].to_owned()
}

fn metrics(listen: &str) -> Vec<u8> {
    let answer = Connection::open(listen)
        .unwrap()
        .send(&Request::get("/metrics", listen))
        .unwrap();
    assert!(answer.body.contains("PutParameter"), "{answer:?}");
    answer.body.into_bytes()
}

fn core_file_is_here() -> bool {
    let here = env::current_dir().unwrap();
    let names = fs::read_dir(here)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .any(|name| name == "core" || name.starts_with("core."))
}

/// The shapes in which a canary may lie about: plain, hexadecimal, and base64 at each alignment.
fn forms() -> Vec<Vec<u8>> {
    let hexadecimal: String = SONG.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![SONG.as_bytes().to_vec(), hexadecimal.into_bytes()];
    for skipped in 0..3 {
        // Encoded from here, whole triples only, the text is the same whatever stands around it.
        let inner = &SONG.as_bytes()[skipped..];
        let whole = &inner[..inner.len() / 3 * 3];
        forms.push(BASE64_STANDARD_NO_PAD.encode(whole).into_bytes());
    }
    forms
}
