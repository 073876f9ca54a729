//! `iam:DeleteAccountAlias`: take the account's other name.

use kagiban_store::Txn;

use crate::aliases::Alias;
use crate::records::keys;
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The name to take, which must be the account's.
#[derive(Clone, Debug)]
pub struct DeleteAccountAlias {
    alias: Alias,
}

impl Operation for DeleteAccountAlias {
    const ACTION: &'static str = "iam:DeleteAccountAlias";
    type Wire = wire::DeleteAccountAliasRequest;
    type Output = wire::DeleteAccountAliasResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteAccountAliasRequest) -> Result<DeleteAccountAlias, IamError> {
        let alias = Alias::parse(wire.account_alias)?;
        Ok(DeleteAccountAlias { alias })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<DeleteAccountAlias>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteAccountAliasResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let alias = request.alias.as_str();
        if !request.alias.is_of(account) {
            // UNSURE: AWS's sentence.
            return Err(IamError::NoSuchEntity(format!(
                "The account alias {alias} cannot be found."
            )));
        }
        let key = keys::account_alias(alias);
        let mut txn = Txn::new();
        txn.exists(key.clone()).delete(key);
        Owner::Root.touch(account, id, &mut txn)?;
        Ok(Decision::write(txn, wire::DeleteAccountAliasResponse {}))
    }
}
