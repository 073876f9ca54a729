//! `iam:GetAccountSummary`: count what there is, and say how much there may be.

use crate::Account;
use crate::access_keys::MAX_KEYS;
use crate::entity::Entity;
use crate::quotas;
use crate::records::{Group, Role, User};
use crate::wire::summary_key_type as key;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The account's numbers.
#[derive(Clone, Debug)]
pub struct GetAccountSummary;

impl Operation for GetAccountSummary {
    const ACTION: &'static str = "iam:GetAccountSummary";
    type Wire = wire::GetAccountSummaryRequest;
    type Output = wire::GetAccountSummaryResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(_wire: wire::GetAccountSummaryRequest) -> Result<GetAccountSummary, IamError> {
        Ok(GetAccountSummary)
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        _request: Authorized<GetAccountSummary>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetAccountSummaryResponse>, IamError> {
        let account = view.account(call)?;
        let numbers = counted(account).into_iter().chain(QUOTAS);
        let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let summary = numbers.map(|(name, count)| (name.to_owned(), number(count)));
        Ok(Decision::read(wire::GetAccountSummaryResponse {
            summary_map: Some(summary.collect()),
        }))
    }
}

/// What there may be; of what this server does not keep, AWS's numbers.
const QUOTAS: [(&str, usize); 20] = [
    (key::USERS_QUOTA, quotas::USERS.most),
    (key::GROUPS_QUOTA, quotas::GROUPS.most),
    (key::ROLES_QUOTA, quotas::ROLES.most),
    (key::POLICIES_QUOTA, quotas::POLICIES.most),
    (key::INSTANCE_PROFILES_QUOTA, quotas::INSTANCE_PROFILES.most),
    (key::GROUPS_PER_USER_QUOTA, quotas::GROUPS_PER_USER.most),
    (key::ACCESS_KEYS_PER_USER_QUOTA, MAX_KEYS),
    (key::USER_POLICY_SIZE_QUOTA, User::INLINE_LIMIT),
    (key::GROUP_POLICY_SIZE_QUOTA, Group::INLINE_LIMIT),
    (key::ROLE_POLICY_SIZE_QUOTA, Role::INLINE_LIMIT),
    (key::ASSUME_ROLE_POLICY_SIZE_QUOTA, 2048),
    (key::POLICY_SIZE_QUOTA, 6144),
    (key::POLICY_VERSIONS_IN_USE_QUOTA, 10_000),
    (key::VERSIONS_PER_POLICY_QUOTA, 5),
    (key::ATTACHED_POLICIES_PER_USER_QUOTA, 10),
    (key::ATTACHED_POLICIES_PER_GROUP_QUOTA, 10),
    (key::ATTACHED_POLICIES_PER_ROLE_QUOTA, 10),
    (key::SIGNING_CERTIFICATES_PER_USER_QUOTA, 2),
    (key::SERVER_CERTIFICATES_QUOTA, 20),
    (key::GLOBAL_ENDPOINT_TOKEN_VERSION, 1),
];

/// What there is. The root user has no password, and nobody has certificates.
fn counted(account: &Account) -> [(&'static str, usize); 14] {
    let root_keys = account.access_keys_of("").count();
    [
        (key::USERS, account.users.len()),
        (key::GROUPS, account.groups.len()),
        (key::ROLES, account.roles.len()),
        (key::POLICIES, account.policies.len()),
        (key::POLICY_VERSIONS_IN_USE, account.policy_versions.len()),
        (key::INSTANCE_PROFILES, account.instance_profiles.len()),
        (key::MFA_DEVICES, account.mfa_devices.len()),
        (key::MFA_DEVICES_IN_USE, account.mfa_devices.len_held()),
        (key::ACCOUNT_MFA_ENABLED, 0),
        (key::ACCOUNT_ACCESS_KEYS_PRESENT, usize::from(root_keys > 0)),
        (key::ACCOUNT_PASSWORD_PRESENT, 0),
        (key::ACCOUNT_SIGNING_CERTIFICATES_PRESENT, 0),
        (key::SERVER_CERTIFICATES, 0),
        (
            key::PROVIDERS,
            account.oidc_providers.len() + account.saml_providers.len(),
        ),
    ]
}
