//! What a caller must be allowed to do with sessions.

use kagiban_aws::Arn;
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
    let requirement = requirement.also_called(own_arn(id, call, view));
    let tags = [("session-id", &session.owner_id), ("target-id", &session.target)];
    tags.iter().fold(requirement, |requirement, (tag, value)| {
        requirement
            .when(format!("ssm:resourcetag/aws:ssmmessages:{tag}"), &***value)
            .when(format!("aws:resourcetag/aws:ssmmessages:{tag}"), &***value)
    })
}

/// What AWS's own examples of policies call a session by for the one who has started it, and for nobody
/// else: `arn:aws:ssm:*:*:session/${aws:userid}-*`. The ids of users and roles are not in the ids of
/// sessions, neither there nor here.
//
// UNSURE: how AWS makes that match, since its ids begin with the names of users and of roles' sessions.
pub fn own_arn(id: &str, call: &Call<'_>, view: &View<'_>) -> Option<String> {
    let session = view.ssm.session(call.scope, id)?;
    let user = call.caller.user_id();
    let (_, random) = id.rsplit_once('-')?;
    let Scope { account, region } = call.scope;
    let arn = || Arn::regional("ssm", region, account, format_args!("session/{user}-{random}"));
    (*session.owner_id == *user).then(|| arn().to_string())
}
