//! One session: the process that serves it from the order to the end.
//!
//! It has a session of its own in the system's sense, so that no terminal and no end of the agent takes it
//! along, and takes in the processes that its programs leave behind. It finds its credentials in a file that
//! the agent keeps fresh, and leaves in another how it ended.

pub(crate) mod child;
mod command;
pub(crate) mod deny;
mod dial;
mod handshake;
mod mux;
mod peer;
mod port;
pub(crate) mod remains;
mod run_as;
mod search_path;
mod target;
mod terminal;
mod text;
pub(crate) mod users;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use kagiban_client::data_channel;
use kagiban_session::channel::{Channel, Side, Start};
use kagiban_session::control::{InteractiveShell, SessionState, State};
use kagiban_session::document::{Arguments as Values, Plan, Resolved, SessionDocument};
use kagiban_session::message::MessageType;
use kagiban_session::payload::EndOfStream;
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::block_on;
use crate::data::Data;
use crate::failure::Failure;
use crate::node::{Registration, Server};
use crate::random;
use crate::workers::{Order, Outcome};
use peer::Peer;
use remains::Remains;

/// How long a lost gateway is looked for before a session is given up.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// How long the last messages may take to be acknowledged by a client that has left, or never came.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long a client that wants the rest may take nothing of it. The gateway knows whether there still is
/// one, and ends the session without it; a person who looks at one page of the output has as long as at a
/// silent shell.
const UNTAKEN: Duration = Duration::from_secs(20 * 60);

/// The arguments that anybody may see.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    session: String,
}

/// Serves a session to its end.
///
/// # Errors
///
/// If there is no such order, or its process runs already.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let data = Data::open(&arguments.data)?;
    let directory = data.session(&arguments.session)?;
    let Some(_lock) = directory.lock(Outcome::LOCK)? else {
        return Err(Failure::Data("the session's process runs already".to_owned()));
    };
    rustix::process::setsid().map_err(std::io::Error::from)?;
    child::adopt_orphans();
    Remains::note_in(&directory);
    let order: Option<Order> = directory.load(Outcome::ORDER)?;
    let order = order.ok_or_else(|| Failure::Data("there is no such order".to_owned()))?;
    let ended = block_on(async { Ok(serve(&data, &order).await) })?;
    let outcome = match ended {
        Ok(()) => Outcome::success(),
        Err(failure) => Outcome::failed(failure.to_string()),
    };
    child::end_orphans();
    directory.save(Outcome::FILE, &outcome)?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(data: &Data, order: &Order) -> Result<(), Failure> {
    let shell = InteractiveShell::parse(order.payload.as_bytes()).map_err(session_failure)?;
    let document = SessionDocument::parse(&shell.document_content.to_string()).map_err(session_failure)?;
    let values = match &shell.parameters {
        serde_json::Value::Object(values) => values.clone().into_iter().collect::<Values>(),
        _ => Values::new(),
    };
    let resolved = document.resolve(&values).map_err(session_failure)?;
    let server = Server::new(Registration::require(data)?)?;
    let start = Start {
        now: std::time::Instant::now(),
        unix_ms: unix_ms(),
        random: random::bytes(),
    };
    let channel = Channel::new(Side::Agent, start);
    let kms = server.kms();
    let node = server.registration.node.clone();
    let region = server.registration.region;
    let dial = dial::Dialler::new(data.clone(), server, shell.session_id.clone());
    let opened = data_channel::open(channel, dial, PATIENCE).await;
    let (outlet, inlet) = opened.map_err(dial::not_opened)?;
    let decrypter = handshake::Decrypter {
        kms,
        region,
        data: data.clone(),
        node,
    };
    let shaken = handshake::shake(&outlet, inlet, &shell.session_id, &resolved, &decrypter).await;
    let mut peer = match shaken {
        Ok(peer) => peer,
        Err(failure) => {
            say_goodbye(&outlet, &shell.session_id).await;
            return Err(failure);
        }
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let mut is_terminated = false;
    let collecting = tokio::spawn(child::collect_orphans());
    let ended = tokio::select! {
        ended = carry_out(&mut peer, &shell, &resolved, order) => ended,
        _ = terminate.recv() => {
            is_terminated = true;
            Ok(EndOfStream { exit_status: None, reason: "the session was terminated".to_owned() })
        }
    };
    collecting.abort();
    let is_wanted = !is_terminated && !peer.input.is_over();
    let (mut input, out, is_fast) = (peer.input, peer.out, peer.is_fast);
    let last = async {
        if let (Ok(end), true) = (&ended, is_fast) {
            let _client_may_be_gone = out.end(end).await;
        }
    };
    let taken = async {
        last.await;
        outlet.drained_while_taken(UNTAKEN).await
    };
    match is_wanted {
        true => tokio::select! {
            _ = taken => (),
            () = input.until_over() => (),
            _ = terminate.recv() => (),
        },
        false => {
            let _client_may_be_gone = tokio::time::timeout(FAREWELL, taken).await;
        }
    }
    announce_end(&outlet, &shell.session_id).await;
    ended.map(|_| ())
}

async fn carry_out(
    peer: &mut Peer,
    shell: &InteractiveShell,
    resolved: &Resolved,
    order: &Order,
) -> Result<EndOfStream, Failure> {
    let run_as =
        |elevated| run_as::decide_here(&resolved.inputs, &shell.run_as_user, elevated, &order.settings);
    match &resolved.plan {
        Plan::Shell => {
            let profile = resolved.inputs.shell_profile.linux.as_str();
            terminal::serve(peer, &run_as(false)?, None, profile).await
        }
        Plan::InteractiveCommands(commands) => {
            let command = command::on_linux(commands)?;
            terminal::serve(
                peer,
                &run_as(command.run_as_elevated)?,
                Some(&command.commands),
                "",
            )
            .await
        }
        Plan::NonInteractiveCommands(commands) => {
            let command = command::on_linux(commands)?;
            command::serve(peer, &run_as(command.run_as_elevated)?, command).await
        }
        Plan::Port(port) => port::serve(peer, port, &order.settings.denied).await,
    }
}

/// Waits a little until the client has all of it, and says that the session is about to end.
async fn say_goodbye(outlet: &data_channel::Outlet, session: &str) {
    let _client_may_be_gone = tokio::time::timeout(FAREWELL, outlet.drained()).await;
    announce_end(outlet, session).await;
}

async fn announce_end(outlet: &data_channel::Outlet, session: &str) {
    let state = SessionState {
        schema_version: 1,
        session_state: State::Terminating,
        session_id: session.to_owned(),
    };
    let _gateway_may_be_gone = outlet
        .announce(MessageType::AgentSessionState, state.to_bytes())
        .await;
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn session_failure(error: impl ToString) -> Failure {
    Failure::Session(error.to_string())
}

fn unix_ms() -> u64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
