use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::{Event, cost};
use crate::message::PayloadType;

/// How far ahead a message may be, as at AWS's plugin.
const MAX_AHEAD: i64 = 10_000;

/// What became of a message of the stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Taken {
    /// It is the next, or is kept until those before it come.
    Kept,
    /// It was here before.
    Again,
    /// There is no room for it; it has to come again.
    Dropped,
}

/// The messages that have arrived: in order for who reads them, and those that came too early.
#[derive(Debug)]
pub(super) struct Incoming {
    expected: i64,
    early: BTreeMap<i64, (PayloadType, Bytes)>,
    early_bytes: u64,
    inbox: VecDeque<Event>,
    inbox_bytes: u64,
    /// What the reader has taken since the stream began.
    consumed: u64,
    limit: u64,
}

impl Incoming {
    /// Holds at most `limit` bytes for the reader, and as many of what came too early.
    pub(super) fn new(limit: u64) -> Incoming {
        Incoming {
            expected: 0,
            early: BTreeMap::new(),
            early_bytes: 0,
            inbox: VecDeque::new(),
            inbox_bytes: 0,
            consumed: 0,
            limit,
        }
    }

    /// The number of the next message.
    pub(super) fn expected(&self) -> i64 {
        self.expected
    }

    pub(super) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Whether the reader is so far behind that nothing more should be read from the network.
    pub(super) fn is_full(&self) -> bool {
        self.inbox_bytes >= self.limit
    }

    /// What is kept in all.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> u64 {
        self.early_bytes + self.inbox_bytes
    }

    pub(super) fn stream(&mut self, sequence: i64, payload_type: PayloadType, payload: Bytes) -> Taken {
        if sequence < self.expected {
            return Taken::Again;
        }
        if sequence > self.expected {
            return self.keep(sequence, payload_type, payload);
        }
        if self.is_full() {
            return Taken::Dropped;
        }
        self.accept(payload_type, payload);
        while let Some((payload_type, payload)) = self.early.remove(&self.expected) {
            self.early_bytes -= cost(payload.len());
            self.accept(payload_type, payload);
        }
        Taken::Kept
    }

    fn keep(&mut self, sequence: i64, payload_type: PayloadType, payload: Bytes) -> Taken {
        if self.early.contains_key(&sequence) {
            return Taken::Again;
        }
        let too_far = sequence - self.expected > MAX_AHEAD;
        if too_far || self.early_bytes + cost(payload.len()) > self.limit {
            return Taken::Dropped;
        }
        self.early_bytes += cost(payload.len());
        self.early.insert(sequence, (payload_type, payload));
        Taken::Kept
    }

    fn accept(&mut self, payload_type: PayloadType, payload: Bytes) {
        self.expected += 1;
        self.event(Event::Data {
            payload_type,
            payload,
        });
    }

    /// Puts an event behind what came before it.
    pub(super) fn event(&mut self, event: Event) {
        self.inbox_bytes += event.cost();
        self.inbox.push_back(event);
    }

    /// The same for news that a reader who is far behind does without.
    pub(super) fn news(&mut self, event: Event) {
        if !self.is_full() {
            self.event(event);
        }
    }

    pub(super) fn take(&mut self) -> Option<Event> {
        let event = self.inbox.pop_front()?;
        self.inbox_bytes -= event.cost();
        if let Event::Data { .. } = event {
            self.consumed += event.cost();
        }
        Some(event)
    }
}
