//! Managed policies as requests name them: ours, or AWS's own.

use kagiban_aws::{AccountId, Arn};
use kagiban_policy::{MalformedPolicy, Version};
use kagiban_store::Txn;

use crate::document::{IdentityPolicy, MAX_STORED_BYTES};
use crate::managed_policies::{self, AwsPolicy};
use crate::records::{ManagedPolicy, PolicyVersion, keys};
use crate::{Account, Call, IamError, Requirement, Stored, Usage, tags, wire};

/// The ARN of a managed policy, which may not exist.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PolicyArn(Arn);

/// A managed policy that exists.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Managed<'a> {
    /// The account's own.
    Ours(&'a ManagedPolicy),
    /// AWS's.
    Aws(&'static AwsPolicy),
}

impl PolicyArn {
    /// Takes a member that the wire demands.
    ///
    /// # Errors
    ///
    /// If it is not an ARN. One of something else than a policy is merely not found.
    pub(crate) fn required(wire: Option<String>) -> Result<PolicyArn, IamError> {
        Self::parse(wire.unwrap_or_default().as_str())
    }

    /// As [`PolicyArn::required`].
    pub(crate) fn parse(text: &str) -> Result<PolicyArn, IamError> {
        match text.parse() {
            Ok(arn) => Ok(PolicyArn(arn)),
            // Two blanks are AWS's own.
            Err(_) => Err(IamError::ValidationError(
                "Invalid ARN:  Could not be parsed!".to_owned(),
            )),
        }
    }

    pub(crate) fn arn(&self) -> &Arn {
        &self.0
    }

    /// The policy, if the account has it or AWS does.
    pub(crate) fn find<'a>(&self, account: &'a Account, id: AccountId) -> Option<Managed<'a>> {
        let PolicyArn(arn) = self;
        if let Some(policy) = managed_policies::find(arn) {
            return Some(Managed::Aws(policy));
        }
        let policy = account.policy(arn)?;
        (policy.arn(id) == *arn).then_some(Managed::Ours(policy))
    }

    /// The policy, to look at.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub(crate) fn existing<'a>(&self, account: &'a Account, id: AccountId) -> Result<Managed<'a>, IamError> {
        self.find(account, id)
            .ok_or_else(|| IamError::NoSuchEntity(format!("Policy {} was not found.", self.0)))
    }

    /// The account's own policy, to be changed.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`; `AccessDenied` for AWS's own, which nobody may change.
    pub(crate) fn ours<'a>(
        &self,
        account: &'a Account,
        id: AccountId,
    ) -> Result<&'a Stored<ManagedPolicy>, IamError> {
        let PolicyArn(arn) = self;
        match (self.existing(account, id)?, account.policy(arn)) {
            (Managed::Ours(_), Some(policy)) => Ok(policy),
            // UNSURE: AWS's sentence.
            _ => Err(IamError::AccessDenied(format!("Policy {arn} belongs to AWS."))),
        }
    }

    /// The number of a version that the policy has.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub(crate) fn version(
        &self,
        account: &Account,
        policy: &ManagedPolicy,
        version: &str,
    ) -> Result<u32, IamError> {
        version_number(version)
            .filter(|number| account.policy_version(policy, *number).is_some())
            .ok_or_else(|| self.missing_version(version))
    }

    /// That there is no such version.
    pub(crate) fn missing_version(&self, version: &str) -> IamError {
        IamError::NoSuchEntity(format!(
            "Policy {} version {version} does not exist or is not attachable.",
            self.0
        ))
    }

    /// Refuses a policy that cannot be attached, because there is none; and keeps the one that is
    /// there from being deleted in the meantime.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`; `PolicyNotAttachable` for what is made for service-linked roles.
    pub(crate) fn attachable(&self, account: &Account, id: AccountId, txn: &mut Txn) -> Result<(), IamError> {
        match self.find(account, id) {
            Some(Managed::Ours(policy)) => {
                txn.exists(keys::policy(id, &policy.name));
                Ok(())
            }
            // UNSURE: the same sentence for users, groups and boundaries, which AWS has words for
            // that nobody quotes.
            Some(Managed::Aws(policy)) if policy.is_services() => Err(IamError::PolicyNotAttachable(
                "Cannot attach a Service Role Policy to a Customer Role.",
            )),
            Some(Managed::Aws(_)) => Ok(()),
            None => Err(IamError::NoSuchEntity(format!(
                "Policy {} does not exist or is not attachable.",
                self.0
            ))),
        }
    }

    /// What a caller must be allowed who acts on the policy. AWS's own belong to everybody.
    pub(crate) fn target(&self, action: &'static str, account: &Account, call: &Call<'_>) -> Requirement {
        let id = call.scope.account;
        let on = Requirement::on(action, self.0.clone(), self.0.account_id().unwrap_or(id));
        match self.find(account, id) {
            Some(Managed::Ours(policy)) => tags::of_target(on, &policy.tags),
            Some(Managed::Aws(_)) | None => on,
        }
    }
}

/// Characters that a managed policy may have, white space not counted.
const SIZE_LIMIT: usize = 6144;

/// Compiles a managed policy's document as a caller wrote it.
///
/// # Errors
///
/// `MalformedPolicyDocument`, also for the old version of the language, which AWS takes in inline
/// policies only; `LimitExceeded` for more text than a managed policy may have.
pub(crate) fn parse_document(wire: Option<String>) -> Result<IdentityPolicy, IamError> {
    let document = IdentityPolicy::parse(wire.unwrap_or_default().as_str())?;
    if document.version() != Some(Version::V2012) {
        return Err(MalformedPolicy::Version.into());
    }
    if document.len_without_whitespace() > SIZE_LIMIT || document.stored_bytes() > 2 * MAX_STORED_BYTES {
        return Err(IamError::LimitExceeded(format!(
            "Cannot exceed quota for PolicySize: {SIZE_LIMIT}"
        )));
    }
    Ok(document)
}

/// `v3` as a number.
pub(crate) fn version_number(id: &str) -> Option<u32> {
    let digits = id.strip_prefix('v')?;
    let plain = !digits.starts_with(['0', '+']);
    digits.parse().ok().filter(|_| plain)
}

impl ManagedPolicy {
    /// `arn:aws:iam::A:policy<path><name>`
    pub(crate) fn arn(&self, account: AccountId) -> Arn {
        Arn::global("iam", account, format_args!("policy{}{}", self.path, self.name))
    }
}

/// Writes a changed policy, provided that nobody else has changed it since it was read.
///
/// Whatever changes about a policy's versions writes its record too, if only as it was.
pub(crate) fn rewrite(txn: &mut Txn, account: AccountId, read: &Stored<ManagedPolicy>, new: &ManagedPolicy) {
    let key = keys::policy(account, &read.name);
    txn.unchanged(key.clone(), Some(read.revision)).put(key, new);
}

impl PolicyVersion {
    /// As lists show it: without the document.
    pub(crate) fn listed(&self, policy: &ManagedPolicy, number: u32) -> wire::PolicyVersion {
        wire::PolicyVersion {
            document: None,
            version_id: Some(format!("v{number}")),
            is_default_version: Some(number == policy.default_version),
            create_date: Some(self.created),
        }
    }
}

impl AwsPolicy {
    /// The one version, as lists show it.
    pub(crate) fn listed_version(&self) -> wire::PolicyVersion {
        wire::PolicyVersion {
            document: None,
            version_id: Some(format!("v{}", self.version)),
            is_default_version: Some(true),
            create_date: Some(self.updated),
        }
    }
}

impl Managed<'_> {
    pub(crate) fn path(&self) -> &str {
        match self {
            Managed::Ours(policy) => &policy.path,
            Managed::Aws(policy) => policy.path,
        }
    }

    pub(crate) fn arn(&self, account: AccountId) -> Arn {
        match self {
            Managed::Ours(policy) => policy.arn(account),
            Managed::Aws(policy) => policy.arn(),
        }
    }

    /// As lists show it: without description and tags.
    pub(crate) fn listed(&self, account: &Account, id: AccountId) -> wire::Policy {
        let arn = self.arn(id);
        let (name, policy_id, version, created, updated) = match self {
            Managed::Ours(p) => (
                p.name.as_str(),
                p.id.as_str(),
                p.default_version,
                p.created,
                p.updated,
            ),
            Managed::Aws(p) => (p.name, p.id, p.version, p.created, p.updated),
        };
        let number = |count: u32| Some(i32::try_from(count).unwrap_or(i32::MAX));
        wire::Policy {
            policy_name: Some(name.to_owned()),
            policy_id: Some(policy_id.to_owned()),
            path: Some(self.path().to_owned()),
            default_version_id: Some(format!("v{version}")),
            attachment_count: number(account.uses.count(&arn, Usage::Attached)),
            permissions_boundary_usage_count: number(account.uses.count(&arn, Usage::Boundary)),
            is_attachable: Some(true),
            create_date: Some(created),
            update_date: Some(updated),
            arn: Some(arn.into()),
            ..wire::Policy::default()
        }
    }

    /// As GetPolicy shows it.
    pub(crate) fn shown(&self, account: &Account, id: AccountId) -> wire::Policy {
        let (description, tags) = match self {
            Managed::Ours(policy) => (policy.description.clone(), tags::shown(&policy.tags)),
            Managed::Aws(policy) => (Some(policy.description.to_owned()), None),
        };
        wire::Policy {
            description,
            tags,
            ..self.listed(account, id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_v_and_a_number() {
        assert_eq!(version_number("v12"), Some(12));
        for text in ["12", "v", "v0", "v01", "v1.2", "v+1", "V1"] {
            assert_eq!(version_number(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_an_arn_is_refused_in_awss_words() {
        let refused = PolicyArn::parse("AdministratorAccess-policy").unwrap_err();
        assert_eq!(refused.to_string(), "Invalid ARN:  Could not be parsed!");
    }
}
