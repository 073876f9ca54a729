use crate::operations::{CreateInstanceProfile, CreatePolicy, CreateRole, CreateUser};
use crate::testing::{A, World, allowing, document, trusting};
use crate::wire;

#[test]
fn an_account_has_five_thousand_users_and_no_more() {
    let mut world = World::new();
    let root = World::root(A);
    let make = |n: usize| wire::CreateUserRequest {
        user_name: Some(format!("u{n}")),
        ..Default::default()
    };
    for n in 0..5000 {
        world.run::<CreateUser>(&root, make(n)).unwrap();
    }
    assert_eq!(
        world.refused::<CreateUser>(&root, make(5000)),
        "LimitExceeded: Cannot exceed quota for UsersPerAccount: 5000"
    );
}

#[test]
fn an_account_has_a_thousand_roles_and_no_more() {
    let mut world = World::new();
    let root = World::root(A);
    let make = |n: usize| wire::CreateRoleRequest {
        role_name: Some(format!("r{n}")),
        assume_role_policy_document: Some(document(&trusting(A))),
        ..Default::default()
    };
    for n in 0..1000 {
        world.run::<CreateRole>(&root, make(n)).unwrap();
    }
    assert_eq!(
        world.refused::<CreateRole>(&root, make(1000)),
        "LimitExceeded: Cannot exceed quota for RolesPerAccount: 1000"
    );
}

#[test]
fn an_account_has_fifteen_hundred_policies_and_no_more() {
    let mut world = World::new();
    let root = World::root(A);
    let make = |n: usize| wire::CreatePolicyRequest {
        policy_name: Some(format!("p{n}")),
        policy_document: Some(document(&allowing("*"))),
        ..Default::default()
    };
    for n in 0..1500 {
        world.run::<CreatePolicy>(&root, make(n)).unwrap();
    }
    assert_eq!(
        world.refused::<CreatePolicy>(&root, make(1500)),
        "LimitExceeded: Cannot exceed quota for PoliciesPerAccount: 1500"
    );
}

#[test]
fn an_account_has_a_thousand_instance_profiles_and_no_more() {
    let mut world = World::new();
    let root = World::root(A);
    let make = |n: usize| wire::CreateInstanceProfileRequest {
        instance_profile_name: Some(format!("i{n}")),
        ..Default::default()
    };
    for n in 0..1000 {
        world.run::<CreateInstanceProfile>(&root, make(n)).unwrap();
    }
    assert_eq!(
        world.refused::<CreateInstanceProfile>(&root, make(1000)),
        "LimitExceeded: Cannot exceed quota for InstanceProfilesPerAccount: 1000"
    );
}
