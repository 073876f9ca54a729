//! Every operation is refused to those without rights, and names what they lack.

#![expect(clippy::needless_update, reason = "some requests are given in full")]

use crate::operations::*;
use crate::testing::{A, World, allowing, document, trusting};
use crate::{Operation as _, wire};

const POLICY: &str = "arn:aws:iam::111122223333:policy/p";

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// What a user without rights is told, and the operations that were tried.
macro_rules! denials {
    ($world:ident, $who:ident: $($Operation:ident($Request:ident { $($member:ident: $value:expr),* $(,)? }) on $resource:literal;)*) => {
        [$({
            let request = wire::$Request { $($member: $value,)* ..Default::default() };
            let action = $Operation::ACTION;
            let expected = format!(
                "AccessDenied: User: arn:aws:iam::{A}:user/alice is not authorized to perform: {action} on resource: arn:aws:iam::{A}:{} because no identity-based policy allows the {action} action",
                $resource
            );
            assert_eq!($world.refused::<$Operation>(&$who, request), expected);
            action
        }),*]
    };
}

#[test]
fn every_operation_is_denied_by_default_on_its_own_resource() {
    let mut world = World::new();
    let alice = world.user("alice");
    let tried = denials! { world, alice:
        CreateUser(CreateUserRequest { user_name: text("bob") }) on "user/bob";
        GetUser(GetUserRequest { user_name: text("bob") }) on "user/bob";
        ListUsers(ListUsersRequest {  }) on "user/";
        DeleteUser(DeleteUserRequest { user_name: text("bob") }) on "user/bob";
        CreateAccessKey(CreateAccessKeyRequest { user_name: text("bob") }) on "user/bob";
        ListAccessKeys(ListAccessKeysRequest { user_name: text("bob") }) on "user/bob";
        UpdateAccessKey(UpdateAccessKeyRequest { user_name: text("bob"), access_key_id: text("AKIAIOSFODNN7EXAMPLE"), status: text("Inactive") }) on "user/bob";
        DeleteAccessKey(DeleteAccessKeyRequest { user_name: text("bob"), access_key_id: text("AKIAIOSFODNN7EXAMPLE") }) on "user/bob";
        CreateRole(CreateRoleRequest { role_name: text("app"), assume_role_policy_document: Some(document(&trusting(A))) }) on "role/app";
        GetRole(GetRoleRequest { role_name: text("app") }) on "role/app";
        ListRoles(ListRolesRequest {  }) on "role/";
        DeleteRole(DeleteRoleRequest { role_name: text("app") }) on "role/app";
        UpdateAssumeRolePolicy(UpdateAssumeRolePolicyRequest { role_name: text("app"), policy_document: Some(document(&trusting(A))) }) on "role/app";
        CreatePolicy(CreatePolicyRequest { policy_name: text("p"), policy_document: Some(document(&allowing("*"))) }) on "policy/p";
        GetPolicy(GetPolicyRequest { policy_arn: text(POLICY) }) on "policy/p";
        GetPolicyVersion(GetPolicyVersionRequest { policy_arn: text(POLICY), version_id: text("v1") }) on "policy/p";
        ListPolicies(ListPoliciesRequest {  }) on "policy/";
        ListPolicyVersions(ListPolicyVersionsRequest { policy_arn: text(POLICY) }) on "policy/p";
        DeletePolicy(DeletePolicyRequest { policy_arn: text(POLICY) }) on "policy/p";
        AttachRolePolicy(AttachRolePolicyRequest { role_name: text("app"), policy_arn: text(POLICY) }) on "role/app";
        DetachRolePolicy(DetachRolePolicyRequest { role_name: text("app"), policy_arn: text(POLICY) }) on "role/app";
        ListAttachedRolePolicies(ListAttachedRolePoliciesRequest { role_name: text("app") }) on "role/app";
        AttachUserPolicy(AttachUserPolicyRequest { user_name: text("bob"), policy_arn: text(POLICY) }) on "user/bob";
        DetachUserPolicy(DetachUserPolicyRequest { user_name: text("bob"), policy_arn: text(POLICY) }) on "user/bob";
        ListAttachedUserPolicies(ListAttachedUserPoliciesRequest { user_name: text("bob") }) on "user/bob";
        PutRolePolicy(PutRolePolicyRequest { role_name: text("app"), policy_name: text("p"), policy_document: Some(document(&allowing("*"))) }) on "role/app";
        GetRolePolicy(GetRolePolicyRequest { role_name: text("app"), policy_name: text("p") }) on "role/app";
        ListRolePolicies(ListRolePoliciesRequest { role_name: text("app") }) on "role/app";
        DeleteRolePolicy(DeleteRolePolicyRequest { role_name: text("app"), policy_name: text("p") }) on "role/app";
        PutUserPolicy(PutUserPolicyRequest { user_name: text("bob"), policy_name: text("p"), policy_document: Some(document(&allowing("*"))) }) on "user/bob";
        GetUserPolicy(GetUserPolicyRequest { user_name: text("bob"), policy_name: text("p") }) on "user/bob";
        ListUserPolicies(ListUserPoliciesRequest { user_name: text("bob") }) on "user/bob";
        DeleteUserPolicy(DeleteUserPolicyRequest { user_name: text("bob"), policy_name: text("p") }) on "user/bob";
        CreateInstanceProfile(CreateInstanceProfileRequest { instance_profile_name: text("web") }) on "instance-profile/web";
        GetInstanceProfile(GetInstanceProfileRequest { instance_profile_name: text("web") }) on "instance-profile/web";
        ListInstanceProfiles(ListInstanceProfilesRequest {  }) on "instance-profile/";
        ListInstanceProfilesForRole(ListInstanceProfilesForRoleRequest { role_name: text("app") }) on "role/app";
        DeleteInstanceProfile(DeleteInstanceProfileRequest { instance_profile_name: text("web") }) on "instance-profile/web";
        AddRoleToInstanceProfile(AddRoleToInstanceProfileRequest { instance_profile_name: text("web"), role_name: text("app") }) on "instance-profile/web";
        RemoveRoleFromInstanceProfile(RemoveRoleFromInstanceProfileRequest { instance_profile_name: text("web"), role_name: text("app") }) on "instance-profile/web";
    };
    let mut tried: Vec<&str> = tried
        .iter()
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
