//! `kagiban exec --server` and `--ec2-server`, asked by AWS's own clients; `login`, by a browser that is a script.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Order, Output, Relay, Server, Stopped, Workstation, profile_at};

const WHO: [&str; 4] = ["aws", "sts", "get-caller-identity", "--output=json"];

fn place() -> (Server, Workstation) {
    let server = Server::start();
    let alice = server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]),
    );
    let role = server.role(
        "reader",
        &json!({"AWS": ACCOUNT}),
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let settings = format!("source_profile = j\nrole_arn = {role}\nrole_session_name = me");
    let config = [
        profile_at(&server.url(), "j", ""),
        profile_at(&server.url(), "reader", &settings),
    ];
    let workstation = Workstation::new(&config.concat());
    workstation.add("j", &alice);
    (server, workstation)
}

fn arn(output: Output) -> String {
    output.json()["Arn"].as_str().unwrap().to_owned()
}

#[test]
fn a_container_credentials_server_feeds_awss_clients() {
    let (_server, workstation) = place();
    for extra in [&[][..], &["--lazy"]] {
        let words = [&["exec", "--server"], extra, &["reader", "--"], &WHO[..]].concat();
        assert!(arn(workstation.run(&words)).ends_with("/reader/me"));
    }
    let script = "printenv AWS_ACCESS_KEY_ID; \
        curl -s -o /dev/null -w '%{http_code} ' $AWS_CONTAINER_CREDENTIALS_FULL_URI; \
        curl -s -o /dev/null -w '%{http_code} ' -H 'Authorization: wrong' $AWS_CONTAINER_CREDENTIALS_FULL_URI; \
        curl -s -o /dev/null -w '%{http_code} ' -H \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" -H 'Host: evil.example' $AWS_CONTAINER_CREDENTIALS_FULL_URI; \
        curl -s -H \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" $AWS_CONTAINER_CREDENTIALS_FULL_URI; exit 9";
    let output = workstation.run(&["exec", "--server", "reader", "--", "sh", "-c", script]);
    assert_eq!(output.code, 9, "{output:?}");
    let (codes, body) = output.stdout.split_once('{').unwrap();
    assert_eq!(codes, "403 403 403 ");
    let body: Value = serde_json::from_str(&format!("{{{body}")).unwrap();
    for name in ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"] {
        assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    }
    let output = workstation.run(&["exec", "--server", "reader", "--", "sh", "-c", "kill -TERM $$"]);
    assert_eq!(output.code, 128 + 15);
    assert_eq!(
        workstation
            .run(&["exec", "--server", "--no-session", "j", "--", "true"])
            .code,
        2
    );
}

#[test]
fn another_role_is_assumed_by_the_servers_path() {
    let (server, workstation) = place();
    let role = server.role(
        "deep",
        &json!({"AWS": ACCOUNT}),
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let script = format!(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI=${{AWS_CONTAINER_CREDENTIALS_FULL_URI}}role-arn/{role} exec {}",
        WHO.join(" ")
    );
    let output = workstation.run(&["exec", "--server", "j", "--", "sh", "-c", &script]);
    assert!(arn(output).ends_with(":assumed-role/deep/kagiban"));
}

#[test]
fn an_instance_metadata_server_of_version_2_feeds_awss_clients() {
    let (_server, workstation) = place();
    let words = [&["exec", "--ec2-server", "reader", "--"], &WHO[..]].concat();
    assert!(arn(workstation.run(&words)).ends_with("/reader/me"));
    let script = "curl -s -o /dev/null -w '%{http_code}' ${AWS_EC2_METADATA_SERVICE_ENDPOINT}latest/meta-data/iam/security-credentials/";
    let output = workstation.run(&["exec", "--ec2-server", "reader", "--", "sh", "-c", script]);
    assert_eq!(output.text(), "401", "version 1 is not spoken");
    let script = "at=${AWS_EC2_METADATA_SERVICE_ENDPOINT}latest
        token=$(curl -s -X PUT -H 'x-aws-ec2-metadata-token-ttl-seconds: 60' $at/api/token)
        for path in instance-id iam/info iam/security-credentials/; do
            curl -s -H \"x-aws-ec2-metadata-token: $token\" $at/meta-data/$path; echo
        done";
    let output = workstation.run(&["exec", "--ec2-server", "reader", "--", "sh", "-c", script]);
    assert_eq!(
        output.text(),
        "aws-vault\n{\"Code\":\"Success\"}\nlocal-credentials"
    );
    let output = workstation.run(&["exec", "--lazy", "reader", "--", "true"]);
    assert!(
        output.code == 2 && output.stderr.contains("--server"),
        "{output:?}"
    );
}

/// A sign-in endpoint that gives a token for whoever asks, before a server.
fn sign_in(server: &Server) -> Relay {
    Relay::before(Some(server.authority()), |_, seen| {
        match seen.target.starts_with("/federation?Action=getSigninToken") {
            true => Order::Answer(200, json!({"SigninToken": "canary+token"}).to_string()),
            false => Order::Pass,
        }
    })
}

#[test]
fn where_there_is_no_console_login_says_so_and_sends_nothing() {
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command.args(["--console", "off"]);
    let server = stopped.start_with(command);
    let announces = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (is_announced, url) = (std::sync::Arc::clone(&announces), server.url());
    let relay = Relay::before(Some(server.authority()), move |_, seen| {
        let is_asked = seen.target == "/.well-known/kagiban";
        match is_asked && is_announced.load(std::sync::atomic::Ordering::Relaxed) {
            true => {
                let document = json!({"SigninEndpointUrl": url, "ConsoleUrl": "https://console.example"});
                Order::Answer(200, document.to_string())
            }
            false if seen.target.contains("getSigninToken") => {
                Order::Answer(200, json!({"SigninToken": "canary"}).to_string())
            }
            false => Order::Pass,
        }
    });
    let root = server.root();
    let workstation = Workstation::new(&profile_at(&relay.url(), "j", ""));
    workstation.add("j", &root);
    let output = workstation.run(&["login", "j"]);
    assert!(
        output.code == 4 && output.stderr.contains("set signin_endpoint_url and console_url"),
        "{output:?}"
    );
    let asked: Vec<String> = relay.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(asked, ["/.well-known/kagiban"], "no credentials were sent");

    // A server that tells of one is believed; what signs in are credentials of the environment here.
    announces.store(true, std::sync::atomic::Ordering::Relaxed);
    let role = server.role(
        "visitor",
        &json!({"AWS": ACCOUNT}),
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let alice = server.user(
        "visitor",
        &json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]),
    );
    let session = server.assume(&alice, &role, "me");
    let mut command = workstation.kagiban(&["login", "--stdout"]);
    command
        .env("AWS_ENDPOINT_URL", relay.url())
        .env("AWS_ACCESS_KEY_ID", &session.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &session.secret_access_key)
        .env("AWS_SESSION_TOKEN", session.session_token.unwrap());
    let output = Output::of(&mut command);
    assert!(output.code == 4, "{output:?}: the server itself gives no token");
    let settings = format!("signin_endpoint_url = {}/federation", relay.url());
    workstation.write_config(&profile_at(&relay.url(), "default", &settings).replace("profile ", ""));
    let link = Output::of(&mut command).text();
    assert!(
        link.contains("Destination=https%3A%2F%2Fconsole.example&") && link.contains("canary"),
        "{link}"
    );
}

#[test]
fn login_opens_the_console_of_the_profiles_place() {
    let (server, workstation) = place();
    let relay = sign_in(&server);
    let config = fs::read_to_string(workstation.config_file()).unwrap();
    let settings = format!(
        "console_url = https://console.example/\nsignin_endpoint_url = {}/federation\n",
        relay.url()
    );
    workstation
        .write_config(&config.replace("region = us-east-1\n", &format!("region = us-east-1\n{settings}")));
    let link = workstation
        .run(&["login", "--stdout", "--path", "parameters", "reader"])
        .text();
    assert_eq!(
        link,
        format!(
            "{}/federation?Action=login&Issuer=kagiban&Destination=https%3A%2F%2Fconsole.example%2Fparameters&SigninToken=canary%2Btoken",
            relay.url()
        )
    );
    let asked = &relay.seen()[0].target;
    assert!(
        asked.contains("sessionId") && asked.contains("sessionToken"),
        "{asked}"
    );

    // A browser that is a script writes down what it is told to open; a plain key becomes a federated user.
    let browser = workstation.home().join("browser");
    fs::write(&browser, "#!/bin/sh\necho \"$1\" > \"$HOME/opened\"\n").unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = workstation.kagiban(&["login", "j"]);
    let output = Output::of(command.env("BROWSER", &browser));
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        fs::read_to_string(workstation.home().join("opened"))
            .unwrap()
            .contains("Action=login")
    );
}

/// What real AWS would be sent, and where.
#[test]
fn login_with_a_key_asks_for_a_federated_user_and_for_a_token_for_the_browser() {
    let server = Server::start();
    let carl = server.user(
        "carl",
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    let sts = Relay::before(Some(server.authority()), |_, _| Order::Pass);
    let federation = sign_in(&server);
    let settings = format!(
        "console_url = https://console.example/\nsignin_endpoint_url = {}/federation",
        federation.url()
    );
    let workstation = Workstation::new(&profile_at(&sts.url(), "k", &settings));
    workstation.add("k", &carl);
    workstation.run(&["login", "--stdout", "-d", "2h", "k"]).text();
    assert_eq!(sts.actions(), ["GetCallerIdentity", "GetFederationToken"]);
    let asked = &sts.seen()[1];
    assert_eq!(asked.member("Name").as_deref(), Some("carl"));
    assert_eq!(asked.member("DurationSeconds").as_deref(), Some("7200"));
    let everything =
        "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22";
    assert!(
        asked.member("Policy").unwrap().starts_with(everything),
        "{asked:?}"
    );
    assert_eq!(asked.signer(), Some(carl.access_key_id.as_str()));
    let tokens = federation.seen();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    let beginning = "/federation?Action=getSigninToken&";
    assert!(tokens[0].target.starts_with(beginning), "{tokens:?}");
}
