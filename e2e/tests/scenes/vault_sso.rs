//! Signing in at IAM Identity Center: as botocore would, once for everybody, with a token that AWS's tools
//! and this one share.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use crate::harness::{IdentityCenter, Output, Workstation, clients_directory, venv_binary};

const CONFIG: &str =
    "[profile reader]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Reader\n
[sso-session corp]\nsso_start_url = https://x.example/start\nsso_region = eu-west-1\n";

/// SHA-1 of `corp`.
const FILE: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

fn at(center: &IdentityCenter, command: &mut Command) -> Output {
    let url = center.url();
    Output::of(
        command
            .env("AWS_ENDPOINT_URL_SSO", &url)
            .env("AWS_ENDPOINT_URL_SSO_OIDC", &url),
    )
}

/// On a terminal, where a person can sign in.
fn typed(center: &IdentityCenter, workstation: &Workstation, arguments: &[&str]) -> Output {
    at(center, &mut workstation.on_a_terminal(&json!([]), arguments))
}

/// Without a terminal.
fn alone(center: &IdentityCenter, workstation: &Workstation, arguments: &[&str]) -> Output {
    at(center, &mut workstation.kagiban(arguments))
}

const USE: [&str; 5] = ["exec", "reader", "--", "printenv", "AWS_ACCESS_KEY_ID"];

fn token_file(workstation: &Workstation) -> PathBuf {
    let files = fs::read_dir(workstation.home().join(".aws/sso/cache")).unwrap();
    let files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn token(workstation: &Workstation) -> Value {
    serde_json::from_slice(&fs::read(token_file(workstation)).unwrap()).unwrap()
}

/// Lets the token have ended a while ago.
fn age(workstation: &Workstation) {
    let mut token = token(workstation);
    token["expiresAt"] = json!("2020-01-31T09:08:07Z");
    fs::write(token_file(workstation), token.to_string()).unwrap();
}

/// A program that BROWSER can name: it does this with the link, which is its first argument.
fn browser(workstation: &Workstation, does: &str) -> PathBuf {
    let browser = workstation.home().join("browser");
    fs::write(&browser, format!("#!/bin/sh\n{does}\n")).unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    browser
}

/// Lets botocore ask for the same, with what it cannot guess; returns what that was.
fn asked_by_botocore(workstation: &Workstation, more: &[&str], challenge: &str) -> Vec<Value> {
    let theirs = IdentityCenter::start();
    if more.is_empty() {
        theirs.refuse(&["authorization_pending"]);
    }
    let program = clients_directory().join("botocore_sso.py").display().to_string();
    let (url, start) = (theirs.url(), "https://x.example/start");
    let words = [&[program.as_str(), &url, "eu-west-1", start], more].concat();
    let mut command = workstation.command(&venv_binary("python"), &words);
    Output::of(command.env("CHALLENGE", challenge)).text();
    theirs.asked()
}

/// Uses a sign-in, renews it, uses it again and ends it.
fn use_up(center: &IdentityCenter, workstation: &Workstation) {
    assert_eq!(alone(center, workstation, &USE).text(), "ASIAOFSSO");
    age(workstation);
    assert_eq!(alone(center, workstation, &USE).text(), "ASIAOFSSO");
    let output = alone(center, workstation, &["sso", "logout", "reader"]);
    assert!(
        output.code == 0 && output.stderr.contains("signed out"),
        "{output:?}"
    );
}

#[test]
fn a_browser_here_comes_back_with_a_code_and_what_is_asked_is_what_botocore_asks() {
    let (center, workstation) = (IdentityCenter::start(), Workstation::new(CONFIG));
    let (python, program) = (venv_binary("python"), clients_directory().join("browser.py"));
    let does = format!(
        "exec {} {} \"$1\" \"$HOME/opened\"",
        python.display(),
        program.display()
    );
    let browser = browser(&workstation, &does);
    let mut command = workstation.on_a_terminal(&json!([]), &["sso", "login", "reader"]);
    let output = at(&center, command.env("BROWSER", &browser));
    assert!(
        output.code == 0 && output.stdout.contains("--use-device-code"),
        "{output:?}"
    );
    let link = fs::read_to_string(workstation.home().join("opened")).unwrap();
    let (page, query) = link.split_once('?').unwrap();
    assert_eq!(page, format!("{}/authorize", center.url()));
    let said: Vec<(&str, &str)> = query
        .split('&')
        .map(|member| member.split_once('=').unwrap())
        .collect();
    let value = |name| said.iter().find(|(known, _)| *known == name).unwrap().1;
    let names: Vec<&str> = said.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "response_type",
            "client_id",
            "redirect_uri",
            "state",
            "code_challenge_method",
            "scopes",
            "code_challenge"
        ]
    );
    assert_eq!(
        [
            value("response_type"),
            value("client_id"),
            value("scopes"),
            value("code_challenge_method")
        ],
        ["code", "client-1", "sso%3Aaccount%3Aaccess", "S256"]
    );
    use_up(&center, &workstation);
    let ours = center.asked();
    let sent = |name: &str| ours[1]["body"][name].as_str().unwrap().to_owned();
    let more = [sent("redirectUri"), sent("codeVerifier")];
    assert!(more[0].starts_with("http://127.0.0.1:") && more[0].ends_with("/oauth/callback"));
    let theirs = asked_by_botocore(
        &workstation,
        &more.each_ref().map(String::as_str),
        value("code_challenge"),
    );
    assert_eq!(ours, theirs);
}

#[test]
fn a_person_signs_in_elsewhere_and_what_is_asked_is_what_botocore_asks() {
    let (center, workstation) = (IdentityCenter::start(), Workstation::new(CONFIG));
    let browser = browser(&workstation, "echo \"$1\" > \"$HOME/opened\"");
    center.refuse(&["authorization_pending"]);
    let login = ["sso", "login", "--use-device-code", "reader"];
    let mut command = workstation.on_a_terminal(&json!([]), &login);
    let output = at(&center, command.env("BROWSER", &browser));
    assert!(
        output.code == 0 && output.stdout.contains("https://x.example/d?user_code=WDJB-MJHT"),
        "{output:?}"
    );
    assert!(output.stdout.contains("the code WDJB-MJHT"), "{output:?}");
    let opened = fs::read_to_string(workstation.home().join("opened")).unwrap();
    assert_eq!(opened, "https://x.example/d?user_code=WDJB-MJHT\n");

    let mode = fs::metadata(token_file(&workstation))
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(
        (mode, token_file(&workstation)),
        (0o600, workstation.home().join(FILE))
    );
    let kept = token(&workstation);
    let members: Vec<&String> = kept.as_object().unwrap().keys().collect();
    let wanted = [
        "accessToken",
        "clientId",
        "clientSecret",
        "expiresAt",
        "refreshToken",
        "region",
        "registrationExpiresAt",
        "startUrl",
    ];
    assert_eq!(members, wanted);
    use_up(&center, &workstation);
    assert_eq!(center.asked(), asked_by_botocore(&workstation, &[], ""));
}

#[test]
fn botocore_uses_and_renews_the_same_sign_in() {
    let (center, workstation) = (IdentityCenter::start(), Workstation::new(CONFIG));
    typed(&center, &workstation, &["sso", "login", "reader"]).text();
    age(&workstation);
    center.asked();
    let script = "import boto3; print(boto3.Session(profile_name='reader').get_credentials().access_key)";
    let mut command = workstation.command(&venv_binary("python"), &["-c", script]);
    assert_eq!(at(&center, &mut command).text(), "ASIAOFSSO");
    assert_eq!(
        center.paths(),
        ["/token", "/federation/credentials"],
        "it could renew ours"
    );
    assert_eq!(alone(&center, &workstation, &USE).text(), "ASIAOFSSO");
    assert_eq!(
        center.paths(),
        ["/federation/credentials"],
        "and what it has kept is good for us"
    );
}

#[test]
fn a_token_that_has_ended_is_renewed_or_a_person_is_asked() {
    let (center, workstation) = (IdentityCenter::start(), Workstation::new(CONFIG));
    let output = alone(&center, &workstation, &USE);
    assert!(
        output.code == 5
            && output
                .stderr
                .contains("run `kagiban sso login reader` on a terminal"),
        "{output:?}"
    );
    assert_eq!(center.paths(), [""; 0], "nobody is registered for nothing");
    typed(&center, &workstation, &["sso", "login", "reader"]).text();
    center.asked();

    age(&workstation);
    assert_eq!(alone(&center, &workstation, &USE).text(), "ASIAOFSSO");
    assert_eq!(center.paths(), ["/token", "/federation/credentials"]);
    assert_eq!(token(&workstation)["refreshToken"], "refresh-2");

    age(&workstation);
    center.refuse(&["invalid_grant"]);
    let output = alone(&center, &workstation, &USE);
    assert!(
        output.code == 5 && output.stderr.contains("no longer"),
        "{output:?}"
    );
    center.asked();
    center.refuse(&["invalid_grant"]);
    let output = typed(&center, &workstation, &USE);
    assert!(
        output.code == 0 && output.stdout.contains("WDJB-MJHT"),
        "{output:?}"
    );
    let paths = center.paths();
    assert_eq!(
        paths,
        [
            "/token",
            "/client/register",
            "/device_authorization",
            "/token",
            "/federation/credentials"
        ]
    );
}

#[test]
fn who_was_signed_out_elsewhere_signs_in_again() {
    let (center, workstation) = (IdentityCenter::start(), Workstation::new(CONFIG));
    typed(&center, &workstation, &["sso", "login", "reader"]).text();
    center.revoke();
    let output = alone(&center, &workstation, &USE);
    assert!(
        output.code == 5 && output.stderr.contains("is not signed in"),
        "{output:?}"
    );
    let output = typed(&center, &workstation, &USE);
    assert!(
        output.code == 0 && output.stdout.contains("ASIAOFSSO"),
        "{output:?}"
    );
}

#[test]
fn a_sign_in_that_is_denied_or_too_late_is_said_to_be_so() {
    let (center, workstation) = (IdentityCenter::start(), Workstation::new(CONFIG));
    for (code, exit, said) in [
        ("access_denied", 4, "was denied in the browser"),
        ("expired_token", 5, "nobody has signed in while the code was good"),
        ("unauthorized_client", 4, "unauthorized_client: because"),
    ] {
        center.refuse(&[code]);
        let output = typed(&center, &workstation, &USE);
        assert!(output.code == exit && output.stdout.contains(said), "{output:?}");
    }
}

#[test]
fn one_of_twenty_processes_asks() {
    let (center, workstation) = (IdentityCenter::start(), Workstation::new(CONFIG));
    center.refuse(&["authorization_pending"]);
    thread::scope(|scope| {
        let one = || typed(&center, &workstation, &USE);
        let running: Vec<_> = (0..20).map(|_| scope.spawn(one)).collect();
        let outputs = running.into_iter().map(|output| output.join().unwrap());
        let asked = outputs.filter(|output| {
            assert!(
                output.code == 0 && output.stdout.contains("ASIAOFSSO"),
                "{output:?}"
            );
            output.stdout.contains("WDJB-MJHT")
        });
        assert_eq!(asked.count(), 1);
    });
    let paths = center.paths();
    let count = |wanted: &str| paths.iter().filter(|path| *path == wanted).count();
    assert_eq!(
        (count("/client/register"), count("/device_authorization")),
        (1, 1)
    );
    assert_eq!(count("/federation/credentials"), 20);
}
