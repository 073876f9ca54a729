//! Which statements would have allowed a request, had one thing been different.

use crate::condition::Condition;
use crate::context::Values;
use crate::explain::Place;
use crate::question::{Attached, Deciding, PolicyType};
use crate::statement::{Effect, Request, Statement};

/// A statement that allows the request's action and still does not apply to the request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NearMiss<'a> {
    /// Which one.
    pub statement: Deciding<'a>,
    /// Where it begins.
    pub start: Place,
    /// Where it ends: just after its last character.
    pub end: Place,
    /// What keeps it from applying; at least one thing, in the order of the elements: principal,
    /// resource, conditions.
    pub unmet: Vec<Unmet<'a>>,
}

/// A part of a statement that a request does not meet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unmet<'a> {
    /// The caller is not among its principals.
    Principal,
    /// The resource is not among its resources, or a variable in all that might cover it has no value.
    Resource,
    /// A condition does not hold.
    Condition {
        /// The operator, as the policy spells it.
        operator: &'a str,
        /// The key, as the policy spells it.
        key: &'a str,
        /// Whether the request has the key, so that its value is what is amiss.
        present: bool,
    },
    /// Telling would take more work than a decision may.
    Effort,
}

impl<'a> NearMiss<'a> {
    /// What keeps the statement from applying; `None` if it applies, denies or is about other actions.
    pub(crate) fn of(
        policy_type: PolicyType,
        attached: &Attached<'a>,
        index: usize,
        request: &Request<'_>,
    ) -> Option<NearMiss<'a>> {
        let statement = &attached.policy.statements[index];
        request.effort.begin();
        if statement.effect == Effect::Deny || !statement.is_about_action(request) {
            return None;
        }
        let unmet = unmet(statement, request);
        let (start, end) = Place::both(attached.policy.text(), &statement.span);
        (!unmet.is_empty()).then(|| NearMiss {
            statement: Deciding::new(policy_type, attached, index, statement),
            start,
            end,
            unmet,
        })
    }
}

fn unmet<'a>(statement: &'a Statement, request: &Request<'_>) -> Vec<Unmet<'a>> {
    let effect = statement.effect;
    let principal = statement.principal.as_ref();
    let stranger = principal.is_some_and(|element| element.reach(&request.principal, effect).is_none());
    let resources = statement.resources.as_ref();
    let elsewhere = resources.is_some_and(|resources| !resources.cover(request, effect));
    let unmet: Vec<_> = std::iter::empty()
        .chain(stranger.then_some(Unmet::Principal))
        .chain(elsewhere.then_some(Unmet::Resource))
        .chain(
            statement
                .conditions
                .iter()
                .filter_map(|condition| failed(condition, effect, request)),
        )
        .collect();
    if request.effort.gave_up() {
        return vec![Unmet::Effort];
    }
    unmet
}

fn failed<'a>(condition: &'a Condition, effect: Effect, request: &Request<'_>) -> Option<Unmet<'a>> {
    let holds = condition.holds(request.context, effect, &request.effort);
    (!holds).then(|| Unmet::Condition {
        operator: condition.operator_written(),
        key: condition.key().written(),
        present: !matches!(request.context.values(condition.key()), Values::Absent),
    })
}
