//! `kms:GenerateRandom`: random bytes, as good as a key.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::{KmsError, View, wire};

/// How many bytes.
#[derive(Clone, Debug)]
pub struct GenerateRandom {
    bytes: usize,
}

impl Operation for GenerateRandom {
    const ACTION: &'static str = "kms:GenerateRandom";
    type Wire = wire::GenerateRandomRequest;
    type Output = wire::GenerateRandomResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GenerateRandomRequest) -> Result<GenerateRandom, KmsError> {
        if wire.recipient.is_some() {
            return Err(KmsError::Validation("Recipient is not supported".to_owned()));
        }
        if let Some(store) = wire.custom_key_store_id {
            return Err(KmsError::NoSuchCustomKeyStore(store));
        }
        let bytes = wire
            .number_of_bytes
            .ok_or_else(|| KmsError::Validation("NumberOfBytes is required.".to_owned()))?;
        let bytes = usize::try_from(bytes)
            .map_err(|_| KmsError::Validation("NumberOfBytes is required.".to_owned()))?;
        Ok(GenerateRandom { bytes })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<GenerateRandom>,
        _call: &Call<'_>,
        _view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GenerateRandomResponse>, KmsError> {
        let mut plaintext = vec![0; request.bytes];
        with.entropy.fill(&mut plaintext);
        Ok(Decision::read(wire::GenerateRandomResponse {
            plaintext: Some(plaintext.into()),
            ..Default::default()
        }))
    }
}
