//! `kms:CreateAlias`: give a key another name.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::{Alias, KeyManager, keys};
use crate::{KeyRef, KmsError, View, alias_arn, managed, wire};

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
        let alias = wire.alias_name.unwrap_or_default();
        let name = alias.strip_prefix("alias/").ok_or(KmsError::AliasPrefix)?;
        if managed::is_reserved(&alias) {
            return Err(KmsError::ReservedAlias);
        }
        // The model allows `:`, the service does not.
        if name.is_empty()
            || !name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "/_-".contains(c))
        {
            let text =
                "Alias must contain only alphanumeric characters, forward slashes, underscores, and dashes";
            return Err(KmsError::InvalidAliasName(text.to_owned()));
        }
        let target = wire.target_key_id.unwrap_or_default();
        match target.parse()? {
            KeyRef::Alias(_) | KeyRef::AliasArn(_) => Err(KmsError::Validation(
                "Aliases must refer to keys. Not aliases".to_owned(),
            )),
            key => Ok(CreateAlias { alias, key }),
        }
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let alias = Requirement::on(
            Self::ACTION,
            alias_arn(call.scope, &self.alias),
            call.scope.account,
        );
        Ok(vec![
            alias,
            view.find(&self.key, call)?.requirement(Self::ACTION, call),
        ])
    }

    fn decide(
        request: Authorized<CreateAlias>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::CreateAliasResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        if found.key.manager == KeyManager::Aws {
            return Err(KmsError::AccessDenied(format!(
                "Aliases of the AWS managed key {} are AWS's to make.",
                found.arn()
            )));
        }
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
