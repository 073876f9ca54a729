//! E1: how long a command takes to start behind `kagiban exec`, when the session is there already.
//!
//! Held against the same command behind `env`, which changes no more than its environment, and against the
//! AWS CLI, which many scripts start as often.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::compare::Effort;
use crate::goals::Bound::AtMost;
use crate::identity::{Identity, REGION};
use crate::options::Options;
use crate::report::Report;
use crate::setup;
use crate::statistics::Quartiles;
use crate::subject::Yard;

const NAME: &str = "workstation";

/// Milliseconds for the whole of it.
const MOST: f64 = 20.0;

/// Turns for each pair that is asked for: each takes but a moment.
const TURNS: usize = 20;

/// The AWS CLI takes half a second.
const SLOW_TURNS: usize = 1;

/// A person's machine, with a profile whose key is in the store.
struct Workstation {
    home: PathBuf,
    cli: PathBuf,
    aws: Option<PathBuf>,
}

/// Measures E1.
///
/// # Errors
///
/// The server does not start, or the command fails.
pub(crate) async fn run(yard: &Yard, options: &Options, effort: Effort, report: &mut Report) -> Result<()> {
    let server = yard.kagiban(NAME, false).await?;
    let user = setup::user(&server.address).await?;
    let workstation = Workstation::new(&yard.home(NAME), options, &server.address.url())?;
    workstation.add(&user)?;
    let stores = workstation.said(&["store", "status"])?;
    let sessions = stores.lines().find(|line| line.starts_with("sessions"));
    let sessions = sessions
        .context("no line about sessions")?
        .trim_start_matches("sessions")
        .trim();
    report.note(format!("E1     sessions are kept in {sessions}"))?;
    let exec = ["exec", NAME, "--", "true"];
    let begun = Instant::now();
    workstation.said(&exec)?; // from now on there is a session
    let first = milliseconds(begun);
    report.note(format!(
        "E1     the first time, with the key's file opened and a call: {first:.0} ms"
    ))?;
    let found = alternate(&workstation, &exec, effort)?;
    workstation.said(&["clear"])?;
    judge(&found, report)
}

/// Milliseconds of each turn.
#[derive(Default)]
struct Found {
    exec: Vec<f64>,
    env: Vec<f64>,
    version: Vec<f64>,
    region: Vec<f64>,
}

fn alternate(workstation: &Workstation, exec: &[&str], effort: Effort) -> Result<Found> {
    let mut found = Found::default();
    for _ in 0..effort.pairs {
        for _ in 0..TURNS {
            found.exec.push(time(&mut workstation.kagiban(exec))?);
            found.env.push(time(Command::new("env").args(["-i", "true"]))?);
        }
        for _ in 0..SLOW_TURNS {
            found.version.extend(workstation.time_aws(&["--version"])?);
            let region = ["configure", "get", "region", "--profile", NAME];
            found.region.extend(workstation.time_aws(&region)?);
        }
    }
    Ok(found)
}

fn judge(found: &Found, report: &mut Report) -> Result<()> {
    let whole = Quartiles::of(found.exec.iter().copied());
    report.outcome("E1", "kagiban exec PROFILE -- true", AtMost(MOST), "ms", whole)?;
    let others = [
        ("env -i true", &found.env),
        ("aws --version", &found.version),
        ("aws configure get region", &found.region),
    ];
    for (name, times) in others.into_iter().filter(|(_, times)| !times.is_empty()) {
        let other = Quartiles::of(times.iter().copied()).median;
        let ratio = whole.median / other;
        report.note(format!(
            "E1     {name}: {other:.2} ms; kagiban exec takes {ratio:.2} × as long"
        ))?;
    }
    Ok(())
}

impl Workstation {
    fn new(home: &Path, options: &Options, url: &str) -> Result<Workstation> {
        let home = fs::canonicalize(home)?;
        fs::create_dir_all(home.join(".aws"))?;
        fs::create_dir_all(home.join("run"))?;
        let config = format!("[profile {NAME}]\nregion = {REGION}\nendpoint_url = {url}\n");
        fs::write(home.join(".aws/config"), config)?;
        let cli = fs::canonicalize(&options.cli).with_context(|| options.cli.display().to_string())?;
        // A link to Python's environment stays one: that is how it finds its packages.
        let aws = std::path::absolute(&options.aws)?;
        Ok(Workstation {
            home,
            cli,
            aws: aws.is_file().then_some(aws),
        })
    }

    fn command(&self, program: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(words)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", &self.home)
            .env("XDG_RUNTIME_DIR", self.home.join("run"))
            .env("KAGIBAN_FILE_PASSPHRASE", "the bench's")
            .stdin(Stdio::null());
        command
    }

    fn kagiban(&self, words: &[&str]) -> Command {
        self.command(&self.cli, words)
    }

    fn said(&self, words: &[&str]) -> Result<String> {
        let output = self.kagiban(words).output()?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "kagiban {}: {complaint}",
            words.join(" ")
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Keeps a key under the profile.
    fn add(&self, user: &Identity) -> Result<()> {
        let mut command = self.kagiban(&["add", NAME]);
        let mut adding = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let mut input = adding.stdin.take().context("it is a pipe")?;
        write!(input, "{}\n{}\n", user.access_key_id, user.secret)?;
        drop(input);
        ensure!(adding.wait()?.success(), "the key was not kept");
        Ok(())
    }

    fn time_aws(&self, words: &[&str]) -> Result<Option<f64>> {
        let aws = self.aws.as_ref();
        aws.map(|aws| time(&mut self.command(aws, words))).transpose()
    }
}

/// Runs a command to its end.
fn time(command: &mut Command) -> Result<f64> {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    let begun = Instant::now();
    let status = command.status()?;
    let time = milliseconds(begun);
    let program = command.get_program().display();
    ensure!(status.success(), "{program} ended with {status}");
    Ok(time)
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
