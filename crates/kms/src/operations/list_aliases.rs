//! `kms:ListAliases`: the account's aliases, or one key's.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Scope, Stored, With};

use crate::page::Page;
use crate::records::Alias;
use crate::{KeyRef, KmsError, View, alias_arn, wire};

/// Whose aliases, and which page.
#[derive(Clone, Debug)]
pub struct ListAliases {
    key: Option<KeyRef>,
    page: Page,
}

impl Operation for ListAliases {
    const ACTION: &'static str = "kms:ListAliases";
    type Wire = wire::ListAliasesRequest;
    type Output = wire::ListAliasesResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListAliasesRequest) -> Result<ListAliases, KmsError> {
        let key = wire.key_id.map(|key| key.parse()).transpose()?;
        Ok(ListAliases {
            key,
            page: Page::parse(wire.limit.map(|limit| limit.min(100)), 50, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<ListAliases>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListAliasesResponse>, KmsError> {
        let key = request.key.as_ref().map(|key| view.find(key, call)).transpose()?;
        let of_key = |alias: &&Stored<Alias>| key.as_ref().is_none_or(|found| found.key.id == alias.key);
        let aliases = view
            .kms
            .keyring(call.scope)
            .into_iter()
            .flat_map(|keyring| keyring.aliases.values());
        let listed = request.page.cut(
            aliases
                .filter(of_key)
                .map(|alias| (alias.name.clone(), entry(call.scope, alias))),
        );
        Ok(Decision::read(wire::ListAliasesResponse {
            aliases: Some(listed.items),
            truncated: Some(listed.next.is_some()),
            next_marker: listed.next,
        }))
    }
}

fn entry(scope: Scope, alias: &Alias) -> wire::AliasListEntry {
    wire::AliasListEntry {
        alias_name: Some(alias.name.clone()),
        alias_arn: Some(alias_arn(scope, &alias.name).into()),
        target_key_id: Some(alias.key.clone()),
        creation_date: Some(alias.created),
        last_updated_date: Some(alias.updated),
    }
}
