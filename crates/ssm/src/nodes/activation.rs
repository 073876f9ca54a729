//! Activations: made for machines to come, each with a code that is shown once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::{SecretString, Timestamp};
use kagiban_iam::records::Tag;
use kagiban_iam::{Call, Entropy, With};
use kagiban_store::Txn;

use super::NodeError;
use crate::records::{Activation, CodeHash, Guesses, Rights, keys};
use crate::{State, wire};

/// How long an activation lasts unless it is said.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long it may last.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Wrong codes in a row that cost nothing.
const FREE_GUESSES: u32 = 5;
/// What the next one costs, doubled by each that follows.
const FIRST_PAUSE_SECONDS: i64 = 30;
const LONGEST_PAUSE_SECONDS: i64 = 15 * 60;

/// An activation as a request describes it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) rights: Rights,
    pub(crate) description: Option<String>,
    pub(crate) default_instance_name: Option<String>,
    pub(crate) limit: u32,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) tags: Vec<Tag>,
}

/// An activation that has been made: what its maker is told, and nobody else.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) code: SecretString,
    pub(crate) expires: Timestamp,
}

impl Wanted {
    /// Makes it, with an id and a code of its own.
    ///
    /// # Errors
    ///
    /// `InvalidExpiration` for an end that is past or too far away.
    pub(crate) fn make(self, call: &Call<'_>, with: &With<'_>) -> Result<(Txn, Made), NodeError> {
        let expires = self.expires.unwrap_or(with.now.plus(A_DAY));
        if expires <= with.now || expires > with.now.plus(LONGEST) {
            return Err(NodeError::InvalidExpiration);
        }
        let (id, code) = (with.entropy.uuid(), code(with.entropy));
        let text = |text: Option<String>| text.filter(|text| !text.is_empty()).map(Into::into);
        let activation = Activation {
            code: CodeHash::of(&code, with.entropy),
            rights: self.rights,
            description: text(self.description),
            default_instance_name: text(self.default_instance_name),
            limit: self.limit,
            registrations: 0,
            created: with.now,
            created_by: call.caller.arn.as_str().into(),
            expires,
            tags: self.tags.into(),
            guesses: None,
            rest: Default::default(),
        };
        let key = keys::activation(call.scope, &id);
        let mut txn = Txn::new();
        txn.absent(key.clone()).put(key, &activation);
        Ok((txn, Made { id, code, expires }))
    }
}

/// Twenty characters of base64's alphabet: 120 bits.
fn code(entropy: &Entropy) -> SecretString {
    STANDARD.encode(entropy.key::<15>().as_ref()).into()
}

impl Activation {
    /// Holds a code against the activation's.
    ///
    /// # Errors
    ///
    /// `WrongCode`, which is to be counted; `TooManyGuesses` for a while when there were many.
    pub(crate) fn prove(&self, id: &str, code: &SecretString, now: Timestamp) -> Result<(), NodeError> {
        if let Some(Guesses { wrong, last }) = self.guesses.filter(|guesses| guesses.wrong >= FREE_GUESSES) {
            let doublings = (wrong - FREE_GUESSES).min(8);
            let pause = (FIRST_PAUSE_SECONDS << doublings).min(LONGEST_PAUSE_SECONDS);
            let seconds = last.seconds() + pause - now.seconds();
            if seconds > 0 {
                return Err(NodeError::TooManyGuesses { wrong, seconds });
            }
        }
        match self.code.is_of(code) {
            true => Ok(()),
            false => Err(NodeError::WrongCode(id.into())),
        }
    }

    /// Whether it has ended.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires <= now
    }

    /// As DescribeActivations prints it.
    pub(crate) fn printed(&self, id: &str, now: Timestamp) -> wire::Activation {
        let count = |count: u32| Some(i32::try_from(count).unwrap_or(i32::MAX));
        wire::Activation {
            activation_id: Some(id.to_owned()),
            description: self.description.as_deref().map(Into::into),
            default_instance_name: self.default_instance_name.as_deref().map(Into::into),
            iam_role: match &self.rights {
                Rights::Role(role) => Some(role.to_string()),
                Rights::InstanceProfile(_) => None,
            },
            registration_limit: count(self.limit),
            registrations_count: count(self.registrations),
            expiration_date: Some(self.expires),
            expired: Some(self.has_expired(now)),
            created_date: Some(self.created),
            tags: Some(crate::tags::wire(&self.tags)),
        }
    }
}

/// Counts a wrong code with its activation, before whoever gave it is told: a count in memory would begin
/// anew with every restart.
pub(crate) fn counted(error: &NodeError, state: &State, now: Timestamp) -> Txn {
    let mut txn = Txn::new();
    let NodeError::WrongCode(id) = error else {
        return txn;
    };
    if let Some((home, activation)) = state.activation_anywhere(id) {
        let wrong = activation.guesses.map_or(0, |guesses| guesses.wrong);
        let new = Activation {
            guesses: Some(Guesses {
                wrong: wrong.saturating_add(1),
                last: now,
            }),
            ..Activation::clone(activation)
        };
        let key = keys::activation(home, id);
        txn.unchanged(key.clone(), Some(activation.revision))
            .put(key, &new);
    }
    txn
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_000_000;

    fn activation(guesses: Option<Guesses>) -> (Activation, SecretString) {
        let code = code(&Entropy::system());
        let activation = Activation {
            code: CodeHash::of(&code, &Entropy::system()),
            rights: Rights::Role("node".into()),
            description: None,
            default_instance_name: None,
            limit: 1,
            registrations: 0,
            created: Timestamp::from_seconds(AT),
            created_by: "arn:aws:iam::111122223333:root".into(),
            expires: Timestamp::from_seconds(AT + 60),
            tags: Box::default(),
            guesses,
            rest: Default::default(),
        };
        (activation, code)
    }

    fn after(wrong: u32, seconds: i64) -> Result<(), NodeError> {
        let last = Timestamp::from_seconds(AT);
        let (activation, code) = activation(Some(Guesses { wrong, last }));
        activation.prove("id", &code, Timestamp::from_seconds(AT + seconds))
    }

    #[test]
    fn a_code_is_twenty_characters_and_the_only_one_that_proves() {
        let (activation, code) = activation(None);
        assert_eq!(code.expose().len(), 20);
        let now = Timestamp::from_seconds(AT);
        assert_eq!(activation.prove("id", &code, now), Ok(()));
        let wrong = SecretString::from("A".repeat(20));
        assert_eq!(
            activation.prove("id", &wrong, now),
            Err(NodeError::WrongCode("id".into()))
        );
    }

    #[test]
    fn pauses_begin_with_the_fifth_wrong_code_double_and_end_at_fifteen_minutes() {
        assert_eq!(after(4, 0), Ok(()));
        for (wrong, pause) in [(5, 30), (6, 60), (9, 480), (10, 900), (u32::MAX, 900)] {
            let refused = NodeError::TooManyGuesses { wrong, seconds: 1 };
            assert_eq!(after(wrong, pause - 1), Err(refused), "{wrong}");
            assert_eq!(after(wrong, pause), Ok(()), "{wrong}");
        }
    }

    #[test]
    fn what_is_kept_of_a_code_does_not_tell_it() {
        let (activation, code) = activation(None);
        let kept = serde_json::to_string(&activation).unwrap() + &format!("{activation:?}");
        assert!(!kept.contains(code.expose()));
    }
}
