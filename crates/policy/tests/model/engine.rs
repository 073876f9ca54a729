//! The crate, asked the same.

use kagiban_policy::{
    Attached, Deciding, Effect, Facts, Granted, Policy, PolicyType, Question, Reason, Refusal, Verdict,
    decide, explain,
};

use crate::case::{Policies, Request};
use crate::draw::account;
use crate::judge::{Applying, Outcome, applying, is_applying, judge};

/// The documents, parsed once for many requests.
pub(crate) struct Engine {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Vec<Policy>>,
    resource: Option<Policy>,
    control: Vec<Vec<Policy>>,
}

/// Names a document by its place among those of its kind.
const SOURCES: [&str; 6] = ["0", "1", "2", "3", "4", "5"];

fn attached<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Vec<Attached<'p>> {
    let attached = |(policy, source): (&'p Policy, &&'static str)| Attached { policy, source };
    policies.into_iter().zip(&SOURCES).map(attached).collect()
}

impl Engine {
    pub(crate) fn new(policies: &Policies) -> Engine {
        let mut parsed = policies.documents().map(|(kind, document)| {
            let text = document.text();
            Policy::parse(&text, kind).unwrap_or_else(|e| panic!("{e}: {text}"))
        });
        let mut take = |count| parsed.by_ref().take(count).collect::<Vec<_>>();
        Engine {
            identity: take(policies.identity.len()),
            boundary: take(policies.boundary.iter().len()).pop(),
            session: policies.session.as_ref().map(|documents| take(documents.len())),
            control: policies.control.iter().map(|level| take(level.len())).collect(),
            resource: take(policies.resource.iter().len()).pop(),
        }
    }

    fn ask<T>(
        &self,
        policies: &Policies,
        request: &Request,
        use_question: impl FnOnce(&Question<'_>) -> T,
    ) -> T {
        let facts = request.facts.iter().fold(Facts::new(), |facts, (key, values)| {
            facts.with_all(key, values.iter().map(String::as_str))
        });
        let mut control = attached(self.control.iter().flatten());
        let levels: Vec<Vec<_>> = self
            .control
            .iter()
            .map(|level| control.drain(..level.len()).collect())
            .collect();
        let levels: Vec<&[_]> = levels.iter().map(Vec::as_slice).collect();
        let session = self.session.as_ref().map(attached);
        use_question(&Question {
            principal: request.caller,
            action: request.action,
            resource: &request.resource,
            alias: None,
            resource_account: request.foreign.map(account),
            context: &facts,
            identity: &attached(&self.identity),
            boundary: attached(&self.boundary).pop(),
            session: session.as_deref(),
            resource_policy: attached(&self.resource).pop(),
            service_control: &levels,
            granted: policies.granted.map(|reach| Granted { id: "grant", reach }),
            rule: policies.rule,
        })
    }

    pub(crate) fn outcome(&self, policies: &Policies, request: &Request) -> Outcome {
        self.ask(policies, request, |question| outcome(&decide(question)))
    }

    /// What the crate and the second implementation say differently, in words; `None` if nothing.
    pub(crate) fn disagreement(&self, policies: &Policies, request: &Request) -> Option<String> {
        let expected = judge(policies, request);
        self.ask(policies, request, |question| {
            let verdict = decide(question);
            let found = outcome(&verdict);
            if found != expected {
                return Some(format!("decided {found:?}, but it should be {expected:?}"));
            }
            let deciding = deciding(&verdict)?;
            let allow = deciding.effect == Effect::Allow;
            let applies = is_applying(policies, request, place(&deciding), allow);
            (!applies).then(|| format!("rests on {deciding:?}, which does not apply"))
        })
    }

    /// As [`Engine::disagreement`], about the explanation.
    pub(crate) fn misexplained(&self, policies: &Policies, request: &Request) -> Option<String> {
        let expected = applying(policies, request);
        self.ask(policies, request, |question| {
            let trace = explain(question);
            let verdict = decide(question);
            if trace.verdict != verdict {
                return Some(format!("explained {:?}, but decided {verdict:?}", trace.verdict));
            }
            let matched = trace.matched.iter().map(|matched| &matched.statement);
            let shown: Vec<_> = matched
                .map(|deciding| (place(deciding), deciding.effect == Effect::Allow))
                .collect();
            if shown != expected {
                return Some(format!("shown {shown:?}, but {expected:?} apply"));
            }
            let near = trace.near.iter().find(|near| {
                let allows = (place(&near.statement), true);
                near.unmet.is_empty() || expected.contains(&allows)
            });
            near.map(|near| format!("no near miss: {near:?}"))
        })
    }
}

fn outcome(verdict: &Verdict<'_>) -> Outcome {
    match verdict {
        Verdict::Allow(_) => Outcome::Allow,
        Verdict::Deny(denial) if denial.is_explicit() => Outcome::Explicit(denial.policy_type()),
        Verdict::Deny(denial) => Outcome::Implicit(denial.policy_type()),
    }
}

fn deciding<'a>(verdict: &Verdict<'a>) -> Option<Deciding<'a>> {
    match verdict {
        Verdict::Allow(Reason::Statement(deciding)) => Some(*deciding),
        Verdict::Deny(denial) => match denial.refusal {
            Refusal::Explicit(deciding) => Some(deciding),
            Refusal::Implicit(_) => None,
        },
        Verdict::Allow(_) => None,
    }
}

fn place(deciding: &Deciding<'_>) -> Applying {
    let policy_type: PolicyType = deciding.policy_type;
    (policy_type, deciding.source.parse().unwrap(), deciding.index)
}
