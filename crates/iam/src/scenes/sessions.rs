//! GetSessionToken, GetFederationToken and what their credentials are good for.

use crate::operations::{GetUser, ListUsers};
use crate::sts::wire::{
    GetAccessKeyInfoRequest, GetFederationTokenRequest, GetSessionTokenRequest, PolicyDescriptorType, Tag,
};
use crate::sts::{GetAccessKeyInfo, GetCallerIdentity, GetFederationToken, GetSessionToken};
use crate::testing::{A, Credentials, World, allowing, document, trusting};

fn session(world: &mut World, who: &Credentials, seconds: Option<i32>) -> Credentials {
    let get = GetSessionTokenRequest {
        duration_seconds: seconds,
        ..Default::default()
    };
    let made = world.run::<GetSessionToken>(who, get).unwrap();
    Credentials::issued(made.credentials.unwrap())
}

fn guest() -> GetFederationTokenRequest {
    GetFederationTokenRequest {
        name: Some("guest".to_owned()),
        ..Default::default()
    }
}

fn lifetime(world: &World, session: &Credentials) -> i64 {
    let caller = world.caller(session).unwrap();
    let claims = caller.claims().unwrap();
    claims.expires.seconds() - claims.issued.seconds()
}

#[test]
fn nobody_needs_a_permission_for_a_session_of_their_own() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.allow(A, "alice", r#"{"Effect":"Deny","Action":"sts:*","Resource":"*"}"#);
    let own = session(&mut world, &alice, None);
    assert_eq!(lifetime(&world, &own), 43200);
    let me = world.run::<GetCallerIdentity>(&own, Default::default()).unwrap();
    assert_eq!(me.arn.as_deref(), Some("arn:aws:iam::111122223333:user/alice"));
    let long = session(&mut world, &alice, Some(129_600));
    assert_eq!(lifetime(&world, &long), 129_600);
    let get = GetSessionTokenRequest {
        duration_seconds: Some(129_601),
        ..Default::default()
    };
    assert!(
        world
            .refused::<GetSessionToken>(&alice, get)
            .starts_with("ValidationError: ")
    );
}

#[test]
fn the_root_users_session_lives_an_hour_at_most() {
    let mut world = World::new();
    let root = World::root(A);
    for asked in [None, Some(43200)] {
        let own = session(&mut world, &root, asked);
        assert_eq!(lifetime(&world, &own), 3600);
    }
    let made = world.run::<GetFederationToken>(&root, guest()).unwrap();
    let guest = Credentials::issued(made.credentials.unwrap());
    assert_eq!(lifetime(&world, &guest), 3600);
}

#[test]
fn a_session_without_a_code_calls_no_iam_and_little_of_sts() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.allow(A, "alice", &allowing("*"));
    let own = session(&mut world, &alice, None);
    let token = "InvalidClientTokenId: The security token included in the request is invalid";
    assert_eq!(world.refused::<GetUser>(&own, Default::default()), token);
    assert_eq!(
        world.refused::<GetSessionToken>(&own, Default::default()),
        "AccessDenied: Cannot call GetSessionToken with session credentials"
    );
    assert_eq!(
        world.refused::<GetFederationToken>(&own, guest()),
        "AccessDenied: Cannot call GetFederationToken with session credentials"
    );
    world.role("app", &trusting(A)).unwrap();
    let (role, _) = world.assume(&own, "app", Default::default()).unwrap();
    assert_eq!(
        world.refused::<GetSessionToken>(&role, Default::default()),
        "AccessDenied: Cannot call GetSessionToken with session credentials"
    );
}

#[test]
fn a_federated_user_calls_no_iam_and_no_sts() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.allow(A, "alice", &allowing("*"));
    let get = GetFederationTokenRequest {
        policy: Some(document(&allowing("*"))),
        ..guest()
    };
    let made = world.run::<GetFederationToken>(&alice, get).unwrap();
    let user = made.federated_user.unwrap();
    assert_eq!(user.federated_user_id.as_deref(), Some("111122223333:guest"));
    assert!(made.packed_policy_size.unwrap() > 0);
    let guest = Credentials::issued(made.credentials.unwrap());
    let me = world
        .run::<GetCallerIdentity>(&guest, Default::default())
        .unwrap();
    assert_eq!(me.arn, user.arn);
    assert!(
        world
            .refused::<ListUsers>(&guest, Default::default())
            .starts_with("InvalidClientTokenId: ")
    );
    world.role("app", &trusting(A)).unwrap();
    let refused = world.assume(&guest, "app", Default::default()).unwrap_err();
    assert_eq!(
        refused.message.unwrap(),
        "Cannot call AssumeRole with session credentials"
    );
}

#[test]
fn a_federated_session_needs_permissions_for_itself_and_its_tags() {
    let mut world = World::new();
    let alice = world.user("alice");
    let refused = world.refused::<GetFederationToken>(&alice, guest());
    assert!(
        refused
            .contains("sts:GetFederationToken on resource: arn:aws:sts::111122223333:federated-user/guest"),
        "{refused}"
    );
    world.allow(A, "alice", &allowing("sts:GetFederationToken"));
    let made = world.run::<GetFederationToken>(&alice, guest()).unwrap();
    assert_eq!(made.packed_policy_size, Some(0));
    let tagged = GetFederationTokenRequest {
        tags: Some(vec![Tag {
            key: Some("team".to_owned()),
            value: Some("red".to_owned()),
        }]),
        ..guest()
    };
    let refused = world.refused::<GetFederationToken>(&alice, tagged);
    assert!(refused.contains("sts:TagSession on resource: "), "{refused}");
    let missing = GetFederationTokenRequest {
        policy_arns: Some(vec![PolicyDescriptorType {
            arn: Some("arn:aws:iam::111122223333:policy/none".to_owned()),
        }]),
        ..guest()
    };
    assert!(
        world
            .refused::<GetFederationToken>(&alice, missing)
            .starts_with("ValidationError: ")
    );
    for name in ["x", "a:b", "a/b", &"n".repeat(33)] {
        let named = GetFederationTokenRequest {
            name: Some(name.to_owned()),
            ..Default::default()
        };
        assert!(
            world
                .refused::<GetFederationToken>(&alice, named)
                .starts_with("ValidationError: ")
        );
    }
}

#[test]
fn an_access_key_id_says_whose_it_is() {
    let mut world = World::new();
    let alice = world.user("alice");
    let info = |id: &str| GetAccessKeyInfoRequest {
        access_key_id: Some(id.to_owned()),
    };
    let refused = world.refused::<GetAccessKeyInfo>(&alice, info("ASIAQNZGKIQY56JQ7WML"));
    assert!(
        refused.contains("sts:GetAccessKeyInfo on resource: *"),
        "{refused}"
    );
    world.allow(A, "alice", &allowing("sts:GetAccessKeyInfo"));
    let told = world
        .run::<GetAccessKeyInfo>(&alice, info("ASIAQNZGKIQY56JQ7WML"))
        .unwrap();
    assert_eq!(told.account.as_deref(), Some("029608264753"));
    for id in ["", "AKIAIOSFODNN7EXAMPL!", "not-a-key"] {
        assert!(
            world
                .refused::<GetAccessKeyInfo>(&alice, info(id))
                .starts_with("ValidationError: ")
        );
    }
}
