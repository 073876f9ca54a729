//! Key material that its owner brings: how it travels to the server, and what it must be.
//!
//! The server makes an RSA key for the journey and keeps nothing: the private half goes to the
//! owner too, sealed in the import token, and comes back with the wrapped material.
//!
//! Source: KMS Developer Guide, "Importing key material for AWS KMS keys".

mod material;
#[cfg(test)]
pub(crate) mod owner;
mod token;
mod wrapping;

use std::time::Duration;

use kagiban_aws::Timestamp;

use crate::KmsError;
use crate::wire::expiration_model_type::{KEY_MATERIAL_DOES_NOT_EXPIRE, KEY_MATERIAL_EXPIRES};

pub(crate) use material::accept;
pub use token::ImportToken;
pub use wrapping::Wrapping;

/// When imported material expires; none for material that stays until it is deleted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Expiration(pub(crate) Option<Timestamp>);

impl Expiration {
    /// How far ahead it may lie.
    const MOST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

    /// Reads the two members of ImportKeyMaterial; material expires unless it is said not to.
    ///
    /// # Errors
    ///
    /// `ValidationException` for a date that is missing, and for one too many.
    pub(crate) fn parse(model: Option<&str>, valid_to: Option<Timestamp>) -> Result<Expiration, KmsError> {
        let refused = |text: &str| Err(KmsError::Validation(text.to_owned()));
        match (model == Some(KEY_MATERIAL_DOES_NOT_EXPIRE), valid_to) {
            (false, None) => {
                refused("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
            }
            // UNSURE: AWS's sentence; that the date is not valid then is documented.
            (true, Some(_)) => refused(
                "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
            ),
            (_, valid_to) => Ok(Expiration(valid_to)),
        }
    }

    /// AWS's word for it.
    pub(crate) fn model(self) -> &'static str {
        match self.0 {
            Some(_) => KEY_MATERIAL_EXPIRES,
            None => KEY_MATERIAL_DOES_NOT_EXPIRE,
        }
    }

    /// Refuses a date that has passed, and one more than a year ahead.
    ///
    /// # Errors
    ///
    /// `ValidationException`.
    pub(crate) fn demand_ahead_of(self, now: Timestamp) -> Result<(), KmsError> {
        match self.0 {
            // UNSURE: AWS's sentence; the limits are documented.
            Some(date) if date <= now || date > now.plus(Self::MOST) => Err(KmsError::Validation(
                "The validTo date must be in the future and at most 365 days from now".to_owned(),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn material_expires_within_a_year_unless_it_is_said_not_to() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let in_days = |days: u64| now.plus(Duration::from_secs(days * 86_400));
        let expiring = |date| Expiration::parse(None, Some(date)).unwrap();
        assert_eq!(expiring(in_days(365)).demand_ahead_of(now), Ok(()));
        assert_eq!(expiring(now).model(), "KEY_MATERIAL_EXPIRES");
        for date in [now, in_days(365).plus(Duration::from_millis(1))] {
            assert!(expiring(date).demand_ahead_of(now).is_err());
        }
        let staying = Expiration::parse(Some(KEY_MATERIAL_DOES_NOT_EXPIRE), None).unwrap();
        assert_eq!(staying.model(), "KEY_MATERIAL_DOES_NOT_EXPIRE");
        assert_eq!(staying.demand_ahead_of(now), Ok(()));
        assert_eq!(
            Expiration::parse(Some(KEY_MATERIAL_EXPIRES), None)
                .unwrap_err()
                .to_string(),
            "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
        );
        assert!(Expiration::parse(Some(KEY_MATERIAL_DOES_NOT_EXPIRE), Some(now)).is_err());
    }
}
