//! `kms:EnableKeyRotation`: let a key get new material by itself, again and again.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::{Key, Rotation};
use crate::rotation::DEFAULT_DAYS;
use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, wire};

/// Which key, and how long each generation is in use.
#[derive(Clone, Debug)]
pub struct EnableKeyRotation {
    key: KeyRef,
    days: u32,
}

impl Operation for EnableKeyRotation {
    const ACTION: &'static str = "kms:EnableKeyRotation";
    type Wire = wire::EnableKeyRotationRequest;
    type Output = wire::EnableKeyRotationResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::EnableKeyRotationRequest) -> Result<EnableKeyRotation, KmsError> {
        let days = wire.rotation_period_in_days.map(u32::try_from);
        Ok(EnableKeyRotation {
            key: KeyRef::of_key(wire.key_id)?,
            days: days.and_then(Result::ok).unwrap_or(DEFAULT_DAYS), // the model's range has no negative
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.own(&self.key, call)?.requirement(Self::ACTION, call);
        Ok(vec![
            requirement.when("kms:rotationperiodindays", self.days.to_string()),
        ])
    }

    fn decide(
        request: Authorized<EnableKeyRotation>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::EnableKeyRotationResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Rotation)?;
        found.demand_generations()?;
        found.demand_primary()?;
        let enable = |key: &mut Key| {
            // The same period again leaves the schedule alone; a new one begins now.
            let same = key.rotation.filter(|rotation| rotation.days == request.days);
            key.rotation = same.or(Some(Rotation::starting(request.days, call.facts.now)));
        };
        let txn = view.with_siblings(found.change(Self::ACTION, enable)?, &found, enable)?;
        Ok(Decision::write(txn, wire::EnableKeyRotationResponse {}))
    }
}
