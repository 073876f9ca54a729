//! Which actions a statement is about.

use crate::effort::Effort;
use crate::glob::Glob;
use crate::malformed::MalformedPolicy;

/// One pattern of an `Action` element, in lower case. The service is literal, so service and name can
/// be matched as one text; the single `*` is the only pattern without a service.
#[derive(Clone, Debug)]
pub(crate) struct ActionPattern {
    glob: Glob,
    is_sts: bool,
}

impl ActionPattern {
    /// Every action.
    pub(crate) const ANY: ActionPattern = ActionPattern {
        glob: Glob::Any,
        is_sts: false,
    };

    /// Reads `service:Name`, where only the name may have wildcards.
    pub(crate) fn parse(text: &str) -> Result<ActionPattern, MalformedPolicy> {
        if text == "*" {
            return Ok(Self::ANY);
        }
        let (service, name) = text.split_once(':').ok_or(MalformedPolicy::NoVendor)?;
        if service.is_empty() || !service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(MalformedPolicy::InvalidVendor(service.into()));
        }
        if name.contains(':') {
            return Err(MalformedPolicy::ManyColons);
        }
        Ok(ActionPattern {
            glob: Glob::parse(&text.to_ascii_lowercase()),
            is_sts: service.eq_ignore_ascii_case("sts"),
        })
    }

    /// Whether the pattern speaks of this action; `false` too if the effort gave up.
    pub(crate) fn matches(&self, action: &Action, effort: &Effort) -> bool {
        self.glob.matches_bytes(action.as_bytes(), effort)
    }

    /// Whether every action that the pattern can match is one of STS's.
    pub(crate) fn is_sts(&self) -> bool {
        self.is_sts
    }
}

/// An action of a request, in lower case; without an allocation if it is of ordinary length.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Short { bytes: [u8; Self::SHORT], len: usize },
    Long(Box<[u8]>),
}

impl Action {
    const SHORT: usize = 64;

    pub(crate) fn new(text: &str) -> Action {
        let mut bytes = [0; Self::SHORT];
        let len = text.len();
        match bytes.get_mut(..len) {
            Some(place) => {
                place.copy_from_slice(text.as_bytes());
                place.make_ascii_lowercase();
                Action::Short { bytes, len }
            }
            None => Action::Long(text.to_ascii_lowercase().into_bytes().into()),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Action::Short { bytes, len } => &bytes[..*len],
            Action::Long(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, action: &str) -> bool {
        ActionPattern::parse(pattern)
            .unwrap()
            .matches(&Action::new(action), &Effort::new())
    }

    #[test]
    fn case_is_ignored_and_white_space_is_not() {
        assert!(matches("SSM:getparameter", "ssm:GetParameter"));
        assert!(matches("ssm:Get*", "ssm:GetParametersByPath"));
        assert!(!matches("ssm: Get*", "ssm:GetParameter"));
        assert!(!matches("ssm:Get?arameter", "ssm:GetParameters"));
    }

    #[test]
    fn an_action_of_any_length_is_read() {
        let long = "x".repeat(200);
        assert!(matches("ssm:*X", &format!("SSM:{long}")));
        assert!(!matches("ssm:*y", &format!("ssm:{long}")));
    }

    #[test]
    fn the_service_is_literal() {
        assert!(!matches("ssm:*", "ssmmessages:OpenDataChannel"));
        for refused in [
            "s*:GetParameter",
            ":Get",
            "GetParameter",
            "ssm:Get:x",
            "",
            "**",
            "s m:x",
        ] {
            assert!(ActionPattern::parse(refused).is_err(), "{refused}");
        }
    }
}
