//! What every operation of every service is made of.
//!
//! The edge runs them all alike: read the wire, `parse`, ask for the `requirements`, authorize,
//! then let the handler `decide`. A handler takes only [`Authorized`], so one that skips the
//! decision does not compile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kagiban_aws::wire::{Input, Output};
use kagiban_aws::{Fault, Timestamp};
use kagiban_store::{Entry, Key, Rev, Txn};

use crate::authorize::{Authorized, Denied, Requirement};
use crate::{Call, Decision, Entropy, ProviderUrl, Scope};

/// One operation of one service.
pub trait Operation: Clone + Sized {
    /// Whether the request may come without any signature: only if it brings a proof of its own, which
    /// [`Operation::requirements`] then has to verify. A broken signature is refused all the same.
    const UNSIGNED: bool = false;
    /// Whether a managed node may call it that has signed with its own key, and not with credentials.
    const FOR_NODES: bool = false;
    /// The IAM action, such as `ssm:PutParameter`.
    const ACTION: &'static str;
    /// What AWS's clients send, field by field.
    type Wire: Input;
    /// What they get back.
    type Output: Output;
    /// Why the operation may be refused.
    type Error: Into<Fault>;
    /// The part of memory that the operation sees, at one revision.
    type View<'v>: AsRef<crate::State>;

    /// Turns what was sent into a request that cannot be wrong.
    ///
    /// # Errors
    ///
    /// What is wrong with the request, whoever sent it.
    fn parse(wire: Self::Wire) -> Result<Self, Self::Error>;

    /// Everything the caller must be allowed, all of it. Empty only for the few operations that
    /// AWS lets everyone call.
    ///
    /// # Errors
    ///
    /// If what the request names has to exist before anyone can say who may use it.
    fn requirements(&self, call: &Call<'_>, view: &Self::View<'_>) -> Result<Vec<Requirement>, Self::Error>;

    /// What the caller must be allowed besides, as far as the records of [`Operation::cold`] tell, once they
    /// have been read.
    fn further_requirements(
        &self,
        _call: &Call<'_>,
        _view: &Self::View<'_>,
        _cold: &[Entry],
    ) -> Vec<Requirement> {
        Vec::new()
    }

    /// The prefixes of records that the handler needs and memory does not hold.
    fn cold(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> Vec<Key> {
        Vec::new()
    }

    /// What lacks still, once the handler has been given `cold`: all that it needs then, as prefixes; nothing
    /// if it has it all. What has been read may say that more is needed; it is asked a few times.
    fn colder(&self, _call: &Call<'_>, _view: &Self::View<'_>, _cold: &[Entry]) -> Vec<Key> {
        Vec::new()
    }

    /// The issuer whose keys have to be known before anyone can say who asks; it is asked once, then
    /// the operation has to do with what is known.
    fn unknown_keys(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> Option<ProviderUrl> {
        None
    }

    /// The id of an earlier request, if the handler needs to know what the audit log says of it.
    fn recalls(&self) -> Option<&str> {
        None
    }

    /// Whether deciding may take a processor so long that others would notice: then it waits until it is
    /// the caller's turn, and is not done on a thread that serves requests.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        false
    }

    /// What the answer waits for, if there is nothing to tell yet. Asked again whenever it has happened,
    /// until the patience is over; then the operation has to do with what there is.
    fn waits(&self, _call: &Call<'_>, _view: &Self::View<'_>, _with: &With<'_>) -> Option<Wait> {
        None
    }

    /// Decides on one immutable view; nothing is written until the edge commits the decision.
    ///
    /// # Errors
    ///
    /// Why the operation is refused.
    fn decide(
        request: Authorized<Self>,
        call: &Call<'_>,
        view: &Self::View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<Self::Output>, Self::Error>;

    /// Where a request belongs that nobody has signed, as far as what it names tells: for the audit.
    fn home(&self, _view: &Self::View<'_>) -> Option<Scope> {
        None
    }

    /// What was made or found for a request that nobody has signed, by its ARN: for the audit.
    fn found(_output: &Self::Output, _home: Scope) -> Option<String> {
        None
    }

    /// What is written before the caller is told of an error: nothing, except where errors are counted.
    fn aftermath(_error: &Self::Error, _call: &Call<'_>, _view: &Self::View<'_>) -> Txn {
        Txn::new()
    }

    /// KMS's encryption context, which is public by its nature: the audit shows it.
    fn encryption_context(&self) -> Option<Arc<BTreeMap<String, String>>> {
        None
    }

    /// What the caller is told when a requirement is not met.
    fn refused(denied: &Denied) -> Denial {
        Denial::Because(denied.sentence.clone())
    }
}

/// Something that has not happened yet.
#[derive(Clone, Debug)]
pub struct Wait {
    /// In which account and Region.
    pub scope: Scope,
    /// What it is, in words that only the service reads.
    pub topic: String,
    /// Only what comes after this revision counts.
    pub after: Rev,
    /// For how long, in all.
    pub patience: Duration,
}

/// How a refusal is put to the caller; the code and status are the wire's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Denial {
    /// Access denied, in these words.
    Because(String),
    /// Another error stands in for the refusal.
    As(Fault),
}

/// What a handler may use besides its request and the view.
#[derive(Debug)]
pub struct With<'w> {
    /// When the request was received.
    pub now: Timestamp,
    /// Randomness.
    pub entropy: &'w Entropy,
    /// The records under the prefixes of [`Operation::cold`], one prefix after another, each in key order.
    pub cold: &'w [Entry],
    /// What the audit log says of the request of [`Operation::recalls`]: the line's JSON.
    pub recalled: Option<&'w [u8]>,
    /// The newest revision when the operation first had to wait, if it had to.
    pub since: Option<Rev>,
}
