//! `kms:UpdateAlias`: let a name mean another key of the same kind.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Stored, With};

use crate::records::{Alias, Key, keys};
use crate::{Found, KeyRef, KmsError, View, alias, alias_arn, wire};

/// A name and the key that it shall mean from now on.
#[derive(Clone, Debug)]
pub struct UpdateAlias {
    alias: String,
    key: KeyRef,
}

impl Operation for UpdateAlias {
    const ACTION: &'static str = "kms:UpdateAlias";
    type Wire = wire::UpdateAliasRequest;
    type Output = wire::UpdateAliasResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateAliasRequest) -> Result<UpdateAlias, KmsError> {
        Ok(UpdateAlias {
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
        let old = self
            .stored(call, view)
            .and_then(|stored| view.key(call.scope, &stored.key, call.facts.now).ok());
        let new = view.own(&self.key, call)?;
        let keys = old.iter().chain([&new]);
        Ok([alias]
            .into_iter()
            .chain(keys.map(|found| found.requirement(Self::ACTION, call)))
            .collect())
    }

    fn decide(
        request: Authorized<UpdateAlias>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateAliasResponse>, KmsError> {
        let stored = request
            .stored(call, view)
            .ok_or_else(|| KmsError::NoSuchAlias(alias_arn(call.scope, &request.alias)))?;
        let old = view.key(call.scope, &stored.key, call.facts.now)?;
        let new = view.own(&request.key, call)?;
        alias::demand_room(&new, &request.alias)?;
        demand_alike(&old, &new)?;
        let alias = Alias {
            key: new.key.id.clone(),
            updated: call.facts.now,
            ..Alias::clone(stored)
        };
        let place = keys::alias(call.scope, &alias.name);
        let mut txn = View::unchanged(&new);
        txn.unchanged(place.clone(), Some(stored.revision))
            .put(place, &alias);
        Ok(Decision::write(txn, wire::UpdateAliasResponse {}))
    }
}

impl UpdateAlias {
    fn stored<'v>(&self, call: &Call<'_>, view: &View<'v>) -> Option<&'v Stored<Alias>> {
        view.kms.keyring(call.scope)?.aliases.get(self.alias.as_str())
    }
}

/// Refuses to let an alias mean a key that its users could not use alike.
fn demand_alike(old: &Found, new: &Found) -> Result<(), KmsError> {
    let kind = |key: &Key| (key.spec.is_symmetric(), key.spec.is_asymmetric(), key.usage);
    if kind(&old.key) == kind(&new.key) {
        return Ok(());
    }
    // UNSURE: AWS's rule (both symmetric, both asymmetric or both HMAC, and one usage); its code and
    // sentence are not known.
    Err(KmsError::Validation(format!(
        "The current key {} and the new key {} must be of the same type and have the same key usage.",
        old.arn(),
        new.arn()
    )))
}
