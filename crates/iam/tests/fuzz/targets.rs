//! What is run on arbitrary bytes, and what must hold of it. Compiled here and into the fuzzers.

use std::hint::black_box;

use kagiban_aws::wire::Raw;
use kagiban_aws::wire::constraint::Constrained;
use kagiban_aws::wire::query::{Form, Operation, Structure, percent_encode, read};
use kagiban_iam::sts::wire::AssumeRoleRequest;
use kagiban_iam::wire::{CreateRoleRequest, CreateUserRequest, SimulateCustomPolicyRequest, TagRoleRequest};
use kagiban_policy::{Attached, Facts, Kind, Policy, Principal, Question, Rule, decide, explain};

const KINDS: [(Kind, Rule); 4] = [
    (Kind::Identity, Rule::Ordinary),
    (Kind::Resource, Rule::Ordinary),
    (Kind::Trust, Rule::Trust),
    (Kind::Key, Rule::KeyPolicy),
];

/// Parses a document as each kind of policy; what is one is printed, parsed again and decided by.
pub(crate) fn policy_document(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for (kind, rule) in KINDS {
        let Ok(policy) = Policy::parse(&text, kind) else {
            continue;
        };
        assert_eq!(policy.text(), text, "kept byte for byte");
        assert_eq!(policy.with_principals(|_| None), text, "printed byte for byte");
        assert!(policy.len_without_whitespace() <= text.len());
        let named = policy.with_principals(|_| Some("AIDAALICEALICEALICE22".to_owned()));
        let replaced = policy
            .principals()
            .any(|principal| named.contains(&*principal.text));
        black_box((replaced, Policy::parse(&named, kind).is_ok()));
        decided(&policy, rule, &text);
    }
}

/// The request's values come from the document, so that they have something to do with it.
fn decided(policy: &Policy, rule: Rule, text: &str) {
    let start: String = text.chars().skip(text.chars().count() / 2).take(24).collect();
    let account = "111122223333".parse().expect("twelve digits");
    let facts = Facts::new()
        .with("aws:username", &start)
        .with("aws:CurrentTime", "2026-01-31T09:08:07Z")
        .with("aws:SourceIp", "10.1.2.3")
        .with_all("aws:TagKeys", [start.as_str(), "a", ""]);
    let attached = Attached {
        policy,
        source: "fuzz",
    };
    let resource = format!("arn:aws:ssm:us-east-1:111122223333:parameter/{start}");
    let question = Question {
        principal: Principal::User {
            account,
            arn: "arn:aws:iam::111122223333:user/alice",
            id: "AIDAALICEALICEALICE22",
        },
        action: "ssm:GetParameter",
        resource: &resource,
        alias: None,
        resource_account: Some(account),
        context: &facts,
        identity: if policy.kind() == Kind::Identity {
            std::slice::from_ref(&attached)
        } else {
            &[]
        },
        boundary: None,
        session: None,
        resource_policy: (policy.kind() != Kind::Identity).then_some(attached),
        service_control: &[],
        granted: None,
        rule,
    };
    assert_eq!(explain(&question).verdict, decide(&question));
}

/// Reads a body as the structures that hold the most: lists in lists, tags, numbers, secrets.
pub(crate) fn query_body(bytes: &[u8]) {
    black_box(Operation::find(bytes));
    black_box(Form::parse(bytes).is_some());
    ends::<CreateUserRequest>(bytes);
    ends::<CreateRoleRequest>(bytes);
    ends::<TagRoleRequest>(bytes);
    ends::<SimulateCustomPolicyRequest>(bytes);
    ends::<AssumeRoleRequest>(bytes);
    let text = String::from_utf8_lossy(bytes);
    let escaped = format!("Action={}", percent_encode(&text));
    let found = Operation::find(escaped.as_bytes()).expect("what was escaped is read");
    assert_eq!(found.action, text, "what was escaped comes back");
}

fn ends<T: Structure + Constrained>(bytes: &[u8]) {
    black_box(read::<T>(Raw::Form(bytes)).is_ok());
}
