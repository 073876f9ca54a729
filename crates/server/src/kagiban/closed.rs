//! Access to what may be another account's parameter: its own policy decides too, and is not shown.
//!
//! Whoever asks about a principal is of the principal's account, and another account's policy is none of
//! their business. They learn what a request of the principal's would tell, and no more: not a statement of
//! that policy, not whether the parameter exists, and not what conditions ask for; so what is asked to be
//! assumed of a request counts for the principal's own policies only.

use kagiban_iam::explanation::{self, Circumstances, Explanation, Outcome};
use kagiban_iam::{Call, Requirement, State};
use kagiban_policy::PolicyType;

/// Explains by the principal's own policies; of the parameter's only the effect counts.
pub(super) fn explain(
    requirement: &mut Requirement,
    asked: &Call<'_>,
    circumstances: &Circumstances,
    state: &State,
) -> Explanation {
    let shares = is_shared(&explanation::explain(
        requirement,
        asked,
        &Circumstances::default(),
        state,
    ));
    requirement.policy = None;
    let mut own = explanation::explain(requirement, asked, circumstances, state);
    if own.outcome == Outcome::ImplicitDeny && shares {
        own.lacking.retain(|kind| *kind != PolicyType::Resource);
        if own.lacking.is_empty() {
            own.outcome = Outcome::Allowed;
            own.decided_by = own.matched.iter().find(|part| !part.denies).cloned();
        }
    }
    own
}

/// Whether the resource's own policy allows it, whatever the others say.
fn is_shared(explanation: &Explanation) -> bool {
    let parts = explanation.matched.iter();
    let mut of_resource = parts
        .filter(|part| part.policy_type == PolicyType::Resource)
        .peekable();
    of_resource.peek().is_some() && of_resource.all(|part| !part.denies)
}

/// A reason, and that more has decided than is shown.
pub(super) fn said(reason: &str, explanation: &Explanation) -> String {
    let theirs = "the parameter's own policy, which is another account's and is not shown,";
    match explanation.outcome.is_allowed() {
        true => format!(
            "{reason}, and so does {theirs} as far as it asks for nothing but the principal; a SecureString's key has to \
             allow kms:Decrypt, too"
        ),
        false if explanation.lacking.contains(&PolicyType::Resource) => {
            format!("{reason}; {theirs} would have to allow it, if there is such a parameter")
        }
        false => format!("{reason}; {theirs} decides, too"),
    }
}
