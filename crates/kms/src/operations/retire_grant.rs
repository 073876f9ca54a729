//! `kms:RetireGrant`: give a grant back, as those may whom it names.

use std::sync::Arc;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::grants::{self, GrantToken, Retiring};
use crate::{Found, KeyRef, KmsError, View, wire, with_context};

/// Which grant.
#[derive(Clone, Debug)]
pub struct RetireGrant {
    grant: Named,
    dry_run: bool,
}

#[derive(Clone, Debug)]
enum Named {
    Token(String),
    Id { key: KeyRef, grant: String },
}

impl Operation for RetireGrant {
    const ACTION: &'static str = "kms:RetireGrant";
    type Wire = wire::RetireGrantRequest;
    type Output = wire::RetireGrantResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    // UNSURE: the API's pages disagree on whether a key's bare id will do; it does.
    fn parse(wire: wire::RetireGrantRequest) -> Result<RetireGrant, KmsError> {
        let grant = match (wire.grant_token, wire.key_id, wire.grant_id) {
            (Some(token), None, None) => Named::Token(token),
            (None, Some(key), Some(grant)) => Named::Id {
                key: grants::key_ref(Some(key))?,
                grant,
            },
            // UNSURE: AWS's sentence.
            _ => {
                let text = "You must specify either a GrantToken or both a KeyId and a GrantId.";
                return Err(KmsError::Validation(text.to_owned()));
            }
        };
        Ok(RetireGrant {
            grant,
            dry_run: wire.dry_run.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let (found, id) = self.find(call, view)?;
        let requirement = found.requirement(Self::ACTION, call);
        // Who asks for a grant that does not exist needs the right to all of them to learn that.
        Ok(vec![match found.grant(&id) {
            Ok(grant) => with_context(requirement, &Arc::new(grant.constraints.pairs()))
                .granted_by(Retiring(Arc::clone(grant.shared()))),
            Err(_) => requirement,
        }])
    }

    fn decide(
        request: Authorized<RetireGrant>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::RetireGrantResponse>, KmsError> {
        let (found, id) = request.find(call, view)?;
        let grant = found.grant(&id)?;
        if request.dry_run {
            return Err(KmsError::DryRun);
        }
        Ok(Decision::write(
            found.take_back(grant),
            wire::RetireGrantResponse {},
        ))
    }
}

impl RetireGrant {
    /// The key and the grant's id, which no grant need have.
    fn find(&self, call: &Call<'_>, view: &View<'_>) -> Result<(Found, String), KmsError> {
        match &self.grant {
            Named::Token(token) => {
                let token = GrantToken::open(token, call.scope.region, view.domain)?;
                Ok((view.key(token.scope, &token.key, call.facts.now)?, token.grant))
            }
            Named::Id { key, grant } => Ok((view.find(key, call)?, grant.clone())),
        }
    }
}
