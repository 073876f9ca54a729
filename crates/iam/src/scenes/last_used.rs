use crate::operations::{
    CreateRole, DeleteAccessKey, DeleteRole, GetAccessKeyLastUsed, GetRole, ListAccessKeys,
};
use crate::testing::{A, B, Credentials, World, account, allowing, trusting};
use crate::{sts, wire};

const ROOT_KEY: &str = "AKIAROOTAAAAAAAAAAAA";

fn key_id(world: &mut World, user: &str) -> String {
    let list = wire::ListAccessKeysRequest {
        user_name: Some(user.to_owned()),
        ..Default::default()
    };
    let listed = world.run::<ListAccessKeys>(&World::root(A), list).unwrap();
    listed.access_key_metadata.unwrap()[0]
        .access_key_id
        .clone()
        .unwrap()
}

fn of_key(world: &mut World, id: &str) -> (Option<String>, wire::AccessKeyLastUsed) {
    let get = wire::GetAccessKeyLastUsedRequest {
        access_key_id: Some(id.to_owned()),
    };
    let got = world.run::<GetAccessKeyLastUsed>(&World::root(A), get).unwrap();
    (got.user_name, got.access_key_last_used.unwrap())
}

fn of_role(world: &mut World, role: &str) -> wire::RoleLastUsed {
    let get = wire::GetRoleRequest {
        role_name: Some(role.to_owned()),
    };
    let got = world.run::<GetRole>(&World::root(A), get).unwrap();
    got.role.unwrap().role_last_used.unwrap()
}

/// What the server's task does every minute.
fn write(world: &mut World) -> usize {
    let writings = world.state.last_uses().to_write(&world.state);
    for writing in &writings {
        assert!(world.commit(&writing.txn));
        world.state.last_uses().written(writing);
    }
    writings.len()
}

fn use_it(world: &mut World, who: &Credentials) {
    world
        .run::<sts::GetCallerIdentity>(who, Default::default())
        .unwrap();
}

#[test]
fn a_key_shows_when_it_was_last_used_before_and_after_that_is_written() {
    let mut world = World::new();
    let alice = world.user("alice");
    let id = key_id(&mut world, "alice");
    let never = wire::AccessKeyLastUsed {
        last_used_date: None,
        service_name: Some("N/A".to_owned()),
        region: Some("N/A".to_owned()),
    };
    assert_eq!(of_key(&mut world, &id), (Some("alice".to_owned()), never));

    use_it(&mut world, &alice);
    let used = wire::AccessKeyLastUsed {
        last_used_date: Some(world.facts.now),
        service_name: Some("iam".to_owned()),
        region: Some("us-east-1".to_owned()),
    };
    assert_eq!(of_key(&mut world, &id).1, used);
    assert_eq!(write(&mut world), 1);
    let written = world.state.account(account(A)).unwrap().last_used[id.as_str()].at;
    assert_eq!(Some(written), used.last_used_date);
    assert_eq!(of_key(&mut world, &id).1, used);

    world.pass(90);
    use_it(&mut world, &alice);
    assert_eq!(of_key(&mut world, &id).1.last_used_date, Some(world.facts.now));
}

#[test]
fn nothing_is_written_twice() {
    let mut world = World::new();
    let alice = world.user("alice");
    use_it(&mut world, &alice);
    assert_eq!(write(&mut world), 1);
    assert_eq!(write(&mut world), 0);
}

#[test]
fn a_use_between_deciding_and_writing_is_kept() {
    let mut world = World::new();
    let alice = world.user("alice");
    let id = key_id(&mut world, "alice");
    use_it(&mut world, &alice);
    let writings = world.state.last_uses().to_write(&world.state);
    world.pass(1);
    use_it(&mut world, &alice);
    for writing in &writings {
        assert!(world.commit(&writing.txn));
        world.state.last_uses().written(writing);
    }
    assert_eq!(of_key(&mut world, &id).1.last_used_date, Some(world.facts.now));
}

#[test]
fn a_clock_that_goes_back_takes_nothing_back() {
    let mut world = World::new();
    let alice = world.user("alice");
    let id = key_id(&mut world, "alice");
    world.pass(10);
    use_it(&mut world, &alice);
    let newest = world.facts.now;
    write(&mut world);
    world.facts.now = newest.minus(std::time::Duration::from_secs(10));
    use_it(&mut world, &alice);
    assert_eq!(of_key(&mut world, &id).1.last_used_date, Some(newest));
    write(&mut world);
    assert_eq!(of_key(&mut world, &id).1.last_used_date, Some(newest));
}

#[test]
fn many_keys_are_written_in_transactions_that_the_store_takes() {
    let mut world = World::new();
    for n in 0..70 {
        let user = world.user(&format!("user{n}"));
        use_it(&mut world, &user);
    }
    assert_eq!(write(&mut world), 3, "71 keys, root's among them");
    assert_eq!(world.state.account(account(A)).unwrap().last_used.len(), 71);
}

#[test]
fn a_deleted_key_leaves_nothing_behind() {
    let mut world = World::new();
    let alice = world.user("alice");
    let id = key_id(&mut world, "alice");
    use_it(&mut world, &alice);
    write(&mut world);
    world.pass(1);
    use_it(&mut world, &alice);
    let late = world.state.last_uses().to_write(&world.state);
    let delete = wire::DeleteAccessKeyRequest {
        user_name: Some("alice".to_owned()),
        access_key_id: Some(id.clone()),
    };
    world.run::<DeleteAccessKey>(&World::root(A), delete).unwrap();
    assert!(!world.commit(&late[0].txn), "the key is gone");
    write(&mut world);
    let kept = &world.state.account(account(A)).unwrap().last_used;
    assert!(!kept.contains_key(id.as_str()));
    assert!(world.state.last_used(account(A), &id).is_none());
    let get = wire::GetAccessKeyLastUsedRequest {
        access_key_id: Some(id.clone()),
    };
    assert_eq!(
        world.refused::<GetAccessKeyLastUsed>(&World::root(A), get),
        format!("NoSuchEntity: The Access Key with id {id} cannot be found.")
    );
}

#[test]
fn another_accounts_key_is_none_of_ones_business() {
    let mut world = World::new();
    let get = || wire::GetAccessKeyLastUsedRequest {
        access_key_id: Some(ROOT_KEY.to_owned()),
    };
    assert_eq!(
        world.refused::<GetAccessKeyLastUsed>(&World::root(B), get()),
        format!("NoSuchEntity: The Access Key with id {ROOT_KEY} cannot be found.")
    );
    // Who may ask about some users only does not even learn that.
    let bob = world.user_in(B, "bob");
    let about_users = r#"{"Effect":"Allow","Action":"iam:GetAccessKeyLastUsed","Resource":"arn:aws:iam::444455556666:user/*"}"#;
    world.allow(B, "bob", about_users);
    let refused = world.refused::<GetAccessKeyLastUsed>(&bob, get());
    assert!(
        refused.contains("on resource: access key AKIAROOTAAAAAAAAAAAA"),
        "{refused}"
    );
}

#[test]
fn a_sessions_requests_count_for_its_role_and_for_no_key() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.allow(A, "alice", &allowing("sts:AssumeRole"));
    let trust = trusting(&format!("arn:aws:iam::{A}:root"));
    world.role("app", &trust).unwrap();
    let id = key_id(&mut world, "alice");
    let (session, _) = world.assume(&alice, "app", Default::default()).unwrap();
    assert_eq!(of_role(&mut world, "app"), wire::RoleLastUsed::default());
    let assumed = world.facts.now;
    world.pass(60);
    use_it(&mut world, &session);
    let used = wire::RoleLastUsed {
        last_used_date: Some(world.facts.now),
        region: Some("us-east-1".to_owned()),
    };
    assert_eq!(of_role(&mut world, "app"), used);
    assert_eq!(of_key(&mut world, &id).1.last_used_date, Some(assumed));
    write(&mut world);
    assert_eq!(of_role(&mut world, "app"), used);

    // Another role of the same name has not been used.
    let role_name = Some("app".to_owned());
    let delete = wire::DeleteRoleRequest {
        role_name: role_name.clone(),
    };
    world.run::<DeleteRole>(&World::root(A), delete).unwrap();
    let make = wire::CreateRoleRequest {
        role_name,
        assume_role_policy_document: Some(crate::testing::document(&trust)),
        ..Default::default()
    };
    world.run::<CreateRole>(&World::root(A), make).unwrap();
    assert_eq!(of_role(&mut world, "app"), wire::RoleLastUsed::default());
    assert_eq!(
        world.state.account(account(A)).unwrap().last_used.keys().count(),
        2
    );
}
