//! Where managed policies are in use: what counts show, and who is behind them.

use imbl::OrdSet;
use kagiban_aws::Arn;

use crate::records::keys::EntityKind;

/// Every attachment and every boundary of one account.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    attached: OrdSet<Mark>,
    bounding: OrdSet<Mark>,
}

/// A policy's ARN, and the kind and lower-case name of what it is attached to or bounds.
type Mark = (Box<str>, EntityKind, Box<str>);

/// What a managed policy is to a user, a group or a role.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Usage {
    /// It grants.
    Attached,
    /// It is the permissions boundary.
    Boundary,
}

impl Uses {
    /// Carries one mark into memory; `kind` is as [`EntityKind`]s stand in keys. A newer server's
    /// kinds are passed over.
    pub(crate) fn apply(&mut self, policy: &str, kind: &str, entity: &str, there: bool) {
        let (usage, kind) = match kind.strip_suffix("-boundary") {
            Some(kind) => (Usage::Boundary, kind),
            None => (Usage::Attached, kind),
        };
        let Some(kind) = EntityKind::ALL.into_iter().find(|known| known.as_str() == kind) else {
            return;
        };
        let mark = (policy.into(), kind, entity.into());
        let marks = match usage {
            Usage::Attached => &mut self.attached,
            Usage::Boundary => &mut self.bounding,
        };
        match there {
            true => marks.insert(mark),
            false => marks.remove(&mark),
        };
    }

    /// Everything that a policy is used by in one way: kinds and lower-case names, in order.
    pub fn of(&self, policy: &Arn, usage: Usage) -> impl Iterator<Item = (EntityKind, &str)> {
        let marks = match usage {
            Usage::Attached => &self.attached,
            Usage::Boundary => &self.bounding,
        };
        let policy: Box<str> = policy.as_str().into();
        marks
            .range((policy.clone(), EntityKind::ALL[0], Box::default())..)
            .take_while(move |(marked, _, _)| *marked == policy)
            .map(|(_, kind, name)| (*kind, &**name))
    }

    /// How many are used by a policy in one way.
    pub fn count(&self, policy: &Arn, usage: Usage) -> u32 {
        u32::try_from(self.of(policy, usage).count()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_kept_apart_by_policy_and_usage() {
        let policy = |name: &str| format!("arn:aws:iam::aws:policy/{name}").parse::<Arn>().unwrap();
        let mut uses = Uses::default();
        for (name, kind, entity) in [
            ("a", "user", "alice"),
            ("a", "role", "app"),
            ("a", "user-boundary", "alice"),
            ("ab", "group", "staff"),
            ("a", "machine", "of a newer server"),
        ] {
            uses.apply(policy(name).as_str(), kind, entity, true);
        }
        let found: Vec<_> = uses.of(&policy("a"), Usage::Attached).collect();
        assert_eq!(found, [(EntityKind::User, "alice"), (EntityKind::Role, "app")]);
        assert_eq!(uses.count(&policy("a"), Usage::Boundary), 1);
        uses.apply(policy("a").as_str(), "user", "alice", false);
        assert_eq!(uses.count(&policy("a"), Usage::Attached), 1);
        assert_eq!(uses.count(&policy("ab"), Usage::Attached), 1);
    }
}
