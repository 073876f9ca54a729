//! Webhooks: changes below a path, delivered to a URL and signed.
//!
//! Here it is decided what is delivered next and when it is tried again; the server sends it. A
//! webhook's position, a revision, is written after a delivery, so one that was cut short by the end
//! of the server is made once more: at least once, and in order.

mod all;
mod delivery;
mod plan;
mod reader;
mod url;

use imbl::OrdMap;
use kagiban_aws::Timestamp;
use kagiban_iam::{ByName, Scope, Stored};
use kagiban_store::{Error, Event, HashMap, Key, Rev, Txn};

use crate::records::{DeadLetter, Webhook, keys};
use crate::{ParameterError, View};

pub use all::AllWebhooks;
pub use delivery::{Message, Next, letter, signature};
pub use plan::{LIFETIME, pause};
pub(crate) use reader::Reader;
pub(crate) use url::Target;

/// How many given up deliveries of a webhook are kept.
const MOST_LETTERS: usize = 1_000;
/// Bytes of them that are listed at once, about.
const PAGE: usize = 128 << 10;
/// What is said where the last delivery was not made for want of rights.
const WITHHELD: &str = "whoever made the webhook may no longer read what was to be delivered";

/// An account's webhooks in a Region, and the places of what they have given up.
#[derive(Clone, Debug, Default)]
pub struct Webhooks {
    by_name: ByName<Webhook>,
    /// With the bytes of each.
    letters: HashMap<Box<str>, OrdMap<Box<str>, usize>>,
}

impl Webhooks {
    /// A webhook.
    pub fn get(&self, name: &str) -> Option<&Stored<Webhook>> {
        self.by_name.get(name)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Stored<Webhook>)> {
        self.by_name.iter().map(|(name, webhook)| (&**name, webhook))
    }

    /// Whether there is neither a webhook nor anything given up.
    fn is_empty(&self) -> bool {
        self.by_name.is_empty() && self.letters.is_empty()
    }

    fn len(&self) -> usize {
        self.by_name.len()
    }

    /// The places of what a webhook has given up, oldest first.
    pub fn letters(&self, webhook: &str) -> impl Iterator<Item = &str> {
        let letters = self.letters.get(webhook).into_iter();
        letters.flat_map(|places| places.keys().map(AsRef::as_ref))
    }

    /// The places of those to be listed together, from a place on; and where the next page begins.
    pub(crate) fn page_of_letters(
        &self,
        webhook: &str,
        from: &str,
        most: usize,
    ) -> (Vec<&str>, Option<&str>) {
        let letters = self.letters.get(webhook).into_iter();
        let mut following = letters
            .flat_map(|places| places.range(Box::from(from)..))
            .peekable();
        let (mut page, mut bytes) = (Vec::new(), 0);
        while let Some((place, size)) = following.peek() {
            bytes += **size;
            let full = page.len() >= most || bytes > PAGE && !page.is_empty();
            if full {
                return (page, Some(place));
            }
            page.push(&***place);
            following.next();
        }
        (page, None)
    }

    /// Whether the webhooks themselves are as they were when these were taken. Costs nothing.
    pub fn are_still(&self, before: &Webhooks) -> bool {
        self.by_name.ptr_eq(&before.by_name)
    }

    fn apply(&mut self, name: &str, event: &Event) -> Result<(), Error> {
        kagiban_iam::apply(&mut self.by_name, name.into(), event)
    }

    fn apply_dead_letter(&mut self, webhook: &str, place: &str, event: &Event) {
        let places = self.letters.entry(webhook.into()).or_default();
        match &event.value {
            Some(value) => places.insert(place.into(), value.len()),
            None => places.remove(place),
        };
        if places.is_empty() {
            self.letters.remove(webhook);
        }
    }

    /// The transaction that gives a delivery up and goes on after it; of too many the oldest is dropped.
    pub fn give_up(
        &self,
        scope: Scope,
        name: &str,
        webhook: &Stored<Webhook>,
        dead: &DeadLetter,
        reached: Rev,
    ) -> Txn {
        let mut txn = moved(scope, name, webhook, |webhook| {
            webhook.position = reached.0;
            webhook.last_failure = Some(dead.last_error.clone());
        });
        let place = format!("{:015}-{}", dead.date.millis(), dead.id);
        txn.put(keys::dead_letter(scope, name, &place), dead);
        let surplus = (self.letters(name).count() + 1).saturating_sub(MOST_LETTERS);
        for oldest in self.letters(name).take(surplus) {
            txn.delete(keys::dead_letter(scope, name, oldest));
        }
        txn
    }
}

/// The transaction that changes a webhook's record, provided nobody else did.
pub fn moved(scope: Scope, name: &str, webhook: &Stored<Webhook>, change: impl FnOnce(&mut Webhook)) -> Txn {
    let mut next = Webhook::clone(webhook);
    change(&mut next);
    let key = keys::webhook(scope, name);
    let mut txn = Txn::new();
    txn.unchanged(key.clone(), Some(webhook.revision)).put(key, &next);
    txn
}

/// The transaction that counts a delivery.
pub fn delivered(
    scope: Scope,
    name: &str,
    webhook: &Stored<Webhook>,
    reached: Rev,
    when: Option<Timestamp>,
) -> Txn {
    moved(scope, name, webhook, |webhook| {
        webhook.position = reached.0;
        if when.is_some() {
            webhook.last_delivery = when;
            webhook.last_failure = None;
        }
    })
}

/// The transaction that goes on without a delivery, of which the webhook's maker may read nothing any more.
pub fn withheld(scope: Scope, name: &str, webhook: &Stored<Webhook>, reached: Rev) -> Txn {
    moved(scope, name, webhook, |webhook| {
        webhook.position = reached.0;
        webhook.last_failure = Some(WITHHELD.into());
    })
}

/// The same for one that had been given up, and lies at `place`.
pub fn withheld_letter(scope: Scope, name: &str, webhook: &Stored<Webhook>, place: Key) -> Txn {
    let mut txn = moved(scope, name, webhook, |webhook| {
        webhook.last_failure = Some(WITHHELD.into());
    });
    txn.delete(place);
    txn
}

impl<'v> View<'v> {
    /// A webhook.
    ///
    /// # Errors
    ///
    /// If there is none of that name.
    pub(crate) fn webhook(&self, scope: Scope, name: &str) -> Result<&'v Stored<Webhook>, ParameterError> {
        let webhooks = self.ssm.webhooks(scope);
        let found = webhooks.and_then(|webhooks| webhooks.get(name));
        found.ok_or_else(|| ParameterError::NoSuchWebhook(name.to_owned()))
    }
}
