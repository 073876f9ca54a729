//! Operations on roles.

use super::{POLICY, text};
use crate::operations::*;
use crate::testing::{A, Credentials, World, allowing, document, trusting};
use crate::{Operation as _, wire};

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    denials! { world, who:
        CreateRole(CreateRoleRequest { role_name: text("app"), assume_role_policy_document: Some(document(&trusting(A))) }) on "role/app";
        GetRole(GetRoleRequest { role_name: text("app") }) on "role/app";
        ListRoles(ListRolesRequest {  }) on "role/";
        DeleteRole(DeleteRoleRequest { role_name: text("app") }) on "role/app";
        UpdateRole(UpdateRoleRequest { role_name: text("app") }) on "role/app";
        UpdateRoleDescription(UpdateRoleDescriptionRequest { role_name: text("app"), description: text("d") }) on "role/app";
        TagRole(TagRoleRequest { role_name: text("app") }) on "role/app";
        UntagRole(UntagRoleRequest { role_name: text("app") }) on "role/app";
        ListRoleTags(ListRoleTagsRequest { role_name: text("app") }) on "role/app";
        UpdateAssumeRolePolicy(UpdateAssumeRolePolicyRequest { role_name: text("app"), policy_document: Some(document(&trusting(A))) }) on "role/app";
        AttachRolePolicy(AttachRolePolicyRequest { role_name: text("app"), policy_arn: text(POLICY) }) on "role/app";
        DetachRolePolicy(DetachRolePolicyRequest { role_name: text("app"), policy_arn: text(POLICY) }) on "role/app";
        ListAttachedRolePolicies(ListAttachedRolePoliciesRequest { role_name: text("app") }) on "role/app";
        PutRolePolicy(PutRolePolicyRequest { role_name: text("app"), policy_name: text("p"), policy_document: Some(document(&allowing("*"))) }) on "role/app";
        GetRolePolicy(GetRolePolicyRequest { role_name: text("app"), policy_name: text("p") }) on "role/app";
        ListRolePolicies(ListRolePoliciesRequest { role_name: text("app") }) on "role/app";
        PutRolePermissionsBoundary(PutRolePermissionsBoundaryRequest { role_name: text("app"), permissions_boundary: text(POLICY) }) on "role/app";
        DeleteRolePermissionsBoundary(DeleteRolePermissionsBoundaryRequest { role_name: text("app") }) on "role/app";
        DeleteRolePolicy(DeleteRolePolicyRequest { role_name: text("app"), policy_name: text("p") }) on "role/app";
    }
}
