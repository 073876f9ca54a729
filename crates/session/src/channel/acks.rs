use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::acknowledge::Acknowledge;
use crate::message::{MessageId, MessageType};

/// In the fast dialect an acknowledgement waits this long for others to join it,
const PATIENCE: Duration = Duration::from_millis(10);
/// or for this many messages,
const MANY: u32 = 32;
/// or for this part of the window.
const PART: u64 = 8;

/// More plain acknowledgements than this are not kept; what is not acknowledged comes again.
const MOST: usize = 16_384;

/// The acknowledgements that are to be sent.
#[derive(Debug)]
pub(super) enum Acks {
    /// One for each message.
    Plain(VecDeque<(i64, MessageId)>),
    /// One for all.
    Fast(Fast),
}

/// What the next acknowledgement of the fast dialect will say, and when.
#[derive(Debug)]
pub(super) struct Fast {
    window: u64,
    /// How many messages it will cover, and their last.
    messages: u32,
    bytes: u64,
    latest: MessageId,
    announced: u64,
    due: Option<Instant>,
}

impl Acks {
    pub(super) fn plain() -> Acks {
        Acks::Plain(VecDeque::new())
    }

    pub(super) fn fast(window: u64, now: Instant) -> Acks {
        Acks::Fast(Fast {
            window,
            messages: 0,
            bytes: 0,
            latest: MessageId([0; 16]),
            announced: window,
            due: Some(now), // for those that have come before
        })
    }

    /// A message has come; `at_once` if its sender has waited in vain before.
    pub(super) fn arrived(&mut self, sequence: i64, id: MessageId, bytes: u64, at_once: bool, now: Instant) {
        match self {
            Acks::Plain(pending) if pending.len() < MOST => pending.push_back((sequence, id)),
            Acks::Plain(_) => (),
            Acks::Fast(fast) => fast.arrived(id, bytes, at_once, now),
        }
    }

    /// The reader has taken up to here.
    pub(super) fn consumed(&mut self, consumed: u64, now: Instant) {
        if let Acks::Fast(fast) = self
            && consumed + fast.window >= fast.announced + fast.window / PART
        {
            fast.due = Some(now);
        }
    }

    /// Says it again, as it may have been lost.
    pub(super) fn repeat(&mut self, now: Instant) {
        if let Acks::Fast(fast) = self {
            fast.due = Some(now);
        }
    }

    /// The next acknowledgement that is due; `expected` is the number of the next message.
    pub(super) fn next(
        &mut self,
        of: MessageType,
        (expected, consumed): (i64, u64),
        now: Instant,
    ) -> Option<Acknowledge> {
        match self {
            Acks::Plain(pending) => {
                let (sequence, id) = pending.pop_front()?;
                Some(Acknowledge::of(of, id, sequence))
            }
            Acks::Fast(fast) => {
                fast.due.take_if(|due| *due <= now)?;
                (fast.messages, fast.bytes) = (0, 0);
                fast.announced = consumed + fast.window;
                Some(Acknowledge {
                    cumulative: true,
                    allowance: Some(fast.announced),
                    ..Acknowledge::of(of, fast.latest, expected - 1)
                })
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Acks::Plain(_) => None,
            Acks::Fast(fast) => fast.due,
        }
    }
}

impl Fast {
    fn arrived(&mut self, id: MessageId, bytes: u64, at_once: bool, now: Instant) {
        self.messages += 1;
        self.bytes += bytes;
        self.latest = id;
        let enough = at_once || self.messages >= MANY || self.bytes >= self.window / PART;
        let wanted = match enough {
            true => now,
            false => now + PATIENCE,
        };
        self.due = Some(self.due.map_or(wanted, |due| due.min(wanted)));
    }
}
