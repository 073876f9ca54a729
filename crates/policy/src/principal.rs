//! The caller, as far as the policy language sees one.

use kagiban_aws::AccountId;

/// Who makes a request. Ids are IAM's unique ids (`AIDA…`, `AROA…`), which outlive no deletion: a policy
/// that was stored with an id does not match a namesake made later.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Principal<'a> {
    /// The account's root user.
    Root {
        /// The account.
        account: AccountId,
    },
    /// An IAM user, by a long-term key or a `GetSessionToken` session.
    User {
        /// The user's account.
        account: AccountId,
        /// `arn:aws:iam::A:user/path/name`.
        arn: &'a str,
        /// `AIDA…`.
        id: &'a str,
    },
    /// A session of a role.
    RoleSession {
        /// The role's account.
        account: AccountId,
        /// `arn:aws:iam::A:role/path/name`.
        role_arn: &'a str,
        /// `AROA…`.
        role_id: &'a str,
        /// `arn:aws:sts::A:assumed-role/name/session`.
        session_arn: &'a str,
    },
    /// A `GetFederationToken` session.
    FederatedUser {
        /// The account that gave the token.
        account: AccountId,
        /// `arn:aws:sts::A:federated-user/name`.
        arn: &'a str,
        /// ARN and unique id of the user who asked for the token; `None` if it was the root user.
        issuer: Option<(&'a str, &'a str)>,
    },
    /// Somebody vouched for by an identity provider, who asks for a role.
    Federated {
        /// ARN of the OIDC or SAML provider, or a name such as `accounts.google.com`.
        provider: &'a str,
    },
    /// A service that acts by itself.
    Service {
        /// Such as `ec2.amazonaws.com`.
        name: &'a str,
    },
    /// Nobody: the request is not signed.
    Anonymous,
}

impl Principal<'_> {
    /// The account whose identity policies speak for the caller, if there is one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Principal::Root { account }
            | Principal::User { account, .. }
            | Principal::RoleSession { account, .. }
            | Principal::FederatedUser { account, .. } => Some(*account),
            Principal::Federated { .. } | Principal::Service { .. } | Principal::Anonymous => None,
        }
    }

    /// Whether the root user's own rights stand behind the caller, who then needs no identity policy.
    pub(crate) fn has_root_rights(&self) -> bool {
        matches!(
            self,
            Principal::Root { .. } | Principal::FederatedUser { issuer: None, .. }
        )
    }
}
