//! `kms:UntagResource`: take tags away from a key, as far as it has them.

use kagiban_iam::tags::{remove, unrequested};
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, tags, wire};

/// Which key, and the keys of its tags.
#[derive(Clone, Debug)]
pub struct UntagResource {
    key: KeyRef,
    tag_keys: Vec<String>,
}

impl Operation for UntagResource {
    const ACTION: &'static str = "kms:UntagResource";
    type Wire = wire::UntagResourceRequest;
    type Output = wire::UntagResourceResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UntagResourceRequest) -> Result<UntagResource, KmsError> {
        Ok(UntagResource {
            key: KeyRef::of_key(wire.key_id)?,
            tag_keys: tags::parse_keys(wire.tag_keys)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.own(&self.key, call)?.requirement(Self::ACTION, call);
        Ok(vec![unrequested(requirement, &self.tag_keys)])
    }

    fn decide(
        request: Authorized<UntagResource>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UntagResourceResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Alive)?;
        let tags = remove(&found.key.tags, &request.tag_keys);
        let txn = found.change(Self::ACTION, |key| key.tags = tags)?;
        Ok(Decision::write(txn, wire::UntagResourceResponse {}))
    }
}
