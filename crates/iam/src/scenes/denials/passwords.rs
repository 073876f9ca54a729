//! Operations on passwords and on what is demanded of them.

use super::{denied_on_anything, text};
use crate::operations::*;
use crate::testing::{A, Credentials, World};
use crate::{Operation as _, wire};

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    let password = || Some("p".to_owned().into());
    let mut tried = denials! { world, who:
        ChangePassword(ChangePasswordRequest { old_password: password(), new_password: password() }) on "user/alice";
        CreateLoginProfile(CreateLoginProfileRequest { user_name: text("bob"), password: password() }) on "user/bob";
        DeleteLoginProfile(DeleteLoginProfileRequest { user_name: text("bob") }) on "user/bob";
        GetLoginProfile(GetLoginProfileRequest { user_name: text("bob") }) on "user/bob";
        UpdateLoginProfile(UpdateLoginProfileRequest { user_name: text("bob") }) on "user/bob";
    };
    tried.extend([
        denied_on_anything::<GetAccountPasswordPolicy>(world, who, Default::default()),
        denied_on_anything::<DeleteAccountPasswordPolicy>(world, who, Default::default()),
        denied_on_anything::<UpdateAccountPasswordPolicy>(world, who, Default::default()),
    ]);
    tried
}
