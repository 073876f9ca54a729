//! Registration, credentials and keys.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::agent::Agent;
use crate::server::{NODE, Server, role_token};

fn registration(agent: &Agent) -> Value {
    serde_json::from_slice(&std::fs::read(agent.path("registration.json")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_machine_is_registered_once_and_its_secrets_stay_with_their_owner() {
    let server = Server::start().await;
    let agent = Agent::register(&server).await;
    let asked = server.asked("RegisterManagedInstance", 1).await;
    assert_eq!(asked[0]["ActivationCode"], "hunter2-hunter2-hunter2");
    assert_eq!(
        (
            asked[0]["PublicKeyType"].as_str(),
            asked[0]["PublicKey"].as_str().unwrap().len()
        ),
        (Some("Rsa"), 392)
    );
    let mode = std::fs::metadata(agent.path("registration.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let again = agent.try_register(&server, &[]).await;
    assert!(
        String::from_utf8_lossy(&again.stderr).contains(NODE) && !again.status.success(),
        "{again:?}"
    );
    let forced = agent.try_register(&server, &["--force"]).await;
    assert!(
        forced.status.success() && forced.stdout.starts_with(NODE.as_bytes()),
        "{forced:?}"
    );
}

#[tokio::test]
async fn a_refused_activation_is_told_with_a_way_out_and_without_the_code() {
    let server = Server::start().await;
    let agent = Agent::register(&server).await;
    server.answer(
        "RegisterManagedInstance",
        400,
        json!({"__type": "InvalidActivation", "message": "no"}),
    );
    let refused = agent.try_register(&server, &["--force"]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("InvalidActivation") && said.contains("create-activation"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
    assert!(!registration(&agent).to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_copied_directory_is_refused_on_another_machine() {
    let server = Server::start().await;
    let agent = Agent::register(&server).await;
    let mut registration = registration(&agent);
    registration["machine"] = "another".into();
    std::fs::write(agent.path("registration.json"), registration.to_string()).unwrap();
    let refused = agent.ended(&["run"]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("another machine") && said.contains("--force"),
        "{said}"
    );
}

#[tokio::test]
async fn a_second_agent_in_one_directory_is_refused() {
    let mut server = Server::start().await;
    let mut agent = Agent::register(&server).await;
    agent.start();
    let _control = server.opened("/v1/control-channel").await;
    let refused = agent.ended(&["run"]).await;
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("another agent"),
        "{refused:?}"
    );
    let refused = agent.try_register(&server, &["--force"]).await;
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("stop it first"),
        "{refused:?}"
    );
    assert!(agent.stop().await, "it ends well");
}

#[tokio::test]
async fn the_server_is_told_what_this_machine_is() {
    let mut server = Server::start().await;
    let mut agent = Agent::register(&server).await;
    agent.start();
    let control = server.opened("/v1/control-channel").await;
    assert_eq!(
        control.path,
        format!("/v1/control-channel/{NODE}?role=subscribe&stream=input")
    );
    assert_eq!(
        (&control.first["TokenValue"], &control.first["PlatformType"]),
        (&json!("t0ken"), &json!("linux"))
    );
    let told = server.asked("UpdateInstanceInformation", 1).await;
    assert_eq!(
        (&told[0]["InstanceId"], &told[0]["PlatformType"]),
        (&json!(NODE), &json!("Linux"))
    );
    assert_eq!(told[0]["IPAddress"], "127.0.0.1");
}

#[tokio::test]
async fn a_lost_control_channel_is_opened_again() {
    let mut server = Server::start().await;
    let mut agent = Agent::register(&server).await;
    agent.start();
    for _ in 0..3 {
        drop(server.opened("/v1/control-channel").await);
    }
}

#[tokio::test]
async fn a_key_that_was_being_replaced_is_found_again_after_a_crash() {
    let server = Server::start().await;
    let mut agent = Agent::register(&server).await;
    let old = registration(&agent)["key"].clone();
    // The server wants another key and takes it, but the agent never hears so: killed in between.
    server.answer("RequestManagedInstanceRoleToken", 200, role_token(true));
    server.answer(
        "UpdateManagedInstancePublicKey",
        500,
        json!({"__type": "InternalServerError", "message": "x"}),
    );
    agent.start();
    let told = server.asked("UpdateManagedInstancePublicKey", 1).await;
    assert_eq!(told[0]["NewPublicKeyType"], "Rsa");
    agent.kill().await;
    let left = registration(&agent);
    assert_eq!(left["key"], old);
    let next = left["next_key"].clone();
    assert!(next.is_string(), "it was written down before it was sent");

    server.answer("RequestManagedInstanceRoleToken", 200, role_token(false));
    server.answer_as_ever("UpdateManagedInstancePublicKey");
    let asked = server.asked("RequestManagedInstanceRoleToken", 1).await.len();
    agent.start();
    server.asked("RequestManagedInstanceRoleToken", asked + 1).await;
    server.asked("UpdateInstanceInformation", 1).await;
    let settled = registration(&agent);
    assert_eq!(
        (settled["key"].clone(), settled["next_key"].clone()),
        (next, Value::Null)
    );
}

#[tokio::test]
async fn doctor_tells_what_is_wrong_and_what_to_do() {
    let server = Server::start().await;
    let agent = Agent::register(&server).await;
    let said = |output: std::process::Output| String::from_utf8(output.stdout).unwrap();
    let healthy = said(agent.ended(&["doctor", "--default-user", "nobody"]).await);
    for line in [
        "ok    server reached",
        "ok    credentials",
        "ok    WebSocket opened",
        "FAIL  no agent runs",
    ] {
        assert!(healthy.contains(line), "{line}: {healthy}");
    }
    server.answer(
        "RequestManagedInstanceRoleToken",
        400,
        json!({"__type": "AccessDeniedException", "message": "no"}),
    );
    let refused = said(agent.ended(&["doctor", "--default-user", "nobody-here"]).await);
    for line in [
        "FAIL  there is no user nobody-here",
        "FAIL  credentials",
        "--force",
    ] {
        assert!(refused.contains(line), "{line}: {refused}");
    }
}

/// Orders to a terminal, a turn of the writing direction, and one of the second set of control characters.
const EVIL: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}evil\u{2066}\r";

#[track_caller]
fn is_harmless(text: &str) {
    let steers = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2066}".contains(c));
    assert!(!text.contains(steers), "{text:?}");
    assert!(text.contains("\\u{1b}]0;owned"), "it is shown: {text:?}");
}

#[tokio::test]
async fn what_a_server_says_does_not_steer_the_terminal() {
    let mut server = Server::start().await;
    let refusal = json!({"__type": format!("Bad{EVIL}"), "message": EVIL});
    server.answer("RegisterManagedInstance", 400, refusal.clone());
    let fresh = Agent::register(&Server::start().await).await;
    let refused = fresh.try_register(&server, &["--force"]).await;
    is_harmless(&String::from_utf8(refused.stderr).unwrap());
    server.answer_as_ever("RegisterManagedInstance");

    let mut agent = Agent::register(&server).await;
    server.answer("UpdateInstanceInformation", 400, refusal);
    agent.start();
    server.asked("UpdateInstanceInformation", 1).await;
    let mut control = server.opened("/v1/control-channel").await.socket;
    let frame = CloseFrame {
        code: CloseCode::Policy,
        reason: EVIL.into(),
    };
    control.close(Some(frame)).await.unwrap();
    drop(server.opened("/v1/control-channel").await);
    is_harmless(&agent.log());
    assert!(
        agent.log().contains("the control channel is gone: 1008"),
        "{}",
        agent.log()
    );
}
