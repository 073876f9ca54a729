use kagiban_aws::SecretString;

use crate::operations::{
    ChangePassword, CreateLoginProfile, DeleteAccessKey, DeleteAccountPasswordPolicy, DeleteLoginProfile,
    DeleteUser, DeleteUserPolicy, GetAccountPasswordPolicy, GetLoginProfile, ListAccessKeys,
    UpdateAccountPasswordPolicy, UpdateLoginProfile,
};
use crate::testing::{A, B, Credentials, World, allowing, trusting};
use crate::wire;

const FIRST: &str = "Correct-horse-1";
const SECOND: &str = "Battery-staple-2";

fn secret(text: &str) -> Option<SecretString> {
    Some(text.to_owned().into())
}

fn create(user: &str, password: &str) -> wire::CreateLoginProfileRequest {
    wire::CreateLoginProfileRequest {
        user_name: Some(user.to_owned()),
        password: secret(password),
        password_reset_required: Some(true),
    }
}

fn change(old: &str, new: &str) -> wire::ChangePasswordRequest {
    wire::ChangePasswordRequest {
        old_password: secret(old),
        new_password: secret(new),
    }
}

fn update(user: &str, password: &str) -> wire::UpdateLoginProfileRequest {
    wire::UpdateLoginProfileRequest {
        user_name: Some(user.to_owned()),
        password: secret(password),
        ..Default::default()
    }
}

fn profile(world: &mut World, user: &str) -> Result<wire::LoginProfile, String> {
    let user_name = Some(user.to_owned());
    let get = wire::GetLoginProfileRequest { user_name };
    let got = world.run::<GetLoginProfile>(&World::root(A), get);
    got.map(|got| got.login_profile.unwrap())
        .map_err(|fault| format!("{}: {}", fault.code, fault.message.unwrap_or_default()))
}

/// Alice, with a password and the permission to change it.
fn alice(world: &mut World) -> Credentials {
    let alice = world.user("alice");
    world.allow(A, "alice", &allowing("iam:ChangePassword"));
    world
        .run::<CreateLoginProfile>(&World::root(A), create("Alice", FIRST))
        .unwrap();
    alice
}

fn set_policy(world: &mut World, policy: wire::UpdateAccountPasswordPolicyRequest) {
    world
        .run::<UpdateAccountPasswordPolicy>(&World::root(A), policy)
        .unwrap();
}

#[test]
fn a_password_is_made_once_seen_and_taken() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    assert_eq!(
        profile(&mut world, "alice").unwrap_err(),
        "NoSuchEntity: Login Profile for User alice cannot be found."
    );
    let made = world
        .run::<CreateLoginProfile>(&root, create("alice", FIRST))
        .unwrap();
    let made = made.login_profile.unwrap();
    assert_eq!(made.user_name.as_deref(), Some("alice"));
    assert_eq!(made.create_date, Some(world.facts.now));
    assert_eq!(made.password_reset_required, Some(true));
    assert_eq!(profile(&mut world, "alice").unwrap(), made);
    assert_eq!(
        world.refused::<CreateLoginProfile>(&root, create("alice", FIRST)),
        "EntityAlreadyExists: Login Profile for user alice already exists."
    );

    let delete = || wire::DeleteLoginProfileRequest {
        user_name: Some("alice".to_owned()),
    };
    world.run::<DeleteLoginProfile>(&root, delete()).unwrap();
    assert_eq!(
        world.refused::<DeleteLoginProfile>(&root, delete()),
        "NoSuchEntity: Login Profile for User alice cannot be found."
    );
    assert_eq!(
        world.refused::<UpdateLoginProfile>(&root, update("alice", SECOND)),
        "NoSuchEntity: Login Profile for User alice cannot be found."
    );
}

#[test]
fn nobody_gets_a_password_who_is_no_user() {
    let mut world = World::new();
    let root = World::root(A);
    assert_eq!(
        world.refused::<CreateLoginProfile>(&root, create("nobody", FIRST)),
        "NoSuchEntity: The user with name nobody cannot be found."
    );
    let own = wire::CreateLoginProfileRequest {
        user_name: None,
        ..create("", FIRST)
    };
    assert_eq!(
        world.refused::<CreateLoginProfile>(&root, own),
        "ValidationError: Must specify userName when calling with non-User credentials"
    );
}

#[test]
fn a_user_with_a_password_is_not_deleted() {
    let mut world = World::new();
    let root = World::root(A);
    alice(&mut world);
    let user_name = Some("alice".to_owned());
    let keys = wire::ListAccessKeysRequest {
        user_name: user_name.clone(),
        ..Default::default()
    };
    let keys = world
        .run::<ListAccessKeys>(&root, keys)
        .unwrap()
        .access_key_metadata
        .unwrap();
    let delete_key = wire::DeleteAccessKeyRequest {
        user_name: user_name.clone(),
        access_key_id: keys[0].access_key_id.clone(),
    };
    world.run::<DeleteAccessKey>(&root, delete_key).unwrap();
    let policy_name = Some("p".to_owned());
    let delete_policy = wire::DeleteUserPolicyRequest {
        user_name: user_name.clone(),
        policy_name,
    };
    world.run::<DeleteUserPolicy>(&root, delete_policy).unwrap();
    let delete = || wire::DeleteUserRequest {
        user_name: user_name.clone(),
    };
    assert_eq!(
        world.refused::<DeleteUser>(&root, delete()),
        "DeleteConflict: Cannot delete entity, must delete login profile first."
    );
    let delete_login = wire::DeleteLoginProfileRequest {
        user_name: user_name.clone(),
    };
    world.run::<DeleteLoginProfile>(&root, delete_login).unwrap();

    let (_, deletion) = world.decide::<DeleteUser>(&root, delete()).unwrap();
    world
        .run::<CreateLoginProfile>(&root, create("alice", FIRST))
        .unwrap();
    assert!(!world.commit(&deletion), "a password was set meanwhile");
}

#[test]
fn a_user_changes_the_own_password_with_the_old_one() {
    let mut world = World::new();
    let alice = alice(&mut world);
    assert_eq!(
        world.refused::<ChangePassword>(&alice, change(SECOND, SECOND)),
        "AccessDenied: The old password was incorrect."
    );
    world
        .run::<ChangePassword>(&alice, change(FIRST, SECOND))
        .unwrap();
    assert_eq!(
        profile(&mut world, "alice").unwrap().password_reset_required,
        Some(false)
    );
    world.refused::<ChangePassword>(&alice, change(FIRST, SECOND));
    world
        .run::<ChangePassword>(&alice, change(SECOND, FIRST))
        .unwrap();
}

#[test]
fn two_changes_at_once_do_not_both_succeed() {
    let mut world = World::new();
    let alice = alice(&mut world);
    let (_, first) = world
        .decide::<ChangePassword>(&alice, change(FIRST, SECOND))
        .unwrap();
    let (_, second) = world
        .decide::<ChangePassword>(&alice, change(FIRST, "Third-time-3"))
        .unwrap();
    assert!(world.commit(&first));
    assert!(!world.commit(&second), "the old password is another now");
}

#[test]
fn only_users_have_a_password_to_change() {
    let mut world = World::new();
    let bob = world.user("bob");
    world.allow(A, "bob", &allowing("iam:*"));
    assert_eq!(
        world.refused::<ChangePassword>(&bob, change(FIRST, SECOND)),
        "NoSuchEntity: Login Profile for User bob cannot be found."
    );
    let only_users = "InvalidUserType: Only IAM Users can change their own password";
    assert_eq!(
        world.refused::<ChangePassword>(&World::root(A), change(FIRST, SECOND)),
        only_users
    );
    world.allow(A, "bob", &allowing("sts:AssumeRole"));
    world
        .role("app", &trusting(&format!("arn:aws:iam::{A}:root")))
        .unwrap();
    let (session, _) = world.assume(&bob, "app", Default::default()).unwrap();
    assert_eq!(
        world.refused::<ChangePassword>(&session, change(FIRST, SECOND)),
        only_users
    );
}

#[test]
fn the_policy_is_not_there_until_it_is_set_and_gone_once_deleted() {
    let mut world = World::new();
    let root = World::root(A);
    let none = "NoSuchEntity: The Password Policy with domain name 111122223333 cannot be found.";
    assert_eq!(
        world.refused::<GetAccountPasswordPolicy>(&root, Default::default()),
        none
    );
    assert_eq!(
        world.refused::<DeleteAccountPasswordPolicy>(&root, Default::default()),
        none
    );
    let strict = wire::UpdateAccountPasswordPolicyRequest {
        minimum_password_length: Some(14),
        require_symbols: Some(true),
        max_password_age: Some(90),
        password_reuse_prevention: Some(24),
        hard_expiry: Some(false),
        ..Default::default()
    };
    set_policy(&mut world, strict);
    let get = |world: &mut World| {
        let got = world
            .run::<GetAccountPasswordPolicy>(&root, Default::default())
            .unwrap();
        got.password_policy.unwrap()
    };
    assert_eq!(
        get(&mut world),
        wire::PasswordPolicy {
            minimum_password_length: Some(14),
            require_symbols: Some(true),
            require_numbers: Some(false),
            require_uppercase_characters: Some(false),
            require_lowercase_characters: Some(false),
            allow_users_to_change_password: Some(false),
            expire_passwords: Some(true),
            max_password_age: Some(90),
            password_reuse_prevention: Some(24),
            hard_expiry: Some(false),
        }
    );
    // What is not said again goes back to its default.
    set_policy(&mut world, Default::default());
    let lax = get(&mut world);
    assert_eq!(lax.minimum_password_length, Some(6));
    assert_eq!(lax.expire_passwords, Some(false));
    assert_eq!((lax.max_password_age, lax.hard_expiry), (None, None));
    world
        .run::<DeleteAccountPasswordPolicy>(&root, Default::default())
        .unwrap();
    assert_eq!(
        world.refused::<GetAccountPasswordPolicy>(&root, Default::default()),
        none
    );
    world.refused::<GetAccountPasswordPolicy>(&World::root(B), Default::default());
}

#[test]
fn what_the_policy_demands_is_held_wherever_a_password_is_set() {
    let mut world = World::new();
    let root = World::root(A);
    let violation = "PasswordPolicyViolation: Password does not conform to the account password policy.";
    let alice = alice(&mut world);
    world.user("bob");
    for weak in ["short-1A", "no-digit-at-all-here"] {
        set_policy(
            &mut world,
            wire::UpdateAccountPasswordPolicyRequest {
                minimum_password_length: Some(12),
                require_numbers: Some(true),
                ..Default::default()
            },
        );
        assert_eq!(
            world.refused::<CreateLoginProfile>(&root, create("bob", weak)),
            violation
        );
        assert_eq!(
            world.refused::<UpdateLoginProfile>(&root, update("alice", weak)),
            violation
        );
        assert_eq!(
            world.refused::<ChangePassword>(&alice, change(FIRST, weak)),
            violation
        );
    }
    world
        .run::<UpdateLoginProfile>(&root, update("alice", SECOND))
        .unwrap();
    world
        .run::<ChangePassword>(&alice, change(SECOND, FIRST))
        .unwrap();
}

#[test]
fn former_passwords_come_back_only_as_far_as_the_policy_lets_them() {
    let mut world = World::new();
    let alice = alice(&mut world);
    let policy = wire::UpdateAccountPasswordPolicyRequest {
        password_reuse_prevention: Some(2),
        ..Default::default()
    };
    set_policy(&mut world, policy);
    let used = "PasswordPolicyViolation: Password does not conform to the account password policy: it was used before.";
    assert_eq!(
        world.refused::<ChangePassword>(&alice, change(FIRST, FIRST)),
        used
    );
    world
        .run::<ChangePassword>(&alice, change(FIRST, SECOND))
        .unwrap();
    assert_eq!(
        world.refused::<ChangePassword>(&alice, change(SECOND, FIRST)),
        used
    );
    world
        .run::<ChangePassword>(&alice, change(SECOND, "Third-time-3"))
        .unwrap();
    let root = World::root(A);
    assert_eq!(
        world.refused::<UpdateLoginProfile>(&root, update("alice", SECOND)),
        used
    );
    world
        .run::<UpdateLoginProfile>(&root, update("alice", FIRST))
        .unwrap();
}

#[test]
fn a_new_password_need_not_be_given_to_demand_a_reset() {
    let mut world = World::new();
    let alice = alice(&mut world);
    world
        .run::<ChangePassword>(&alice, change(FIRST, SECOND))
        .unwrap();
    let demand = wire::UpdateLoginProfileRequest {
        user_name: Some("alice".to_owned()),
        password: None,
        password_reset_required: Some(true),
    };
    world.run::<UpdateLoginProfile>(&World::root(A), demand).unwrap();
    let shown = profile(&mut world, "alice").unwrap();
    assert_eq!(shown.password_reset_required, Some(true));
    world
        .run::<ChangePassword>(&alice, change(SECOND, FIRST))
        .unwrap();
}

#[test]
fn an_account_may_let_all_its_users_change_their_passwords_but_an_explicit_deny_wins() {
    let mut world = World::new();
    let bob = world.user("bob");
    world
        .run::<CreateLoginProfile>(&World::root(A), create("bob", FIRST))
        .unwrap();
    let denied = world.refused::<ChangePassword>(&bob, change(FIRST, SECOND));
    assert!(denied.starts_with("AccessDenied: User: "), "{denied}");
    let policy = wire::UpdateAccountPasswordPolicyRequest {
        allow_users_to_change_password: Some(true),
        ..Default::default()
    };
    set_policy(&mut world, policy);
    world.run::<ChangePassword>(&bob, change(FIRST, SECOND)).unwrap();
    world.allow(
        A,
        "bob",
        r#"{"Effect":"Deny","Action":"iam:ChangePassword","Resource":"*"}"#,
    );
    let denied = world.refused::<ChangePassword>(&bob, change(SECOND, FIRST));
    assert!(denied.contains("with an explicit deny"), "{denied}");
}
