//! `kms:GetParametersForImport`: a public key to wrap key material with, and the token that goes with it.

use std::time::Duration;

use kagiban_aws::SecretBytes;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::import::{ImportToken, Wrapping};
use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, wire};

/// How long key and token may be used.
const VALID: Duration = Duration::from_secs(24 * 60 * 60);

/// For which key, and how the material will be wrapped.
#[derive(Clone, Debug)]
pub struct GetParametersForImport {
    key: KeyRef,
    wrapping: Wrapping,
}

impl Operation for GetParametersForImport {
    const ACTION: &'static str = "kms:GetParametersForImport";
    type Wire = wire::GetParametersForImportRequest;
    type Output = wire::GetParametersForImportResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetParametersForImportRequest) -> Result<GetParametersForImport, KmsError> {
        Ok(GetParametersForImport {
            key: KeyRef::of_key(wire.key_id)?,
            wrapping: Wrapping::parse(
                &wire.wrapping_algorithm.unwrap_or_default(),
                &wire.wrapping_key_spec.unwrap_or_default(),
            )?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.own(&self.key, call)?.requirement(Self::ACTION, call);
        Ok(vec![
            requirement
                .when("kms:wrappingalgorithm", self.wrapping.algorithm())
                .when("kms:wrappingkeyspec", self.wrapping.spec()),
        ])
    }

    /// RSA keys are searched for.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<GetParametersForImport>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetParametersForImportResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Import)?;
        request.wrapping.demand_fits(found.key.spec)?;
        let (private, public) = request.wrapping.generate(with.entropy)?;
        let token = ImportToken {
            wrapping: request.wrapping,
            expires: call.facts.now.plus(VALID),
            private,
        };
        let sealed = token.seal(view.domain, found.scope, &found.key.id, with.entropy);
        Ok(Decision::read(wire::GetParametersForImportResponse {
            key_id: Some(found.arn().into()),
            import_token: Some(sealed),
            public_key: Some(SecretBytes::from(public)),
            parameters_valid_to: Some(token.expires),
        }))
    }
}
