//! `kms:DeleteAlias`: take a name away from its key; the key stays.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Stored, With};
use kagiban_store::Txn;

use crate::records::{Alias, keys};
use crate::{KmsError, View, alias_arn, managed, wire};

/// The name to be taken away.
#[derive(Clone, Debug)]
pub struct DeleteAlias {
    alias: String,
}

impl Operation for DeleteAlias {
    const ACTION: &'static str = "kms:DeleteAlias";
    type Wire = wire::DeleteAliasRequest;
    type Output = wire::DeleteAliasResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteAliasRequest) -> Result<DeleteAlias, KmsError> {
        let alias = wire.alias_name.unwrap_or_default();
        if !alias.starts_with("alias/") {
            return Err(KmsError::AliasPrefix);
        }
        if managed::is_reserved(&alias) {
            return Err(KmsError::ReservedAlias);
        }
        Ok(DeleteAlias { alias })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let alias = Requirement::on(
            Self::ACTION,
            alias_arn(call.scope, &self.alias),
            call.scope.account,
        );
        let key = self
            .stored(call, view)
            .and_then(|stored| view.key(call.scope, &stored.key, call.facts.now).ok());
        Ok([alias]
            .into_iter()
            .chain(key.map(|found| found.requirement(Self::ACTION, call)))
            .collect())
    }

    fn decide(
        request: Authorized<DeleteAlias>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteAliasResponse>, KmsError> {
        let stored = request
            .stored(call, view)
            .ok_or_else(|| KmsError::NoSuchAlias(alias_arn(call.scope, &request.alias)))?;
        let key = keys::alias(call.scope, &request.alias);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(stored.revision)).delete(key);
        Ok(Decision::write(txn, wire::DeleteAliasResponse {}))
    }
}

impl DeleteAlias {
    fn stored<'v>(&self, call: &Call<'_>, view: &View<'v>) -> Option<&'v Stored<Alias>> {
        view.kms.keyring(call.scope)?.aliases.get(self.alias.as_str())
    }
}
