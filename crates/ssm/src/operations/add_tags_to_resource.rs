//! `ssm:AddTagsToResource`: add tags to something, or give them new values.

use kagiban_iam::records::Tag;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::tags::{self, Tagged};
use crate::{ParameterError, View, access, wire};

/// Which tags to add to what.
#[derive(Clone, Debug)]
pub struct AddTagsToResource {
    on: Tagged,
    tags: Vec<Tag>,
}

impl Operation for AddTagsToResource {
    const ACTION: &'static str = "ssm:AddTagsToResource";
    type Wire = wire::AddTagsToResourceRequest;
    type Output = wire::AddTagsToResourceResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::AddTagsToResourceRequest) -> Result<AddTagsToResource, ParameterError> {
        Ok(AddTagsToResource {
            on: Tagged::parse(wire.resource_type.as_deref(), wire.resource_id.as_deref())?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let requirement = self.on.requirement(Self::ACTION, call, view);
        Ok(vec![access::requesting(requirement, &self.tags)])
    }

    fn decide(
        request: Authorized<AddTagsToResource>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::AddTagsToResourceResult>, ParameterError> {
        let tags = tags::add(request.on.tags(call, view)?, &request.tags)?;
        let txn = request.on.write(call, view, tags)?;
        Ok(Decision::write(txn, wire::AddTagsToResourceResult {}))
    }
}
