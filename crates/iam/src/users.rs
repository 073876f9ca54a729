//! Users, as answers show them, and whom a request without a user name means.

use kagiban_aws::{AccountId, Arn};

use crate::entity::{Entity, shown_boundary};
use crate::names::ExistingUserName;
use crate::records::User;
use crate::{Account, Call, IamError, Identity, Requirement, tags, wire};

/// Whose data or keys a request is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Owner {
    /// The account's root user, who is no entity.
    Root,
    /// A user, who may not exist.
    User(String),
}

impl Owner {
    /// The user who is named, else the caller.
    ///
    /// # Errors
    ///
    /// A session of a role is not a user.
    pub(crate) fn of(name: Option<&ExistingUserName>, call: &Call<'_>) -> Result<Owner, IamError> {
        match (name, &call.caller.identity) {
            (Some(name), _) => Ok(Owner::User(name.to_string())),
            (None, Identity::Root) => Ok(Owner::Root),
            (None, Identity::User(user)) => Ok(Owner::User(user.name.clone())),
            (None, Identity::Anonymous | Identity::Node(_) | Identity::Role(_) | Identity::Federated(_)) => {
                Err(must_name_user())
            }
        }
    }

    /// The user's name, for what the root user cannot have.
    ///
    /// # Errors
    ///
    /// If the owner is the root user.
    pub(crate) fn user(self) -> Result<String, IamError> {
        match self {
            Owner::User(name) => Ok(name),
            Owner::Root => Err(must_name_user()),
        }
    }

    /// What a caller must be allowed who acts on the owner.
    pub(crate) fn target(&self, action: &'static str, account: &Account, id: AccountId) -> Requirement {
        match self {
            Owner::Root => Requirement::on(action, root_arn(id), id),
            Owner::User(name) => User::target(action, account, id, name),
        }
    }
}

fn must_name_user() -> IamError {
    IamError::ValidationError("Must specify userName when calling with non-User credentials".to_owned())
}

/// `arn:aws:iam::A:root`
pub(crate) fn root_arn(account: AccountId) -> Arn {
    Arn::global("iam", account, format_args!("root"))
}

impl User {
    /// As lists show it: without tags and boundary.
    pub(crate) fn listed(&self, account: AccountId) -> wire::User {
        wire::User {
            path: Some(self.path.clone()),
            user_name: Some(self.name.clone()),
            user_id: Some(self.id.clone()),
            arn: Some(self.arn(account).into()),
            create_date: Some(self.created),
            ..wire::User::default()
        }
    }

    /// As CreateUser and GetUser show it.
    pub(crate) fn shown(&self, account: AccountId) -> wire::User {
        wire::User {
            permissions_boundary: shown_boundary(&self.grants),
            tags: tags::shown(&self.tags),
            ..self.listed(account)
        }
    }
}
