//! Shells and commands.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kagiban_session::channel::Side;
use kagiban_session::cipher::SessionCipher;
use kagiban_session::handshake::{EncryptionChallenge, KmsParameters, SessionType};
use kagiban_session::message::PayloadType;
use kagiban_session::payload::{EndOfStream, Flag};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};
use serde_json::{Value, json};

use super::node::{Node, SESSION, api};
use super::plugin::{Running, set_size};

const UNLIMITED: fn(&str, &Value) -> Value = |operation, body| {
    assert_eq!(
        (operation, body),
        ("ResumeSession", &json!({"SessionId": SESSION}))
    );
    json!({"SessionId": SESSION, "TokenValue": "second", "StreamUrl": ""})
};

fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> tokio::task::JoinHandle<T> {
    tokio::task::spawn_blocking(work)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_on_a_terminal() {
    for fast in [false, true] {
        let (mut node, api) = (Node::new().await, api(UNLIMITED).await);
        let mut plugin = Running::on_terminal(&node.started(), &api);
        node.begin(SessionType::StandardStream, Value::Null, None, fast)
            .await;
        node.complete("hello \x1b[2Jthere").await;
        // The size comes at once and after each change.
        assert_eq!(node.data(PayloadType::Size).await, r#"{"cols":100,"rows":30}"#);
        set_size(plugin.keyboard.as_ref().unwrap(), 81, 25);
        let pid = Pid::from_raw(plugin.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::WINCH).unwrap();
        assert_eq!(node.data(PayloadType::Size).await, r#"{"cols":81,"rows":25}"#);
        // Keys are bytes, those that would be signals, too.
        plugin.types(b"a\x03\x1a\x1c\x13~x\r");
        assert_eq!(node.typed("\r").await, "a\x03\x1a\x1c\x13~x\r");
        kill_process(pid, Signal::INT).unwrap();
        assert_eq!(node.typed("\x03").await, "\x03");
        node.send(PayloadType::Output, "\x1b[1mbold\x1b[0m $ ").await;
        let shown = blocking(move || {
            plugin.shows("\x1b[1mbold\x1b[0m $ ");
            plugin
        });
        while !shown.is_finished() {
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), node.next()).await;
        }
        let mut plugin = shown.await.unwrap();
        assert!(
            plugin
                .text
                .contains(&format!("Starting session with SessionId: {SESSION}"))
        );
        assert!(plugin.text.contains("hello \\u{1b}[2Jthere"), "{}", plugin.text);
        // ~. ends it.
        plugin.types(b"~.");
        assert_eq!(
            node.data(PayloadType::Flag).await,
            Flag::TerminateSession.to_bytes()
        );
        let ended = blocking(move || (plugin.ends(), plugin));
        while !ended.is_finished() {
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), node.next()).await;
        }
        let (status, plugin) = ended.await.unwrap();
        assert_eq!(status, 0);
        assert!(
            plugin
                .text
                .contains(&format!("Exiting session with sessionId: {SESSION}."))
        );
        let modes = tcgetattr(plugin.keyboard.as_ref().unwrap()).unwrap().local_modes;
        assert!(
            modes.contains(LocalModes::ICANON | LocalModes::ECHO),
            "the terminal is as it was"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_while_the_network_is_away_arrives() {
    let (mut node, api) = (Node::new().await, api(UNLIMITED).await);
    let mut plugin = Running::on_terminal(&node.started(), &api);
    node.begin(SessionType::StandardStream, Value::Null, None, true)
        .await;
    node.complete("").await;
    node.data(PayloadType::Size).await;
    node.lose();
    let typed = blocking(move || {
        plugin.shows("the connection is lost");
        plugin.types(b"echo hello\r");
        plugin
    });
    let mut plugin = typed.await.unwrap();
    assert_eq!(node.typed("\r").await, "echo hello\r");
    assert_eq!(node.tokens, ["first", "second"]);
    node.send(PayloadType::Output, "hello").await;
    node.close("bye \x07now").await;
    let (status, plugin) = blocking(move || (plugin.ends(), plugin)).await.unwrap();
    assert_eq!(status, 0);
    assert!(plugin.text.contains("hello"), "{}", plugin.text);
    assert!(
        plugin
            .text
            .contains(&format!("SessionId: {SESSION} : bye \\u{{7}}now")),
        "{}",
        plugin.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_cannot_be_resumed_is_told() {
    let (mut node, api) = (Node::new().await, api(|_, _| json!({"SessionId": SESSION})).await);
    let mut plugin = Running::on_terminal(&node.started(), &api);
    node.begin(SessionType::StandardStream, Value::Null, None, false)
        .await;
    node.complete("").await;
    node.data(PayloadType::Size).await;
    node.lose();
    let (status, plugin) = blocking(move || (plugin.ends(), plugin)).await.unwrap();
    assert_eq!(status, 0);
    assert!(
        plugin.text.contains(&format!("Session: {SESSION} timed out.")),
        "{}",
        plugin.text
    );
    let modes = tcgetattr(plugin.keyboard.as_ref().unwrap()).unwrap().local_modes;
    assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_tells_how_it_ended() {
    let (mut node, api) = (Node::new().await, api(UNLIMITED).await);
    let mut plugin = Running::piped(&node.started(), &api);
    node.begin(SessionType::NonInteractiveCommands, Value::Null, None, false)
        .await;
    node.complete("").await;
    assert_eq!(node.data(PayloadType::Size).await, r#"{"cols":300,"rows":100}"#);
    node.send(PayloadType::Output, "out\n").await;
    node.send(PayloadType::StdErr, "err\n").await;
    node.send(PayloadType::ExitCode, "EXIT_CODE: 3").await;
    node.close("").await;
    let (status, plugin) = blocking(move || (plugin.ends(), plugin)).await.unwrap();
    assert_eq!(status, 0, "the AWS CLI takes the plugin's status for its own");
    assert!(plugin.text.contains("out\nerr\nEXIT_CODE: 3"), "{}", plugin.text);
}

/// A data key of 64 equal bytes, if the context is right.
const KMS: fn(&str, &Value) -> Value = |operation, body| {
    assert_eq!(operation, "GenerateDataKey");
    let context = json!({"aws:ssm:SessionId": SESSION, "aws:ssm:TargetId": "mi-0123456789abcdef0"});
    let wanted = json!({"KeyId": "alias/s", "NumberOfBytes": 64, "EncryptionContext": context});
    assert_eq!(body, &wanted);
    json!({"CiphertextBlob": "AAEC", "Plaintext": BASE64_STANDARD.encode([7; 64]), "KeyId": "k"})
};

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_session_shows_only_ciphertexts_on_the_way() {
    let (mut node, api) = (Node::new().await, api(KMS).await);
    let mut plugin = Running::piped(&node.started(), &api);
    let kms = KmsParameters {
        key_id: "alias/s".to_owned(),
        challenge: String::new(),
    };
    let response = node
        .begin(SessionType::StandardStream, Value::Null, Some(&kms), false)
        .await;
    assert_eq!(response.kms().unwrap().unwrap().ciphertext, [0, 1, 2]);
    let mut cipher = SessionCipher::new(&[7; 64], Side::Agent, [0; 12]);
    let challenge = EncryptionChallenge {
        challenge: cipher.seal(&[5; 64]).unwrap(),
    };
    node.send(PayloadType::EncryptionChallengeRequest, challenge.to_bytes())
        .await;
    let answer = node.data(PayloadType::EncryptionChallengeResponse).await;
    let answer = EncryptionChallenge::parse(&answer).unwrap();
    assert_eq!(cipher.open(&answer.challenge).unwrap(), [5; 64]);
    node.complete("This session is encrypted using AWS KMS.").await;
    node.send(PayloadType::Output, cipher.seal(b"secret prompt").unwrap())
        .await;
    plugin.types(b"whoami\n");
    let typed = node.data(PayloadType::Output).await;
    assert_eq!(cipher.open(&typed).unwrap(), b"whoami\n");
    node.close("").await;
    let (_, plugin) = blocking(move || (plugin.ends(), plugin)).await.unwrap();
    assert!(plugin.text.contains("secret prompt") && plugin.text.contains("encrypted using AWS KMS"));
}

#[tokio::test(flavor = "multi_thread")]
async fn much_output_arrives_whole() {
    for fast in [false, true] {
        let (mut node, api) = (Node::new().await, api(UNLIMITED).await);
        let mut plugin = Running::piped(&node.started(), &api);
        node.begin(SessionType::InteractiveCommands, Value::Null, None, fast)
            .await;
        node.complete("").await;
        let ended = blocking(move || (plugin.ends(), plugin));
        let line = "0123456789abcdef".repeat(1024);
        for _ in 0..600 {
            node.send(PayloadType::Output, line.clone()).await;
        }
        if fast {
            let end = EndOfStream::default().to_bytes();
            node.send(PayloadType::EndOfStream, end).await;
        } else {
            node.close("").await;
        }
        while !ended.is_finished() {
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), node.next()).await;
        }
        let (_, plugin) = ended.await.unwrap();
        let hexadecimal = plugin.text.matches("0123456789abcdef").count();
        assert_eq!(hexadecimal, 600 * 1024 + 2, "with the session's id in two lines");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_other_end_says_beside_its_output_does_not_steer_the_terminal() {
    let evil = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}evil\u{2066}";
    for closes in [false, true] {
        let (mut node, api) = (Node::new().await, api(UNLIMITED).await);
        let mut plugin = Running::on_terminal(&node.started(), &api);
        node.begin(SessionType::StandardStream, Value::Null, None, true)
            .await;
        node.complete(evil).await;
        node.data(PayloadType::Size).await;
        if !closes {
            let end = EndOfStream {
                exit_status: None,
                reason: evil.to_owned(),
            };
            node.send(PayloadType::EndOfStream, end.to_bytes()).await;
        }
        node.close(evil).await;
        let (_, plugin) = blocking(move || (plugin.ends(), plugin)).await.unwrap();
        let steers = |c: char| !"\r\n".contains(c) && (c.is_control() || "\u{202e}\u{2066}".contains(c));
        assert!(!plugin.text.contains(steers), "{:?}", plugin.text);
        let shown = plugin
            .text
            .matches("\\u{1b}]0;owned\\u{7}\\u{9b}31m\\u{202e}evil");
        assert_eq!(shown.count(), 2, "{}", plugin.text);
    }
}
