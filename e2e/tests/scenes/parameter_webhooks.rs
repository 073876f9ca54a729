//! Changes delivered to a receiver of one's own, whose judge of signatures is the openssl CLI.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Credentials, REGION, Server, contains, files_below};

/// What came in.
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Delivery {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn told(&self) -> Vec<String> {
        let body = self.json();
        let events = body["Events"].as_array().unwrap().iter();
        let text = |event: &Value| {
            format!(
                "{} {}",
                event["Kind"].as_str().unwrap(),
                event["Name"].as_str().unwrap()
            )
        };
        events.map(text).collect()
    }
}

/// A receiver that answers with these statuses in turn, and with 204 afterwards.
pub(crate) fn receiver(statuses: &[u16]) -> (String, Receiver<Delivery>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?x=y", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    let statuses = statuses.to_vec();
    thread::spawn(move || serve(&listener, &statuses, &sender));
    (url, receiver)
}

fn serve(listener: &TcpListener, statuses: &[u16], sender: &Sender<Delivery>) {
    let mut statuses = statuses.iter();
    for stream in listener.incoming() {
        let mut stream = BufReader::new(stream.unwrap());
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let find = |name: &str| {
            let found = head.iter().filter_map(|line| line.split_once(": "));
            let mut found = found.filter(|(found, _)| found.eq_ignore_ascii_case(name));
            found
                .next()
                .map(|(_, value)| value.to_owned())
                .unwrap_or_default()
        };
        let mut body = vec![0; find("content-length").parse().unwrap_or(0)];
        stream.read_exact(&mut body).unwrap();
        let status = statuses.next().copied().unwrap_or(204);
        let answer =
            format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nlocation: http://127.0.0.1:1/\r\n\r\n");
        stream.get_mut().write_all(answer.as_bytes()).unwrap();
        assert!(head[0].starts_with("POST /hook?x=y HTTP/1.1"), "{head:?}");
        let delivery = Delivery {
            id: find("x-kagiban-delivery"),
            signature: find("x-kagiban-signature"),
            body: String::from_utf8(body).unwrap(),
        };
        if sender.send(delivery).is_err() {
            return;
        }
    }
}

pub(crate) fn next(deliveries: &Receiver<Delivery>) -> Delivery {
    deliveries
        .recv_timeout(Duration::from_secs(30))
        .expect("a delivery comes")
}

/// The signature as openssl computes it.
pub(crate) fn verify(delivery: &Delivery, secret: &str) {
    let (time, mac) = delivery.signature.split_once(",v1=").unwrap();
    let time = time.strip_prefix("t=").unwrap();
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-r", "-hmac", secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let signed = format!("{time}.{}", delivery.body);
    openssl
        .stdin
        .take()
        .unwrap()
        .write_all(signed.as_bytes())
        .unwrap();
    let printed = String::from_utf8(openssl.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(printed.split(' ').next(), Some(mac));
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(now.abs_diff(time.parse().unwrap()) < 60);
    assert_eq!(delivery.json()["Id"], delivery.id.as_str());
}

pub(crate) fn kagiban(server: &Server, who: &Credentials, operation: &str, body: &Value) -> Value {
    server
        .call(who, &format!("Kagiban.{operation}"), body)
        .ok()
        .json()
}

pub(crate) fn create(server: &Server, who: &Credentials, url: &str) -> String {
    let body = json!({"Name": "reload", "Url": url, "Path": "/app"});
    let made = kagiban(server, who, "CreateWebhook", &body);
    assert_eq!(made["Webhook"]["Name"], "reload");
    made["Secret"].as_str().unwrap().to_owned()
}

/// Asks until it is so.
pub(crate) fn until(server: &Server, holds: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let listed = kagiban(server, &server.root(), "ListWebhooks", &json!({}));
        let webhook = listed["Webhooks"][0].clone();
        if holds(&webhook) {
            return webhook;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{webhook}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn changes_are_delivered_signed_and_in_order_though_the_receiver_fails_at_first() {
    let server = Server::start();
    let root = server.root();
    let (url, deliveries) = receiver(&[500, 302]);
    let secret = create(&server, &root, &url);
    server.put("/app/x", "canaryWebhookValue", None);
    let [first, second, third] = [(); 3].map(|()| next(&deliveries));
    for delivery in [&first, &second, &third] {
        verify(delivery, &secret);
        assert_eq!((&delivery.id, &delivery.body), (&first.id, &first.body));
        assert!(!delivery.body.contains("canary"), "{}", delivery.body);
    }
    assert_eq!(first.json()["Webhook"], "reload");
    assert_eq!(third.told(), ["Put /app/x"]);
    for number in 0..20 {
        server.put(&format!("/app/{number:02}"), "v", None);
    }
    let mut told = Vec::new();
    while told.len() < 20 {
        told.extend(next(&deliveries).told());
    }
    let expected: Vec<_> = (0..20).map(|number| format!("Put /app/{number:02}")).collect();
    assert_eq!(told, expected);
    until(&server, |webhook| {
        webhook["LastDelivery"].is_number() && webhook["LastFailure"].is_null()
    });

    // What happens while the server is away is delivered once it is back.
    let server = server.kill().start();
    server.put("/app/after", "v", None);
    let mut last = next(&deliveries);
    while last.told() != ["Put /app/after"] {
        last = next(&deliveries); // at least once: some of the above may come again
    }
    verify(&last, &secret);
    let body = json!({"Name": "reload"});
    kagiban(&server, &root, "DeleteWebhook", &body);
    server.put("/app/after", "w", None);
    assert!(deliveries.recv_timeout(Duration::from_secs(1)).is_err());
    let gone = server.call(&root, "Kagiban.DeleteWebhook", &body);
    gone.refused(400, "WebhookNotFoundException");
    let stopped = server.stop();
    for file in files_below(&stopped.data()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!contains(&bytes, secret.as_bytes()), "{}", file.display());
    }
}

#[test]
fn a_webhook_tells_what_its_maker_may_read_at_that_time() {
    let server = Server::start();
    let path = format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/app");
    let statements = |actions: &[&str]| {
        json!([
            {"Effect": "Allow", "Action": actions, "Resource": ["*"]},
            {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": format!("{path}/open/*")},
        ])
    };
    let alice = server.user("alice", &statements(&["kagiban:*", "ssm:GetParametersByPath"]));
    let bob = server.user("bob", &statements(&["ssm:*"]));
    let (url, deliveries) = receiver(&[]);
    create(&server, &alice, &url);
    let body = json!({"Name": "x", "Url": url, "Path": "/app"});
    server
        .call(&bob, "Kagiban.CreateWebhook", &body)
        .refused(400, "AccessDeniedException");
    for url in ["http://192.0.2.1/", "ftp://127.0.0.1/", "https://u:p@x.example/"] {
        let body = json!({"Name": "x", "Url": url, "Path": "/app"});
        let refused = server.call(&alice, "Kagiban.CreateWebhook", &body);
        refused.refused(400, "InvalidInputException");
    }
    let again = json!({"Name": "reload", "Url": url, "Path": "/app"});
    let again = server.call(&alice, "Kagiban.CreateWebhook", &again);
    again.refused(400, "WebhookAlreadyExistsException");
    server.put("/app/closed", "v", None);
    server.put("/app/open/x", "v", None);
    assert_eq!(next(&deliveries).told(), ["Put /app/open/x"]);
    let gone = [("UserName", "alice"), ("PolicyName", "e2e")];
    server.iam(&server.root(), "DeleteUserPolicy", &gone).ok();
    server.put("/app/open/x", "w", None);
    assert!(deliveries.recv_timeout(Duration::from_secs(1)).is_err());
}
