//! `kms:RevokeGrant`: take a grant back, as those may who manage the key.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::KeyManager;
use crate::{KeyRef, KmsError, View, grants, wire};

/// Which grant.
#[derive(Clone, Debug)]
pub struct RevokeGrant {
    key: KeyRef,
    grant: String,
    dry_run: bool,
}

impl Operation for RevokeGrant {
    const ACTION: &'static str = "kms:RevokeGrant";
    type Wire = wire::RevokeGrantRequest;
    type Output = wire::RevokeGrantResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::RevokeGrantRequest) -> Result<RevokeGrant, KmsError> {
        Ok(RevokeGrant {
            key: grants::key_ref(wire.key_id)?,
            grant: wire.grant_id.unwrap_or_default(),
            dry_run: wire.dry_run.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.find(&self.key, call)?.requirement(Self::ACTION, call);
        Ok(vec![
            requirement.when("kms:grantisforawsresource", call.via.is_some()),
        ])
    }

    fn decide(
        request: Authorized<RevokeGrant>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::RevokeGrantResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        if found.key.manager == KeyManager::Aws && call.via.is_none() {
            return Err(found.managed_by_aws(Self::ACTION));
        }
        let grant = found.grant(&request.grant)?;
        if request.dry_run {
            return Err(KmsError::DryRun);
        }
        Ok(Decision::write(
            found.take_back(grant),
            wire::RevokeGrantResponse {},
        ))
    }
}
