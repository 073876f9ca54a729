//! `kagiban login`: the web console, with a profile's credentials.
//!
//! A federation endpoint takes temporary credentials and gives a token for a browser, which is good for
//! a quarter of an hour and once. AWS has one in each partition; of another server the profile says where
//! (`signin_endpoint_url`, `console_url`), or the server itself, in a document at a well-known place.

mod console;

use std::process::ExitCode;

use kagiban_aws::SecretString;
use kagiban_client::{Connector, Http, Signer, parse_url};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use self::console::{Console, demand_tls, query};
use super::obtain::{self, Obtain, Obtained};
use crate::browser;
use crate::config::Source;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::{Keeping, yes_or_no};
use crate::output;
use crate::vault::{Endpoint, Query, Service, Session, variable};

/// Open the web console with a profile's credentials
#[derive(clap::Args)]
#[command(after_long_help = "\
Examples:
  kagiban login prod
  kagiban login prod --path ec2/home --stdout

A Kagiban server says by itself where its console is. Of any other that is not AWS's, the profile says it in ~/.aws/config:
  signin_endpoint_url = https://kagiban.example/federation
  console_url = https://kagiban.example/console")]
pub(crate) struct Arguments {
    /// The profile [default: the environment's credentials, AWS_PROFILE, else you are asked]
    #[arg(id = "named", value_name = "PROFILE", add = obtain::profile_names())]
    profile: Option<String>,
    #[command(flatten)]
    obtain: Obtain,
    /// The page to open, such as ec2/home
    #[arg(long, value_name = "PATH", default_value = "")]
    path: String,
    /// Print the link instead of opening it
    #[arg(short, long, env = "AWS_VAULT_STDOUT", hide_env = true, value_parser = yes_or_no)]
    stdout: bool,
    /// Sign out of the console first
    #[arg(short, long, env = "AWS_VAULT_AUTO_LOGOUT", hide_env = true, value_parser = yes_or_no)]
    auto_logout: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    signin_token: SecretString,
}

/// What a federated user may do: all that the user may.
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// Makes the link, and opens or prints it.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    let is_named = arguments.profile.is_some() || target.profile().is_some();
    let obtained = match !is_named && variable("AWS_ACCESS_KEY_ID").is_some() {
        true => Obtained::of_environment(keeping, target)?,
        false => {
            let profile = obtain::profile(arguments.profile.as_deref(), keeping, target)?;
            arguments.obtain.open(&profile, true, keeping, target)?
        }
    };
    // First of all: where there is no console, nobody needs to be asked for a code.
    let console = Console::of(&obtained)?;
    let session = temporary(&obtained, &console, arguments)?;
    let token = signin_token(&obtained, &console, &session)?;
    let destination = console.destination(obtained.region().as_deref(), &arguments.path);
    let link = console.link(&destination, &token, arguments.auto_logout);
    if !browser::is_web(&link) {
        return Err(Failure::Setting(
            "the sign-in's place makes no link to the web".to_owned(),
        ));
    }
    match arguments.stdout {
        true => output::print(&link)?,
        false => browser::open(&link)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A long-lived key opens no console: a federated user stands in for its user.
///
/// A server that has said of itself that it has a console gets only what its own STS has given: it would
/// learn the secrets of others' sessions, which no other call shows it.
fn temporary(obtained: &Obtained, console: &Console, arguments: &Arguments) -> Result<Session, Failure> {
    let session = obtained.session()?;
    let source = &obtained.chain.source;
    if !obtained.chain.roles.is_empty() || matches!(source, Source::WebIdentity { .. }) {
        return Ok(session);
    }
    let of_others = || {
        Failure::Setting(format!(
            "these credentials may be another server's, which {} would learn; set signin_endpoint_url in the profile if it may",
            console.federation
        ))
    };
    if matches!(source, Source::Sso { .. }) {
        return if console.is_announced {
            Err(of_others())
        } else {
            Ok(session)
        };
    }
    let endpoint = Endpoint::find(
        Service::Sts,
        &obtained.vault.files,
        &obtained.chain.profile,
        &obtained.vault.flags,
    )?;
    let sts = Query::new(&endpoint)?;
    let arn = sts
        .call("GetCallerIdentity", &[], Some(&session.credentials))?
        .text(&["Arn"])?;
    if arn.contains(":assumed-role/") {
        return if console.is_announced {
            Err(of_others())
        } else {
            Ok(session)
        };
    }
    let name = arn
        .rsplit(['/', ':'])
        .next()
        .unwrap_or("user")
        .chars()
        .take(32)
        .collect::<String>();
    let seconds = arguments.obtain.seconds().unwrap_or(3600).to_string();
    let members = [
        ("Name", name.as_str()),
        ("Policy", EVERYTHING),
        ("DurationSeconds", &seconds),
    ];
    crate::vault::read_session(&sts.call("GetFederationToken", &members, Some(&session.credentials))?)
}

fn signin_token(obtained: &Obtained, console: &Console, session: &Session) -> Result<SecretString, Failure> {
    let credentials = &session.credentials;
    let Some(token) = &credentials.session_token else {
        return Err(Failure::Credentials(
            "a console takes temporary credentials only; use a profile with a role".to_owned(),
        ));
    };
    let session = Zeroizing::new(
        json!({"sessionId": credentials.access_key_id, "sessionKey": credentials.secret.expose(), "sessionToken": token.expose()})
            .to_string(),
    );
    let url = parse_url(&console.federation)?;
    demand_tls(&url, console)?;
    let query = Zeroizing::new(query(&[("Action", "getSigninToken"), ("Session", &session)]));
    let path = url.path().to_owned();
    let http = Http::new(Connector::new(bundle(obtained))?, url);
    let answer = match console.is_announced {
        // Proxies write queries into their logs. AWS takes forms, too; of others that is not known.
        true => post(&http, &path, &query)?,
        false => get(&http, &Zeroizing::new(format!("{path}?{}", query.as_str())))?,
    };
    if answer.status != 200 {
        return Err(Failure::Answer(format!(
            "{} gives no sign-in token (HTTP status {}); signin_endpoint_url in the profile names another place",
            console.federation, answer.status
        )));
    }
    let answer: Answer = serde_json::from_slice(&answer.body)
        .map_err(|_| Failure::Answer(format!("{} gives no sign-in token", console.federation)))?;
    Ok(answer.signin_token)
}

fn get(http: &Http, target: &str) -> Result<kagiban_client::Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let sent = http.request("GET", target, &[], Vec::new().into(), &Signer::Nobody);
    Ok(runtime.block_on(sent)?)
}

fn post(http: &Http, path: &str, form: &str) -> Result<kagiban_client::Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = form.as_bytes().to_vec().into();
    let sent = http.request("POST", path, &headers, body, &Signer::Nobody);
    Ok(runtime.block_on(sent)?)
}

fn bundle(obtained: &Obtained) -> Option<String> {
    variable("AWS_CA_BUNDLE").or_else(|| obtained.chain.profile.get("ca_bundle").map(str::to_owned))
}
