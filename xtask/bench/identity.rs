//! Who signs, and for which account and Region.

use kagiban_aws::sigv4::Credentials;
use kagiban_aws::{AccessKeyId, AccountId, KeyOrigin};

/// The account of every server here.
pub(crate) const ACCOUNT: &str = "111122223333";
/// Its Region.
pub(crate) const REGION: &str = "us-east-1";

/// An access key. It is worth nothing outside the bench, whose servers are its own.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) access_key_id: String,
    pub(crate) secret: String,
    /// With temporary ones only.
    pub(crate) token: Option<String>,
}

impl Identity {
    /// The root user of every server here, limits included.
    pub(crate) fn root() -> Identity {
        let account: AccountId = ACCOUNT.parse().expect("twelve digits");
        Identity {
            access_key_id: AccessKeyId::new(KeyOrigin::LongTerm, account, *b"bench").to_string(),
            secret: "the bench's root user has no secrets".replace(' ', "/"),
            token: None,
        }
    }

    /// As our own programs' crate has it.
    pub(crate) fn for_programs(&self) -> kagiban_client::Credentials {
        kagiban_client::Credentials {
            access_key_id: self.access_key_id.clone(),
            secret: self.secret.clone().into(),
            session_token: self.token.clone().map(Into::into),
        }
    }

    pub(crate) fn credentials(&self) -> Credentials<'_> {
        Credentials {
            access_key_id: &self.access_key_id,
            secret: &self.secret,
            session_token: self.token.as_deref(),
        }
    }
}
