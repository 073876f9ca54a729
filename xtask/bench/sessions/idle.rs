//! T3: thousands of agents that only wait: what each costs the server, and how soon all are back after it
//! was restarted.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::LocalSet;
use tokio::time::sleep;

use super::enrolment::Enrolment;
use super::fleet::{self, Connected};
use crate::goals::Bound::AtMost;
use crate::host::open_files;
use crate::options::Options;
use crate::report::Report;
use crate::setup;
use crate::statistics::Quartiles;
use crate::subject::{Subject, Yard};

const NAME: &str = "fleet";
const AGENTS: usize = 5_000;
const FEW_AGENTS: usize = 500;

/// What one may cost, in KB.
const EACH: f64 = 40.0;
/// When all have to be back, in seconds.
const BACK: f64 = 60.0;

/// Memory counts as idle after this long: each channel has been pinged once, and what their rush has taken
/// was given back.
const REST: Duration = Duration::from_secs(40);
const PATIENCE: Duration = Duration::from_secs(180);

/// Measures T3.
///
/// # Errors
///
/// The server refuses, or the agents do not come back.
pub(super) async fn run(yard: &Yard, options: &Options, report: &mut Report) -> Result<()> {
    let agents = agents(options, report)?;
    let server = yard.kagiban(NAME, false).await?;
    setup::node_role(&server.address).await?;
    sleep(REST / 4).await;
    let (address, empty) = (server.address.socket, bytes(&server)?);
    drop(server);
    let enrolment = Enrolment::of(agents, yard, NAME).await?;
    let start = async || {
        let more = ["--max-connections", "20000"];
        yard.kagiban_at(address, NAME, false, &more).await
    };
    let server = start().await?;
    println!("{agents} nodes ask for their credentials");
    let fleet = fleet::gather(&server.address, &enrolment).await?;
    let registered = bytes(&server)?;
    let (tasks, connected) = (LocalSet::new(), Connected::default());
    for agent in fleet {
        tasks.spawn_local(agent.hold(connected.clone()));
    }
    let measured = async {
        let first = all(&connected, agents, Instant::now()).await?;
        sleep(REST).await;
        let all_there = bytes(&server)?;
        let stopped = Instant::now();
        // Beside the agents, who have to see that it goes.
        tokio::task::spawn_blocking(|| drop(server)).await?;
        let server = start().await?;
        let restarted = stopped.elapsed().as_secs_f64();
        let back = all(&connected, agents, stopped).await?;
        sleep(REST).await;
        let again = bytes(&server)?;
        report.note(format!(
            "T3     {agents} agents connected after {first:.1} s; the server took {restarted:.2} s to start again"
        ))?;
        report.note(format!(
            "T3     memory: {:.1} MB empty, {:.1} with the nodes registered, {:.1} with their agents, {:.1} after the restart",
            empty / 1e6, registered / 1e6, all_there / 1e6, again / 1e6
        ))?;
        let each = |memory: f64| Quartiles::of([(memory - empty) / 1e3 / agents as f64]);
        let what = format!("memory for each of {agents} idle agents");
        report.outcome("T3", what, AtMost(EACH), "KB", each(all_there))?;
        let what = "the same after a restart";
        report.outcome("T3", what, AtMost(EACH), "KB", each(again))?;
        let what = format!("{agents} agents back after a restart");
        report.outcome("T3", what, AtMost(BACK), "s", Quartiles::of([back]))
    };
    tasks.run_until(measured).await
}

/// As many as there are to be, or as there may be: each has a file here and one at the server.
fn agents(options: &Options, report: &mut Report) -> Result<usize> {
    let wanted = if options.quick { FEW_AGENTS } else { AGENTS };
    let files = usize::try_from(open_files()?).unwrap_or(usize::MAX);
    let possible = files.saturating_sub(500) / 2; // a connection of before may still be open
    if possible < wanted {
        report.note(format!(
            "T3     {files} open files are allowed here: enough for {possible} agents"
        ))?;
    }
    Ok(wanted.min(possible))
}

fn bytes(server: &Subject) -> Result<f64> {
    Ok(server.usage().rss_kib()? as f64 * 1024.0)
}

/// Waits for all of them; returns how many seconds after `since` the last has come.
async fn all(connected: &Connected, agents: usize, since: Instant) -> Result<f64> {
    while connected.count() < agents {
        let there = connected.count();
        ensure!(
            since.elapsed() < PATIENCE,
            "{there} of {agents} agents are connected"
        );
        sleep(Duration::from_millis(20)).await;
    }
    Ok(since.elapsed().as_secs_f64())
}
