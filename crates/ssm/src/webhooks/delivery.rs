//! What a webhook delivers next.

use aws_lc_rs::hmac;
use kagiban_aws::{SecretString, Timestamp};
use kagiban_iam::explanation::{Subject, subject};
use kagiban_iam::{Call, Facts, Scope, hex};
use kagiban_store::Rev;
use serde_json::{Value, json};

use crate::View;
use crate::changes::Change;
use crate::feed::Question;
use crate::listing::Span;
use crate::records::{DeadLetter, Webhook};

/// How many changes are delivered at once.
const MOST: usize = 50;

/// What a webhook has to do.
#[derive(Clone, Debug)]
pub enum Next {
    /// Nothing; everything up to this revision has been looked at.
    Quiet(Rev),
    /// To deliver this.
    Deliver(Delivery),
}

/// Something to deliver.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What the receiver may tell it by: the same when it is delivered once more.
    pub id: String,
    /// What is sent.
    pub body: String,
    /// Where to go on afterwards.
    pub reached: Rev,
}

impl View<'_> {
    /// What comes after a revision, as far as the webhook's maker may read it now. Whoever made it and is gone
    /// may read nothing.
    pub fn next_delivery(
        &self,
        scope: Scope,
        name: &str,
        webhook: &Webhook,
        after: Rev,
        now: Timestamp,
    ) -> Next {
        let quiet = Next::Quiet(self.ssm.feed().revision());
        let creator = webhook.creator.parse().ok();
        let caller = match creator.and_then(|arn| subject(&arn, self.iam, now)) {
            Some(Subject::Caller(caller)) => *caller,
            Some(Subject::Federated) | None => return quiet,
        };
        let facts = Facts {
            request_id: String::new(),
            now,
            source_ip: [127, 0, 0, 1].into(),
            secure: true,
            user_agent: None,
            referer: None,
        };
        let call = Call {
            caller: &caller,
            scope,
            facts: &facts,
            via: None,
        };
        let question = Question {
            span: &Span::below(&webhook.path, webhook.recursive),
            after,
            most: MOST,
        };
        let (events, reached, missed) = match self.news(question, &call) {
            Ok(news) if news.changes.is_empty() => return Next::Quiet(news.reached),
            Ok(news) => (news.changes, news.reached, false),
            Err(_forgotten) => (Vec::new(), self.ssm.feed().revision(), true),
        };
        let id = id(&webhook.secret, after, reached);
        let mut body = json!({
            "Webhook": name,
            "Id": id,
            "Date": seconds(now),
            "Events": events.into_iter().map(told).collect::<Vec<_>>(),
        });
        if missed {
            body["Missed"] = true.into();
        }
        Next::Deliver(Delivery {
            id,
            body: body.to_string(),
            reached,
        })
    }
}

fn told(change: &Change) -> Value {
    let mut event = json!({
        "Kind": change.kind.as_str(),
        "Name": change.name,
        "Date": seconds(change.date),
    });
    if let Some(version) = change.version {
        event["Version"] = version.into();
    }
    if let Some(kind) = change.r#type {
        event["Type"] = kind.as_str().into();
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
pub fn letter(delivery: &Delivery, attempts: u32, error: &str, now: Timestamp) -> DeadLetter {
    DeadLetter {
        id: delivery.id.as_str().into(),
        date: now,
        attempts,
        last_error: error.into(),
        body: delivery.body.as_str().into(),
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
