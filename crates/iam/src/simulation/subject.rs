//! Whose policies are simulated.

use kagiban_aws::{AccountId, Arn};
use kagiban_policy::{Attached, Policy};

use super::exclusions::Exclusions;
use super::scenario::invalid;
use crate::entity::{Entity, missing};
use crate::policies::Policies;
use crate::records::{Group, Role, Tag, User};
use crate::{Account, IamError, Requirement, State, Stored};

/// The ARN of a user, a group or a role, which may not exist.
#[derive(Clone, Debug)]
pub(crate) struct SourceArn {
    pub(super) arn: Arn,
    pub(super) account: AccountId,
    pub(super) kind: EntityKind,
    pub(super) name: String,
}

/// Which of the three.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum EntityKind {
    User,
    Group,
    Role,
}

/// An entity's policies, borrowed from the snapshot.
#[derive(Default)]
pub(crate) struct Simulated<'s> {
    /// Identity policies and what the answers call them.
    pub(super) identity: Vec<(String, &'s Policy)>,
    pub(super) boundary: Option<&'s Policy>,
}

impl<'s> Simulated<'s> {
    /// The identity policies alone.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &'s Policy> {
        self.identity.iter().map(|(_, policy)| *policy)
    }
}

impl SourceArn {
    /// # Errors
    ///
    /// `InvalidInput`: sessions, the root user and everything else have no policies of their own.
    pub(crate) fn parse(text: &str) -> Result<SourceArn, IamError> {
        Self::read(text).map_or_else(
            || {
                invalid(format!(
                    "Invalid Entity Arn: {text} does not clearly define entity type and name."
                ))
            },
            Ok,
        )
    }

    fn read(text: &str) -> Option<SourceArn> {
        let arn: Arn = text.parse().ok()?;
        let account = arn.account_id()?;
        let (kind, path) = arn.resource().split_once('/')?;
        let kind = match (arn.service(), kind) {
            ("iam", "user") => EntityKind::User,
            ("iam", "group") => EntityKind::Group,
            ("iam", "role") => EntityKind::Role,
            _ => return None,
        };
        let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
        Some(SourceArn {
            name: name.to_owned(),
            account,
            kind,
            arn,
        })
    }

    /// What a caller must be allowed who simulates the entity's policies.
    pub(crate) fn target(&self, action: &'static str, state: &State) -> Requirement {
        crate::explanation::on_entity(action, &self.arn, self.account, state)
    }

    /// Its policies, those of its groups included.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub(crate) fn policies<'s>(
        &self,
        account: &'s Account,
        exclusions: &Exclusions,
    ) -> Result<Simulated<'s>, IamError> {
        match self.kind {
            EntityKind::Role => Ok(held(self.existing::<Role>(account)?, account, exclusions)),
            EntityKind::Group => Ok(held(self.existing::<Group>(account)?, account, exclusions)),
            EntityKind::User => {
                let user = self.existing::<User>(account)?;
                let mut simulated = held(user, account, exclusions);
                for group in account.groups_of(user) {
                    simulated
                        .identity
                        .extend(held(group, account, exclusions).identity);
                }
                Ok(simulated)
            }
        }
    }

    fn existing<'s, E: Entity>(&self, account: &'s Account) -> Result<&'s Stored<E>, IamError> {
        E::find(account, &self.name)
            .filter(|found| found.arn(self.account) == self.arn)
            .ok_or_else(|| missing::<E>(&self.name))
    }

    /// The unique id and the tags of a user or role that exists.
    pub(super) fn known<'s>(&self, state: &'s State) -> Option<(&'s str, &'s [Tag])> {
        let id = state.id_of_arn(&self.arn)?;
        let tags = match self.kind {
            EntityKind::User => state.user_by_id(self.account, id)?.tags.as_slice(),
            EntityKind::Role => state.role_by_id(self.account, id)?.tags.as_slice(),
            EntityKind::Group => &[],
        };
        Some((id, tags))
    }
}

fn held<'s, E: Entity>(
    entity: &'s Stored<E>,
    account: &'s Account,
    exclusions: &Exclusions,
) -> Simulated<'s> {
    let Policies {
        identity, boundary, ..
    } = Policies::granted(entity.grants(), account);
    let kept = identity
        .into_iter()
        .filter(|attached| !exclusions.cover(attached.source, E::NOUN, entity.name()));
    Simulated {
        identity: kept
            .map(|Attached { policy, source }| (called::<E>(source, entity.name()), policy))
            .collect(),
        boundary: boundary
            .filter(|_| !exclusions.cover_boundary())
            .map(|boundary| boundary.policy),
    }
}

/// A managed policy by its name, an inline one by whose it is as well.
// UNSURE: the name of inline policies, known from what users have posted.
fn called<E: Entity>(source: &str, owner: &str) -> String {
    match source.strip_prefix("arn:") {
        Some(arn) => arn.rsplit('/').next().unwrap_or_default().to_owned(),
        None => format!("{}_{owner}_{source}", E::NOUN),
    }
}
