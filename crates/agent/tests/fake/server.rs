//! A server that says what it is told to, and keeps what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

/// Nothing here takes as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const NODE: &str = "mi-0123456789abcdef0";

pub(crate) type Socket = WebSocketStream<TcpStream>;

/// A WebSocket that was opened, with its path and first frame.
pub(crate) struct Opened {
    pub(crate) path: String,
    pub(crate) first: Value,
    pub(crate) socket: Socket,
}

#[derive(Default)]
struct State {
    asked: Vec<(String, Value)>,
    /// What an operation answers from now on, beside the ordinary.
    answers: HashMap<&'static str, (u16, Value)>,
}

pub(crate) struct Server {
    port: u16,
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
    opened: mpsc::UnboundedReceiver<Opened>,
    waiting: Vec<Opened>,
}

impl Server {
    pub(crate) async fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, changed) = (Arc::<Mutex<State>>::default(), Arc::<Notify>::default());
        let (open, opened) = mpsc::unbounded_channel();
        let (its_state, its_changed) = (Arc::clone(&state), Arc::clone(&changed));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, changed, open) = (Arc::clone(&its_state), Arc::clone(&its_changed), open.clone());
                tokio::spawn(async move {
                    let mut begin = [0; 3];
                    while stream.peek(&mut begin).await.unwrap_or(3) < 3 {}
                    match &begin {
                        b"GET" => upgrade(stream, &open).await,
                        _ => while_posted(stream, &state, &changed).await,
                    }
                });
            }
        });
        Server {
            port,
            state,
            changed,
            opened,
            waiting: Vec::new(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on an operation or path is answered so.
    pub(crate) fn answer(&self, operation: &'static str, status: u16, body: Value) {
        self.state
            .lock()
            .unwrap()
            .answers
            .insert(operation, (status, body));
    }

    /// An operation is answered as ever.
    pub(crate) fn answer_as_ever(&self, operation: &str) {
        self.state.lock().unwrap().answers.remove(operation);
    }

    /// Waits until an operation was asked for so often; returns its bodies.
    pub(crate) async fn asked(&self, operation: &str, times: usize) -> Vec<Value> {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                let found: Vec<Value> = {
                    let state = self.state.lock().unwrap();
                    let found = state.asked.iter().filter(|(asked, _)| asked == operation);
                    found.map(|(_, body)| body.clone()).collect()
                };
                if found.len() >= times {
                    return found;
                }
                changed.await;
            }
        };
        timeout(PATIENCE, waiting).await.expect(operation)
    }

    /// Waits for a WebSocket whose path begins so.
    pub(crate) async fn opened(&mut self, path: &str) -> Opened {
        loop {
            if let Some(at) = self
                .waiting
                .iter()
                .position(|opened| opened.path.starts_with(path))
            {
                return self.waiting.remove(at);
            }
            let next = timeout(PATIENCE, self.opened.recv()).await;
            self.waiting.push(next.expect(path).unwrap());
        }
    }
}

async fn upgrade(stream: TcpStream, open: &mpsc::UnboundedSender<Opened>) {
    let mut path = String::new();
    #[expect(clippy::result_large_err, reason = "the library's own signature")]
    let see = |request: &Request, response: Response| {
        path = request.uri().to_string();
        assert!(request.headers().contains_key("authorization"), "it is signed");
        Ok(response)
    };
    let mut socket = tokio_tungstenite::accept_hdr_async(stream, see).await.unwrap();
    let Some(Ok(Frame::Text(first))) = socket.next().await else {
        return;
    };
    let first = serde_json::from_str(&first).unwrap();
    let _test_may_be_over = open.send(Opened { path, first, socket });
}

async fn while_posted(mut stream: TcpStream, state: &Mutex<State>, changed: &Notify) {
    while let Some((name, body)) = request(&mut stream).await {
        let (status, body) = answer(&state.lock().unwrap(), &name, &body);
        {
            let mut state = state.lock().unwrap();
            state.asked.push((
                name,
                serde_json::from_slice(&body_of(&body)).unwrap_or(Value::Null),
            ));
        }
        changed.notify_waiters();
        let text = body.1;
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", text.len());
        if stream.write_all((head + &text).as_bytes()).await.is_err() {
            return;
        }
    }
}

/// What was asked, and what is answered.
type Both = (Vec<u8>, String);

fn body_of(both: &Both) -> Vec<u8> {
    both.0.clone()
}

/// Reads a `POST`; returns the operation or the path.
async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        let line = head
            .lines()
            .find(|line| line.to_lowercase().starts_with(&format!("{name}: ")))?;
        Some(line.split_once(": ")?.1.to_owned())
    };
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let operation = header("x-amz-target").map(|target| target.split_once('.').unwrap().1.to_owned());
    let name = operation.unwrap_or(path);
    if matches!(
        name.as_str(),
        "RequestManagedInstanceRoleToken" | "UpdateManagedInstancePublicKey"
    ) {
        let proof = header("authorization").unwrap();
        assert!(
            proof.starts_with(&format!("AWS4-HMAC-SHA256 Credential={NODE}/")),
            "{proof}"
        );
    }
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some((name, body))
}

fn answer(state: &State, name: &str, asked: &[u8]) -> (u16, Both) {
    let token = "<X><MessageSchemaVersion>1.0</MessageSchemaVersion><TokenValue>t0ken</TokenValue></X>";
    let (status, text) = match state.answers.get(name) {
        Some((status, body)) => (*status, body.to_string()),
        None if name.starts_with("/v1/") => (201, token.to_owned()),
        None => (200, ordinary(name).to_string()),
    };
    (status, (asked.to_vec(), text))
}

fn ordinary(operation: &str) -> Value {
    match operation {
        "RegisterManagedInstance" => json!({"InstanceId": NODE}),
        "RequestManagedInstanceRoleToken" => role_token(false),
        _ => json!({}),
    }
}

/// Credentials for an hour.
pub(crate) fn role_token(update_key_pair: bool) -> Value {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    json!({
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "s3cret-of-the-role", "SessionToken": "tok3n-of-the-role",
        "TokenExpirationDate": now.as_secs_f64() + 3600.0, "UpdateKeyPair": update_key_pair,
    })
}
