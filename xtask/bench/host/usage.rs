use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// What a process uses, as the kernel counts it.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    pid: u32,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> Usage {
        Usage { pid }
    }

    /// Processor time so far, in user space and kernel, of all threads; exact to a tick (10 ms).
    ///
    /// # Errors
    ///
    /// The process has ended.
    pub(crate) fn cpu(self) -> Result<Duration> {
        let stat = self.read("stat")?;
        let ticks = cpu_ticks(&stat).context("/proc/PID/stat is not as proc(5) says")?;
        let ticks_per_second = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_millis(ticks * 1000 / ticks_per_second))
    }

    /// Resident memory, in KiB.
    ///
    /// # Errors
    ///
    /// The process has ended.
    pub(crate) fn rss_kib(self) -> Result<u64> {
        self.kib("VmRSS:")
    }

    /// The part of it that is the process's own and no file's, in KiB.
    ///
    /// # Errors
    ///
    /// The process has ended.
    pub(crate) fn own_kib(self) -> Result<u64> {
        self.kib("RssAnon:")
    }

    fn kib(self, name: &str) -> Result<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib = kib.with_context(|| format!("/proc/PID/status has no {name}"))?;
        Ok(kib.parse()?)
    }

    fn read(self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.pid);
        fs::read_to_string(&path).with_context(|| format!("the process has ended: {path}"))
    }
}

/// utime and stime, fields 14 and 15; the name in field 2 may hold anything but a last `)`.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_moves_no_field() {
        let stat = "7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 40 2 0 0";
        assert_eq!(cpu_ticks(stat), Some(42));
    }
}
