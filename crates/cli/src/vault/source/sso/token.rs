//! The token of a sign-in, in the file and the form of AWS's CLI: `~/.aws/sso/cache/SHA1.json`, named after
//! the session, or the start URL where a profile has no session.
//!
//! It lies in clear there, for its owner alone, as AWS's tools want it. It ends by itself within hours.

use std::io::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use aws_lc_rs::digest;
use kagiban_aws::{SecretString, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Portal;
use crate::failure::Failure;
use crate::output;
use crate::place;
use crate::vault::session::now;
use crate::vault::source::iso_8601;

/// A token that ends within so many seconds is renewed, as botocore does.
const SOON: i64 = 15 * 60;

/// Longer than any token.
const MAX_BYTES: u64 = 64 << 10;

/// A sign-in, and the client that it was for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    #[serde(default)]
    pub(super) start_url: String,
    #[serde(default)]
    pub(super) region: String,
    pub(super) access_token: SecretString,
    pub(super) expires_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) client_secret: Option<SecretString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) registration_expires_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<SecretString>,
}

/// What a client is known by at the OIDC service.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: SecretString,
    /// As the file has it.
    pub(super) expires_at: String,
}

/// What a token is renewed with.
pub(super) struct RefreshGrant {
    pub(super) client: Client,
    pub(super) refresh_token: SecretString,
}

/// Where a sign-in's token is kept.
pub(super) struct TokenFile {
    directory: PathBuf,
    /// Without its ending.
    name: String,
}

impl Token {
    pub(super) fn ends_soon(&self) -> bool {
        self.left() < SOON
    }

    pub(super) fn has_ended(&self) -> bool {
        self.left() <= 0
    }

    fn left(&self) -> i64 {
        left(&self.expires_at)
    }

    /// What renews it, as long as the client is known.
    pub(super) fn refresh_grant(&self) -> Option<RefreshGrant> {
        let expires_at = self.registration_expires_at.clone()?;
        (left(&expires_at) > 0).then_some(())?;
        Some(RefreshGrant {
            client: Client {
                id: self.client_id.clone()?,
                secret: self.client_secret.clone()?,
                expires_at,
            },
            refresh_token: self.refresh_token.clone()?,
        })
    }
}

/// Seconds until then; what is no time has passed.
pub(super) fn left(moment: &str) -> i64 {
    iso_8601(moment).map_or(0, Timestamp::seconds) - now()
}

impl TokenFile {
    /// # Errors
    ///
    /// If the user has no home.
    pub(super) fn of(portal: &Portal<'_>) -> Result<TokenFile, Failure> {
        let named = portal.session.unwrap_or(portal.start_url);
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, named.as_bytes());
        let home = env::home_dir().filter(|home| home.is_absolute());
        let home = home.ok_or_else(|| {
            Failure::Setting("there is no home directory to keep a sign-in in; set HOME".to_owned())
        })?;
        Ok(TokenFile {
            directory: home.join(".aws/sso/cache"),
            name: digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// What all processes that want this token wait for.
    pub(super) fn lock_name(&self) -> String {
        format!("sso-{}", self.name)
    }

    /// The token, ended or not.
    pub(super) fn read(&self) -> Option<Token> {
        let path = self.path();
        let metadata = fs::metadata(&path).ok()?;
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return None;
        }
        let text = Zeroizing::new(fs::read(path).ok()?);
        serde_json::from_slice(&text).ok()
    }

    /// Writes it, for the next time and for AWS's tools; one that cannot be kept is as good.
    pub(super) fn keep(&self, token: &Token) {
        if let Err(error) = self.write(token) {
            output::remark(&format!("the sign-in is not kept for the next time: {error}"));
        }
    }

    fn write(&self, token: &Token) -> std::io::Result<()> {
        place::may_replace(&self.path())?;
        place::make_private(&self.directory)?;
        // Room for all of it, so that no copy is left by growing.
        let mut text = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize));
        serde_json::to_writer(&mut *text, token)?;
        let mut file = tempfile::Builder::new()
            .prefix(".token-")
            .tempfile_in(&self.directory)?;
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        file.persist(self.path()).map_err(|error| error.error)?;
        Ok(())
    }

    /// # Errors
    ///
    /// If it is there and cannot be removed.
    pub(super) fn remove(&self) -> Result<(), Failure> {
        match fs::remove_file(self.path()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(place::unusable(&self.directory, &error))
            }
            _ => Ok(()),
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.join(format!("{}.json", self.name))
    }
}
