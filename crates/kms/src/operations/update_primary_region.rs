//! `kms:UpdatePrimaryRegion`: let a replica be the primary key, and the primary key a replica.

use kagiban_aws::Region;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::Key;
use crate::standing::Needs;
use crate::{Found, KeyRef, KmsError, View, siblings, wire};

/// The primary key as it is, and the Region where it is to be.
#[derive(Clone, Debug)]
pub struct UpdatePrimaryRegion {
    key: KeyRef,
    region: Region,
}

impl Operation for UpdatePrimaryRegion {
    const ACTION: &'static str = "kms:UpdatePrimaryRegion";
    type Wire = wire::UpdatePrimaryRegionRequest;
    type Output = wire::UpdatePrimaryRegionResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdatePrimaryRegionRequest) -> Result<UpdatePrimaryRegion, KmsError> {
        Ok(UpdatePrimaryRegion {
            key: KeyRef::of_key(wire.key_id)?,
            region: siblings::parse_region(wire.primary_region)?,
        })
    }

    /// Both keys have to allow it, each in its own Region.
    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let found = view.own(&self.key, call)?;
        let replica = view.sibling(&found, self.region, call.facts.now).ok();
        let keys = [Some(found), replica].into_iter().flatten();
        Ok(keys
            .map(|found| {
                let requirement = found.requirement(Self::ACTION, call);
                requirement
                    .when("aws:requestedregion", found.scope.region.as_str())
                    .when("kms:primaryregion", self.region.as_str())
            })
            .collect())
    }

    fn decide(
        request: Authorized<UpdatePrimaryRegion>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdatePrimaryRegionResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Use)?;
        let regions = found.demand_multi_region_primary()?;
        demand_another(&found, request.region)?;
        // UNSURE: AWS says that there must be a replica, not how it misses it.
        view.sibling(&found, request.region, call.facts.now)?
            .demand(Needs::Use)?;
        // DIFFERS: both keys are Updating for some seconds on AWS; here the roles are swapped at once.
        let regions = regions.clone().led_by(request.region);
        let change = |key: &mut Key| key.multi_region = Some(regions.clone());
        let txn = view.with_siblings(found.change(Self::ACTION, change)?, &found, change)?;
        Ok(Decision::write(txn, wire::UpdatePrimaryRegionResponse {}))
    }
}

fn demand_another(found: &Found, region: Region) -> Result<(), KmsError> {
    match region == found.scope.region {
        false => Ok(()),
        // UNSURE: AWS's code and sentence are not known.
        true => Err(KmsError::Validation(format!(
            "{} is the primary key already; PrimaryRegion must be the Region of one of its replicas.",
            found.arn()
        ))),
    }
}
