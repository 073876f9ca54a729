//! A new key in place of the old one, so that a crash at any moment leaves one that works.
//!
//! The next key is written down before the server hears of it, and the old one is forgotten only when
//! the server has said yes. Whoever finds a next key in the registration asks the server which of the
//! two it knows.

use kagiban_client::Error;

use super::{Lease, NodeKey, Registration, Server};
use crate::data::Data;
use crate::failure::Failure;

/// Makes a new key the node's.
///
/// # Errors
///
/// If the server refuses or cannot be reached; [`recover`] then finds out how it stands.
pub(crate) async fn rotate(data: &Data, server: &mut Server) -> Result<NodeKey, Failure> {
    let current = server.registration.key()?;
    let next = NodeKey::generate()?;
    server.registration.next_key = Some(next.private()?);
    server.registration.save(data)?;
    server.update_key(&current, &next).await?;
    settle(data, &mut server.registration, true)?;
    Ok(next)
}

/// Ends a rotation that was begun, if one was; returns the key that the server knows, and the
/// credentials it gave for the question.
///
/// # Errors
///
/// If the server knows neither key, or cannot be reached.
pub(crate) async fn recover(data: &Data, server: &mut Server) -> Result<Option<(NodeKey, Lease)>, Failure> {
    let Some(next) = &server.registration.next_key else {
        return Ok(None);
    };
    let next = NodeKey::parse(next)?;
    match server.role_token(&next).await {
        Ok(lease) => {
            settle(data, &mut server.registration, true)?;
            Ok(Some((next, lease)))
        }
        Err(Error::Refused { .. }) => {
            let current = server.registration.key()?;
            let lease = server.role_token(&current).await?;
            settle(data, &mut server.registration, false)?;
            Ok(Some((current, lease)))
        }
        Err(error) => Err(error.into()),
    }
}

fn settle(data: &Data, registration: &mut Registration, take_next: bool) -> Result<(), Failure> {
    let next = registration.next_key.take();
    if let Some(next) = next.filter(|_| take_next) {
        registration.key = next;
    }
    registration.save(data)
}
