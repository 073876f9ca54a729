//! Parameter policies: Expiration, ExpirationNotification, NoChangeNotification.
//!
//! They are read and held against AWS's rules, and then refused: a parameter that is said to expire
//! and does not would be worse than an error. `[{}]`, which removes all policies, is let through.
//
// DIFFERS: AWS carries policies out; here none is accepted, because nothing would carry it out.

use serde_json::Value;

use crate::ParameterError;

const MAX_POLICIES: usize = 10;
const TYPES: [&str; 3] = ["Expiration", "ExpirationNotification", "NoChangeNotification"];

/// Whether a text asks for any policy.
///
/// # Errors
///
/// `InvalidPolicyAttribute` if the text is not a list of objects; `TooManyPolicies`.
pub(crate) fn any(text: &str) -> Result<bool, ParameterError> {
    let wanted = parse(text)?;
    Ok(wanted.iter().any(|policy| !is_empty(policy)))
}

/// Holds policies against AWS's rules, then refuses them.
///
/// # Errors
///
/// Always: the first rule that is broken, or that policies are not built yet.
pub(crate) fn refuse(text: &str) -> Result<(), ParameterError> {
    let types = parse(text)?
        .iter()
        .map(policy_type)
        .collect::<Result<Vec<String>, _>>()?;
    let expirations = types.iter().filter(|name| *name == "Expiration").count();
    if expirations > 1 || expirations == 0 && types.iter().any(|name| name == "ExpirationNotification") {
        // UNSURE: AWS's own sentence has not been seen.
        return Err(ParameterError::IncompatiblePolicy(
            "There is a conflict in the policies specified for this parameter.",
        ));
    }
    let refused = "Parameter policies are not built yet in this server; leave Policies out of the request.";
    Err(ParameterError::Validation(refused.to_owned()))
}

fn parse(text: &str) -> Result<Vec<Value>, ParameterError> {
    // UNSURE: AWS's own sentence has not been seen. The text has at most 4096 characters, and the parser a depth limit.
    let malformed =
        || ParameterError::InvalidPolicyAttribute("The policies are not a JSON list of policies.".to_owned());
    let policies: Vec<Value> = serde_json::from_str(text).map_err(|_| malformed())?;
    if policies.len() > MAX_POLICIES {
        return Err(ParameterError::TooManyPolicies);
    }
    if policies.iter().all(Value::is_object) {
        Ok(policies)
    } else {
        Err(malformed())
    }
}

fn is_empty(policy: &Value) -> bool {
    policy.as_object().is_some_and(serde_json::Map::is_empty)
}

fn policy_type(policy: &Value) -> Result<String, ParameterError> {
    let name = policy["Type"].as_str().unwrap_or_default();
    if !TYPES.contains(&name) {
        return Err(ParameterError::InvalidPolicyType(format!(
            "The policy type {name} is not supported."
        )));
    }
    if policy["Version"] != "1.0" || !policy["Attributes"].is_object() {
        return Err(ParameterError::InvalidPolicyAttribute(format!(
            "A policy of type {name} needs Version 1.0 and Attributes."
        )));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_nothing_asks_for_no_policy() {
        for text in ["[{}]", "[]", " [ {} ] "] {
            assert_eq!(any(text), Ok(false), "{text}");
        }
    }

    #[test]
    fn a_well_formed_policy_is_refused_in_plain_words() {
        let text =
            r#"[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-01-01T00:00:00Z"}}]"#;
        assert_eq!(any(text), Ok(true));
        insta::assert_snapshot!(refuse(text).unwrap_err(), @"Parameter policies are not built yet in this server; leave Policies out of the request.");
    }

    #[test]
    fn broken_policies_have_the_codes_of_aws() {
        let expiration = r#"{"Type":"Expiration","Version":"1.0","Attributes":{}}"#;
        let refused = |text: &str| any(text).and_then(|_| refuse(text)).unwrap_err().code();
        assert_eq!(refused("x"), "InvalidPolicyAttributeException");
        assert_eq!(refused("{}"), "InvalidPolicyAttributeException");
        assert_eq!(refused(r#"[{"Type":"x"}]"#), "InvalidPolicyTypeException");
        assert_eq!(
            refused(&format!("[{expiration},{expiration}]")),
            "IncompatiblePolicyException"
        );
        assert_eq!(
            refused(&format!("[{}]", ["{}"; 11].join(","))),
            "PoliciesLimitExceededException"
        );
    }
}
