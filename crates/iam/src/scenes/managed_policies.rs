use crate::operations::{
    AttachUserPolicy, CreatePolicy, DeletePolicy, DetachUserPolicy, GetPolicy, GetPolicyVersion, GetUser,
    ListAttachedUserPolicies, ListPolicies, ListPolicyVersions,
};
use crate::testing::{A, World, allowing, document};
use crate::wire;

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const OURS: &str = "arn:aws:iam::111122223333:policy/team/reading";

fn text(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn make(statement: &str) -> wire::CreatePolicyRequest {
    wire::CreatePolicyRequest {
        policy_name: text("reading"),
        path: text("/team/"),
        policy_document: Some(document(statement)),
        description: text("Reads."),
        ..Default::default()
    }
}

fn attach(arn: &str) -> wire::AttachUserPolicyRequest {
    wire::AttachUserPolicyRequest {
        user_name: text("alice"),
        policy_arn: text(arn),
    }
}

fn get(arn: &str) -> wire::GetPolicyRequest {
    wire::GetPolicyRequest {
        policy_arn: text(arn),
    }
}

fn version(arn: &str, version: &str) -> wire::GetPolicyVersionRequest {
    wire::GetPolicyVersionRequest {
        policy_arn: text(arn),
        version_id: text(version),
    }
}

fn listed(world: &mut World, list: wire::ListPoliciesRequest) -> Vec<String> {
    let answer = world.run::<ListPolicies>(&World::root(A), list).unwrap();
    let names = answer.policies.unwrap().into_iter();
    names.map(|policy| policy.policy_name.unwrap()).collect()
}

#[test]
fn an_attached_policy_allows_until_it_is_detached() {
    for arn in [ADMINISTRATOR, OURS] {
        let mut world = World::new();
        let root = World::root(A);
        world
            .run::<CreatePolicy>(&root, make(&allowing("iam:Get*")))
            .unwrap();
        let alice = world.user("alice");
        let denied = "AccessDenied: User: arn:aws:iam::111122223333:user/alice is not authorized to perform: iam:GetUser on resource: arn:aws:iam::111122223333:user/alice because no identity-based policy allows the iam:GetUser action";
        assert_eq!(world.refused::<GetUser>(&alice, Default::default()), denied);
        world.run::<AttachUserPolicy>(&root, attach(arn)).unwrap();
        world.run::<GetUser>(&alice, Default::default()).unwrap();
        let list = wire::ListAttachedUserPoliciesRequest {
            user_name: text("alice"),
            ..Default::default()
        };
        let attached = world.run::<ListAttachedUserPolicies>(&root, list).unwrap();
        assert_eq!(
            attached.attached_policies.unwrap()[0].policy_arn.as_deref(),
            Some(arn)
        );
        let detach = wire::DetachUserPolicyRequest {
            user_name: text("alice"),
            policy_arn: text(arn),
        };
        world.run::<DetachUserPolicy>(&root, detach).unwrap();
        assert_eq!(world.refused::<GetUser>(&alice, Default::default()), denied);
    }
}

#[test]
fn a_new_policy_is_shown_with_its_first_version() {
    let mut world = World::new();
    let root = World::root(A);
    let made = world
        .run::<CreatePolicy>(&root, make(&allowing("iam:Get*")))
        .unwrap();
    let made = made.policy.unwrap();
    assert_eq!(made.arn.as_deref(), Some(OURS));
    assert_eq!(made.default_version_id.as_deref(), Some("v1"));
    assert_eq!((made.attachment_count, made.is_attachable), (Some(0), Some(true)));

    world.user("alice");
    world.run::<AttachUserPolicy>(&root, attach(OURS)).unwrap();
    let shown = world.run::<GetPolicy>(&root, get(OURS)).unwrap().policy.unwrap();
    assert_eq!(shown.attachment_count, Some(1));
    assert_eq!(shown.description.as_deref(), Some("Reads."));

    let v1 = world
        .run::<GetPolicyVersion>(&root, version(OURS, "v1"))
        .unwrap()
        .policy_version
        .unwrap();
    let written = document(&allowing("iam:Get*"));
    assert_eq!(
        v1.document,
        Some(kagiban_aws::wire::query::percent_encode(&written))
    );
    assert_eq!(v1.is_default_version, Some(true));
    let list = wire::ListPolicyVersionsRequest {
        policy_arn: text(OURS),
        ..Default::default()
    };
    let versions = world
        .run::<ListPolicyVersions>(&root, list)
        .unwrap()
        .versions
        .unwrap();
    assert_eq!(versions.len(), 1);
    assert_eq!(versions[0].document, None);
}

#[test]
fn what_is_not_there_is_said_in_awss_words() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    assert_eq!(
        world.refused::<GetPolicy>(&root, get(OURS)),
        format!("NoSuchEntity: Policy {OURS} was not found.")
    );
    assert_eq!(
        world.refused::<AttachUserPolicy>(&root, attach(OURS)),
        format!("NoSuchEntity: Policy {OURS} does not exist or is not attachable.")
    );
    assert_eq!(
        world.refused::<AttachUserPolicy>(&root, attach("arn:aws:iam::444455556666:policy/p")),
        "NoSuchEntity: Policy arn:aws:iam::444455556666:policy/p does not exist or is not attachable."
    );
    assert_eq!(
        world.refused::<AttachUserPolicy>(&root, attach("AdministratorAccess-all")),
        "ValidationError: Invalid ARN:  Could not be parsed!"
    );
    assert_eq!(
        world.refused::<GetPolicyVersion>(&root, version(ADMINISTRATOR, "v9")),
        format!("NoSuchEntity: Policy {ADMINISTRATOR} version v9 does not exist or is not attachable.")
    );
}

#[test]
fn lists_go_by_scope_path_and_use() {
    let mut world = World::new();
    let root = World::root(A);
    world
        .run::<CreatePolicy>(&root, make(&allowing("iam:Get*")))
        .unwrap();
    world.user("alice");
    world
        .run::<AttachUserPolicy>(&root, attach(ADMINISTRATOR))
        .unwrap();
    let list = wire::ListPoliciesRequest::default;
    let all = listed(&mut world, list());
    assert_eq!(all.len(), crate::managed_policies::all().count() + 1);
    let local = wire::ListPoliciesRequest {
        scope: text("Local"),
        ..list()
    };
    assert_eq!(listed(&mut world, local), ["reading"]);
    let used = wire::ListPoliciesRequest {
        only_attached: Some(true),
        ..list()
    };
    assert_eq!(listed(&mut world, used), ["AdministratorAccess"]);
    let jobs = wire::ListPoliciesRequest {
        path_prefix: text("/job-function/"),
        ..list()
    };
    assert_eq!(listed(&mut world, jobs), ["ViewOnlyAccess"]);
}

#[test]
fn pages_of_policies_are_the_whole_list() {
    let mut world = World::new();
    let whole = listed(&mut world, Default::default());
    let mut paged = Vec::new();
    let mut marker = None;
    loop {
        let list = wire::ListPoliciesRequest {
            max_items: Some(3),
            marker,
            ..Default::default()
        };
        let answer = world.run::<ListPolicies>(&World::root(A), list).unwrap();
        paged.extend(
            answer
                .policies
                .unwrap()
                .into_iter()
                .map(|policy| policy.policy_name.unwrap()),
        );
        marker = answer.marker;
        if answer.is_truncated == Some(false) {
            break;
        }
    }
    assert_eq!(paged, whole);
}

#[test]
fn a_document_that_is_no_policy_is_refused() {
    let mut world = World::new();
    let root = World::root(A);
    for (statement, sentence) in [
        (
            r#"{"Effect":"Allow","Resource":"*"}"#,
            "Policy statement must contain actions.",
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:*"}"#,
            "Policy statement must contain resources.",
        ),
        (
            r#"{"Sid":"a","Effect":"Allow","Action":"iam:*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"iam:*","Resource":"*"}"#,
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        ("oops", "Syntax errors in policy."),
    ] {
        assert_eq!(
            world.refused::<CreatePolicy>(&root, make(statement)),
            format!("MalformedPolicyDocument: {sentence}")
        );
    }
    let old = wire::CreatePolicyRequest {
        policy_document: Some(document(&allowing("*")).replace("2012", "2008")),
        ..make("")
    };
    assert_eq!(
        world.refused::<CreatePolicy>(&root, old),
        "MalformedPolicyDocument: Policy document must be version 2012-10-17 or greater."
    );
}

#[test]
fn a_policys_size_is_counted_without_white_space() {
    let mut world = World::new();
    let root = World::root(A);
    let actions = |n: usize| vec![r#""iam:GetUser""#; n].join(",");
    let statement = |n| format!(r#"{{"Effect":"Allow","Action":[{}],"Resource":"*"}}"#, actions(n));
    let blanks = " ".repeat(7000);
    assert_eq!(
        world.refused::<CreatePolicy>(&root, make(&statement(500))),
        "LimitExceeded: Cannot exceed quota for PolicySize: 6144"
    );
    world
        .run::<CreatePolicy>(&root, make(&format!("{blanks}{}", statement(400))))
        .unwrap();
    assert_eq!(
        world.refused::<CreatePolicy>(&root, make(&statement(1))),
        "EntityAlreadyExists: A policy called reading already exists. Duplicate names are not allowed."
    );
}

#[test]
fn awss_own_policies_are_not_ours_to_delete() {
    let mut world = World::new();
    let delete = wire::DeletePolicyRequest {
        policy_arn: text(ADMINISTRATOR),
    };
    assert!(
        world
            .refused::<DeletePolicy>(&World::root(A), delete)
            .starts_with("AccessDenied")
    );
}
