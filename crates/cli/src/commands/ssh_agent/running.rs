//! The agent that runs already: keys are added to it, and it signs with them from then on.
//!
//! Source: draft-ietf-sshm-ssh-agent, §3.2 and §3.2.7.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ssh_key::PrivateKey;
use zeroize::Zeroizing;

use super::container::{Container, prefix, unpadded};
use super::key::unusable;
use super::openssh::Private;
use super::protocol::MAX_REQUEST;
use crate::failure::Failure;
use crate::vault::variable;

const SUCCESS: u8 = 6;
const ADD: u8 = 17;
const ADD_CONSTRAINED: u8 = 25;
const LIFETIME: u8 = 1;
const CONFIRM: u8 = 2;

/// An agent may ask a person before it takes a key.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long and how a key may be used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Constraints {
    /// In seconds.
    pub(super) lifetime: Option<u32>,
    /// Whether the agent asks before each signature.
    pub(super) confirm: bool,
}

/// An agent's socket.
pub(super) struct Running(UnixStream);

impl Running {
    /// The one that `SSH_AUTH_SOCK` names.
    ///
    /// # Errors
    ///
    /// If there is none, or it does not answer.
    pub(super) fn find() -> Result<Running, Failure> {
        let Some(path) = variable("SSH_AUTH_SOCK") else {
            return Err(Failure::Setting(
                "no agent runs here: SSH_AUTH_SOCK is not set; `eval $(ssh-agent)` starts one, and with a command after `--` none is needed"
                    .to_owned(),
            ));
        };
        let connected = UnixStream::connect(&path).and_then(|stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            Ok(stream)
        });
        connected
            .map(Running)
            .map_err(|error| Failure::Setting(format!("the agent at {path} does not answer: {error}")))
    }

    /// Gives it a key, known by `name` if the key has no comment.
    ///
    /// # Errors
    ///
    /// If it does not take it.
    pub(super) fn add(
        &mut self,
        private: &Private,
        name: &str,
        constraints: Constraints,
    ) -> Result<(), Failure> {
        let key = private.key().map_err(|closed| unusable(name, &closed))?;
        let message = message(&key, name, constraints)
            .filter(|message| message.len() <= MAX_REQUEST)
            .ok_or_else(|| unusable(name, &"no agent takes one of its kind or size"))?;
        let answered = self.0.write_all(&message).and_then(|()| {
            let mut answer = [0; 5];
            self.0.read_exact(&mut answer)?;
            Ok(answer)
        });
        match answered {
            Ok([0, 0, 0, 1, SUCCESS]) => Ok(()),
            Ok(_) => Err(Failure::Setting(format!(
                "the agent does not take `{name}`; it may be locked, or not know lifetimes and confirmation"
            ))),
            Err(error) => Err(Failure::Setting(format!("the agent does not answer: {error}"))),
        }
    }
}

/// A request with its length. The key's own part is as in a file: its kind, its numbers and its comment.
fn message(key: &PrivateKey, name: &str, constraints: Constraints) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = key.to_bytes().ok()?;
    let container = Container::read(&bytes)?;
    let own = unpadded(container.private.get(8..)?);
    let own = match key.comment() {
        "" => own.get(..own.len().checked_sub(4)?)?,
        _ => own,
    };
    let is_constrained = constraints.confirm || constraints.lifetime.is_some();
    let mut message = Zeroizing::new(Vec::with_capacity(own.len() + name.len() + 64));
    message.extend_from_slice(&[0; 4]);
    message.push(if is_constrained { ADD_CONSTRAINED } else { ADD });
    message.extend_from_slice(own);
    if key.comment().is_empty() {
        message.extend_from_slice(&prefix(name.len())?);
        message.extend_from_slice(name.as_bytes());
    }
    if let Some(seconds) = constraints.lifetime {
        message.push(LIFETIME);
        message.extend_from_slice(&seconds.to_be_bytes());
    }
    if constraints.confirm {
        message.push(CONFIRM);
    }
    let length = prefix(message.len() - 4)?;
    message[..4].copy_from_slice(&length);
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::super::container::string;
    use super::*;

    const ED25519: &str = include_str!("ed25519.key");

    #[test]
    fn a_key_is_said_as_the_draft_has_it() {
        let key = PrivateKey::from_openssh(ED25519).unwrap();
        let plain = message(&key, "/keys/x", Constraints::default()).unwrap();
        let length = u32::from_be_bytes(plain[..4].try_into().unwrap());
        assert_eq!((length as usize, plain[4]), (plain.len() - 4, ADD));
        let mut rest = &plain[5..];
        assert_eq!(string(&mut rest).unwrap(), b"ssh-ed25519");
        assert_eq!(string(&mut rest).unwrap().len(), 32);
        assert_eq!(string(&mut rest).unwrap().len(), 64);
        assert_eq!((string(&mut rest).unwrap(), rest), (&b"example"[..], &b""[..]));

        let constraints = Constraints {
            lifetime: Some(3600),
            confirm: true,
        };
        let bound = message(&key, "/keys/x", constraints).unwrap();
        assert_eq!(bound[4], ADD_CONSTRAINED);
        assert!(bound.ends_with(b"example\x01\0\0\x0e\x10\x02"));
    }
}
