//! Operations on groups.

use super::{POLICY, text};
use crate::operations::*;
use crate::testing::{A, Credentials, World, allowing, document};
use crate::{Operation as _, wire};

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    denials! { world, who:
        CreateGroup(CreateGroupRequest { group_name: text("devs") }) on "group/devs";
        GetGroup(GetGroupRequest { group_name: text("devs") }) on "group/devs";
        ListGroups(ListGroupsRequest {  }) on "group/";
        UpdateGroup(UpdateGroupRequest { group_name: text("devs"), new_group_name: text("ops") }) on "group/devs";
        DeleteGroup(DeleteGroupRequest { group_name: text("devs") }) on "group/devs";
        AddUserToGroup(AddUserToGroupRequest { group_name: text("devs"), user_name: text("alice") }) on "group/devs";
        RemoveUserFromGroup(RemoveUserFromGroupRequest { group_name: text("devs"), user_name: text("alice") }) on "group/devs";
        ListGroupsForUser(ListGroupsForUserRequest { user_name: text("bob") }) on "user/bob";
        AttachGroupPolicy(AttachGroupPolicyRequest { group_name: text("devs"), policy_arn: text(POLICY) }) on "group/devs";
        DetachGroupPolicy(DetachGroupPolicyRequest { group_name: text("devs"), policy_arn: text(POLICY) }) on "group/devs";
        ListAttachedGroupPolicies(ListAttachedGroupPoliciesRequest { group_name: text("devs") }) on "group/devs";
        PutGroupPolicy(PutGroupPolicyRequest { group_name: text("devs"), policy_name: text("p"), policy_document: Some(document(&allowing("*"))) }) on "group/devs";
        GetGroupPolicy(GetGroupPolicyRequest { group_name: text("devs"), policy_name: text("p") }) on "group/devs";
        ListGroupPolicies(ListGroupPoliciesRequest { group_name: text("devs") }) on "group/devs";
        DeleteGroupPolicy(DeleteGroupPolicyRequest { group_name: text("devs"), policy_name: text("p") }) on "group/devs";
    }
}
