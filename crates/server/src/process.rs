//! What the process gives up at its start: being dumped, being debugged, sharing its files.

use std::io;
use std::num::NonZero;
use std::thread;

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, setrlimit, umask};

/// Hardens this process; to be called before anything secret is read and before threads start.
///
/// Memory holds keys, so no core file is ever written and, on Linux, no other process of the
/// same user may attach to this one or read its `/proc/…/environ`. Files are made for the owner
/// alone.
///
/// # Errors
///
/// The kernel refuses; a caller should not go on.
pub fn harden() -> io::Result<()> {
    umask(Mode::RWXG | Mode::RWXO);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    refuse_tracing()
}

#[cfg(target_os = "linux")]
fn refuse_tracing() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};

    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

#[cfg(not(target_os = "linux"))]
fn refuse_tracing() -> io::Result<()> {
    Ok(())
}

/// How many threads to serve requests with: as many as there are processors that this process
/// may use, by affinity and by control group. More only adds waiting.
pub fn worker_threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_hardened_process_leaves_no_core() {
        harden().unwrap();
        let limits = fs::read_to_string("/proc/self/limits").unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .unwrap();
        assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"]);
    }
}
