//! The same decision, with everything that took part in it: for the simulator and for people.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::context::Values;
use crate::decide::{Verdict, decide};
use crate::near::NearMiss;
use crate::question::{Attached, Deciding, PolicyType, Question};
use crate::statement::{Request, Statement};

/// How a question was answered.
#[derive(Clone, Debug)]
pub struct Trace<'a> {
    /// The answer, the same as [`decide`] gives.
    pub verdict: Verdict<'a>,
    /// Every statement that applies to the request, denying or allowing.
    pub matched: Vec<Matched<'a>>,
    /// Condition keys, as the policies spell them, that statements about this action and resource ask
    /// for and the context does not have.
    pub missing_keys: Vec<&'a str>,
    /// Statements that allow the action but do not apply, and why; those that lack least come first, and
    /// among equals they are in the order of the policies. If the verdict is a refusal for want of an
    /// `Allow`, those of [`Denial::policy_type`](crate::Denial::policy_type) are where to look.
    pub near: Vec<NearMiss<'a>>,
    /// How much work it was, in bytes looked at: who asks many questions at once can count it.
    pub work: u32,
}

/// A statement that applies.
#[derive(Clone, Copy, Debug)]
pub struct Matched<'a> {
    /// Which one.
    pub statement: Deciding<'a>,
    /// Where it begins.
    pub start: Place,
    /// Where it ends: just after its last character.
    pub end: Place,
}

/// A place in a policy's text, both counted from 1 in characters, as the simulator reports them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Answers a question and shows the work. Slower than [`decide`]; never on the path of a request.
pub fn explain<'a>(question: &'a Question<'a>) -> Trace<'a> {
    let request = question.request();
    let mut matched = Vec::new();
    let mut missing_keys = BTreeSet::new();
    for (policy_type, policies) in question.all_policies() {
        for attached in policies {
            for (index, statement) in attached.policy.statements.iter().enumerate() {
                missing_keys.extend(missing(statement, &request));
                if statement.reach(&request).is_some() {
                    matched.push(Matched::new(policy_type, attached, index, statement));
                }
            }
        }
    }
    let (near, effort) = near_misses(question);
    Trace {
        verdict: decide(question),
        matched,
        missing_keys: missing_keys.into_iter().collect(),
        near,
        work: request.effort.spent().saturating_add(effort),
    }
}

/// With an effort of its own, whose use comes back: to be asked twice must not exhaust what a decision
/// may take.
fn near_misses<'a>(question: &'a Question<'a>) -> (Vec<NearMiss<'a>>, u32) {
    let request = question.request();
    let mut near: Vec<_> = question
        .all_policies()
        .flat_map(|(policy_type, policies)| policies.iter().map(move |attached| (policy_type, attached)))
        .flat_map(|(policy_type, attached)| {
            let indices = 0..attached.policy.statements.len();
            indices.map(move |index| (policy_type, attached, index))
        })
        .filter_map(|(policy_type, attached, index)| NearMiss::of(policy_type, attached, index, &request))
        .collect();
    near.sort_by_key(|miss| miss.unmet.len());
    let spent = request.effort.spent();
    (near, spent)
}

impl<'a> Question<'a> {
    /// Every policy that takes part, with its kind, in the order in which denials are named.
    fn all_policies(&self) -> impl Iterator<Item = (PolicyType, &[Attached<'a>])> {
        let control = self
            .service_control
            .iter()
            .map(|level| (PolicyType::ServiceControl, *level));
        control.chain([
            (PolicyType::Resource, self.resource_policy.as_slice()),
            (PolicyType::Identity, self.identity_policies()),
            (PolicyType::Boundary, self.boundary_policy()),
            (PolicyType::Session, self.session.unwrap_or_default()),
        ])
    }
}

/// A statement about other actions has no say, so the keys it would ask for are not missed. One whose
/// resource depends on an absent key is: the key is what keeps it from being about the resource.
fn missing<'a>(statement: &'a Statement, request: &Request<'_>) -> impl Iterator<Item = &'a str> {
    let relevant = statement.is_about_action(request);
    let absent =
        move |key: &&crate::ContextKey| relevant && matches!(request.context.values(key), Values::Absent);
    statement.keys().filter(absent).map(crate::ContextKey::written)
}

impl<'a> Matched<'a> {
    fn new(policy_type: PolicyType, attached: &Attached<'a>, index: usize, statement: &'a Statement) -> Self {
        let (start, end) = Place::both(attached.policy.text(), &statement.span);
        Matched {
            statement: Deciding::new(policy_type, attached, index, statement),
            start,
            end,
        }
    }
}

impl Place {
    pub(crate) fn both(text: &str, span: &Range<usize>) -> (Place, Place) {
        (Place::of(text, span.start), Place::of(text, span.end))
    }

    fn of(text: &str, offset: usize) -> Place {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}
