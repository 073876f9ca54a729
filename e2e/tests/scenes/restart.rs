//! What was answered stays, across a stop and a start.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Credentials, Server};

#[test]
fn everything_is_there_again_after_a_restart() {
    let server = Server::start();
    let key = server.key();
    server.put("/app/host", "first", None);
    server.put("/app/host", "second", None);
    server.put("/app/password", "s3cr3t", Some(&key));
    let alias = json!({"AliasName": "alias/app", "TargetKeyId": key});
    server
        .call(&server.root(), "TrentService.CreateAlias", &alias)
        .ok();
    let user = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": ["ssm:*", "kms:*"], "Resource": "*"}]),
    );
    let role = server.role(
        "app",
        &json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/alice")}),
        &json!([{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}]),
    );
    let session = server.assume(&user, &role, "before");

    let server = server.stop().start();

    assert_eq!(read(&server, &user, "/app/host:1"), "first");
    assert_eq!(read(&server, &user, "/app/password"), "s3cr3t");
    assert_eq!(
        read(&server, &session, "/app/host"),
        "second",
        "a session outlives the server's process"
    );
    let described = server
        .call(&user, "TrentService.DescribeKey", &json!({"KeyId": "alias/app"}))
        .ok()
        .json();
    assert_eq!(described["KeyMetadata"]["Arn"], key);
    let put = json!({"Name": "/app/host", "Value": "third", "Overwrite": true});
    assert_eq!(
        server.call(&user, "AmazonSSM.PutParameter", &put).ok().json()["Version"],
        3
    );
}

#[test]
fn the_first_starts_account_and_root_key_stay() {
    let stopped = Server::start().stop();

    let mut again = stopped.command();
    again
        .env_remove("KAGIBAN_ROOT_ACCESS_KEY_ID")
        .env_remove("KAGIBAN_ROOT_SECRET_ACCESS_KEY");
    let server = stopped.start_with(again);

    let identity = server.sts(&server.root(), "GetCallerIdentity", &[]).ok();
    assert_eq!(
        identity.element("Arn"),
        Some(format!("arn:aws:iam::{ACCOUNT}:root"))
    );
}

#[test]
fn requests_under_way_are_answered_before_the_server_stops() {
    let server = Server::start();
    let mut connection = server.connect();
    let request = crate::harness::Request::get("/healthz", &server.authority());
    assert_eq!(connection.send(&request).unwrap().status, 200);

    // An idle keep-alive connection must not hold the server back.
    server.stop();
}

fn read(server: &Server, who: &Credentials, name: &str) -> Value {
    let body = json!({"Name": name, "WithDecryption": true});
    server.call(who, "AmazonSSM.GetParameter", &body).ok().json()["Parameter"]["Value"].take()
}
