//! `kms:CreateAlias`: give a key another name.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::{Alias, keys};
use crate::{KeyRef, KmsError, View, alias, alias_arn, wire};

/// A name and the key that it shall mean.
#[derive(Clone, Debug)]
pub struct CreateAlias {
    alias: String,
    key: KeyRef,
}

impl Operation for CreateAlias {
    const ACTION: &'static str = "kms:CreateAlias";
    type Wire = wire::CreateAliasRequest;
    type Output = wire::CreateAliasResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateAliasRequest) -> Result<CreateAlias, KmsError> {
        Ok(CreateAlias {
            alias: alias::parse(wire.alias_name)?,
            key: alias::target(wire.target_key_id)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let alias = Requirement::on(
            Self::ACTION,
            alias_arn(call.scope, &self.alias),
            call.scope.account,
        );
        Ok(vec![
            alias,
            view.own(&self.key, call)?.requirement(Self::ACTION, call),
        ])
    }

    fn decide(
        request: Authorized<CreateAlias>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::CreateAliasResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        alias::demand_room(&found, &request.alias)?;
        let keyring = view.kms.keyring(call.scope);
        if keyring.is_some_and(|keyring| keyring.aliases.contains_key(request.alias.as_str())) {
            return Err(KmsError::AliasExists(alias_arn(call.scope, &request.alias)));
        }
        let now = call.facts.now;
        let alias = Alias {
            name: request.alias.clone(),
            key: found.key.id.clone(),
            created: now,
            updated: now,
            rest: Default::default(),
        };
        let mut txn = View::unchanged(&found);
        txn.absent(keys::alias(call.scope, &alias.name))
            .put(keys::alias(call.scope, &alias.name), &alias);
        Ok(Decision::write(txn, wire::CreateAliasResponse {}))
    }
}
