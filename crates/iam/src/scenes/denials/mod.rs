//! Every operation is refused to those without rights, and names what they lack.

#![expect(clippy::needless_update, reason = "some requests are given in full")]

/// What a user without rights is told, and the operations that were tried.
macro_rules! denials {
    ($world:ident, $who:ident: $($Operation:ident($Request:ident { $($member:ident: $value:expr),* $(,)? }) on $resource:literal;)*) => {
        vec![$({
            let request = wire::$Request { $($member: $value,)* ..Default::default() };
            let action = $Operation::ACTION;
            let expected = format!(
                "AccessDenied: User: arn:aws:iam::{A}:user/alice is not authorized to perform: {action} on resource: arn:aws:iam::{A}:{} because no identity-based policy allows the {action} action",
                $resource
            );
            assert_eq!($world.refused::<$Operation>($who, request), expected);
            action
        }),*]
    };
}

mod access_keys;
mod account;
mod groups;
mod instance_profiles;
mod mfa;
mod passwords;
mod policies;
mod providers;
mod roles;
mod service_linked_roles;
mod simulation;
mod stubs;
mod users;

use crate::operations::*;
use crate::testing::{A, Credentials, World, allowing};
use crate::{Operation, View, wire};

const POLICY: &str = "arn:aws:iam::111122223333:policy/p";

/// As [`denials`], for an operation that is on no resource of its own.
fn denied_on_anything<O>(world: &mut World, who: &Credentials, request: O::Wire) -> &'static str
where
    O: for<'v> Operation<View<'v> = View<'v>>,
{
    let action = O::ACTION;
    let expected = format!(
        "AccessDenied: User: arn:aws:iam::{A}:user/alice is not authorized to perform: {action} on resource: * because no identity-based policy allows the {action} action",
    );
    assert_eq!(world.refused::<O>(who, request), expected);
    action
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn every_operation_is_denied_by_default_on_its_own_resource() {
    let mut world = World::new();
    let alice = world.user("alice");
    let groups = [
        access_keys::tried,
        account::tried,
        groups::tried,
        instance_profiles::tried,
        mfa::tried,
        passwords::tried,
        policies::tried,
        providers::tried,
        roles::tried,
        service_linked_roles::tried,
        stubs::tried,
        simulation::tried,
        users::tried,
    ];
    let mut tried: Vec<&str> = groups
        .iter()
        .flat_map(|tried| tried(&mut world, &alice))
        .map(|action| action.trim_start_matches("iam:"))
        .collect();
    let mut served = wire::OPERATIONS.to_vec();
    tried.sort_unstable();
    served.sort_unstable();
    assert_eq!(tried, served);
}

#[test]
fn putting_a_role_into_a_profile_needs_the_permission_to_pass_it() {
    let mut world = World::new();
    let alice = world.user("alice");
    world.allow(A, "alice", &allowing("iam:AddRoleToInstanceProfile"));
    let add = wire::AddRoleToInstanceProfileRequest {
        instance_profile_name: text("web"),
        role_name: text("app"),
    };
    let refused = world.refused::<AddRoleToInstanceProfile>(&alice, add);
    assert!(
        refused.contains("iam:PassRole on resource: arn:aws:iam::111122223333:role/app"),
        "{refused}"
    );
}

#[test]
fn who_may_attach_one_policy_may_not_attach_another() {
    let mut world = World::new();
    let alice = world.user("alice");
    let statement = r#"{"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}}"#;
    world.allow(A, "alice", statement);
    let attach = |name: &str| wire::AttachUserPolicyRequest {
        user_name: text("alice"),
        policy_arn: Some(format!("arn:aws:iam::aws:policy/{name}")),
    };
    world
        .run::<AttachUserPolicy>(&alice, attach("ReadOnlyAccess"))
        .unwrap();
    world.refused::<AttachUserPolicy>(&alice, attach("AdministratorAccess"));
}
