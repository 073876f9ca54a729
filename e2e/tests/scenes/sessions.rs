//! Sessions on a node of our agent, opened by the real AWS CLI: with our plugin, and with AWS's own.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{GitHost, Node, Output, Plugin, tool};

macro_rules! with_both_plugins {
    ($($scene:ident),* $(,)?) => {
        mod our_plugin {
            $(#[test] fn $scene() { super::$scene(crate::harness::Plugin::Ours); })*
        }
        mod real_plugin {
            $(#[test] fn $scene() { super::$scene(crate::harness::Plugin::Aws); })*
        }
    };
}

with_both_plugins! {
    a_shell_is_typed_into_resized_interrupted_and_left,
    a_port_of_the_node_is_reached_by_many_connections,
    a_port_behind_the_node_is_reached,
    ssh_scp_and_sftp_go_through_the_proxy_command,
    an_interactive_command_runs,
    a_command_without_a_terminal_runs,
    a_shell_is_encrypted_under_a_kms_key,
}

fn a_shell_is_typed_into_resized_interrupted_and_left(plugin: Plugin) {
    let node = Node::start();
    // What waits says so itself: before it runs, the interrupt would be the shell's. The key comes alone: AWS's
    // plugin gives the same number to an interrupt and to a line feed that come together, and one of them is lost.
    let typed = json!([
        ["", [120, 40], false],
        ["$ ", "echo product $((6*7)) of $(id -un)", false],
        ["product 42 of nobody", [100, 30], false],
        [
            "",
            "while [ \"$(stty size)\" != '30 100' ]; do sleep 0.1; done; echo re''sized",
            false
        ],
        ["resized", "sh -c 'echo wai\"\"ting; exec sleep 1000'", false],
        ["waiting", {"key": "\u{3}"}, false],
        ["$ ", "echo interr''upted", false],
        ["interrupted", "exit 3", false],
    ]);

    let shown = node.session_on_terminal(plugin, &typed, &[]);

    let text = &shown.stdout;
    assert!(text.contains("Starting session with SessionId: "), "{shown:?}");
    assert!(
        text.contains("Exiting session with sessionId: "),
        "{shown:?}\n{}",
        node.log()
    );
    // Clients are told of the end while it is being written down.
    let history = ["ssm", "describe-sessions", "--state", "History"];
    let listed = || node.server.aws_json(&node.server.root(), &history)["Sessions"].clone();
    let since = Instant::now();
    let mut sessions = listed();
    while sessions == json!([]) && since.elapsed() < Duration::from_secs(30) {
        sessions = listed();
    }
    assert_eq!(sessions[0]["Status"], "Terminated", "{sessions}");
    assert_eq!(sessions[0]["Target"], json!(node.id));
}

fn a_port_of_the_node_is_reached_by_many_connections(plugin: Plugin) {
    let node = Node::start();
    let target = echo("127.0.0.1");
    let parameters = json!({"portNumber": [target.to_string()], "localPortNumber": ["0"]}).to_string();
    let document = [
        "--document-name",
        "AWS-StartPortForwardingSession",
        "--parameters",
        &parameters,
    ];
    let forward = Forward::start(node.session(plugin, &document));

    let connections: Vec<_> = (0..8)
        .map(|_| TcpStream::connect(("127.0.0.1", forward.port)).unwrap())
        .collect();
    let big = vec![0x5a; 300_000];
    for (index, mut connection) in connections.into_iter().enumerate() {
        let mut sent = connection.try_clone().unwrap();
        let text = [format!("connection {index}\n").as_bytes(), &big].concat();
        let writing = {
            let text = text.clone();
            thread::spawn(move || sent.write_all(&text))
        };
        let mut back = vec![0; text.len()];
        connection.read_exact(&mut back).unwrap();
        writing.join().unwrap().unwrap();
        assert!(back == text, "connection {index}");
    }
}

fn a_port_behind_the_node_is_reached(plugin: Plugin) {
    let node = Node::start();
    let target = echo("127.0.0.9"); // another host, as far as the node is concerned
    let parameters =
        json!({"host": ["127.0.0.9"], "portNumber": [target.to_string()], "localPortNumber": ["0"]})
            .to_string();
    let name = "AWS-StartPortForwardingSessionToRemoteHost";
    let forward =
        Forward::start(node.session(plugin, &["--document-name", name, "--parameters", &parameters]));

    let mut connection = TcpStream::connect(("127.0.0.1", forward.port)).unwrap();
    connection.write_all(b"hello\n").unwrap();
    let mut back = [0; 6];
    connection.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"hello\n");
}

fn ssh_scp_and_sftp_go_through_the_proxy_command(plugin: Plugin) {
    let node = Node::start();
    let host = GitHost::start(&node.server.scratch("ssh-host"));
    let files = node.server.scratch("files");
    let key = files.join("key");
    fs::write(&key, host.authorize_new_key()).unwrap();
    let configuration = format!(
        "Host i-* mi-*\n  ProxyCommand sh -c \"aws ssm start-session --target %h --document-name AWS-StartSSHSession \
         --parameters 'portNumber=%p'\"\n  Port {}\n  IdentityFile {}\n  StrictHostKeyChecking no\n  \
         UserKnownHostsFile /dev/null\n  LogLevel ERROR\n  BatchMode yes\n",
        host.port,
        key.display()
    );
    let config = files.join("config");
    fs::write(&config, configuration).unwrap();
    Output::of(Command::new("chmod").arg("600").args([&key, &config])).text();
    let (sent, fetched, put) = (files.join("sent"), files.join("fetched"), files.join("put"));
    fs::write(&sent, vec![0xa5; 3_000_000]).unwrap();
    let program = |name: &str| {
        let mut command = node.aws(plugin, &tool(name));
        command.arg("-F").arg(&config);
        command
    };

    let ran = Output::of(program("ssh").args([&node.id, "echo through; exit 7"]));
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (7, "through\n"),
        "{ran:?}\n{}",
        host.log()
    );
    let from = format!("{}:{}", node.id, sent.display());
    Output::of(program("scp").arg("-q").arg(from).arg(&fetched)).text();
    assert!(fs::read(&fetched).unwrap() == fs::read(&sent).unwrap());
    let mut sftp = program("sftp");
    sftp.args(["-q", "-b", "-", &node.id])
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut sftp = sftp.spawn().unwrap();
    let order = format!("put {} {}\n", sent.display(), put.display());
    sftp.stdin.take().unwrap().write_all(order.as_bytes()).unwrap();
    assert!(sftp.wait().unwrap().success());
    assert!(fs::read(&put).unwrap() == fs::read(&sent).unwrap());
}

fn an_interactive_command_runs(plugin: Plugin) {
    let node = Node::start();
    let parameters = json!({"command": ["echo product $((6*7)); read line; echo \"got $line\""]}).to_string();
    let document = [
        "--document-name",
        "AWS-StartInteractiveCommand",
        "--parameters",
        &parameters,
    ];
    let typed = json!([["product 42", "one line", false]]);

    let shown = node.session_on_terminal(plugin, &typed, &document);

    assert!(shown.stdout.contains("got one line"), "{shown:?}\n{}", node.log());
}

fn a_command_without_a_terminal_runs(plugin: Plugin) {
    let node = Node::start();
    let parameters = json!({"command": ["sh -c \"echo out; echo err >&2; exit 3\""]}).to_string();
    let document = [
        "--document-name",
        "AWS-StartNonInteractiveCommand",
        "--parameters",
        &parameters,
    ];
    let mut command = node.session(plugin, &document);
    let mut running = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _open: Option<ChildStdin> = running.stdin.take(); // AWS's plugin leaves at the end of its input

    let mut shown = String::new();
    running.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
    running.wait().unwrap();

    assert!(
        shown.contains("out\n") && shown.contains("err\n"),
        "{shown}\n{}",
        node.log()
    );
}

fn a_shell_is_encrypted_under_a_kms_key(plugin: Plugin) {
    let node = Node::start();
    let root = node.server.root();
    let key = node
        .server
        .aws_text(&root, &["kms", "create-key", "--query", "KeyMetadata.Arn"]);
    node.server.grant(
        "node",
        &json!([{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}]),
    );
    let preferences = json!({
        "schemaVersion": "1.0", "description": "encrypted", "sessionType": "Standard_Stream",
        "inputs": {"kmsKeyId": key, "shellProfile": {"linux": "echo pro''file"}},
    });
    let create = [
        "ssm",
        "create-document",
        "--name",
        "SSM-SessionManagerRunShell",
        "--document-type",
        "Session",
        "--content",
        &preferences.to_string(),
    ];
    node.server.aws_json(&root, &create);
    let typed = json!([
        ["profile", "echo product $((6*7))", false],
        ["product 42", "exit", false]
    ]);

    let shown = node.session_on_terminal(plugin, &typed, &[]);

    assert!(
        shown.stdout.contains("This session is encrypted using AWS KMS"),
        "{shown:?}\n{}",
        node.log()
    );
    assert!(shown.stdout.contains("product 42"), "{shown:?}\n{}", node.log());
}

/// A server that says back what it hears, for as long as the test runs; returns its port.
fn echo(host: &str) -> u16 {
    let listener = TcpListener::bind((host, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut back = connection.try_clone().unwrap();
                std::io::copy(&mut connection, &mut back)
            });
        }
    });
    port
}

/// A running port forward, and where it listens.
struct Forward {
    running: Child,
    port: u16,
}

impl Forward {
    fn start(mut command: Command) -> Self {
        let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
        let opened = lines.find_map(|line| line.unwrap().strip_prefix("Port ").map(str::to_owned));
        let opened = opened.expect("it says where it listens");
        let port = opened.split(' ').next().and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("{opened}"));
        assert!(lines.any(|line| line.unwrap().starts_with("Waiting for connections")));
        thread::spawn(move || lines.for_each(drop)); // it goes on talking
        Self { running, port }
    }
}

impl Drop for Forward {
    /// As Ctrl-C does: for the CLI, which ignores it, and for the plugin.
    fn drop(&mut self) {
        let parent = self.running.id().to_string();
        let _ = Command::new(tool("pkill")).args(["-INT", "-P", &parent]).status();
        let _ = self.running.wait();
    }
}
