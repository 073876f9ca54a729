//! `iam:ChangePassword`: choose another password for oneself.

use std::sync::{Arc, LazyLock};

use kagiban_aws::SecretString;
use kagiban_policy::{Kind, Policy, Rule};
use kagiban_store::Txn;

use crate::entity::Entity;
use crate::passwords::{self, required};
use crate::records::{LoginProfile, User, keys};
use crate::{Authorized, Call, Decision, IamError, Identity, Operation, Requirement, View, With, wire};

/// The caller's password and the next one.
#[derive(Clone, Debug)]
pub struct ChangePassword {
    old: SecretString,
    new: SecretString,
}

/// What `AllowUsersToChangePassword` comes to: as if each user had a policy of its own.
static ALLOWED_TO_ALL: LazyLock<Arc<Policy>> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":{"Sid":"AllowUsersToChangePassword","Effect":"Allow","Principal":"*","Action":"iam:ChangePassword","Resource":"*"}}"#;
    Arc::new(Policy::parse(text, Kind::Resource).expect("a test compiles this text"))
});

impl Operation for ChangePassword {
    const ACTION: &'static str = "iam:ChangePassword";
    type Wire = wire::ChangePasswordRequest;
    type Output = wire::ChangePasswordResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ChangePasswordRequest) -> Result<ChangePassword, IamError> {
        Ok(ChangePassword {
            old: required(wire.old_password)?,
            new: required(wire.new_password)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = User::target(Self::ACTION, account, call.scope.account, &caller(call)?.name);
        let policy = account.password_policy.as_ref();
        Ok(vec![match policy.is_some_and(|policy| policy.users_may_change) {
            true => target.under(Arc::clone(&ALLOWED_TO_ALL), Rule::Ordinary),
            false => target,
        }])
    }

    /// Hashing a password takes long on purpose.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<ChangePassword>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ChangePasswordResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let user = caller(call)?;
        let profile = passwords::existing(account, &user.name)?;
        if !profile.password.is_of(&request.old) {
            // UNSURE: AWS's code and sentence.
            return Err(IamError::AccessDenied(
                "The old password was incorrect.".to_owned(),
            ));
        }
        account.take_password(id, &request.new)?;
        let new = LoginProfile {
            changed: with.now,
            reset_required: false,
            ..profile.renewed(&request.new, account.reuse_prevention(), with.entropy)?
        };
        let key = keys::login_profile(id, &user.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(profile.revision)).put(key, &new);
        Ok(Decision::write(txn, wire::ChangePasswordResponse {}))
    }
}

fn caller<'c>(call: &Call<'c>) -> Result<&'c User, IamError> {
    match &call.caller.identity {
        Identity::User(user) => Ok(user),
        // UNSURE: AWS's sentence.
        Identity::Anonymous
        | Identity::Node(_)
        | Identity::Root
        | Identity::Role(_)
        | Identity::Federated(_) => Err(IamError::InvalidUserType(
            "Only IAM Users can change their own password",
        )),
    }
}
