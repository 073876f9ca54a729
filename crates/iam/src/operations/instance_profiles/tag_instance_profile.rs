//! `iam:TagInstanceProfile`: give an instance profile tags, or other values to those it has.

use kagiban_store::Txn;

use crate::names::ProfileName;
use crate::records::Tag;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, instance_profiles, tags, wire,
};

/// The tags, and which profile's they will be.
#[derive(Clone, Debug)]
pub struct TagInstanceProfile {
    name: ProfileName,
    tags: Vec<Tag>,
}

impl Operation for TagInstanceProfile {
    const ACTION: &'static str = "iam:TagInstanceProfile";
    type Wire = wire::TagInstanceProfileRequest;
    type Output = wire::TagInstanceProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::TagInstanceProfileRequest) -> Result<TagInstanceProfile, IamError> {
        Ok(TagInstanceProfile {
            name: ProfileName::required(wire.instance_profile_name)?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = instance_profiles::target(Self::ACTION, account, call.scope.account, &self.name);
        Ok(vec![tags::requested(target, &self.tags)])
    }

    fn decide(
        request: Authorized<TagInstanceProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::TagInstanceProfileResponse>, IamError> {
        let profile = instance_profiles::existing(view.account(call)?, &request.name)?;
        let tags = tags::merge(&profile.tags, &request.tags)?;
        let mut txn = Txn::new();
        instance_profiles::tagged(&mut txn, call.scope.account, profile, tags);
        Ok(Decision::write(txn, wire::TagInstanceProfileResponse {}))
    }
}
