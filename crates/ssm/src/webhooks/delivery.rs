//! What a webhook delivers next.

use aws_lc_rs::hmac;
use kagiban_aws::{SecretString, Timestamp};
use kagiban_iam::{Call, Facts, Scope, hex};
use kagiban_store::Rev;
use serde_json::{Value, json};

use super::reader::Reader;
use crate::View;
use crate::changes::Change;
use crate::feed::Question;
use crate::listing::Span;
use crate::records::{DeadLetter, Told, Webhook};

/// How many changes are delivered at once.
const MOST: usize = 50;
/// Bytes of tags that are kept with what is given up.
const TAGS: usize = 64 << 10;

/// What a webhook has to do.
#[derive(Clone, Debug)]
pub enum Next {
    /// Nothing; everything up to this revision has been looked at.
    Quiet(Rev),
    /// To deliver this, and to go on after that revision.
    Deliver(Message, Rev),
}

/// Something to deliver. Nothing of it is sent without asking [`View::still_told`] first.
#[derive(Clone, Debug)]
pub struct Message {
    /// What the receiver may tell it by: the same when it is delivered once more.
    pub id: Box<str>,
    /// When it was made.
    pub made: Timestamp,
    /// Whether something is missing before it.
    pub missed: bool,
    /// What it tells.
    pub events: Vec<Told>,
}

impl Message {
    /// What is sent.
    pub fn body(&self, webhook: &str) -> String {
        let mut body = json!({
            "Webhook": webhook,
            "Id": self.id,
            "Date": seconds(self.made),
            "Events": self.events.iter().map(printed).collect::<Vec<_>>(),
        });
        if self.missed {
            body["Missed"] = true.into();
        }
        body.to_string()
    }
}

impl From<DeadLetter> for Message {
    fn from(letter: DeadLetter) -> Message {
        Message {
            id: letter.id,
            made: letter.made,
            missed: letter.missed,
            events: letter.events,
        }
    }
}

impl View<'_> {
    /// What comes after a revision, as far as the webhook's maker may read it now. Whoever made it and is gone
    /// may read nothing.
    pub fn next_delivery(&self, scope: Scope, webhook: &Webhook, after: Rev, now: Timestamp) -> Next {
        let question = Question {
            span: &Span::below(&webhook.path, webhook.recursive),
            after,
            most: MOST,
        };
        let newest = self.ssm.feed().revision();
        let news = self.as_its_maker(scope, webhook, now, |call| self.news(question, call));
        let (events, reached, missed) = match news {
            None => return Next::Quiet(newest),
            Some(Ok(news)) if news.changes.is_empty() => return Next::Quiet(news.reached),
            Some(Ok(news)) => (news.changes, news.reached, false),
            Some(Err(_forgotten)) => (Vec::new(), newest, true),
        };
        let message = Message {
            id: id(&webhook.secret, after, reached).into(),
            made: now,
            missed,
            events: events.into_iter().map(told).collect(),
        };
        Next::Deliver(message, reached)
    }

    /// What of a message may be sent now: what the webhook's maker may no longer read is left out. None if
    /// nothing is left of it.
    pub fn still_told(
        &self,
        scope: Scope,
        webhook: &Webhook,
        message: &Message,
        now: Timestamp,
    ) -> Option<Message> {
        let events = self.as_its_maker(scope, webhook, now, |call| {
            let mut reader = Reader::new(self, call);
            let events = message.events.iter();
            events
                .filter(|told| reader.may_learn(told))
                .cloned()
                .collect::<Vec<_>>()
        })?;
        let is_left = message.missed || !events.is_empty();
        is_left.then(|| Message {
            events,
            ..message.clone()
        })
    }

    /// Asks something as if the webhook's maker asked; none if they are gone.
    fn as_its_maker<T>(
        &self,
        scope: Scope,
        webhook: &Webhook,
        now: Timestamp,
        ask: impl FnOnce(&Call<'_>) -> T,
    ) -> Option<T> {
        let caller = webhook.author.as_ref()?.calling(scope.account, self.iam)?;
        let facts = Facts {
            request_id: String::new(),
            now,
            source_ip: [127, 0, 0, 1].into(),
            secure: true,
            user_agent: None,
            referer: None,
        };
        Some(ask(&Call {
            caller: &caller,
            scope,
            facts: &facts,
            via: None,
        }))
    }
}

fn told(change: &Change) -> Told {
    Told {
        kind: change.kind.as_str().into(),
        name: change.name.clone(),
        version: change.version,
        r#type: change.r#type.map(|kind| kind.as_str().into()),
        date: change.date,
        tags: Some(change.tags.clone()),
    }
}

fn printed(told: &Told) -> Value {
    let mut event = json!({
        "Kind": told.kind,
        "Name": told.name,
        "Date": seconds(told.date),
    });
    if let Some(version) = told.version {
        event["Version"] = version.into();
    }
    if let Some(kind) = &told.r#type {
        event["Type"] = (&**kind).into();
    }
    event
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds fit for 285,000 years")]
fn seconds(time: Timestamp) -> f64 {
    time.millis() as f64 / 1000.0
}

/// Tells nothing of the revisions that it is made of.
fn id(secret: &SecretString, after: Rev, reached: Rev) -> String {
    let mac = hmac::sign(&key(secret), format!("delivery {after} {reached}").as_bytes());
    hex(&mac.as_ref()[..16])
}

fn key(secret: &SecretString) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes())
}

/// The header that proves where a delivery comes from: HMAC-SHA256 of the time, a point and the body, under
/// the secret's text.
pub fn signature(secret: &SecretString, unix: i64, body: &str) -> String {
    let mac = hmac::sign(&key(secret), format!("{unix}.{body}").as_bytes());
    format!("t={unix},v1={}", hex(mac.as_ref()))
}

/// A delivery that is given up.
pub fn letter(message: &Message, attempts: u32, error: &str, now: Timestamp) -> DeadLetter {
    let mut room = TAGS;
    let kept = |told: &Told| Told {
        tags: told.tags.clone().filter(|tags| {
            let bytes: usize = tags.iter().map(|tag| tag.key.len() + tag.value.len() + 32).sum();
            let fits = bytes <= room;
            room -= if fits { bytes } else { 0 };
            fits
        }),
        ..told.clone()
    };
    DeadLetter {
        id: message.id.clone(),
        date: now,
        attempts,
        last_error: error.into(),
        made: message.made,
        missed: message.missed,
        events: message.events.iter().map(kept).collect(),
        rest: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key`.
    #[test]
    fn a_signature_is_what_others_compute() {
        let secret = SecretString::from("key".to_owned());
        let signed = signature(&secret, 1_700_000_000, r#"{"a":1}"#);
        assert_eq!(
            signed,
            "t=1700000000,v1=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03"
        );
    }

    #[test]
    fn a_delivery_keeps_its_id_and_others_have_others() {
        let secret = |text: &str| SecretString::from(text.to_owned());
        let first = id(&secret("a"), Rev(1), Rev(2));
        assert_eq!(first, id(&secret("a"), Rev(1), Rev(2)));
        assert_eq!(first.len(), 32);
        for other in [id(&secret("a"), Rev(1), Rev(3)), id(&secret("b"), Rev(1), Rev(2))] {
            assert_ne!(first, other);
        }
    }
}
