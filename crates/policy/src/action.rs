//! Which actions a statement is about.

use crate::glob::Glob;
use crate::malformed::MalformedPolicy;

/// One pattern of an `Action` element, in lower case.
#[derive(Clone, Debug)]
pub(crate) enum ActionPattern {
    /// The single `*`, the only pattern without a service.
    Any,
    Named {
        service: Box<str>,
        name: Glob,
    },
}

impl ActionPattern {
    /// Reads `service:Name`, where only the name may have wildcards.
    pub(crate) fn parse(text: &str) -> Result<ActionPattern, MalformedPolicy> {
        if text == "*" {
            return Ok(ActionPattern::Any);
        }
        let (service, name) = text.split_once(':').ok_or(MalformedPolicy::NoVendor)?;
        if service.is_empty() || !service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(MalformedPolicy::InvalidVendor(service.into()));
        }
        if name.contains(':') {
            return Err(MalformedPolicy::ManyColons);
        }
        Ok(ActionPattern::Named {
            service: service.to_ascii_lowercase().into(),
            name: Glob::parse(&name.to_ascii_lowercase()),
        })
    }

    /// Whether the pattern speaks of this action.
    pub(crate) fn matches(&self, action: Action<'_>) -> bool {
        match self {
            ActionPattern::Any => true,
            ActionPattern::Named { service, name } => {
                service.eq_ignore_ascii_case(action.service) && name.matches_ignoring_case(action.name)
            }
        }
    }

    /// Whether every action that the pattern can match is one of STS's.
    pub(crate) fn is_sts(&self) -> bool {
        matches!(self, ActionPattern::Named { service, .. } if &**service == "sts")
    }
}

/// An action of a request, cut at its colon once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Action<'a> {
    service: &'a str,
    name: &'a str,
}

impl<'a> Action<'a> {
    pub(crate) fn new(text: &'a str) -> Action<'a> {
        let (service, name) = text.split_once(':').unwrap_or((text, ""));
        Action { service, name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, action: &str) -> bool {
        ActionPattern::parse(pattern)
            .unwrap()
            .matches(Action::new(action))
    }

    #[test]
    fn case_is_ignored_and_white_space_is_not() {
        assert!(matches("SSM:getparameter", "ssm:GetParameter"));
        assert!(matches("ssm:Get*", "ssm:GetParametersByPath"));
        assert!(!matches("ssm: Get*", "ssm:GetParameter"));
        assert!(!matches("ssm:Get?arameter", "ssm:GetParameters"));
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
