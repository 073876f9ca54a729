//! Where the records lie. Names that are unique without regard to case are written in lower case.

use kagiban_aws::{AccessKeyId, AccountId, Arn};
use kagiban_store::Key;

/// Whatever a policy is attached to.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum EntityKind {
    /// A user.
    User,
    /// A group.
    Group,
    /// A role.
    Role,
}

impl EntityKind {
    /// All of them, in order.
    pub(crate) const ALL: [EntityKind; 3] = [EntityKind::User, EntityKind::Group, EntityKind::Role];

    /// As it stands in keys.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            EntityKind::User => "user",
            EntityKind::Group => "group",
            EntityKind::Role => "role",
        }
    }
}

fn iam(account: AccountId, rest: &[&str]) -> Key {
    let account = account.to_string();
    let parts: Vec<&str> = ["a", &account, "iam"]
        .into_iter()
        .chain(rest.iter().copied())
        .collect();
    Key::of(&parts)
}

/// `/a/A/iam/account`
pub fn account(account: AccountId) -> Key {
    iam(account, &["account"])
}

/// `/a/A/iam/user/<name>`
pub fn user(account: AccountId, name: &str) -> Key {
    iam(account, &["user", &name.to_lowercase()])
}

/// `/a/A/iam/group/<name>`
pub fn group(account: AccountId, name: &str) -> Key {
    iam(account, &["group", &name.to_lowercase()])
}

/// `/a/A/iam/member/<group id>/<user id>`: marks that a user is in a group. Ids outlive renaming.
pub fn member(account: AccountId, group: &str, user: &str) -> Key {
    iam(account, &["member", group, user])
}

/// `/a/A/iam/member/<group id>/`: everybody in a group.
pub fn members(account: AccountId, group: &str) -> Key {
    iam(account, &["member", group]).under()
}

/// `/a/A/iam/role/<name>`
pub fn role(account: AccountId, name: &str) -> Key {
    iam(account, &["role", &name.to_lowercase()])
}

/// `/a/A/iam/policy/<name>`: the path is part of the ARN, not of the uniqueness.
pub fn policy(account: AccountId, name: &str) -> Key {
    iam(account, &["policy", &name.to_lowercase()])
}

/// `/a/A/iam/policyver/<policy>/<v>`
pub fn policy_version(account: AccountId, policy: &str, version: u32) -> Key {
    iam(
        account,
        &["policyver", &policy.to_lowercase(), &format!("{version:06}")],
    )
}

/// `/a/A/iam/policyver/<policy>/`: every version of a policy.
pub fn policy_versions(account: AccountId, policy: &str) -> Key {
    iam(account, &["policyver", &policy.to_lowercase()]).under()
}

/// `/a/A/iam/attach/<policy ARN>/<kind>/<entity>`
pub fn attachment(account: AccountId, policy: &Arn, kind: EntityKind, entity: &str) -> Key {
    iam(
        account,
        &["attach", policy.as_str(), kind.as_str(), &entity.to_lowercase()],
    )
}

/// `/a/A/iam/attach/<policy ARN>/<kind>-boundary/<entity>`: the policy bounds the entity.
pub fn boundary(account: AccountId, policy: &Arn, kind: EntityKind, entity: &str) -> Key {
    let kind = format!("{}-boundary", kind.as_str());
    iam(
        account,
        &["attach", policy.as_str(), &kind, &entity.to_lowercase()],
    )
}

/// `/a/A/iam/attach/<policy ARN>/`: everything that a policy is attached to or bounds.
pub fn attachments(account: AccountId, policy: &Arn) -> Key {
    iam(account, &["attach", policy.as_str()]).under()
}

/// `/a/A/iam/profile/<name>`
pub fn instance_profile(account: AccountId, name: &str) -> Key {
    iam(account, &["profile", &name.to_lowercase()])
}

/// `/a/A/iam/mfa/<name>`: the path is part of the serial number, not of the uniqueness.
pub fn mfa_device(account: AccountId, name: &str) -> Key {
    iam(account, &["mfa", &name.to_lowercase()])
}

/// `/a/A/iam/oidc/<host/path>`: a URL's path knows its letters' case.
pub fn oidc_provider(account: AccountId, url: &str) -> Key {
    iam(account, &["oidc", url])
}

/// `/a/A/iam/saml/<name>`
pub fn saml_provider(account: AccountId, name: &str) -> Key {
    iam(account, &["saml", &name.to_lowercase()])
}

/// `/cred/<AKID>`
pub fn access_key(id: AccessKeyId) -> Key {
    Key::of(&["cred", id.as_str()])
}

/// `/a/A/iam/login/<user>`: a user's password.
pub fn login_profile(account: AccountId, user: &str) -> Key {
    iam(account, &["login", &user.to_lowercase()])
}

/// `/a/A/iam/password-policy`
pub fn password_policy(account: AccountId) -> Key {
    iam(account, &["password-policy"])
}

/// `/a/A/iam/credential-report`
pub fn credential_report(account: AccountId) -> Key {
    iam(account, &["credential-report"])
}

/// `/a/A/iam/used/<AKID or AROA…>`: when a long-term key or a role was last used.
pub fn last_used(account: AccountId, id: &str) -> Key {
    iam(account, &["used", id])
}

/// `/account-alias/<alias>`: of all accounts, so that no two have the same.
pub fn account_alias(alias: &str) -> Key {
    Key::of(&["account-alias", alias])
}
