//! `kms:Sign`: sign a message of up to 4 KiB, or a digest of any message.

use kagiban_aws::SecretBytes;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::grants::GrantTokens;
use crate::prepared::{Content, MessageType, SigningAlgorithm};
use crate::spec::KeyUsage;
use crate::standing::Needs;
use crate::{Found, KeyRef, KmsError, View, wire};

/// What to sign, with which key and how.
#[derive(Clone, Debug)]
pub struct Sign {
    pub(super) key: KeyRef,
    tokens: GrantTokens,
    pub(super) message: SecretBytes,
    pub(super) message_type: MessageType,
    /// AWS's word: which algorithms there are depends on the key.
    pub(super) algorithm: String,
    pub(super) dry_run: bool,
}

impl Operation for Sign {
    const ACTION: &'static str = "kms:Sign";
    type Wire = wire::SignRequest;
    type Output = wire::SignResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::SignRequest) -> Result<Sign, KmsError> {
        let message_type = MessageType::find(wire.message_type.as_deref());
        Ok(Sign {
            key: wire.key_id.unwrap_or_default().parse()?,
            tokens: GrantTokens::parse(wire.grant_tokens),
            message: wire.message.unwrap_or_default(),
            message_type: message_type.ok_or(KmsError::Internal)?, // the model has the same three words
            algorithm: wire.signing_algorithm.unwrap_or_default(),
            dry_run: wire.dry_run.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![self.requirement(Self::ACTION, call, view)?])
    }

    fn decide(
        request: Authorized<Sign>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::SignResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        let (algorithm, content) = request.prepare("Sign", &found)?;
        view.begin_use(&found, "Sign", request.dry_run, call)?;
        let signature = view.prepared(&found)?.signing()?.sign(algorithm, &content)?;
        Ok(Decision::read(wire::SignResponse {
            key_id: Some(found.arn().into()),
            signature: Some(signature),
            signing_algorithm: Some(request.algorithm.clone()),
        }))
    }
}

impl Sign {
    pub(super) fn requirement(
        &self,
        action: &'static str,
        call: &Call<'_>,
        view: &View<'_>,
    ) -> Result<Requirement, KmsError> {
        let requirement = view
            .find_with(&self.tokens, &self.key, call)?
            .requirement(action, call);
        Ok(requirement
            .when("kms:signingalgorithm", self.algorithm.as_str())
            .when("kms:messagetype", self.message_type.as_str()))
    }

    /// Whether the key can do it, and what the algorithm is to be given. `operation` is its bare name.
    pub(super) fn prepare(
        &self,
        operation: &str,
        found: &Found,
    ) -> Result<(SigningAlgorithm, Content<'_>), KmsError> {
        let word = &self.algorithm;
        found.demand(Needs::Use)?;
        found.demand_algorithm(operation, KeyUsage::SignVerify, word)?;
        let algorithm = SigningAlgorithm::find(word).ok_or(KmsError::Internal)?;
        let content = algorithm.content(word, self.message_type, self.message.expose())?;
        Ok((algorithm, content))
    }
}
