//! The managed policies that AWS itself owns, `arn:aws:iam::aws:policy/…`, as far as they concern us.
//!
//! What they grant, their ids, dates and versions follow AWS's own, as of March 2026. Templates name
//! many that are about services of others: some are here too, so that they can be attached.
//!
//! Source: AWS managed policy reference.
// DIFFERS: ReadOnlyAccess, SecurityAudit and ViewOnlyAccess are here without their statements about
// services that this server does not have, because nobody can miss them.
// DIFFERS: only the version in force is kept of each, because nothing can be done with the others.

mod containers;
mod identity;
mod job_functions;
mod keys;
mod other_services;
mod systems_manager;

use std::sync::LazyLock;

use kagiban_aws::{Arn, Timestamp};
use kagiban_policy::{Kind, Policy};

use crate::names;

/// A managed policy that AWS owns.
#[derive(Debug)]
pub struct AwsPolicy {
    /// Its name.
    pub name: &'static str,
    /// `/` or `/…/`.
    pub path: &'static str,
    /// `ANPA…`.
    pub id: &'static str,
    /// The version in force, and the only one shown.
    pub version: u32,
    /// When AWS made it.
    pub created: Timestamp,
    /// When the version in force was made.
    pub updated: Timestamp,
    /// AWS's purpose for it, in our words.
    pub description: &'static str,
    document: LazyLock<Policy>,
}

impl AwsPolicy {
    /// Whether it is for a service-linked role only, and cannot be attached by anybody.
    pub fn is_services(&self) -> bool {
        self.path.starts_with(names::SERVICE_LINKED_PATH)
    }

    /// The document, compiled on first use.
    pub fn document(&self) -> &Policy {
        &self.document
    }

    /// `arn:aws:iam::aws:policy<path><name>`
    pub fn arn(&self) -> Arn {
        format!("{AWSS}{}{}", self.path, self.name)
            .parse()
            .expect("the format above has six parts")
    }
}

/// All of them, by name.
pub fn all() -> impl Iterator<Item = &'static AwsPolicy> {
    BY_NAME.iter().copied()
}

/// The one that an ARN names.
pub fn find(arn: &Arn) -> Option<&'static AwsPolicy> {
    // The whole ARN: another spelling of it would slip past conditions on `iam:PolicyARN`.
    let path_and_name = arn.as_str().strip_prefix(AWSS)?;
    let name = path_and_name.rsplit('/').next()?;
    let place = BY_NAME.binary_search_by(|policy| policy.name.cmp(name)).ok()?;
    Some(BY_NAME[place]).filter(|policy| path_and_name.strip_suffix(name) == Some(policy.path))
}

const AWSS: &str = "arn:aws:iam::aws:policy";

/// Every theme's, in the order of their names, which `find` relies on.
static BY_NAME: LazyLock<Vec<&'static AwsPolicy>> = LazyLock::new(|| {
    let themes: [&'static [AwsPolicy]; 6] = [
        &containers::POLICIES,
        &identity::POLICIES,
        &job_functions::POLICIES,
        &keys::POLICIES,
        &other_services::POLICIES,
        &systems_manager::POLICIES,
    ];
    let mut policies: Vec<&AwsPolicy> = themes.into_iter().flatten().collect();
    policies.sort_unstable_by_key(|policy| policy.name);
    policies
});

fn compile(text: &str) -> Policy {
    Policy::parse(text, Kind::Identity).expect("a test compiles every one of these texts")
}

/// Policies, each as: name in path, id v version, seconds of its making to seconds of that version's,
/// description and document.
macro_rules! policies {
    ($($name:literal in $path:literal, $id:literal v $version:literal, $created:literal to $updated:literal:
        $description:literal $text:literal)*) => {
        pub(super) static POLICIES: [super::AwsPolicy; [$($name),*].len()] = [$(super::AwsPolicy {
            name: $name,
            path: $path,
            id: $id,
            version: $version,
            created: kagiban_aws::Timestamp::from_seconds($created),
            updated: kagiban_aws::Timestamp::from_seconds($updated),
            description: $description,
            document: std::sync::LazyLock::new(|| super::compile($text)),
        }),*];
    };
}
use policies;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_of_an_arn_is_not_the_policy() {
        for spelling in [
            "arn:aws:iam:x:aws:policy/AdministratorAccess",
            "arn:AWS:iam::aws:policy/AdministratorAccess",
            "arn:aws:iam::aws:policy/administratoraccess",
        ] {
            assert!(find(&spelling.parse().unwrap()).is_none(), "{spelling}");
        }
    }

    #[test]
    fn every_one_compiles_and_is_found_by_its_arn() {
        for policy in all() {
            assert_eq!(policy.document().kind(), Kind::Identity);
            assert_eq!(find(&policy.arn()).unwrap().id, policy.id);
        }
    }

    #[test]
    fn no_two_have_the_same_name_or_id() {
        assert!(BY_NAME.is_sorted_by(|a, b| a.name < b.name));
        let ids: std::collections::BTreeSet<_> = all().map(|policy| policy.id).collect();
        assert_eq!(ids.len(), BY_NAME.len());
        assert!(ids.iter().all(|id| id.len() == 21 && id.starts_with("ANPA")));
    }

    #[test]
    fn every_one_is_short_enough_for_a_managed_policy_and_written_in_the_new_language() {
        for policy in all() {
            let document = policy.document();
            assert!(document.len_without_whitespace() <= 6144, "{}", policy.name);
            assert_eq!(
                document.version(),
                Some(kagiban_policy::Version::V2012),
                "{}",
                policy.name
            );
            assert!(policy.created <= policy.updated, "{}", policy.name);
        }
    }

    #[test]
    fn another_path_or_account_names_nothing() {
        for text in [
            "arn:aws:iam::aws:policy/x/AdministratorAccess",
            "arn:aws:iam::aws:policy/ViewOnlyAccess",
            "arn:aws:iam::111122223333:policy/AdministratorAccess",
            "arn:aws:iam::aws:role/AdministratorAccess",
        ] {
            assert!(find(&text.parse().unwrap()).is_none(), "{text}");
        }
    }
}
