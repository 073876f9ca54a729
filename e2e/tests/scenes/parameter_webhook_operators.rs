//! Webhooks as operators have them: what was given up, receivers under a private authority, and none at all.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Output, Server, Stopped, tool, venv_binary};
use crate::parameter_webhooks::{Delivery, create, kagiban, next, receiver, until, verify};

fn letters(server: &Server) -> Value {
    let body = json!({"Webhook": "reload"});
    kagiban(server, &server.root(), "ListDeadLetters", &body)["DeadLetters"].take()
}

fn redeliver(server: &Server) -> Value {
    let body = json!({"Webhook": "reload"});
    kagiban(server, &server.root(), "RedeliverDeadLetters", &body)["Redelivering"].take()
}

#[test]
fn what_could_not_be_delivered_is_kept_and_delivered_when_somebody_asks() {
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command.args(["--webhook-lifetime", "0"]); // one attempt
    let server = stopped.start_with(command);
    let (url, deliveries) = receiver(&[500, 503, 204, 500]);
    let secret = create(&server, &server.root(), &url);
    for (number, name) in ["/app/x", "/app/y"].into_iter().enumerate() {
        server.put(name, "canaryDeadLetterValue", None);
        until(&server, |webhook| webhook["DeadLetters"] == number + 1);
    }
    server.put("/app/z", "v", None);
    let [x, y, z] = [(); 3].map(|()| next(&deliveries));
    assert_eq!(
        [&x, &y, &z].map(Delivery::told),
        [["Put /app/x"], ["Put /app/y"], ["Put /app/z"]]
    );

    until(&server, |webhook| webhook["LastDelivery"].is_number()); // nothing of it comes again
    let server = server.kill().start();

    let kept = letters(&server);
    assert_eq!(kept.as_array().unwrap().len(), 2, "{kept}");
    for (letter, (delivery, status)) in kept.as_array().unwrap().iter().zip([(&x, "500"), (&y, "503")]) {
        assert_eq!(
            (&letter["Id"], &letter["Attempts"]),
            (&json!(delivery.id), &json!(1))
        );
        assert!(letter["LastError"].as_str().unwrap().contains(status), "{letter}");
        assert_eq!(
            format!("Put {}", letter["Events"][0]["Name"].as_str().unwrap()),
            delivery.told()[0]
        );
    }
    assert!(!kept.to_string().contains("canary"), "{kept}");

    // The first attempt fails: the rest stays where it is, in order.
    assert_eq!(redeliver(&server), 2);
    let again = next_of(&deliveries, &[&x]);
    assert_eq!((&again.id, &again.body), (&x.id, &x.body));
    assert_eq!(letters(&server), kept);
    let begun = Instant::now();
    while !letters(&server).as_array().unwrap().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "they are delivered");
        redeliver(&server);
        std::thread::sleep(Duration::from_millis(100));
    }
    for old in [&x, &y] {
        let again = next_of(&deliveries, &[old]);
        verify(&again, &secret);
        assert_eq!((&again.id, &again.body), (&old.id, &old.body));
    }
    until(&server, |webhook| webhook["DeadLetters"] == 0);
}

/// The next delivery that is one of these: after a crash others may come once more.
fn next_of(deliveries: &std::sync::mpsc::Receiver<Delivery>, wanted: &[&Delivery]) -> Delivery {
    loop {
        let delivery = next(deliveries);
        if wanted.iter().any(|wanted| wanted.id == delivery.id) {
            return delivery;
        }
    }
}

#[test]
fn nothing_is_sent_while_webhooks_are_off_and_nothing_is_lost() {
    let stopped = Stopped::new();
    let file = stopped.scratch("config").join("server.toml");
    fs::write(&file, "webhooks = \"off\"\n").unwrap();
    let mut command = stopped.command();
    command.arg("--config").arg(&file);
    let server = stopped.start_with(command);
    let (url, deliveries) = receiver(&[]);
    create(&server, &server.root(), &url);
    server.put("/app/x", "v", None);
    assert!(deliveries.recv_timeout(Duration::from_secs(1)).is_err());
    let server = server.stop().start();
    assert_eq!(next(&deliveries).told(), ["Put /app/x"]);
    until(&server, |webhook| webhook["LastDelivery"].is_number());
}

/// A receiver that speaks TLS, under a certificate of an authority that nobody else knows.
struct TlsReceiver {
    child: Child,
    said: BufReader<ChildStdout>,
    url: String,
}

impl TlsReceiver {
    fn start(address: IpAddr, place: &Path) -> TlsReceiver {
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
        for words in [
            format!("req -x509 {key} -subj /CN=authority -keyout ca.key -out ca.pem"),
            format!(
                "req -x509 {key} -subj /CN=receiver -CA ca.pem -CAkey ca.key -addext subjectAltName=IP:{address} \
                 -addext basicConstraints=critical,CA:FALSE -keyout tls.key -out tls.pem"
            ),
        ] {
            let mut openssl = Command::new(tool("openssl"));
            Output::of(openssl.args(words.split_whitespace()).current_dir(place)).text();
        }
        let program = "
import http.server, json, ssl, sys
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length'])).decode()
        self.send_response(204)
        self.end_headers()
        print(json.dumps({'body': body, 'id': self.headers['x-kagiban-delivery'],
                          'signature': self.headers['x-kagiban-signature']}), flush=True)
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer((sys.argv[1], 0), Receiver)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('tls.pem', 'tls.key')
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
server.serve_forever()";
        let mut child = Command::new(venv_binary("python"))
            .args(["-c", program, &address.to_string()])
            .current_dir(place)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        said.read_line(&mut port).unwrap();
        let url = format!("https://{address}:{}/hook", port.trim());
        TlsReceiver { child, said, url }
    }

    fn next(&mut self) -> Delivery {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let text = |member: &str| said[member].as_str().unwrap().to_owned();
        Delivery {
            id: text("id"),
            signature: text("signature"),
            body: text("body"),
        }
    }
}

impl Drop for TlsReceiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address by which this machine would talk to others; nothing is sent to find out.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("203.0.113.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback()).then_some(address)
}

#[test]
fn an_https_receiver_is_trusted_by_the_authority_that_the_operator_names_and_is_this_machine_only_if_allowed()
{
    let place = tempfile::tempdir().unwrap();
    let address = own_address().unwrap_or([127, 0, 0, 1].into());
    let mut tls = TlsReceiver::start(address, place.path());
    let anywhere = |stopped: &Stopped| {
        let mut command = stopped.command();
        command.args(["--webhooks", "anywhere"]);
        command
    };
    let stopped = Stopped::new();
    let command = anywhere(&stopped);
    let server = stopped.start_with(command);
    let secret = create(&server, &server.root(), &tls.url);
    let server = server.stop().start();
    server.put("/app/x", "v", None);
    let failing = |server: &Server, why: &str| {
        until(server, |webhook| {
            webhook["LastFailure"]
                .as_str()
                .is_some_and(|failure| failure.contains(why))
        })
    };
    failing(&server, "no address that is delivered to");

    // Allowed, but not trusted: what its maker is told has nothing of the certificate.
    let stopped = server.stop();
    let command = anywhere(&stopped);
    let server = stopped.start_with(command);
    let told = failing(&server, "no answer")["LastFailure"].to_string();
    assert!(
        !told.contains(&address.to_string()) && !told.contains("Unknown"),
        "{told}"
    );

    let stopped = server.stop();
    let mut command = anywhere(&stopped);
    command.env("SSL_CERT_FILE", place.path().join("ca.pem"));
    let server = stopped.start_with(command);
    let delivery = tls.next();
    verify(&delivery, &secret);
    assert_eq!(delivery.told(), ["Put /app/x"]);
    until(&server, |webhook| webhook["LastDelivery"].is_number());
}

#[test]
fn a_closed_port_and_one_that_speaks_no_http_are_told_alike() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let open = TcpListener::bind("127.0.0.1:0").unwrap();
    let at_open = open.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in open.incoming() {
            let _ = stream.and_then(|mut stream| stream.write_all(b"220 mail.internal ESMTP\r\n"));
        }
    });
    let told = [closed, at_open].map(|address| {
        let server = Server::start();
        create(&server, &server.root(), &format!("http://{address}/"));
        server.put("/app/x", "v", None);
        until(&server, |webhook| webhook["LastFailure"].is_string())["LastFailure"].to_string()
    });
    assert_eq!(told[0], told[1]);
}

#[test]
fn where_nothing_can_ever_be_delivered_no_webhook_is_made() {
    let server = Server::start();
    let root = server.root();
    for url in [
        "https://127.0.0.1/",
        "https://[::1]:8443/x",
        "https://169.254.169.254/latest",
        "https://[::ffff:169.254.169.254]/",
    ] {
        let body = json!({"Name": "never", "Url": url, "Path": "/app"});
        let refused = server
            .call(&root, "Kagiban.CreateWebhook", &body)
            .refused(400, "InvalidInputException");
        assert!(refused.contains("setting `webhooks`"), "{refused}");
    }
    let stopped = server.stop();
    let mut command = stopped.command();
    command.args(["--webhooks", "anywhere"]);
    let server = stopped.start_with(command);
    create(&server, &root, "https://127.0.0.1:1/");
}

#[test]
fn a_name_that_leads_nowhere_is_told_as_such() {
    let server = Server::start();
    create(&server, &server.root(), "https://nowhere.invalid/hook");
    server.put("/app/x", "v", None);
    let failed = until(&server, |webhook| webhook["LastFailure"].is_string());
    assert_eq!(failed["LastFailure"], "the host's name leads nowhere");
}
