//! `ssm:ResumeSession`: a new token for a session whose client has lost its connection.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::documents::DocumentError;
use crate::records::Session;
use crate::sessions::{opened, requirement, written};
use crate::{ParameterError, View, wire};

/// Which session to resume.
#[derive(Clone, Debug)]
pub struct ResumeSession {
    id: String,
}

impl Operation for ResumeSession {
    const ACTION: &'static str = "ssm:ResumeSession";
    type Wire = wire::ResumeSessionRequest;
    type Output = wire::ResumeSessionResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ResumeSessionRequest) -> Result<ResumeSession, ParameterError> {
        Ok(ResumeSession {
            id: wire.session_id.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![requirement(Self::ACTION, &self.id, call, view)])
    }

    /// The token counts from here on, and those before it do not any more.
    //
    // DIFFERS: a session that has ended is answered without a token, not with DoesNotExistException:
    // session-manager-plugin then says that the session is over, instead of trying six times and
    // waiting for a keystroke.
    fn decide(
        request: Authorized<ResumeSession>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ResumeSessionResponse>, ParameterError> {
        let id = &request.id;
        let session = view.ssm.session(call.scope, id);
        let session = session.ok_or_else(|| DocumentError::NoSuchSession(id.clone()))?;
        let mut output = wire::ResumeSessionResponse {
            session_id: Some(id.clone()),
            ..Default::default()
        };
        if session.order.is_none() {
            return Ok(Decision::read(output));
        }
        let next = Session {
            epoch: session.epoch.saturating_add(1),
            client: None,
            ..Session::clone(session)
        };
        let stream = opened(id, next.epoch, call, view, with);
        output.token_value = Some(stream.token);
        output.stream_url = Some(stream.url);
        Ok(Decision::write(written(call.scope, id, session, &next), output))
    }
}
