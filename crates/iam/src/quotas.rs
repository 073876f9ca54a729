//! How much of everything one account may have.
//!
//! The numbers are AWS's defaults, which GetAccountSummary tells as well. Two requests at the same
//! moment may both find the last place free: a quota keeps an account from growing without end, and
//! is worth no condition on everything that the account has.

use crate::IamError;

/// How many of one kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota {
    /// AWS's name for it.
    name: &'static str,
    /// The most there may be.
    pub(crate) most: usize,
}

pub(crate) const GROUPS: Quota = Quota::of("GroupsPerAccount", 300);
pub(crate) const GROUPS_PER_USER: Quota = Quota::of("GroupsPerUser", 10);
pub(crate) const INSTANCE_PROFILES: Quota = Quota::of("InstanceProfilesPerAccount", 1000);
pub(crate) const POLICIES: Quota = Quota::of("PoliciesPerAccount", 1500);
pub(crate) const ROLES: Quota = Quota::of("RolesPerAccount", 1000);
pub(crate) const USERS: Quota = Quota::of("UsersPerAccount", 5000);

impl Quota {
    const fn of(name: &'static str, most: usize) -> Quota {
        Quota { name, most }
    }

    /// Refuses one more than there may be.
    ///
    /// # Errors
    ///
    /// `LimitExceeded`.
    pub(crate) fn one_more(self, there: usize) -> Result<(), IamError> {
        if there < self.most {
            return Ok(());
        }
        Err(IamError::LimitExceeded(format!(
            "Cannot exceed quota for {}: {}",
            self.name, self.most
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_can_be_taken_and_no_other() {
        assert_eq!(GROUPS.one_more(299), Ok(()));
        let refused = GROUPS.one_more(300).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "Cannot exceed quota for GroupsPerAccount: 300"
        );
    }
}
