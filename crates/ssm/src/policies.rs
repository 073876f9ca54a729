//! Parameter policies: when a parameter ends, and when somebody is to be told of it.
//!
//! They belong to a version's metadata: a new version inherits them, a list in the request replaces
//! them all, and the list of nothing (`[{}]`) takes them away. [`crate::upkeep`] carries them out.
//!
//! Source: Systems Manager User Guide, "Assigning parameter policies in Parameter Store".

use std::time::Duration;

use kagiban_aws::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ParameterError, instant, wire};

const MAX_POLICIES: usize = 10;
/// What a unit's number may be: more than anybody waits, and no time overflows.
const MAX_UNITS: u32 = 1_000_000;

/// One policy of a version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Policy {
    /// What it demands.
    pub rule: Rule,
    /// Whether it has been carried out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub finished: bool,
}

/// What a policy demands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Rule {
    /// The parameter is deleted at a moment.
    Expiration {
        /// That moment.
        at: Timestamp,
        /// The moment as the author wrote it.
        written: Box<str>,
    },
    /// Somebody is told so long before the parameter ends.
    ExpirationNotification {
        /// How many units before.
        before: u32,
        /// Which.
        unit: Unit,
    },
    /// Somebody is told when the parameter has not been changed for so long.
    NoChangeNotification {
        /// How many units after the last change.
        after: u32,
        /// Which.
        unit: Unit,
    },
}

/// What policies count.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Unit {
    /// Of 24 hours.
    Days,
    /// Of 60 minutes.
    Hours,
}

impl Unit {
    fn parse(word: &str) -> Option<Unit> {
        match word {
            "Days" => Some(Unit::Days),
            "Hours" => Some(Unit::Hours),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Unit::Days => "Days",
            Unit::Hours => "Hours",
        }
    }

    fn times(self, count: u32) -> Duration {
        let hours = match self {
            Unit::Days => 24,
            Unit::Hours => 1,
        };
        Duration::from_secs(u64::from(count) * hours * 3600)
    }
}

impl Rule {
    /// AWS's word for its kind.
    pub fn name(&self) -> &'static str {
        match self {
            Rule::Expiration { .. } => "Expiration",
            Rule::ExpirationNotification { .. } => "ExpirationNotification",
            Rule::NoChangeNotification { .. } => "NoChangeNotification",
        }
    }

    /// When somebody is to be told; never for an expiration, which tells nobody.
    pub(crate) fn notifies_at(&self, expires: Option<Timestamp>, modified: Timestamp) -> Option<Timestamp> {
        match self {
            Rule::Expiration { .. } => None,
            Rule::ExpirationNotification { before, unit } => Some(expires?.minus(unit.times(*before))),
            Rule::NoChangeNotification { after, unit } => Some(modified.plus(unit.times(*after))),
        }
    }

    /// The policy's JSON, with the members in the order of AWS's examples.
    fn text(&self) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let attributes = match self {
            Rule::Expiration { written, .. } => format!(r#""Timestamp":{}"#, quoted(written)),
            Rule::ExpirationNotification { before, unit } => {
                format!(r#""Before":"{before}","Unit":"{}""#, unit.as_str())
            }
            Rule::NoChangeNotification { after, unit } => {
                format!(r#""After":"{after}","Unit":"{}""#, unit.as_str())
            }
        };
        let name = self.name();
        format!(r#"{{"Type":"{name}","Version":"1.0","Attributes":{{{attributes}}}}}"#)
    }
}

/// When a version's policies let the parameter end.
pub(crate) fn expiry(policies: &[Policy]) -> Option<Timestamp> {
    policies.iter().find_map(|policy| match policy.rule {
        Rule::Expiration { at, .. } => Some(at),
        Rule::ExpirationNotification { .. } | Rule::NoChangeNotification { .. } => None,
    })
}

/// The policies of a parameter that has expired and is brought back: all but those about its end.
pub(crate) fn without_end(policies: &[Policy]) -> Box<[Policy]> {
    let stays = |policy: &&Policy| matches!(policy.rule, Rule::NoChangeNotification { .. });
    policies.iter().filter(stays).cloned().collect()
}

/// The policies of a new version that brings none: the same, and the wait for a change begins anew.
pub(crate) fn inherited(policies: &[Policy]) -> Box<[Policy]> {
    let inherit = |policy: &Policy| Policy {
        finished: policy.finished && !matches!(policy.rule, Rule::NoChangeNotification { .. }),
        rule: policy.rule.clone(),
    };
    policies.iter().map(inherit).collect()
}

/// As answers print them.
pub(crate) fn wire(policies: &[Policy]) -> Vec<wire::ParameterInlinePolicy> {
    let print = |policy: &Policy| wire::ParameterInlinePolicy {
        policy_text: Some(policy.rule.text()),
        policy_type: Some(policy.rule.name().to_owned()),
        policy_status: Some(if policy.finished { "Finished" } else { "Pending" }.to_owned()),
    };
    policies.iter().map(print).collect()
}

/// Reads the policies of a request; none for a list of nothing. Expirations lie after `now`.
///
/// # Errors
///
/// `InvalidPolicyAttribute`, `InvalidPolicyType`, `IncompatiblePolicy`, `TooManyPolicies`.
//
// UNSURE: AWS's own sentences for the first two have not been seen.
pub(crate) fn parse(text: &str, now: Timestamp) -> Result<Box<[Policy]>, ParameterError> {
    // The wire takes 4096 characters at most, and the parser has a depth limit.
    let written: Vec<Map<String, Value>> = serde_json::from_str(text)
        .map_err(|_| invalid("The policies are not a JSON list of policies.".to_owned()))?;
    if written.len() > MAX_POLICIES {
        return Err(ParameterError::TooManyPolicies);
    }
    if written.iter().all(Map::is_empty) {
        return Ok(Box::default());
    }
    let rules = written
        .iter()
        .map(|policy| parse_rule(policy, now))
        .collect::<Result<Vec<Rule>, _>>()?;
    compatible(&rules)?;
    let pending = |rule| Policy {
        rule,
        finished: false,
    };
    Ok(rules.into_iter().map(pending).collect())
}

fn compatible(rules: &[Rule]) -> Result<(), ParameterError> {
    let count = |name| rules.iter().filter(|rule| rule.name() == name).count();
    let expirations = count("Expiration");
    // UNSURE: that AWS refuses a notification of an expiration that never comes.
    if expirations > 1 || expirations == 0 && count("ExpirationNotification") > 0 {
        return Err(ParameterError::IncompatiblePolicy(
            "There is a conflict in the policies specified for this parameter. You can't, for example, specify two Expiration policies for a parameter. Review your policies, and try again.",
        ));
    }
    Ok(())
}

fn parse_rule(policy: &Map<String, Value>, now: Timestamp) -> Result<Rule, ParameterError> {
    let name = policy.get("Type").and_then(Value::as_str).unwrap_or_default();
    let attributes = policy.get("Attributes").and_then(Value::as_object);
    let read = match name {
        "Expiration" => expiration,
        "ExpirationNotification" => expiration_notification,
        "NoChangeNotification" => no_change_notification,
        _ => {
            let sentence = "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.";
            return Err(ParameterError::InvalidPolicyType(sentence.to_owned()));
        }
    };
    let version = policy.get("Version").and_then(Value::as_str);
    let known = ["Type", "Version", "Attributes"];
    if version != Some("1.0") || policy.keys().any(|key| !known.contains(&key.as_str())) {
        return Err(invalid(format!(
            "A policy of type {name} has Type, Version 1.0 and Attributes."
        )));
    }
    attributes
        .and_then(read)
        .filter(|rule| !matches!(rule, Rule::Expiration { at, .. } if *at <= now))
        .ok_or_else(|| {
            invalid(format!(
                "A policy of type {name} has an attribute that is invalid."
            ))
        })
}

fn expiration(attributes: &Map<String, Value>) -> Option<Rule> {
    let written = only(attributes, ["Timestamp"])?[0];
    Some(Rule::Expiration {
        at: instant::read(written)?,
        written: written.into(),
    })
}

fn expiration_notification(attributes: &Map<String, Value>) -> Option<Rule> {
    let [before, unit] = only(attributes, ["Before", "Unit"])?;
    let (before, unit) = (count(before)?, Unit::parse(unit)?);
    Some(Rule::ExpirationNotification { before, unit })
}

fn no_change_notification(attributes: &Map<String, Value>) -> Option<Rule> {
    let [after, unit] = only(attributes, ["After", "Unit"])?;
    let (after, unit) = (count(after)?, Unit::parse(unit)?);
    Some(Rule::NoChangeNotification { after, unit })
}

/// The texts of these attributes, if they are all there are.
fn only<'a, const N: usize>(attributes: &'a Map<String, Value>, names: [&str; N]) -> Option<[&'a str; N]> {
    if attributes.len() != N {
        return None;
    }
    let texts: Option<Vec<&str>> = names.iter().map(|name| attributes.get(*name)?.as_str()).collect();
    texts?.try_into().ok()
}

fn count(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|digit| digit.is_ascii_digit());
    let count = text.parse().ok().filter(|_| digits)?;
    (1..=MAX_UNITS).contains(&count).then_some(count)
}

fn invalid(sentence: String) -> ParameterError {
    ParameterError::InvalidPolicyAttribute(sentence)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
    const EXPIRATION: &str =
        r#"{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-01-01T00:00:00.000Z"}}"#;
    const NOTICE: &str =
        r#"{"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"15","Unit":"Days"}}"#;
    const NO_CHANGE: &str =
        r#"{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"60","Unit":"Hours"}}"#;

    fn read(policies: &[&str]) -> Result<Box<[Policy]>, ParameterError> {
        parse(&format!("[{}]", policies.join(", ")), NOW)
    }

    fn code(policies: &[&str]) -> &'static str {
        read(policies).unwrap_err().code()
    }

    #[test]
    fn a_list_of_nothing_is_no_policy() {
        for text in ["[{}]", "[]", " [ {} ] "] {
            assert_eq!(parse(text, NOW), Ok(Box::default()), "{text}");
        }
    }

    #[test]
    fn policies_are_printed_as_they_were_written() {
        let policies = read(&[EXPIRATION, NOTICE, NO_CHANGE]).unwrap();
        let printed = wire(&policies);
        let texts: Vec<&str> = printed
            .iter()
            .map(|policy| policy.policy_text.as_deref().unwrap())
            .collect();
        assert_eq!(texts, [EXPIRATION, NOTICE, NO_CHANGE]);
        assert!(
            printed
                .iter()
                .all(|policy| policy.policy_status.as_deref() == Some("Pending"))
        );
    }

    #[test]
    fn notifications_are_due_before_the_end_and_after_the_last_change() {
        let policies = read(&[EXPIRATION, NOTICE, NO_CHANGE]).unwrap();
        let end = expiry(&policies).unwrap();
        let days = |count: u64| Duration::from_secs(count * 86_400);
        assert_eq!(
            policies[1].rule.notifies_at(Some(end), NOW),
            Some(end.minus(days(15)))
        );
        assert_eq!(
            policies[2].rule.notifies_at(Some(end), NOW),
            Some(NOW.plus(Duration::from_secs(60 * 3600)))
        );
        assert_eq!(policies[0].rule.notifies_at(Some(end), NOW), None);
    }

    #[test]
    fn a_new_version_waits_for_a_change_anew_and_is_told_of_its_end_once() {
        let mut policies = read(&[EXPIRATION, NOTICE, NO_CHANGE]).unwrap();
        policies.iter_mut().for_each(|policy| policy.finished = true);
        let finished: Vec<bool> = inherited(&policies)
            .iter()
            .map(|policy| policy.finished)
            .collect();
        assert_eq!(finished, [true, true, false]);
    }

    #[test]
    fn broken_policies_have_the_codes_of_aws() {
        for text in ["x", "{}", "[1]", r#"["x"]"#, "null"] {
            let refused = parse(text, NOW).unwrap_err();
            assert_eq!(refused.code(), "InvalidPolicyAttributeException", "{text}");
        }
        assert_eq!(code(&[r#"{"Type":"x"}"#]), "InvalidPolicyTypeException");
        assert_eq!(code(&[EXPIRATION, "{}"]), "InvalidPolicyTypeException");
        assert_eq!(code(&[EXPIRATION, EXPIRATION]), "IncompatiblePolicyException");
        assert_eq!(code(&[NOTICE]), "IncompatiblePolicyException");
        assert_eq!(code(&[NO_CHANGE; 11]), "PoliciesLimitExceededException");
        assert!(read(&[NO_CHANGE; 10]).is_ok());
    }

    #[test]
    fn attributes_that_are_missing_unknown_or_out_of_bounds_are_refused() {
        let policy = |name: &str, attributes: &str| {
            format!(r#"{{"Type":"{name}","Version":"1.0","Attributes":{attributes}}}"#)
        };
        for broken in [
            r#"{"Type":"Expiration","Attributes":{"Timestamp":"2030-01-01T00:00:00Z"}}"#.to_owned(),
            r#"{"Type":"Expiration","Version":"1.0"}"#.to_owned(),
            EXPIRATION.replace("1.0", "2.0"),
            EXPIRATION.replace("2030", "2020"),
            EXPIRATION.replace("Z", ""),
            policy("Expiration", "{}"),
            policy(
                "Expiration",
                r#"{"Timestamp":"2030-01-01T00:00:00Z","Unit":"Days"}"#,
            ),
            policy("NoChangeNotification", r#"{"After":"60"}"#),
            policy("NoChangeNotification", r#"{"After":"0","Unit":"Days"}"#),
            policy("NoChangeNotification", r#"{"After":"-1","Unit":"Days"}"#),
            policy("NoChangeNotification", r#"{"After":"+1","Unit":"Days"}"#),
            policy("NoChangeNotification", r#"{"After":"1000001","Unit":"Days"}"#),
            policy("NoChangeNotification", r#"{"After":"60","Unit":"Weeks"}"#),
            policy("NoChangeNotification", r#"{"Before":"60","Unit":"Days"}"#),
        ] {
            assert_eq!(code(&[&broken]), "InvalidPolicyAttributeException", "{broken}");
        }
    }

    proptest! {
        #[test]
        fn reading_any_text_never_panics(text in r#"[\[\]{}",:a-zA-Z0-9. ]{0,80}"#) {
            let _ = parse(&text, NOW);
        }
    }
}
