use kagiban_store::Txn;

use crate::operations::{
    AddUserToGroup, AttachUserPolicy, CreateGroup, CreateLoginProfile, CreatePolicy, CreateUser,
    DeletePolicy, DeleteUser, DetachUserPolicy, GetLoginProfile, GetPolicy, GetRole, GetUser, ListAccessKeys,
    ListGroupsForUser, PutUserPermissionsBoundary, UpdateAccessKey, UpdateUser,
};
use crate::sts::GetCallerIdentity;
use crate::testing::{A, Credentials, World, allowing, document, trusting};
use crate::wire;

const POLICY: &str = "arn:aws:iam::111122223333:policy/p";

fn text(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn renaming(user: &str, to: &str) -> wire::UpdateUserRequest {
    wire::UpdateUserRequest {
        user_name: text(user),
        new_user_name: text(to),
        new_path: None,
    }
}

fn moving(user: &str, path: &str) -> wire::UpdateUserRequest {
    wire::UpdateUserRequest {
        user_name: text(user),
        new_user_name: None,
        new_path: text(path),
    }
}

fn get(world: &mut World, user: &str) -> wire::User {
    let get = wire::GetUserRequest {
        user_name: text(user),
    };
    world.run::<GetUser>(&World::root(A), get).unwrap().user.unwrap()
}

fn arn(world: &mut World, who: &Credentials) -> String {
    let identity = world.run::<GetCallerIdentity>(who, Default::default());
    identity.unwrap().arn.unwrap()
}

fn make_policy(world: &mut World) {
    let make = wire::CreatePolicyRequest {
        policy_name: text("p"),
        policy_document: Some(document(&allowing("*"))),
        ..Default::default()
    };
    world.run::<CreatePolicy>(&World::root(A), make).unwrap();
}

/// Alice is in a group, holds a policy, is bound by one, and has a key.
fn alice() -> (World, Credentials) {
    let mut world = World::new();
    let root = World::root(A);
    let alice = world.user("alice");
    make_policy(&mut world);
    let make = wire::CreateGroupRequest {
        group_name: text("devs"),
        path: None,
    };
    world.run::<CreateGroup>(&root, make).unwrap();
    let join = wire::AddUserToGroupRequest {
        group_name: text("devs"),
        user_name: text("alice"),
    };
    world.run::<AddUserToGroup>(&root, join).unwrap();
    let attach = wire::AttachUserPolicyRequest {
        user_name: text("alice"),
        policy_arn: text(POLICY),
    };
    world.run::<AttachUserPolicy>(&root, attach).unwrap();
    let bound = wire::PutUserPermissionsBoundaryRequest {
        user_name: text("alice"),
        permissions_boundary: text(POLICY),
    };
    world.run::<PutUserPermissionsBoundary>(&root, bound).unwrap();
    (world, alice)
}

#[test]
fn a_renamed_user_keeps_id_keys_groups_and_policies() {
    let (mut world, alice) = alice();
    let root = World::root(A);
    let before = get(&mut world, "alice");
    world
        .run::<UpdateUser>(&root, renaming("alice", "Carol"))
        .unwrap();

    let after = get(&mut world, "carol");
    assert_eq!(after.user_id, before.user_id);
    assert_eq!(after.permissions_boundary, before.permissions_boundary);
    assert_eq!(arn(&mut world, &alice), "arn:aws:iam::111122223333:user/Carol");
    let list = wire::ListAccessKeysRequest::default();
    let keys = world.run::<ListAccessKeys>(&alice, list).unwrap();
    let key = keys.access_key_metadata.unwrap().remove(0);
    assert_eq!(key.user_name, text("Carol"));
    let switch = wire::UpdateAccessKeyRequest {
        user_name: text("carol"),
        access_key_id: key.access_key_id,
        status: text("Active"),
    };
    world.run::<UpdateAccessKey>(&root, switch).unwrap();
    let list = wire::ListGroupsForUserRequest {
        user_name: text("carol"),
        ..Default::default()
    };
    let groups = world
        .run::<ListGroupsForUser>(&root, list)
        .unwrap()
        .groups
        .unwrap();
    assert_eq!(groups[0].group_name, text("devs"));
}

#[test]
fn the_marks_of_a_renamed_users_policies_move_along() {
    let (mut world, _) = alice();
    let root = World::root(A);
    world
        .run::<UpdateUser>(&root, renaming("alice", "carol"))
        .unwrap();
    let counts = |world: &mut World| {
        let get = wire::GetPolicyRequest {
            policy_arn: text(POLICY),
        };
        let policy = world.run::<GetPolicy>(&root, get).unwrap().policy.unwrap();
        (
            policy.attachment_count.unwrap(),
            policy.permissions_boundary_usage_count.unwrap(),
        )
    };
    assert_eq!(counts(&mut world), (1, 1));
    let delete_policy = wire::DeletePolicyRequest {
        policy_arn: text(POLICY),
    };
    world.refused::<DeletePolicy>(&root, delete_policy.clone());
    let detach = wire::DetachUserPolicyRequest {
        user_name: text("carol"),
        policy_arn: text(POLICY),
    };
    world.run::<DetachUserPolicy>(&root, detach).unwrap();
    let unbound = wire::DeleteUserPermissionsBoundaryRequest {
        user_name: text("carol"),
    };
    world
        .run::<crate::operations::DeleteUserPermissionsBoundary>(&root, unbound)
        .unwrap();
    assert_eq!(counts(&mut world), (0, 0));
    world.run::<DeletePolicy>(&root, delete_policy).unwrap();
}

#[test]
fn trust_in_a_user_is_trust_in_its_id() {
    let mut world = World::new();
    let root = World::root(A);
    let alice = world.user("alice");
    world
        .role("app", &trusting("arn:aws:iam::111122223333:user/alice"))
        .unwrap();
    world
        .run::<UpdateUser>(&root, renaming("alice", "carol"))
        .unwrap();
    world.run::<UpdateUser>(&root, moving("carol", "/team/")).unwrap();
    world.assume(&alice, "app", Default::default()).unwrap();
    let get = wire::GetRoleRequest {
        role_name: text("app"),
    };
    let role = world.run::<GetRole>(&root, get).unwrap().role.unwrap();
    let trust = role.assume_role_policy_document.unwrap();
    assert!(trust.contains("user%2Fteam%2Fcarol"), "{trust}");

    // Whoever is called alice now is somebody else.
    let other = world.user("alice");
    world.assume(&other, "app", Default::default()).unwrap_err();
}

#[test]
fn a_name_frees_what_was_under_it() {
    let (mut world, alice) = alice();
    let root = World::root(A);
    world
        .run::<UpdateUser>(&root, renaming("alice", "carol"))
        .unwrap();
    let make = wire::CreateUserRequest {
        user_name: text("alice"),
        ..Default::default()
    };
    world.run::<CreateUser>(&root, make).unwrap();
    let delete = wire::DeleteUserRequest {
        user_name: text("alice"),
    };
    world.run::<DeleteUser>(&root, delete).unwrap();
    assert_eq!(arn(&mut world, &alice), "arn:aws:iam::111122223333:user/carol");
}

#[test]
fn a_name_changes_its_letters_and_back() {
    let (mut world, alice) = alice();
    let root = World::root(A);
    for (from, to) in [("alice", "ALICE"), ("alice", "Alice")] {
        world.run::<UpdateUser>(&root, renaming(from, to)).unwrap();
        assert_eq!(
            arn(&mut world, &alice),
            format!("arn:aws:iam::111122223333:user/{to}")
        );
        let list = wire::ListAccessKeysRequest::default();
        let keys = world.run::<ListAccessKeys>(&alice, list).unwrap();
        let key = keys.access_key_metadata.unwrap().remove(0);
        assert_eq!(key.user_name, text(to));
        let switch = wire::UpdateAccessKeyRequest {
            user_name: text("alice"),
            access_key_id: key.access_key_id,
            status: text("Active"),
        };
        world.run::<UpdateAccessKey>(&root, switch).unwrap();
    }
}

#[test]
fn a_password_goes_with_its_user() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    let make = wire::CreateLoginProfileRequest {
        user_name: text("alice"),
        password: Some("correct Horse 7!".to_owned().into()),
        ..Default::default()
    };
    let made = world.run::<CreateLoginProfile>(&root, make).unwrap();
    world
        .run::<UpdateUser>(&root, renaming("alice", "carol"))
        .unwrap();
    let get = |name: &str| wire::GetLoginProfileRequest {
        user_name: text(name),
    };
    let got = world.run::<GetLoginProfile>(&root, get("carol")).unwrap();
    assert_eq!(
        got.login_profile.unwrap().create_date,
        made.login_profile.unwrap().create_date
    );
    world.user("alice");
    assert_eq!(
        world.refused::<GetLoginProfile>(&root, get("alice")),
        "NoSuchEntity: Login Profile for User alice cannot be found."
    );
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    world.user("bob");
    assert_eq!(
        world.refused::<UpdateUser>(&root, renaming("alice", "Bob")),
        "EntityAlreadyExists: User with name Bob already exists."
    );
    assert_eq!(
        world.refused::<UpdateUser>(&root, renaming("nobody", "x")),
        "NoSuchEntity: The user with name nobody cannot be found."
    );
    world
        .run::<UpdateUser>(
            &root,
            wire::UpdateUserRequest {
                user_name: text("bob"),
                ..Default::default()
            },
        )
        .unwrap();
}

#[test]
fn renaming_loses_against_a_key_made_meanwhile() {
    let mut world = World::new();
    world.user("alice");
    let (_, rename) = world
        .decide::<UpdateUser>(&World::root(A), renaming("alice", "carol"))
        .unwrap();
    world.key_of(A, "alice");
    assert!(!world.commit(&rename));
}

#[test]
fn memory_does_not_care_whether_the_new_name_comes_before_the_old_one_goes() {
    let (mut world, alice) = alice();
    let (_, rename) = world
        .decide::<UpdateUser>(&World::root(A), renaming("alice", "carol"))
        .unwrap();
    let mut backwards = Txn::new();
    for op in rename.ops().iter().rev() {
        backwards.op(op.clone());
    }
    assert!(world.commit(&backwards));
    assert_eq!(arn(&mut world, &alice), "arn:aws:iam::111122223333:user/carol");
    let id = get(&mut world, "carol").user_id.unwrap();
    assert_eq!(
        world.state.arn_of_id(&id).unwrap().as_str(),
        "arn:aws:iam::111122223333:user/carol"
    );
}
