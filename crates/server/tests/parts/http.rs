//! The listener against clients that misbehave, over real sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::header::{CONNECTION, HeaderValue, UPGRADE};
use hyper_util::rt::TokioIo;
use kagiban_server::http::{Handler, Limits, Listener, Request, Response, Shutdown, Tls, serve};
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// Answers with what it got; `/panic` panics and `/slow` takes its time.
struct Echo;

impl Handler for Echo {
    async fn handle(&self, request: Request) -> Response {
        if request.path().starts_with("/known") {
            request.acquaintance.make();
        }
        match request.path() {
            "/panic" => panic!("asked for"),
            "/slow" | "/known-and-slow" => tokio::time::sleep(Duration::from_millis(300)).await,
            "/upgrade" => return upgraded(request),
            _ => {}
        }
        let text = format!("{} {} {}", request.path(), request.query(), request.body.len());
        Response::new(StatusCode::OK, "text/plain", text)
    }
}

/// Speaks a protocol of its own from now on: every byte comes back.
fn upgraded(request: Request) -> Response {
    let upgrade = request.upgrade.expect("the test asks for an upgrade");
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgrade.await.unwrap());
        let (mut read, mut write) = tokio::io::split(&mut stream);
        let _ = tokio::io::copy(&mut read, &mut write).await;
    });
    Response::empty(StatusCode::SWITCHING_PROTOCOLS)
        .with(UPGRADE, HeaderValue::from_static("echo"))
        .with(CONNECTION, HeaderValue::from_static("upgrade"))
}

pub(crate) struct Server {
    runtime: Runtime,
    pub(crate) address: SocketAddr,
    shutdown: Shutdown,
    open: Gauge,
    serving: JoinHandle<()>,
}

impl Server {
    fn start(limits: Limits) -> Server {
        Server::start_with(limits, None)
    }

    pub(crate) fn start_with(limits: Limits, tls: Option<Tls>) -> Server {
        let runtime = Runtime::new().unwrap();
        let socket = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (address, shutdown, open) = (socket.local_addr().unwrap(), Shutdown::new(), Gauge::default());
        let listener = Listener {
            socket,
            tls,
            limits,
            open: open.clone(),
        };
        let serving = runtime.spawn(serve(listener, Arc::new(Echo), shutdown.clone()));
        Server {
            runtime,
            address,
            shutdown,
            open,
            serving,
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Sends bytes and reads until the server closes.
    pub(crate) fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        let _ = stream.write_all(bytes); // the server may have answered and closed before the end
        read_all(&mut stream)
    }
}

pub(crate) fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("the server keeps the connection"),
        _ => String::from_utf8_lossy(&answer).into_owned(),
    }
}

fn quick() -> Limits {
    Limits {
        head_time: Duration::from_millis(300),
        body_time: Duration::from_millis(300),
        write_time: Duration::from_millis(300),
        idle_time: Duration::from_millis(600),
        drain_time: Duration::from_secs(5),
        ..Limits::default()
    }
}

#[test]
fn a_request_arrives_as_it_was_sent() {
    let server = Server::start(quick());
    let answer = server.exchange(
        b"POST /a%2Fb/../c?x=%20&y HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc",
    );
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n/a%2Fb/../c x=%20&y 3"), "{answer}");
    assert!(answer.contains("\r\ndate: "), "{answer}");
}

#[test]
fn a_body_in_chunks_is_put_together() {
    let server = Server::start(quick());
    let answer = server.exchange(
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    );
    assert!(answer.ends_with("/  5"), "{answer}");
}

#[test]
fn a_body_announced_too_large_is_refused_before_it_is_read() {
    let server = Server::start(quick());
    let answer = server.exchange(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\nbegin");
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.contains("connection: close"),
        "{answer}"
    );
}

#[test]
fn a_client_that_sends_ten_megabytes_anyway_still_gets_its_answer() {
    let server = Server::start(quick());
    let mut request = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n".to_vec();
    request.resize(request.len() + 10_000_000, b'x');
    let answer = server.exchange(&request);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn a_body_that_grows_too_large_in_chunks_is_refused() {
    let server = Server::start(quick());
    let mut request = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..20 {
        request.extend_from_slice(b"10000\r\n");
        request.resize(request.len() + 0x10000, b'x');
        request.extend_from_slice(b"\r\n");
    }
    let answer = server.exchange(&request);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn too_many_headers_are_refused() {
    let server = Server::start(quick());
    for count in [65, 200] {
        let headers: String = (0..count).map(|n| format!("x-{n}: 1\r\n")).collect();
        let answer = server.exchange(format!("GET / HTTP/1.1\r\nhost: x\r\n{headers}\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 431 "), "{count}: {answer}");
    }
}

#[test]
fn headers_too_large_are_refused_and_a_long_presigned_url_is_not() {
    let server = Server::start(quick());
    let sized = |size: usize| {
        let target = "x".repeat(size);
        server.exchange(format!("GET /?{target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
    };
    assert!(sized(8_000).starts_with("HTTP/1.1 200 "));
    let refused = sized(20_000);
    assert!(
        refused.starts_with("HTTP/1.1 431 ") || refused.starts_with("HTTP/1.1 414 "),
        "{refused}"
    );
}

#[test]
fn a_client_that_drips_its_headers_is_cut_off() {
    let server = Server::start(quick());
    let mut stream = server.connect();
    let began = Instant::now();
    stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    while stream.write_all(b"x: y\r\n").is_ok() {
        assert!(began.elapsed() < Duration::from_secs(3), "still dripping");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_connection_that_never_says_anything_is_closed() {
    let server = Server::start(quick());
    let began = Instant::now();
    assert_eq!(server.exchange(b""), "");
    assert!((Duration::from_millis(300)..Duration::from_secs(3)).contains(&began.elapsed()));
}

#[test]
fn a_client_that_drips_its_body_is_told_so_and_cut_off() {
    let server = Server::start(quick());
    let mut stream = server.connect();
    let mut dripping = stream.try_clone().unwrap();
    stream
        .write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n")
        .unwrap();
    std::thread::spawn(move || {
        while dripping.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[test]
fn an_idle_connection_outlives_the_time_for_headers_and_is_closed_after_its_own() {
    let server = Server::start(quick());
    let mut stream = server.connect();
    let mut buffer = [0; 1024];
    for _ in 0..3 {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        assert!(stream.read(&mut buffer).unwrap() > 0);
        std::thread::sleep(Duration::from_millis(400)); // more than head_time, less than idle_time
    }
    let began = Instant::now();
    assert_eq!(read_all(&mut stream), "");
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_panic_ends_its_request_and_nothing_else() {
    let server = Server::start(quick());
    let answer = server.exchange(
        b"GET /panic HTTP/1.1\r\nhost: x\r\n\r\nGET /after HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.ends_with("/after  0"), "{answer}");
}

#[test]
fn more_connections_than_allowed_are_closed_at_once() {
    let limits = Limits {
        connections: 2,
        ..quick()
    };
    let server = Server::start(limits);
    let _held = [server.connect(), server.connect()];
    let began = Instant::now();
    let _ = server.exchange(b"");
    assert!(
        began.elapsed() < Duration::from_millis(250),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn one_address_takes_only_so_much_room_before_it_is_known() {
    let limits = Limits {
        strangers_per_address: 2,
        idle_time: Duration::from_secs(60),
        head_time: Duration::from_secs(60),
        ..quick()
    };
    let server = Server::start(limits);
    let ask = |stream: &mut TcpStream, path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        stream.read(&mut [0; 1024]).unwrap_or(0)
    };
    let mut silent = [server.connect(), server.connect()];
    assert!(ask(&mut silent[0], "/") > 0, "an answer alone makes nobody known");
    let _ = server.exchange(b""); // closed at once, or this would wait for ten seconds and panic
    assert!(ask(&mut silent[1], "/known") > 0);
    let mut next = server.connect();
    assert!(ask(&mut next, "/known") > 0);
    assert!(ask(&mut server.connect(), "/known") > 0);
    let mut waiting = server.connect();
    waiting
        .write_all(b"GET /known-and-slow HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let told = "who waits for an answer is known already";
    assert!(ask(&mut server.connect(), "/known") > 0, "{told}");
}

#[test]
fn stopping_finishes_what_is_in_flight_and_closes_what_is_idle() {
    let server = Server::start(quick());
    let mut idle = server.connect();
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 1024]).unwrap() > 0);
    let mut busy = server.connect();
    busy.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(100));
    server.shutdown.begin();
    assert_eq!(read_all(&mut idle), "");
    assert!(read_all(&mut busy).ends_with("/slow  0"));
    server.runtime.block_on(server.serving).unwrap();
    assert_eq!(server.open.get(), 0);
    assert!(TcpStream::connect(server.address).is_err());
}

#[test]
fn an_upgraded_connection_is_under_no_clock_and_still_counted() {
    let server = Server::start(quick());
    let mut stream = server.connect();
    stream
        .write_all(b"GET /upgrade HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n")
        .unwrap();
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer).unwrap();
    assert!(buffer[..length].starts_with(b"HTTP/1.1 101 "));
    std::thread::sleep(Duration::from_millis(800)); // longer than any of the clocks
    stream.write_all(b"ping").unwrap();
    stream.read_exact(&mut buffer[..4]).unwrap();
    assert_eq!(&buffer[..4], b"ping");
    assert_eq!(server.open.get(), 1);
    drop(stream);
    let closed = Instant::now();
    while server.open.get() != 0 {
        assert!(
            closed.elapsed() < Duration::from_secs(5),
            "the place is not given back"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_client_that_does_not_read_its_answers_is_cut_off() {
    let server = Server::start(quick());
    let mut stream = server.connect();
    stream
        .set_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let request = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(8000));
    // Until both sides' buffers are full, and the server can neither write nor read on.
    while stream.write_all(request.as_bytes()).is_ok() {}
    let stuck = Instant::now();
    while server.open.get() != 0 {
        assert!(stuck.elapsed() < Duration::from_secs(5), "still open");
        std::thread::sleep(Duration::from_millis(5));
    }
}
