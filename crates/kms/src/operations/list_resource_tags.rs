//! `kms:ListResourceTags`: a key's tags.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::page::Page;
use crate::{KeyRef, KmsError, View, tags, wire};

/// Whose tags, and which page.
#[derive(Clone, Debug)]
pub struct ListResourceTags {
    key: KeyRef,
    page: Page,
}

impl Operation for ListResourceTags {
    const ACTION: &'static str = "kms:ListResourceTags";
    type Wire = wire::ListResourceTagsRequest;
    type Output = wire::ListResourceTagsResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListResourceTagsRequest) -> Result<ListResourceTags, KmsError> {
        Ok(ListResourceTags {
            key: KeyRef::of_key(wire.key_id)?,
            page: Page::parse(wire.limit, 50, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<ListResourceTags>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListResourceTagsResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        let mut tags = tags::wire(&found.key.tags);
        tags.sort_by(|a, b| a.tag_key.cmp(&b.tag_key));
        let listed = request.page.cut(
            tags.into_iter()
                .map(|tag| (tag.tag_key.clone().unwrap_or_default(), tag)),
        );
        Ok(Decision::read(wire::ListResourceTagsResponse {
            tags: Some(listed.items),
            truncated: Some(listed.next.is_some()),
            next_marker: listed.next,
        }))
    }
}
