//! `ssm:DescribeDocumentPermission`: with whom a document is shared.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::documents::DocumentRef;
use crate::page::Listing;
use crate::{ParameterError, View, wire};

/// The model's most.
const DEFAULT_RESULTS: i32 = 200;

/// Whose shares to list.
#[derive(Clone, Debug)]
pub struct DescribeDocumentPermission {
    document: DocumentRef,
    most: usize,
    token: Option<String>,
}

impl Operation for DescribeDocumentPermission {
    const ACTION: &'static str = "ssm:DescribeDocumentPermission";
    type Wire = wire::DescribeDocumentPermissionRequest;
    type Output = wire::DescribeDocumentPermissionResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::DescribeDocumentPermissionRequest,
    ) -> Result<DescribeDocumentPermission, ParameterError> {
        Ok(DescribeDocumentPermission {
            document: DocumentRef::parse(&wire.name.unwrap_or_default())?,
            most: usize::try_from(wire.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or_default(),
            token: wire.next_token,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.document.requirement(Self::ACTION, call, view)])
    }

    fn decide(
        request: Authorized<DescribeDocumentPermission>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::DescribeDocumentPermissionResponse>, ParameterError> {
        let kept = request.document.own(call, view)?;
        let listing = Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: kept.name,
        };
        let from = match &request.token {
            Some(token) => view.pages.open(listing, token, with.now)?,
            None => "0".to_owned(),
        };
        let from: usize = from.parse().map_err(|_| ParameterError::Internal)?;
        let shares = kept.document.shares.get(from..).unwrap_or_default();
        let page = &shares[..shares.len().min(request.most)];
        let next = (page.len() < shares.len()).then(|| (from + page.len()).to_string());
        let information = page.iter().map(|share| wire::AccountSharingInfo {
            account_id: Some(share.account.to_string()),
            shared_document_version: Some(share.version.to_string()),
        });
        Ok(Decision::read(wire::DescribeDocumentPermissionResponse {
            account_ids: Some(page.iter().map(|share| share.account.to_string()).collect()),
            account_sharing_info_list: Some(information.collect()),
            next_token: next.map(|place| view.pages.seal(listing, &place, with.now, with.entropy)),
        }))
    }
}
