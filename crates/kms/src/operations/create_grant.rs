//! `kms:CreateGrant`: let somebody use a key, without touching its policy.

use std::sync::Arc;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With, hex};

use crate::grants::{
    self, Constraints, GrantOperation, GrantPrincipal, GrantToken, GrantTokens, MAX_GRANTS, PassedOn,
};
use crate::records::{Grant, KeyManager};
use crate::standing::Needs;
use crate::{EncryptionContext, Found, KeyRef, KmsError, View, wire, with_context};

/// The grant to be made.
#[derive(Clone, Debug)]
pub struct CreateGrant {
    key: KeyRef,
    grantee: GrantPrincipal,
    retiring: Option<GrantPrincipal>,
    operations: Vec<GrantOperation>,
    constraints: Constraints,
    name: Option<String>,
    tokens: GrantTokens,
    dry_run: bool,
}

impl Operation for CreateGrant {
    const ACTION: &'static str = "kms:CreateGrant";
    type Wire = wire::CreateGrantRequest;
    type Output = wire::CreateGrantResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateGrantRequest) -> Result<CreateGrant, KmsError> {
        let constraints = Constraints::parse(wire.constraints)?;
        let retiring = either(
            "Retiring",
            wire.retiring_principal,
            wire.retiring_service_principal,
        )?;
        let to_service = wire.grantee_service_principal.is_some();
        let grantee = either("Grantee", wire.grantee_principal, wire.grantee_service_principal)?;
        let grantee = grantee.ok_or_else(|| one_of("Grantee"))?;
        if to_service && (constraints.source_arn.is_none() || retiring.is_none()) {
            let text =
                "A GranteeServicePrincipal needs a SourceArn grant constraint and a retiring principal.";
            return Err(KmsError::Validation(text.to_owned()));
        }
        Ok(CreateGrant {
            key: grants::key_ref(wire.key_id)?,
            grantee,
            retiring,
            operations: operations(&wire.operations.unwrap_or_default())?,
            constraints,
            name: wire.name,
            tokens: GrantTokens::parse(wire.grant_tokens),
            dry_run: wire.dry_run.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let found = view.find_with(&self.tokens, &self.key, call)?;
        let operations: Vec<_> = self.operations.iter().map(ToString::to_string).collect();
        let requirement = found
            .requirement(Self::ACTION, call)
            .when("kms:grantoperations", operations)
            .when("kms:grantisforawsresource", call.via.is_some());
        let requirement = self.about_principals(self.about_constraints(requirement));
        Ok(vec![match &found.grants {
            Some(grants) => requirement.granted_by(PassedOn {
                grants: grants.clone(),
                operations: self.operations.clone(),
                constraints: self.constraints.clone(),
            }),
            None => requirement,
        }])
    }

    fn encryption_context(&self) -> Option<Arc<EncryptionContext>> {
        Some(Arc::new(self.constraints.pairs()))
    }

    fn decide(
        request: Authorized<CreateGrant>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateGrantResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        found.demand(Needs::Use)?;
        request.demand_suitable(&found, call)?;
        let grant = request.grant(call, view, with)?;
        let same = found.grants.as_ref().and_then(|grants| grants.same(&grant));
        if same.is_none() {
            demand_room(found.grants.as_ref().map_or(0, |grants| grants.len()))?;
        }
        if request.dry_run {
            return Err(KmsError::DryRun);
        }
        let id = same.map_or(&grant.id, |same| &same.id);
        let token = GrantToken {
            scope: found.scope,
            key: found.key.id.clone(),
            grant: id.clone(),
        };
        let output = wire::CreateGrantResponse {
            grant_token: Some(token.seal(view.domain, with.entropy)),
            grant_id: Some(id.clone()),
        };
        Ok(match same {
            Some(_) => Decision::read(output),
            None => Decision::write(found.give(&grant), output),
        })
    }
}

impl CreateGrant {
    /// The condition keys about who gets what.
    fn about_principals(&self, requirement: Requirement) -> Requirement {
        let requirement = requirement.when("kms:granteeprincipal", self.grantee.as_str());
        // UNSURE: whether the plain key is there for a service, too; so policies about either see it.
        let requirement = match self.grantee.is_service() {
            true => requirement.when("kms:granteeserviceprincipal", self.grantee.as_str()),
            false => requirement,
        };
        match &self.retiring {
            Some(retiring) => requirement.when("kms:retiringprincipal", retiring.as_str()),
            None => requirement,
        }
    }

    /// The condition keys about the constraints, the encryption context among them.
    fn about_constraints(&self, requirement: Requirement) -> Requirement {
        let requirement = with_context(requirement, &Arc::new(self.constraints.pairs()));
        let requirement = match &self.constraints.source_arn {
            Some(arn) => requirement.when("kms:grantconstraintsourcearn", arn.as_str()),
            None => requirement,
        };
        let mut kinds = self.constraints.kinds();
        match (kinds.pop(), kinds.is_empty()) {
            (None, _) => requirement,
            (Some(kind), true) => requirement.when("kms:grantconstrainttype", kind),
            (Some(kind), false) => {
                kinds.push(kind);
                requirement.when("kms:grantconstrainttype", kinds)
            }
        }
    }

    /// Whether there can be such a grant on this key.
    fn demand_suitable(&self, found: &Found, call: &Call<'_>) -> Result<(), KmsError> {
        let key = &found.key;
        if key.manager == KeyManager::Aws && call.via.is_none() {
            return Err(found.managed_by_aws(Self::ACTION));
        }
        // UNSURE: AWS's sentences; the code is documented.
        let unsuitable = |operation: &&GrantOperation| !operation.suits(key.spec, key.usage);
        if let Some(operation) = self.operations.iter().find(unsuitable) {
            return Err(KmsError::Validation(format!(
                "Grant operation {operation} is not supported for key spec {} and key usage {}.",
                key.spec, key.usage
            )));
        }
        if self.constraints.need_context() && !key.spec.is_symmetric() {
            return Err(KmsError::Validation(format!(
                "Encryption context grant constraints are not supported for key spec {}.",
                key.spec
            )));
        }
        Ok(())
    }

    fn grant(&self, call: &Call<'_>, view: &View<'_>, with: &With<'_>) -> Result<Grant, KmsError> {
        let retiring = self.retiring.as_ref();
        Ok(Grant {
            id: hex(&with.entropy.bytes::<32>()),
            name: self.name.clone(),
            created: call.facts.now,
            grantee: self.grantee.pin(view.iam)?,
            retiring: retiring.map(|retiring| retiring.pin(view.iam)).transpose()?,
            issuing_account: call.caller.account,
            operations: self.operations.clone(),
            constraints: self.constraints.clone(),
            rest: Default::default(),
        })
    }
}

/// A principal by one of the two members there are for it.
fn either(
    which: &str,
    principal: Option<String>,
    service: Option<String>,
) -> Result<Option<GrantPrincipal>, KmsError> {
    match (principal, service) {
        (Some(_), Some(_)) => Err(one_of(which)),
        (Some(principal), None) => principal.parse().map(Some),
        (None, Some(service)) => Ok(Some(GrantPrincipal::service(&service))),
        (None, None) => Ok(None),
    }
}

fn one_of(which: &str) -> KmsError {
    KmsError::Validation(format!(
        "You must specify either {which}Principal or {which}ServicePrincipal, but not both."
    ))
}

/// Each once, in the order of the request.
fn operations(words: &[String]) -> Result<Vec<GrantOperation>, KmsError> {
    if words.is_empty() {
        let text = "You must specify at least one operation.";
        return Err(KmsError::Validation(text.to_owned()));
    }
    let mut operations = Vec::new();
    for word in words {
        let operation = word.parse()?;
        if !operations.contains(&operation) {
            operations.push(operation);
        }
    }
    Ok(operations)
}

fn demand_room(grants: usize) -> Result<(), KmsError> {
    match grants < MAX_GRANTS {
        true => Ok(()),
        // UNSURE: AWS's sentence is not known.
        false => Err(KmsError::LimitExceeded(format!(
            "The limit of {MAX_GRANTS} grants for one key has been reached."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_grant_that_fits_is_the_fifty_thousandth() {
        assert_eq!(demand_room(49_999), Ok(()));
        assert_eq!(
            demand_room(50_000).map_err(|error| error.code()),
            Err("LimitExceededException")
        );
    }
}
