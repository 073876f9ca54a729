//! Operations on access keys.

use super::text;
use crate::operations::*;
use crate::testing::{A, Credentials, World};
use crate::{Operation as _, wire};

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    denials! { world, who:
        GetAccessKeyLastUsed(GetAccessKeyLastUsedRequest { access_key_id: text("AKIAROOTAAAAAAAAAAAA") }) on "root";
        CreateAccessKey(CreateAccessKeyRequest { user_name: text("bob") }) on "user/bob";
        ListAccessKeys(ListAccessKeysRequest { user_name: text("bob") }) on "user/bob";
        UpdateAccessKey(UpdateAccessKeyRequest { user_name: text("bob"), access_key_id: text("AKIAIOSFODNN7EXAMPLE"), status: text("Inactive") }) on "user/bob";
        DeleteAccessKey(DeleteAccessKeyRequest { user_name: text("bob"), access_key_id: text("AKIAIOSFODNN7EXAMPLE") }) on "user/bob";
    }
}
