//! Operations on the account as a whole.

use super::{denied_on_anything, text};
use crate::operations::*;
use crate::testing::{Credentials, World};
use crate::wire;

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    let account_alias = text("company");
    let create = wire::CreateAccountAliasRequest {
        account_alias: account_alias.clone(),
    };
    let delete = wire::DeleteAccountAliasRequest { account_alias };
    vec![
        denied_on_anything::<CreateAccountAlias>(world, who, create),
        denied_on_anything::<DeleteAccountAlias>(world, who, delete),
        denied_on_anything::<ListAccountAliases>(world, who, Default::default()),
        denied_on_anything::<GetAccountSummary>(world, who, Default::default()),
        denied_on_anything::<GetAccountAuthorizationDetails>(world, who, Default::default()),
        denied_on_anything::<GenerateCredentialReport>(world, who, Default::default()),
        denied_on_anything::<GetCredentialReport>(world, who, Default::default()),
    ]
}
