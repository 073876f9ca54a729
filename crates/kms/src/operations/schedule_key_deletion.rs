//! `kms:ScheduleKeyDeletion`: destroy a key once a waiting time is over, in which it cannot be used.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::{Deletion, KeyState};
use crate::rotation::days_after;
use crate::standing::Needs;
use crate::{Found, KeyRef, KmsError, View, dependants, wire};

/// Which key, and how long to wait.
#[derive(Clone, Debug)]
pub struct ScheduleKeyDeletion {
    key: KeyRef,
    days: u32,
}

impl Operation for ScheduleKeyDeletion {
    const ACTION: &'static str = "kms:ScheduleKeyDeletion";
    type Wire = wire::ScheduleKeyDeletionRequest;
    type Output = wire::ScheduleKeyDeletionResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ScheduleKeyDeletionRequest) -> Result<ScheduleKeyDeletion, KmsError> {
        let days = wire.pending_window_in_days.unwrap_or(30);
        // The model allows 1 to 365, the service does not.
        match u32::try_from(days) {
            Ok(days @ 7..=30) => Ok(ScheduleKeyDeletion {
                key: KeyRef::of_key(wire.key_id)?,
                days,
            }),
            // UNSURE: the sentence is the one that AWS's imitators have.
            _ => Err(KmsError::Validation(format!(
                "PendingWindowInDays should be between 7 and 30, but it is {days}"
            ))),
        }
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.own(&self.key, call)?.requirement(Self::ACTION, call);
        Ok(vec![requirement.when(
            "kms:schedulekeydeletionpendingwindowindays",
            self.days.to_string(),
        )])
    }

    /// Every SecureString is asked for its key.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<ScheduleKeyDeletion>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ScheduleKeyDeletionResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Alive)?;
        let (state, date) = match has_replicas(&found) {
            true => (KeyState::PendingReplicaDeletion, None),
            false => (
                KeyState::PendingDeletion,
                Some(days_after(request.days, call.facts.now)),
            ),
        };
        let days = request.days;
        let txn = found.change(Self::ACTION, |key| {
            key.state = state;
            key.deletion = Some(Deletion { days, date });
        })?;
        dependants::demand_none(&found, view)?;
        Ok(Decision::write(
            txn,
            wire::ScheduleKeyDeletionResponse {
                key_id: Some(found.arn().into()),
                deletion_date: date,
                key_state: Some(state.as_str().to_owned()),
                pending_window_in_days: i32::try_from(days).ok(),
            },
        ))
    }
}

/// A primary key's waiting time begins when its last replica is gone.
fn has_replicas(found: &Found) -> bool {
    let regions = found.key.multi_region.as_ref();
    found.is_primary() && regions.is_some_and(|regions| !regions.replicas.is_empty())
}
