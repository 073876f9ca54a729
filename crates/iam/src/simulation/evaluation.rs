//! Asking and answering: one question for each action on each resource.

use std::collections::BTreeMap;

use kagiban_aws::{AccountId, Arn};
use kagiban_policy::{
    Attached, Effect, Matched, Place, Policy, PolicyType, Question, Rule, Trace, Verdict, explain,
};

use super::MAX_WORK;
use super::caller::{SimulatedCaller, SimulatedContext};
use super::scenario::Scenario;
use super::subject::{Simulated, SourceArn};
use crate::page::{self, Slice};
use crate::wire::policy_evaluation_decision_type::{ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY};
use crate::{State, wire};

/// What identity policies and a resource's are called. UNSURE: the second.
const IDENTITY: &str = "IAM Policy";
const RESOURCE: &str = "Resource Policy";

/// Statements that one page shows at most, before it ends early.
const MAX_STATEMENTS: usize = 20_000;

/// Simulates one page. `source` is whose policies they are, `account` the account of who asks.
pub(crate) fn simulate(
    scenario: &Scenario,
    source: Option<&SourceArn>,
    simulated: &Simulated<'_>,
    account: AccountId,
    state: &State,
) -> wire::SimulatePolicyResponse {
    let inputs = scenario.policies.iter().zip(1..);
    let inputs = inputs.map(|(policy, number)| (format!("PolicyInputList.{number}"), policy));
    let held = simulated
        .identity
        .iter()
        .map(|(name, policy)| (name.clone(), *policy));
    let named: Vec<(String, &Policy)> = held.chain(inputs).collect();
    let caller = SimulatedCaller::new(scenario.caller.as_ref().or(source), account, state);
    let simulator = Simulator {
        scenario,
        identity: named
            .iter()
            .map(|(source, policy)| Attached { policy, source })
            .collect(),
        boundary: scenario.boundary.as_ref().or(simulated.boundary),
        caller: &caller,
    };
    simulator.page()
}

struct Simulator<'s> {
    scenario: &'s Scenario,
    identity: Vec<Attached<'s>>,
    boundary: Option<&'s Policy>,
    caller: &'s SimulatedCaller<'s>,
}

impl Simulator<'_> {
    fn page(&self) -> wire::SimulatePolicyResponse {
        let resources = &self.scenario.resources;
        let all = 0..self.scenario.actions.len() * resources.len();
        let chosen: Slice<usize> = self.scenario.page.cut(all.map(|index| (place(index), index)));
        let mut answer = wire::SimulatePolicyResponse {
            evaluation_results: None,
            is_truncated: chosen.is_truncated,
            marker: chosen.marker,
        };
        let (mut results, mut work, mut statements) = (Vec::new(), 0_u32, 0);
        for index in &chosen.items {
            if work > MAX_WORK || statements > MAX_STATEMENTS {
                answer.is_truncated = Some(true);
                answer.marker = Some(page::marker(&place(index - 1)));
                break;
            }
            let (result, spent) = self.pair(
                &self.scenario.actions[index / resources.len()],
                &resources[index % resources.len()],
            );
            work = work.saturating_add(spent);
            statements += result.matched_statements.as_ref().map_or(0, Vec::len);
            results.push(result);
        }
        answer.evaluation_results = Some(results);
        answer
    }

    /// One answer, and how much work it was.
    fn pair(&self, action: &str, resource: &str) -> (wire::EvaluationResult, u32) {
        let context = SimulatedContext {
            given: &self.scenario.given,
            caller: self.caller,
        };
        let owner = resource.parse().ok().and_then(|arn: Arn| arn.account_id());
        let resource_policy = self
            .scenario
            .resource_policy
            .as_ref()
            .filter(|_| !assumes(action));
        let question = Question {
            principal: self.caller.principal(),
            action,
            resource,
            alias: None,
            resource_account: owner.or(self.scenario.owner),
            context: &context,
            identity: &self.identity,
            boundary: self.boundary.map(|policy| Attached {
                policy,
                source: "PermissionsBoundaryPolicyInputList.1",
            }),
            session: None,
            resource_policy: resource_policy.map(|policy| Attached {
                policy,
                source: "ResourcePolicy",
            }),
            service_control: &[],
            granted: None,
            rule: rule(action, resource_policy.is_some()),
        };
        let trace = explain(&question);
        (self.result(&question, &trace), trace.work)
    }

    fn result(&self, question: &Question<'_>, trace: &Trace<'_>) -> wire::EvaluationResult {
        let missing: Vec<String> = trace.missing_keys.iter().map(|key| (*key).to_owned()).collect();
        let boundary = self.boundary.map(|_| wire::PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(within_boundary(trace)),
        });
        let specific = wire::ResourceSpecificResult {
            eval_resource_name: Some(question.resource.to_owned()),
            eval_resource_decision: Some(decision(trace).to_owned()),
            matched_statements: Some(contributing(trace)),
            missing_context_values: Some(missing),
            eval_decision_details: Some(details(question, trace)),
            permissions_boundary_decision_detail: boundary,
        };
        // UNSURE: AWS's newer reference promises a template of an ARN as the outer name; what it was seen
        // to answer, and clients look at, is the resource.
        let one = question.resource != Arn::ANY;
        wire::EvaluationResult {
            eval_action_name: Some(question.action.to_owned()),
            eval_resource_name: specific.eval_resource_name.clone(),
            eval_decision: specific.eval_resource_decision.clone(),
            matched_statements: specific.matched_statements.clone(),
            missing_context_values: specific.missing_context_values.clone(),
            organizations_decision_detail: Some(wire::OrganizationsDecisionDetail {
                allowed_by_organizations: Some(true), // there is no organization that could forbid it
            }),
            permissions_boundary_decision_detail: specific.permissions_boundary_decision_detail.clone(),
            eval_decision_details: specific.eval_decision_details.clone().filter(|_| one),
            resource_specific_results: one.then(|| vec![specific]),
        }
    }
}

/// A pair's place in the list, in the order of texts.
fn place(index: usize) -> String {
    format!("{index:010}")
}

/// AWS's simulator leaves resource policies out of these.
fn assumes(action: &str) -> bool {
    action
        .get(..10)
        .is_some_and(|start| start.eq_ignore_ascii_case("sts:assume"))
}

/// A key's policy that is given counts as one. UNSURE: AWS's simulator.
fn rule(action: &str, with_resource_policy: bool) -> Rule {
    let of_kms = action
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("kms:"));
    match of_kms && with_resource_policy {
        true => Rule::KeyPolicy,
        false => Rule::Ordinary,
    }
}

fn decision(trace: &Trace<'_>) -> &'static str {
    match &trace.verdict {
        Verdict::Allow(_) => ALLOWED,
        Verdict::Deny(denial) if denial.is_explicit() => EXPLICIT_DENY,
        Verdict::Deny(_) => IMPLICIT_DENY,
    }
}

fn of_type<'t, 'a>(trace: &'t Trace<'a>, policy_type: PolicyType) -> impl Iterator<Item = &'t Matched<'a>> {
    let matched = trace.matched.iter();
    matched.filter(move |matched| matched.statement.policy_type == policy_type)
}

/// What one kind of policies says by itself.
fn alone(trace: &Trace<'_>, policy_type: PolicyType) -> &'static str {
    let mut word = IMPLICIT_DENY;
    for matched in of_type(trace, policy_type) {
        match matched.statement.effect {
            Effect::Deny => return EXPLICIT_DENY,
            Effect::Allow => word = ALLOWED,
        }
    }
    word
}

fn within_boundary(trace: &Trace<'_>) -> bool {
    alone(trace, PolicyType::Boundary) == ALLOWED
}

/// Filled in for other accounts' resources only, where both sides have to allow.
fn details(question: &Question<'_>, trace: &Trace<'_>) -> BTreeMap<String, String> {
    let foreign = question
        .resource_account
        .is_some_and(|owner| question.principal.account() != Some(owner));
    let sides = [(IDENTITY, PolicyType::Identity), (RESOURCE, PolicyType::Resource)];
    let sides = sides.into_iter().filter(|_| foreign);
    sides
        .map(|(name, side)| (name.to_owned(), alone(trace, side).to_owned()))
        .collect()
}

/// The statements that the decision rests on; the boundary's are not shown.
fn contributing(trace: &Trace<'_>) -> Vec<wire::Statement> {
    let effect = match decision(trace) {
        ALLOWED => Effect::Allow,
        EXPLICIT_DENY => Effect::Deny,
        _ => return Vec::new(),
    };
    let sides = of_type(trace, PolicyType::Identity).chain(of_type(trace, PolicyType::Resource));
    sides
        .filter(|matched| matched.statement.effect == effect)
        .map(statement)
        .collect()
}

fn statement(matched: &Matched<'_>) -> wire::Statement {
    let source_type = match matched.statement.policy_type {
        PolicyType::Resource => RESOURCE,
        _ => IDENTITY,
    };
    wire::Statement {
        source_policy_id: Some(matched.statement.source.to_owned()),
        source_policy_type: Some(source_type.to_owned()),
        start_position: Some(position(matched.start)),
        end_position: Some(position(matched.end)),
    }
}

fn position(place: Place) -> wire::Position {
    let number = |number: usize| Some(i32::try_from(number).unwrap_or(i32::MAX));
    wire::Position {
        line: number(place.line),
        column: number(place.column),
    }
}
