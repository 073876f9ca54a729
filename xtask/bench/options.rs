//! What can be said about a measurement. `cargo xtask bench` reads this file too, so that it can
//! explain or refuse the flags before it builds anything.

use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Three pairs of one second: enough to see that it runs, not to judge
    #[arg(long)]
    pub(crate) quick: bool,
    /// How often each server has its turn
    #[arg(long, default_value_t = 10)]
    pub(crate) pairs: usize,
    /// How long a turn lasts
    #[arg(long, default_value_t = 2.0)]
    pub(crate) seconds: f64,
    /// Only these goals, such as `R1,W2`: R1 R2 R5 W1 W2 A1 S1 N1 N2 K1 K2 K3 N3 T1 T2 T3 T4 E1
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Holds a limit against itself: the ratio has to be 1, or the machine is of no use today
    #[arg(long)]
    pub(crate) self_check: bool,
    /// Where measurements go, one JSON object a line
    #[arg(long, value_name = "FILE", default_value = "target/bench/results.jsonl")]
    pub(crate) json: PathBuf,
    /// The server to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/kagiban-server")]
    pub(crate) server: PathBuf,
    /// The agent to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/kagiban-agent")]
    pub(crate) agent: PathBuf,
    /// The workstation's command to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/kagiban")]
    pub(crate) cli: PathBuf,
    /// The AWS CLI to hold it against, if it is there
    #[arg(long, value_name = "FILE", default_value = "target/venv/bin/aws")]
    pub(crate) aws: PathBuf,
    /// Where the servers keep their data: on a disk
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    pub(crate) directory: PathBuf,
}
