//! `iam:UntagInstanceProfile`: take tags from an instance profile.

use kagiban_store::Txn;

use crate::names::ProfileName;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, instance_profiles, tags, wire,
};

/// The keys of the tags, and which profile's they are.
#[derive(Clone, Debug)]
pub struct UntagInstanceProfile {
    name: ProfileName,
    keys: Vec<String>,
}

impl Operation for UntagInstanceProfile {
    const ACTION: &'static str = "iam:UntagInstanceProfile";
    type Wire = wire::UntagInstanceProfileRequest;
    type Output = wire::UntagInstanceProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UntagInstanceProfileRequest) -> Result<UntagInstanceProfile, IamError> {
        Ok(UntagInstanceProfile {
            name: ProfileName::required(wire.instance_profile_name)?,
            keys: tags::parse_keys(wire.tag_keys)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = instance_profiles::target(Self::ACTION, account, call.scope.account, &self.name);
        Ok(vec![tags::unrequested(target, &self.keys)])
    }

    fn decide(
        request: Authorized<UntagInstanceProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UntagInstanceProfileResponse>, IamError> {
        let profile = instance_profiles::existing(view.account(call)?, &request.name)?;
        let tags = tags::remove(&profile.tags, &request.keys);
        let mut txn = Txn::new();
        instance_profiles::tagged(&mut txn, call.scope.account, profile, tags);
        Ok(Decision::write(txn, wire::UntagInstanceProfileResponse {}))
    }
}
