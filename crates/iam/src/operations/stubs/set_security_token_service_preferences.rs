//! `iam:SetSecurityTokenServicePreferences`: which Regions the tokens of STS's global endpoint are
//! for, which makes no difference here.

use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The preference, which the wire's constraints have looked at.
#[derive(Clone, Debug)]
pub struct SetSecurityTokenServicePreferences;

impl Operation for SetSecurityTokenServicePreferences {
    const ACTION: &'static str = "iam:SetSecurityTokenServicePreferences";
    type Wire = wire::SetSecurityTokenServicePreferencesRequest;
    type Output = wire::SetSecurityTokenServicePreferencesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        _wire: wire::SetSecurityTokenServicePreferencesRequest,
    ) -> Result<SetSecurityTokenServicePreferences, IamError> {
        Ok(SetSecurityTokenServicePreferences)
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    // DIFFERS: every token is good in every Region, whichever version is preferred; so the
    // preference is not kept, and GetAccountSummary says 1.
    fn decide(
        _request: Authorized<SetSecurityTokenServicePreferences>,
        _call: &Call<'_>,
        _view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::SetSecurityTokenServicePreferencesResponse>, IamError> {
        Ok(Decision::read(
            wire::SetSecurityTokenServicePreferencesResponse {},
        ))
    }
}
