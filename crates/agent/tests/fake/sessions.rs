//! Shells and commands.

use kagiban_session::control::{ChannelClosed, TaskStatus};
use kagiban_session::message::{MessageType, PayloadType};
use kagiban_session::payload::{EndOfStream, Size};
use serde_json::json;

use crate::agent::Agent;
use crate::client::{Client, acknowledge, completed, order, shell, tell};
use crate::server::{Opened, Server, Socket};

struct Scene {
    server: Server,
    agent: Agent,
    control: Socket,
}

impl Scene {
    async fn start() -> Scene {
        let mut server = Server::start().await;
        let mut agent = Agent::register(&server).await;
        agent.start();
        let control = server.opened("/v1/control-channel").await.socket;
        Scene {
            server,
            agent,
            control,
        }
    }

    async fn session(&mut self, session: &str, document: serde_json::Value, is_fast: bool) -> Client {
        order(&mut self.control, session, document, json!({})).await;
        let Opened { first, socket, .. } = self.server.opened(&format!("/v1/data-channel/{session}")).await;
        assert_eq!(first["ClientInstanceId"], crate::server::NODE);
        let mut client = Client::new(socket, is_fast);
        client.shake().await;
        client
    }
}

fn as_nobody() -> serde_json::Value {
    json!({"runAsEnabled": true, "runAsDefaultUser": "nobody"})
}

#[tokio::test]
async fn a_shell_runs_on_a_terminal_as_who_it_should() {
    let mut scene = Scene::start().await;
    let mut client = scene.session("s-1", shell(&as_nobody()), true).await;
    client.send(PayloadType::Size, &Size { cols: 123, rows: 45 }.to_bytes());
    client.type_in("echo user=$(id -un) groups=$(id -G) term=$TERM; stty size; tty; echo €\n");
    let said = client.until("45 123").await;
    assert!(
        said.contains("user=nobody groups=65534 term=xterm-256color"),
        "{said}"
    );
    client.type_in("env; exit 3\n");
    let mut said = String::new();
    let end = loop {
        match client.next().await {
            (PayloadType::EndOfStream, end) => break EndOfStream::parse(&end).unwrap(),
            (_, payload) => said += &String::from_utf8_lossy(&payload),
        }
    };
    assert!(!said.contains("KAGIBAN") && !said.contains("s3cret"), "{said}");
    assert_eq!(end.exit_status, Some(3));
    client.until_gone().await; // or the agent would wait for the last to be acknowledged

    // The end is told until it is known.
    let first = completed(&mut scene.control).await;
    let second = completed(&mut scene.control).await;
    assert_eq!(
        (first.task_id.as_str(), first.final_task_status),
        ("s-1", TaskStatus::Success)
    );
    assert_eq!((first.retry_number, second.retry_number), (1, 2));
    acknowledge(&mut scene.control, "s-1").await;
    while scene.agent.path("sessions/s-1").exists() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_session_goes_on_while_the_agent_is_killed_and_started_again() {
    let mut scene = Scene::start().await;
    let mut client = scene.session("s-2", shell(&as_nobody()), true).await;
    client.type_in("marker=here\n");
    scene.agent.kill().await;
    client.type_in("echo still=$marker\n");
    client.until("still=here").await;
    scene.agent.start();
    scene.control = scene.server.opened("/v1/control-channel").await.socket;
    client.type_in("echo again=$marker; exit\n");
    client.until("again=here").await;
    client.until_gone().await;
    let completed = completed(&mut scene.control).await;
    assert_eq!(
        (completed.task_id.as_str(), completed.final_task_status),
        ("s-2", TaskStatus::Success)
    );
}

#[tokio::test]
async fn a_lost_data_channel_is_opened_again_and_nothing_is_missing() {
    let mut scene = Scene::start().await;
    let mut client = scene.session("s-3", shell(&as_nobody()), false).await;
    client.type_in("echo one\n");
    client.until("one\r\n").await;
    drop(client.turn().await);
    let closing = scene.server.opened("/v1/data-channel/s-3");
    client.hang_up().await;
    let again = closing.await.socket;
    client.moved(again);
    client.type_in("echo t''wo; exit\n");
    client.until("two\r\n").await;
    assert_eq!(
        completed(&mut scene.control).await.final_task_status,
        TaskStatus::Success
    );
}

#[tokio::test]
async fn what_a_shell_leaves_behind_is_ended_and_termination_ends_all() {
    let mut scene = Scene::start().await;
    let mut client = scene.session("s-4", shell(&as_nobody()), true).await;
    client.type_in("sleep 4242 & sh -c 'trap \"\" HUP; sleep 4243' & echo pid=$! up\n");
    let said = client.until(" up\r\n").await;
    let pid = said
        .rsplit("pid=")
        .next()
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    let closed = ChannelClosed {
        message_type: "channel_closed".to_owned(),
        message_id: String::new(),
        destination_id: String::new(),
        session_id: "s-4".to_owned(),
        schema_version: 1,
        created_date: "1".to_owned(),
        output: String::new(),
    };
    tell(&mut scene.control, MessageType::ChannelClosed, closed.to_bytes()).await;
    assert_eq!(completed(&mut scene.control).await.task_id, "s-4");
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "{pid}");
}

#[tokio::test]
async fn a_command_tells_its_outputs_apart_and_how_it_ended() {
    let mut scene = Scene::start().await;
    let document = json!({"schemaVersion": "1.0", "sessionType": "NonInteractiveCommands", "inputs": as_nobody(),
        "properties": {"linux": {"commands": "sh -c 'echo out; echo err >&2; exit 7'", "separateOutputStream": true,
            "stdOutSeparatorPrefix": "O:", "stdErrSeparatorPrefix": "E:"}}});
    let mut client = scene.session("s-5", document, false).await;
    let mut said: Vec<(u32, String)> = Vec::new();
    while said.len() < 3 {
        let (kind, payload) = client.next().await;
        said.push((kind.number(), String::from_utf8(payload.to_vec()).unwrap()));
    }
    said.sort();
    let expected = [(1, "O:out\n"), (11, "E:err\n"), (12, "EXIT_CODE: 7")];
    assert_eq!(said, expected.map(|(kind, text)| (kind, text.to_owned())));
    client.until_gone().await;
    assert_eq!(
        completed(&mut scene.control).await.final_task_status,
        TaskStatus::Success
    );
}

#[tokio::test]
async fn a_command_is_interrupted_by_ctrl_c() {
    let mut scene = Scene::start().await;
    let document = json!({"schemaVersion": "1.0", "sessionType": "NonInteractiveCommands", "inputs": as_nobody(),
        "properties": {"linux": {"commands": "sh -c 'trap \"echo caught; exit 0\" INT; echo ready; while :; do sleep 0.05; done'"}}});
    let mut client = scene.session("s-6", document, true).await;
    client.until("ready").await;
    client.type_in("\u{3}");
    client.until("caught").await;
}

#[tokio::test]
async fn an_interactive_command_runs_without_a_shell_before_it() {
    let mut scene = Scene::start().await;
    let document = json!({"schemaVersion": "1.0", "sessionType": "InteractiveCommands", "inputs": as_nobody(),
        "properties": {"linux": {"commands": "read line; echo got=$line; tty"}}});
    let mut client = scene.session("s-7", document, true).await;
    client.type_in("hello\n");
    let said = client.until("/dev/pts/").await;
    assert!(said.contains("got=hello"), "{said}");
}

#[tokio::test]
async fn a_session_that_cannot_be_is_refused_with_a_reason() {
    let mut scene = Scene::start().await;
    let root = json!({"runAsEnabled": true, "runAsDefaultUser": "root"});
    let mut client = scene.session("s-8", shell(&root), false).await;
    client.until_gone().await;
    let completed_ = completed(&mut scene.control).await;
    assert_eq!(completed_.final_task_status, TaskStatus::Failed);
    assert!(completed_.output.contains("root"), "{}", completed_.output);

    order(
        &mut scene.control,
        "s-9",
        json!({"schemaVersion": "2.2"}),
        json!({}),
    )
    .await;
    loop {
        let completed = completed(&mut scene.control).await;
        if completed.task_id == "s-9" {
            assert_eq!(completed.final_task_status, TaskStatus::Failed);
            break;
        }
    }
}

#[tokio::test]
async fn what_orphans_leave_behind_is_collected_while_the_session_goes_on() {
    let mut scene = Scene::start().await;
    let mut client = scene.session("s-10", shell(&as_nobody()), true).await;
    // Each is left by its parent at once, and ends when its time comes.
    client.type_in("pids=$(for n in 1 2 3; do (sleep 0.2 >/dev/null & echo $!); done)\n");
    client.type_in("for pid in $pids; do while [ -e /proc/$pid ]; do sleep 0.05; done; done; echo g''one\n");
    client.until("gone\r\n").await;
    client.type_in("(exit 5); exit $?\n");
    let end = loop {
        if let (PayloadType::EndOfStream, end) = client.next().await {
            break EndOfStream::parse(&end).unwrap();
        }
    };
    assert_eq!(
        end.exit_status,
        Some(5),
        "how the program itself ended is not lost"
    );
}
