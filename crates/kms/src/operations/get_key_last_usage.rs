//! `kms:GetKeyLastUsage`: when a key was last used, and for what.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::LastUsage;
use crate::{KeyRef, KmsError, View, wire};

/// Which key.
#[derive(Clone, Debug)]
pub struct GetKeyLastUsage {
    key: KeyRef,
}

impl Operation for GetKeyLastUsage {
    const ACTION: &'static str = "kms:GetKeyLastUsage";
    type Wire = wire::GetKeyLastUsageRequest;
    type Output = wire::GetKeyLastUsageResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetKeyLastUsageRequest) -> Result<GetKeyLastUsage, KmsError> {
        Ok(GetKeyLastUsage {
            key: KeyRef::of_key(wire.key_id)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<GetKeyLastUsage>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetKeyLastUsageResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        let used = view.kms.last_usage(found.scope, &found.key.id);
        Ok(Decision::read(wire::GetKeyLastUsageResponse {
            // UNSURE: whether AWS gives the ARN or the bare id here.
            key_id: Some(found.arn().into()),
            key_last_usage: Some(used.map(shown).unwrap_or_default()),
            tracking_start_date: Some(found.key.created),
            key_creation_date: Some(found.key.created),
        }))
    }
}

fn shown(used: LastUsage) -> wire::KeyLastUsageData {
    wire::KeyLastUsageData {
        operation: Some(used.operation),
        timestamp: Some(used.at),
        cloud_trail_event_id: None, // there is no CloudTrail
        kms_request_id: Some(used.request_id),
    }
}
