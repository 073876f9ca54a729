//! Changes told to those who watch: in order, over restarts, to those who may read, and at little cost.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Connection, Credentials, REGION, Request, Server, Stopped, at};

fn request(server: &Server, who: &Credentials, body: &Value) -> Request {
    Request::json("Kagiban.WatchParameters", body.to_string(), &server.authority())
        .signed(&at(who, "kagiban"))
}

/// What has changed since the cursor; waits for it.
fn watch(server: &Server, who: &Credentials, path: &str, cursor: &Value, seconds: u64) -> Value {
    let mut body = json!({"Path": path, "TimeoutSeconds": seconds});
    if !cursor.is_null() {
        body["Cursor"] = cursor.clone();
    }
    let answer = server.connect().send(&request(server, who, &body));
    answer.expect("the server answers").ok().json()
}

fn told(answer: &Value) -> Vec<String> {
    let events = answer["Events"].as_array().unwrap().iter();
    let text = |event: &Value| {
        format!(
            "{} {}",
            event["Kind"].as_str().unwrap(),
            event["Name"].as_str().unwrap()
        )
    };
    events.map(text).collect()
}

fn delete(server: &Server, name: &str) {
    let body = json!({"Name": name});
    server
        .call(&server.root(), "AmazonSSM.DeleteParameter", &body)
        .ok();
}

#[test]
fn a_watcher_is_told_what_happens_as_it_happens_and_goes_on_after_a_restart() {
    let server = Server::start();
    let root = server.root();
    let mut cursor = watch(&server, &root, "/app", &Value::Null, 0)["Cursor"].clone();
    let mut seen = Vec::new();
    thread::scope(|scope| {
        let (server, root) = (&server, &root);
        let watcher = scope.spawn(|| {
            while seen.len() < 4 {
                let answer = watch(server, root, "/app", &cursor, 20);
                let now = std::time::SystemTime::now();
                let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
                for event in answer["Events"].as_array().unwrap() {
                    let date = event["Date"].as_f64().unwrap();
                    assert!((now - date).abs() < 30.0, "{event}");
                }
                seen.extend(told(&answer));
                cursor = answer["Cursor"].clone();
            }
        });
        thread::sleep(Duration::from_millis(200));
        server.put("/app/x", "1", None);
        server.put("/elsewhere/x", "1", None);
        server.put("/app/x", "2", None);
        let label = json!({"Name": "/app/x", "Labels": ["live"]});
        server.call(root, "AmazonSSM.LabelParameterVersion", &label).ok();
        delete(server, "/app/x");
        watcher.join().unwrap();
    });
    assert_eq!(
        seen,
        ["Put /app/x", "Put /app/x", "Label /app/x", "Delete /app/x"]
    );

    server.put("/app/y", "before the restart", None);
    let server = server.kill().start();
    server.put("/app/z", "after it", None);
    let answer = watch(&server, &root, "/app", &cursor, 20);
    assert_eq!(told(&answer), ["Put /app/y", "Put /app/z"]);
    assert_eq!(answer["Events"][0]["Version"], 1);
    assert!(!answer.to_string().contains("before"), "{answer}");
    let server = server.stop().start();
    let quiet = watch(&server, &root, "/app", &answer["Cursor"], 0);
    assert_eq!(told(&quiet), [""; 0]);
}

#[test]
fn what_a_watcher_may_not_read_does_not_even_wake_it() {
    let server = Server::start();
    let path = format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/app");
    let bob = server.user(
        "bob",
        &json!([
            {"Effect": "Allow", "Action": "ssm:GetParametersByPath", "Resource": path},
            {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": format!("{path}/open/*")},
        ]),
    );
    let cursor = watch(&server, &bob, "/app", &Value::Null, 0)["Cursor"].clone();
    let begun = Instant::now();
    let answer = thread::scope(|scope| {
        let watching = scope.spawn(|| watch(&server, &bob, "/app", &cursor, 30));
        server.put("/app/closed", "v", None);
        thread::sleep(Duration::from_millis(700));
        assert!(!watching.is_finished());
        server.put("/app/open/x", "v", None);
        watching.join().unwrap()
    });
    assert_eq!(told(&answer), ["Put /app/open/x"]);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

/// The processor time that a process has used, in clock ticks of a hundredth of a second.
fn ticks(server: &Server) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid().as_raw_nonzero())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn many_idle_watchers_cost_next_to_nothing_and_nobody_waits_for_them_at_the_end() {
    let server = Server::start();
    let root = server.root();
    let send = |connection: &mut Connection, body: &Value| connection.send(&request(&server, &root, body));
    let body = json!({"Path": "/app", "TimeoutSeconds": 55});
    thread::scope(|scope| {
        let mut watchers = Vec::new();
        for _ in 0..200 {
            let mut connection = server.connect();
            let (send, body) = (&send, &body);
            watchers.push(scope.spawn(move || send(&mut connection, body).unwrap().ok().json()));
        }
        thread::sleep(Duration::from_secs(2));
        let before = ticks(&server);
        for _ in 0..20 {
            // What concerns nobody who waits.
            server.put("/elsewhere/x", "v", None);
            thread::sleep(Duration::from_millis(50));
        }
        let used = ticks(&server) - before;
        assert!(used < 50, "200 idle watchers took {used} hundredths of a second");
        assert!(watchers.iter().all(|watcher| !watcher.is_finished()));
        server.put("/app/x", "v", None);
        for watcher in watchers {
            assert_eq!(told(&watcher.join().unwrap()), ["Put /app/x"]);
        }
    });
    let mut connection = server.connect();
    let waiting = request(&server, &root, &body);
    let watcher = thread::spawn(move || connection.send(&waiting));
    thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(told(&watcher.join().unwrap().unwrap().ok().json()), [""; 0]);
}

#[test]
fn a_watcher_that_goes_away_leaves_nothing_behind() {
    let listen = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command.args(["--metrics-listen", &listen.to_string()]);
    let server = stopped.start_with(command);
    let root = server.root();
    let in_flight = || {
        let mut metrics = Connection::open(&listen.to_string()).unwrap();
        let metrics = metrics
            .send(&Request::get("/metrics", &listen.to_string()))
            .unwrap();
        let line = metrics
            .body
            .lines()
            .find_map(|line| line.strip_prefix("kagiban_requests_in_flight "));
        line.unwrap().parse::<usize>().unwrap()
    };
    let until = |wanted: usize| {
        let begun = Instant::now();
        while in_flight() != wanted {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "{} in flight",
                in_flight()
            );
            thread::sleep(Duration::from_millis(20));
        }
    };
    // More of them, one crowd after another, than may wait at a time.
    let body = json!({"Path": "/app", "TimeoutSeconds": 55});
    for _ in 0..9 {
        let mut crowd: Vec<Connection> = (0..250).map(|_| server.connect()).collect();
        for watcher in &mut crowd {
            watcher.ask(&request(&server, &root, &body)).unwrap();
        }
        until(250);
        drop(crowd);
        until(0);
    }
    let cursor = watch(&server, &root, "/app", &Value::Null, 0)["Cursor"].clone();
    server.put("/app/x", "v", None);
    assert_eq!(told(&watch(&server, &root, "/app", &cursor, 20)), ["Put /app/x"]);
}
