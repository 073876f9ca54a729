//! `kms:Verify`: hold a signature against a message and a key.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::operations::Sign;
use crate::{KmsError, View, prepared, wire};

/// A signature, and what it should be of.
#[derive(Clone, Debug)]
pub struct Verify {
    signed: Sign,
    signature: Vec<u8>,
}

impl Operation for Verify {
    const ACTION: &'static str = "kms:Verify";
    type Wire = wire::VerifyRequest;
    type Output = wire::VerifyResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::VerifyRequest) -> Result<Verify, KmsError> {
        let signed = Sign::parse(wire::SignRequest {
            key_id: wire.key_id,
            message: wire.message,
            message_type: wire.message_type,
            grant_tokens: wire.grant_tokens,
            signing_algorithm: wire.signing_algorithm,
            dry_run: wire.dry_run,
        })?;
        let signature = wire.signature.unwrap_or_default();
        Ok(Verify { signed, signature })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![self.signed.requirement(Self::ACTION, call, view)?])
    }

    /// A signature that does not fit is an error: AWS never answers `false`.
    fn decide(
        request: Authorized<Verify>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::VerifyResponse>, KmsError> {
        let found = view.find(&request.signed.key, call)?;
        let (algorithm, content) = request.signed.prepare("Verify", &found)?;
        let public = view.prepared(&found)?.public();
        prepared::verify(found.key.spec, public, algorithm, &content, &request.signature)?;
        view.begin_use(&found, "Verify", request.signed.dry_run, call)?;
        Ok(Decision::read(wire::VerifyResponse {
            key_id: Some(found.arn().into()),
            signature_valid: Some(true),
            signing_algorithm: Some(request.signed.algorithm.clone()),
        }))
    }
}
