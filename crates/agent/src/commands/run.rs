//! `kagiban-agent run`: holds the control channel and starts sessions.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::{Directory, block_on};
use crate::control::Control;
use crate::data::Data;
use crate::failure::Failure;
use crate::node::{Registration, Server, keep_fresh, keep_informed};
use crate::workers::{Settings, Workers};

/// Connect, and serve sessions until stopped
///
/// Sessions are processes of their own: they go on when this ends, and the next start takes them over.
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
    /// Make that user if there is none
    #[arg(long, env = "KAGIBAN_CREATE_DEFAULT_USER")]
    create_default_user: bool,
    /// How many sessions there may be at once
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 100,
        env = "KAGIBAN_MAX_SESSIONS"
    )]
    max_sessions: usize,
    /// An address or network that ports are not forwarded to, beside the link-local ones; may be repeated
    #[arg(
        long,
        value_name = "NETWORK",
        env = "KAGIBAN_DENY_FORWARDING_TO",
        value_delimiter = ','
    )]
    deny_forwarding_to: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let data = arguments.directory.open()?;
    let Some(_lock) = data.lock("agent.lock")? else {
        return Err(Failure::Data(format!(
            "another agent runs from {}",
            data.root().display()
        )));
    };
    crate::session::deny::check(&arguments.deny_forwarding_to)?;
    let registration = Registration::require(&data)?;
    block_on(serve(data, registration, arguments))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(data: Data, registration: Registration, arguments: &Arguments) -> Result<(), Failure> {
    let settings = Settings {
        default_user: arguments.default_user.clone(),
        create_default_user: arguments.create_default_user,
        denied: arguments.deny_forwarding_to.clone(),
    };
    let (told, leased) = watch::channel(None);
    let server = Arc::new(Server::new(registration.clone())?);
    tokio::spawn(keep_fresh(data.clone(), Server::new(registration)?, told));
    tokio::spawn(keep_informed(Arc::clone(&server), leased.clone()));
    let (ending, ended) = mpsc::unbounded_channel();
    let workers = Workers::new(data, settings, arguments.max_sessions, ending);
    let control = Control::new(server, leased, workers, ended);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        ended = control.hold() => ended,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}
