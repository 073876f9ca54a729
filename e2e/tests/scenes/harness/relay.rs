//! A place between a client and a server, where requests are counted, answered or lost.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::thread;

/// A request that came by.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Path and query.
    pub(crate) target: String,
    head: String,
    pub(crate) body: String,
}

/// What becomes of a request.
pub(crate) enum Order {
    /// The server answers it.
    Pass,
    /// This is the answer.
    Answer(u16, String),
    /// The server never gets it, and the client waits.
    Keep(Sender<()>),
    /// The server answers it, and the client waits all the same.
    Lose(Sender<()>),
}

type Decide = dyn Fn(usize, &Seen) -> Order + Send + Sync;

/// A listening place; it ends with the test's process.
pub(crate) struct Relay {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Relay {
    /// Stands before a server; `decide` gets each request and how many came before it.
    pub(crate) fn before(
        server: Option<String>,
        decide: impl Fn(usize, &Seen) -> Order + Send + Sync + 'static,
    ) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (record, decide): (_, Arc<Decide>) = (Arc::clone(&seen), Arc::new(decide));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, record, decide) = (server.clone(), Arc::clone(&record), Arc::clone(&decide));
                thread::spawn(move || serve(stream, server.as_deref(), &record, &*decide));
            }
        });
        Relay { address, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that came by.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The actions of the Query protocol that came by, in order.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.seen()
            .iter()
            .filter_map(|seen| seen.member("Action"))
            .collect()
    }
}

impl Seen {
    /// A member of the form.
    pub(crate) fn member(&self, name: &str) -> Option<String> {
        let mut pairs = self.body.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value.to_owned())
    }

    /// The operation of a JSON protocol, such as `PutParameter`.
    pub(crate) fn operation(&self) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let (_, target) = lines.find(|(name, _)| name.eq_ignore_ascii_case("x-amz-target"))?;
        target.rsplit('.').next()
    }

    /// Whose signature it has.
    pub(crate) fn signer(&self) -> Option<&str> {
        let (_, rest) = self.head.split_once("Credential=")?;
        rest.split('/').next()
    }
}

fn serve(mut client: TcpStream, server: Option<&str>, record: &Mutex<Vec<Seen>>, decide: &Decide) {
    while let Some((head, body)) = message(&mut client) {
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let seen = Seen {
            target,
            head: head.clone(),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        let count = {
            let mut all = record.lock().unwrap();
            all.push(seen.clone());
            all.len() - 1
        };
        let pass = || {
            let mut server = TcpStream::connect(server.expect("there is a server behind")).unwrap();
            server.write_all(head.as_bytes()).unwrap();
            server.write_all(&body).unwrap();
            message(&mut server)
        };
        let answer = match decide(count, &seen) {
            Order::Pass => pass(),
            Order::Keep(reached) => return wait(&mut client, &reached),
            Order::Lose(reached) => {
                pass();
                return wait(&mut client, &reached);
            }
            Order::Answer(status, text) => {
                let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n\r\n", text.len());
                Some((head, text.into_bytes()))
            }
        };
        let Some((head, body)) = answer else {
            return;
        };
        if client
            .write_all(head.as_bytes())
            .and_then(|()| client.write_all(&body))
            .is_err()
        {
            return;
        }
    }
}

/// Says that it has come so far, and leaves the client without an answer until it goes.
fn wait(client: &mut TcpStream, reached: &Sender<()>) {
    let _ = reached.send(());
    let _ = client.read(&mut [0]);
}

/// Reads a request or an answer: its head, with the blank line, and its body.
fn message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}
