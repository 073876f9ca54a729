//! Who is asked about.

use kagiban_aws::Arn;
use kagiban_iam::explanation::{self, Subject};
use kagiban_iam::{Identity, Requirement, State};

use super::{KagibanError, View};

/// Takes the ARN of a user, a role, a role's session or the root user.
///
/// # Errors
///
/// `InvalidInput`.
pub(super) fn parse(text: &str) -> Result<Arn, KagibanError> {
    text.parse::<Arn>()
        .ok()
        .filter(|arn| arn.account_id().is_some() && ["iam", "sts"].contains(&arn.service()))
        .ok_or_else(|| {
            let text = format!("`{text}` is not the ARN of a user or role; give one such as arn:aws:iam::111122223333:user/alice");
            KagibanError::InvalidInput(text)
        })
}

/// What whoever asks about a principal must be allowed.
///
/// # Errors
///
/// `InvalidInput` for an account that no ARN could name.
pub(super) fn simulated(principal: &Arn, view: &View<'_>) -> Result<Requirement, KagibanError> {
    let entity = entity(principal, view.as_ref());
    let owner = entity
        .account_id()
        .ok_or_else(|| KagibanError::NoSuchPrincipal(principal.to_string()))?;
    Ok(explanation::on_entity(
        "iam:SimulatePrincipalPolicy",
        &entity,
        owner,
        view.as_ref(),
    ))
}

/// The user or role behind an ARN; a session's is its role.
fn entity(principal: &Arn, state: &State) -> Arn {
    match explanation::subject(principal, state, kagiban_aws::Timestamp::from_seconds(0)) {
        Some(Subject::Caller(caller)) => match &caller.identity {
            Identity::Role(role) => role.arn(caller.account),
            Identity::Anonymous
            | Identity::Node(_)
            | Identity::Root
            | Identity::User(_)
            | Identity::Federated(_) => principal.clone(),
        },
        Some(Subject::Federated) | None => principal.clone(),
    }
}
