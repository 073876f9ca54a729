//! How signatures are made and what SSH calls them.
//!
//! Source: RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8332 §3, RFC 8709 §6, and for the flags
//! draft-ietf-sshm-ssh-agent §3.6.1.

use ssh_key::{Algorithm, EcdsaCurve};

use super::der;
use super::protocol::string;

const RSA_SHA2_256: u32 = 2;
const RSA_SHA2_512: u32 = 4;

/// How one signature is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scheme {
    Ed25519,
    P256,
    P384,
    P521,
    RsaSha256,
    RsaSha512,
}

impl Scheme {
    /// The scheme for a key and a request's flags.
    ///
    /// # Errors
    ///
    /// If there is none. DIFFERS: SHA-1 is not signed with, as OpenSSH does not accept it since 8.8.
    pub(super) fn of(algorithm: &Algorithm, flags: u32) -> Result<Scheme, String> {
        match algorithm {
            Algorithm::Ed25519 => Ok(Scheme::Ed25519),
            Algorithm::Ecdsa { curve } => Ok(match curve {
                EcdsaCurve::NistP256 => Scheme::P256,
                EcdsaCurve::NistP384 => Scheme::P384,
                EcdsaCurve::NistP521 => Scheme::P521,
            }),
            Algorithm::Rsa { .. } if flags & RSA_SHA2_512 != 0 => Ok(Scheme::RsaSha512),
            Algorithm::Rsa { .. } if flags & RSA_SHA2_256 != 0 => Ok(Scheme::RsaSha256),
            Algorithm::Rsa { .. } => {
                Err("RSA with SHA-1 is not signed with; the client is too old".to_owned())
            }
            other => Err(format!("keys of the kind {} are not signed with", other.as_str())),
        }
    }

    /// Its name on the wire.
    fn name(self) -> &'static str {
        match self {
            Scheme::Ed25519 => "ssh-ed25519",
            Scheme::P256 => "ecdsa-sha2-nistp256",
            Scheme::P384 => "ecdsa-sha2-nistp384",
            Scheme::P521 => "ecdsa-sha2-nistp521",
            Scheme::RsaSha256 => "rsa-sha2-256",
            Scheme::RsaSha512 => "rsa-sha2-512",
        }
    }
}

/// A signature in SSH's form, from what [`super::key::Signs`] gives; `None` if that is malformed.
pub(super) fn encoded(scheme: Scheme, signature: &[u8]) -> Option<Vec<u8>> {
    let inner = match scheme {
        Scheme::P256 | Scheme::P384 | Scheme::P521 => numbers(signature)?,
        Scheme::Ed25519 if signature.len() != 64 => return None,
        Scheme::Ed25519 | Scheme::RsaSha256 | Scheme::RsaSha512 => signature.to_vec(),
    };
    let mut out = Vec::with_capacity(inner.len() + 64);
    string(&mut out, scheme.name().as_bytes());
    string(&mut out, &inner);
    Some(out)
}

/// DER's `r` and `s`, which are shortest with a sign already, as SSH has them.
fn numbers(signature: &[u8]) -> Option<Vec<u8>> {
    let (mut both, rest) = der::read(der::SEQUENCE, signature)?;
    let mut out = Vec::with_capacity(signature.len() + 8);
    for _ in 0..2 {
        let (number, after) = der::read(der::INTEGER, both)?;
        string(&mut out, number);
        both = after;
    }
    (both.is_empty() && rest.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_ecdsa_become_strings() {
        let der = [0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x05];
        let blob = encoded(Scheme::P256, &der).unwrap();
        assert_eq!(
            blob,
            [
                &b"\0\0\0\x13ecdsa-sha2-nistp256"[..],
                b"\0\0\0\x0b\0\0\0\x02\0\x80\0\0\0\x01\x05"
            ]
            .concat()
        );
        for broken in [&der[..8], &[][..], &[0x30, 0x03, 0x02, 0x01, 0x05]] {
            assert_eq!(encoded(Scheme::P256, broken), None);
        }
        assert_eq!(encoded(Scheme::Ed25519, &[0; 63]), None);
    }

    #[test]
    fn flags_choose_the_hash_of_rsa_and_sha_1_is_refused() {
        let rsa = Algorithm::Rsa { hash: None };
        assert_eq!(Scheme::of(&rsa, 2), Ok(Scheme::RsaSha256));
        assert_eq!(Scheme::of(&rsa, 4), Ok(Scheme::RsaSha512));
        assert_eq!(Scheme::of(&rsa, 6), Ok(Scheme::RsaSha512));
        assert!(Scheme::of(&rsa, 0).unwrap_err().contains("SHA-1"));
        assert!(Scheme::of(&Algorithm::SkEd25519, 0).is_err());
    }
}
