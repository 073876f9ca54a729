//! `iam:DeleteAccountPasswordPolicy`: go back to AWS's default.

use kagiban_store::Txn;

use crate::records::keys;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, password_policy, wire,
};

/// The policy of the caller's account.
#[derive(Clone, Debug)]
pub struct DeleteAccountPasswordPolicy;

impl Operation for DeleteAccountPasswordPolicy {
    const ACTION: &'static str = "iam:DeleteAccountPasswordPolicy";
    type Wire = wire::DeleteAccountPasswordPolicyRequest;
    type Output = wire::DeleteAccountPasswordPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        _wire: wire::DeleteAccountPasswordPolicyRequest,
    ) -> Result<DeleteAccountPasswordPolicy, IamError> {
        Ok(DeleteAccountPasswordPolicy)
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        _request: Authorized<DeleteAccountPasswordPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteAccountPasswordPolicyResponse>, IamError> {
        let id = call.scope.account;
        let policy = password_policy::existing(view.account(call)?, id)?;
        let key = keys::password_policy(id);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(policy.revision)).delete(key);
        Ok(Decision::write(txn, wire::DeleteAccountPasswordPolicyResponse {}))
    }
}
