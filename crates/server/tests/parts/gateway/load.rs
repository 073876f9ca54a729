//! Much of everything, and what is left of it.

use std::fs;

use kagiban_server::gateway::Terms;
use kagiban_session::control::TaskStatus;

use super::ends::{self, output};
use super::house::{House, NODE};

fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// This process's memory, in MiB.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024
}

#[tokio::test]
async fn ten_thousand_sessions_leave_nothing_behind() {
    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let mut node = ends::node(&house, &server, NODE).await;
    server.has(0, 1).await;
    for round in 0..200 {
        let ids: Vec<String> = (0..50)
            .map(|session| format!("ada-{round:08}{session:09}"))
            .collect();
        house.begin(&server, NODE, &ids).await;
        for _ in &ids {
            node.order().await;
        }
        house.forget(&ids).await;
        for _ in &ids {
            node.closed().await;
        }
    }
    server.has(0, 1).await;
    let files = open_files();
    for session in 0..100 {
        let id = format!("ben-{session:017}");
        house.begin(&server, NODE, std::slice::from_ref(&id)).await;
        node.order().await;
        let (agent, mut client) = ends::both(&house, &server, &id).await;
        node.complete(&id, TaskStatus::Success, "").await;
        drop(agent);
        client.closed().await;
    }
    server.has(0, 1).await;
    while open_files() > files {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_gigabyte_passes_a_slow_reader_in_little_memory() {
    const PIECE: usize = 64 * 1024;
    const PIECES: i64 = 1 << 14;

    let house = House::new().await;
    let server = house.start(Terms::default()).await;
    let id = "ada-abcdefghijklmnopq".to_owned();
    house.begin(&server, NODE, std::slice::from_ref(&id)).await;
    let (mut agent, mut client) = ends::both(&house, &server, &id).await;
    super::sessions::talk(&mut client, &mut agent, 0).await;
    let before = resident();
    let sending = tokio::spawn(async move {
        let piece = bytes::Bytes::from(vec![7; PIECE]);
        for sequence in 1..=PIECES {
            agent.send(&output(sequence, piece.clone())).await;
        }
        agent
    });
    let mut most = 0;
    for sequence in 1..=PIECES {
        if sequence % 1024 == 0 {
            most = most.max(resident());
            tokio::time::sleep(std::time::Duration::from_millis(20)).await; // it is slow
        }
        assert_eq!(client.message().await.sequence, sequence);
    }
    assert!(most < before + 64, "{before} MiB before, {most} MiB at most");
    drop(sending.await.unwrap());
}
