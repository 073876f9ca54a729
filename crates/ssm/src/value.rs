//! What a value may be, whatever the parameter.

use kagiban_aws::SecretString;

use crate::{ParameterError, references};

/// The model's limit, in characters; the tiers' are narrower.
const MAX_CHARACTERS: usize = 32_768;

/// Holds a value against the model's limits, which the generated constraints lack.
///
/// # Errors
///
/// `Validation`. The sentence for an empty value is the peers'; the other one AWS's own, which
/// leaves the value out because it may be a secret.
pub(crate) fn parse(value: SecretString) -> Result<SecretString, ParameterError> {
    let refuse = |why: &str| {
        Err(ParameterError::Validation(format!(
            "1 validation error detected: {why}"
        )))
    };
    match value.expose().chars().count() {
        0 => refuse(
            "Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
        ),
        1..=MAX_CHARACTERS => Ok(value),
        _ => refuse(
            "Value at 'value' failed to satisfy constraint: Member must have length less than or equal to 32768",
        ),
    }
}

/// The references to other parameters in a value, which an account may have chosen to have resolved.
///
/// # Errors
///
/// As [`nested`] if there is anything else in double braces.
pub(crate) fn references(value: &SecretString) -> Result<Box<[Box<str>]>, ParameterError> {
    references::named(value.expose()).ok_or_else(nested)
}

/// AWS's refusal of a value that refers to another parameter.
pub(crate) fn nested() -> ParameterError {
    // UNSURE: AWS's sentence is remembered, not seen.
    let refused = r#"Parameter value can't nest another parameter. Do not use "{{}}" in the value."#;
    ParameterError::Validation(refused.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: String) -> String {
        parse(text.into())
            .and_then(|value| references(&value))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_sentences_for_values_out_of_bounds() {
        insta::assert_snapshot!(refused(String::new()), @"1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.");
        insta::assert_snapshot!(refused("x".repeat(32_769)), @"1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length less than or equal to 32768");
        insta::assert_snapshot!(refused("a {{ssm:x}}".into()), @r#"Parameter value can't nest another parameter. Do not use "{{}}" in the value."#);
    }

    #[test]
    fn single_or_unclosed_braces_are_plain_text() {
        for text in [r#"{"a":{"b":1}}"#, "{{", "}}{{"] {
            assert_eq!(references(&text.to_owned().into()), Ok(Box::default()), "{text}");
        }
    }
}
