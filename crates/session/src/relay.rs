//! What the gateway remembers of acknowledgements, so that a message that is known to have arrived is not
//! relayed again.
//!
//! AWS's peers put a message on their lists after they have written it. When its acknowledgement is faster
//! than that, they never see it, and send the message for ever; the plugin, at the other end, ignores what
//! it has and acknowledges it only once. So the gateway answers for it.

use std::collections::BTreeSet;

use crate::acknowledge::Acknowledge;

/// More numbers than this above the mark are not remembered: the message is then relayed once more.
const MOST: usize = 16_384;

/// The acknowledgements that were relayed for the stream of one direction.
#[derive(Debug, Default)]
pub struct AcknowledgedMarks {
    /// All numbers below this are acknowledged,
    below: i64,
    /// and these.
    sparse: BTreeSet<i64>,
}

impl AcknowledgedMarks {
    /// Remembers an acknowledgement of this direction's stream that was relayed to its sender.
    pub fn note(&mut self, acknowledge: &Acknowledge) {
        let sequence = acknowledge.sequence;
        if sequence < self.below || sequence == i64::MAX {
            return;
        }
        if acknowledge.cumulative {
            self.below = sequence + 1;
            self.sparse = self.sparse.split_off(&self.below);
        } else if self.sparse.len() < MOST || sequence == self.below {
            self.sparse.insert(sequence);
        }
        while self.sparse.remove(&self.below) {
            self.below += 1;
        }
    }

    /// Whether this message was acknowledged: then it is answered with a fresh acknowledgement and not
    /// relayed.
    pub fn covers(&self, sequence: i64) -> bool {
        sequence < self.below || self.sparse.contains(&sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{MessageId, MessageType};

    fn acknowledge(sequence: i64) -> Acknowledge {
        Acknowledge::of(MessageType::OutputStreamData, MessageId([0; 16]), sequence)
    }

    #[test]
    fn numbers_are_remembered_in_whatever_order_they_come() {
        let mut marks = AcknowledgedMarks::default();
        assert!(!marks.covers(0));
        for sequence in [1, 0, 4, -7, 4] {
            marks.note(&acknowledge(sequence));
        }
        let covered: Vec<i64> = (0..6).filter(|sequence| marks.covers(*sequence)).collect();
        assert_eq!(covered, [0, 1, 4]);
        assert_eq!(marks.sparse.len(), 1);
    }

    #[test]
    fn one_of_our_own_covers_all_before_it() {
        let mut marks = AcknowledgedMarks::default();
        marks.note(&acknowledge(9));
        marks.note(&Acknowledge {
            cumulative: true,
            ..acknowledge(8)
        });
        assert!(marks.covers(9) && !marks.covers(10));
        assert!(marks.sparse.is_empty());
    }

    #[test]
    fn memory_is_bounded_and_the_stream_goes_on() {
        let mut marks = AcknowledgedMarks::default();
        for sequence in (1..100_000).step_by(2) {
            marks.note(&acknowledge(sequence));
        }
        assert_eq!(marks.sparse.len(), MOST);
        marks.note(&acknowledge(0));
        assert!(marks.covers(1) && !marks.covers(99_999));
        marks.note(&acknowledge(i64::MAX));
        assert!(!marks.covers(i64::MAX));
    }
}
