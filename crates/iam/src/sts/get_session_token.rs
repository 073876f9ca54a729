//! `sts:GetSessionToken`: temporary credentials of the caller's own, which may say that an MFA device
//! was there. Everybody may ask: it proves something, it grants nothing.

use kagiban_store::Txn;

use super::credentials::{credentials, lifetime, seconds};
use super::{Bearer, SessionClaims, wire};
use crate::mfa::Proof;
use crate::{Authorized, Call, Decision, IamError, Identity, Operation, Requirement, View, With, WrongCode};

/// How long the credentials shall live, and what is proven.
#[derive(Clone, Debug)]
pub struct GetSessionToken {
    seconds: Option<u32>,
    mfa: Proof,
}

impl Operation for GetSessionToken {
    const ACTION: &'static str = "sts:GetSessionToken";
    type Wire = wire::GetSessionTokenRequest;
    type Output = wire::GetSessionTokenResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetSessionTokenRequest) -> Result<GetSessionToken, IamError> {
        Ok(GetSessionToken {
            seconds: seconds(wire.duration_seconds, 129_600)?,
            mfa: Proof::parse(wire.serial_number, wire.token_code),
        })
    }

    fn requirements(&self, _call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(Vec::new())
    }

    fn decide(
        request: Authorized<GetSessionToken>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetSessionTokenResponse>, IamError> {
        let proven = request.mfa.verify(call, view.iam)?;
        let claims = SessionClaims {
            mfa: proven.as_ref().map(|_| with.now),
            ..SessionClaims::new(
                call.caller.account,
                bearer(&call.caller.identity)?,
                with.now,
                lifetime(request.seconds, call),
            )
        };
        let mut txn = Txn::new();
        if let Some(proven) = proven {
            proven.spend(&mut txn);
        }
        let output = wire::GetSessionTokenResponse {
            credentials: Some(credentials(&claims, view, with)),
            ..wire::GetSessionTokenResponse::default()
        };
        Ok(Decision::write(txn, output))
    }

    fn aftermath(error: &IamError, call: &Call<'_>, view: &View<'_>) -> Txn {
        WrongCode::counted(error, call, view.iam)
    }
}

fn bearer(identity: &Identity) -> Result<Bearer, IamError> {
    match identity {
        Identity::Root => Ok(Bearer::Root),
        Identity::User(user) => Ok(Bearer::User { id: user.id.clone() }),
        Identity::Anonymous | Identity::Node(_) | Identity::Role(_) | Identity::Federated(_) => Err(
            IamError::AccessDenied("Cannot call GetSessionToken with session credentials".to_owned()),
        ),
    }
}
