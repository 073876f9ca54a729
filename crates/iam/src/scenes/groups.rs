use crate::operations::{
    AddUserToGroup, AttachGroupPolicy, CreateGroup, CreateUser, DeleteGroup, DeleteGroupPolicy, DeletePolicy,
    DeleteUser, DetachGroupPolicy, GetGroup, GetPolicy, ListAttachedGroupPolicies, ListGroups,
    ListGroupsForUser, ListUsers, PutGroupPolicy, RemoveUserFromGroup, UpdateGroup,
};
use crate::testing::{A, Credentials, World, allowing, document};
use crate::wire;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";

fn text(name: &str) -> Option<String> {
    Some(name.to_owned())
}

impl World {
    fn group(&mut self, name: &str) -> wire::Group {
        let make = wire::CreateGroupRequest {
            group_name: text(name),
            path: text("/team/"),
        };
        let made = self.run::<CreateGroup>(&World::root(A), make).unwrap();
        made.group.unwrap()
    }

    fn join(&mut self, group: &str, user: &str) {
        self.run::<AddUserToGroup>(&World::root(A), joining(group, user))
            .unwrap();
    }

    fn may_list_users(&mut self, who: &Credentials) -> Result<(), String> {
        let list = wire::ListUsersRequest::default();
        let listed = self.run::<ListUsers>(who, list);
        listed.map(drop).map_err(|fault| fault.message.unwrap().into())
    }
}

fn joining(group: &str, user: &str) -> wire::AddUserToGroupRequest {
    wire::AddUserToGroupRequest {
        group_name: text(group),
        user_name: text(user),
    }
}

fn leaving(group: &str, user: &str) -> wire::RemoveUserFromGroupRequest {
    wire::RemoveUserFromGroupRequest {
        group_name: text(group),
        user_name: text(user),
    }
}

fn putting(group: &str, statement: &str) -> wire::PutGroupPolicyRequest {
    wire::PutGroupPolicyRequest {
        group_name: text(group),
        policy_name: text("p"),
        policy_document: Some(document(statement)),
    }
}

fn renaming(group: &str, to: &str) -> wire::UpdateGroupRequest {
    wire::UpdateGroupRequest {
        group_name: text(group),
        new_group_name: text(to),
        new_path: text("/"),
    }
}

fn deleting(group: &str) -> wire::DeleteGroupRequest {
    wire::DeleteGroupRequest {
        group_name: text(group),
    }
}

fn attaching(group: &str, arn: &str) -> wire::AttachGroupPolicyRequest {
    wire::AttachGroupPolicyRequest {
        group_name: text(group),
        policy_arn: text(arn),
    }
}

fn detaching(group: &str, arn: &str) -> wire::DetachGroupPolicyRequest {
    wire::DetachGroupPolicyRequest {
        group_name: text(group),
        policy_arn: text(arn),
    }
}

#[test]
fn what_a_group_may_its_members_may_as_long_as_they_are_in_it() {
    let mut world = World::new();
    let root = World::root(A);
    let alice = world.user("alice");
    world.group("devs");
    world
        .run::<AttachGroupPolicy>(&root, attaching("devs", READ_ONLY))
        .unwrap();
    world.may_list_users(&alice).unwrap_err();
    world.join("devs", "alice");
    world.may_list_users(&alice).unwrap();
    world
        .run::<DetachGroupPolicy>(&root, detaching("devs", READ_ONLY))
        .unwrap();
    world.may_list_users(&alice).unwrap_err();
    world
        .run::<PutGroupPolicy>(&root, putting("devs", &allowing("iam:*")))
        .unwrap();
    world.may_list_users(&alice).unwrap();
    world
        .run::<RemoveUserFromGroup>(&root, leaving("devs", "alice"))
        .unwrap();
    world.may_list_users(&alice).unwrap_err();
}

#[test]
fn a_groups_deny_reaches_its_members_at_once_and_goes_with_the_membership() {
    let mut world = World::new();
    let root = World::root(A);
    let alice = world.user("alice");
    world.allow(A, "alice", &allowing("*"));
    world.group("locked");
    world.join("locked", "alice");
    world.may_list_users(&alice).unwrap();
    let deny = r#"{"Effect":"Deny","Action":"iam:List*","Resource":"*"}"#;
    world
        .run::<PutGroupPolicy>(&root, putting("locked", deny))
        .unwrap();
    assert_eq!(
        world.may_list_users(&alice).unwrap_err(),
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::111122223333:user/ with an explicit deny in an identity-based policy"
    );
    world
        .run::<RemoveUserFromGroup>(&root, leaving("locked", "alice"))
        .unwrap();
    world.may_list_users(&alice).unwrap();
}

#[test]
fn a_group_shows_its_users_in_pages_and_a_user_its_groups() {
    let mut world = World::new();
    let root = World::root(A);
    for group in ["ops", "Devs"] {
        world.group(group);
    }
    for user in ["carol", "Bob", "alice"] {
        world.user(user);
        world.join("devs", user);
    }
    world.join("ops", "bob");
    let mut names = Vec::new();
    let mut marker = None;
    loop {
        let get = wire::GetGroupRequest {
            group_name: text("devs"),
            max_items: Some(2),
            marker,
        };
        let page = world.run::<GetGroup>(&root, get).unwrap();
        assert_eq!(
            page.group.unwrap().arn.unwrap(),
            "arn:aws:iam::111122223333:group/team/Devs"
        );
        names.extend(page.users.unwrap().into_iter().filter_map(|user| user.user_name));
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(names, ["alice", "Bob", "carol"]);
    let list = wire::ListGroupsForUserRequest {
        user_name: text("bob"),
        ..Default::default()
    };
    let listed = world.run::<ListGroupsForUser>(&root, list).unwrap();
    let names: Vec<_> = listed.groups.unwrap().into_iter().map(|g| g.group_name).collect();
    assert_eq!(names, [text("Devs"), text("ops")]);
}

#[test]
fn groups_are_listed_by_the_beginning_of_their_path() {
    let mut world = World::new();
    let root = World::root(A);
    world.group("devs");
    let make = wire::CreateGroupRequest {
        group_name: text("all"),
        path: None,
    };
    world.run::<CreateGroup>(&root, make).unwrap();
    let mut names = |prefix: &str| -> Vec<String> {
        let list = wire::ListGroupsRequest {
            path_prefix: text(prefix),
            ..Default::default()
        };
        let listed = world.run::<ListGroups>(&root, list).unwrap();
        let groups = listed.groups.unwrap().into_iter();
        groups.filter_map(|group| group.group_name).collect()
    };
    assert_eq!(names("/"), ["all", "devs"]);
    assert_eq!(names("/te"), ["devs"]);
}

#[test]
fn joining_twice_is_joining_once_and_leaving_twice_is_an_error() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    world.group("devs");
    world.join("devs", "alice");
    world.join("DEVS", "Alice");
    world
        .run::<RemoveUserFromGroup>(&root, leaving("devs", "alice"))
        .unwrap();
    let again = world.refused::<RemoveUserFromGroup>(&root, leaving("devs", "alice"));
    assert!(again.starts_with("NoSuchEntity: "), "{again}");
    assert_eq!(
        world.refused::<AddUserToGroup>(&root, joining("nobody", "alice")),
        "NoSuchEntity: The group with name nobody cannot be found."
    );
    assert_eq!(
        world.refused::<AddUserToGroup>(&root, joining("devs", "nobody")),
        "NoSuchEntity: The user with name nobody cannot be found."
    );
}

#[test]
fn a_user_is_in_ten_groups_and_no_more() {
    let mut world = World::new();
    world.user("alice");
    for n in 0..10 {
        world.group(&format!("g{n}"));
        world.join(&format!("g{n}"), "alice");
    }
    world.join("g0", "alice");
    world.group("g10");
    assert_eq!(
        world.refused::<AddUserToGroup>(&World::root(A), joining("g10", "alice")),
        "LimitExceeded: Cannot exceed quota for GroupsPerUser: 10"
    );
}

#[test]
fn an_account_has_three_hundred_groups_and_no_more() {
    let mut world = World::new();
    for n in 0..300 {
        world.group(&format!("g{n}"));
    }
    let make = |name: &str| wire::CreateGroupRequest {
        group_name: text(name),
        path: None,
    };
    assert_eq!(
        world.refused::<CreateGroup>(&World::root(A), make("g300")),
        "LimitExceeded: Cannot exceed quota for GroupsPerAccount: 300"
    );
    assert_eq!(
        world.refused::<CreateGroup>(&World::root(A), make("G7")),
        "EntityAlreadyExists: Group with name G7 already exists."
    );
}

#[test]
fn a_group_takes_ten_policies_and_no_more() {
    let mut world = World::new();
    let root = World::root(A);
    world.group("devs");
    let arns = crate::managed_policies::all()
        .filter(|policy| !policy.is_services())
        .map(|policy| policy.arn().to_string());
    let arns: Vec<String> = arns.take(11).collect();
    for arn in &arns[..10] {
        world
            .run::<AttachGroupPolicy>(&root, attaching("devs", arn))
            .unwrap();
    }
    assert_eq!(
        world.refused::<AttachGroupPolicy>(&root, attaching("devs", &arns[10])),
        "LimitExceeded: Cannot exceed quota for PoliciesPerGroup: 10"
    );
}

#[test]
fn a_group_goes_only_when_nothing_is_left() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    world.group("devs");
    world.join("devs", "alice");
    world
        .run::<AttachGroupPolicy>(&root, attaching("devs", READ_ONLY))
        .unwrap();
    world
        .run::<PutGroupPolicy>(&root, putting("devs", &allowing("*")))
        .unwrap();
    let conflict = |world: &mut World| world.refused::<DeleteGroup>(&root, deleting("devs"));
    assert_eq!(
        conflict(&mut world),
        "DeleteConflict: Cannot delete entity, must remove users from group first."
    );
    world
        .run::<RemoveUserFromGroup>(&root, leaving("devs", "alice"))
        .unwrap();
    assert_eq!(
        conflict(&mut world),
        "DeleteConflict: Cannot delete entity, must detach all policies first."
    );
    world
        .run::<DetachGroupPolicy>(&root, detaching("devs", READ_ONLY))
        .unwrap();
    assert_eq!(
        conflict(&mut world),
        "DeleteConflict: Cannot delete entity, must delete policies first."
    );
    let delete = wire::DeleteGroupPolicyRequest {
        group_name: text("devs"),
        policy_name: text("p"),
    };
    world.run::<DeleteGroupPolicy>(&root, delete.clone()).unwrap();
    assert_eq!(
        world.refused::<DeleteGroupPolicy>(&root, delete),
        "NoSuchEntity: The group policy with name p cannot be found."
    );
    world.run::<DeleteGroup>(&root, deleting("devs")).unwrap();
    assert_eq!(
        world.refused::<DeleteGroup>(&root, deleting("devs")),
        "NoSuchEntity: The group with name devs cannot be found."
    );
}

#[test]
fn a_user_in_a_group_stays() {
    let mut world = World::new();
    let root = World::root(A);
    let make = wire::CreateUserRequest {
        user_name: text("alice"),
        ..Default::default()
    };
    world.run::<CreateUser>(&root, make).unwrap();
    world.group("devs");
    world.join("devs", "alice");
    let delete = wire::DeleteUserRequest {
        user_name: text("alice"),
    };
    assert_eq!(
        world.refused::<DeleteUser>(&root, delete.clone()),
        "DeleteConflict: Cannot delete entity, must remove users from group first."
    );
    world
        .run::<RemoveUserFromGroup>(&root, leaving("devs", "alice"))
        .unwrap();
    world.run::<DeleteUser>(&root, delete).unwrap();
}

#[test]
fn deleting_a_group_or_a_user_loses_against_joining_meanwhile_and_the_other_way_round() {
    let root = World::root(A);
    let delete_user = || wire::DeleteUserRequest {
        user_name: text("alice"),
    };
    let scene = || {
        let mut world = World::new();
        let make = wire::CreateUserRequest {
            user_name: text("alice"),
            ..Default::default()
        };
        world.run::<CreateUser>(&root, make).unwrap();
        world.group("devs");
        world
    };
    let mut world = scene();
    let (_, group) = world.decide::<DeleteGroup>(&root, deleting("devs")).unwrap();
    let (_, user) = world.decide::<DeleteUser>(&root, delete_user()).unwrap();
    world.join("devs", "alice");
    assert!(!world.commit(&group));
    assert!(!world.commit(&user));

    for goes_first in ["group", "user"] {
        let mut world = scene();
        let (_, join) = world
            .decide::<AddUserToGroup>(&root, joining("devs", "alice"))
            .unwrap();
        match goes_first {
            "group" => drop(world.run::<DeleteGroup>(&root, deleting("devs")).unwrap()),
            _ => drop(world.run::<DeleteUser>(&root, delete_user()).unwrap()),
        }
        assert!(!world.commit(&join), "{goes_first}");
    }
}

#[test]
fn several_join_a_group_at_once() {
    let mut world = World::new();
    let root = World::root(A);
    world.user("alice");
    world.user("bob");
    world.group("devs");
    let (_, alice) = world
        .decide::<AddUserToGroup>(&root, joining("devs", "alice"))
        .unwrap();
    let (_, bob) = world
        .decide::<AddUserToGroup>(&root, joining("devs", "bob"))
        .unwrap();
    assert!(world.commit(&alice));
    assert!(world.commit(&bob));
}

#[test]
fn a_renamed_group_keeps_its_id_its_users_and_its_policies() {
    let mut world = World::new();
    let root = World::root(A);
    let make = wire::CreatePolicyRequest {
        policy_name: text("list"),
        policy_document: Some(document(&allowing("iam:ListUsers"))),
        ..Default::default()
    };
    let policy = world
        .run::<crate::operations::CreatePolicy>(&root, make)
        .unwrap()
        .policy
        .unwrap();
    let arn = policy.arn.unwrap();
    let alice = world.user("alice");
    let made = world.group("devs");
    world.join("devs", "alice");
    world
        .run::<AttachGroupPolicy>(&root, attaching("devs", &arn))
        .unwrap();
    world
        .run::<UpdateGroup>(&root, renaming("devs", "Engineers"))
        .unwrap();

    world.may_list_users(&alice).unwrap();
    let get = |name: &str| wire::GetGroupRequest {
        group_name: text(name),
        ..Default::default()
    };
    let got = world.run::<GetGroup>(&root, get("engineers")).unwrap();
    let group = got.group.unwrap();
    assert_eq!(group.group_id, made.group_id);
    assert_eq!(group.arn.unwrap(), "arn:aws:iam::111122223333:group/Engineers");
    assert_eq!(got.users.unwrap().len(), 1);
    world.refused::<GetGroup>(&root, get("devs"));

    // The mark went along: another group of the old name does not hold the policy.
    let delete_policy = wire::DeletePolicyRequest {
        policy_arn: Some(arn.clone()),
    };
    world.group("devs");
    world.refused::<DeletePolicy>(&root, delete_policy.clone());
    world
        .run::<DetachGroupPolicy>(&root, detaching("engineers", &arn))
        .unwrap();
    let shown = world
        .run::<GetPolicy>(
            &root,
            wire::GetPolicyRequest {
                policy_arn: Some(arn.clone()),
            },
        )
        .unwrap();
    assert_eq!(shown.policy.unwrap().attachment_count, Some(0));
    world.run::<DeletePolicy>(&root, delete_policy).unwrap();
    let list = wire::ListAttachedGroupPoliciesRequest {
        group_name: text("engineers"),
        ..Default::default()
    };
    let attached = world.run::<ListAttachedGroupPolicies>(&root, list).unwrap();
    assert_eq!(attached.attached_policies, Some(Vec::new()));
}

#[test]
fn a_group_takes_no_name_that_another_has_but_other_letters_of_its_own() {
    let mut world = World::new();
    let root = World::root(A);
    world.group("devs");
    world.group("ops");
    assert_eq!(
        world.refused::<UpdateGroup>(&root, renaming("devs", "OPS")),
        "EntityAlreadyExists: Group with name OPS already exists."
    );
    world.run::<UpdateGroup>(&root, renaming("devs", "DEVS")).unwrap();
    assert_eq!(
        world.refused::<UpdateGroup>(&root, renaming("nobody", "x")),
        "NoSuchEntity: The group with name nobody cannot be found."
    );
}

#[test]
fn renaming_needs_the_right_to_what_there_is_and_to_what_there_will_be() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.group("devs");
    world.allow(
        A,
        "alice",
        r#"{"Effect":"Allow","Action":"iam:UpdateGroup","Resource":["arn:aws:iam::111122223333:group/team/devs","arn:aws:iam::111122223333:group/x*"]}"#,
    );
    let refused = world.refused::<UpdateGroup>(&alice, renaming("devs", "admins"));
    assert!(
        refused.contains("on resource: arn:aws:iam::111122223333:group/admins "),
        "{refused}"
    );
    world.run::<UpdateGroup>(&alice, renaming("devs", "x1")).unwrap();
}
