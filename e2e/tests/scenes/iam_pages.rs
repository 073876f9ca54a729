//! Long lists come whole, page by page, through the paginators of AWS's SDKs.

use std::thread;

use aws_sdk_iam::Client;
use aws_sdk_iam::config::{BehaviorVersion, Region};
use serde_json::json;

use crate::harness::{Output, REGION, Request, Server, at, clients_directory, venv_binary};

const USERS: usize = 2500;
const THREADS: usize = 8;

#[tokio::test]
async fn two_and_a_half_thousand_users_are_listed_by_pages() {
    let server = Server::start();
    make_users(&server);
    let all: Vec<String> = (0..USERS).map(name).collect();
    let team: Vec<&String> = all.iter().step_by(2).collect();

    let mut python = server.client(&server.root(), &venv_binary("python"));
    let seen = Output::of(python.arg(clients_directory().join("boto3_users.py"))).json();
    assert_eq!(
        seen,
        json!({"pages": 25, "names": all, "large_pages": 3, "large_names": all, "team": team})
    );

    let mut pages = rust_sdk(&server)
        .list_users()
        .into_paginator()
        .page_size(700)
        .send();
    let (mut count, mut names) = (0, Vec::new());
    while let Some(page) = pages.next().await {
        count += 1;
        let users = page.unwrap().users;
        names.extend(users.into_iter().map(|user| user.user_name));
    }
    assert_eq!(count, 4);
    assert_eq!(names, all);
}

fn name(n: usize) -> String {
    format!("user{n:04}")
}

/// Every second user is under `/team/`.
fn make_users(server: &Server) {
    let root = server.root();
    let make = |first: usize| {
        let mut connection = server.connect();
        for n in (first..USERS).step_by(THREADS) {
            let path = if n % 2 == 0 { "/team/" } else { "/" };
            let name = name(n);
            let members = [("UserName", name.as_str()), ("Path", path)];
            let request = Request::query("2010-05-08", "CreateUser", &members, &server.authority());
            connection.send(&request.signed(&at(&root, "iam"))).unwrap().ok();
        }
    };
    thread::scope(|scope| {
        for first in 0..THREADS {
            scope.spawn(move || make(first));
        }
    });
}

fn rust_sdk(server: &Server) -> Client {
    let configuration = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .endpoint_url(server.url())
        .credentials_provider(server.root().sdk())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(configuration)
}
