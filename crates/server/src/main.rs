//! `kagiban-server`: reads what it is told, and does it.

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use hyper::StatusCode;
use kagiban_server::audit;
use kagiban_server::cli::{AuditCommand, Cli, Command};
use kagiban_server::config::{Config, Places};
use kagiban_server::http::{Handler, Request, Response};
use kagiban_server::metrics::Metrics;
use kagiban_server::serve::Bound;
use kagiban_server::{log, process};

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
    let config = Config::load(place, &Places::of_this_process())?;
    match command {
        Command::Serve => serve(&config),
        Command::Config => {
            print!("{}", toml::to_string(&config.into_settings())?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Audit(AuditCommand::Verify(flags)) => verify_audit(&config, flags.json),
        Command::Doctor => verify_audit(&config, false),
        Command::Version => unreachable!("answered above"),
    }
}

fn verify_audit(config: &Config, json: bool) -> Result<ExitCode, Box<dyn Error>> {
    let directory = config.audit_directory();
    let intact = audit::verify_command(&directory, None, json, &mut io::stdout().lock())
        .map_err(|error| format!("cannot read the audit log in `{}`: {error}", directory.display()))?;
    Ok(match intact {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn serve(config: &Config) -> Result<ExitCode, Box<dyn Error>> {
    process::harden()?;
    log::start(config.log, &config.log_filter)?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(process::worker_threads())
        .enable_all()
        .build()?
        .block_on(async {
            let metrics = Metrics::new();
            let bound = Bound::new(config, &metrics).await?;
            tracing::info!(address = %bound.address()?, "serving");
            bound.serve(Arc::new(Health), metrics).await?;
            Ok(ExitCode::SUCCESS)
        })
}

/// Says that the server is up; everything else is for services to answer.
struct Health;

impl Handler for Health {
    async fn handle(&self, request: Request) -> Response {
        match request.path() {
            "/healthz" => Response::empty(StatusCode::OK),
            _ => Response::empty(StatusCode::NOT_FOUND),
        }
    }
}
