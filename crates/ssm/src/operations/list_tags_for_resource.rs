//! `ssm:ListTagsForResource`: list the tags of something.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::tags::{self, Tagged};
use crate::{ParameterError, View, wire};

/// Whose tags to list.
#[derive(Clone, Debug)]
pub struct ListTagsForResource {
    on: Tagged,
}

impl Operation for ListTagsForResource {
    const ACTION: &'static str = "ssm:ListTagsForResource";
    type Wire = wire::ListTagsForResourceRequest;
    type Output = wire::ListTagsForResourceResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListTagsForResourceRequest) -> Result<ListTagsForResource, ParameterError> {
        Ok(ListTagsForResource {
            on: Tagged::parse(wire.resource_type.as_deref(), wire.resource_id.as_deref())?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.on.requirement(Self::ACTION, call, view)])
    }

    fn decide(
        request: Authorized<ListTagsForResource>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListTagsForResourceResult>, ParameterError> {
        let tag_list = Some(tags::wire(request.on.tags(call, view)?));
        Ok(Decision::read(wire::ListTagsForResourceResult { tag_list }))
    }
}
