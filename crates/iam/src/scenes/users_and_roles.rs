use crate::operations::{
    CreateRole, CreateUser, DeleteRolePolicy, GetRole, GetRolePolicy, GetUser, ListRolePolicies, ListRoles,
    ListUsers, PutRolePolicy, PutUserPolicy, UpdateAssumeRolePolicy,
};
use crate::testing::{A, B, World, allowing, document, trusting};
use crate::wire::{self, Tag};

fn text(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: text(key),
        value: text(value),
    }
}

fn user(name: &str, path: &str) -> wire::CreateUserRequest {
    wire::CreateUserRequest {
        user_name: text(name),
        path: text(path),
        ..Default::default()
    }
}

fn put(policy: &str) -> wire::PutRolePolicyRequest {
    wire::PutRolePolicyRequest {
        role_name: text("app"),
        policy_name: text("p"),
        policy_document: Some(document(policy)),
    }
}

#[test]
fn users_are_listed_by_name_page_by_page_under_a_path() {
    let mut world = World::new();
    let root = World::root(A);
    for (name, path) in [
        ("carol", "/x/"),
        ("Bob", "/x/y/"),
        ("alice", "/x/"),
        ("dave", "/"),
    ] {
        world.run::<CreateUser>(&root, user(name, path)).unwrap();
    }
    let list = |marker| wire::ListUsersRequest {
        path_prefix: text("/x/"),
        max_items: Some(2),
        marker,
    };
    let first = world.run::<ListUsers>(&root, list(None)).unwrap();
    let names = |users: Option<Vec<wire::User>>| -> Vec<String> {
        users
            .unwrap()
            .into_iter()
            .map(|user| user.user_name.unwrap())
            .collect()
    };
    assert_eq!(names(first.users), ["alice", "Bob"]);
    assert_eq!(first.is_truncated, Some(true));
    let second = world.run::<ListUsers>(&root, list(first.marker)).unwrap();
    assert_eq!(names(second.users), ["carol"]);
    assert_eq!((second.is_truncated, second.marker), (Some(false), None));
    assert_eq!(
        world.refused::<ListUsers>(&root, list(text("!"))),
        "ValidationError: Invalid Marker."
    );
}

#[test]
fn tags_and_boundary_are_in_get_user_and_not_in_lists() {
    let mut world = World::new();
    let root = World::root(A);
    let make = wire::CreateUserRequest {
        tags: Some(vec![tag("team", "red")]),
        permissions_boundary: text("arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ..user("alice", "/")
    };
    let made = world.run::<CreateUser>(&root, make).unwrap().user.unwrap();
    assert_eq!(made.tags, Some(vec![tag("team", "red")]));
    let get = wire::GetUserRequest {
        user_name: text("alice"),
    };
    assert_eq!(world.run::<GetUser>(&root, get).unwrap().user.unwrap(), made);
    let listed = world
        .run::<ListUsers>(&root, Default::default())
        .unwrap()
        .users
        .unwrap();
    assert_eq!((&listed[0].tags, &listed[0].permissions_boundary), (&None, &None));
}

#[test]
fn a_boundary_bounds() {
    let mut world = World::new();
    let root = World::root(A);
    let make = wire::CreateUserRequest {
        permissions_boundary: text("arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"),
        ..user("alice", "/")
    };
    world.run::<CreateUser>(&root, make).unwrap();
    let alice = world.key_of(A, "alice");
    world.allow(A, "alice", &allowing("*"));
    let refused = world.refused::<GetUser>(&alice, Default::default());
    assert!(
        refused.ends_with("because no permissions boundary allows the iam:GetUser action"),
        "{refused}"
    );
    let missing = wire::CreateUserRequest {
        permissions_boundary: text("arn:aws:iam::111122223333:policy/none"),
        ..user("bob", "/")
    };
    assert_eq!(
        world.refused::<CreateUser>(&root, missing),
        "NoSuchEntity: Scope ARN: arn:aws:iam::111122223333:policy/none does not exist or is not attachable."
    );
}

#[test]
fn whoever_may_make_bounded_users_only_makes_no_other() {
    let mut world = World::new();
    let boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let alice = world.user("alice");
    world.allow(
        A,
        "alice",
        &format!(
            r#"{{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{boundary}"}}}}}}"#
        ),
    );
    world.refused::<CreateUser>(&alice, user("bob", "/"));
    let bounded = wire::CreateUserRequest {
        permissions_boundary: text(boundary),
        ..user("bob", "/")
    };
    world.run::<CreateUser>(&alice, bounded).unwrap();
    let write = |name: &str| wire::PutUserPolicyRequest {
        user_name: text(name),
        policy_name: text("p"),
        policy_document: Some(document(&allowing("*"))),
    };
    world.run::<PutUserPolicy>(&alice, write("bob")).unwrap();
    world.refused::<PutUserPolicy>(&alice, write("alice"));
}

#[test]
fn making_with_tags_needs_the_permission_to_tag_and_conditions_see_the_tags() {
    let mut world = World::new();
    let alice = world.user("alice");
    let tagged = |value: &str| wire::CreateUserRequest {
        tags: Some(vec![tag("Team", value)]),
        ..user("bob", "/")
    };
    world.allow(A, "alice", &allowing("iam:CreateUser"));
    let refused = world.refused::<CreateUser>(&alice, tagged("red"));
    assert!(refused.contains(
        "is not authorized to perform: iam:TagUser on resource: arn:aws:iam::111122223333:user/bob"
    ));
    world.allow(
        A,
        "alice",
        r#"{"Effect":"Allow","Action":["iam:CreateUser","iam:TagUser"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}}}"#,
    );
    world.refused::<CreateUser>(&alice, tagged("blue"));
    world.run::<CreateUser>(&alice, tagged("red")).unwrap();
}

#[test]
fn policies_about_a_target_see_its_path_and_its_tags() {
    let mut world = World::new();
    let make = wire::CreateUserRequest {
        tags: Some(vec![tag("team", "red")]),
        ..user("bob", "/staff/")
    };
    world.run::<CreateUser>(&World::root(A), make).unwrap();
    let alice = world.user("alice");
    let get = || wire::GetUserRequest {
        user_name: text("bob"),
    };
    world.allow(
        A,
        "alice",
        r#"{"Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam::*:user/staff/*"}"#,
    );
    world.run::<GetUser>(&alice, get()).unwrap();
    for (key, value, allowed) in [
        ("iam:ResourceTag/team", "red", true),
        ("aws:ResourceTag/Team", "red", true),
        ("aws:ResourceTag/team", "blue", false),
    ] {
        let condition = format!(
            r#"{{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{{"StringEquals":{{"{key}":"{value}"}}}}}}"#
        );
        world.allow(A, "alice", &condition);
        assert_eq!(
            world.run::<GetUser>(&alice, get()).is_ok(),
            allowed,
            "{key}={value}"
        );
    }
}

#[test]
fn each_answer_shows_of_a_role_what_awss_does() {
    let mut world = World::new();
    let root = World::root(A);
    let make = wire::CreateRoleRequest {
        role_name: text("app"),
        assume_role_policy_document: Some(document(&trusting(A))),
        max_session_duration: Some(7200),
        tags: Some(vec![tag("team", "red")]),
        ..Default::default()
    };
    let made = world
        .run::<CreateRole>(&root, make.clone())
        .unwrap()
        .role
        .unwrap();
    assert_eq!((made.max_session_duration, made.role_last_used), (None, None));
    assert!(
        made.assume_role_policy_document
            .unwrap()
            .starts_with("%7B%22Version%22%3A%222012-10-17%22")
    );
    let get = wire::GetRoleRequest {
        role_name: text("app"),
    };
    let shown = world.run::<GetRole>(&root, get).unwrap().role.unwrap();
    assert_eq!(shown.max_session_duration, Some(7200));
    assert_eq!(shown.role_last_used, Some(Default::default()));
    assert_eq!(shown.tags, Some(vec![tag("team", "red")]));
    let listed = world
        .run::<ListRoles>(&root, Default::default())
        .unwrap()
        .roles
        .unwrap();
    assert_eq!(listed[0].max_session_duration, Some(7200));
    assert_eq!((&listed[0].role_last_used, &listed[0].tags), (&None, &None));
    assert_eq!(
        world.refused::<CreateRole>(&root, make),
        "EntityAlreadyExists: Role with name app already exists."
    );
}

#[test]
fn a_new_trust_policy_takes_the_place_of_the_old() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.role("app", &trusting(B)).unwrap();
    world.assume(&alice, "app", Default::default()).unwrap_err();
    let update = |policy: String| wire::UpdateAssumeRolePolicyRequest {
        role_name: text("app"),
        policy_document: Some(policy),
    };
    let trust = document(&trusting("arn:aws:iam::111122223333:user/alice"));
    world
        .run::<UpdateAssumeRolePolicy>(&World::root(A), update(trust))
        .unwrap();
    world.assume(&alice, "app", Default::default()).unwrap();
    for (policy, refusal) in [
        (
            "{".to_owned(),
            "MalformedPolicyDocument: This policy contains invalid Json",
        ),
        (
            document(&trusting(A).replace("\"Action\"", r#""Resource":"*","Action""#)),
            "MalformedPolicyDocument: Has prohibited field Resource",
        ),
        (
            document(&vec![trusting(A); 30].join(",")),
            "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048",
        ),
    ] {
        assert_eq!(
            world.refused::<UpdateAssumeRolePolicy>(&World::root(A), update(policy)),
            refusal
        );
    }
}

#[test]
fn an_inline_policy_is_written_read_listed_and_deleted() {
    let mut world = World::new();
    let root = World::root(A);
    world.role("app", &trusting(A)).unwrap();
    world
        .run::<PutRolePolicy>(&root, put(&allowing("iam:*")))
        .unwrap();
    let get = wire::GetRolePolicyRequest {
        role_name: text("app"),
        policy_name: text("p"),
    };
    let shown = world.run::<GetRolePolicy>(&root, get.clone()).unwrap();
    let written = document(&allowing("iam:*"));
    assert_eq!(
        shown.policy_document,
        Some(kagiban_aws::wire::query::percent_encode(&written))
    );
    let list = wire::ListRolePoliciesRequest {
        role_name: text("app"),
        ..Default::default()
    };
    let names = world.run::<ListRolePolicies>(&root, list).unwrap().policy_names;
    assert_eq!(names, Some(vec!["p".to_owned()]));
    let delete = wire::DeleteRolePolicyRequest {
        role_name: text("app"),
        policy_name: text("p"),
    };
    world.run::<DeleteRolePolicy>(&root, delete).unwrap();
    assert_eq!(
        world.refused::<GetRolePolicy>(&root, get),
        "NoSuchEntity: The role policy with name p cannot be found."
    );
}

#[test]
fn inline_policies_together_have_a_limit() {
    let mut world = World::new();
    let root = World::root(A);
    world.role("app", &trusting(A)).unwrap();
    let actions = vec![r#""iam:GetUser""#; 1000].join(",");
    let large = format!(r#"{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}"#);
    assert_eq!(
        world.refused::<PutRolePolicy>(&root, put(&large)),
        "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role app"
    );
}

#[test]
fn white_space_counts_for_what_a_record_holds() {
    let mut world = World::new();
    let root = World::root(A);
    let lines = "\n".repeat(40_000);
    world.role("app", &format!("{lines}{}", trusting(A))).unwrap();
    let named = |name: &str| wire::PutRolePolicyRequest {
        policy_name: text(name),
        ..put(&format!("{lines}{}", allowing("*")))
    };
    world.run::<PutRolePolicy>(&root, named("p")).unwrap();
    assert!(
        world
            .refused::<PutRolePolicy>(&root, named("q"))
            .starts_with("LimitExceeded: Maximum policy size")
    );
}

#[test]
fn whoever_is_not_there_is_said_in_awss_words() {
    let mut world = World::new();
    let root = World::root(A);
    assert_eq!(
        world.refused::<GetRole>(&root, wire::GetRoleRequest { role_name: text("x") }),
        "NoSuchEntity: The role with name x cannot be found."
    );
    assert_eq!(
        world.refused::<GetUser>(&root, wire::GetUserRequest { user_name: text("x") }),
        "NoSuchEntity: The user with name x cannot be found."
    );
    assert_eq!(
        world.refused::<PutRolePolicy>(&root, put(&allowing("*")).clone()),
        "NoSuchEntity: The role with name app cannot be found."
    );
}

#[test]
fn an_account_sees_nothing_of_another() {
    let mut world = World::new();
    world.user("alice");
    let get = wire::GetUserRequest {
        user_name: text("alice"),
    };
    assert_eq!(
        world.refused::<GetUser>(&World::root(B), get),
        "NoSuchEntity: The user with name alice cannot be found."
    );
}
