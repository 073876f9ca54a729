//! The role's credentials: fresh in memory, and in a file for the sessions' processes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kagiban_aws::SecretString;
use kagiban_client::{Backoff, Credentials, Error};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{NodeKey, RoleToken, Server, recover, rotate};
use crate::data::Data;
use crate::failure::{Failure, say};

/// Credentials are asked for at least this often.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// And at most that often.
const SHORTEST: Duration = Duration::from_secs(15);

/// Credentials, and until when.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Lease {
    access_key_id: String,
    secret: SecretString,
    session_token: SecretString,
    /// Seconds since 1970.
    expires: u64,
    /// Whether the server wants another key of the node.
    #[serde(skip)]
    pub(crate) wants_new_key: bool,
}

/// What the others wait for.
pub(crate) type Leased = watch::Receiver<Option<Lease>>;

impl From<RoleToken> for Lease {
    fn from(token: RoleToken) -> Lease {
        let expires = Duration::try_from_secs_f64(token.token_expiration_date).unwrap_or_default();
        Lease {
            access_key_id: token.access_key_id,
            secret: token.secret_access_key,
            session_token: token.session_token,
            expires: expires.as_secs(),
            wants_new_key: token.update_key_pair,
        }
    }
}

impl Lease {
    const FILE: &str = "credentials.json";

    /// What requests are signed with.
    pub(crate) fn credentials(&self) -> Credentials {
        Credentials {
            access_key_id: self.access_key_id.clone(),
            secret: self.secret.clone(),
            session_token: Some(self.session_token.clone()),
        }
    }

    /// What the agent has kept last.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub(crate) fn load(data: &Data) -> Result<Option<Lease>, Failure> {
        data.load(Self::FILE)
    }

    /// When to ask for the next: at half of what is left.
    fn refresh_in(&self, now: SystemTime) -> Duration {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let left = Duration::from_secs(self.expires.saturating_sub(now));
        (left / 2).clamp(SHORTEST, LONGEST)
    }
}

/// Keeps the credentials fresh, for as long as the agent runs; gives the node a new key when the server
/// asks for it.
pub(crate) async fn keep_fresh(data: Data, mut server: Server, told: watch::Sender<Option<Lease>>) {
    let mut backoff = patience();
    let mut key: Option<NodeKey> = None;
    let mut is_lost = false;
    loop {
        let pause = match next(&data, &mut server, &mut key).await {
            Ok(lease) => {
                if std::mem::take(&mut is_lost) {
                    say("credentials are there again");
                }
                backoff = patience();
                let pause = lease.refresh_in(SystemTime::now());
                told.send_replace(Some(lease));
                pause
            }
            Err(failure) => {
                if !std::mem::replace(&mut is_lost, true) {
                    failure.report();
                }
                backoff.pause().unwrap_or(LONGEST)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// A server that was restarted is asked again at once; one that refuses, ever more seldom.
fn patience() -> Backoff {
    Backoff::new(Duration::from_secs(2), Duration::from_secs(60), u32::MAX)
}

async fn next(data: &Data, server: &mut Server, key: &mut Option<NodeKey>) -> Result<Lease, Failure> {
    let mut lease = match recover(data, server).await? {
        Some((known, lease)) => {
            *key = Some(known);
            lease
        }
        None => {
            if key.is_none() {
                *key = Some(server.registration.key()?);
            }
            let known = key.as_ref().expect("it was set above");
            server.role_token(known).await?
        }
    };
    if std::mem::take(&mut lease.wants_new_key) {
        match rotate(data, server).await {
            Ok(new) => *key = Some(new),
            // The old key still works, and the next round finds out about the new one.
            Err(Failure::Server(Error::Refused { code, message, .. })) => {
                say(&format!("the server refuses a new key ({code}: {message})"));
            }
            Err(failure) => return Err(failure),
        }
    }
    data.save(Lease::FILE, &lease)?;
    Ok(lease)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_renewed_at_half_of_their_life() {
        let lease = |expires| Lease {
            access_key_id: String::new(),
            secret: String::new().into(),
            session_token: String::new().into(),
            expires,
            wants_new_key: false,
        };
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(lease(1600).refresh_in(at(1000)), Duration::from_secs(300));
        assert_eq!(lease(1000).refresh_in(at(2000)), SHORTEST);
        assert_eq!(lease(1_000_000).refresh_in(at(0)), LONGEST);
    }
}
