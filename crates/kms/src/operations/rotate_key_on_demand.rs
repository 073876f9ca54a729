//! `kms:RotateKeyOnDemand`: give a key new material now. What the old one encrypted stays readable.

use std::time::Duration;

use kagiban_aws::Timestamp;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::{KeyManager, RotationType};
use crate::rotation::{MAX_ON_DEMAND, rotate, rotate_to_imported};
use crate::spec::Origin;
use crate::standing::Needs;
use crate::{Found, KeyRef, KmsError, View, wire};

/// Which key.
#[derive(Clone, Debug)]
pub struct RotateKeyOnDemand {
    key: KeyRef,
}

impl Operation for RotateKeyOnDemand {
    const ACTION: &'static str = "kms:RotateKeyOnDemand";
    type Wire = wire::RotateKeyOnDemandRequest;
    type Output = wire::RotateKeyOnDemandResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::RotateKeyOnDemandRequest) -> Result<RotateKeyOnDemand, KmsError> {
        Ok(RotateKeyOnDemand {
            key: KeyRef::of_key(wire.key_id)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<RotateKeyOnDemand>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::RotateKeyOnDemandResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        if found.key.manager == KeyManager::Aws {
            return Err(found.managed_by_aws(Self::ACTION));
        }
        found.demand(Needs::Use)?;
        found.demand_generations()?;
        found.demand_primary()?;
        demand_rotatable(&found, call.facts.now)?;
        let now = call.facts.now;
        let txn = match found.key.origin {
            Origin::External => rotate_to_imported(view, &found, now)?,
            Origin::AwsKms => rotate(view, &found, RotationType::OnDemand, now, with.entropy)?,
        };
        Ok(Decision::write(
            txn,
            wire::RotateKeyOnDemandResponse {
                key_id: Some(found.arn().into()),
            },
        ))
    }
}

/// How long before an automatic rotation none can be asked for.
///
/// Source: KMS API Reference, `RotateKeyOnDemand`, ConflictException.
const TOO_CLOSE: Duration = Duration::from_secs(20 * 60);

fn demand_rotatable(found: &Found, now: Timestamp) -> Result<(), KmsError> {
    if found.key.on_demand_rotations >= MAX_ON_DEMAND {
        return Err(KmsError::LimitExceeded(format!(
            "The on-demand rotations limit has been reached for the given keyId. \
             No more on-demand rotations can be performed for this key: {}",
            found.arn()
        )));
    }
    let due = found.key.rotation.map(|rotation| rotation.next.minus(TOO_CLOSE));
    if due.is_some_and(|due| due <= now) {
        // UNSURE: AWS's sentence is not known.
        return Err(KmsError::Conflict(format!(
            "An automatic rotation of {} is about to begin.",
            found.arn()
        )));
    }
    Ok(())
}
