//! One operation on one snapshot: read, authorize, decide, and write the answer down.

use std::collections::BTreeMap;
use std::sync::Arc;

use kagiban_aws::Fault;
use kagiban_aws::wire::{Input, Output, Protocol, Raw};
use kagiban_iam::sts::web_identity::WebIdentity;
use kagiban_iam::{Call, Denial, Denied, Operation, ProviderUrl, Refused, Scope, Wait, With, authorize_with};
use kagiban_store::{Key, Txn};

use super::world::Snapshot;

/// What an operation is given.
#[derive(Clone, Copy)]
pub(super) struct Given<'g> {
    pub(super) raw: Raw<'g>,
    pub(super) protocol: Protocol,
    pub(super) call: &'g Call<'g>,
    pub(super) snapshot: Snapshot<'g>,
    pub(super) with: &'g With<'g>,
    /// Whether `with.cold` has been filled.
    pub(super) warmed: bool,
    /// How often it has been.
    pub(super) fetched: u8,
    /// Whether a provider has been asked for this request: it is not asked again.
    pub(super) asked: bool,
    /// Whether it has waited long enough: it does not wait any more.
    pub(super) waited: bool,
    /// Whether it is its turn to take long.
    pub(super) may_be_slow: bool,
}

/// How far an operation got on this snapshot.
pub(super) struct Step {
    /// What comes next.
    pub(super) end: End,
    /// Which rules allowed or denied it, for the audit.
    pub(super) rule: String,
    /// What it acts on, for the audit.
    pub(super) resources: Vec<String>,
    /// KMS's encryption context, for the audit.
    pub(super) encryption_context: Option<Arc<BTreeMap<String, String>>>,
    /// Who asked, if it was not the caller, for the audit.
    pub(super) asked_by: Option<Arc<WebIdentity>>,
    /// Where it belongs, if nobody has signed it and that is known, for the audit.
    pub(super) home: Option<Scope>,
}

/// What comes next.
pub(super) enum End {
    /// It needs records that memory does not hold.
    Cold(Vec<Key>),
    /// It needs the keys of an identity provider who has not been asked.
    Ask(ProviderUrl),
    /// It needs to know what the audit log says of this request.
    Recall(String),
    /// Nothing has happened yet that it could tell.
    Wait(Wait),
    /// It will take long.
    Slow,
    /// It is decided: the answer holds once the transaction is committed.
    Decided { txn: Txn, body: Vec<u8> },
    /// It cannot be done, and the caller is told so once this is committed.
    Counted { txn: Txn, fault: Fault },
    /// A policy forbids it.
    Denied(Fault),
    /// It cannot be done.
    Failed(Fault),
}

impl From<Fault> for End {
    /// Also tells what other services refused on the way from what could not be done.
    fn from(fault: Fault) -> End {
        match is_denial(&fault) {
            true => End::Denied(fault),
            false => End::Failed(fault),
        }
    }
}

/// Whether the audit calls a fault a refusal.
pub(super) fn is_denial(fault: &Fault) -> bool {
    matches!(fault.code, "AccessDenied" | "AccessDeniedException")
}

/// How often records are read for an operation that finds in what was read that it needs more: a
/// parameter's old version, and the eight levels of references that may follow.
const MAX_FETCHES: u8 = 9;

/// Bytes of an answer that are reserved: what holds a kilobyte in base64 fits.
const USUAL_ANSWER: usize = 2048;

impl Step {
    fn ask(issuer: ProviderUrl) -> Step {
        Step::ended(End::Ask(issuer))
    }

    /// A refusal by a service that another one calls is a refusal all the same.
    pub(super) fn failed(fault: impl Into<Fault>) -> Step {
        Step::ended(End::from(fault.into()))
    }

    fn ended(end: End) -> Step {
        Step {
            end,
            rule: String::new(),
            resources: Vec::new(),
            encryption_context: None,
            asked_by: None,
            home: None,
        }
    }
}

/// Runs one operation; the table has an instance for each.
pub(super) fn run<O>(given: &Given<'_>) -> Step
where
    O: Operation,
    for<'v> O::View<'v>: From<Snapshot<'v>>,
{
    let wire = match O::Wire::read(given.raw) {
        Ok(wire) => wire,
        Err(fault) => return Step::failed(fault),
    };
    let view = O::View::from(given.snapshot);
    let request = match O::parse(wire) {
        Ok(request) => request,
        Err(error) => return Step::failed(error),
    };
    let home = request.home(&view).filter(|_| given.call.caller.is_anonymous());
    Step {
        home,
        ..taken::<O>(request, home, &view, given)
    }
}

/// Takes a request as far as it gets.
fn taken<O: Operation>(request: O, home: Option<Scope>, view: &O::View<'_>, given: &Given<'_>) -> Step {
    if !given.asked
        && let Some(issuer) = request.unknown_keys(given.call, view)
    {
        return Step::ask(issuer);
    }
    let encryption_context = request.encryption_context();
    let cold = match given.fetched {
        _ if !given.warmed => request.cold(given.call, view),
        0..MAX_FETCHES => request.colder(given.call, view, given.with.cold),
        _ => Vec::new(),
    };
    let mut authorized = match authorize_with(request, given.call, view, given.with.cold) {
        Ok(authorized) => authorized,
        Err(Refused::Error(error)) => return Step::ended(failed::<O>(error, given.call, view)),
        Err(Refused::Confined(fault)) => return Step::ended(End::Denied(fault)),
        Err(Refused::Denied(denied)) => return refused::<O>(*denied, given, encryption_context),
    };
    let (rule, mut resources) = authorized.take_audit();
    if let Some(id) = authorized.recalls().filter(|_| !given.warmed) {
        return Step::ended(End::Recall(id.to_owned()));
    }
    if !given.waited
        && let Some(wait) = authorized.waits(given.call, view, given.with)
    {
        return Step::ended(End::Wait(wait));
    }
    let asked_by = authorized.asked_by().cloned();
    if !cold.is_empty() {
        return Step {
            end: End::Cold(cold),
            rule,
            resources,
            encryption_context,
            asked_by,
            home: None,
        };
    }
    if authorized.is_slow(given.call, view) && !given.may_be_slow {
        return Step::ended(End::Slow);
    }
    let end = match O::decide(authorized, given.call, view, given.with) {
        Err(error) => failed::<O>(error, given.call, view),
        Ok(decision) => {
            resources.extend(home.and_then(|home| O::found(&decision.output, home)));
            let mut body = Vec::with_capacity(USUAL_ANSWER);
            decision.output.write(&given.call.facts.request_id, &mut body);
            End::Decided {
                txn: decision.txn,
                body,
            }
        }
    };
    Step {
        end,
        rule,
        resources,
        encryption_context,
        asked_by,
        home: None,
    }
}

/// An error, and what is written before the caller is told of it.
fn failed<O: Operation>(error: O::Error, call: &Call<'_>, view: &O::View<'_>) -> End {
    let txn = O::aftermath(&error, call, view);
    let fault = error.into();
    if txn.is_empty() {
        return End::from(fault);
    }
    End::Counted { txn, fault }
}

fn refused<O: Operation>(
    denied: Denied,
    given: &Given<'_>,
    encryption_context: Option<Arc<BTreeMap<String, String>>>,
) -> Step {
    let fault = match O::refused(&denied) {
        Denial::As(fault) => fault,
        Denial::Because(sentence) => Fault {
            sealed_reason: sealed(denied.message.as_deref(), given),
            ..access_denied(given.protocol, sentence)
        },
    };
    Step {
        end: End::Denied(fault),
        rule: denied.rule,
        resources: vec![denied.resource],
        encryption_context,
        asked_by: denied.asked_by,
        home: None,
    }
}

fn access_denied(protocol: Protocol, sentence: String) -> Fault {
    match protocol {
        Protocol::Json { .. } => Fault::sender("AccessDeniedException", sentence),
        Protocol::Query { .. } => Fault::sender("AccessDenied", sentence).with_status(403),
    }
}

/// Why the caller was denied, for the caller's own account to read.
fn sealed(message: Option<&str>, given: &Given<'_>) -> Option<Box<str>> {
    let account = given.call.caller.account;
    let sessions = &given.snapshot.keys.sessions;
    let sealed = sessions.seal_message(message?, account, given.with.entropy)?;
    Some(sealed.into())
}
