//! `kms:VerifyMac`: hold an HMAC tag against a message and a key.

use aws_lc_rs::hmac;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::operations::GenerateMac;
use crate::{KmsError, View, wire};

/// A tag, and what it should be of.
#[derive(Clone, Debug)]
pub struct VerifyMac {
    tagged: GenerateMac,
    tag: Vec<u8>,
}

impl Operation for VerifyMac {
    const ACTION: &'static str = "kms:VerifyMac";
    type Wire = wire::VerifyMacRequest;
    type Output = wire::VerifyMacResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::VerifyMacRequest) -> Result<VerifyMac, KmsError> {
        let tagged = GenerateMac::parse(wire::GenerateMacRequest {
            message: wire.message,
            key_id: wire.key_id,
            mac_algorithm: wire.mac_algorithm,
            grant_tokens: wire.grant_tokens,
            dry_run: wire.dry_run,
        })?;
        let tag = wire.mac.unwrap_or_default();
        Ok(VerifyMac { tagged, tag })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![self.tagged.requirement(Self::ACTION, call, view)?])
    }

    /// A tag that does not fit is an error: AWS never answers `false`. The comparison takes the
    /// same time wherever the two differ.
    fn decide(
        request: Authorized<VerifyMac>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::VerifyMacResponse>, KmsError> {
        let found = view.find(&request.tagged.key, call)?;
        request.tagged.demand("VerifyMac", &found)?;
        let key = view.prepared(&found)?.mac()?;
        hmac::verify(key, request.tagged.message.expose(), &request.tag).map_err(|_| KmsError::InvalidMac)?;
        view.begin_use(&found, "VerifyMac", request.tagged.dry_run, call)?;
        Ok(Decision::read(wire::VerifyMacResponse {
            key_id: Some(found.arn().into()),
            mac_valid: Some(true),
            mac_algorithm: Some(request.tagged.algorithm.clone()),
        }))
    }
}
