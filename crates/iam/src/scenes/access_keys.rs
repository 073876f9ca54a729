use crate::operations::{
    CreateAccessKey, CreateUser, DeleteAccessKey, GetUser, ListAccessKeys, UpdateAccessKey,
};
use crate::sts::GetCallerIdentity;
use crate::testing::{A, World, allowing, trusting};
use crate::wire::{self, AccessKeyMetadata};
use crate::{Identity, sts};

fn of(user: &str) -> wire::CreateAccessKeyRequest {
    wire::CreateAccessKeyRequest {
        user_name: Some(user.to_owned()),
    }
}

fn listed(world: &mut World, user: Option<&str>) -> Vec<AccessKeyMetadata> {
    let list = wire::ListAccessKeysRequest {
        user_name: user.map(str::to_owned),
        ..Default::default()
    };
    let listed = world.run::<ListAccessKeys>(&World::root(A), list).unwrap();
    listed.access_key_metadata.unwrap()
}

#[test]
fn a_user_has_at_most_two_keys() {
    let mut world = World::new();
    world.user("alice");
    world.key_of(A, "alice");
    assert_eq!(
        world.refused::<CreateAccessKey>(&World::root(A), of("alice")),
        "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"
    );
    assert_eq!(listed(&mut world, Some("alice")).len(), 2);
}

#[test]
fn two_requests_at_once_do_not_make_a_third_key() {
    let mut world = World::new();
    world.user("alice");
    let root = World::root(A);
    let (_, first) = world.decide::<CreateAccessKey>(&root, of("alice")).unwrap();
    let (_, second) = world.decide::<CreateAccessKey>(&root, of("alice")).unwrap();
    assert!(world.commit(&first));
    assert!(!world.commit(&second), "decided on a view that is no more");
}

#[test]
fn a_key_that_is_switched_off_signs_nothing_until_it_is_on_again() {
    let mut world = World::new();
    let alice = world.user("alice");
    let id = listed(&mut world, Some("alice"))[0].access_key_id.clone();
    let switch = |world: &mut World, status: &str| {
        let update = wire::UpdateAccessKeyRequest {
            user_name: Some("alice".to_owned()),
            access_key_id: id.clone(),
            status: Some(status.to_owned()),
        };
        world.run::<UpdateAccessKey>(&World::root(A), update).unwrap();
    };
    switch(&mut world, "Inactive");
    assert_eq!(
        listed(&mut world, Some("alice"))[0].status.as_deref(),
        Some("Inactive")
    );
    world.caller(&alice).unwrap_err();
    switch(&mut world, "Active");
    world.caller(&alice).unwrap();
}

#[test]
fn a_deleted_key_is_gone_and_anothers_cannot_be_found() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.user("bob");
    let id = listed(&mut world, Some("alice"))[0]
        .access_key_id
        .clone()
        .unwrap();
    let delete = |user: &str| wire::DeleteAccessKeyRequest {
        user_name: Some(user.to_owned()),
        access_key_id: Some(id.clone()),
    };
    assert_eq!(
        world.refused::<DeleteAccessKey>(&World::root(A), delete("bob")),
        format!("NoSuchEntity: The Access Key with id {id} cannot be found.")
    );
    world
        .run::<DeleteAccessKey>(&World::root(A), delete("alice"))
        .unwrap();
    world.caller(&alice).unwrap_err();
}

#[test]
fn without_a_name_the_caller_is_meant() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.allow(A, "alice", &allowing("iam:*"));
    let user = world
        .run::<GetUser>(&alice, Default::default())
        .unwrap()
        .user
        .unwrap();
    assert_eq!(user.user_name.as_deref(), Some("alice"));

    let root = world
        .run::<GetUser>(&World::root(A), Default::default())
        .unwrap()
        .user
        .unwrap();
    assert_eq!(root.arn.as_deref(), Some("arn:aws:iam::111122223333:root"));
    assert_eq!(root.user_id.as_deref(), Some(A));
    assert_eq!(listed(&mut world, None).len(), 1, "the root user's own");
}

#[test]
fn a_session_of_a_role_must_name_a_user() {
    let mut world = World::new();
    let alice = world.user("alice");
    world
        .role("app", &trusting(&format!("arn:aws:iam::{A}:user/alice")))
        .unwrap();
    let (session, _) = world.assume(&alice, "app", Default::default()).unwrap();
    assert_eq!(
        world.refused::<GetUser>(&session, Default::default()),
        "ValidationError: Must specify userName when calling with non-User credentials"
    );
}

#[test]
fn a_name_is_taken_without_regard_to_case() {
    let mut world = World::new();
    world.user("alice");
    let again = wire::CreateUserRequest {
        user_name: Some("Alice".to_owned()),
        ..Default::default()
    };
    assert_eq!(
        world.refused::<CreateUser>(&World::root(A), again),
        "EntityAlreadyExists: User with name Alice already exists."
    );
}

#[test]
fn everybody_may_ask_who_they_are() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.allow(A, "alice", r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#);
    let me = world
        .run::<GetCallerIdentity>(&alice, sts::wire::GetCallerIdentityRequest {})
        .unwrap();
    assert_eq!(me.arn.as_deref(), Some("arn:aws:iam::111122223333:user/alice"));
    assert_eq!(me.account.as_deref(), Some(A));
    assert!(me.user_id.unwrap().starts_with("AIDA"));
    assert!(matches!(
        world.caller(&alice).unwrap().identity,
        Identity::User(_)
    ));
}
