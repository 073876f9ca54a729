//! What a caller must be allowed to do with parameters.

use std::borrow::Cow;
use std::sync::Arc;

use kagiban_aws::Arn;
use kagiban_iam::records::Tag;
use kagiban_iam::{Call, Requirement, Scope};
use kagiban_policy::Rule;

use crate::nodes::NodeId;
use crate::path::ParameterPath;
use crate::reference::ParameterRef;
use crate::{ParameterError, ParameterName, View};

/// To do `action` to one of the account's own parameters, which may not exist.
pub(crate) fn on(
    action: impl Into<Cow<'static, str>>,
    name: &ParameterName,
    call: &Call<'_>,
    view: &View<'_>,
) -> Requirement {
    at_home(action, name, call.scope, call, view)
}

/// To do `action` to a parameter, where it is: its own policy and its tags join the decision.
///
/// Tags do not where the caller's account is a stranger to the parameter: a policy that asks for them would
/// tell by its denial which ones there are.
pub(crate) fn at_home(
    action: impl Into<Cow<'static, str>>,
    name: &ParameterName,
    home: Scope,
    call: &Call<'_>,
    view: &View<'_>,
) -> Requirement {
    let requirement = Requirement::on(action, name.arn(home), home.account);
    let Some(parameter) = view.parameter(home, name, call.facts.now) else {
        return requirement;
    };
    let shared = view.ssm.resource_policy(home, name);
    let guest = call.scope.account;
    let is_stranger = home.account != guest && !shared.is_some_and(|shared| shared.names(guest));
    let requirement = match is_stranger {
        true => requirement,
        false => tagged(requirement, &parameter.tags),
    };
    match shared {
        Some(shared) => requirement.under(Arc::clone(&shared.policy), Rule::Ordinary),
        None => requirement,
    }
}

impl View<'_> {
    /// What somebody must be allowed to do `action` to a node, or to what might be one.
    pub fn node_requirement(&self, action: &'static str, id: &str, call: &Call<'_>) -> Requirement {
        on_node(action, id, call, self)
    }

    /// What somebody must be allowed to do `action` to one of the account's own parameters.
    pub fn requirement(
        &self,
        action: impl Into<Cow<'static, str>>,
        name: &ParameterName,
        call: &Call<'_>,
    ) -> Requirement {
        on(action, name, call, self)
    }

    /// The same of a parameter wherever it is, another account's among them: its own policy joins the decision.
    pub fn requirement_at(
        &self,
        action: impl Into<Cow<'static, str>>,
        name: &ParameterName,
        home: Scope,
        call: &Call<'_>,
    ) -> Requirement {
        at_home(action, name, home, call, self)
    }
}

/// To read what lies below a path, as GetParametersByPath asks for it; public ones are no account's.
pub(crate) fn on_path(path: &ParameterPath, recursive: bool, call: &Call<'_>) -> Requirement {
    let Scope { account, region } = call.scope;
    let owner = match path.is_public() {
        true => String::new(),
        false => account.to_string(),
    };
    let path = format!("arn:aws:ssm:{region}:{owner}:parameter{}", path.as_str());
    Requirement::on("ssm:GetParametersByPath", path, account).when("ssm:recursive", recursive)
}

/// To do `action` to what a reference names, in whichever account.
pub(crate) fn on_reference(
    action: &'static str,
    reference: &ParameterRef,
    call: &Call<'_>,
    view: &View<'_>,
) -> Requirement {
    if let Some(home) = reference.home(call.scope) {
        return at_home(action, &reference.name, home, call, view);
    }
    // What is in another Region has no policy here that could let anybody in, so this is denied to strangers.
    Requirement::on(action, reference.arn(call.scope), reference.owner(call.scope))
}

/// To do `action` to a node, or to what might be one: its tags join the decision.
pub(crate) fn on_node(action: &'static str, id: &str, call: &Call<'_>, view: &View<'_>) -> Requirement {
    let account = call.scope.account;
    let Some(node) = NodeId::parse(id) else {
        let region = call.scope.region;
        let arn = match id.starts_with("mi-") {
            true => Arn::regional("ssm", region, account, format_args!("managed-instance/{id}")),
            false => Arn::regional("ec2", region, account, format_args!("instance/{id}")),
        };
        return Requirement::on(action, arn, account);
    };
    let requirement = Requirement::on(action, node.arn(call.scope), account);
    match view.ssm.node(call.scope, &node) {
        Some(node) => tagged(requirement, &node.tags),
        None => requirement,
    }
}

/// To do `action` to the account's parameters as a whole.
pub(crate) fn on_all(action: &'static str, call: &Call<'_>) -> Requirement {
    Requirement::on(action, everything(call.scope), call.scope.account)
}

/// The same with the tags that a request brings.
pub(crate) fn requesting(requirement: Requirement, tags: &[Tag]) -> Requirement {
    if tags.is_empty() {
        return requirement;
    }
    let keys: Vec<String> = tags.iter().map(|tag| tag.key.clone()).collect();
    tags.iter()
        .fold(requirement, |requirement, tag| {
            requirement.when(
                format!("aws:requesttag/{}", tag.key.to_lowercase()),
                tag.value.as_str(),
            )
        })
        .when("aws:tagkeys", keys)
}

/// The same with the tags of what it is about.
pub(crate) fn tagged(requirement: Requirement, tags: &[Tag]) -> Requirement {
    tags.iter().fold(requirement, |requirement, tag| {
        let key = tag.key.to_lowercase();
        requirement
            .when(format!("aws:resourcetag/{key}"), tag.value.as_str())
            .when(format!("ssm:resourcetag/{key}"), tag.value.as_str())
    })
}

/// Refuses a denied caller of GetParameter in AWS's words if the parameter does not exist.
///
/// AWS then names `arn:…:*` in place of the parameter. What is decided is the same: whether the
/// caller may read a parameter of that name.
///
/// # Errors
///
/// `AccessDenied`.
pub(crate) fn of_missing(
    requirement: &Requirement,
    call: &Call<'_>,
    view: &View<'_>,
) -> Result<(), ParameterError> {
    match kagiban_iam::allowed(requirement, call, view.iam) {
        Ok(_) => Ok(()),
        Err(denied) => {
            let named = denied.sentence.replace(&denied.resource, &everything(call.scope));
            Err(ParameterError::AccessDenied(named))
        }
    }
}

fn everything(scope: Scope) -> String {
    format!("arn:aws:ssm:{}:{}:*", scope.region, scope.account)
}
