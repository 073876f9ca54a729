//! `kagiban-agent doctor`: what works, what does not, and what to do about it.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use kagiban_client::{Credentials, Http, Signer, http_date, readable, websocket};
use zeroize::Zeroizing;

use super::{Directory, block_on};
use crate::data::Data;
use crate::failure::Failure;
use crate::node::{Registration, Server, channel_request, recover};
use crate::session::users::{self, Users};

/// What SigV4 allows at most is five minutes; a clock that is a minute off will be more one day.
const SKEW: Duration = Duration::from_secs(60);

/// Say what works here, what does not, and what to do about it
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    directory: Directory,
    /// As whom sessions run when the agent is root and the document does not say
    #[arg(
        long,
        value_name = "USER",
        default_value = "ssm-user",
        env = "KAGIBAN_DEFAULT_USER"
    )]
    default_user: String,
}

/// The lines so far.
#[derive(Default)]
struct Report {
    failed: bool,
}

impl Report {
    fn well(&self, what: &str) {
        print(&format!("ok    {}", readable(what)));
    }

    fn wrong(&mut self, what: &str, hint: Option<&str>) {
        self.failed = true;
        print(&format!("FAIL  {}", readable(what)));
        if let Some(hint) = hint {
            print(&format!("      {hint}"));
        }
    }

    fn judge<T>(&mut self, what: &str, ended: Result<T, Failure>) -> Option<T> {
        match ended {
            Ok(found) => {
                self.well(what);
                Some(found)
            }
            Err(failure) => {
                self.wrong(&format!("{what}: {failure}"), failure.hint());
                None
            }
        }
    }
}

/// Prints a line, if anybody reads it: `doctor | head` is a fair question.
fn print(line: &str) {
    let _reader_may_be_gone = writeln!(io::stdout().lock(), "{line}");
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut report = Report::default();
    block_on(async {
        examine(arguments, &mut report).await;
        Ok(())
    })?;
    Ok(match report.failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

async fn examine(arguments: &Arguments, report: &mut Report) {
    let Some(data) = report.judge("data directory", arguments.directory.find()) else {
        return;
    };
    examine_users(&arguments.default_user, report);
    let Some(registration) = report.judge("registration", Registration::require(&data)) else {
        return;
    };
    report.well(&format!(
        "node {} at {}",
        registration.node, registration.endpoint
    ));
    let Some(mut server) = report.judge("settings", Server::new(registration)) else {
        return;
    };
    let reached = server.connector().connect(&server.endpoint().url).await;
    if report
        .judge("server reached", reached.map_err(Failure::Server))
        .is_none()
    {
        return;
    }
    examine_clock(&server, report).await;
    let Some(credentials) = examine_role(&data, &mut server, report).await else {
        return;
    };
    examine_channel(&data, &server, &credentials, report).await;
}

fn examine_users(default_user: &str, report: &mut Report) {
    let users = Users::system();
    if !rustix::process::geteuid().is_root() {
        let own = users::own(&users).map_or_else(|| "its own user".to_owned(), |user| user.name);
        report.well(&format!("sessions run as {own}: the agent is not root"));
        return;
    }
    match users.find(default_user) {
        Some(_) => report.well(&format!("sessions run as {default_user}, or as their document says")),
        None => report.wrong(
            &format!("there is no user {default_user} to run sessions as"),
            Some("make it (useradd --create-home), name another with --default-user, or run with --create-default-user"),
        ),
    }
}

async fn examine_clock(server: &Server, report: &mut Report) {
    let http = Http::new(server.connector().clone(), server.endpoint().url.clone());
    let asked = http.post("/", &[], Zeroizing::default(), &Signer::Nobody).await;
    let date = asked.ok().and_then(|answer| answer.date);
    let Some(theirs) = date.as_deref().and_then(http_date) else {
        report.well("clock: the server does not say what time it is");
        return;
    };
    let now = SystemTime::now();
    let skew = now
        .duration_since(theirs)
        .unwrap_or_else(|behind| behind.duration());
    let what = format!("clock within {} s of the server's", skew.as_secs());
    match skew <= SKEW {
        true => report.well(&what),
        false => report.wrong(
            &format!("{what} only"),
            Some("signatures need the right time: set up NTP"),
        ),
    }
}

async fn examine_role(data: &Data, server: &mut Server, report: &mut Report) -> Option<Credentials> {
    // A rotation that was not finished is the running agent's to finish.
    let asked = match data.holder("agent.lock").is_some() || server.registration.next_key.is_none() {
        true => match server.registration.key() {
            Ok(key) => server.role_token(&key).await.map_err(Failure::Server),
            Err(failure) => Err(failure),
        },
        false => recover(data, server).await.and_then(|found| {
            let found = found.map(|(_, lease)| lease);
            found.ok_or_else(|| Failure::Data("there is no key".to_owned()))
        }),
    };
    let lease = report.judge("credentials of the node's role", asked)?;
    Some(lease.credentials())
}

async fn examine_channel(data: &Data, server: &Server, credentials: &Credentials, report: &mut Report) {
    let path = format!("/v1/control-channel/{}", server.registration.node);
    let token = server.channel_token(&path, &channel_request(), credentials).await;
    if report
        .judge("control channel granted", token.map_err(Failure::Server))
        .is_none()
    {
        return;
    }
    if let Some(holder) = data.holder("agent.lock") {
        report.well(&format!(
            "an agent runs (process {holder}); its channel is left alone"
        ));
        return;
    }
    let opened = async {
        let url = server.gateway_url(&format!("{path}?role=subscribe&stream=input"))?;
        let signer = Signer::Key(credentials, server.registration.region, "ssmmessages");
        websocket::connect(server.connector(), &url, &signer).await
    };
    let opened = opened.await.map_err(Failure::Server);
    if report.judge("WebSocket opened", opened).is_some() {
        report.wrong(
            "no agent runs",
            Some("start it: kagiban-agent run, or systemctl start kagiban-agent"),
        );
    }
}
