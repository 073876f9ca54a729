use std::borrow::Cow;
use std::net::IpAddr;

use kagiban_aws::{AccountId, Region, Timestamp};

use super::members::Members;

/// One thing that somebody did or tried to do.
///
/// Nothing in here may be secret: a parameter has a name here, never a value.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// The id that the answer carries too.
    pub request_id: &'a str,
    /// When the request was decided.
    pub time: Timestamp,
    /// Where the connection came from; `None` for what the server does by itself.
    pub source_ip: Option<IpAddr>,
    /// ARN of who signed, once that was proven.
    pub principal: Option<&'a str>,
    /// The access key id that was presented, proven or not.
    pub access_key_id: Option<&'a str>,
    /// The account that was acted in, if it is known.
    pub account: Option<AccountId>,
    /// The region that was acted in, if it is known.
    pub region: Option<Region>,
    /// The service, such as `kms`.
    pub service: &'a str,
    /// The operation, such as `Decrypt`.
    pub operation: &'a str,
    /// ARNs of what was acted on.
    pub resources: Vec<Cow<'a, str>>,
    /// How it ended.
    pub outcome: Outcome<'a>,
    /// Which policy and statement decided, in words.
    pub rule: Option<&'a str>,
    /// What the client calls itself; only the first [`Event::MAX_USER_AGENT`] bytes are kept.
    pub user_agent: Option<&'a str>,
    /// KMS's encryption context, which is public by its nature.
    pub encryption_context: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The store's revision, if the event is a change.
    pub changed: Option<u64>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome<'a> {
    /// It was allowed and it worked.
    Allowed,
    /// A policy, a key policy or a missing proof forbade it.
    Denied,
    /// It was allowed and did not work.
    Failed {
        /// The fault's code, such as `ParameterNotFound`.
        code: &'a str,
    },
}

impl<'a> Event<'a> {
    /// Bytes of a user agent that are kept.
    pub const MAX_USER_AGENT: usize = 256;

    /// Something the server did by itself.
    pub fn own(time: Timestamp, operation: &'a str, resource: Cow<'a, str>) -> Event<'a> {
        Event {
            request_id: "",
            time,
            source_ip: None,
            principal: None,
            access_key_id: None,
            account: None,
            region: None,
            service: "audit",
            operation,
            resources: vec![resource],
            outcome: Outcome::Allowed,
            rule: None,
            user_agent: None,
            encryption_context: Vec::new(),
            changed: None,
        }
    }

    /// Writes the event's members, without the braces: the line puts its own before and after.
    /// What is not known is left out.
    pub(super) fn write_members(&self, out: &mut Vec<u8>) {
        let mut members = Members::of(out);
        members.signed("\"time\":", self.time.millis());
        if let Some(revision) = self.changed {
            members.unsigned("\"changed\":", revision);
        }
        members.text("\"service\":", self.service);
        members.text("\"operation\":", self.operation);
        self.outcome.write(&mut members);
        members.optional("\"rule\":", self.rule);
        members.list("\"resources\":", self.resources.iter().map(AsRef::as_ref));
        members.optional("\"principal\":", self.principal);
        members.optional("\"access_key_id\":", self.access_key_id);
        if let Some(account) = self.account {
            members.digits("\"account\":", account.number(), 12);
        }
        members.optional("\"region\":", self.region.as_ref().map(Region::as_str));
        if let Some(address) = self.source_ip {
            members.address("\"source_ip\":", address);
        }
        members.optional("\"user_agent\":", self.user_agent.map(shortened));
        if !self.encryption_context.is_empty() {
            let pairs = self.encryption_context.iter();
            members.map(
                "\"encryption_context\":",
                pairs.map(|(name, value)| (&**name, &**value)),
            );
        }
        members.text("\"request_id\":", self.request_id);
        members.end();
    }
}

impl Outcome<'_> {
    fn write(self, members: &mut Members<'_>) {
        let (outcome, code) = match self {
            Outcome::Allowed => ("allowed", None),
            Outcome::Denied => ("denied", None),
            Outcome::Failed { code } => ("failed", Some(code)),
        };
        members.text("\"outcome\":", outcome);
        members.optional("\"code\":", code);
    }
}

fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(Event::MAX_USER_AGENT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(event: &Event<'_>) -> String {
        let mut out = Vec::new();
        event.write_members(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let event = Event::own(Timestamp::from_millis(7), "Recover", "x".into());
        assert_eq!(
            printed(&event),
            r#""time":7,"service":"audit","operation":"Recover","outcome":"allowed","resources":["x"],"request_id":"""#
        );
    }

    #[test]
    fn a_failure_has_its_code_and_a_change_its_revision() {
        let event = Event {
            outcome: Outcome::Failed { code: "Throttling" },
            changed: Some(9),
            encryption_context: vec![("a".into(), "b".into())],
            ..Event::own(Timestamp::from_millis(7), "Recover", "x".into())
        };
        let text = printed(&event);
        assert!(
            text.contains(r#""changed":9,"#) && text.contains(r#""outcome":"failed","code":"Throttling""#)
        );
        assert!(text.contains(r#""encryption_context":{"a":"b"}"#), "{text}");
    }

    #[test]
    fn a_long_user_agent_is_cut_between_characters() {
        let agent = format!("{}é", "x".repeat(255));
        let event = Event {
            user_agent: Some(&agent),
            ..Event::own(Timestamp::from_millis(7), "Recover", "x".into())
        };
        assert!(printed(&event).contains(&format!(r#""user_agent":"{}","#, "x".repeat(255))));
    }

    #[test]
    fn a_line_break_in_foreign_text_never_breaks_a_line() {
        let event = Event {
            user_agent: Some("a\nb\u{2028}\"}"),
            ..Event::own(Timestamp::from_millis(7), "Recover", "x".into())
        };
        assert!(!printed(&event).contains('\n'));
    }
}
