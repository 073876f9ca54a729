//! Whom a grant names, and how it is kept: by unique id, so that a namesake made later has no part in it.

use std::str::FromStr;

use kagiban_aws::{AccountId, Arn};
use kagiban_iam::State;
use kagiban_policy::{Principal, Reach};
use serde::{Deserialize, Serialize};

use crate::KmsError;

/// A principal as a request names it: an account, a user, a role, a session of one, a federated user,
/// a service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantPrincipal(Named);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Named {
    /// The root user's ARN, or a federated user's.
    AsWritten(Arn),
    /// A user's or a role's ARN.
    Entity(Arn),
    /// A role's name in an account, and the name of the session.
    Session(Arn),
    /// Such as `ec2.amazonaws.com`.
    Service(String),
}

/// A principal as it is kept: `AIDA…` of a user, `AROA…` of a role, `AROA…:name` of a session, the ARN of
/// an account or a federated user, a service's name.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Pinned(Box<str>);

impl FromStr for GrantPrincipal {
    type Err = KmsError;

    fn from_str(text: &str) -> Result<GrantPrincipal, KmsError> {
        named(text).map(GrantPrincipal).ok_or_else(|| invalid(text))
    }
}

/// Also for a principal that does not exist, which AWS does not tell apart.
// UNSURE: AWS's sentence; clients go by the code.
fn invalid(text: &str) -> KmsError {
    KmsError::InvalidArn(format!("The principal {text} is not valid."))
}

fn named(text: &str) -> Option<Named> {
    if !text.starts_with("arn:") {
        let service = text.strip_suffix(".amazonaws.com")?;
        let word =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        return service
            .split('.')
            .all(word)
            .then(|| Named::Service(text.to_owned()));
    }
    let arn: Arn = text.parse().ok()?;
    if arn.partition() != "aws" || !arn.region().is_empty() {
        return None;
    }
    arn.account_id()?;
    let parts: Vec<&str> = arn.resource().split('/').collect();
    let full = parts.iter().all(|part| !part.is_empty());
    match (arn.service(), &parts[..]) {
        _ if !full => None,
        ("iam", ["root"]) | ("sts", ["federated-user", _]) => Some(Named::AsWritten(arn)),
        ("iam", ["user" | "role", _, ..]) => Some(Named::Entity(arn)),
        ("sts", ["assumed-role", _, _]) => Some(Named::Session(arn)),
        _ => None,
    }
}

impl GrantPrincipal {
    /// A service by its name.
    pub(crate) fn service(name: &str) -> GrantPrincipal {
        GrantPrincipal(Named::Service(name.to_owned()))
    }

    /// As the request wrote it, for conditions.
    pub(crate) fn as_str(&self) -> &str {
        match &self.0 {
            Named::AsWritten(arn) | Named::Entity(arn) | Named::Session(arn) => arn.as_str(),
            Named::Service(name) => name,
        }
    }

    /// Whether a service is meant.
    pub(crate) fn is_service(&self) -> bool {
        matches!(self.0, Named::Service(_))
    }

    /// The account whose principal it is.
    pub(crate) fn account(&self) -> Option<AccountId> {
        match &self.0 {
            Named::AsWritten(arn) | Named::Entity(arn) | Named::Session(arn) => arn.account_id(),
            Named::Service(_) => None,
        }
    }

    /// The same as it is to be kept.
    ///
    /// # Errors
    ///
    /// `InvalidArn` for a user, a role or a role's session whose bearer does not exist.
    pub(crate) fn pin(&self, state: &State) -> Result<Pinned, KmsError> {
        let pinned = match &self.0 {
            Named::AsWritten(arn) => Some(arn.as_str().into()),
            Named::Service(name) => Some(name.as_str().into()),
            Named::Entity(arn) => state.id_of_arn(arn).map(Into::into),
            Named::Session(arn) => session(arn, state).map(Into::into),
        };
        pinned.map(Pinned).ok_or_else(|| invalid(self.as_str()))
    }
}

/// `AROA…:name`. The session need not exist: it may begin at any time.
fn session(arn: &Arn, state: &State) -> Option<String> {
    let mut parts = arn.resource().split('/').skip(1);
    let (role, name) = (parts.next()?, parts.next()?);
    let account = state.account(arn.account_id()?)?;
    let role = account.role(role).filter(|kept| kept.name == role)?;
    Some(format!("{}:{name}", role.id))
}

impl Pinned {
    /// An account, which stands for all that its own policies allow.
    pub(crate) fn account(account: AccountId) -> Pinned {
        Pinned(Arn::global("iam", account, format_args!("root")).as_str().into())
    }

    /// The bare id of a user or role whose ARN nobody has any more, as listings show it.
    pub(crate) fn of_id(text: &str) -> Option<Pinned> {
        let (id, _) = text.split_once(':').unwrap_or((text, ""));
        let is_id = (id.starts_with("AIDA") || id.starts_with("AROA"))
            && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        is_id.then(|| Pinned(text.into()))
    }

    /// Whether it is a service.
    pub(crate) fn is_service(&self) -> bool {
        self.0.ends_with(".amazonaws.com")
    }

    /// The ARN of whoever it is now; the bare id if nobody bears it any more, as on AWS.
    pub(crate) fn shown(&self, state: &State) -> String {
        let arn = match self.0.split_once(':') {
            Some(("arn", _)) => None,
            Some((role, session)) => state.arn_of_id(role).and_then(|role| {
                let name = role.resource().rsplit('/').next()?;
                let account = role.account_id()?;
                let arn = Arn::global("sts", account, format_args!("assumed-role/{name}/{session}"));
                Some(String::from(arn))
            }),
            None => state.arn_of_id(&self.0).map(String::from),
        };
        arn.unwrap_or_else(|| self.0.as_ref().to_owned())
    }

    /// Everything that names a caller, and how closely; what names most closely comes first.
    pub(crate) fn of(who: &Principal<'_>) -> Vec<(Pinned, Reach)> {
        let mut names = match who {
            Principal::User { id, .. } => vec![((*id).into(), Reach::Direct)],
            Principal::RoleSession {
                role_id, session_arn, ..
            } => {
                let session = session_arn.rsplit('/').next().unwrap_or_default();
                vec![
                    (format!("{role_id}:{session}").into(), Reach::Direct),
                    ((*role_id).into(), Reach::Role),
                ]
            }
            Principal::FederatedUser { arn, issuer, .. } => {
                let issuer = issuer.map(|(_, id)| (id.into(), Reach::Role));
                [((*arn).into(), Reach::Direct)]
                    .into_iter()
                    .chain(issuer)
                    .collect()
            }
            Principal::Service { name } => vec![((*name).into(), Reach::Direct)],
            Principal::Root { .. } | Principal::Federated { .. } | Principal::Anonymous => Vec::new(),
        };
        let account = who
            .account()
            .map(|account| (Pinned::account(account).0, Reach::Account));
        names.extend(account);
        names
            .into_iter()
            .map(|(name, reach)| (Pinned(name), reach))
            .collect()
    }

    /// How closely it names a caller; not at all if it is somebody else.
    pub(crate) fn reach(&self, who: &Principal<'_>) -> Option<Reach> {
        let found = Pinned::of(who).into_iter().find(|(name, _)| name == self);
        found.map(|(_, reach)| reach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_principals_are_told_apart_and_nothing_else_is_one() {
        let account = "arn:aws:iam::111122223333";
        let sts = "arn:aws:sts::111122223333";
        for good in [
            format!("{account}:root"),
            format!("{account}:user/alice"),
            format!("{account}:user/of/the/house/alice"),
            format!("{account}:role/app"),
            format!("{sts}:assumed-role/app/i-1"),
            format!("{sts}:federated-user/bob"),
            "ec2.amazonaws.com".to_owned(),
        ] {
            assert_eq!(good.parse::<GrantPrincipal>().unwrap().as_str(), good);
        }
        for bad in [
            "*".to_owned(),
            "111122223333".to_owned(),
            "AIDAAAAAAAAAAAAAAAAAA".to_owned(),
            "alice".to_owned(),
            "amazonaws.com".to_owned(),
            "ec2..amazonaws.com".to_owned(),
            format!("{account}:group/staff"),
            format!("{account}:user/"),
            format!("{account}:user"),
            format!("{account}:root/x"),
            format!("{sts}:assumed-role/app"),
            format!("{sts}:assumed-role/app/i-1/x"),
            format!("{sts}:federated-user/"),
            "arn:aws:iam::aws:role/x".to_owned(),
            "arn:aws:iam:us-east-1:111122223333:role/x".to_owned(),
            "arn:aws:kms:us-east-1:111122223333:key/x".to_owned(),
        ] {
            let refused = bad.parse::<GrantPrincipal>().unwrap_err();
            assert_eq!(refused.code(), "InvalidArnException", "{bad}");
        }
    }
}
