//! Whose a client's token is: of the first who has come with it.
//!
//! A token holds for fifteen minutes, and a client that has lost its connection may come again with it, when
//! it could not get another one. Its name for itself, which it keeps for as long as it lives and tells nobody
//! else, shows that it is the same. So a token that somebody has found, such as in a list of processes or a
//! log of theirs, opens nothing once it has been used.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A client, by the turn of its token and its name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Claim {
    pub(super) epoch: u32,
    /// A hash: names are as long as clients want them to be, and nobody has to know them.
    pub(super) client: Box<str>,
    /// A client without a name cannot show that it is the same: its token is for one connection.
    is_named: bool,
}

impl Claim {
    /// The claim of a client that gives this name with a token of this turn.
    pub(super) fn new(epoch: u32, name: &str) -> Claim {
        let hash = digest(&SHA256, name.as_bytes());
        Claim {
            epoch,
            client: STANDARD_NO_PAD.encode(hash).into(),
            is_named: !name.is_empty(),
        }
    }

    /// A claim that was written down.
    pub(super) fn kept(epoch: u32, client: Box<str>) -> Claim {
        Claim {
            epoch,
            client,
            is_named: true,
        }
    }

    /// Whether it stands, when another one has been made before: a later turn's always, in the same turn
    /// only the same client's.
    pub(super) fn stands_after(&self, earlier: &Claim) -> bool {
        match self.epoch == earlier.epoch {
            true => self.is_named && self.client == earlier.client,
            false => self.epoch > earlier.epoch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_first_users_until_there_is_a_newer_one() {
        let first = Claim::new(3, "ada");
        for (claim, stands) in [
            (Claim::new(3, "ada"), true),
            (Claim::new(3, "eve"), false),
            (Claim::new(3, ""), false),
            (Claim::new(4, "eve"), true),
            (Claim::new(2, "ada"), false),
        ] {
            assert_eq!(claim.stands_after(&first), stands, "{claim:?}");
        }
        let kept = Claim::kept(3, first.client.clone());
        assert!(first.stands_after(&kept) && !Claim::new(3, "eve").stands_after(&kept));
    }

    #[test]
    fn who_has_no_name_comes_once() {
        assert!(!Claim::new(1, "").stands_after(&Claim::new(1, "")));
    }
}
