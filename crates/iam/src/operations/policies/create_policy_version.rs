//! `iam:CreatePolicyVersion`: write a managed policy anew, beside its older versions.

use kagiban_store::Txn;

use crate::document::IdentityPolicy;
use crate::managed_policy::{PolicyArn, parse_document, rewrite};
use crate::records::{ManagedPolicy, PolicyVersion, keys};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// A version to be made.
#[derive(Clone, Debug)]
pub struct CreatePolicyVersion {
    policy: PolicyArn,
    document: IdentityPolicy,
    as_default: bool,
}

impl Operation for CreatePolicyVersion {
    const ACTION: &'static str = "iam:CreatePolicyVersion";
    type Wire = wire::CreatePolicyVersionRequest;
    type Output = wire::CreatePolicyVersionResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreatePolicyVersionRequest) -> Result<CreatePolicyVersion, IamError> {
        Ok(CreatePolicyVersion {
            policy: PolicyArn::required(wire.policy_arn)?,
            document: parse_document(wire.policy_document)?,
            as_default: wire.set_as_default == Some(true),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.policy.target(Self::ACTION, account, call)])
    }

    fn decide(
        request: Authorized<CreatePolicyVersion>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreatePolicyVersionResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let policy = request.policy.ours(account, id)?;
        if account.policy_versions_of(policy).count() >= MAX_VERSIONS {
            return Err(IamError::LimitExceeded(TOO_MANY.to_owned()));
        }
        let number = policy.next_version;
        let new = ManagedPolicy {
            default_version: match request.as_default {
                true => number,
                false => policy.default_version,
            },
            next_version: number + 1,
            updated: with.now,
            ..ManagedPolicy::clone(policy)
        };
        let version = PolicyVersion {
            document: request.document.clone(),
            created: with.now,
            rest: Default::default(),
        };
        let mut txn = Txn::new();
        rewrite(&mut txn, id, policy, &new);
        txn.put(keys::policy_version(id, &policy.name, number), &version);
        let policy_version = Some(version.listed(&new, number));
        Ok(Decision::write(
            txn,
            wire::CreatePolicyVersionResponse { policy_version },
        ))
    }
}

/// The most versions that one policy may have.
const MAX_VERSIONS: usize = 5;

const TOO_MANY: &str = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
