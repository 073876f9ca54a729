//! Sessions from their records to their ends, whoever ends them.

use std::time::Duration;

use kagiban_client::Signer;
use kagiban_server::gateway::Terms;
use kagiban_session::control::TaskStatus;
use kagiban_session::message::MessageType;
use kagiban_ssm::sessions::token::Channel;

use super::ends::{self, End, acknowledge, input, output};
use super::house::{House, NODE, now};

const ID: &str = "ada-abcdefghijklmnopq";

fn quick(change: impl FnOnce(&mut Terms)) -> Terms {
    let mut terms = Terms::default();
    change(&mut terms);
    terms
}

/// What was sent at one end is read at the other, both ways.
pub(super) async fn talk(client: &mut End, agent: &mut End, sequence: i64) {
    agent.send(&output(sequence, "$ ")).await;
    let prompt = client.message().await;
    assert_eq!(prompt, output(sequence, "$ "));
    client.send(&acknowledge(&prompt)).await;
    client.send(&input(sequence, "ls\n")).await;
    assert_eq!(agent.message().await, acknowledge(&prompt));
    assert_eq!(agent.message().await, input(sequence, "ls\n"));
}

#[tokio::test]
async fn a_session_runs_from_its_order_to_the_agents_last_words() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let mut node = ends::node(&house, &server, NODE).await;
    server.has(0, 1).await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    let order = node.order().await;
    assert_eq!(order.session_id, ID);
    assert_eq!(order.document_content["sessionType"], "Standard_Stream");
    assert_eq!(order.session_owner, "arn:aws:iam::111122223333:user/ada");

    let mut client = ends::client(&house, &server, ID).await;
    let mut agent = ends::agent(&house, &server, NODE, ID).await;
    client.started().await;
    talk(&mut client, &mut agent, 0).await;
    server.becomes(ID, "Connected").await;

    agent.send(&output(1, "bye\n")).await;
    drop(agent);
    node.complete(ID, TaskStatus::Success, "").await;
    assert_eq!(client.message().await, output(1, "bye\n"));
    assert_eq!(client.closed().await.output, "");
    let (status, _) = server.session(ID).unwrap();
    assert_eq!(status, "Terminated", "who is told of the end finds it written");
    assert_eq!(client.code().await, 1000);
    assert_eq!(
        node.message().await.message_type,
        MessageType::AgentTaskAcknowledge
    );
    let details = server.becomes(ID, "Terminated").await;
    assert_eq!(details.as_deref(), Some("ended by the agent"));
    server.has(0, 1).await;
    assert!(
        server
            .metrics
            .channels
            .relayed
            .iter()
            .all(|bytes| bytes.get() > 0)
    );
}

#[tokio::test]
async fn a_client_that_says_goodbye_ends_its_session_as_soon_as_the_agent_has_heard_it() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let mut node = ends::node(&house, &server, NODE).await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    node.order().await;
    let (mut agent, mut client) = ends::both(&house, &server, ID).await;
    talk(&mut client, &mut agent, 0).await;
    let goodbye = ends::goodbye(1);
    client.send(&goodbye).await;
    assert_eq!(agent.message().await, goodbye);
    agent.send(&acknowledge(&goodbye)).await;
    assert_eq!(client.message().await, acknowledge(&goodbye));
    client.closed().await;
    let (status, details) = server.session(ID).unwrap();
    assert_eq!(
        (status.as_str(), details.as_deref()),
        ("Terminated", Some("ended by the client"))
    );
    assert_eq!(agent.closed().await.session_id, ID);
    // Nothing of it on the control channel: that would kill what the programs still want to do.
    node.complete(ID, TaskStatus::Success, "").await;
    assert_eq!(
        node.message().await.message_type,
        MessageType::AgentTaskAcknowledge
    );
}

#[tokio::test]
async fn what_an_agent_could_not_do_is_shown_to_the_client() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let mut node = ends::node(&house, &server, NODE).await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    node.order().await;
    let mut client = ends::client(&house, &server, ID).await;
    node.complete(ID, TaskStatus::Failed, "Unable to connect to specified port: 1")
        .await;
    assert_eq!(
        client.closed().await.output,
        "Unable to connect to specified port: 1"
    );
    server.becomes(ID, "Failed").await;
}

#[tokio::test]
async fn an_order_waits_for_a_node_that_is_away() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    server.has(1, 0).await;
    let mut node = ends::node(&house, &server, NODE).await;
    assert_eq!(node.order().await.session_id, ID);
}

#[tokio::test]
async fn an_end_over_the_api_reaches_both_ends() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    let (mut agent, mut client) = ends::both(&house, &server, ID).await;
    talk(&mut client, &mut agent, 0).await;
    house.terminate(ID).await;
    for end in [&mut client, &mut agent] {
        assert_eq!(end.closed().await.session_id, ID);
        assert_eq!(end.code().await, 1000);
    }
    server.has(0, 0).await;
}

#[tokio::test]
async fn an_end_over_the_api_reaches_a_node_without_a_data_channel_over_its_control_channel() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let mut node = ends::node(&house, &server, NODE).await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    node.order().await;
    house.terminate(ID).await;
    assert_eq!(node.closed().await.session_id, ID);
}

#[tokio::test]
async fn a_node_that_does_not_answer_its_order_ends_the_session_in_clear_words() {
    let house = House::new().await;
    let server = house
        .start(quick(|terms| terms.start = Duration::from_secs(1)))
        .await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    let mut client = ends::client(&house, &server, ID).await;
    let said = client.closed().await.output;
    assert!(said.starts_with("The session was not started"), "{said}");
    let details = server.becomes(ID, "Failed").await.unwrap();
    assert_eq!(details, "the agent did not open a data channel in time");
}

#[tokio::test]
async fn a_session_that_is_idle_or_too_old_ends() {
    let idle = quick(|terms| terms.idle = Some(Duration::from_secs(1)));
    let old = quick(|terms| terms.maximum = Some(Duration::from_secs(1)));
    for (terms, words) in [
        (idle, "Your session timed out due to inactivity."),
        (old, "Your session reached its maximum duration of 1 seconds."),
    ] {
        let house = House::new().await;
        let server = house.start(terms).await;
        house.begin(&server, NODE, &[ID.to_owned()]).await;
        let (mut agent, mut client) = ends::both(&house, &server, ID).await;
        assert_eq!(client.closed().await.output, words);
        assert_eq!(agent.closed().await.session_id, ID);
        server.becomes(ID, "Terminated").await;
    }
}

#[tokio::test]
async fn an_end_that_is_lost_may_come_back_for_a_while() {
    let house = House::new().await;
    let server = house
        .start(quick(|terms| terms.resume = Duration::from_secs(3)))
        .await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    let (mut agent, mut client) = ends::both(&house, &server, ID).await;
    talk(&mut client, &mut agent, 0).await;
    drop(client);
    server.becomes(ID, "Disconnected").await;
    agent.send(&output(1, "lost")).await;
    assert_eq!(agent.message().await.message_type, MessageType::PausePublication);
    let mut client = ends::client(&house, &server, ID).await;
    agent.started().await;
    talk(&mut client, &mut agent, 1).await;
    server.becomes(ID, "Connected").await;
    drop(client);
    let details = server.becomes(ID, "Terminated").await;
    assert_eq!(
        details.as_deref(),
        Some("the client was gone and did not come back")
    );
    agent.closed().await;
}

#[tokio::test]
async fn a_newer_control_channel_takes_over_and_a_fight_is_told_of() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let mut older = ends::node(&house, &server, NODE).await;
    server.has(0, 1).await;
    for _ in 0..5 {
        let newer = ends::node(&house, &server, NODE).await;
        assert_eq!(older.code().await, 1008);
        older = newer;
    }
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    assert_eq!(older.order().await.session_id, ID);
    server.has(1, 1).await;
    assert_eq!(server.metrics.channels.contentions.get(), 1);
    assert!(server.audited().contains("ContendedControlChannel"));
}

#[tokio::test]
async fn a_node_that_is_deregistered_loses_its_channels() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let mut node = ends::node(&house, &server, NODE).await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    let (mut agent, mut client) = ends::both(&house, &server, ID).await;
    talk(&mut client, &mut agent, 0).await;
    house.deregister(NODE).await;
    assert_eq!(node.code().await, 1008);
    assert_eq!(
        client.closed().await.output,
        "The node is not registered any more."
    );
    server.has(0, 0).await;
}

#[tokio::test]
async fn a_server_that_stops_tells_its_sockets_and_leaves_sessions_to_the_next() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let mut node = ends::node(&house, &server, NODE).await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    let (mut agent, mut client) = ends::both(&house, &server, ID).await;
    talk(&mut client, &mut agent, 0).await;
    server.becomes(ID, "Connected").await;
    let mut stranger = ends::upgrade(&server, &format!("/v1/data-channel/{ID}"), &Signer::Nobody)
        .await
        .unwrap();
    server.stop();
    for end in [&mut node, &mut agent, &mut client, &mut stranger] {
        assert_eq!(end.code().await, 1001);
    }
    assert_eq!(server.session(ID).unwrap().0, "Connected", "nothing has ended it");
}

#[tokio::test]
async fn fifty_sessions_go_on_after_the_server_was_killed() {
    let house = House::new().await;
    let ids: Vec<String> = (0..50).map(|session| format!("ada-{session:017}")).collect();
    let server = house.start(Terms::default()).await;
    house.begin(&server, NODE, &ids).await;
    let mut pairs = Vec::new();
    for id in &ids {
        let (mut agent, mut client) = ends::both(&house, &server, id).await;
        talk(&mut client, &mut agent, 0).await;
        pairs.push((agent, client));
    }
    for id in &ids {
        server.becomes(id, "Connected").await;
    }
    server.kill();
    for (mut agent, mut client) in pairs {
        assert_eq!((agent.code().await, client.code().await), (1006, 1006));
    }
    let server = house.start(Terms::default()).await;
    server.has(50, 0).await;
    let mut node = ends::node(&house, &server, NODE).await;
    for id in &ids {
        let (mut agent, mut client) = ends::both(&house, &server, id).await;
        talk(&mut client, &mut agent, 1).await;
        node.complete(id, TaskStatus::Success, "").await;
        drop(agent);
        client.closed().await;
    }
    server.has(0, 1).await;
}

#[tokio::test]
async fn sessions_whose_ends_do_not_come_back_after_a_restart_are_ended() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    let (mut agent, mut client) = ends::both(&house, &server, ID).await;
    talk(&mut client, &mut agent, 0).await;
    server.becomes(ID, "Connected").await;
    server.kill();
    let server = house
        .start(quick(|terms| terms.resume = Duration::from_secs(1)))
        .await;
    let details = server.becomes(ID, "Terminated").await.unwrap();
    assert!(details.ends_with("did not come back"), "{details}");
    let late = house.token(Channel::Client(ID), 1, now());
    assert_eq!(ends::client_with(&server, ID, late).await.code().await, 1000);
}

#[tokio::test]
async fn a_client_that_comes_after_a_failure_is_told_of_it() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let mut node = ends::node(&house, &server, NODE).await;
    house.begin(&server, NODE, &[ID.to_owned()]).await;
    node.order().await;
    node.complete(ID, TaskStatus::Failed, "Unable to connect to specified port: 1")
        .await;
    server.becomes(ID, "Failed").await;
    let mut client = ends::client(&house, &server, ID).await;
    assert_eq!(
        client.closed().await.output,
        "Unable to connect to specified port: 1"
    );
}
