//! What a handler decides: an answer, and what must be written for it to be true.

use kagiban_store::Txn;

/// An answer and the conditional transaction that makes it true.
///
/// Nothing is written until the edge commits it; if a condition fails, the handler decides again
/// on a fresher view.
#[derive(Debug)]
pub struct Decision<T> {
    /// Empty when the operation only reads.
    pub txn: Txn,
    /// What the client gets once the transaction is durable.
    pub output: T,
}

impl<T> Decision<T> {
    /// An answer that changes nothing.
    pub fn read(output: T) -> Decision<T> {
        Decision {
            txn: Txn::new(),
            output,
        }
    }

    /// An answer that holds once `txn` is committed.
    pub fn write(txn: Txn, output: T) -> Decision<T> {
        Decision { txn, output }
    }

    /// The same transaction with the answer turned into another.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Decision<U> {
        Decision {
            txn: self.txn,
            output: turn(self.output),
        }
    }
}
