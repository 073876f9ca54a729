use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::cost;
use super::timer::RoundTrip;
use crate::acknowledge::Acknowledge;

/// How long a sender without allowance waits before it tries with one message more: what told it to go
/// on may have been lost.
const PROBE: Duration = Duration::from_secs(1);

/// How old a message has to be before another's acknowledgement can stand for its own. AWS's plugin leaves a
/// message without one also while it sets a session up, and takes it when it comes again.
const DOUBT: Duration = Duration::from_secs(1);

/// The messages on the way, oldest first.
///
/// A message is in here before its frame is handed out: AWS's peers do it the other way round, and an
/// acknowledgement that is faster than they are leaves the message there for ever.
#[derive(Debug)]
pub(super) struct Outgoing {
    entries: VecDeque<Entry>,
    /// The number of the first entry.
    first: i64,
    /// No entry before this place is due.
    cursor: usize,
    bytes: u64,
    total: u64,
    /// Up to where in the stream the other end takes payloads.
    allowance: u64,
    /// Whether all go again when one is late, as the other end acknowledges all before it.
    cumulative: bool,
    trip: RoundTrip,
    /// When something was acknowledged last.
    progress: Option<Instant>,
    /// Since when nothing is on the way for want of allowance.
    blocked: Option<Instant>,
}

/// A message that is not acknowledged, or stands behind one that is not.
#[derive(Debug)]
struct Entry {
    /// Empty once it is acknowledged.
    frame: Bytes,
    /// What it counts for, and what those before it have.
    cost: u64,
    start: u64,
    /// Whether it is to be handed out.
    due: bool,
    sent: Option<Instant>,
    again: bool,
    acknowledged: bool,
    made: Instant,
    /// A socket was lost since it was sent: the other end may have it, and its acknowledgement be lost.
    doubtful: bool,
}

impl Outgoing {
    pub(super) fn new() -> Outgoing {
        Outgoing {
            entries: VecDeque::new(),
            first: 0,
            cursor: 0,
            bytes: 0,
            total: 0,
            allowance: u64::MAX,
            cumulative: false,
            trip: RoundTrip::new(),
            progress: None,
            blocked: None,
        }
    }

    /// The number that the next message gets.
    pub(super) fn next_sequence(&self) -> i64 {
        self.first + number(self.entries.len())
    }

    /// What is not acknowledged.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Grows with all that is acknowledged, and with how far the other end lets this one go.
    pub(super) fn progress(&self) -> u64 {
        let acknowledged = self.total - self.bytes;
        match self.cumulative {
            true => acknowledged.saturating_add(self.allowance),
            false => acknowledged,
        }
    }

    /// How many are kept, those included that wait for one before them.
    pub(super) fn messages(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// From now on the other end says how far to go, at first up to its window.
    pub(super) fn limit(&mut self, window: u64) {
        self.cumulative = true;
        self.allowance = window;
    }

    pub(super) fn push(&mut self, frame: Bytes, payload: usize, now: Instant) {
        self.entries.push_back(Entry {
            frame,
            cost: cost(payload),
            start: self.total,
            due: true,
            sent: None,
            again: false,
            acknowledged: false,
            made: now,
            doubtful: false,
        });
        self.total += cost(payload);
        self.bytes += cost(payload);
        self.note_block(now);
    }

    /// The next frame that may go now; none behind the number `last`.
    pub(super) fn next(&mut self, now: Instant, last: i64) -> Option<Bytes> {
        self.expire(now);
        while self.entries.get(self.cursor).is_some_and(|entry| !entry.due) {
            self.cursor += 1;
        }
        if self.first + number(self.cursor) > last {
            return None;
        }
        let probe = self.blocked.is_some_and(|since| now >= since + PROBE);
        let entry = self.entries.get_mut(self.cursor)?;
        if entry.waits(self.allowance) && !probe {
            return None;
        }
        entry.due = false;
        entry.again = entry.sent.is_some();
        entry.sent = Some(now);
        self.cursor += 1;
        self.blocked = None;
        self.entries.get(self.cursor - 1).map(|entry| entry.frame.clone())
    }

    /// When something is to be done if nothing comes before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let probe = self.blocked.map(|since| since + PROBE);
        probe.or_else(|| self.late_at())
    }

    /// All that is not acknowledged goes again: the way there was interrupted.
    pub(super) fn again(&mut self) {
        for entry in &mut self.entries {
            entry.due = !entry.acknowledged;
        }
        self.cursor = 0;
    }

    /// The socket was lost, and with it perhaps acknowledgements.
    pub(super) fn doubt(&mut self) {
        for entry in &mut self.entries {
            entry.doubtful = !self.cumulative && entry.sent.is_some();
        }
    }

    pub(super) fn acknowledge(&mut self, acknowledge: &Acknowledge, now: Instant) {
        if let (true, Some(allowance)) = (self.cumulative, acknowledge.allowance) {
            self.allowance = self.allowance.max(allowance);
        }
        let last = acknowledge.sequence.saturating_sub(self.first);
        let Some(last) = usize::try_from(last)
            .ok()
            .filter(|last| *last < self.entries.len())
        else {
            return self.note_block(now); // known already, or never sent
        };
        self.sample(last, now);
        match acknowledge.cumulative {
            true => (0..=last).for_each(|place| self.settle(place)),
            false => {
                self.settle_passed_over(last, now);
                self.settle(last);
            }
        }
        self.progress = Some(now);
        self.trip.progress();
        while self.entries.front().is_some_and(|entry| entry.acknowledged) {
            self.entries.pop_front();
            self.first += 1;
            self.cursor = self.cursor.saturating_sub(1);
        }
        self.note_block(now);
    }

    /// How long the way took, if it is plain which of the sendings was acknowledged.
    fn sample(&mut self, place: usize, now: Instant) {
        let entry = &self.entries[place];
        if let (Some(sent), false, false) = (entry.sent, entry.again, entry.acknowledged) {
            self.trip.sample(now.saturating_duration_since(sent));
        }
    }

    fn settle(&mut self, place: usize) {
        let entry = &mut self.entries[place];
        // What was never sent cannot have arrived, whatever the other end says.
        if !entry.acknowledged && entry.sent.is_some() {
            self.bytes -= entry.cost;
            entry.frame = Bytes::new();
            entry.acknowledged = true;
            entry.due = false;
        }
    }

    /// Settles what the other end must have had before: AWS's plugin does not acknowledge a second time. What
    /// was sent again, and after it for the first time a message that is acknowledged now, has arrived as well,
    /// for sockets and relays keep the order; had it been new, it would have been acknowledged.
    fn settle_passed_over(&mut self, last: usize, now: Instant) {
        let Some(first_sent) = self.entries[last].sent.filter(|_| !self.entries[last].again) else {
            return; // it is not plain which of its sendings has arrived
        };
        for place in 0..last {
            if self.entries[place].is_passed_over_by(first_sent, now) {
                self.settle(place);
            }
        }
    }

    fn note_block(&mut self, now: Instant) {
        let waits = self
            .entries
            .front()
            .is_some_and(|entry| entry.waits(self.allowance));
        self.blocked = waits.then(|| self.blocked.unwrap_or(now));
    }

    /// When the oldest counts as lost. As long as others are acknowledged, it only stands in a queue.
    fn late_at(&self) -> Option<Instant> {
        let oldest = self.entries.front().filter(|oldest| !oldest.due)?;
        Some(oldest.sent.max(self.progress)? + self.trip.timeout())
    }

    fn expire(&mut self, now: Instant) {
        if self.late_at().is_none_or(|late| now < late) {
            return;
        }
        self.trip.expired();
        if self.cumulative {
            return self.again();
        }
        if let Some(oldest) = self.entries.front_mut() {
            oldest.due = true;
            self.cursor = 0;
        }
    }
}

impl Entry {
    /// Whether it was sent again before that moment, and is old enough to be dealt with like this.
    fn is_passed_over_by(&self, moment: Instant, now: Instant) -> bool {
        let before = self.sent.is_some_and(|sent| sent <= moment);
        let old = now.saturating_duration_since(self.made) >= DOUBT;
        self.doubtful && self.again && !self.due && before && old
    }

    /// Whether it has not been sent and may not be yet.
    fn waits(&self, allowance: u64) -> bool {
        self.sent.is_none() && self.start >= allowance
    }
}

fn number(place: usize) -> i64 {
    i64::try_from(place).expect("the list is bounded")
}
