//! `kagiban-server`: reads what it is told, and does it.

use std::error::Error;
use std::future::Future;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use kagiban_server::accounts::{self, Wanted};
use kagiban_server::audit;
use kagiban_server::cli::{AccountCommand, AuditCommand, Cli, Command};
use kagiban_server::config::{Config, Places};
use kagiban_server::console::Console;
use kagiban_server::metrics::Metrics;
use kagiban_server::outage::Outage;
use kagiban_server::serve::Bound;
use kagiban_server::{doctor, log, process, root_key, start};
use tokio::time::timeout;

/// Requests make some hundred small allocations each; the system's allocator takes a sixth of their time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kagiban-server: {error}");
            let mut cause = error.source();
            while let Some(found) = cause {
                eprintln!("  because: {found}");
                cause = found.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let (command, place) = Cli::parse().into_parts();
    if let Command::Version = command {
        println!("kagiban-server {}", env!("CARGO_PKG_VERSION"));
        return Ok(ExitCode::SUCCESS);
    }
    // The file's account is that of the first start, which is there by now.
    let wanted = place.settings.account;
    let config = Config::load(place, &Places::of_this_process())?;
    match command {
        Command::Serve => serve(&config),
        Command::Config => {
            print!("{}", toml::to_string(&config.into_settings())?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Audit(AuditCommand::Verify(flags)) => verify_audit(&config, flags.json),
        Command::Doctor => doctor(&config),
        Command::RootKey { replace } => offline(root_key::make(&config, replace, &mut io::stdout())),
        Command::Account(AccountCommand::List) => offline(accounts::list(&config, &mut io::stdout())),
        Command::Account(AccountCommand::Create(flags)) => {
            let wanted = Wanted {
                account: wanted,
                name: flags.name,
                print: flags.print,
            };
            offline(accounts::create(&config, &wanted, &mut io::stdout()))
        }
        Command::Version => unreachable!("answered above"),
    }
}

fn verify_audit(config: &Config, json: bool) -> Result<ExitCode, Box<dyn Error>> {
    let directory = config.audit_directory();
    let report = audit::verify_command(&directory, None, None, json, &mut io::stdout().lock())
        .map_err(|error| format!("cannot read the audit log in `{}`: {error}", directory.display()))?;
    Ok(match report.is_intact() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Does what may print keys, or needs them.
fn offline<E: Error + 'static>(
    work: impl Future<Output = Result<(), E>>,
) -> Result<ExitCode, Box<dyn Error>> {
    process::harden()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(work)?;
    Ok(ExitCode::SUCCESS)
}

fn doctor(config: &Config) -> Result<ExitCode, Box<dyn Error>> {
    process::harden()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let healthy = runtime.block_on(doctor::doctor(config, &mut io::stdout()))?;
    Ok(if healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn serve(config: &Config) -> Result<ExitCode, Box<dyn Error>> {
    process::harden()?;
    process::allow_open_files();
    let locked = process::lock_memory();
    log::start(config.log, &config.log_filter)?;
    if !locked {
        tracing::info!(
            "memory may be swapped out to disk, keys too; with CAP_IPC_LOCK, or LimitMEMLOCK=infinity in a unit, it is locked"
        );
    }
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(process::worker_threads())
        .enable_all()
        .build()?
        .block_on(async {
            let metrics = Metrics::new();
            let bound = Bound::new(config, &metrics).await?;
            let outage = Outage::new();
            let (gateway, housekeeping) = start::gateway(config, bound.address()?, &metrics, &outage).await?;
            tracing::info!(address = %bound.address()?, "serving");
            let console = Console::new(config, gateway.clone());
            bound.serve(Arc::new(console), metrics, &outage).await?;
            gateway.settle(PATIENCE).await;
            if timeout(PATIENCE, housekeeping.stop()).await.is_err() {
                tracing::error!("the audit log's end is not anchored: the disk does not have it yet");
            }
            tracing::info!("stopped");
            Ok(match outage.has_come() {
                true => ExitCode::FAILURE,
                false => ExitCode::SUCCESS,
            })
        })
}

/// How long the last changes may take on their way into the audit log, and the log's end into the store.
const PATIENCE: Duration = Duration::from_secs(5);
