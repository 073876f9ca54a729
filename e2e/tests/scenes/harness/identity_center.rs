//! IAM Identity Center, played on the loopback: its OIDC service and its portal, which write down what
//! they are asked.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::SystemTime;

use serde_json::{Value, json};

/// One server for both, whose tokens are numbered.
pub(crate) struct IdentityCenter {
    port: u16,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    asked: Vec<Value>,
    /// What `/token` answers before it gives one.
    refusals: VecDeque<&'static str>,
    tokens: u32,
    /// The newest one is refused by the portal.
    is_revoked: bool,
}

impl IdentityCenter {
    pub(crate) fn start() -> IdentityCenter {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let served = Arc::clone(&served);
                thread::spawn(move || serve(&stream.unwrap(), &served));
            }
        });
        IdentityCenter { port, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Refuses the next tokens with these codes.
    pub(crate) fn refuse(&self, codes: &[&'static str]) {
        self.shared.lock().unwrap().refusals.extend(codes);
    }

    /// Lets the portal refuse all tokens that were given until now.
    pub(crate) fn revoke(&self) {
        self.shared.lock().unwrap().is_revoked = true;
    }

    /// Takes what was asked so far: method, path, body, and the token that came along.
    pub(crate) fn asked(&self) -> Vec<Value> {
        std::mem::take(&mut self.shared.lock().unwrap().asked)
    }

    /// Takes the paths of what was asked so far, without queries.
    pub(crate) fn paths(&self) -> Vec<String> {
        let path = |asked: Value| {
            asked["path"]
                .as_str()
                .unwrap()
                .split('?')
                .next()
                .unwrap()
                .to_owned()
        };
        self.asked().into_iter().map(path).collect()
    }
}

impl Shared {
    fn answer(&mut self, path: &str, token: &Value) -> (u16, Value) {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        match path.split('?').next().unwrap() {
            "/client/register" => (
                200,
                json!({"clientId": "client-1", "clientSecret": "client-secret", "clientIdIssuedAt": now,
                    "clientSecretExpiresAt": now + 7_776_000}),
            ),
            "/device_authorization" => (
                200,
                json!({"deviceCode": "device-code", "userCode": "WDJB-MJHT", "verificationUri": "https://x.example/d",
                    "verificationUriComplete": "https://x.example/d?user_code=WDJB-MJHT", "expiresIn": 600, "interval": 1}),
            ),
            "/token" => match self.refusals.pop_front() {
                Some(code) => (400, json!({"error": code, "error_description": "because"})),
                None => {
                    self.tokens += 1;
                    self.is_revoked = false;
                    (
                        200,
                        json!({"accessToken": format!("token-{}", self.tokens), "tokenType": "Bearer",
                            "expiresIn": 28_800, "refreshToken": format!("refresh-{}", self.tokens)}),
                    )
                }
            },
            "/federation/credentials"
                if !self.is_revoked && *token == json!(format!("token-{}", self.tokens)) =>
            {
                (
                    200,
                    json!({"roleCredentials": {"accessKeyId": "ASIAOFSSO", "secretAccessKey": "s",
                    "sessionToken": "t", "expiration": (now + 3600) * 1000}}),
                )
            }
            "/logout" => (200, json!({})),
            _ => (401, json!({"message": "Session token not found or invalid"})),
        }
    }
}

/// One request on a connection, which then ends.
fn serve(stream: &TcpStream, shared: &Mutex<Shared>) {
    let Some(asked) = request(stream) else {
        return;
    };
    let (status, body) = {
        let mut shared = shared.lock().unwrap();
        let answer = shared.answer(asked["path"].as_str().unwrap(), &asked["token"]);
        shared.asked.push(asked);
        answer
    };
    let code = body["error"].as_str().map(|error| match error {
        "authorization_pending" => "AuthorizationPendingException",
        "slow_down" => "SlowDownException",
        _ => "InvalidGrantException",
    });
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nx-amzn-errortype: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        code.unwrap_or("UnauthorizedException"),
        body.len()
    );
    let mut stream = stream;
    let _ = stream.write_all((head + &body).as_bytes());
}

fn request(stream: &TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut length, mut token) = (0, Value::Null);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "x-amz-sso_bearer_token" => token = json!(value),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(json!({"method": method, "path": path, "body": body, "token": token}))
}
