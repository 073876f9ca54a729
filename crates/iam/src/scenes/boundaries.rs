use crate::operations::{
    AttachUserPolicy, CreateUser, DeleteRolePermissionsBoundary, DeleteUser, DeleteUserPermissionsBoundary,
    GetUser, ListUsers, PutRolePermissionsBoundary, PutUserPermissionsBoundary,
};
use crate::testing::{A, Credentials, World, allowing, trusting};
use crate::wire;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
const SSM: &str = "arn:aws:iam::aws:policy/AmazonSSMFullAccess";

fn text(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn bounding(user: &str, arn: &str) -> wire::PutUserPermissionsBoundaryRequest {
    wire::PutUserPermissionsBoundaryRequest {
        user_name: text(user),
        permissions_boundary: text(arn),
    }
}

fn unbounding(user: &str) -> wire::DeleteUserPermissionsBoundaryRequest {
    wire::DeleteUserPermissionsBoundaryRequest {
        user_name: text(user),
    }
}

fn attaching(user: &str) -> wire::AttachUserPolicyRequest {
    wire::AttachUserPolicyRequest {
        user_name: text(user),
        policy_arn: text(READ_ONLY),
    }
}

fn may_list_users(world: &mut World, who: &Credentials) -> bool {
    world.run::<ListUsers>(who, Default::default()).is_ok()
}

#[test]
fn a_users_boundary_counts_from_when_it_is_put_until_it_is_taken() {
    let mut world = World::new();
    let root = World::root(A);
    let alice = world.user("alice");
    world.allow(A, "alice", &allowing("iam:*"));
    assert!(may_list_users(&mut world, &alice));
    world
        .run::<PutUserPermissionsBoundary>(&root, bounding("alice", SSM))
        .unwrap();
    assert!(!may_list_users(&mut world, &alice));
    for _ in 0..2 {
        world
            .run::<PutUserPermissionsBoundary>(&root, bounding("alice", READ_ONLY))
            .unwrap();
    }
    assert!(may_list_users(&mut world, &alice));
    let get = wire::GetUserRequest {
        user_name: text("alice"),
    };
    let shown = world.run::<GetUser>(&root, get).unwrap().user.unwrap();
    let boundary = shown.permissions_boundary.unwrap();
    assert_eq!(boundary.permissions_boundary_arn, text(READ_ONLY));
    assert_eq!(boundary.permissions_boundary_type, text("Policy"));
    world.refused::<DeleteUserPermissionsBoundary>(&alice, unbounding("alice"));
    for _ in 0..2 {
        world
            .run::<DeleteUserPermissionsBoundary>(&root, unbounding("alice"))
            .unwrap();
    }
    world
        .run::<DeleteUserPermissionsBoundary>(&alice, unbounding("alice"))
        .unwrap();
}

#[test]
fn a_roles_boundary_reaches_the_sessions_it_has() {
    let mut world = World::new();
    let root = World::root(A);
    let alice = world.user("alice");
    world
        .role("app", &trusting("arn:aws:iam::111122223333:user/alice"))
        .unwrap();
    let put = wire::PutRolePolicyRequest {
        role_name: text("app"),
        policy_name: text("p"),
        policy_document: Some(crate::testing::document(&allowing("iam:*"))),
    };
    world.run::<crate::operations::PutRolePolicy>(&root, put).unwrap();
    let (session, _) = world.assume(&alice, "app", Default::default()).unwrap();
    assert!(may_list_users(&mut world, &session));
    let bound = wire::PutRolePermissionsBoundaryRequest {
        role_name: text("app"),
        permissions_boundary: text(SSM),
    };
    world.run::<PutRolePermissionsBoundary>(&root, bound).unwrap();
    assert!(!may_list_users(&mut world, &session));
    let unbound = wire::DeleteRolePermissionsBoundaryRequest {
        role_name: text("app"),
    };
    world
        .run::<DeleteRolePermissionsBoundary>(&root, unbound)
        .unwrap();
    assert!(may_list_users(&mut world, &session));
}

#[test]
fn a_boundary_must_exist() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    let missing = "arn:aws:iam::111122223333:policy/none";
    assert_eq!(
        world.refused::<PutUserPermissionsBoundary>(&root, bounding("alice", missing)),
        format!("NoSuchEntity: Scope ARN: {missing} does not exist or is not attachable.")
    );
    assert_eq!(
        world.refused::<PutUserPermissionsBoundary>(&root, bounding("nobody", SSM)),
        "NoSuchEntity: The user with name nobody cannot be found."
    );
}

/// AWS's own example: an administrator who makes only users that a given policy bounds.
#[test]
fn who_may_make_bounded_users_only_makes_changes_and_frees_no_others() {
    let mut world = World::new();
    let root = World::root(A);
    let admin = world.user("admin");
    world.user("free");
    let statement = format!(
        r#"{{"Effect":"Allow","Resource":"*","Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{READ_ONLY}"}}}},
           "Action":["iam:CreateUser","iam:AttachUserPolicy","iam:PutUserPermissionsBoundary","iam:DeleteUser"]}}"#
    );
    world.allow(A, "admin", &statement);
    let make = |name: &str, boundary: Option<&str>| wire::CreateUserRequest {
        user_name: text(name),
        permissions_boundary: boundary.map(str::to_owned),
        ..Default::default()
    };
    world.refused::<CreateUser>(&admin, make("bob", None));
    world.refused::<CreateUser>(&admin, make("bob", Some(SSM)));
    world
        .run::<CreateUser>(&admin, make("bob", Some(READ_ONLY)))
        .unwrap();
    world.run::<AttachUserPolicy>(&admin, attaching("bob")).unwrap();
    world.refused::<AttachUserPolicy>(&admin, attaching("free"));
    world.refused::<PutUserPermissionsBoundary>(&admin, bounding("bob", SSM));
    world
        .run::<PutUserPermissionsBoundary>(&admin, bounding("free", READ_ONLY))
        .unwrap();
    world.run::<AttachUserPolicy>(&admin, attaching("free")).unwrap();
    world.refused::<DeleteUserPermissionsBoundary>(&admin, unbounding("bob"));
    world
        .run::<DeleteUserPermissionsBoundary>(&root, unbounding("bob"))
        .unwrap();
    world.refused::<AttachUserPolicy>(&admin, attaching("bob"));
    // DeleteUser knows no boundary.
    let delete = wire::DeleteUserRequest {
        user_name: text("free"),
    };
    world.refused::<DeleteUser>(&admin, delete);
}
