//! `kms:DeriveSharedSecret`: agree on a secret with the holder of another key.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::grants::GrantTokens;
use crate::spec::KeyUsage;
use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, wire};

/// With whom to agree, and how.
#[derive(Clone, Debug)]
pub struct DeriveSharedSecret {
    key: KeyRef,
    tokens: GrantTokens,
    /// AWS's word; there is one.
    algorithm: String,
    peer: Vec<u8>,
    dry_run: bool,
}

impl Operation for DeriveSharedSecret {
    const ACTION: &'static str = "kms:DeriveSharedSecret";
    type Wire = wire::DeriveSharedSecretRequest;
    type Output = wire::DeriveSharedSecretResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeriveSharedSecretRequest) -> Result<DeriveSharedSecret, KmsError> {
        if wire.recipient.is_some() {
            return Err(KmsError::Validation("Recipient is not supported".to_owned()));
        }
        Ok(DeriveSharedSecret {
            key: wire.key_id.unwrap_or_default().parse()?,
            tokens: GrantTokens::parse(wire.grant_tokens),
            algorithm: wire.key_agreement_algorithm.unwrap_or_default(),
            peer: wire.public_key.unwrap_or_default(),
            dry_run: wire.dry_run.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view
            .find_with(&self.tokens, &self.key, call)?
            .requirement(Self::ACTION, call);
        Ok(vec![
            requirement.when("kms:keyagreementalgorithm", self.algorithm.as_str()),
        ])
    }

    fn decide(
        request: Authorized<DeriveSharedSecret>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeriveSharedSecretResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        found.demand(Needs::Use)?;
        found.demand_algorithm("DeriveSharedSecret", KeyUsage::KeyAgreement, &request.algorithm)?;
        let secret = view.prepared(&found)?.agreement()?.derive(&request.peer)?;
        view.begin_use(&found, "DeriveSharedSecret", request.dry_run, call)?;
        Ok(Decision::read(wire::DeriveSharedSecretResponse {
            key_id: Some(found.arn().into()),
            shared_secret: Some(secret),
            key_agreement_algorithm: Some(request.algorithm.clone()),
            key_origin: Some(found.key.origin.to_string()),
            ..Default::default()
        }))
    }
}
