//! What the process gives up at its start: being dumped, being debugged, sharing its files. And what it
//! asks for: memory that is never swapped, as many open files as there may be.

#[cfg(target_os = "linux")]
use std::fs;
use std::io;
use std::num::NonZero;
use std::thread;

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

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

/// Lets this process have as many files open as the system allows it at all. Each connection is one, and
/// shells and service managers begin with 1,024, fewer than there may be connections; a system that
/// refuses leaves it at those.
pub fn allow_open_files() {
    let allowed = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: allowed.maximum,
        maximum: allowed.maximum,
    };
    let _as_before = setrlimit(Resource::Nofile, all);
}

/// Keeps this process's memory out of the swap, where the system lets it lock as much as it may ever
/// need; with less, an allocation could fail one day that succeeds now. Returns whether it is locked.
pub fn lock_memory() -> bool {
    may_lock_all() && lock_all().is_ok()
}

#[cfg(target_os = "linux")]
fn may_lock_all() -> bool {
    /// `CAP_IPC_LOCK`, by its place in the kernel's sets.
    const IPC_LOCK: u32 = 14;

    let capable = || {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
        let effective = u64::from_str_radix(effective.trim(), 16).ok()?;
        Some(effective >> IPC_LOCK & 1 == 1)
    };
    getrlimit(Resource::Memlock).current.is_none() || capable().unwrap_or(false)
}

/// Pages are locked as they are first touched, so that what is only reserved takes no memory.
#[cfg(target_os = "linux")]
fn lock_all() -> io::Result<()> {
    use rustix::mm::{MlockAllFlags, mlockall};

    Ok(mlockall(
        MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT,
    )?)
}

#[cfg(not(target_os = "linux"))]
fn may_lock_all() -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
fn lock_all() -> io::Result<()> {
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
    use super::*;

    #[test]
    fn memory_is_locked_where_that_is_allowed_without_limit() {
        assert_eq!(lock_memory(), may_lock_all());
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let locked = status.lines().find(|line| line.starts_with("VmLck:")).unwrap();
        let kib: u64 = locked.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert_eq!(kib > 0, may_lock_all(), "{locked}");
    }

    #[test]
    fn as_many_files_may_be_open_as_the_system_allows() {
        allow_open_files();
        let allowed = getrlimit(Resource::Nofile);
        assert_eq!(allowed.current, allowed.maximum);
    }

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
