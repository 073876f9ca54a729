//! `iam:UpdateAccountPasswordPolicy`: say what is demanded of passwords. What is left out goes back to
//! its default.

use kagiban_store::Txn;

use crate::records::{PasswordPolicy, keys};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The policy as it shall be.
#[derive(Clone, Debug)]
pub struct UpdateAccountPasswordPolicy(PasswordPolicy);

/// The fewest characters, if the request does not say.
const MINIMUM_LENGTH: u8 = 6;

impl Operation for UpdateAccountPasswordPolicy {
    const ACTION: &'static str = "iam:UpdateAccountPasswordPolicy";
    type Wire = wire::UpdateAccountPasswordPolicyRequest;
    type Output = wire::UpdateAccountPasswordPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::UpdateAccountPasswordPolicyRequest,
    ) -> Result<UpdateAccountPasswordPolicy, IamError> {
        let on = |member: Option<bool>| member.unwrap_or(false);
        // The wire holds the numbers within their ranges, which begin at one.
        let length = wire.minimum_password_length;
        let age = wire.max_password_age;
        let reuse = wire.password_reuse_prevention;
        Ok(UpdateAccountPasswordPolicy(PasswordPolicy {
            minimum_length: length
                .and_then(|length| length.try_into().ok())
                .unwrap_or(MINIMUM_LENGTH),
            require_symbols: on(wire.require_symbols),
            require_numbers: on(wire.require_numbers),
            require_uppercase: on(wire.require_uppercase_characters),
            require_lowercase: on(wire.require_lowercase_characters),
            users_may_change: on(wire.allow_users_to_change_password),
            max_age_days: age.and_then(|days| days.try_into().ok()),
            reuse_prevention: reuse.and_then(|count| count.try_into().ok()),
            hard_expiry: wire.hard_expiry,
            rest: Default::default(),
        }))
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<UpdateAccountPasswordPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateAccountPasswordPolicyResponse>, IamError> {
        let before = view.account(call)?.password_policy.as_ref();
        let new = PasswordPolicy {
            rest: before.map(|policy| policy.rest.clone()).unwrap_or_default(),
            ..request.0.clone()
        };
        let key = keys::password_policy(call.scope.account);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), before.map(|policy| policy.revision))
            .put(key, &new);
        Ok(Decision::write(txn, wire::UpdateAccountPasswordPolicyResponse {}))
    }
}
