//! The sessions' processes, which outlive the agent's.
//!
//! A worker is this program once more, under a session of its own, with nothing but a data directory and
//! a session's id as arguments: the order is in a file. As long as it runs it holds a lock; so an agent
//! that starts finds out which sessions are still there, whoever started them, and neither a number that
//! was used again nor a missing parent can deceive it. How it ended is in a file, too.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;

use kagiban_session::control::InteractiveShell;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::data::Data;
use crate::descriptor::watched;
use crate::failure::{Failure, say};
use crate::origin::Origin;
use crate::session::remains::Remains;

/// What a worker has to know.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Order {
    /// The payload of `interactive_shell`, as it came.
    pub(crate) payload: String,
    pub(crate) settings: Settings,
    /// Where this was written down; none by an older agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// What an operator has decided for all sessions.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Settings {
    /// As whom sessions run that do not say, when the agent is root.
    pub(crate) default_user: String,
    /// Whether that user is made if there is none.
    pub(crate) create_default_user: bool,
    /// Addresses and networks that ports are not forwarded to, beside the link-local ones.
    pub(crate) denied: Vec<String>,
}

/// How a session has ended.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Outcome {
    pub(crate) is_success: bool,
    /// For the client.
    pub(crate) output: String,
}

impl Outcome {
    pub(crate) const ORDER: &str = "order.json";
    pub(crate) const LOCK: &str = "worker.lock";
    pub(crate) const FILE: &str = "result.json";

    pub(crate) fn success() -> Outcome {
        Outcome {
            is_success: true,
            output: String::new(),
        }
    }

    pub(crate) fn failed(output: String) -> Outcome {
        Outcome {
            is_success: false,
            output,
        }
    }
}

/// All sessions of this node.
pub(crate) struct Workers {
    data: Data,
    settings: Settings,
    /// How many there may be at once.
    limit: usize,
    running: BTreeSet<String>,
    ended: mpsc::UnboundedSender<String>,
}

impl Workers {
    /// None yet; whose end `ended` tells.
    pub(crate) fn new(
        data: Data,
        settings: Settings,
        limit: usize,
        ended: mpsc::UnboundedSender<String>,
    ) -> Workers {
        Workers {
            data,
            settings,
            limit,
            running: BTreeSet::new(),
            ended,
        }
    }

    /// Takes over what an earlier agent has left: sessions that run, and ends that the server may not
    /// know of. What was begun elsewhere, and is here with a copy of a disk, is left out: it may be alive.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub(crate) fn adopt(&mut self) -> Result<(), Failure> {
        for session in self.data.session_ids()? {
            if self.adopt_one(&session).is_some() {
                continue;
            }
            if self.is_from_elsewhere(&session) {
                say(&format!(
                    "{session} was begun on another machine or before this one was restarted; if it is over, the server finds out"
                ));
                self.forget(&session);
                continue;
            }
            let _receiver_lives = self.ended.send(session);
        }
        match self.running.len() {
            0 => {}
            count => say(&format!("{count} sessions go on")),
        }
        Ok(())
    }

    fn adopt_one(&mut self, session: &str) -> Option<()> {
        let process = self.process(session)?;
        let process = watched(process).ok()?;
        self.running.insert(session.to_owned());
        let (ended, session) = (self.ended.clone(), session.to_owned());
        tokio::spawn(async move {
            let _readable_once_it_is_gone = process.readable().await;
            let _receiver_lives = ended.send(session);
        });
        Some(())
    }

    /// Whether nobody here knows how a session went, or whether it is over: it was begun on another machine, or
    /// before this one was started.
    fn is_from_elsewhere(&self, session: &str) -> bool {
        let Ok(directory) = self.data.session(session) else {
            return false;
        };
        let order = directory.load::<Order>(Outcome::ORDER).ok().flatten();
        let origin = order.and_then(|order| order.origin);
        let has_ended = directory.path(Outcome::FILE).exists();
        !has_ended && origin.is_some_and(|origin| Origin::of(directory.root()).ok() != Some(origin))
    }

    /// The process of a session, if it is there.
    fn process(&self, session: &str) -> Option<OwnedFd> {
        let directory = self.data.session(session).ok()?;
        let holder = directory.holder(Outcome::LOCK)?;
        let process = pidfd_open(Pid::from_raw(holder)?, PidfdFlags::NONBLOCK).ok()?;
        // The lock is looked at again: now the number cannot have become another process's.
        (directory.holder(Outcome::LOCK)? == holder).then_some(process)
    }

    /// Starts what an order says. One that is there already is left alone.
    ///
    /// # Errors
    ///
    /// The session's id, as far as it is known, and why it cannot begin.
    pub(crate) fn start(&mut self, payload: &[u8]) -> Result<(), (String, Failure)> {
        let order = InteractiveShell::parse(payload)
            .map_err(|error| (String::new(), Failure::Session(error.to_string())))?;
        let session = order.session_id;
        let started = self.start_one(&session, payload);
        started.map_err(|failure| (session, failure))
    }

    fn start_one(&mut self, session: &str, payload: &[u8]) -> Result<(), Failure> {
        let directory = self.data.session(session)?;
        if directory.root().exists() {
            return Ok(());
        }
        if self.running.len() >= self.limit {
            let text = format!(
                "this node has {} sessions already, as many as it takes",
                self.limit
            );
            return Err(Failure::Session(text));
        }
        directory.make()?;
        let order = Order {
            payload: String::from_utf8_lossy(payload).into_owned(),
            settings: self.settings.clone(),
            origin: Some(Origin::of(directory.root())?),
        };
        directory.save(Outcome::ORDER, &order)?;
        let mut child = Command::new("/proc/self/exe")
            .arg0("kagiban-agent")
            .arg("session-worker")
            .arg("--data")
            .arg(self.data.root())
            .args(["--session", session])
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(false)
            .spawn()?;
        self.running.insert(session.to_owned());
        let (ended, session) = (self.ended.clone(), session.to_owned());
        tokio::spawn(async move {
            let _status = child.wait().await;
            let _receiver_lives = ended.send(session);
        });
        Ok(())
    }

    /// The data directory.
    pub(crate) fn root(&self) -> &Path {
        self.data.root()
    }

    /// Asks a session to end.
    pub(crate) fn terminate(&self, session: &str) {
        if let Some(process) = self.process(session) {
            let _may_be_gone = pidfd_send_signal(process, Signal::TERM);
        }
    }

    /// How a session that has ended did.
    pub(crate) fn outcome(&mut self, session: &str) -> Outcome {
        self.running.remove(session);
        let kept = self
            .data
            .session(session)
            .and_then(|directory| directory.load(Outcome::FILE));
        let kept = kept.unwrap_or_else(|failure| {
            failure.report();
            None
        });
        kept.unwrap_or_else(|| {
            self.end_remains(session);
            Outcome::failed("the session's process has ended unexpectedly".to_owned())
        })
    }

    /// Ends what a process has left that could not do it itself.
    fn end_remains(&self, session: &str) {
        let directory = self.data.session(session);
        if let Ok(Some(remains)) = directory.and_then(|directory| directory.load::<Remains>(Remains::FILE)) {
            remains.end();
        }
    }

    /// The server knows that it has ended: nothing is kept.
    pub(crate) fn forget(&mut self, session: &str) {
        if self.running.contains(session) {
            return;
        }
        let removed = self
            .data
            .session(session)
            .and_then(|directory| directory.remove());
        if let Err(failure) = removed {
            failure.report();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(limit: usize) -> (tempfile::TempDir, Workers, mpsc::UnboundedReceiver<String>) {
        let directory = tempfile::tempdir().unwrap();
        let data = Data::open(directory.path()).unwrap();
        let (ended, told) = mpsc::unbounded_channel();
        (
            directory,
            Workers::new(data, Settings::default(), limit, ended),
            told,
        )
    }

    fn order(session: &str) -> Vec<u8> {
        let order = InteractiveShell {
            document_name: "x".to_owned(),
            document_content: serde_json::json!({}),
            session_id: session.to_owned(),
            parameters: serde_json::json!({}),
            run_as_user: String::new(),
            session_owner: String::new(),
        };
        order.to_bytes().to_vec()
    }

    #[tokio::test]
    async fn what_an_earlier_agent_left_is_taken_over() {
        let (_directory, mut workers, mut told) = workers(9);
        for session in ["runs", "ended", "vanished"] {
            workers.data.session(session).unwrap().make().unwrap();
        }
        let ended = workers.data.session("ended").unwrap();
        ended.save(Outcome::FILE, &Outcome::success()).unwrap();
        let lock = workers
            .data
            .session("runs")
            .unwrap()
            .lock(Outcome::LOCK)
            .unwrap()
            .unwrap();
        workers.adopt().unwrap();
        let mut over = [told.recv().await.unwrap(), told.recv().await.unwrap()];
        over.sort();
        assert_eq!(over, ["ended", "vanished"]);
        assert!(workers.running.contains("runs"));
        assert!(workers.outcome("ended").is_success);
        assert!(workers.outcome("vanished").output.contains("unexpectedly"));
        workers.forget("runs");
        workers.forget("ended");
        assert_eq!(
            workers.data.session_ids().unwrap().len(),
            2,
            "what runs is not forgotten"
        );
        drop(lock);
    }

    #[tokio::test]
    async fn sessions_of_the_machine_that_a_disk_was_copied_from_are_not_told_of() {
        let (directory, mut workers, mut told) = workers(9);
        let elsewhere = Origin::of(directory.path()).unwrap();
        for (session, is_own) in [("alive-there", false), ("ended-there", false), ("own", true)] {
            let data = workers.data.session(session).unwrap();
            data.make().unwrap();
            let order = Order {
                payload: String::new(),
                settings: Settings::default(),
                origin: Some(match is_own {
                    true => Origin::of(data.root()).unwrap(),
                    false => elsewhere.clone(),
                }),
            };
            data.save(Outcome::ORDER, &order).unwrap();
        }
        let ended = workers.data.session("ended-there").unwrap();
        ended.save(Outcome::FILE, &Outcome::success()).unwrap();
        workers.adopt().unwrap();
        let mut over = [told.recv().await.unwrap(), told.recv().await.unwrap()];
        over.sort();
        assert_eq!(over, ["ended-there", "own"]);
        assert!(told.try_recv().is_err());
        let mut kept = workers.data.session_ids().unwrap();
        kept.sort();
        assert_eq!(kept, ["ended-there", "own"]);
    }

    #[test]
    fn orders_that_cannot_be_carried_out_are_refused_with_a_reason() {
        let (_directory, mut workers, _told) = workers(0);
        let (session, failure) = workers.start(&order("s")).unwrap_err();
        assert!(
            session == "s" && failure.to_string().contains("as many as it takes"),
            "{failure}"
        );
        assert!(workers.start(&order("../s")).is_err());
        assert!(workers.start(b"{}").is_err());
        workers.data.session("there").unwrap().make().unwrap();
        assert!(
            workers.start(&order("there")).is_ok(),
            "a second order is no news"
        );
    }
}
