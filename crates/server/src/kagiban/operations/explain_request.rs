//! `kagiban:ExplainRequest`: what was decided about a request, and what would be decided now.

use std::net::{IpAddr, Ipv4Addr};

use kagiban_iam::explanation::{Circumstances, Subject, subject, with_unknown_limits};
use kagiban_iam::{Authorized, Call, Caller, Decision, Facts, Operation, Requirement, Scope, With, allowed};

use crate::kagiban::check::{Asker, Checks};
use crate::kagiban::recorded::Recorded;
use crate::kagiban::target::Target;
use crate::kagiban::{KagibanError, View, principal, wire};
use crate::request_id::RequestId;

/// Which request.
#[derive(Clone, Debug)]
pub struct ExplainRequest {
    request_id: String,
}

/// Resources of one request that are looked at.
const MOST: usize = 20;

impl Operation for ExplainRequest {
    const ACTION: &'static str = "kagiban:ExplainRequest";
    type Wire = wire::ExplainRequestRequest;
    type Output = wire::ExplainRequestResponse;
    type Error = KagibanError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ExplainRequestRequest) -> Result<ExplainRequest, KagibanError> {
        let request_id = wire.request_id.unwrap_or_default().trim().to_ascii_lowercase();
        let is_id = request_id.len() == RequestId::LEN
            && request_id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        match is_id {
            true => Ok(ExplainRequest { request_id }),
            false => Err(KagibanError::InvalidInput(format!(
                "`{request_id}` is not a request id; it has 36 characters and is in the answer's x-amzn-requestid"
            ))),
        }
    }

    /// Whose request it is, only the audit log knows; so that is asked afterwards.
    fn requirements(&self, _call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, KagibanError> {
        Ok(Vec::new())
    }

    fn recalls(&self) -> Option<&str> {
        Some(&self.request_id)
    }

    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<ExplainRequest>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ExplainRequestResponse>, KagibanError> {
        let recorded = Recorded::read(with.recalled, &request.request_id)?;
        let asker = Asker { call, view };
        let Insight::Full = insight(&recorded, call, view)? else {
            return Ok(Decision::read(wire::ExplainRequestResponse {
                recorded: Some(recorded.shown(false)),
                notes: Some(vec![
                    "to see more, iam:SimulatePrincipalPolicy on the principal is needed".to_owned(),
                ]),
                ..Default::default()
            }));
        };
        let (checks, notes) = anew(&asker, &recorded, with);
        Ok(Decision::read(wire::ExplainRequestResponse {
            recorded: Some(recorded.shown(true)),
            notes: Some(notes).filter(|notes| !notes.is_empty()),
            decision: checks.as_ref().map(|checks| checks.decision().to_owned()),
            checks: checks.map(|checks| checks.shown),
        }))
    }
}

/// How much of a request its asker may see.
enum Insight {
    /// What its answer has said.
    Own,
    Full,
}

/// # Errors
///
/// `RequestNotFound` for who may see nothing, as if there were no such request.
fn insight(recorded: &Recorded, call: &Call<'_>, view: &View<'_>) -> Result<Insight, KagibanError> {
    // By the key that signed: an ARN may be a namesake's, made later.
    let own = recorded.access_key_id.as_deref() == Some(call.caller.access_key_id.as_str());
    let in_account = recorded
        .account
        .is_none_or(|account| account == call.scope.account);
    let requirement = match &recorded.principal {
        Some(principal) => principal::simulated(principal, view)?,
        // Nobody was proven to have sent it; so it is for those who may ask about everybody.
        None => Requirement::on("iam:SimulatePrincipalPolicy", "*", call.scope.account),
    };
    match in_account && allowed(&requirement, call, view.as_ref()).is_ok() {
        true => Ok(Insight::Full),
        false if own => Ok(Insight::Own),
        false => Err(KagibanError::RequestNotFound),
    }
}

/// Decides once more, if that can be done, and says what to know about it.
fn anew(asker: &Asker<'_>, recorded: &Recorded, with: &With<'_>) -> (Option<Checks>, Vec<String>) {
    if !recorded.was_decided() {
        let note = "the request was refused before any policy was asked; there is no decision to explain";
        return (None, vec![note.to_owned()]);
    }
    let mut notes = Vec::new();
    let caller = match caller(asker, recorded, with, &mut notes) {
        Ok(caller) => caller,
        Err(note) => return (None, vec![note.to_owned()]),
    };
    let checks = checks(asker, recorded, &caller, with);
    if checks.is_empty() {
        notes.push("the log names no resource; nothing is decided anew".to_owned());
        return (None, notes);
    }
    notes.push(
        match (
            recorded.was_allowed(),
            checks.decision() == wire::decision::ALLOWED,
        ) {
            (false, true) => "decided anew with today's policies: they allow what was denied then".to_owned(),
            (true, false) => "decided anew with today's policies: they deny what was allowed then".to_owned(),
            _ => "decided anew with today's policies: the outcome is the same".to_owned(),
        },
    );
    if recorded.resources.len() > MOST {
        notes.push(format!("only the first {MOST} resources are shown"));
    }
    (Some(checks), notes)
}

/// Who made the request, as they are today.
fn caller(
    asker: &Asker<'_>,
    recorded: &Recorded,
    with: &With<'_>,
    notes: &mut Vec<String>,
) -> Result<Caller, &'static str> {
    let own_key = Some(asker.call.caller.access_key_id.as_str()) == recorded.access_key_id.as_deref();
    if own_key {
        return Ok(asker.call.caller.clone());
    }
    let principal = recorded.principal.as_ref();
    let found = principal.and_then(|principal| subject(principal, asker.view.as_ref(), with.now));
    let caller = match found {
        Some(Subject::Caller(caller)) => *caller,
        Some(Subject::Federated) => {
            return Err("a federated user's rights are known from its token alone; nothing is decided anew");
        }
        None => return Err("the principal is gone; nothing is decided anew"),
    };
    if recorded.was_narrowed() {
        notes.push(
            "the session's own policy did not allow it; only the session itself has it, and it does not change"
                .to_owned(),
        );
        return Ok(with_unknown_limits(caller));
    }
    if caller.is_temporary() {
        notes.push("policies, tags and MFA of the session itself are not known and left out".to_owned());
    }
    Ok(caller)
}

fn checks(asker: &Asker<'_>, recorded: &Recorded, caller: &Caller, with: &With<'_>) -> Checks {
    let facts = Facts {
        request_id: String::new(),
        now: with.now,
        source_ip: recorded.source_ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        secure: false,
        user_agent: recorded.user_agent.clone(),
        referer: None, // the log does not keep it
    };
    let circumstances = Circumstances {
        given: recorded.given(),
        client_known: recorded.source_ip.is_some(),
    };
    let region = recorded.region.unwrap_or(asker.call.scope.region);
    let asked = Call {
        caller,
        scope: Scope {
            account: caller.account,
            region,
        },
        facts: &facts,
        via: None,
    };
    let mut checks = Checks::default();
    for resource in recorded.resources.iter().take(MOST) {
        if let Ok(target) = Target::parse(&recorded.action(), Some(resource)) {
            checks.extend(asker.checks(&target, &asked, &circumstances));
        }
    }
    checks
}
