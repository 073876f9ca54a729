//! Operations on instance profiles.

use super::text;
use crate::operations::*;
use crate::testing::{A, Credentials, World};
use crate::{Operation as _, wire};

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    denials! { world, who:
        CreateInstanceProfile(CreateInstanceProfileRequest { instance_profile_name: text("web") }) on "instance-profile/web";
        GetInstanceProfile(GetInstanceProfileRequest { instance_profile_name: text("web") }) on "instance-profile/web";
        ListInstanceProfiles(ListInstanceProfilesRequest {  }) on "instance-profile/";
        ListInstanceProfilesForRole(ListInstanceProfilesForRoleRequest { role_name: text("app") }) on "role/app";
        DeleteInstanceProfile(DeleteInstanceProfileRequest { instance_profile_name: text("web") }) on "instance-profile/web";
        TagInstanceProfile(TagInstanceProfileRequest { instance_profile_name: text("web") }) on "instance-profile/web";
        UntagInstanceProfile(UntagInstanceProfileRequest { instance_profile_name: text("web") }) on "instance-profile/web";
        ListInstanceProfileTags(ListInstanceProfileTagsRequest { instance_profile_name: text("web") }) on "instance-profile/web";
        AddRoleToInstanceProfile(AddRoleToInstanceProfileRequest { instance_profile_name: text("web"), role_name: text("app") }) on "instance-profile/web";
        RemoveRoleFromInstanceProfile(RemoveRoleFromInstanceProfileRequest { instance_profile_name: text("web"), role_name: text("app") }) on "instance-profile/web";
    }
}
