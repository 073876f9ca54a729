//! Sessions that are cut off, or whose reader is slow: nothing is lost, and nothing is called a success that
//! was none.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::harness::{Dialogue, GitHost, Node, Output, Plugin, cli_binary, tool};

fn terminate(node: &Node, session: &str) {
    let ask = ["ssm", "terminate-session", "--session-id", session];
    node.server.aws_json(&node.server.root(), &ask);
}

/// `kagiban` with these arguments, as root.
fn kagiban(node: &Node, arguments: &[&str]) -> Command {
    let mut command = node.server.client(&node.server.root(), &cli_binary());
    command.args(arguments);
    command
}

#[test]
fn a_slow_reader_gets_all_of_a_command_that_has_ended_and_its_status() {
    const ALL: usize = 20_000_000;
    let node = Node::start();
    let script = format!("head -c {ALL} /dev/zero; exit 7");
    let mut command = node.kagiban_session(&["--", "sh", "-c", &script]);
    let mut running = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = running.stdout.take().unwrap();
    let mut piece = vec![0; 1 << 20];
    let (mut read, mut next) = (0, 0);
    loop {
        match output.read(&mut piece).unwrap() {
            0 => break,
            bytes => read += bytes,
        }
        if read > next {
            next += 1 << 20;
            thread::sleep(Duration::from_millis(300));
        }
    }
    let status = running.wait().unwrap();
    assert_eq!((read, status.code()), (ALL, Some(7)), "{}", node.log());
}

#[test]
fn what_is_ended_from_outside_is_no_success() {
    let node = Node::start();
    let shell: (&[&str], &str) = (&[], "$ ");
    let command: (&[&str], &str) = (&["--", "sh", "-c", "echo begun; exec sleep 100"], "begun");
    for (arguments, sign) in [shell, command] {
        let session = Dialogue::start(node.kagiban_session(arguments));
        session.wait_for(sign);
        terminate(&node, &node.only_session());
        let (code, told) = session.end_with_complaints();
        assert_eq!(code, 1, "{told}");
        assert!(told.contains("the session was ended"), "{told}");
    }
    let forward = Dialogue::start(kagiban(&node, &["session", "forward", &node.id, "0:1"]));
    forward.wait_for("Waiting for connections");
    terminate(&node, &node.only_session());
    let (code, told) = forward.end_with_complaints();
    assert!(
        code == 1 && told.contains("the session was ended"),
        "{code} {told}"
    );
    let refused = kagiban(&node, &["session", "forward", &node.id, "0:169.254.169.254:80"]);
    let (code, told) = Dialogue::start(refused).end_with_complaints();
    assert!(code == 1 && told.contains("is forbidden"), "{code} {told}");
    assert!(!told.contains("the others"), "{told}");
}

#[test]
fn of_several_forwards_the_one_is_named_that_ends_the_others() {
    let node = Node::start();
    let forwards = ["session", "forward", &node.id, "0:1", "0:169.254.169.254:80"];
    let (code, told) = Dialogue::start(kagiban(&node, &forwards)).end_with_complaints();
    assert!(code == 1 && told.contains("is forbidden"), "{code} {told}");
    let named = told.lines().filter(|line| {
        line.starts_with("Port ") && line.ends_with("cannot go on, and the others end with it")
    });
    assert_eq!(named.count(), 1, "{told}");
    node.nothing_stays();
}

#[test]
fn ssh_leaves_no_session_behind() {
    let node = Node::start();
    let host = GitHost::start(&node.server.scratch("ssh-host"));
    let files = node.server.scratch("files");
    let key = files.join("key");
    fs::write(&key, host.authorize_new_key()).unwrap();
    Output::of(Command::new("chmod").arg("600").arg(&key)).text();
    let proxy = format!("ProxyCommand={} ssh-proxy %h %p", cli_binary().display());
    let mut ssh = node.server.client(&node.server.root(), &tool("ssh"));
    ssh.args(["-F", "/dev/null", "-o", &proxy, "-o", "BatchMode=yes"])
        .args([
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
        ])
        .args(["-p", &host.port.to_string(), "-i"])
        .arg(&key)
        .args([&node.id, "echo through; exit 7"]);
    let ran = Output::of(&mut ssh);
    assert_eq!((ran.code, ran.stdout.as_str()), (7, "through\n"), "{ran:?}");
    node.nothing_stays();
}

#[test]
fn a_hangup_ends_the_session() {
    let node = Node::start();
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let number = port.local_addr().unwrap().port().to_string();
    let arguments: [&[&str]; 2] = [
        &["ssh-proxy", &node.id, &number],
        &["session", "forward", &node.id, "0:1"],
    ];
    for arguments in arguments {
        let mut command = kagiban(&node, arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut running = command.spawn().unwrap();
        let since = Instant::now();
        while node
            .sessions("Active")
            .iter()
            .all(|session| session["Status"] != "Connected")
        {
            assert!(since.elapsed() < Duration::from_secs(60), "{}", node.log());
            thread::sleep(Duration::from_millis(50));
        }
        kill_process(Pid::from_child(&running), Signal::HUP).unwrap();
        running.wait().unwrap();
        node.nothing_stays();
    }
}

#[test]
fn what_cannot_be_had_is_not_left_behind() {
    let node = Node::start();
    let taken = TcpListener::bind("localhost:0").unwrap();
    let number = taken.local_addr().unwrap().port().to_string();
    let forward = kagiban(
        &node,
        &["session", "forward", &node.id, "0:1", &format!("{number}:1")],
    );
    let (code, told) = Dialogue::start(forward).end_with_complaints();
    assert!(code == 4 && told.contains("cannot be taken"), "{code} {told}");
    assert_eq!(node.sessions("Active"), [] as [Value; 0]);
    assert_eq!(node.sessions("History"), [] as [Value; 0], "none was begun");
    let parameters = json!({"portNumber": ["1"], "localPortNumber": [number]}).to_string();
    let document = [
        "--document-name",
        "AWS-StartPortForwardingSession",
        "--parameters",
        &parameters,
    ];
    let (_, told) = Dialogue::start(node.session(Plugin::Ours, &document)).end_with_complaints();
    assert!(told.contains("cannot be taken"), "{told}");
    node.nothing_stays();

    let mut endless = node.kagiban_session(&["--", "yes"]);
    let mut endless = endless
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = [0; 2];
    endless.stdout.take().unwrap().read_exact(&mut line).unwrap();
    assert_eq!(endless.wait().unwrap().code(), Some(141));
    node.nothing_stays();
}

#[test]
fn input_that_no_command_gets_is_told() {
    let node = Node::start();
    let mut session = Dialogue::start(node.kagiban_session(&["--", "sleep", "1"]));
    session.say("dropped\u{3}");
    let (code, told) = session.end_with_complaints();
    assert_eq!(code, 0, "what is typed there is no Ctrl-C: {told}");
    assert!(told.contains("does not get this standard input"), "{told}");
}

#[test]
fn a_session_whose_process_is_killed_takes_its_programs_along() {
    let node = Node::start();
    let script = "echo begun as $$; sleep 1000 & wait";
    let session = Dialogue::start(node.kagiban_session(&["--", "sh", "-c", script]));
    let shown = session.wait_for("\n");
    let leader = shown.trim().rsplit(' ').next().unwrap().to_owned();
    let id = node.only_session();
    let worker = fs::read_to_string(node.session_files(&id).join("worker.lock")).unwrap();
    let worker = Pid::from_raw(worker.trim().parse().unwrap()).unwrap();
    kill_process(worker, Signal::KILL).unwrap();
    let (code, told) = session.end_with_complaints();
    assert!(code == 1 && told.contains("unexpectedly"), "{code} {told}");
    let since = Instant::now();
    while !members(&leader).is_empty() {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "{:?}",
            members(&leader)
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// The processes of a session that are not dead.
fn members(leader: &str) -> Vec<String> {
    let listed = Output::of(Command::new("ps").args(["-o", "stat=,pid=", "-s", leader]));
    let lines = listed
        .stdout
        .lines()
        .filter(|line| !line.trim_start().starts_with('Z'));
    lines.map(str::to_owned).collect()
}

#[test]
fn programs_are_found_where_a_login_finds_them_and_what_is_not_there_is_told() {
    let node = Node::start();
    let missing = node.kagiban_session(&["--", "no-such-program-here"]);
    let (code, told) = Dialogue::start(missing).end_with_complaints();
    assert_eq!(code, 127, "{told}");
    assert!(told.contains("no-such-program-here: not found"), "{told}");
    let command = node.kagiban_session(&["--", "sh", "-c", "echo $PATH"]);
    let (_, told) = Dialogue::start(command).end_with_complaints();
    let own = std::env::var("PATH").unwrap();
    assert!(told.contains("/usr/bin") && !told.contains(&own), "{told} {own}");
}

#[test]
fn the_policies_of_awss_documentation_are_for_ones_own_sessions() {
    let node = Node::start();
    let own = json!("arn:aws:ssm:*:*:session/${aws:userid}-*");
    let start = json!({"Effect": "Allow", "Action": "ssm:StartSession", "Resource": "*"});
    let end =
        json!({"Effect": "Allow", "Action": ["ssm:TerminateSession", "ssm:ResumeSession"], "Resource": own});
    let open = json!({"Effect": "Allow", "Action": "ssmmessages:OpenDataChannel", "Resource": own});
    let alice = node.server.user("alice", &json!([start, end, open]));
    let bob = node.server.user("bob", &json!([start, end, open]));
    let carol = node.server.user("carol", &json!([start, end]));
    let session = |who, script: &str| {
        let mut command = node.server.client(who, &cli_binary());
        command.args(["session", "start", &node.id, "--", "sh", "-c", script]);
        Dialogue::start(command)
    };
    let long = session(&alice, "echo begun; exec sleep 100");
    long.wait_for("begun");
    let id = node.only_session();
    let ask = ["ssm", "terminate-session", "--session-id", &id];
    assert!(node.server.aws(&bob, &ask).error().contains("AccessDenied"));
    node.server.aws_json(&alice, &ask);
    assert_eq!(long.end().0, 1);
    let (code, told) = session(&carol, "true").end_with_complaints();
    assert_eq!(code, 4, "{told}");
    assert!(
        told.contains("kagiban: AccessDeniedException: User: ")
            && told.contains("ssmmessages:OpenDataChannel")
            && told.contains("hint: an administrator can allow it"),
        "{told}"
    );
    node.nothing_stays();
}
