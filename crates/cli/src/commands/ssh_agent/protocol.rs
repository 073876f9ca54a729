//! The agent's protocol, as far as clients of one command need it: which keys there are, and signatures.
//!
//! Everything else (adding keys, locking, extensions) is answered with a failure, which clients take for
//! what it is. Source: draft-ietf-sshm-ssh-agent, §3 and §5.

/// The longest request that is read, in bytes; OpenSSH's own limit.
pub(super) const MAX_REQUEST: usize = 256 << 10;

const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// What a client wants.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Request<'a> {
    Identities,
    Sign {
        /// The public key.
        key: &'a [u8],
        data: &'a [u8],
        flags: u32,
    },
    /// What this agent does not do, or does not understand.
    Other,
}

impl Request<'_> {
    /// Understands a message without its length.
    pub(super) fn parse(message: &[u8]) -> Request<'_> {
        let sign = |rest| {
            let (key, rest) = split_string(rest)?;
            let (data, rest) = split_string(rest)?;
            let flags = u32::from_be_bytes(rest.try_into().ok()?);
            Some(Request::Sign { key, data, flags })
        };
        match message.split_first() {
            Some((&REQUEST_IDENTITIES, [])) => Request::Identities,
            Some((&SIGN_REQUEST, rest)) => sign(rest).unwrap_or(Request::Other),
            _ => Request::Other,
        }
    }
}

/// The answer with keys: pairs of a public key and what people know it by.
pub(super) fn identities<'a>(keys: impl ExactSizeIterator<Item = (&'a [u8], &'a str)>) -> Vec<u8> {
    let mut out = vec![IDENTITIES_ANSWER];
    out.extend(length(keys.len()));
    for (blob, comment) in keys {
        string(&mut out, blob);
        string(&mut out, comment.as_bytes());
    }
    out
}

/// The answer with a signature.
pub(super) fn signature(signature: &[u8]) -> Vec<u8> {
    let mut out = vec![SIGN_RESPONSE];
    string(&mut out, signature);
    out
}

/// The answer to what is not done.
pub(super) fn failure() -> Vec<u8> {
    vec![FAILURE]
}

/// Appends bytes with their length before them.
pub(super) fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(length(bytes.len()));
    out.extend_from_slice(bytes);
}

fn length(count: usize) -> [u8; 4] {
    u32::try_from(count)
        .expect("messages are far smaller than that")
        .to_be_bytes()
}

fn split_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sign(key: &[u8], data: &[u8], flags: u32) -> Vec<u8> {
        let mut message = vec![SIGN_REQUEST];
        string(&mut message, key);
        string(&mut message, data);
        message.extend(flags.to_be_bytes());
        message
    }

    #[test]
    fn answers_have_the_form_of_the_draft() {
        let answer = identities([(&b"blob"[..], "me")].into_iter());
        assert_eq!(answer, b"\x0c\0\0\0\x01\0\0\0\x04blob\0\0\0\x02me");
        assert_eq!(signature(b"s"), b"\x0e\0\0\0\x01s");
        assert_eq!(Request::parse(&[REQUEST_IDENTITIES]), Request::Identities);
        for other in [&[][..], &[11, 0], &[27, 0, 0, 0, 0], &[13, 0, 0, 0, 9]] {
            assert_eq!(Request::parse(other), Request::Other);
        }
    }

    proptest! {
        #[test]
        fn a_request_to_sign_is_understood_whole_and_cut_is_not(
            key in prop::collection::vec(any::<u8>(), 0..50),
            data in prop::collection::vec(any::<u8>(), 0..50),
            flags: u32,
            cut in 0_usize..100,
        ) {
            let message = sign(&key, &data, flags);
            let whole = Request::Sign { key: &key, data: &data, flags };
            prop_assert_eq!(Request::parse(&message), whole);
            if cut < message.len() {
                prop_assert_eq!(Request::parse(&message[..cut]), Request::Other);
            }
        }

        #[test]
        fn whatever_comes_is_understood_or_refused(message in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Request::parse(&message);
        }
    }
}
