//! `iam:ListServiceSpecificCredentials`: a user's credentials for single services, of which this server keeps none.

use crate::names::ExistingUserName;
use crate::page::Page;
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose credentials for single services to show; the caller's if nobody is named.
#[derive(Clone, Debug)]
pub struct ListServiceSpecificCredentials {
    user: Option<ExistingUserName>,
}

impl Operation for ListServiceSpecificCredentials {
    const ACTION: &'static str = "iam:ListServiceSpecificCredentials";
    type Wire = wire::ListServiceSpecificCredentialsRequest;
    type Output = wire::ListServiceSpecificCredentialsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::ListServiceSpecificCredentialsRequest,
    ) -> Result<ListServiceSpecificCredentials, IamError> {
        Page::parse(wire.max_items, wire.marker)?;
        Ok(ListServiceSpecificCredentials {
            user: ExistingUserName::optional(wire.user_name)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    // DIFFERS: no service here has credentials of its own;
    // the list is there because those who delete a user ask for it.
    fn decide(
        request: Authorized<ListServiceSpecificCredentials>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListServiceSpecificCredentialsResponse>, IamError> {
        Owner::of(request.user.as_ref(), call)?.existing(view.account(call)?)?;
        Ok(Decision::read(wire::ListServiceSpecificCredentialsResponse {
            service_specific_credentials: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        }))
    }
}
