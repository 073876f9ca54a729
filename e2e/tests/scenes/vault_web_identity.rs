//! Web identities on a workstation and in a pod: a token is all that there is, and a role comes of it.

use std::fs;

use serde_json::json;

use super::web_identity::{ROLE, RS, Scene};
use crate::harness::{ACCOUNT, Order, Output, Relay, Workstation, profile_at};

const WHO: [&str; 4] = ["aws", "sts", "get-caller-identity", "--output=json"];

/// The issuer's server, and what is between it and the workstation.
struct Place {
    scene: Scene,
    relay: Relay,
    workstation: Workstation,
}

fn place() -> Place {
    let scene = Scene::start("anywhere");
    let relay = Relay::before(Some(scene.server.authority()), |_, _| Order::Pass);
    let url = relay.url();
    let role = |name: &str, process: &str| {
        let settings =
            format!("role_arn = {ROLE}\nrole_session_name = me\nweb_identity_token_process = {process}");
        profile_at(&url, name, &settings)
    };
    let workstation = Workstation::new(
        &[
            role("web", "cat \"$HOME/token\""),
            role("silent", "true"),
            role("broken", "echo half-a-token; exit 3"),
            role("endless", "yes"),
            profile_at(&url, "place", ""),
        ]
        .concat(),
    );
    // As programs print it: with a line's end.
    fs::write(workstation.home().join("token"), format!("{}\n", scene.token(RS))).unwrap();
    Place {
        scene,
        relay,
        workstation,
    }
}

impl Place {
    /// `kagiban ARGUMENTS…` in a pod, whose environment says who it is.
    fn in_a_pod(&self, arguments: &[&str]) -> Output {
        let mut command = self.workstation.kagiban(arguments);
        command
            .env("AWS_ROLE_ARN", ROLE)
            .env("AWS_ROLE_SESSION_NAME", "pod")
            .env(
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                self.workstation.home().join("token"),
            );
        Output::of(&mut command)
    }

    fn at(&self) -> [String; 2] {
        [
            format!("AWS_ENDPOINT_URL={}", self.relay.url()),
            "AWS_REGION=us-east-1".to_owned(),
        ]
    }
}

fn arn(output: Output) -> String {
    output.json()["Arn"].as_str().unwrap().to_owned()
}

fn session(name: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/ci/{name}")
}

#[test]
fn a_program_prints_the_token() {
    let place = place();
    let exec = |profile: &str| {
        place
            .workstation
            .run(&[&["exec", profile, "--"], &WHO[..]].concat())
    };
    assert_eq!(arn(exec("web")), session("me"));
    let words = ["--profile", "web", "param", "get", "/app/url"];
    assert_eq!(place.workstation.run(&words).json()["Value"], "postgres://db");
    let calls = place.relay.actions();
    assert_eq!(
        calls
            .iter()
            .filter(|call| *call == "AssumeRoleWithWebIdentity")
            .count(),
        2
    );

    for (profile, told) in [
        ("silent", "prints is no web identity's token"),
        (
            "broken",
            "web_identity_token_process does not work: exit status: 3",
        ),
        ("endless", "web_identity_token_process does not work"),
    ] {
        let output = exec(profile);
        assert!(output.code == 4 && output.stderr.contains(told), "{output:?}");
        assert!(!output.stderr.contains("half-a-token"), "{output:?}");
    }
    assert_eq!(place.relay.actions(), calls, "nothing was sent");
}

#[test]
fn the_environment_alone_says_who_a_pod_is() {
    let place = place();
    let at = place.at();
    let words = ["exec", "--", "sh", "-c"];
    let script = format!("{}; env", WHO.join(" "));
    let mut command = place
        .workstation
        .command(std::path::Path::new("/usr/bin/env"), &[&at[0], &at[1]]);
    command
        .env("AWS_ROLE_ARN", ROLE)
        .env("AWS_ROLE_SESSION_NAME", "pod")
        .env(
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            place.workstation.home().join("token"),
        )
        .arg(crate::harness::cli_binary())
        .args(words)
        .arg(script);
    let text = Output::of(&mut command).text();
    let (answer, environment) = text.split_once("}\n").unwrap();
    assert!(answer.contains(&session("pod")), "{answer}");
    assert!(environment.contains("AWS_VAULT=default"), "{environment}");
    for gone in [
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ] {
        assert!(!environment.contains(gone), "{environment}");
    }

    // A profile may say where, and has no say in who, unless it says that as well.
    let words = [&["exec", "place", "--"], &WHO[..]].concat();
    assert_eq!(arn(place.in_a_pod(&words)), session("pod"));
    let words = [&["exec", "web", "--"], &WHO[..]].concat();
    assert_eq!(arn(place.in_a_pod(&words)), session("me"));
    let words = ["--profile", "place", "param", "get", "/app/url"];
    assert_eq!(place.in_a_pod(&words).json()["Value"], "postgres://db");
    let output = place.workstation.run(&["exec", "place", "--", "true"]);
    assert!(
        output.code == 4 && output.stderr.contains("has no credentials"),
        "{output:?}"
    );
}

#[test]
fn a_token_that_is_refused_is_said_in_the_servers_words() {
    let place = place();
    let mut claims = place.scene.issuer.claims("repo:other/app");
    claims["aud"] = json!("kagiban");
    let token = place.scene.issuer.token(RS, &claims);
    fs::write(place.workstation.home().join("token"), &token).unwrap();
    for profile in ["web", "place"] {
        let output = place.in_a_pod(&["exec", profile, "--", "true"]);
        assert!(
            output.code == 4
                && output
                    .stderr
                    .contains("Not authorized to perform sts:AssumeRoleWithWebIdentity"),
            "{output:?}"
        );
        assert!(!output.stderr.contains(&token), "{output:?}");
    }
}
