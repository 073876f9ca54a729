//! `ssm:TerminateSession`: end a session for good.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::sessions::{End, Transition, requirement};
use crate::{ParameterError, View, wire};

/// Which session to end.
#[derive(Clone, Debug)]
pub struct TerminateSession {
    id: String,
}

impl Operation for TerminateSession {
    const ACTION: &'static str = "ssm:TerminateSession";
    type Wire = wire::TerminateSessionRequest;
    type Output = wire::TerminateSessionResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::TerminateSessionRequest) -> Result<TerminateSession, ParameterError> {
        Ok(TerminateSession {
            id: wire.session_id.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![requirement(Self::ACTION, &self.id, call, view)])
    }

    /// Answers with the id whether or not there is such a session, and whether or not it has ended.
    //
    // DIFFERS: the session is Terminated at once, without a time of Terminating: from the answer on
    // nothing opens it, and the gateway closes both ends.
    fn decide(
        request: Authorized<TerminateSession>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::TerminateSessionResponse>, ParameterError> {
        let id = &request.id;
        let end = Transition::Ended(End::TERMINATED);
        let output = wire::TerminateSessionResponse {
            session_id: Some(id.clone()),
        };
        Ok(match end.txn(view.ssm, call.scope, id, with.now) {
            Some(txn) => Decision::write(txn, output),
            None => Decision::read(output),
        })
    }
}
