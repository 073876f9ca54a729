//! `kms:ListRetirableGrants`: the grants that a principal may retire, on whichever account's keys.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::grants::{GrantPrincipal, MAX_PAGE, entry};
use crate::page::Page;
use crate::{KmsError, View, wire};

/// Whose, and which page.
#[derive(Clone, Debug)]
pub struct ListRetirableGrants {
    principal: GrantPrincipal,
    page: Page,
}

impl Operation for ListRetirableGrants {
    const ACTION: &'static str = "kms:ListRetirableGrants";
    type Wire = wire::ListRetirableGrantsRequest;
    type Output = wire::ListGrantsResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListRetirableGrantsRequest) -> Result<ListRetirableGrants, KmsError> {
        // Only services may ask for a service's, and none asks here.
        let (Some(principal), None) = (wire.retiring_principal, wire.retiring_service_principal) else {
            let text = "You must specify a RetiringPrincipal.";
            return Err(KmsError::Validation(text.to_owned()));
        };
        Ok(ListRetirableGrants {
            principal: principal.parse()?,
            page: Page::parse(wire.limit.map(|limit| limit.min(MAX_PAGE)), 50, wire.marker)?,
        })
    }

    /// Source: KMS API Reference: what is acted on is the retiring principal.
    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let account = call.scope.account;
        if self.principal.account() != Some(account) {
            // UNSURE: AWS says that it has to be one of the caller's account, not how others fail.
            let text = format!(
                "The principal {} is not one of this account.",
                self.principal.as_str()
            );
            return Err(KmsError::InvalidArn(text));
        }
        Ok(vec![Requirement::on(
            Self::ACTION,
            self.principal.as_str(),
            account,
        )])
    }

    fn decide(
        request: Authorized<ListRetirableGrants>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListGrantsResponse>, KmsError> {
        let principal = request.principal.pin(view.iam)?;
        let places = view.kms.retirable().by(&principal);
        let places = places.filter(|(scope, _, _)| scope.region == call.scope.region);
        let grants = places.filter_map(|(scope, key, id)| {
            let grant = view.kms.keyring(*scope)?.grants(key)?.get(id)?;
            let marker = format!("{}/{}/{key}/{id}", scope.account, scope.region);
            Some((marker, (*scope, &**key, grant)))
        });
        let listed = request.page.cut(grants);
        Ok(Decision::read(wire::ListGrantsResponse {
            grants: Some(
                listed
                    .items
                    .into_iter()
                    .map(|(scope, key, grant)| entry(scope, key, grant, view.iam))
                    .collect(),
            ),
            truncated: Some(listed.next.is_some()),
            next_marker: listed.next,
        }))
    }
}
