//! Operations on service-linked roles.

use super::text;
use crate::operations::*;
use crate::testing::{A, Credentials, World};
use crate::{Operation as _, wire};

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    let task = "task/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM/00000000-0000-4000-8000-000000000000";
    denials! { world, who:
        CreateServiceLinkedRole(CreateServiceLinkedRoleRequest { aws_service_name: text("ssm.amazonaws.com") }) on "role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM";
        DeleteServiceLinkedRole(DeleteServiceLinkedRoleRequest { role_name: text("AWSServiceRoleForAmazonSSM") }) on "role/AWSServiceRoleForAmazonSSM";
        GetServiceLinkedRoleDeletionStatus(GetServiceLinkedRoleDeletionStatusRequest { deletion_task_id: text(task) }) on "role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM";
    }
}
