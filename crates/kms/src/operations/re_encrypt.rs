//! `kms:ReEncrypt`: open a ciphertext and encrypt what was in it anew, under another key or context.

use std::sync::Arc;

use kagiban_iam::{Authorized, Call, Decision, Denial, Denied, Operation, Requirement, With, hex};

use super::{Decrypt, Encrypt, decrypt};
use crate::{EncryptionContext, KmsError, View, wire};

/// What to open, and how to encrypt it then.
#[derive(Clone, Debug)]
pub struct ReEncrypt {
    source: Decrypt,
    destination: Encrypt,
}

impl Operation for ReEncrypt {
    const ACTION: &'static str = "kms:ReEncrypt";
    type Wire = wire::ReEncryptRequest;
    type Output = wire::ReEncryptResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ReEncryptRequest) -> Result<ReEncrypt, KmsError> {
        let source = wire::DecryptRequest {
            ciphertext_blob: wire.ciphertext_blob,
            encryption_context: wire.source_encryption_context,
            key_id: wire.source_key_id,
            encryption_algorithm: wire.source_encryption_algorithm,
            dry_run: wire.dry_run,
            dry_run_modifiers: wire.dry_run_modifiers,
            grant_tokens: wire.grant_tokens,
            ..Default::default()
        };
        let destination = wire::EncryptRequest {
            key_id: wire.destination_key_id,
            encryption_context: wire.destination_encryption_context,
            encryption_algorithm: wire.destination_encryption_algorithm,
            ..Default::default()
        };
        Ok(ReEncrypt {
            source: Decrypt::read(source, "SourceKeyId")?,
            destination: Encrypt::parse(destination)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let from = self.source.requirement("kms:ReEncryptFrom", call, view)?;
        let to = self.destination.requirement("kms:ReEncryptTo", call, view)?;
        let same = from.resource == to.resource;
        let both = [from, to].into_iter();
        Ok(both.map(|one| one.when("kms:reencryptonsamekey", same)).collect())
    }

    /// Of both sides, told apart as the request does.
    fn encryption_context(&self) -> Option<Arc<EncryptionContext>> {
        let sides = [
            ("source", &self.source.context),
            ("destination", &self.destination.context),
        ];
        let pairs = sides.into_iter().flat_map(|(side, context)| {
            let pairs = context.iter();
            pairs.map(move |(key, value)| (format!("{side}:{key}"), value.clone()))
        });
        Some(Arc::new(pairs.collect()))
    }

    // UNSURE: that both keys' states come before the ciphertext, and that a key of another usage is
    // told the operation's name instead of the permission's.
    fn decide(
        request: Authorized<ReEncrypt>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ReEncryptResponse>, KmsError> {
        let ReEncrypt { source, destination } = &*request;
        let from = source.demand("ReEncrypt", call, view)?;
        let to = destination.demand("ReEncrypt", call, view)?;
        let opened = source.open(from, view)?;
        let sealed = destination.seal(to, &opened.plaintext, view, with)?;
        for found in [from, to] {
            view.begin_use(found, "ReEncrypt", source.dry_run, call)?;
        }
        let output = wire::ReEncryptResponse {
            ciphertext_blob: Some(sealed.ciphertext),
            source_key_id: Some(from.arn().into()),
            key_id: Some(to.arn().into()),
            source_encryption_algorithm: Some(source.algorithm.clone()),
            destination_encryption_algorithm: Some(destination.algorithm.clone()),
            source_key_material_id: opened.material,
            destination_key_material_id: sealed.material.map(|id| hex(&id)),
        };
        Ok(Decision::write(sealed.txn, output))
    }

    fn refused(denied: &Denied) -> Denial {
        decrypt::refused(denied)
    }
}
