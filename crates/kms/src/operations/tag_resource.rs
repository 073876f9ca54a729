//! `kms:TagResource`: give a key tags, or its tags other values.

use kagiban_iam::records::Tag;
use kagiban_iam::tags::requested;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, tags, wire};

/// Which key, and its new tags.
#[derive(Clone, Debug)]
pub struct TagResource {
    key: KeyRef,
    tags: Vec<Tag>,
}

impl Operation for TagResource {
    const ACTION: &'static str = "kms:TagResource";
    type Wire = wire::TagResourceRequest;
    type Output = wire::TagResourceResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::TagResourceRequest) -> Result<TagResource, KmsError> {
        Ok(TagResource {
            key: KeyRef::of_key(wire.key_id)?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.own(&self.key, call)?.requirement(Self::ACTION, call);
        Ok(vec![requested(requirement, &self.tags)])
    }

    fn decide(
        request: Authorized<TagResource>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::TagResourceResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Alive)?;
        let tags = tags::merge(&found.key.tags, &request.tags)?;
        let txn = found.change(Self::ACTION, |key| key.tags = tags)?;
        Ok(Decision::write(txn, wire::TagResourceResponse {}))
    }
}
