//! One decision as clients get it.

use kagiban_iam::explanation::{Circumstances, Explanation, Missed, Near, Outcome, Part, explain};
use kagiban_iam::{Call, Requirement};
use kagiban_policy::PolicyType;

use super::closed;
use super::readable::is_readable;
use super::remedy::{Remedies, remedies};
use super::target::{Needed, Target};
use super::{View, wire};

/// Whoever asks, and what they see.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) view: &'a View<'a>,
}

/// Everything that was decided.
#[derive(Default)]
pub(super) struct Checks {
    pub(super) shown: Vec<wire::Check>,
    outcomes: Vec<Outcome>,
}

impl Checks {
    /// Adds what is not there yet: a request's resources have some of what they take in common.
    pub(super) fn extend(&mut self, other: Checks) {
        for (shown, outcome) in other.shown.into_iter().zip(other.outcomes) {
            let same = |known: &wire::Check| {
                known.action_name == shown.action_name
                    && known.resource_arn == shown.resource_arn
                    && known.via == shown.via
            };
            if !self.shown.iter().any(same) {
                self.shown.push(shown);
                self.outcomes.push(outcome);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// All of it together: whatever is not allowed denies.
    pub(super) fn decision(&self) -> &'static str {
        let denial = self.outcomes.iter().find(|outcome| !outcome.is_allowed());
        denial.map_or(wire::decision::ALLOWED, |outcome| word(*outcome))
    }
}

impl Asker<'_> {
    /// Decides everything that a target takes; `asked` is the principal's call.
    pub(super) fn checks(&self, target: &Target, asked: &Call<'_>, circumstances: &Circumstances) -> Checks {
        let (mut shown, mut outcomes) = (Vec::new(), Vec::new());
        for needed in target.needed(asked, self.call, self.view) {
            let asked = needed.via.map_or(*asked, |service| asked.via(service));
            let Needed {
                mut requirement,
                is_closed,
                ..
            } = needed;
            let explanation = match is_closed {
                false => explain(&requirement, &asked, circumstances, self.view.as_ref()),
                true => closed::explain(&mut requirement, &asked, circumstances, self.view.as_ref()),
            };
            outcomes.push(explanation.outcome);
            let mut check = self.check(&requirement, &asked, &explanation);
            if is_closed {
                check.reason = check.reason.map(|reason| closed::said(&reason, &explanation));
            }
            shown.push(check);
        }
        Checks { shown, outcomes }
    }

    fn check(&self, requirement: &Requirement, asked: &Call<'_>, explanation: &Explanation) -> wire::Check {
        let decided_by = explanation.decided_by.as_ref();
        let lacking = explanation.lacking.iter();
        let kinds = lacking
            .map(|kind| kind_of(*kind, requirement).to_owned())
            .collect();
        let remedies = remedies(&Remedies {
            requirement,
            asked,
            explanation,
        });
        wire::Check {
            action_name: Some(requirement.action.to_string()),
            resource_arn: Some(requirement.resource.clone()),
            via: asked.via.map(str::to_owned),
            decision: Some(word(explanation.outcome).to_owned()),
            reason: Some(reason(requirement, explanation)),
            decided_by: decided_by.map(|part| self.statement(part)),
            missing_from: some(kinds),
            near_misses: some(self.near_misses(explanation)),
            missing_context_keys: some(explanation.missing_keys.clone()),
            remedies: some(remedies),
        }
    }

    /// Statements of the kinds that lack one; elsewhere nothing is amiss.
    fn near_misses(&self, explanation: &Explanation) -> Vec<wire::NearMiss> {
        const MOST: usize = 10;
        let lacking = |near: &&Near| explanation.lacking.contains(&near.part.policy_type);
        let near = explanation.near.iter().filter(lacking).take(MOST);
        near.map(|near| self.near_miss(near)).collect()
    }

    fn near_miss(&self, near: &Near) -> wire::NearMiss {
        let readable = is_readable(&near.part, self.call, self.view);
        let unmet = near.unmet.iter().filter(|_| readable);
        wire::NearMiss {
            statement: Some(self.statement(&near.part)),
            unmet: some(
                unmet
                    .filter_map(|missed| unmet_part(missed, &near.part.text))
                    .collect(),
            ),
        }
    }

    pub(super) fn statement(&self, part: &Part) -> wire::Statement {
        let text = is_readable(part, self.call, self.view).then(|| part.text.clone());
        wire::Statement {
            policy_type: Some(owned_kind(part).to_owned()),
            policy_name: Some(part.policy.clone()),
            attached_to: Some(part.owner.to_string()),
            effect: Some(if part.denies { "Deny" } else { "Allow" }.to_owned()),
            sid: part.sid.clone(),
            number: Some(number(part.index + 1)),
            start_position: Some(place(part.start)),
            end_position: Some(place(part.end)),
            text: text.filter(|text| !text.is_empty()),
        }
    }
}

fn unmet_part(missed: &Missed, statement: &str) -> Option<wire::Unmet> {
    let empty = wire::Unmet::default();
    match missed {
        Missed::Effort => None,
        Missed::Principal => Some(wire::Unmet {
            fails_on: Some(wire::unmet_kind::PRINCIPAL.to_owned()),
            wanted: some(
                written(statement, &["Principal"]).or_else(|| written(statement, &["NotPrincipal"]))?,
            ),
            ..empty
        }),
        Missed::Resource => Some(wire::Unmet {
            fails_on: Some(wire::unmet_kind::RESOURCE.to_owned()),
            wanted: some(written(statement, &["Resource"]).or_else(|| written(statement, &["NotResource"]))?),
            ..empty
        }),
        Missed::Condition { operator, key, found } => Some(wire::Unmet {
            fails_on: Some(wire::unmet_kind::CONDITION.to_owned()),
            operator: Some(operator.clone()),
            key: Some(key.clone()),
            wanted: some(written(statement, &["Condition", operator, key]).unwrap_or_default()),
            // Tags of a resource are for those who may list them.
            found: some(found.clone()).filter(|_| !key.to_lowercase().contains("resourcetag/")),
        }),
    }
}

/// The texts that a statement writes at a place.
fn written(statement: &str, place: &[&str]) -> Option<Vec<String>> {
    let statement: serde_json::Value = serde_json::from_str(statement).ok()?;
    let found = place.iter().try_fold(&statement, |value, name| value.get(name))?;
    Some(texts(found))
}

fn texts(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(values) => values.iter().flat_map(texts).collect(),
        serde_json::Value::Object(members) => members.values().flat_map(texts).collect(),
        other => vec![other.to_string()],
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed | Outcome::Root | Outcome::Exempt => wire::decision::ALLOWED,
        Outcome::ExplicitDeny => wire::decision::EXPLICIT_DENY,
        Outcome::ImplicitDeny => wire::decision::IMPLICIT_DENY,
    }
}

fn reason(requirement: &Requirement, explanation: &Explanation) -> String {
    let kind = |part: &Part| kind_of(part.policy_type, requirement);
    match (explanation.outcome, &explanation.decided_by) {
        (Outcome::Root, _) => "the root user needs no policy".to_owned(),
        (Outcome::Exempt, _) => "the action needs no permission".to_owned(),
        (Outcome::Allowed, Some(part)) => format!("a statement of the {} allows it", kind(part)),
        (Outcome::Allowed, None) => match &explanation.grant {
            Some(id) => format!("the grant {id} allows it"),
            None => "a policy that cannot be shown allows it".to_owned(),
        },
        (Outcome::ExplicitDeny, Some(part)) => format!("a statement of the {} denies it", kind(part)),
        (Outcome::ExplicitDeny, None) => "a policy that cannot be read denies everything".to_owned(),
        (Outcome::ImplicitDeny, _) => {
            let kinds: Vec<_> = explanation
                .lacking
                .iter()
                .map(|kind| kind_of(*kind, requirement))
                .collect();
            format!("no {} allows it", kinds.join(" and no "))
        }
    }
}

/// AWS's words, and the usual names of the two resource policies that decide alone.
pub(super) fn kind_of(kind: PolicyType, requirement: &Requirement) -> &'static str {
    match (kind, requirement.rule) {
        (PolicyType::Resource, kagiban_policy::Rule::KeyPolicy) => "key policy",
        (PolicyType::Resource, kagiban_policy::Rule::Trust) => "trust policy",
        _ => kind.as_str(),
    }
}

fn owned_kind(part: &Part) -> &'static str {
    match (part.policy_type, part.owner.service()) {
        (PolicyType::Resource, "kms") => "key policy",
        (PolicyType::Resource, "iam") => "trust policy",
        (kind, _) => kind.as_str(),
    }
}

fn place(place: kagiban_policy::Place) -> wire::Place {
    wire::Place {
        line: Some(number(place.line)),
        column: Some(number(place.column)),
    }
}

fn number(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// An empty list is left out.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}
