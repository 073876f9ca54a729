//! `iam:UpdateLoginProfile`: give a user another password, or have the user choose one.

use kagiban_aws::SecretString;
use kagiban_store::Txn;

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::passwords;
use crate::records::{LoginProfile, User, keys};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose password to change, and how.
#[derive(Clone, Debug)]
pub struct UpdateLoginProfile {
    user: ExistingUserName,
    password: Option<SecretString>,
    reset_required: Option<bool>,
}

impl Operation for UpdateLoginProfile {
    const ACTION: &'static str = "iam:UpdateLoginProfile";
    type Wire = wire::UpdateLoginProfileRequest;
    type Output = wire::UpdateLoginProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateLoginProfileRequest) -> Result<UpdateLoginProfile, IamError> {
        Ok(UpdateLoginProfile {
            user: ExistingUserName::required(wire.user_name)?,
            password: wire.password,
            reset_required: wire.password_reset_required,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![User::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.user,
        )])
    }

    /// Hashing a password takes long on purpose.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        self.password.is_some()
    }

    fn decide(
        request: Authorized<UpdateLoginProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::UpdateLoginProfileResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let user = User::existing(account, &request.user)?;
        let profile = passwords::existing(account, &user.name)?;
        let mut new = LoginProfile::clone(profile);
        if let Some(password) = &request.password {
            account.take_password(id, password)?;
            new = profile.renewed(password, account.reuse_prevention(), with.entropy)?;
            new.changed = with.now;
        }
        new.reset_required = request.reset_required.unwrap_or(new.reset_required);
        let key = keys::login_profile(id, &user.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(profile.revision)).put(key, &new);
        Ok(Decision::write(txn, wire::UpdateLoginProfileResponse {}))
    }
}
