//! Tiers: how big a value may be, and what else a parameter may have.

use serde::{Deserialize, Serialize};

use crate::ParameterError;
use crate::wire::parameter_tier;

/// The tier that a parameter is in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Tier {
    /// Values up to 4 KB.
    Standard,
    /// Values up to 8 KB, policies, sharing. There is no way back.
    Advanced,
}

impl Tier {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::Standard => parameter_tier::STANDARD,
            Tier::Advanced => parameter_tier::ADVANCED,
        }
    }

    /// The longest value, in UTF-8 bytes. UNSURE: AWS's sentences speak of characters.
    pub fn max_value_bytes(self) -> usize {
        match self {
            Tier::Standard => 4096,
            Tier::Advanced => 8192,
        }
    }
}

/// What a request says about the tier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WantedTier {
    /// This one.
    Exactly(Tier),
    /// Standard as long as that will do.
    Intelligent,
}

impl WantedTier {
    /// Reads a word that the wire has already held against the set.
    pub fn parse(word: &str) -> WantedTier {
        match word {
            parameter_tier::ADVANCED => WantedTier::Exactly(Tier::Advanced),
            parameter_tier::INTELLIGENT_TIERING => WantedTier::Intelligent,
            _ => WantedTier::Exactly(Tier::Standard),
        }
    }
}

/// What the choice of a tier depends on.
#[derive(Clone, Copy, Debug)]
pub struct TierQuestion {
    /// What the request says.
    pub wanted: Option<WantedTier>,
    /// The tier of the parameter, if it exists.
    pub existing: Option<Tier>,
    /// The new value's length.
    pub value_bytes: usize,
    /// Whether the request brings policies.
    pub policies: bool,
}

impl TierQuestion {
    /// The tier that the new version is in.
    ///
    /// # Errors
    ///
    /// If the tier is below the parameter's own, or the value or the policies do not fit into it.
    pub fn decide(self) -> Result<Tier, ParameterError> {
        let tier = self.chosen();
        if tier < self.existing.unwrap_or(tier) {
            return Err(ParameterError::Downgrade);
        }
        if self.value_bytes > tier.max_value_bytes() {
            return Err(ParameterError::ValueTooLong(tier));
        }
        if self.policies && tier == Tier::Standard {
            return Err(ParameterError::PoliciesNeedAdvanced);
        }
        Ok(tier)
    }

    fn chosen(self) -> Tier {
        let default = self.existing.unwrap_or(Tier::Standard);
        match self.wanted {
            Some(WantedTier::Exactly(tier)) => tier,
            Some(WantedTier::Intelligent) if self.needs_advanced() => Tier::Advanced,
            Some(WantedTier::Intelligent) | None => default,
        }
    }

    fn needs_advanced(self) -> bool {
        self.policies || self.value_bytes > Tier::Standard.max_value_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDINARY: TierQuestion = TierQuestion {
        wanted: None,
        existing: None,
        value_bytes: 1,
        policies: false,
    };
    const INTELLIGENT: TierQuestion = TierQuestion {
        wanted: Some(WantedTier::Intelligent),
        ..ORDINARY
    };

    #[test]
    fn a_parameter_keeps_its_tier_unless_told_otherwise() {
        assert_eq!(ORDINARY.decide(), Ok(Tier::Standard));
        let advanced = TierQuestion {
            existing: Some(Tier::Advanced),
            ..ORDINARY
        };
        assert_eq!(advanced.decide(), Ok(Tier::Advanced));
        assert_eq!(
            TierQuestion {
                wanted: Some(WantedTier::Intelligent),
                ..advanced
            }
            .decide(),
            Ok(Tier::Advanced)
        );
    }

    #[test]
    fn nothing_goes_back_to_standard() {
        let back = TierQuestion {
            wanted: Some(WantedTier::Exactly(Tier::Standard)),
            existing: Some(Tier::Advanced),
            ..ORDINARY
        };
        assert_eq!(back.decide(), Err(ParameterError::Downgrade));
    }

    #[test]
    fn a_value_too_long_for_its_tier_is_refused() {
        let long = TierQuestion {
            value_bytes: 4097,
            ..ORDINARY
        };
        assert_eq!(long.decide(), Err(ParameterError::ValueTooLong(Tier::Standard)));
        let advanced = TierQuestion {
            wanted: Some(WantedTier::Exactly(Tier::Advanced)),
            ..long
        };
        assert_eq!(advanced.decide(), Ok(Tier::Advanced));
        let longer = TierQuestion {
            value_bytes: 8193,
            ..INTELLIGENT
        };
        assert_eq!(longer.decide(), Err(ParameterError::ValueTooLong(Tier::Advanced)));
    }

    #[test]
    fn intelligent_tiering_is_advanced_only_when_it_must_be() {
        assert_eq!(INTELLIGENT.decide(), Ok(Tier::Standard));
        for needs in [
            TierQuestion {
                value_bytes: 4097,
                ..INTELLIGENT
            },
            TierQuestion {
                policies: true,
                ..INTELLIGENT
            },
        ] {
            assert_eq!(needs.decide(), Ok(Tier::Advanced), "{needs:?}");
        }
    }

    #[test]
    fn policies_do_not_go_with_the_standard_tier() {
        let policies = TierQuestion {
            policies: true,
            ..ORDINARY
        };
        assert_eq!(policies.decide(), Err(ParameterError::PoliciesNeedAdvanced));
    }
}
