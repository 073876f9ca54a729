//! `kms:ListGrants`: the grants on a key.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::grants::{self, GrantPrincipal, MAX_PAGE, Pinned, entry};
use crate::page::Page;
use crate::records::Grant;
use crate::{KeyRef, KmsError, View, wire};

/// On which key, and which of them.
#[derive(Clone, Debug)]
pub struct ListGrants {
    key: KeyRef,
    grant: Option<String>,
    grantee: Option<Wanted>,
    page: Page,
}

/// A principal to look for; the bare id of one that is gone is as listings show it.
#[derive(Clone, Debug)]
enum Wanted {
    Principal(GrantPrincipal),
    Gone(Pinned),
}

impl Operation for ListGrants {
    const ACTION: &'static str = "kms:ListGrants";
    type Wire = wire::ListGrantsRequest;
    type Output = wire::ListGrantsResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListGrantsRequest) -> Result<ListGrants, KmsError> {
        if wire.grantee_principal.is_some() && wire.grantee_service_principal.is_some() {
            let text = "You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.";
            return Err(KmsError::Validation(text.to_owned()));
        }
        let principal = wire.grantee_principal.map(|text| match Pinned::of_id(&text) {
            Some(id) => Ok(Wanted::Gone(id)),
            None => text.parse().map(Wanted::Principal),
        });
        let service = wire.grantee_service_principal;
        let service = service.map(|name| Ok(Wanted::Principal(GrantPrincipal::service(&name))));
        Ok(ListGrants {
            key: grants::key_ref(wire.key_id)?,
            grant: wire.grant_id,
            grantee: principal.or(service).transpose()?,
            page: Page::parse(wire.limit.map(|limit| limit.min(MAX_PAGE)), 50, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.find(&self.key, call)?.requirement(Self::ACTION, call);
        Ok(vec![
            requirement.when("kms:grantisforawsresource", call.via.is_some()),
        ])
    }

    fn decide(
        request: Authorized<ListGrants>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListGrantsResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        // Nobody has a grant who does not exist, so the listing is empty then.
        let grantee = request.grantee.as_ref().map(|wanted| match wanted {
            Wanted::Principal(principal) => principal.pin(view.iam).ok(),
            Wanted::Gone(id) => Some(id.clone()),
        });
        let wanted = |grant: &Grant| {
            request.grant.as_ref().is_none_or(|id| *id == grant.id)
                && grantee
                    .as_ref()
                    .is_none_or(|grantee| grantee.as_ref() == Some(&grant.grantee))
        };
        let grants = found.grants.iter().flat_map(|grants| grants.all());
        let listed = request.page.cut(
            grants
                .filter(|grant| wanted(grant))
                .map(|grant| (grant.id.clone(), grant)),
        );
        let entry = |grant: &_| entry(found.scope, &found.key.id, grant, view.iam);
        Ok(Decision::read(wire::ListGrantsResponse {
            grants: Some(listed.items.into_iter().map(|grant| entry(grant)).collect()),
            truncated: Some(listed.next.is_some()),
            next_marker: listed.next,
        }))
    }
}
