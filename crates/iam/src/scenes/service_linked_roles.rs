//! Roles that belong to services.

use crate::operations::*;
use crate::testing::{A, Credentials, World, allowing, document, trusting};
use crate::wire;

const NAME: &str = "AWSServiceRoleForAmazonSSM";
const SENTENCE: &str = "UnmodifiableEntity: Cannot perform the operation on the protected role 'AWSServiceRoleForAmazonSSM' - this role is only modifiable by AWS";
const READING: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const SERVICES: &str = "arn:aws:iam::aws:policy/aws-service-role/AmazonSSMServiceRolePolicy";

fn text(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn linked(service: &str, suffix: Option<&str>) -> wire::CreateServiceLinkedRoleRequest {
    wire::CreateServiceLinkedRoleRequest {
        aws_service_name: text(service),
        custom_suffix: suffix.map(str::to_owned),
        description: text("Ours."),
    }
}

fn get() -> wire::GetRoleRequest {
    wire::GetRoleRequest {
        role_name: text(NAME),
    }
}

/// A world with the role of Systems Manager.
fn scene() -> (World, Credentials, wire::Role) {
    let mut world = World::new();
    let root = World::root(A);
    let made = world
        .run::<CreateServiceLinkedRole>(&root, linked("ssm.amazonaws.com", None))
        .unwrap();
    (world, root, made.role.unwrap())
}

#[test]
fn a_service_linked_role_has_its_services_name_trust_and_policy() {
    let (mut world, root, made) = scene();
    let arn = "arn:aws:iam::111122223333:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM";
    assert_eq!(made.arn.as_deref(), Some(arn));
    assert_eq!(made.description.as_deref(), Some("Ours."));
    let trust = made.assume_role_policy_document.unwrap();
    assert!(trust.contains("ssm.amazonaws.com"), "{trust}");
    let list = wire::ListAttachedRolePoliciesRequest {
        role_name: text(NAME),
        ..Default::default()
    };
    let attached = world.run::<ListAttachedRolePolicies>(&root, list).unwrap();
    let attached = attached.attached_policies.unwrap();
    assert_eq!(attached[0].policy_arn.as_deref(), Some(SERVICES));
    let get = wire::GetPolicyRequest {
        policy_arn: text(SERVICES),
    };
    let policy = world.run::<GetPolicy>(&root, get).unwrap().policy.unwrap();
    assert_eq!(policy.attachment_count, Some(1));
    let list = wire::ListRolesRequest {
        path_prefix: text("/aws-service-role/ssm.amazonaws.com/"),
        ..Default::default()
    };
    assert_eq!(
        world.run::<ListRoles>(&root, list).unwrap().roles.unwrap().len(),
        1
    );
}

#[test]
fn there_is_one_unless_the_service_takes_suffixes() {
    let (mut world, root, _) = scene();
    assert_eq!(
        world.refused::<CreateServiceLinkedRole>(&root, linked("ssm.amazonaws.com", None)),
        "InvalidInput: Service role name AWSServiceRoleForAmazonSSM has been taken in this account, please try a different suffix."
    );
    assert_eq!(
        world.refused::<CreateServiceLinkedRole>(&root, linked("ssm.amazonaws.com", Some("mine"))),
        "InvalidInput: Custom suffix is not allowed for ssm.amazonaws.com"
    );
    for suffix in ["blue", "green"] {
        let made = world
            .run::<CreateServiceLinkedRole>(&root, linked("autoscaling.amazonaws.com", Some(suffix)))
            .unwrap();
        let name = format!("AWSServiceRoleForAutoScaling_{suffix}");
        assert_eq!(made.role.unwrap().role_name, Some(name));
    }
    assert!(
        world
            .refused::<CreateServiceLinkedRole>(&root, linked("ssm.example.com", None))
            .starts_with("InvalidInput: ")
    );
}

/// Tries one edit, which must be refused in AWS's words.
macro_rules! protected {
    ($world:ident, $root:ident: $($Operation:ident($Request:ident { $($member:ident: $value:expr),* });)*) => {
        $(assert_eq!($world.refused::<$Operation>(&$root, wire::$Request {
            role_name: text(NAME), $($member: $value,)*
        }), SENTENCE, stringify!($Operation));)*
    };
}

#[test]
fn nobody_else_changes_a_service_linked_role() {
    let (mut world, root, _) = scene();
    let profile = wire::CreateInstanceProfileRequest {
        instance_profile_name: text("web"),
        ..Default::default()
    };
    world.run::<CreateInstanceProfile>(&root, profile).unwrap();
    protected! { world, root:
        AttachRolePolicy(AttachRolePolicyRequest { policy_arn: text(READING) });
        DetachRolePolicy(DetachRolePolicyRequest { policy_arn: text(SERVICES) });
        PutRolePolicy(PutRolePolicyRequest { policy_name: text("p"), policy_document: Some(document(&allowing("*"))) });
        DeleteRolePolicy(DeleteRolePolicyRequest { policy_name: text("p") });
        PutRolePermissionsBoundary(PutRolePermissionsBoundaryRequest { permissions_boundary: text(READING) });
        DeleteRolePermissionsBoundary(DeleteRolePermissionsBoundaryRequest {  });
        UpdateAssumeRolePolicy(UpdateAssumeRolePolicyRequest { policy_document: Some(document(&trusting(A))) });
        UpdateRole(UpdateRoleRequest { description: None, max_session_duration: Some(7200) });
        AddRoleToInstanceProfile(AddRoleToInstanceProfileRequest { instance_profile_name: text("web") });
        DeleteRole(DeleteRoleRequest {  });
    }
}

#[test]
fn its_description_and_tags_may_change() {
    let (mut world, root, _) = scene();
    let describe = wire::UpdateRoleRequest {
        role_name: text(NAME),
        description: text("Other."),
        max_session_duration: None,
    };
    world.run::<UpdateRole>(&root, describe).unwrap();
    let tag = wire::TagRoleRequest {
        role_name: text(NAME),
        tags: Some(vec![wire::Tag {
            key: text("team"),
            value: text("red"),
        }]),
    };
    world.run::<TagRole>(&root, tag).unwrap();
    let shown = world.run::<GetRole>(&root, get()).unwrap().role.unwrap();
    assert_eq!(shown.description.as_deref(), Some("Other."));
    assert_eq!(shown.tags.unwrap().len(), 1);
}

#[test]
fn it_is_deleted_with_its_policies_by_an_operation_of_its_own() {
    let (mut world, root, _) = scene();
    let delete = |name: &str| wire::DeleteServiceLinkedRoleRequest {
        role_name: text(name),
    };
    let deleted = world.run::<DeleteServiceLinkedRole>(&root, delete(NAME)).unwrap();
    let task = deleted.deletion_task_id.unwrap();
    let start = "task/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM/";
    assert!(task.starts_with(start), "{task}");
    let status = wire::GetServiceLinkedRoleDeletionStatusRequest {
        deletion_task_id: Some(task),
    };
    let status = world
        .run::<GetServiceLinkedRoleDeletionStatus>(&root, status)
        .unwrap();
    assert_eq!(status.status.as_deref(), Some("SUCCEEDED"));
    let uses = &world.state.account(crate::testing::account(A)).unwrap().uses;
    assert_eq!(uses.count(&SERVICES.parse().unwrap(), crate::Usage::Attached), 0);
    assert_eq!(
        world.refused::<GetRole>(&root, get()),
        format!("NoSuchEntity: The role with name {NAME} cannot be found.")
    );
    world.role("app", &trusting(A)).unwrap();
    assert!(
        world
            .refused::<DeleteServiceLinkedRole>(&root, delete("app"))
            .starts_with("NoSuchEntity: ")
    );
    world
        .run::<CreateServiceLinkedRole>(&root, linked("ssm.amazonaws.com", None))
        .unwrap();
}

#[test]
fn who_may_make_one_services_role_makes_no_others() {
    let mut world = World::new();
    let alice = world.user("alice");
    let statement = r#"{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole"],"Resource":"arn:aws:iam::*:role/aws-service-role/*","Condition":{"StringLike":{"iam:AWSServiceName":"ssm.amazonaws.com"}}}"#;
    world.allow(A, "alice", statement);
    assert!(
        world
            .refused::<CreateServiceLinkedRole>(&alice, linked("ecs.amazonaws.com", None))
            .starts_with("AccessDenied")
    );
    world
        .run::<CreateServiceLinkedRole>(&alice, linked("ssm.amazonaws.com", None))
        .unwrap();
    let delete = wire::DeleteServiceLinkedRoleRequest {
        role_name: text(NAME),
    };
    world.run::<DeleteServiceLinkedRole>(&alice, delete).unwrap();
}

#[test]
fn nothing_else_is_made_or_moved_under_their_path() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    let refusal =
        "InvalidInput: Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";
    let path = || text("/aws-service-role/ssm.amazonaws.com/");
    let role = wire::CreateRoleRequest {
        role_name: text("app"),
        path: path(),
        assume_role_policy_document: Some(document(&trusting(A))),
        ..Default::default()
    };
    assert_eq!(world.refused::<CreateRole>(&root, role), refusal);
    let user = wire::CreateUserRequest {
        user_name: text("bob"),
        path: path(),
        ..Default::default()
    };
    assert_eq!(world.refused::<CreateUser>(&root, user), refusal);
    let moved = wire::UpdateUserRequest {
        user_name: text("alice"),
        new_path: path(),
        ..Default::default()
    };
    assert_eq!(world.refused::<UpdateUser>(&root, moved), refusal);
}
