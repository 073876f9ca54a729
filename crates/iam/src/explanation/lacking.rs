//! Which kinds of policies stand in the way, all of them: a denial names only the first.

use std::sync::LazyLock;

use kagiban_policy::{
    Attached, Denial, Kind, Policy, PolicyType, Principal, Question, Refusal, Rule, Verdict, decide,
};

/// Allows everything, as identity, boundary and session policy.
static EVERYTHING: LazyLock<Policy> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    Policy::parse(text, Kind::Identity).expect("the text above is a policy")
});

/// Asks again and again, each time as if the kind of policy that was lacking had allowed.
pub(super) fn kinds(question: &Question<'_>) -> Vec<PolicyType> {
    let everything = [Attached {
        policy: &EVERYTHING,
        source: "",
    }];
    let naming = naming(question);
    let mut lacking = Vec::new();
    let mut asked = *question;
    while let Verdict::Deny(Denial {
        refusal: Refusal::Implicit(kind),
        ..
    }) = decide(&asked)
    {
        if lacking.contains(&kind) {
            break; // it would take more than a statement
        }
        lacking.push(kind);
        match kind {
            PolicyType::Identity => asked.identity = &everything,
            PolicyType::Boundary => asked.boundary = Some(everything[0]),
            PolicyType::Session => asked.session = Some(&everything),
            PolicyType::ServiceControl => asked.service_control = &[],
            PolicyType::Resource => {
                asked.resource_policy = naming.as_ref().map(|policy| Attached { policy, source: "" });
            }
        }
    }
    lacking
}

/// A resource policy that allows the action to the user or role itself, which is the least that it can
/// do; none for those whom no policy can name.
fn naming(question: &Question<'_>) -> Option<Policy> {
    let arn = named(&question.principal)?;
    let (kind, resource) = match question.rule {
        Rule::Trust => (Kind::Trust, ""),
        Rule::KeyPolicy => (Kind::Key, r#","Resource":"*""#),
        Rule::Ordinary | Rule::Exempt => (Kind::Resource, r#","Resource":"*""#),
    };
    let action = serde_json::Value::from(question.action);
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{arn}"}},"Action":{action}{resource}}}]}}"#
    );
    Policy::parse(&text, kind).ok()
}

/// As whom a policy would name the principal: a session's role.
fn named(principal: &Principal<'_>) -> Option<String> {
    match principal {
        Principal::Root { account } => Some(format!("arn:aws:iam::{account}:root")),
        Principal::User { arn, .. } | Principal::FederatedUser { arn, .. } => Some((*arn).to_owned()),
        Principal::RoleSession { role_arn, .. } => Some((*role_arn).to_owned()),
        Principal::Federated { .. } | Principal::Service { .. } | Principal::Anonymous => None,
    }
}
