use anyhow::Result;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Lets this process, and those it will start, have as many files open as the system allows. Returns how
/// many those are.
///
/// # Errors
///
/// The kernel refuses.
pub(crate) fn open_files() -> Result<u64> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, wanted)?;
    Ok(maximum.unwrap_or(u64::MAX))
}
