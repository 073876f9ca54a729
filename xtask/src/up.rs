//! `cargo xtask up`: a server to try, and the lines that point a shell at it.
//!
//! It is the real server with its embedded store: what is put into it is there again next time.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::process::cargo;

/// Where the server listens: an address of this machine, as anything else needs TLS.
const LISTEN: &str = "127.0.0.1:4566";
const REGION: &str = "us-east-1";
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where the server keeps its data [default: target/up/data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where it listens
    #[arg(long, value_name = "ADDR", default_value = LISTEN)]
    listen: SocketAddr,
}

/// Builds, starts and announces the server, and stays until it has ended.
///
/// # Errors
///
/// The build fails, or the server does not start or ends badly; it has said why on the terminal.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    println!("building the server for release; the first time takes some minutes");
    cargo(root, &["build", "--release", "--package", "kagiban-server"])?;
    // Else the answer of whoever listens there would be taken for ours.
    TcpListener::bind(arguments.listen)
        .with_context(|| format!("{} is taken; choose another with --listen", arguments.listen))?;
    let data = arguments
        .data
        .clone()
        .unwrap_or_else(|| root.join("target/up/data"));
    let mut child = start(root, arguments, &data)?;
    stop_with_us(&child)?;
    match wait_until_healthy(arguments.listen, &mut child)? {
        None => print!("{}", welcome(arguments.listen, &data)?),
        Some(status) => bail!("the server did not start: {status}"),
    }
    let status = child.wait()?;
    ensure!(status.success(), "the server ended with {status}");
    println!("stopped");
    Ok(())
}

fn start(root: &Path, arguments: &Arguments, data: &Path) -> Result<Child> {
    fs::create_dir_all(data).with_context(|| data.display().to_string())?;
    let mut server = Command::new(root.join("target/release/kagiban-server"));
    server
        .arg("serve")
        .arg("--data")
        .arg(data)
        .arg("--listen")
        .arg(arguments.listen.to_string());
    server.args(["--region", REGION]);
    if arguments.data.is_none() {
        // Goes when `target` goes, with the data. For other places the server knows where its key belongs.
        server
            .arg("--seal")
            .arg(format!("keyfile:{}", root.join("target/up/seal.key").display()));
    }
    // Out of the terminal's group: Ctrl-C reaches us alone, and the server one signal, not two.
    server.process_group(0);
    println!(
        "starting the server on {}, data in {}",
        arguments.listen,
        data.display()
    );
    server.spawn().context("the server cannot be started")
}

/// From now on what would end us ends the server, and we follow it.
fn stop_with_us(child: &Child) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let pid = Pid::from_child(child);
    thread::spawn(move || {
        for _ in signals.forever() {
            println!("\nstopping …");
            let _ = kill_process(pid, Signal::TERM); // it may have ended by itself
        }
    });
    Ok(())
}

/// Returns how the server ended if it did so before it was healthy.
fn wait_until_healthy(listen: SocketAddr, child: &mut Child) -> Result<Option<ExitStatus>> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if is_healthy(listen) {
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(50));
    }
    child.kill()?;
    bail!(
        "the server did not answer on {listen} within {} s",
        PATIENCE.as_secs()
    )
}

fn is_healthy(listen: SocketAddr) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect_timeout(&listen, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(
            stream,
            "GET /healthz HTTP/1.1\r\nhost: {listen}\r\nconnection: close\r\n\r\n"
        )?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok::<_, std::io::Error>(status == *b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

/// Returns what to paste into another terminal, whatever that terminal was used for before.
///
/// Version 1 of the AWS CLI reads `AWS_DEFAULT_REGION`, SDKs read `AWS_REGION`.
fn welcome(listen: SocketAddr, data: &Path) -> Result<String> {
    let path = data.join("root.env");
    let credentials = match fs::read_to_string(&path) {
        Ok(text) => exports(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            format!(
                "# {} is gone; use the key of an administrator you have made\n",
                path.display()
            )
        }
        Err(error) => return Err(error).context(path.display().to_string()),
    };
    Ok(format!(
        "\nKagiban is up. In another terminal:\n\n\
         unset AWS_SESSION_TOKEN AWS_PROFILE\n\
         export AWS_ENDPOINT_URL=http://{listen}\n\
         export AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}\n\
         {credentials}\n\
         aws sts get-caller-identity\n\
         aws ssm put-parameter --name /demo/password --type SecureString --value s3cr3t\n\
         aws ssm get-parameter --name /demo/password --with-decryption --query Parameter.Value --output text\n\n\
         Ctrl-C stops the server; the data stays in {}\n\n",
        data.display()
    ))
}

/// Turns the assignments of `root.env` into lines for any shell's prompt.
fn exports(root_env: &str) -> String {
    let assignments = root_env
        .lines()
        .map(|line| line.trim_start_matches("export ").trim());
    let credentials = assignments
        .filter(|line| line.starts_with("AWS_ACCESS_KEY_ID=") || line.starts_with("AWS_SECRET_ACCESS_KEY="));
    credentials.map(|line| format!("export {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pasted_lines_undo_another_session_and_name_the_region_for_every_client() {
        let lines = welcome(LISTEN.parse().unwrap(), Path::new("/nowhere")).unwrap();
        let cleared = lines.find("unset AWS_SESSION_TOKEN AWS_PROFILE\n").unwrap();
        let exported = lines
            .find("export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n")
            .unwrap();
        assert!(cleared < exported);
    }

    #[test]
    fn comments_and_other_variables_are_not_exported() {
        let text =
            "# the root user's key\nAWS_ACCESS_KEY_ID=AKIAX\nexport AWS_SECRET_ACCESS_KEY='a/b'\nOTHER=1\n";
        assert_eq!(
            exports(text),
            "export AWS_ACCESS_KEY_ID=AKIAX\nexport AWS_SECRET_ACCESS_KEY='a/b'\n"
        );
    }
}
