//! The programs of a session: how they are started, and how all of them are ended.
//!
//! Between fork and exec a child has to become another user and take a terminal for its own. That is done
//! by this program itself, started once more as `exec`: a process with one thread that changes what it is,
//! and then becomes the program. What to do is in a variable of its environment, which nobody else can read.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{
    Gid, Pid, Signal, Uid, WaitOptions, getpid, ioctl_tiocsctty, kill_process, set_child_subreaper, setsid,
    wait, waitpid,
};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use serde::{Deserialize, Serialize};
use tokio::process::Child;
use tokio::signal::unix::{SignalKind, signal};

use super::remains::Remains;
use super::run_as::RunAs;
use super::search_path;
use crate::failure::Failure;

const VARIABLE: &str = "KAGIBAN_EXEC";

/// How long processes may take to end before they are killed.
const GRACE: Duration = Duration::from_secs(2);

/// How often the dead are collected at most.
const COLLECT_EVERY: Duration = Duration::from_secs(1);

/// The programs that this process has started for its session: how they ended is for who started them.
static STARTED: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// A program that is not there, and one that cannot be started, as shells tell it.
const NOT_FOUND: u8 = 127;
const NOT_STARTED: u8 = 126;

/// What a child becomes.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Program {
    path: String,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    directory: PathBuf,
    /// User, group and all groups, if it is not the agent's own.
    identity: Option<(u32, u32, Vec<u32>)>,
    /// Whether standard input is its terminal.
    terminal: bool,
}

impl Program {
    /// A program with a clean environment.
    pub(super) fn new(run_as: &RunAs, path: &str, arguments: &[&str], terminal: bool) -> Program {
        let (user, identity) = match run_as {
            RunAs::Own(user) => (user.as_ref(), None),
            RunAs::Other(user, groups) => (Some(user), Some((user.uid, user.gid, groups.clone()))),
        };
        let mut environment = BTreeMap::new();
        let mut set = |name: &str, value: String| {
            environment.insert(name.to_owned(), value);
        };
        set("PATH", search_path::of_login(run_as.is_root()));
        set("LANG", env::var("LANG").unwrap_or_else(|_| "C.UTF-8".to_owned()));
        set("SHELL", "/bin/sh".to_owned());
        if terminal {
            set("TERM", "xterm-256color".to_owned());
        }
        if let Some(user) = user {
            set("USER", user.name.clone());
            set("LOGNAME", user.name.clone());
            set("HOME", user.home.to_string_lossy().into_owned());
        }
        Program {
            path: path.to_owned(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            environment,
            directory: user.map_or_else(|| "/".into(), |user| user.home.clone()),
            identity,
            terminal,
        }
    }

    /// The command that becomes it; the caller says where input and output go.
    ///
    /// # Errors
    ///
    /// If it cannot be written down.
    pub(super) fn command(&self) -> Result<tokio::process::Command, Failure> {
        let written = serde_json::to_string(self).map_err(|error| Failure::Session(error.to_string()))?;
        let mut command = tokio::process::Command::new("/proc/self/exe");
        command
            .arg0("kagiban-agent")
            .arg("exec")
            .env_clear()
            .env(VARIABLE, written);
        Ok(command)
    }

    fn become_it(self) -> io::Error {
        match self.prepare() {
            Err(error) => error,
            Ok(()) => Command::new(&self.path)
                .args(&self.arguments)
                .env_clear()
                .envs(&self.environment)
                .exec(),
        }
    }

    fn prepare(&self) -> io::Result<()> {
        setsid()?;
        if self.terminal {
            ioctl_tiocsctty(io::stdin())?;
        }
        if let Some((user, group, groups)) = &self.identity {
            let groups: Vec<Gid> = groups.iter().map(|group| Gid::from_raw(*group)).collect();
            let (user, group) = (Uid::from_raw(*user), Gid::from_raw(*group));
            // Groups first: afterwards it is not allowed any more. All three of each, so that there is no way back.
            set_thread_groups(&groups)?;
            set_thread_res_gid(group, group, group)?;
            set_thread_res_uid(user, user, user)?;
        }
        // Entered as the user, who may have no home, or one that is closed to root.
        env::set_current_dir(&self.directory).or_else(|_| env::set_current_dir("/"))
    }
}

/// Becomes what the environment says. Returns only if that fails.
///
/// # Errors
///
/// If it was not started by a session.
pub(crate) fn exec() -> Result<ExitCode, Failure> {
    let program = env::var_os(VARIABLE).map(OsString::into_string);
    let program = program
        .and_then(Result::ok)
        .and_then(|text| serde_json::from_str::<Program>(&text).ok());
    let program = program.ok_or_else(|| Failure::Usage("this is for sessions only".to_owned()))?;
    let path = program.path.clone();
    let failed = program.become_it();
    Ok(ExitCode::from(match failed.kind() {
        io::ErrorKind::NotFound => {
            eprintln!("{path}: not found");
            NOT_FOUND
        }
        _ => {
            eprintln!("{path}: {failed}");
            NOT_STARTED
        }
    }))
}

/// How a program has ended, as shells tell it: 128 and the signal's number after a signal.
pub(super) fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(255)
}

/// Makes processes whose parents end this one's children.
pub(super) fn adopt_orphans() {
    // Without it they go to init, and are told apart by their session all the same.
    let _ignored = set_child_subreaper(Pid::from_raw(1));
}

/// The process that leads a program's session. Dropped before its [`Leader::end`], as when this process is
/// told to terminate, it takes all of the session with it, at once.
pub(super) struct Leader(Option<u32>);

impl Leader {
    /// Starts a program that leads a session of its own.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub(super) fn start(command: &mut tokio::process::Command) -> io::Result<(Child, Leader)> {
        // Held meanwhile, or it could be over, and taken for an orphan, before it is known.
        let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.spawn()?;
        let process = child.id();
        if let Some(leader) = process {
            Remains::note(leader);
        }
        started.extend(process.and_then(|process| i32::try_from(process).ok()));
        Ok((child, Leader(process)))
    }

    /// Its process group.
    pub(super) fn group(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.0?).ok()?)
    }

    /// Ends what is left of it.
    pub(super) async fn end(&mut self) {
        end_session(self.0).await;
        self.0 = None;
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        let Some(leader) = self.0 else { return };
        signal_session(leader, &[Signal::HUP, Signal::CONT, Signal::KILL]);
        if let Some(process) = self.group() {
            let _may_lead_nothing_yet = kill_process(process, Signal::KILL);
        }
    }
}

/// Ends what is left of the sessions that this process has started: SIGHUP, as when a terminal is hung up,
/// and SIGKILL for what does not care. What has made a session of its own, such as a terminal
/// multiplexer, is left alone, as it is when somebody hangs up on sshd.
async fn end_session(leader: Option<u32>) {
    let Some(leader) = leader else { return };
    if signal_session(leader, &[Signal::HUP, Signal::CONT]) > 0 && !is_gone(leader).await {
        signal_session(leader, &[Signal::KILL]);
        is_gone(leader).await;
    }
}

/// Waits until nothing of a session is left, for a while.
async fn is_gone(leader: u32) -> bool {
    let until = Instant::now() + GRACE;
    while signal_session(leader, &[]) > 0 {
        if Instant::now() >= until {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    true
}

/// Sends signals to all processes of a session. Returns how many there are.
pub(super) fn signal_session(leader: u32, signals: &[Signal]) -> usize {
    let Ok(entries) = fs::read_dir("/proc") else {
        return 0;
    };
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let members: Vec<i32> = numbers
        .filter(|number| session_of(*number) == Some(leader))
        .collect();
    for process in members.iter().filter_map(|number| Pid::from_raw(*number)) {
        for signal in signals {
            let _may_be_gone = kill_process(process, *signal);
        }
    }
    members.len()
}

/// The session of a process that still runs.
fn session_of(process: i32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let process = Process::parse(&stat)?;
    (!process.is_dead)
        .then(|| u32::try_from(process.session).ok())
        .flatten()
}

/// What the system tells of a process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Process {
    is_dead: bool,
    parent: i32,
    session: i32,
    /// When it began, in ticks since the system was started.
    pub(super) began: u64,
}

impl Process {
    pub(super) fn parse(stat: &str) -> Option<Process> {
        // The name, in brackets, may have anything in it.
        let (_, fields) = stat.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        let is_dead = matches!(fields.next()?, "Z" | "X");
        let mut number = || fields.next()?.parse::<i32>().ok();
        let (parent, _group, session) = (number()?, number()?, number()?);
        Some(Process {
            is_dead,
            parent,
            session,
            began: fields.nth(15)?.parse().ok()?,
        })
    }
}

/// Collects orphans that this process was given when their parents ended, as they end themselves; for as long
/// as the session lasts. A daemon that starts others would leave a zombie for each of them else.
pub(super) async fn collect_orphans() {
    let Ok(mut ended) = signal(SignalKind::child()) else {
        return;
    };
    while ended.recv().await.is_some() {
        collect(&dead_orphans());
        tokio::time::sleep(COLLECT_EVERY).await;
    }
}

/// The dead that are this process's children and were not started by it. What it starts for itself, such as to
/// look up a user, is of its own session and is waited for where it is started.
fn dead_orphans() -> Vec<i32> {
    let process = |which: &str| Process::parse(&fs::read_to_string(format!("/proc/{which}/stat")).ok()?);
    // Not getsid(2): of a session that was begun outside of this PID namespace it says 0, which rustix takes for
    // impossible.
    let (Ok(entries), Some(own)) = (fs::read_dir("/proc"), process("self")) else {
        return Vec::new();
    };
    let own_id = getpid().as_raw_nonzero().get();
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    numbers
        .filter(|number| {
            process(&number.to_string()).is_some_and(|process| {
                process.is_dead && process.parent == own_id && process.session != own.session
            })
        })
        .collect()
}

fn collect(orphans: &[i32]) {
    let started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    let orphans = orphans.iter().filter(|orphan| !started.contains(orphan));
    for orphan in orphans.filter_map(|orphan| Pid::from_raw(*orphan)) {
        let _may_be_collected = waitpid(Some(orphan), WaitOptions::NOHANG);
    }
}

/// Collects children that have ended, so that none stays behind as a zombie.
pub(super) fn end_orphans() {
    while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_found_in_the_list_of_processes() {
        // One of its own: where this one's began outside the container, it has no number that could be seen.
        let mut sleep = Command::new("setsid").args(["sleep", "60"]).spawn().unwrap();
        let leader = sleep.id();
        let until = Instant::now() + Duration::from_secs(20);
        while signal_session(leader, &[]) == 0 {
            assert!(Instant::now() < until, "it never led a session");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(signal_session(leader, &[Signal::KILL]), 1);
        let _ended = sleep.wait().unwrap();
        assert_eq!(session_of(i32::try_from(leader).unwrap()), None);
        assert_eq!(session_of(-1), None);
    }

    #[test]
    fn a_process_may_be_called_what_it_likes() {
        let stat = "7 (a) Z (b c) Z 5 6 4 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 9321 1000 2";
        let process = Process::parse(stat).unwrap();
        let expected = Process {
            is_dead: true,
            parent: 5,
            session: 4,
            began: 9321,
        };
        assert_eq!(process, expected);
        assert_eq!(Process::parse("7 (a) S 5"), None);
    }

    #[test]
    fn how_a_program_ended_is_one_number() {
        assert_eq!(code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(code(ExitStatus::from_raw(9)), 137);
    }
}
