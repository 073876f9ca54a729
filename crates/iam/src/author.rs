//! Who made something that goes on without them, such as a webhook, and with which rights it goes on.
//!
//! Kept by unique id and with the terms of the session, as a session's token keeps them: whoever is made
//! again under the same name inherits nothing, and policies that ask when a session began, with which
//! tags or whether with MFA, decide later as they did then.

use kagiban_aws::{AccessKeyId, AccountId, KeyOrigin};
use serde::{Deserialize, Serialize};

use crate::authenticate::bearer;
use crate::sts::SessionClaims;
use crate::{Caller, Identity, State};

/// Who made something.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Author {
    /// The account itself.
    Root,
    /// A user, with a long-term key.
    User {
        /// `AIDA…`
        id: String,
    },
    /// Somebody with temporary credentials, and what was agreed then.
    Session(Box<SessionClaims>),
}

impl Author {
    /// The author that a caller is; none for those who have no rights of their own.
    pub fn of(caller: &Caller) -> Option<Author> {
        match (&caller.session, &caller.identity) {
            (Some(session), _) => Some(Author::Session(Box::new(session.claims.clone()))),
            (None, Identity::Root) => Some(Author::Root),
            (None, Identity::User(user)) => Some(Author::User { id: user.id.clone() }),
            (None, Identity::Anonymous | Identity::Node(_) | Identity::Role(_) | Identity::Federated(_)) => {
                None
            }
        }
    }

    /// The author as if they called now, though their session may have ended; none if the user or role is
    /// gone, even if there is another of the same name.
    pub fn calling(&self, account: AccountId, state: &State) -> Option<Caller> {
        let access_key_id = |origin| AccessKeyId::new(origin, account, [0; 5]); // nothing signs with it
        let caller = |arn, identity| Caller {
            access_key_id: access_key_id(KeyOrigin::LongTerm),
            account,
            arn,
            identity,
            session: None,
        };
        match self {
            Author::Root => {
                state.account(account)?;
                Some(caller(crate::users::root_arn(account), Identity::Root))
            }
            Author::User { id } => {
                let user = state.user_by_id(account, id)?;
                Some(caller(user.arn(account), Identity::User(user.clone())))
            }
            Author::Session(claims) => {
                let theirs = (claims.account == account).then(|| SessionClaims::clone(claims))?;
                bearer(access_key_id(KeyOrigin::Temporary), theirs, state)
            }
        }
    }
}
