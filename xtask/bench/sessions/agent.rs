//! T4: how big the agent is, on the disk and in memory.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::sleep;

use super::node::Node;
use super::shell::Shell;
use crate::goals::Bound::AtMost;
use crate::options::Options;
use crate::report::Report;
use crate::statistics::Quartiles;
use crate::subject::Yard;

/// MB of the program's file, and of its process when nothing is to be done.
const FILE: f64 = 10.0;
const IDLE: f64 = 10.0;

/// Memory counts as idle after this long.
const REST: Duration = Duration::from_secs(10);

/// Measures T4.
///
/// # Errors
///
/// Something does not start.
pub(super) async fn run(yard: &Yard, options: &Options, report: &mut Report) -> Result<()> {
    let file = fs::metadata(&options.agent).with_context(|| options.agent.display().to_string())?;
    let megabytes = Quartiles::of([file.len() as f64 / 1e6]);
    report.outcome("T4", "the agent's file", AtMost(FILE), "MB", megabytes)?;
    let node = Node::start(yard, options, "agent", false).await?;
    sleep(REST).await;
    let agent = node.agent();
    let idle = Quartiles::of([megabytes_of(agent.rss_kib()?)]);
    report.outcome("T4", "the agent's memory, connected", AtMost(IDLE), "MB", idle)?;
    let shell = Shell::open(&node).await?;
    let worker = node.worker(&shell.session)?;
    sleep(REST / 10).await;
    for (who, usage) in [("the agent", agent), ("a session's process", worker)] {
        let [all, own] = [usage.rss_kib()?, usage.own_kib()?].map(megabytes_of);
        report.note(format!(
            "T4     {who}: {all:.1} MB, of which {own:.1} are not the program's file"
        ))?;
    }
    Ok(())
}

fn megabytes_of(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e6
}
