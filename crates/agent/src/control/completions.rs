//! Ends of sessions that the server does not know of yet.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use kagiban_session::control::{TaskComplete, TaskStatus};
use kagiban_session::message::{Flags, Message, MessageId, MessageIds, MessageType, PayloadType};
use tokio::time::Instant;

use crate::workers::Outcome;

/// Between the first and the second time; twice as long each time, up to [`LONGEST`].
const AGAIN: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// What is said until it is acknowledged.
pub(super) struct Completions {
    ids: MessageIds,
    waiting: BTreeMap<String, Completion>,
}

struct Completion {
    id: MessageId,
    task: TaskComplete,
    next: Instant,
    pause: Duration,
}

impl Completions {
    pub(super) fn new(random: [u8; 16]) -> Completions {
        Completions {
            ids: MessageIds::new(random),
            waiting: BTreeMap::new(),
        }
    }

    /// A session has ended.
    pub(super) fn add(&mut self, node: &str, session: &str, outcome: &Outcome) {
        let status = match outcome.is_success {
            true => TaskStatus::Success,
            false => TaskStatus::Failed,
        };
        let completion = Completion {
            id: self.ids.take(),
            task: TaskComplete::new(session, node, status, &outcome.output),
            next: Instant::now(),
            pause: AGAIN,
        };
        self.waiting.insert(session.to_owned(), completion);
    }

    /// A session could not even begin.
    pub(super) fn add_failed(&mut self, node: &str, session: &str, why: &str) {
        if !session.is_empty() {
            self.add(node, session, &Outcome::failed(why.to_owned()));
        }
    }

    /// The server knows it.
    pub(super) fn acknowledged(&mut self, session: &str) {
        self.waiting.remove(session);
    }

    /// There is a new channel: everything is said at once.
    pub(super) fn all_now(&mut self) {
        for completion in self.waiting.values_mut() {
            (completion.next, completion.pause) = (Instant::now(), AGAIN);
        }
    }

    /// When the next one is due; far away if there is none.
    pub(super) fn next(&self) -> Instant {
        let next = self.waiting.values().map(|completion| completion.next).min();
        next.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600))
    }

    /// A frame that is due now.
    pub(super) fn due(&mut self) -> Option<Bytes> {
        let now = Instant::now();
        let completion = self
            .waiting
            .values_mut()
            .find(|completion| completion.next <= now)?;
        let message = Message {
            message_type: MessageType::AgentTaskComplete,
            sequence: 0,
            flags: Flags::default(),
            id: completion.id,
            created_ms: unix_ms(),
            payload_type: PayloadType::None,
            payload: completion.task.to_bytes(),
        };
        completion.task.retry_number += 1;
        completion.next = now + completion.pause;
        completion.pause = (completion.pause * 2).min(LONGEST);
        Some(message.to_bytes())
    }
}

fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(frame: Bytes) -> (String, u32, TaskStatus) {
        let message = Message::parse(frame).unwrap();
        let task = TaskComplete::parse(&message.payload).unwrap();
        (message.id.to_string(), task.retry_number, task.final_task_status)
    }

    #[test]
    fn an_end_is_said_under_one_name_until_it_is_known() {
        let mut completions = Completions::new([7; 16]);
        completions.add_failed("mi-1", "", "nobody would know what");
        assert!(completions.due().is_none());
        completions.add("mi-1", "s", &Outcome::default());
        let first = said(completions.due().unwrap());
        assert!(completions.due().is_none(), "not twice at once");
        completions.all_now();
        let second = said(completions.due().unwrap());
        assert_eq!((first.1, second.1, first.0 == second.0), (1, 2, true));
        assert_eq!(
            first.2,
            TaskStatus::Failed,
            "an outcome is a success only if it says so"
        );
        completions.acknowledged("s");
        completions.all_now();
        assert!(completions.due().is_none());
    }
}
