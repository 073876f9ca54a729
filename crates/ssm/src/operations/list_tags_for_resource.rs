//! `ssm:ListTagsForResource`: list a parameter's tags.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::tags::{self, Tagged};
use crate::{ParameterError, View, access, wire};

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
        Ok(vec![access::on(Self::ACTION, &self.on.name, call, view)])
    }

    fn decide(
        request: Authorized<ListTagsForResource>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListTagsForResourceResult>, ParameterError> {
        let parameter = request.on.find(call, view)?;
        let tag_list = Some(tags::wire(&parameter.tags));
        Ok(Decision::read(wire::ListTagsForResourceResult { tag_list }))
    }
}
