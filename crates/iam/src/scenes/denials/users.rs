//! Operations on users.

use super::{POLICY, text};
use crate::operations::*;
use crate::testing::{A, Credentials, World, allowing, document};
use crate::{Operation as _, wire};

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    denials! { world, who:
        CreateUser(CreateUserRequest { user_name: text("bob") }) on "user/bob";
        GetUser(GetUserRequest { user_name: text("bob") }) on "user/bob";
        ListUsers(ListUsersRequest {  }) on "user/";
        DeleteUser(DeleteUserRequest { user_name: text("bob") }) on "user/bob";
        AttachUserPolicy(AttachUserPolicyRequest { user_name: text("bob"), policy_arn: text(POLICY) }) on "user/bob";
        DetachUserPolicy(DetachUserPolicyRequest { user_name: text("bob"), policy_arn: text(POLICY) }) on "user/bob";
        ListAttachedUserPolicies(ListAttachedUserPoliciesRequest { user_name: text("bob") }) on "user/bob";
        PutUserPolicy(PutUserPolicyRequest { user_name: text("bob"), policy_name: text("p"), policy_document: Some(document(&allowing("*"))) }) on "user/bob";
        GetUserPolicy(GetUserPolicyRequest { user_name: text("bob"), policy_name: text("p") }) on "user/bob";
        ListUserPolicies(ListUserPoliciesRequest { user_name: text("bob") }) on "user/bob";
        DeleteUserPolicy(DeleteUserPolicyRequest { user_name: text("bob"), policy_name: text("p") }) on "user/bob";
        UpdateUser(UpdateUserRequest { user_name: text("bob"), new_user_name: text("rob") }) on "user/bob";
        PutUserPermissionsBoundary(PutUserPermissionsBoundaryRequest { user_name: text("bob"), permissions_boundary: text(POLICY) }) on "user/bob";
        DeleteUserPermissionsBoundary(DeleteUserPermissionsBoundaryRequest { user_name: text("bob") }) on "user/bob";
        TagUser(TagUserRequest { user_name: text("bob"), tags: Some(Vec::new()) }) on "user/bob";
        UntagUser(UntagUserRequest { user_name: text("bob"), tag_keys: Some(Vec::new()) }) on "user/bob";
        ListUserTags(ListUserTagsRequest { user_name: text("bob") }) on "user/bob";
    }
}
