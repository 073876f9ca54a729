//! What a person starts.

pub(crate) mod doctor;
pub(crate) mod register;
pub(crate) mod run;
pub(crate) mod unit;

use std::future::Future;
use std::path::PathBuf;

use crate::data::Data;
use crate::failure::Failure;

/// Where the agent keeps its state.
#[derive(clap::Args)]
pub(crate) struct Directory {
    /// The data directory [default: /var/lib/kagiban-agent for root, ~/.local/state/kagiban-agent for others]
    #[arg(long = "data", value_name = "DIR", env = "KAGIBAN_AGENT_DATA")]
    root: Option<PathBuf>,
}

impl Directory {
    /// The directory, made if it is not there.
    fn open(&self) -> Result<Data, Failure> {
        Data::open(&self.path())
    }

    /// The directory, which has to be there.
    fn find(&self) -> Result<Data, Failure> {
        let path = self.path();
        match path.is_dir() {
            true => Data::open(&path),
            false => Err(Failure::Data(format!("{} is no directory", path.display()))),
        }
    }

    fn path(&self) -> PathBuf {
        self.root.clone().unwrap_or_else(Data::default_root)
    }
}

/// Runs to the end on this thread: one is enough for an agent, and the smallest.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_only_looks_makes_no_directory() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("typo");
        let directory = Directory {
            root: Some(root.clone()),
        };
        assert!(directory.find().is_err() && !root.exists());
        directory.open().unwrap();
        assert!(directory.find().is_ok());
    }
}
