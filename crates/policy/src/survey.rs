//! What the policies of one kind say about a request.

use crate::principal_element::Reach;
use crate::question::{Attached, Deciding, PolicyType};
use crate::statement::{Effect, Request};

/// The statement that allows with the closest reach.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowing<'a> {
    pub(crate) reach: Reach,
    pub(crate) deciding: Deciding<'a>,
}

/// Looks for the first statement that denies and for the one that allows with the closest reach.
///
/// # Errors
///
/// The statement that denies.
pub(crate) fn survey<'a>(
    policy_type: PolicyType,
    policies: &[Attached<'a>],
    request: &Request<'_>,
) -> Result<Option<Allowing<'a>>, Deciding<'a>> {
    let mut allowing: Option<Allowing<'a>> = None;
    for attached in policies {
        for (index, statement) in attached.policy.about(request.services) {
            let known = allowing.map(|allowing| allowing.reach);
            if statement.effect == Effect::Allow && known == Some(Reach::Direct) {
                continue;
            }
            let Some(reach) = statement.reach(request) else {
                continue;
            };
            let deciding = Deciding::new(policy_type, attached, index, statement);
            match statement.effect {
                Effect::Deny => return Err(deciding),
                Effect::Allow if Some(reach) > known => allowing = Some(Allowing { reach, deciding }),
                Effect::Allow => {}
            }
        }
    }
    Ok(allowing)
}
