//! Operations on policies.

use super::{POLICY, text};
use crate::operations::*;
use crate::testing::{A, Credentials, World, allowing, document};
use crate::{Operation as _, wire};

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    denials! { world, who:
        CreatePolicy(CreatePolicyRequest { policy_name: text("p"), policy_document: Some(document(&allowing("*"))) }) on "policy/p";
        GetPolicy(GetPolicyRequest { policy_arn: text(POLICY) }) on "policy/p";
        GetPolicyVersion(GetPolicyVersionRequest { policy_arn: text(POLICY), version_id: text("v1") }) on "policy/p";
        ListPolicies(ListPoliciesRequest {  }) on "policy/";
        ListPolicyVersions(ListPolicyVersionsRequest { policy_arn: text(POLICY) }) on "policy/p";
        CreatePolicyVersion(CreatePolicyVersionRequest { policy_arn: text(POLICY), policy_document: Some(document(&allowing("*"))) }) on "policy/p";
        SetDefaultPolicyVersion(SetDefaultPolicyVersionRequest { policy_arn: text(POLICY), version_id: text("v1") }) on "policy/p";
        DeletePolicyVersion(DeletePolicyVersionRequest { policy_arn: text(POLICY), version_id: text("v1") }) on "policy/p";
        ListEntitiesForPolicy(ListEntitiesForPolicyRequest { policy_arn: text(POLICY) }) on "policy/p";
        TagPolicy(TagPolicyRequest { policy_arn: text(POLICY) }) on "policy/p";
        UntagPolicy(UntagPolicyRequest { policy_arn: text(POLICY) }) on "policy/p";
        ListPolicyTags(ListPolicyTagsRequest { policy_arn: text(POLICY) }) on "policy/p";
        DeletePolicy(DeletePolicyRequest { policy_arn: text(POLICY) }) on "policy/p";
    }
}
