//! `kms:GenerateMac`: make an HMAC tag of a message.

use aws_lc_rs::hmac;
use kagiban_aws::SecretBytes;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::grants::GrantTokens;
use crate::spec::KeyUsage;
use crate::standing::Needs;
use crate::{Found, KeyRef, KmsError, View, wire};

/// What to make a tag of, and with which key.
#[derive(Clone, Debug)]
pub struct GenerateMac {
    pub(super) key: KeyRef,
    tokens: GrantTokens,
    pub(super) message: SecretBytes,
    /// AWS's word; each HMAC key has one.
    pub(super) algorithm: String,
    pub(super) dry_run: bool,
}

impl Operation for GenerateMac {
    const ACTION: &'static str = "kms:GenerateMac";
    type Wire = wire::GenerateMacRequest;
    type Output = wire::GenerateMacResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GenerateMacRequest) -> Result<GenerateMac, KmsError> {
        Ok(GenerateMac {
            key: wire.key_id.unwrap_or_default().parse()?,
            tokens: GrantTokens::parse(wire.grant_tokens),
            message: wire.message.unwrap_or_default(),
            algorithm: wire.mac_algorithm.unwrap_or_default(),
            dry_run: wire.dry_run.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![self.requirement(Self::ACTION, call, view)?])
    }

    fn decide(
        request: Authorized<GenerateMac>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GenerateMacResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        request.demand("GenerateMac", &found)?;
        view.begin_use(&found, "GenerateMac", request.dry_run, call)?;
        let tag = hmac::sign(view.prepared(&found)?.mac()?, request.message.expose());
        Ok(Decision::read(wire::GenerateMacResponse {
            mac: Some(tag.as_ref().to_vec()),
            mac_algorithm: Some(request.algorithm.clone()),
            key_id: Some(found.arn().into()),
        }))
    }
}

impl GenerateMac {
    pub(super) fn requirement(
        &self,
        action: &'static str,
        call: &Call<'_>,
        view: &View<'_>,
    ) -> Result<Requirement, KmsError> {
        let requirement = view
            .find_with(&self.tokens, &self.key, call)?
            .requirement(action, call);
        Ok(requirement.when("kms:macalgorithm", self.algorithm.as_str()))
    }

    /// Whether the key can do it. `operation` is its bare name.
    pub(super) fn demand(&self, operation: &str, found: &Found) -> Result<(), KmsError> {
        found.demand(Needs::Use)?;
        found.demand_algorithm(operation, KeyUsage::GenerateVerifyMac, &self.algorithm)
    }
}
