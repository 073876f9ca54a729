//! `kms:ListKeys`: the ids and ARNs of the account's keys.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::page::Page;
use crate::{KmsError, View, arn, wire};

/// Which page.
#[derive(Clone, Debug)]
pub struct ListKeys {
    page: Page,
}

impl Operation for ListKeys {
    const ACTION: &'static str = "kms:ListKeys";
    type Wire = wire::ListKeysRequest;
    type Output = wire::ListKeysResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListKeysRequest) -> Result<ListKeys, KmsError> {
        Ok(ListKeys {
            page: Page::parse(wire.limit, 100, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<ListKeys>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListKeysResponse>, KmsError> {
        let keys = view
            .kms
            .keyring(call.scope)
            .into_iter()
            .flat_map(|keyring| keyring.keys.keys());
        let entries = keys.map(|id| {
            let entry = wire::KeyListEntry {
                key_id: Some(id.to_string()),
                key_arn: Some(arn(call.scope, id).into()),
            };
            (id.to_string(), entry)
        });
        let listed = request.page.cut(entries);
        Ok(Decision::read(wire::ListKeysResponse {
            keys: Some(listed.items),
            truncated: Some(listed.next.is_some()),
            next_marker: listed.next,
        }))
    }
}
