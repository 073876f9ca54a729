//! What a caller must be allowed to do with sessions.

use kagiban_iam::{Call, Requirement, Scope};

use crate::View;

/// To do `action` to a session, or to what might be one. Its tags are those that AWS gives to
/// sessions: who started it, and on which node.
pub(crate) fn requirement(action: &'static str, id: &str, call: &Call<'_>, view: &View<'_>) -> Requirement {
    let Scope { account, region } = call.scope;
    let arn = format!("arn:aws:ssm:{region}:{account}:session/{id}");
    let requirement = Requirement::on(action, arn, account);
    let Some(session) = view.ssm.session(call.scope, id) else {
        return requirement;
    };
    let tags = [("session-id", &session.owner_id), ("target-id", &session.target)];
    tags.iter().fold(requirement, |requirement, (tag, value)| {
        requirement
            .when(format!("ssm:resourcetag/aws:ssmmessages:{tag}"), &***value)
            .when(format!("aws:resourcetag/aws:ssmmessages:{tag}"), &***value)
    })
}
