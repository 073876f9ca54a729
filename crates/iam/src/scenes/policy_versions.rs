//! A managed policy written anew: versions, and who is behind the policy.

use crate::operations::{
    AttachRolePolicy, AttachUserPolicy, CreatePolicy, CreatePolicyVersion, DeletePolicy, DeletePolicyVersion,
    DetachUserPolicy, GetPolicy, GetPolicyVersion, GetUser, ListEntitiesForPolicy, ListPolicies,
    ListPolicyTags, ListPolicyVersions, PutUserPermissionsBoundary, SetDefaultPolicyVersion, TagPolicy,
    UntagPolicy,
};
use crate::testing::{A, Credentials, World, allowing, document, trusting};
use crate::wire;

const OURS: &str = "arn:aws:iam::111122223333:policy/reading";
const AWSS: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

fn text(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn written(action: &str, as_default: bool) -> wire::CreatePolicyVersionRequest {
    wire::CreatePolicyVersionRequest {
        policy_arn: text(OURS),
        policy_document: Some(document(&allowing(action))),
        set_as_default: Some(as_default),
    }
}

fn default(version: &str) -> wire::SetDefaultPolicyVersionRequest {
    wire::SetDefaultPolicyVersionRequest {
        policy_arn: text(OURS),
        version_id: text(version),
    }
}

fn deleted(version: &str) -> wire::DeletePolicyVersionRequest {
    wire::DeletePolicyVersionRequest {
        policy_arn: text(OURS),
        version_id: text(version),
    }
}

fn attached(arn: &str) -> wire::AttachUserPolicyRequest {
    wire::AttachUserPolicyRequest {
        user_name: text("alice"),
        policy_arn: text(arn),
    }
}

/// A policy `reading` that lets list users, attached to alice.
fn scene() -> (World, Credentials, Credentials) {
    let mut world = World::new();
    let root = World::root(A);
    let make = wire::CreatePolicyRequest {
        policy_name: text("reading"),
        policy_document: Some(document(&allowing("iam:ListUsers"))),
        ..Default::default()
    };
    world.run::<CreatePolicy>(&root, make).unwrap();
    let alice = world.user("alice");
    world.run::<AttachUserPolicy>(&root, attached(OURS)).unwrap();
    (world, root, alice)
}

fn versions(world: &mut World) -> Vec<(String, bool)> {
    let list = wire::ListPolicyVersionsRequest {
        policy_arn: text(OURS),
        ..Default::default()
    };
    let answer = world.run::<ListPolicyVersions>(&World::root(A), list).unwrap();
    let versions = answer.versions.unwrap().into_iter();
    versions
        .map(|version| (version.version_id.unwrap(), version.is_default_version.unwrap()))
        .collect()
}

#[test]
fn a_version_is_in_force_as_soon_as_it_is_the_default() {
    let (mut world, root, alice) = scene();
    let may = |world: &mut World| world.run::<GetUser>(&alice, Default::default()).is_ok();
    assert!(!may(&mut world));

    world.pass(60);
    let made = world
        .run::<CreatePolicyVersion>(&root, written("iam:GetUser", false))
        .unwrap()
        .policy_version
        .unwrap();
    assert_eq!(made.version_id.as_deref(), Some("v2"));
    assert_eq!((made.is_default_version, made.document), (Some(false), None));
    assert!(!may(&mut world));
    world
        .run::<SetDefaultPolicyVersion>(&root, default("v2"))
        .unwrap();
    assert!(may(&mut world));
    assert_eq!(
        versions(&mut world),
        [("v2".to_owned(), true), ("v1".to_owned(), false)]
    );
    let get = wire::GetPolicyRequest {
        policy_arn: text(OURS),
    };
    let shown = world.run::<GetPolicy>(&root, get).unwrap().policy.unwrap();
    assert_eq!(shown.default_version_id.as_deref(), Some("v2"));
    assert_eq!(shown.update_date, made.create_date);

    world
        .run::<SetDefaultPolicyVersion>(&root, default("v1"))
        .unwrap();
    assert!(!may(&mut world));
    world
        .run::<CreatePolicyVersion>(&root, written("iam:Get*", true))
        .unwrap();
    assert!(may(&mut world));
}

#[test]
fn five_versions_are_the_limit_and_no_number_comes_twice() {
    let (mut world, root, _) = scene();
    for _ in 0..4 {
        world
            .run::<CreatePolicyVersion>(&root, written("iam:GetUser", false))
            .unwrap();
    }
    assert_eq!(
        world.refused::<CreatePolicyVersion>(&root, written("iam:GetUser", true)),
        "LimitExceeded: A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."
    );
    world.run::<DeletePolicyVersion>(&root, deleted("v5")).unwrap();
    let next = world
        .run::<CreatePolicyVersion>(&root, written("iam:GetUser", false))
        .unwrap();
    assert_eq!(next.policy_version.unwrap().version_id.as_deref(), Some("v6"));
}

#[test]
fn versions_go_before_their_policy_and_the_default_one_with_it() {
    let (mut world, root, _) = scene();
    let delete = || wire::DeletePolicyRequest {
        policy_arn: text(OURS),
    };
    world
        .run::<CreatePolicyVersion>(&root, written("iam:GetUser", true))
        .unwrap();
    assert_eq!(
        world.refused::<DeletePolicyVersion>(&root, deleted("v2")),
        "DeleteConflict: Cannot delete the default version of a policy."
    );
    assert_eq!(
        world.refused::<DeletePolicy>(&root, delete()),
        "DeleteConflict: Cannot delete a policy attached to entities."
    );
    let detach = wire::DetachUserPolicyRequest {
        user_name: text("alice"),
        policy_arn: text(OURS),
    };
    world.run::<DetachUserPolicy>(&root, detach).unwrap();
    assert_eq!(
        world.refused::<DeletePolicy>(&root, delete()),
        "DeleteConflict: This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
    );
    world.run::<DeletePolicyVersion>(&root, deleted("v1")).unwrap();
    world.run::<DeletePolicy>(&root, delete()).unwrap();
    assert_eq!(
        world
            .state
            .account(crate::testing::account(A))
            .unwrap()
            .policy_versions
            .len(),
        0
    );
}

#[test]
fn a_version_that_is_not_there_is_said_in_awss_words() {
    let (mut world, root, _) = scene();
    let missing = |version: &str| {
        format!("NoSuchEntity: Policy {OURS} version {version} does not exist or is not attachable.")
    };
    assert_eq!(
        world.refused::<SetDefaultPolicyVersion>(&root, default("v7")),
        missing("v7")
    );
    assert_eq!(
        world.refused::<DeletePolicyVersion>(&root, deleted("v01")),
        missing("v01")
    );
    let of_awss = wire::SetDefaultPolicyVersionRequest {
        policy_arn: text(AWSS),
        version_id: text("v1"),
    };
    assert!(
        world
            .refused::<SetDefaultPolicyVersion>(&root, of_awss)
            .starts_with("AccessDenied")
    );
}

#[test]
fn deleting_a_version_loses_against_making_it_the_default_meanwhile() {
    let (mut world, root, _) = scene();
    world
        .run::<CreatePolicyVersion>(&root, written("iam:GetUser", false))
        .unwrap();
    let (_, delete) = world.decide::<DeletePolicyVersion>(&root, deleted("v2")).unwrap();
    world
        .run::<SetDefaultPolicyVersion>(&root, default("v2"))
        .unwrap();
    assert!(!world.commit(&delete));
    let (_, set) = world
        .decide::<SetDefaultPolicyVersion>(&root, default("v1"))
        .unwrap();
    world
        .run::<SetDefaultPolicyVersion>(&root, default("v2"))
        .unwrap();
    assert!(!world.commit(&set));
    let other = wire::GetPolicyVersionRequest {
        policy_arn: text(OURS),
        version_id: text("v2"),
    };
    world.run::<GetPolicyVersion>(&root, other).unwrap();
}

#[test]
fn everybody_behind_a_policy_is_listed_by_kind_path_and_use() {
    let (mut world, root, _) = scene();
    world.user("bob");
    world.role("app", &trusting(A)).unwrap();
    let attach = wire::AttachRolePolicyRequest {
        role_name: text("app"),
        policy_arn: text(OURS),
    };
    world.run::<AttachRolePolicy>(&root, attach).unwrap();
    for user in ["alice", "bob"] {
        let bound = wire::PutUserPermissionsBoundaryRequest {
            user_name: text(user),
            permissions_boundary: text(OURS),
        };
        world.run::<PutUserPermissionsBoundary>(&root, bound).unwrap();
    }
    let mut names = |list: wire::ListEntitiesForPolicyRequest| {
        let list = wire::ListEntitiesForPolicyRequest {
            policy_arn: text(OURS),
            ..list
        };
        let answer = world.run::<ListEntitiesForPolicy>(&root, list).unwrap();
        let users = answer.policy_users.unwrap().into_iter();
        assert!(answer.policy_groups.unwrap().is_empty());
        let roles = answer.policy_roles.unwrap().into_iter();
        let ids = roles.clone().map(|role| role.role_id.unwrap());
        assert!(ids.into_iter().all(|id| id.starts_with("AROA")));
        let names: Vec<String> = users
            .map(|user| user.user_name.unwrap())
            .chain(roles.map(|role| role.role_name.unwrap()))
            .collect();
        (names, answer.marker)
    };
    let list = wire::ListEntitiesForPolicyRequest::default;
    assert_eq!(names(list()).0, ["alice", "bob", "app"]);
    let mut filtered = |filter: wire::ListEntitiesForPolicyRequest, expected: &[&str]| {
        assert_eq!(names(filter).0, expected);
    };
    let of_kind = |kind: &str| wire::ListEntitiesForPolicyRequest {
        entity_filter: text(kind),
        ..list()
    };
    filtered(of_kind("User"), &["alice", "bob"]);
    filtered(of_kind("Role"), &["app"]);
    filtered(of_kind("AWSManagedPolicy"), &[]);
    let by_use = |usage: &str| wire::ListEntitiesForPolicyRequest {
        policy_usage_filter: text(usage),
        ..list()
    };
    filtered(by_use("PermissionsPolicy"), &["alice", "app"]);
    filtered(by_use("PermissionsBoundary"), &["alice", "bob"]);
    let elsewhere = wire::ListEntitiesForPolicyRequest {
        path_prefix: text("/team/"),
        ..list()
    };
    filtered(elsewhere, &[]);

    let mut paged = Vec::new();
    let mut marker = None;
    loop {
        let page = wire::ListEntitiesForPolicyRequest {
            max_items: Some(1),
            marker,
            ..list()
        };
        let (slice, next) = names(page);
        paged.extend(slice);
        marker = next;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(paged, ["alice", "bob", "app"]);
}

#[test]
fn lists_know_what_is_attached_and_what_bounds() {
    let (mut world, root, _) = scene();
    let bound = wire::PutUserPermissionsBoundaryRequest {
        user_name: text("alice"),
        permissions_boundary: text(AWSS),
    };
    world.run::<PutUserPermissionsBoundary>(&root, bound).unwrap();
    for (usage, expected) in [
        ("PermissionsPolicy", "reading"),
        ("PermissionsBoundary", "ReadOnlyAccess"),
    ] {
        let list = wire::ListPoliciesRequest {
            policy_usage_filter: text(usage),
            ..Default::default()
        };
        let policies = world.run::<ListPolicies>(&root, list).unwrap().policies.unwrap();
        let names: Vec<_> = policies.iter().filter_map(|p| p.policy_name.as_deref()).collect();
        assert_eq!(names, [expected], "{usage}");
    }
}

#[test]
fn a_policy_for_service_linked_roles_is_attached_to_nobody_else() {
    let (mut world, root, _) = scene();
    let services = "arn:aws:iam::aws:policy/aws-service-role/AmazonSSMServiceRolePolicy";
    let refusal = "PolicyNotAttachable: Cannot attach a Service Role Policy to a Customer Role.";
    assert_eq!(
        world.refused::<AttachUserPolicy>(&root, attached(services)),
        refusal
    );
    let bound = wire::PutUserPermissionsBoundaryRequest {
        user_name: text("alice"),
        permissions_boundary: text(services),
    };
    assert_eq!(world.refused::<PutUserPermissionsBoundary>(&root, bound), refusal);
}

#[test]
fn policies_are_tagged_and_untagged() {
    let (mut world, root, alice) = scene();
    let tag = |value: &str| wire::TagPolicyRequest {
        policy_arn: text(OURS),
        tags: Some(vec![wire::Tag {
            key: text("team"),
            value: text(value),
        }]),
    };
    world.run::<TagPolicy>(&root, tag("red")).unwrap();
    world.run::<TagPolicy>(&root, tag("blue")).unwrap();
    let tags = |world: &mut World| {
        let list = wire::ListPolicyTagsRequest {
            policy_arn: text(OURS),
            ..Default::default()
        };
        let tags = world.run::<ListPolicyTags>(&root, list).unwrap().tags.unwrap();
        tags.into_iter().filter_map(|tag| tag.value).collect::<Vec<_>>()
    };
    assert_eq!(tags(&mut world), ["blue"]);
    let only_blue = r#"{"Effect":"Allow","Action":"iam:UntagPolicy","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"blue"},"ForAllValues:StringEquals":{"aws:TagKeys":"team"}}}"#;
    world.allow(A, "alice", only_blue);
    let untag = |key: &str| wire::UntagPolicyRequest {
        policy_arn: text(OURS),
        tag_keys: Some(vec![key.to_owned()]),
    };
    assert!(
        world
            .refused::<UntagPolicy>(&alice, untag("other"))
            .starts_with("AccessDenied")
    );
    world.run::<UntagPolicy>(&alice, untag("team")).unwrap();
    world.run::<UntagPolicy>(&root, untag("team")).unwrap();
    assert!(tags(&mut world).is_empty());
}
