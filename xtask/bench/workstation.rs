//! E1: how long a command takes to start behind `kagiban exec`, when the session is there already.
//!
//! Held against the same command behind `env`, which changes no more than its environment, and against the
//! AWS CLI, which many scripts start as often: its start alone, and how it hands out credentials.

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

/// How many times as long as `env -i true`, which is two starts of small programs as well.
const MOST: f64 = 2.0;

/// Turns for each pair that is asked for: each takes but a moment.
const TURNS: usize = 20;

/// The AWS CLI takes half a second.
const SLOW_TURNS: usize = 1;

/// What the AWS CLI is asked. Its first version cannot export credentials; looking up a setting is what
/// comes next to it there.
const ASKED: [&[&str]; 3] = [
    &["--version"],
    &["configure", "export-credentials"],
    &["configure", "get", "region"],
];

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
    /// Of each in [`ASKED`]; none where the AWS CLI is not there, or refuses.
    aws: [Vec<f64>; ASKED.len()],
}

fn alternate(workstation: &Workstation, exec: &[&str], effort: Effort) -> Result<Found> {
    let mut found = Found::default();
    for _ in 0..effort.pairs {
        for _ in 0..TURNS {
            found.exec.push(time(&mut workstation.kagiban(exec))?);
            found.env.push(time(Command::new("env").args(["-i", "true"]))?);
        }
        for _ in 0..SLOW_TURNS {
            for (words, times) in ASKED.iter().zip(&mut found.aws) {
                times.extend(workstation.time_aws(words));
            }
        }
    }
    Ok(found)
}

fn judge(found: &Found, report: &mut Report) -> Result<()> {
    let what = "kagiban exec PROFILE -- true / env -i true";
    let ratios = found.exec.iter().zip(&found.env).map(|(exec, env)| exec / env);
    report.outcome("E1", what, AtMost(MOST), "x", Quartiles::of(ratios))?;
    let exec = tell("kagiban exec PROFILE -- true", &found.exec, report)?;
    tell("env -i true", &found.env, report)?;
    for (words, times) in ASKED.iter().zip(&found.aws) {
        let name = format!("aws {}", words.join(" "));
        if times.is_empty() {
            report.note(format!("E1     {name}: there is no AWS CLI here that knows it"))?;
            continue;
        }
        let ratio = exec / tell(&name, times, report)?;
        report.note(format!(
            "E1     kagiban exec takes {ratio:.3} × as long as {name}"
        ))?;
    }
    Ok(())
}

/// Notes how long something takes, and returns the median.
fn tell(name: &str, times: &[f64], report: &mut Report) -> Result<f64> {
    let least = Quartiles::percentile(times, 0.0);
    let Quartiles { lower, median, upper } = Quartiles::of(times.iter().copied());
    report.note(format!(
        "E1     {name}: {median:.2} ms ({lower:.2} – {upper:.2}), {least:.2} at best"
    ))?;
    Ok(median)
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

    /// With a key at hand, so that it is its own time alone that counts.
    fn time_aws(&self, words: &[&str]) -> Option<f64> {
        let mut command = self.command(self.aws.as_ref()?, words);
        command
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .env("AWS_PROFILE", NAME)
            .stderr(Stdio::null());
        time(&mut command).ok()
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
