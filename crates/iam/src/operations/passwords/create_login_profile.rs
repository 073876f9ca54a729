//! `iam:CreateLoginProfile`: give a user a password.

use kagiban_aws::SecretString;
use kagiban_store::Txn;

use crate::entity::{Entity, rewrite};
use crate::names::ExistingUserName;
use crate::passwords::required;
use crate::records::{LoginProfile, PasswordHash, User, keys};
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose password to set, the caller's if nobody is named.
#[derive(Clone, Debug)]
pub struct CreateLoginProfile {
    user: Option<ExistingUserName>,
    password: SecretString,
    reset_required: bool,
}

impl Operation for CreateLoginProfile {
    const ACTION: &'static str = "iam:CreateLoginProfile";
    type Wire = wire::CreateLoginProfileRequest;
    type Output = wire::CreateLoginProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateLoginProfileRequest) -> Result<CreateLoginProfile, IamError> {
        Ok(CreateLoginProfile {
            user: ExistingUserName::optional(wire.user_name)?,
            password: required(wire.password)?,
            reset_required: wire.password_reset_required.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    /// Hashing a password takes long on purpose.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<CreateLoginProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateLoginProfileResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let name = Owner::of(request.user.as_ref(), call)?.user()?;
        let user = User::existing(account, &name)?;
        if account.login(&user.name).is_some() {
            return Err(IamError::EntityAlreadyExists(format!(
                "Login Profile for user {name} already exists."
            )));
        }
        account.take_password(id, &request.password)?;
        let profile = LoginProfile {
            created: with.now,
            changed: with.now,
            reset_required: request.reset_required,
            password: PasswordHash::new(&request.password, with.entropy),
            previous: Vec::new(),
            rest: Default::default(),
        };
        let key = keys::login_profile(id, &user.name);
        let mut txn = Txn::new();
        txn.absent(key.clone()).put(key, &profile);
        rewrite(&mut txn, id, user, &**user);
        let login_profile = Some(profile.shown(&user.name));
        Ok(Decision::write(
            txn,
            wire::CreateLoginProfileResponse { login_profile },
        ))
    }
}
