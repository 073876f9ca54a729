//! `iam:CreatePolicy`: make a managed policy.

use kagiban_aws::Arn;
use kagiban_store::Txn;

use crate::document::IdentityPolicy;
use crate::managed_policy::{Managed, parse_document};
use crate::names::{Path, PolicyName};
use crate::quotas::POLICIES;
use crate::records::{ManagedPolicy, PolicyVersion, Tag, keys};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// A policy to be made, with its first version.
#[derive(Clone, Debug)]
pub struct CreatePolicy {
    name: PolicyName,
    path: Path,
    document: IdentityPolicy,
    description: Option<String>,
    tags: Vec<Tag>,
}

impl Operation for CreatePolicy {
    const ACTION: &'static str = "iam:CreatePolicy";
    type Wire = wire::CreatePolicyRequest;
    type Output = wire::CreatePolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreatePolicyRequest) -> Result<CreatePolicy, IamError> {
        Ok(CreatePolicy {
            name: PolicyName::required(wire.policy_name)?,
            path: Path::optional(wire.path)?,
            document: parse_document(wire.policy_document)?,
            description: wire.description,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("policy{}{}", self.path, self.name));
        let create = Requirement::on(Self::ACTION, arn, id);
        Ok(tags::to_create(create, "iam:TagPolicy", &self.tags))
    }

    fn decide(
        request: Authorized<CreatePolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreatePolicyResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        if account.policy_named(&request.name).is_some() {
            return Err(IamError::EntityAlreadyExists(format!(
                "A policy called {} already exists. Duplicate names are not allowed.",
                request.name
            )));
        }
        POLICIES.one_more(account.policies.len())?;
        let policy = request.policy(with);
        let version = PolicyVersion {
            document: request.document.clone(),
            created: with.now,
            rest: Default::default(),
        };
        let key = keys::policy(id, &policy.name);
        let mut txn = Txn::new();
        txn.absent(key.clone())
            .put(key, &policy)
            .put(keys::policy_version(id, &policy.name, FIRST), &version);
        let shown = wire::Policy {
            tags: tags::shown(&policy.tags),
            ..Managed::Ours(&policy).listed(account, id)
        };
        let policy = Some(shown);
        Ok(Decision::write(txn, wire::CreatePolicyResponse { policy }))
    }
}

/// The number of a policy's first version.
const FIRST: u32 = 1;

impl CreatePolicy {
    fn policy(&self, with: &With<'_>) -> ManagedPolicy {
        ManagedPolicy {
            name: self.name.to_string(),
            path: self.path.to_string(),
            id: with.entropy.entity_id("ANPA"),
            created: with.now,
            updated: with.now,
            description: self.description.clone(),
            default_version: FIRST,
            next_version: FIRST + 1,
            tags: self.tags.clone(),
            rest: Default::default(),
        }
    }
}
