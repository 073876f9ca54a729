//! `kms:GetKeyRotationStatus`: whether and when a key gets new material by itself.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::{KeyRef, KmsError, View, wire};

/// Which key.
#[derive(Clone, Debug)]
pub struct GetKeyRotationStatus {
    key: KeyRef,
}

impl Operation for GetKeyRotationStatus {
    const ACTION: &'static str = "kms:GetKeyRotationStatus";
    type Wire = wire::GetKeyRotationStatusRequest;
    type Output = wire::GetKeyRotationStatusResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetKeyRotationStatusRequest) -> Result<GetKeyRotationStatus, KmsError> {
        Ok(GetKeyRotationStatus {
            key: KeyRef::of_key(wire.key_id)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.find(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<GetKeyRotationStatus>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetKeyRotationStatusResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        found.demand_generations()?;
        // UNSURE: keys with imported material answer that nothing is enabled, since AWS lets them be
        // rotated on demand by now.
        let schedule = view.schedule(&found)?;
        Ok(Decision::read(wire::GetKeyRotationStatusResponse {
            key_id: Some(found.key.id.clone()),
            key_rotation_enabled: Some(schedule.is_some()),
            rotation_period_in_days: schedule.and_then(|rotation| i32::try_from(rotation.days).ok()),
            next_rotation_date: schedule.map(|rotation| rotation.next),
            on_demand_rotation_start_date: None, // one that was asked for is over with the answer
        }))
    }
}
