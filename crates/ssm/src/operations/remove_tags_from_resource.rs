//! `ssm:RemoveTagsFromResource`: take tags off something; absent ones are no error.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::tags::Tagged;
use crate::{ParameterError, View, wire};

/// Which tags to take off what.
#[derive(Clone, Debug)]
pub struct RemoveTagsFromResource {
    on: Tagged,
    keys: Vec<String>,
}

impl Operation for RemoveTagsFromResource {
    const ACTION: &'static str = "ssm:RemoveTagsFromResource";
    type Wire = wire::RemoveTagsFromResourceRequest;
    type Output = wire::RemoveTagsFromResourceResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::RemoveTagsFromResourceRequest) -> Result<RemoveTagsFromResource, ParameterError> {
        Ok(RemoveTagsFromResource {
            on: Tagged::parse(wire.resource_type.as_deref(), wire.resource_id.as_deref())?,
            keys: wire.tag_keys.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.on.requirement(Self::ACTION, call, view)])
    }

    fn decide(
        request: Authorized<RemoveTagsFromResource>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::RemoveTagsFromResourceResult>, ParameterError> {
        let tags = request.on.tags(call, view)?.iter();
        let kept = tags
            .filter(|tag| !request.keys.contains(&tag.key))
            .cloned()
            .collect();
        let txn = request.on.write(call, view, kept)?;
        Ok(Decision::write(txn, wire::RemoveTagsFromResourceResult {}))
    }
}
