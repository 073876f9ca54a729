//! Sessions: tunnels, terminals, agents that wait, and how big an agent is.
//!
//! Four or more programs work at once here, so that none has a processor of its own; the bench, the ends
//! and the server share those that the bench has.

mod agent;
mod bytes;
mod echo;
mod enrolment;
mod fleet;
mod idle;
mod node;
mod shell;
mod ssh;
mod tunnel;

use anyhow::Result;

use crate::compare::Effort;
use crate::goals::is_wanted;
use crate::options::Options;
use crate::report::Report;
use crate::subject::Yard;

/// Measures T1 (tunnels), T2 (echo), T3 (idle agents) and T4 (the agent's size), as far as they are asked for.
///
/// # Errors
///
/// A program does not start, or a session breaks.
pub(crate) async fn run(yard: &Yard, options: &Options, effort: Effort, report: &mut Report) -> Result<()> {
    let [tunnel, echo, idle, agent] = ["T1", "T2", "T3", "T4"].map(|goal| is_wanted(goal, &options.only));
    let yard = &yard.shared();
    yard.cpus().be_client()?;
    if tunnel {
        tunnel::run(yard, options, effort, report).await?;
    }
    if echo {
        echo::run(yard, options, effort, report).await?;
    }
    if idle {
        idle::run(yard, options, report).await?;
    }
    if agent {
        agent::run(yard, options, report).await?;
    }
    Ok(())
}
