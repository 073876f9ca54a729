//! `iam:CreateAccountAlias`: give the account another name, in place of the one it has.

use kagiban_store::Txn;

use crate::aliases::Alias;
use crate::records::{AccountAlias, keys};
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The name to give.
#[derive(Clone, Debug)]
pub struct CreateAccountAlias {
    alias: Alias,
}

impl Operation for CreateAccountAlias {
    const ACTION: &'static str = "iam:CreateAccountAlias";
    type Wire = wire::CreateAccountAliasRequest;
    type Output = wire::CreateAccountAliasResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateAccountAliasRequest) -> Result<CreateAccountAlias, IamError> {
        let alias = Alias::parse(wire.account_alias)?;
        Ok(CreateAccountAlias { alias })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<CreateAccountAlias>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateAccountAliasResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let alias = request.alias.as_str();
        // Also when it is the account's own: so AWS answers.
        if view.iam.alias(alias).is_some() {
            return Err(IamError::EntityAlreadyExists(format!(
                "The account alias {alias} already exists."
            )));
        }
        let record = AccountAlias {
            account: id,
            created: with.now,
            rest: Default::default(),
        };
        let key = keys::account_alias(alias);
        let mut txn = Txn::new();
        if let Some(old) = &account.alias {
            txn.delete(keys::account_alias(old));
        }
        txn.absent(key.clone()).put(key, &record);
        // Two names given at once would both stay.
        Owner::Root.touch(account, id, &mut txn)?;
        Ok(Decision::write(txn, wire::CreateAccountAliasResponse {}))
    }
}
