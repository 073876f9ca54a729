use crate::operations::{
    AddRoleToInstanceProfile, AttachRolePolicy, AttachUserPolicy, CreateInstanceProfile, CreatePolicy,
    DeleteInstanceProfile, DeletePolicy, DeleteRole, DeleteUser, DetachUserPolicy, GetInstanceProfile,
    ListInstanceProfilesForRole, RemoveRoleFromInstanceProfile,
};
use crate::testing::{A, World, allowing, document, trusting};
use crate::wire;

const POLICY: &str = "arn:aws:iam::111122223333:policy/p";

fn text(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn make_policy(world: &mut World) {
    let make = wire::CreatePolicyRequest {
        policy_name: text("p"),
        policy_document: Some(document(&allowing("*"))),
        ..Default::default()
    };
    world.run::<CreatePolicy>(&World::root(A), make).unwrap();
}

fn delete_user() -> wire::DeleteUserRequest {
    wire::DeleteUserRequest {
        user_name: text("alice"),
    }
}

fn attach() -> wire::AttachUserPolicyRequest {
    wire::AttachUserPolicyRequest {
        user_name: text("alice"),
        policy_arn: text(POLICY),
    }
}

fn delete_policy() -> wire::DeletePolicyRequest {
    wire::DeletePolicyRequest {
        policy_arn: text(POLICY),
    }
}

#[test]
fn a_user_goes_only_when_nothing_is_left() {
    let mut world = World::new();
    let root = World::root(A);
    make_policy(&mut world);
    world.user("alice");
    world.allow(A, "alice", &allowing("*"));
    world.run::<AttachUserPolicy>(&root, attach()).unwrap();
    assert_eq!(
        world.refused::<DeleteUser>(&root, delete_user()),
        "DeleteConflict: Cannot delete entity, must detach all policies first."
    );
    let detach = wire::DetachUserPolicyRequest {
        user_name: text("alice"),
        policy_arn: text(POLICY),
    };
    world.run::<DetachUserPolicy>(&root, detach.clone()).unwrap();
    assert_eq!(
        world.refused::<DetachUserPolicy>(&root, detach),
        format!("NoSuchEntity: Policy {POLICY} was not found.")
    );
    assert_eq!(
        world.refused::<DeleteUser>(&root, delete_user()),
        "DeleteConflict: Cannot delete entity, must delete policies first."
    );
    let delete = wire::DeleteUserPolicyRequest {
        user_name: text("alice"),
        policy_name: text("p"),
    };
    world
        .run::<crate::operations::DeleteUserPolicy>(&root, delete)
        .unwrap();
    assert_eq!(
        world.refused::<DeleteUser>(&root, delete_user()),
        "DeleteConflict: Cannot delete entity, must delete access keys first."
    );
}

#[test]
fn deleting_a_user_loses_against_a_key_made_meanwhile() {
    let mut world = World::new();
    let root = World::root(A);
    let make = wire::CreateUserRequest {
        user_name: text("alice"),
        ..Default::default()
    };
    world.run::<crate::operations::CreateUser>(&root, make).unwrap();
    let (_, delete) = world.decide::<DeleteUser>(&root, delete_user()).unwrap();
    world.key_of(A, "alice");
    assert!(!world.commit(&delete));
}

#[test]
fn a_policy_goes_only_when_it_is_attached_to_nothing() {
    let mut world = World::new();
    let root = World::root(A);
    make_policy(&mut world);
    world.user("alice");
    world.run::<AttachUserPolicy>(&root, attach()).unwrap();
    world.run::<AttachUserPolicy>(&root, attach()).unwrap();
    assert_eq!(
        world.refused::<DeletePolicy>(&root, delete_policy()),
        "DeleteConflict: Cannot delete a policy attached to entities."
    );
}

#[test]
fn deleting_a_policy_loses_against_attaching_it_meanwhile_and_the_other_way_round() {
    let mut world = World::new();
    let root = World::root(A);
    make_policy(&mut world);
    world.user("alice");
    let (_, delete) = world.decide::<DeletePolicy>(&root, delete_policy()).unwrap();
    let (_, attaching) = world.decide::<AttachUserPolicy>(&root, attach()).unwrap();
    assert!(world.commit(&attaching));
    assert!(!world.commit(&delete));

    let mut world = World::new();
    make_policy(&mut world);
    world.user("alice");
    let (_, attaching) = world.decide::<AttachUserPolicy>(&root, attach()).unwrap();
    world.run::<DeletePolicy>(&root, delete_policy()).unwrap();
    assert!(!world.commit(&attaching));
}

#[test]
fn a_policy_that_bounds_somebody_stays() {
    let mut world = World::new();
    let root = World::root(A);
    make_policy(&mut world);
    let make = wire::CreateUserRequest {
        user_name: text("alice"),
        permissions_boundary: text(POLICY),
        ..Default::default()
    };
    let made = world
        .run::<crate::operations::CreateUser>(&root, make)
        .unwrap()
        .user
        .unwrap();
    let boundary = made.permissions_boundary.unwrap();
    assert_eq!(boundary.permissions_boundary_arn.as_deref(), Some(POLICY));
    assert_eq!(
        world.refused::<DeletePolicy>(&root, delete_policy()),
        "DeleteConflict: Cannot delete a policy attached to entities."
    );
    world.run::<DeleteUser>(&root, delete_user()).unwrap();
    world.run::<DeletePolicy>(&root, delete_policy()).unwrap();
}

fn profile_and_role() -> (World, wire::AddRoleToInstanceProfileRequest) {
    let mut world = World::new();
    let root = World::root(A);
    world.role("app", &trusting(A)).unwrap();
    let make = wire::CreateInstanceProfileRequest {
        instance_profile_name: text("web"),
        ..Default::default()
    };
    let made = world
        .run::<CreateInstanceProfile>(&root, make)
        .unwrap()
        .instance_profile
        .unwrap();
    assert_eq!(
        made.arn.as_deref(),
        Some("arn:aws:iam::111122223333:instance-profile/web")
    );
    assert_eq!(made.roles, Some(Vec::new()));
    let add = wire::AddRoleToInstanceProfileRequest {
        instance_profile_name: text("web"),
        role_name: text("app"),
    };
    (world, add)
}

#[test]
fn an_instance_profile_holds_one_role() {
    let (mut world, add) = profile_and_role();
    let root = World::root(A);
    world.run::<AddRoleToInstanceProfile>(&root, add.clone()).unwrap();
    assert_eq!(
        world.refused::<AddRoleToInstanceProfile>(&root, add),
        "LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
    );
    let get = wire::GetInstanceProfileRequest {
        instance_profile_name: text("web"),
    };
    let roles = world
        .run::<GetInstanceProfile>(&root, get)
        .unwrap()
        .instance_profile
        .unwrap()
        .roles
        .unwrap();
    assert_eq!(roles[0].role_name.as_deref(), Some("app"));
    let of_role = wire::ListInstanceProfilesForRoleRequest {
        role_name: text("app"),
        ..Default::default()
    };
    let listed = world.run::<ListInstanceProfilesForRole>(&root, of_role).unwrap();
    assert_eq!(listed.instance_profiles.unwrap().len(), 1);
}

#[test]
fn a_role_and_its_instance_profile_part_before_they_go() {
    let (mut world, add) = profile_and_role();
    let root = World::root(A);
    world.run::<AddRoleToInstanceProfile>(&root, add).unwrap();
    let delete_role = wire::DeleteRoleRequest {
        role_name: text("app"),
    };
    let delete_profile = wire::DeleteInstanceProfileRequest {
        instance_profile_name: text("web"),
    };
    const CONFLICT: &str =
        "DeleteConflict: Cannot delete entity, must remove roles from instance profile first.";
    assert_eq!(world.refused::<DeleteRole>(&root, delete_role.clone()), CONFLICT);
    assert_eq!(
        world.refused::<DeleteInstanceProfile>(&root, delete_profile.clone()),
        CONFLICT
    );
    let remove = wire::RemoveRoleFromInstanceProfileRequest {
        instance_profile_name: text("web"),
        role_name: text("app"),
    };
    world
        .run::<RemoveRoleFromInstanceProfile>(&root, remove.clone())
        .unwrap();
    assert_eq!(
        world.refused::<RemoveRoleFromInstanceProfile>(&root, remove),
        "NoSuchEntity: The role with name app cannot be found."
    );
    world.run::<DeleteRole>(&root, delete_role).unwrap();
    world.run::<DeleteInstanceProfile>(&root, delete_profile).unwrap();
}

#[test]
fn deleting_a_role_loses_against_putting_it_into_a_profile_meanwhile() {
    let (mut world, add) = profile_and_role();
    let root = World::root(A);
    let delete_role = wire::DeleteRoleRequest {
        role_name: text("app"),
    };
    let (_, delete) = world.decide::<DeleteRole>(&root, delete_role).unwrap();
    world.run::<AddRoleToInstanceProfile>(&root, add).unwrap();
    assert!(!world.commit(&delete));
}

#[test]
fn a_role_takes_ten_policies_and_no_more() {
    let mut world = World::new();
    let root = World::root(A);
    world.role("app", &trusting(A)).unwrap();
    let attach = |arn: String| wire::AttachRolePolicyRequest {
        role_name: text("app"),
        policy_arn: Some(arn),
    };
    let arns: Vec<String> = crate::managed_policies::all()
        .filter(|policy| !policy.is_services())
        .map(|policy| policy.arn().into())
        .collect();
    for arn in &arns[..10] {
        world.run::<AttachRolePolicy>(&root, attach(arn.clone())).unwrap();
    }
    world
        .run::<AttachRolePolicy>(&root, attach(arns[0].clone()))
        .unwrap();
    assert_eq!(
        world.refused::<AttachRolePolicy>(&root, attach(arns[10].clone())),
        "LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10"
    );
}
