//! Why somebody may or may not do something: the same decision as [`authorize`](crate::authorize())
//! makes, with every statement that took part and what would have to change.
//!
//! Who is asked about need not be calling ([`subject`]), so what only a request could tell is absent
//! here unless it is given ([`Circumstances`]): address, transport, client. Nothing is decided with
//! this; it is for people.

mod circumstances;
mod lacking;
mod on;
mod sources;
mod subject;

use kagiban_aws::Arn;
use kagiban_policy::{Attached, Place, PolicyType, Question, Reason, Refusal, Unmet, Verdict};

use crate::policies::{Policies, principal};
use crate::{Call, Covering, Requirement, State};

pub use circumstances::Circumstances;
pub use on::{on, on_entity};
pub use subject::{Subject, subject, with_unknown_limits};

use sources::Source;

/// A decision and its reasons.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// How it was decided.
    pub outcome: Outcome,
    /// The statement that decided, if one did.
    pub decided_by: Option<Part>,
    /// The id of the KMS grant that decided, if one did.
    pub grant: Option<String>,
    /// Every statement that applies.
    pub matched: Vec<Part>,
    /// Statements that would allow it but for something, those that lack least first.
    pub near: Vec<Near>,
    /// Condition keys that statements ask for and that are not known.
    pub missing_keys: Vec<String>,
    /// The kinds of policies that would have to allow it and do not, in the order in which denials
    /// name them. Empty for what is allowed and for explicit denies.
    pub lacking: Vec<PolicyType>,
}

/// How something was decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Allowed by a statement or a grant.
    Allowed,
    /// The root user needs no policy.
    Root,
    /// The action needs no permission.
    Exempt,
    /// A statement forbids it.
    ExplicitDeny,
    /// No policy of some kind allows it.
    ImplicitDeny,
}

impl Outcome {
    /// Whether it may be done.
    pub fn is_allowed(self) -> bool {
        matches!(self, Outcome::Allowed | Outcome::Root | Outcome::Exempt)
    }
}

/// A statement that took part.
#[derive(Clone, Debug)]
pub struct Part {
    /// As what its policy took part.
    pub policy_type: PolicyType,
    /// The policy's name or ARN.
    pub policy: String,
    /// Whose it is: a user, a group, a role, a resource, a session.
    pub owner: Arn,
    /// Whether it is written into its owner rather than attached to it.
    pub inline: bool,
    /// Whether it denies.
    pub denies: bool,
    /// Its Sid.
    pub sid: Option<String>,
    /// Its place in the policy, from 0.
    pub index: usize,
    /// Where it begins.
    pub start: Place,
    /// Where it ends.
    pub end: Place,
    /// Its text.
    pub text: String,
}

/// A statement that would allow something but does not apply.
#[derive(Clone, Debug)]
pub struct Near {
    /// Which one.
    pub part: Part,
    /// Everything that keeps it from applying.
    pub unmet: Vec<Missed>,
}

/// What a statement asks for and does not find.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Missed {
    /// Another caller.
    Principal,
    /// Another resource.
    Resource,
    /// Another value of a condition key.
    Condition {
        /// The operator.
        operator: String,
        /// The key.
        key: String,
        /// What the request has; empty if it has no such key.
        found: Vec<String>,
    },
    /// Nobody knows: it is too much work to tell.
    Effort,
}

/// Explains one requirement. `call` is the subject's, not the asker's.
pub fn explain(
    requirement: &Requirement,
    call: &Call<'_>,
    circumstances: &Circumstances,
    state: &State,
) -> Explanation {
    let context = circumstances.of(call, requirement);
    let policies = Policies::of(call, state);
    let behind = call.caller.behind();
    let principal = principal(call.caller, &behind);
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
    let sources = sources::of(&question, call, state);
    explained(&question, &sources)
}

fn explained(question: &Question<'_>, sources: &[Source<'_>]) -> Explanation {
    let trace = kagiban_policy::explain(question);
    let part = |statement, start, end| Part::new(statement, start, end, sources);
    let matched: Vec<Part> = trace
        .matched
        .iter()
        .filter_map(|matched| part(&matched.statement, matched.start, matched.end))
        .collect();
    let near = trace.near.iter().filter_map(|near| {
        Some(Near {
            part: part(&near.statement, near.start, near.end)?,
            unmet: near.unmet.iter().map(|unmet| missed(unmet, question)).collect(),
        })
    });
    let (outcome, deciding) = match &trace.verdict {
        Verdict::Allow(Reason::Statement(deciding)) => (Outcome::Allowed, Some(deciding)),
        Verdict::Allow(Reason::Root) => (Outcome::Root, None),
        Verdict::Allow(Reason::Exempt) => (Outcome::Exempt, None),
        Verdict::Allow(Reason::Grant(_)) => (Outcome::Allowed, None),
        Verdict::Deny(denial) => match &denial.refusal {
            Refusal::Explicit(deciding) => (Outcome::ExplicitDeny, Some(deciding)),
            Refusal::Implicit(_) => (Outcome::ImplicitDeny, None),
        },
    };
    let decided_by = deciding.and_then(|deciding| {
        let same = |matched: &&kagiban_policy::Matched<'_>| matched.statement == *deciding;
        let matched = trace.matched.iter().find(same)?;
        part(&matched.statement, matched.start, matched.end)
    });
    let grant = match &trace.verdict {
        Verdict::Allow(Reason::Grant(id)) => Some((*id).to_owned()),
        _ => None,
    };
    Explanation {
        outcome,
        decided_by,
        grant,
        near: near.collect(),
        matched,
        missing_keys: trace.missing_keys.iter().map(|key| (*key).to_owned()).collect(),
        lacking: lacking::kinds(question),
    }
}

impl Part {
    /// `None` for a document that nobody can read: it has no statements to show.
    fn new(
        statement: &kagiban_policy::Deciding<'_>,
        start: Place,
        end: Place,
        sources: &[Source<'_>],
    ) -> Option<Part> {
        let source = sources.iter().find(|source| source.is_of(statement))?;
        Some(Part {
            policy_type: statement.policy_type,
            policy: statement.source.to_owned(),
            owner: source.owner.clone(),
            inline: source.inline,
            denies: statement.effect == kagiban_policy::Effect::Deny,
            sid: statement.sid.map(str::to_owned),
            index: statement.index,
            start,
            end,
            text: source
                .attached
                .policy
                .statement_text(statement.index)
                .unwrap_or_default()
                .to_owned(),
        })
    }
}

fn missed(unmet: &Unmet<'_>, question: &Question<'_>) -> Missed {
    match unmet {
        Unmet::Principal => Missed::Principal,
        Unmet::Resource => Missed::Resource,
        Unmet::Effort => Missed::Effort,
        Unmet::Condition { operator, key, .. } => Missed::Condition {
            operator: (*operator).to_owned(),
            key: (*key).to_owned(),
            found: circumstances::values(question.context, key),
        },
    }
}
