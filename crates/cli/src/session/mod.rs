//! Sessions on nodes: what a client of Session Manager does once a session was started.
//!
//! [`api`] is what it asks the server for, [`dial`] how it gets its sockets, [`talk`] the handshake and the
//! encryption above them. Then one of [`shell`], [`stdio`] and [`ports`] has the session. The same code is
//! AWS's `session-manager-plugin` to the AWS CLI ([`plugin`]) and serves `kagiban session`.

pub(crate) mod api;
mod dial;
mod escape;
pub(crate) mod listener;
pub(crate) mod plugin;
mod ports;
mod shell;
mod stdio;
mod streams;
mod talk;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use kagiban_session::handshake::SessionType;
use kagiban_session::open::Token;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::watch;

use crate::failure::Failure;
use crate::style::{readable, safe};

pub(crate) use api::Api;
use listener::{Listener, Local};
use talk::{Conversation, Opened};

/// How long a lost connection is tried to be replaced.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What starting or resuming a session answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Started {
    /// The session's id.
    pub(crate) session_id: String,
    /// What opens its data channel; none when the session is over.
    #[serde(default)]
    pub(crate) token_value: Token,
    /// Where the data channel is.
    #[serde(default)]
    pub(crate) stream_url: String,
}

/// How the session is shown to who has started it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    /// Whether the lines are printed that scripts look for in AWS's plugin.
    pub(crate) banners: bool,
    /// Whether the exit status is the command's own, where it is known.
    pub(crate) exit_status: bool,
}

/// Has a session until it ends. `target` is what it was started on, as it was said.
///
/// # Errors
///
/// If the data channel cannot be opened, or the two ends do not understand each other.
pub(crate) fn run(started: Started, target: &str, api: Api, manner: &Manner) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let ended = runtime.block_on(have(started, target, api, manner));
    runtime.shutdown_background(); // a thread may be waiting for a key for ever
    ended
}

/// A port to be forwarded: what starts its session, and where connections are taken.
#[derive(Clone, Debug)]
pub(crate) struct Forward {
    pub(crate) request: Value,
    pub(crate) local: Local,
}

/// Forwards ports, each in a session of its own, until interrupted. A session that breaks is followed by
/// another; one that is ended, or cannot be started, takes the others with it.
///
/// # Errors
///
/// If one of them cannot be started.
pub(crate) fn forward_all(api: &Api, node: &str, forwards: Vec<Forward>) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async {
        // All of them before any session: a port that is taken would leave some behind.
        let mut ready = Vec::new();
        for forward in forwards {
            ready.push((forward.request, forward.local.listen().await?));
        }
        let (stop, stopped) = watch::channel(false);
        let count = ready.len();
        let mut all = tokio::task::JoinSet::new();
        for (request, listener) in ready {
            let (api, node) = (api.clone(), node.to_owned());
            let stopped = stopped.clone();
            all.spawn(async move {
                let had = keep_forwarding(&api, &node, &request, &listener, stopped.clone()).await;
                let is_first = !*stopped.borrow();
                if is_first && count > 1 && !matches!(had, Ok(0)) {
                    eprintln!("{} cannot go on, and the others end with it", listener.name());
                }
                had
            });
        }
        let mut ended = Ok(0);
        while let Some(one) = all.join_next().await {
            let one = one.map_err(|error| Failure::Answer(error.to_string()))?;
            let _somebody_hears = stop.send(true);
            ended = match (ended, one) {
                (Ok(before), Ok(code)) => Ok(u8::max(before, code)),
                (Err(before), _) => Err(before),
                (_, Err(failure)) => Err(failure),
            };
        }
        ended.map(ExitCode::from)
    });
    runtime.shutdown_background();
    ended
}

async fn keep_forwarding(
    api: &Api,
    node: &str,
    request: &Value,
    listener: &Listener,
    stopped: watch::Receiver<bool>,
) -> Result<u8, Failure> {
    let manner = Manner {
        banners: true,
        exit_status: true,
    };
    loop {
        let started = api.start(request).await?;
        let session = started.session_id.clone();
        let had = async {
            let opened = Conversation::open(started, node, api.clone()).await?;
            ports::run(opened, &session, listener, &manner, stopped.clone()).await
        };
        let end = or_terminate(api, &session, had.await).await?;
        let Some(broken) = &end.broken else {
            return Ok(end.tell(&session, &manner));
        };
        eprintln!("{}; starting another session", readable(broken));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn have(started: Started, target: &str, api: Api, manner: &Manner) -> Result<ExitCode, Failure> {
    let session = started.session_id.clone();
    manner.say(&format!(
        "\nStarting session with SessionId: {}\n",
        safe(&session)
    ));
    let had = async {
        let opened = Conversation::open(started, target, api.clone()).await?;
        if !opened.message.is_empty() {
            manner.say(&readable(&opened.message));
        }
        match opened.session_type {
            SessionType::Port => forward(opened, &session, manner).await,
            _ => shell::run(opened, &session).await,
        }
    };
    let end = or_terminate(&api, &session, had.await).await?;
    Ok(end.tell(&session, manner).into())
}

/// Ends a session that nobody here can have, as far as the server lets us: its node would wait for minutes.
async fn or_terminate<T>(api: &Api, session: &str, had: Result<T, Failure>) -> Result<T, Failure> {
    if had.is_err() {
        let asking = api.terminate(session);
        let _nobody_hears = tokio::time::timeout(Duration::from_secs(5), asking).await;
    }
    had
}

async fn forward(mut opened: Opened, session: &str, manner: &Manner) -> Result<End, Failure> {
    let is_forwarding = text(&opened.properties, "type") == "LocalPortForwarding";
    if !is_forwarding {
        return stdio::run(opened).await;
    }
    let listener = match Local::of_properties(&opened.properties) {
        Ok(local) => local.listen().await,
        Err(failure) => Err(failure),
    };
    match listener {
        Ok(listener) => {
            let (_stop, stopped) = watch::channel(false);
            ports::run(opened, session, &listener, manner, stopped).await
        }
        Err(failure) => {
            opened.conversation.leave().await;
            Err(failure)
        }
    }
}

/// A property's text; documents of all ages have their numbers as text.
fn text<'a>(properties: &'a Value, name: &str) -> &'a str {
    properties.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// How a session ended.
#[derive(Debug, Default)]
pub(crate) struct End {
    /// The gateway's words, if it has ended it.
    closed: Option<String>,
    /// Why it broke.
    broken: Option<String>,
    /// How the shell or command ended, if that is known.
    status: Option<i32>,
    /// It was ended from outside, before the node had said how it ended.
    cut_off: bool,
}

impl End {
    /// Says how it ended; returns the exit status.
    fn tell(self, session: &str, manner: &Manner) -> u8 {
        let session = safe(session);
        let closed = self.closed.as_deref().map(readable).unwrap_or_default();
        match closed.as_str() {
            "" if self.cut_off && manner.exit_status => {
                eprintln!("kagiban: the session was ended from outside, while it was still in use");
            }
            "" => manner.say(&format!("\n\nExiting session with sessionId: {session}.\n\n")),
            why if manner.banners => manner.say(&format!("\n\nSessionId: {session} : {why}\n\n")),
            why => eprintln!("kagiban: {why}"),
        }
        if let Some(why) = &self.broken {
            eprintln!("{}", readable(why));
        }
        let ended_well = closed.is_empty() && self.broken.is_none() && !self.cut_off;
        match self.status {
            // As AWS's plugin, which the AWS CLI takes for a failed command otherwise.
            _ if !manner.exit_status => 0,
            Some(status) => u8::try_from(status).unwrap_or(255),
            None => u8::from(!ended_well),
        }
    }
}

impl Manner {
    /// Prints one of the lines that scripts look for.
    fn say(&self, line: &str) {
        if self.banners {
            // Who has gone away reads nothing, and that is no reason to fail.
            let _unread = writeln!(io::stdout().lock(), "{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_from_outside_is_no_success() {
        let ours = Manner {
            exit_status: true,
            ..Manner::default()
        };
        let code = |end: End, manner: &Manner| end.tell("s", manner);
        let closed = |why: &str, cut_off| End {
            closed: Some(why.to_owned()),
            cut_off,
            ..End::default()
        };
        assert_eq!(code(closed("", true), &ours), 1);
        assert_eq!(
            code(closed("", false), &ours),
            0,
            "AWS's agent says no more than that"
        );
        assert_eq!(code(closed("Forwarding is forbidden.", false), &ours), 1);
        let told = End {
            status: Some(7),
            ..closed("", false)
        };
        assert_eq!(code(told, &ours), 7);
        assert_eq!(code(closed("", true), &Manner::default()), 0, "as AWS's plugin");
    }
}
