//! What a session's process leaves behind when it is killed: the programs that it has started.
//!
//! It notes who leads them, so that the agent, which hears of its end, can end them: nobody else would, and
//! nobody would be at their other end any more.

use std::fs;
use std::sync::OnceLock;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use super::child::{Process, signal_session};
use crate::data::Data;

/// Where this process notes whom it has started.
static NOTES: OnceLock<Data> = OnceLock::new();

/// How often processes that begin others meanwhile are looked for.
const ROUNDS: usize = 10;

/// Who leads a session's programs: a process by its number, and what makes that its own for all time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Remains {
    leader: u32,
    /// When it began, in the system's ticks since it was started.
    began: u64,
    /// Which of the system's starts that was.
    boot: String,
}

impl Remains {
    pub(crate) const FILE: &str = "leader.json";

    /// Notes leaders in a session's directory from now on.
    pub(super) fn note_in(directory: &Data) {
        let _once = NOTES.set(directory.clone());
    }

    /// Notes who leads what this process has started.
    pub(super) fn note(leader: u32) {
        if let (Some(notes), Some(remains)) = (NOTES.get(), Remains::of(leader))
            && let Err(failure) = notes.save(Remains::FILE, &remains)
        {
            failure.report(); // the session goes on without
        }
    }

    /// A process that is there.
    fn of(leader: u32) -> Option<Remains> {
        Some(Remains {
            leader,
            began: began(leader)?,
            boot: boot(),
        })
    }

    /// Ends what is left of them.
    pub(crate) fn end(&self) {
        // While there is anybody in its session a leader's number is given to nobody else.
        let is_reused = began(self.leader).is_some_and(|began| began != self.began);
        if is_reused || self.boot != boot() {
            return;
        }
        for _ in 0..ROUNDS {
            if signal_session(self.leader, &[Signal::HUP, Signal::CONT, Signal::KILL]) == 0 {
                return;
            }
        }
    }
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

fn began(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(Process::parse(&stat)?.began)
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn what_is_left_is_ended_unless_its_number_is_anothers() {
        let mut sleep = Command::new("setsid").args(["sleep", "60"]).spawn().unwrap();
        let leader = sleep.id();
        let until = Instant::now() + Duration::from_secs(20);
        while signal_session(leader, &[]) == 0 {
            assert!(Instant::now() < until, "it never led a session");
            std::thread::sleep(Duration::from_millis(5));
        }
        let remains = Remains::of(leader).unwrap();
        let others = [
            Remains {
                began: remains.began + 1,
                ..remains.clone()
            },
            Remains {
                boot: "another".to_owned(),
                ..remains.clone()
            },
        ];
        for other in others {
            other.end();
            assert_eq!(signal_session(leader, &[]), 1);
        }
        remains.end();
        assert!(!sleep.wait().unwrap().success());
        assert_eq!(signal_session(leader, &[]), 0);
    }
}
