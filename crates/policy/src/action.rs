//! Which actions a statement is about.

use crate::effort::Effort;
use crate::glob::Glob;
use crate::malformed::MalformedPolicy;

/// One pattern of an `Action` element, in lower case. The service is literal, so service and name can
/// be matched as one text; the single `*` is the only pattern without a service.
#[derive(Clone, Debug)]
pub(crate) struct ActionPattern {
    glob: Glob,
    services: Services,
    is_sts: bool,
}

/// A set of services, a bit for each; of sixty-four, so two services may share one. What the sets of a
/// statement and of an action do not share tells for certain that the statement is not about the action.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Services(u64);

impl Services {
    pub(crate) const NONE: Services = Services(0);
    pub(crate) const ALL: Services = Services(u64::MAX);

    /// The service of an action, which is in lower case.
    fn of(action: &[u8]) -> Services {
        // FNV-1a, cut to six bits.
        let service = action.iter().take_while(|byte| **byte != b':');
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        let hash = service.fold(0xCBF2_9CE4_8422_2325, step);
        Services(1 << (hash >> 58))
    }

    pub(crate) fn or(self, other: Services) -> Services {
        Services(self.0 | other.0)
    }

    pub(crate) fn meets(self, other: Services) -> bool {
        self.0 & other.0 != 0
    }
}

impl ActionPattern {
    /// Every action.
    pub(crate) const ANY: ActionPattern = ActionPattern {
        glob: Glob::Any,
        services: Services::ALL,
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
        let lowered = text.to_ascii_lowercase();
        Ok(ActionPattern {
            glob: Glob::parse(&lowered),
            services: Services::of(lowered.as_bytes()),
            is_sts: service.eq_ignore_ascii_case("sts"),
        })
    }

    /// Whether the pattern speaks of this action; `false` too if the effort gave up.
    pub(crate) fn matches(&self, action: &Action, effort: &Effort) -> bool {
        self.glob.matches_bytes(action.as_bytes(), effort)
    }

    /// The services whose actions the pattern can match, and perhaps some more.
    pub(crate) fn services(&self) -> Services {
        self.services
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

    pub(crate) fn services(&self) -> Services {
        Services::of(self.as_bytes())
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
    fn an_action_is_in_the_services_of_whatever_matches_it() {
        for (pattern, action) in [
            ("SSM:Get*", "ssm:GetParameter"),
            ("*", "kms:Decrypt"),
            ("kms:?*", "KMS:Encrypt"),
        ] {
            let pattern = ActionPattern::parse(pattern).unwrap();
            assert!(pattern.services().meets(Action::new(action).services()));
        }
        let ssm = ActionPattern::parse("ssm:*").unwrap().services();
        assert!(!ssm.meets(Action::new("kms:Decrypt").services()));
        assert!(!ssm.meets(Action::new("iam:GetUser").services()));
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
