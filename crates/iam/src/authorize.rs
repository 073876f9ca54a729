//! May this caller do this? The one door to every handler.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use kagiban_aws::{AccountId, Arn, Fault};
use kagiban_policy::{
    Attached, Context, Deciding, Denial, Policy, Principal, Question, Reason, Refusal, Rule, Verdict, decide,
};
use kagiban_store::Entry;

use crate::context::{ContextValue, Particulars, RequestContext};
use crate::policies::{Policies, principal};
use crate::sts::web_identity::WebIdentity;
use crate::{Call, Covering, Grants, Operation, State, confines, reasons};

/// One thing that the caller must be allowed.
#[derive(Debug)]
pub struct Requirement {
    /// The action, such as `kms:Decrypt`.
    pub action: Cow<'static, str>,
    /// The ARN of what is acted on, or `*`.
    pub resource: String,
    /// Another ARN that policies may call it by: a pattern that covers either covers it.
    pub alias: Option<String>,
    /// The account that owns it.
    pub owner: AccountId,
    /// The resource's own policy, if it has one.
    pub policy: Option<Arc<Policy>>,
    /// How identity and resource policies go together.
    pub rule: Rule,
    /// Condition keys that only this action knows, in lower case.
    pub context: Vec<(Cow<'static, str>, ContextValue)>,
    /// More of them, which are told when somebody asks.
    pub(crate) particulars: Vec<Box<dyn Particulars>>,
    /// Whether the caller named the resource; a refusal must not confirm one that was found otherwise.
    pub named: bool,
    /// What may allow it besides policies.
    grants: Option<Box<dyn Grants>>,
    /// Who asks, if it is not the caller.
    asked_by: Option<Arc<WebIdentity>>,
}

impl Requirement {
    /// Something without a policy of its own, in the account that owns it.
    pub fn on(
        action: impl Into<Cow<'static, str>>,
        resource: impl Into<String>,
        owner: AccountId,
    ) -> Requirement {
        Requirement {
            action: action.into(),
            resource: resource.into(),
            alias: None,
            owner,
            policy: None,
            rule: Rule::Ordinary,
            context: Vec::new(),
            particulars: Vec::new(),
            named: true,
            grants: None,
            asked_by: None,
        }
    }

    /// The same, of something that was found in what the caller sent, not named by the caller.
    #[must_use]
    pub fn unnamed(self) -> Requirement {
        Requirement { named: false, ..self }
    }

    /// The same, asked for not by the caller but by somebody whom an identity provider vouches for:
    /// the caller's identity and policies have no part in it, whoever signed.
    ///
    /// It takes a verified identity, so nobody can ask in a name that was not proven.
    #[must_use]
    pub fn asked_by(self, who: Arc<WebIdentity>) -> Requirement {
        Requirement {
            asked_by: Some(who),
            ..self
        }
    }

    /// The same, of something that grants may allow, too; they take the place of those before.
    #[must_use]
    pub fn granted_by(self, grants: impl Grants + 'static) -> Requirement {
        Requirement {
            grants: Some(Box::new(grants)),
            ..self
        }
    }

    /// The same, of something that needs no permission: who asks has proven in another way that they may.
    #[must_use]
    pub fn exempt(self) -> Requirement {
        Requirement {
            rule: Rule::Exempt,
            ..self
        }
    }

    /// The grant that covers the request, if one does.
    pub(crate) fn covering(&self, who: &Principal<'_>, context: &dyn Context) -> Option<Covering> {
        self.grants.as_ref()?.covering(who, context)
    }

    /// Who asks, if it is not the caller.
    pub(crate) fn web_identity(&self) -> Option<&WebIdentity> {
        self.asked_by.as_deref()
    }

    /// The same, of something that policies may call by another ARN, too.
    #[must_use]
    pub fn also_called(self, alias: Option<String>) -> Requirement {
        Requirement { alias, ..self }
    }

    /// The same with one more condition key, in lower case.
    #[must_use]
    pub fn when(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<ContextValue>) -> Requirement {
        self.context.push((key.into(), value.into()));
        self
    }

    /// The same with condition keys that are told when somebody asks, after those that are told at once.
    #[must_use]
    pub fn knowing(mut self, particulars: impl Particulars + 'static) -> Requirement {
        self.particulars.push(Box::new(particulars));
        self
    }

    /// The names of the condition keys that only this action knows, in lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let told = self.context.iter().map(|(key, _)| Cow::Borrowed(&**key));
        told.chain(
            self.particulars
                .iter()
                .flat_map(|particulars| particulars.names()),
        )
    }

    /// The same, of something with a policy of its own.
    #[must_use]
    pub fn under(self, policy: Arc<Policy>, rule: Rule) -> Requirement {
        Requirement {
            policy: Some(policy),
            rule,
            ..self
        }
    }
}

/// A request whose caller has been allowed everything it requires. Only [`authorize`] makes one.
#[derive(Clone, Debug)]
pub struct Authorized<O> {
    request: O,
    /// Which policies and statements allowed it, for the audit; empty for what a service does for the
    /// caller, which has no event of its own.
    rules: Vec<String>,
    resources: Vec<String>,
    asked_by: Option<Arc<WebIdentity>>,
}

impl<O> Authorized<O> {
    /// The request itself.
    pub fn into_inner(self) -> O {
        self.request
    }

    /// Who asked, if it was not the caller.
    pub fn asked_by(&self) -> Option<&Arc<WebIdentity>> {
        self.asked_by.as_ref()
    }

    /// What allowed it, and what it acts on: for the audit, which has no other use for the request.
    pub fn take_audit(&mut self) -> (String, Vec<String>) {
        let rules = std::mem::take(&mut self.rules);
        let rule = match <[String; 1]>::try_from(rules) {
            Ok([rule]) => rule,
            Err(rules) => rules.join("; "),
        };
        (rule, std::mem::take(&mut self.resources))
    }
}

impl<O> Deref for Authorized<O> {
    type Target = O;

    fn deref(&self) -> &O {
        &self.request
    }
}

/// A requirement that was not met.
#[derive(Clone, Debug)]
pub struct Denied {
    /// The action.
    pub action: Cow<'static, str>,
    /// What it would have acted on.
    pub resource: String,
    /// AWS's sentence.
    pub sentence: String,
    /// What decided, for the audit.
    pub rule: String,
    /// As [`Requirement::named`].
    pub named: bool,
    /// What DecodeAuthorizationMessage tells of it, to be sealed for the caller's account.
    pub message: Option<String>,
    /// Who asked, if it was not the caller.
    pub asked_by: Option<Arc<WebIdentity>>,
}

/// Why a request goes no further.
#[derive(Debug)]
pub enum Refused<E> {
    /// The caller may not.
    Denied(Box<Denied>),
    /// The caller's kind of credentials cannot call it, whatever the policies say.
    Confined(Fault),
    /// What the request names cannot be found or used, whoever asks.
    Error(E),
}

/// Holds a request against the policies of its caller and of what it acts on.
///
/// # Errors
///
/// The first requirement that is not met. Everything that is not allowed is denied.
pub fn authorize<O: Operation>(
    request: O,
    call: &Call<'_>,
    view: &O::View<'_>,
) -> Result<Authorized<O>, Refused<O::Error>> {
    authorize_with(request, call, view, &[])
}

/// The same, also against what the records tell that were read for the request.
///
/// # Errors
///
/// As [`authorize`].
pub fn authorize_with<O: Operation>(
    request: O,
    call: &Call<'_>,
    view: &O::View<'_>,
    cold: &[Entry],
) -> Result<Authorized<O>, Refused<O::Error>> {
    confines::hold(O::ACTION, call.caller).map_err(Refused::Confined)?;
    let mut requirements = request.requirements(call, view).map_err(Refused::Error)?;
    if !cold.is_empty() {
        for further in request.further_requirements(call, view, cold) {
            let same =
                |known: &Requirement| known.action == further.action && known.resource == further.resource;
            if !requirements.iter().any(same) {
                requirements.push(further);
            }
        }
    }
    let standing = Standing::of(call, view.as_ref());
    // What another service does for the caller is in the audit as that service's request.
    let audited = call.via.is_none();
    let mut rules = Vec::with_capacity(if audited { requirements.len() } else { 0 });
    for requirement in &requirements {
        standing
            .meets(requirement, |reason| {
                if audited {
                    rules.push(allowing(reason));
                }
            })
            .map_err(Refused::Denied)?;
    }
    let asked_by = requirements
        .iter()
        .find_map(|requirement| requirement.asked_by.clone());
    let resources = requirements
        .into_iter()
        .map(|requirement| requirement.resource)
        .collect();
    Ok(Authorized {
        request,
        rules,
        resources,
        asked_by,
    })
}

/// Which rule allows one requirement.
///
/// # Errors
///
/// If none does.
pub fn allowed(requirement: &Requirement, call: &Call<'_>, state: &State) -> Result<String, Box<Denied>> {
    Standing::of(call, state).meets(requirement, allowing)
}

/// What a caller may do, with their policies gathered once: for answers that leave out what the caller
/// may not see.
pub struct Allowances<'c>(Standing<'c>);

impl<'c> Allowances<'c> {
    /// Gathers what speaks for the caller.
    pub fn of(call: &'c Call<'c>, state: &'c State) -> Allowances<'c> {
        Allowances(Standing::of(call, state))
    }

    /// Whether the caller is allowed this.
    pub fn has(&self, requirement: &Requirement) -> bool {
        self.demand(requirement).is_ok()
    }

    /// The same, with the reason of a refusal.
    ///
    /// # Errors
    ///
    /// If nothing allows it.
    pub fn demand(&self, requirement: &Requirement) -> Result<(), Box<Denied>> {
        self.0.meets(requirement, |_| ())
    }
}

impl fmt::Debug for Allowances<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Allowances({})", self.0.call.caller.arn)
    }
}

/// The caller with everything that speaks for them, gathered once for all that a request requires.
struct Standing<'c> {
    call: &'c Call<'c>,
    policies: Policies<'c>,
    behind: Arn,
}

impl<'c> Standing<'c> {
    fn of(call: &'c Call<'c>, state: &'c State) -> Standing<'c> {
        Standing {
            call,
            policies: Policies::of(call, state),
            behind: call.caller.behind(),
        }
    }

    /// What `use_reason` makes of the reason to allow the requirement.
    ///
    /// # Errors
    ///
    /// If there is none.
    fn meets<T>(
        &self,
        requirement: &Requirement,
        use_reason: impl FnOnce(&Reason<'_>) -> T,
    ) -> Result<T, Box<Denied>> {
        let context = RequestContext::new(self.call, requirement);
        // No policies but the resource's speak for somebody from elsewhere.
        let nothing = Policies::none();
        let (principal, policies) = match requirement.web_identity() {
            Some(who) => (
                Principal::Federated {
                    provider: who.provider().as_str(),
                },
                &nothing,
            ),
            None => (principal(self.call.caller, &self.behind), &self.policies),
        };
        let covering = requirement.covering(&principal, &context);
        let question = Question {
            principal,
            action: &requirement.action,
            resource: &requirement.resource,
            alias: requirement.alias.as_deref(),
            resource_account: Some(requirement.owner),
            context: &context,
            identity: &policies.identity,
            boundary: policies.boundary,
            session: policies.session.as_deref(),
            resource_policy: requirement.policy.as_deref().map(|policy| Attached {
                policy,
                source: &requirement.resource,
            }),
            service_control: &[],
            granted: covering.as_ref().map(Covering::granted),
            rule: requirement.rule,
        };
        match decide(&question) {
            Verdict::Allow(reason) => Ok(use_reason(&reason)),
            Verdict::Deny(denial) => Err(self.denied(requirement, &denial)),
        }
    }

    fn denied(&self, requirement: &Requirement, denial: &Denial<'_>) -> Box<Denied> {
        let Requirement {
            action,
            resource,
            asked_by,
            ..
        } = requirement;
        // Somebody from elsewhere has no ARN to be called by.
        let name = match asked_by {
            Some(_) => "",
            None => self.call.caller.arn.as_str(),
        };
        Box::new(Denied {
            action: action.clone(),
            resource: resource.clone(),
            sentence: denial.sentence(name, action, resource),
            rule: denying(denial),
            named: requirement.named,
            // Nobody could read it: they are of no account.
            message: match asked_by {
                Some(_) => None,
                None => reasons::message(denial, requirement, self.call),
            },
            asked_by: asked_by.clone(),
        })
    }
}

/// Names what allowed, for the audit: short, since every request carries it.
fn allowing(reason: &Reason<'_>) -> String {
    match reason {
        Reason::Statement(deciding) => statement(deciding),
        Reason::Grant(id) => format!("grant {id}"),
        Reason::Root => "root".to_owned(),
        Reason::Exempt => "exempt".to_owned(),
    }
}

fn denying(denial: &Denial<'_>) -> String {
    match &denial.refusal {
        Refusal::Explicit(deciding) => statement(deciding),
        Refusal::Implicit(kind) => format!("no {}", kind.as_str()),
    }
}

/// The policy's name and the statement's Sid, or its place where it has none.
fn statement(deciding: &Deciding<'_>) -> String {
    let kind = deciding.policy_type.as_str();
    match deciding.sid {
        Some(sid) => [kind, " ", deciding.source, " ", sid].concat(),
        None => [kind, " ", deciding.source, " #", &deciding.index.to_string()].concat(),
    }
}
