//! `sts:GetCallerIdentity`: who am I? Everybody may ask, whatever their policies say.

use super::wire;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With};

/// The question has no parameters.
#[derive(Clone, Copy, Debug)]
pub struct GetCallerIdentity;

impl Operation for GetCallerIdentity {
    const ACTION: &'static str = "sts:GetCallerIdentity";
    type Wire = wire::GetCallerIdentityRequest;
    type Output = wire::GetCallerIdentityResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(_wire: wire::GetCallerIdentityRequest) -> Result<GetCallerIdentity, IamError> {
        Ok(GetCallerIdentity)
    }

    fn requirements(&self, _call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(Vec::new())
    }

    fn decide(
        _request: Authorized<GetCallerIdentity>,
        call: &Call<'_>,
        _view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetCallerIdentityResponse>, IamError> {
        Ok(Decision::read(wire::GetCallerIdentityResponse {
            user_id: Some(call.caller.user_id()),
            account: Some(call.caller.account.to_string()),
            arn: Some(call.caller.arn.to_string()),
        }))
    }
}
