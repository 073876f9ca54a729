//! `iam:CreateInstanceProfile`: make an instance profile, without a role yet.

use kagiban_aws::Arn;
use kagiban_store::Txn;

use crate::names::{Path, ProfileName};
use crate::quotas::INSTANCE_PROFILES;
use crate::records::{InstanceProfile, Tag, keys};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// An instance profile to be made.
#[derive(Clone, Debug)]
pub struct CreateInstanceProfile {
    name: ProfileName,
    path: Path,
    tags: Vec<Tag>,
}

impl Operation for CreateInstanceProfile {
    const ACTION: &'static str = "iam:CreateInstanceProfile";
    type Wire = wire::CreateInstanceProfileRequest;
    type Output = wire::CreateInstanceProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateInstanceProfileRequest) -> Result<CreateInstanceProfile, IamError> {
        Ok(CreateInstanceProfile {
            name: ProfileName::required(wire.instance_profile_name)?,
            path: Path::optional(wire.path)?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let resource = format_args!("instance-profile{}{}", self.path, self.name);
        let create = Requirement::on(Self::ACTION, Arn::global("iam", id, resource), id);
        Ok(tags::to_create(create, "iam:TagInstanceProfile", &self.tags))
    }

    fn decide(
        request: Authorized<CreateInstanceProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateInstanceProfileResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        if account.instance_profile(&request.name).is_some() {
            return Err(IamError::EntityAlreadyExists(format!(
                "Instance Profile {} already exists.",
                request.name
            )));
        }
        INSTANCE_PROFILES.one_more(account.instance_profiles.len())?;
        let CreateInstanceProfile { name, path, tags } = request.into_inner();
        let profile = InstanceProfile {
            name: name.to_string(),
            path: path.to_string(),
            id: with.entropy.entity_id("AIPA"),
            created: with.now,
            role: None,
            tags,
            rest: Default::default(),
        };
        let key = keys::instance_profile(id, &name);
        let mut txn = Txn::new();
        txn.absent(key.clone()).put(key, &profile);
        let instance_profile = Some(profile.shown(id, account, view.iam));
        Ok(Decision::write(
            txn,
            wire::CreateInstanceProfileResponse { instance_profile },
        ))
    }
}
