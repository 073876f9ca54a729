use std::borrow::Cow;
use std::io;
use std::net::IpAddr;

use kagiban_aws::{AccountId, Region, Timestamp};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

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
    pub(super) fn write_members(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let start = out.len();
        serde_json::to_writer(&mut *out, self)?;
        out.remove(start);
        out.pop();
        Ok(())
    }
}

impl Serialize for Event<'_> {
    /// One flat object; what is not known is left out.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", &self.time)?;
        optional(&mut map, "changed", self.changed.as_ref())?;
        map.serialize_entry("service", self.service)?;
        map.serialize_entry("operation", self.operation)?;
        let (outcome, code) = match self.outcome {
            Outcome::Allowed => ("allowed", None),
            Outcome::Denied => ("denied", None),
            Outcome::Failed { code } => ("failed", Some(code)),
        };
        map.serialize_entry("outcome", outcome)?;
        optional(&mut map, "code", code.as_ref())?;
        optional(&mut map, "rule", self.rule.as_ref())?;
        map.serialize_entry("resources", &self.resources)?;
        optional(&mut map, "principal", self.principal.as_ref())?;
        optional(&mut map, "access_key_id", self.access_key_id.as_ref())?;
        optional(&mut map, "account", self.account.as_ref())?;
        optional(&mut map, "region", self.region.as_ref())?;
        optional(&mut map, "source_ip", self.source_ip.as_ref())?;
        optional(&mut map, "user_agent", self.user_agent.map(shortened).as_ref())?;
        if !self.encryption_context.is_empty() {
            map.serialize_entry("encryption_context", &Context(&self.encryption_context))?;
        }
        map.serialize_entry("request_id", self.request_id)?;
        map.end()
    }
}

fn optional<M: SerializeMap>(
    map: &mut M,
    name: &'static str,
    value: Option<&impl Serialize>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}

fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(Event::MAX_USER_AGENT)]
}

struct Context<'a>(&'a [(Cow<'a, str>, Cow<'a, str>)]);

impl Serialize for Context<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(event: &Event<'_>) -> String {
        let mut out = Vec::new();
        event.write_members(&mut out).unwrap();
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
