//! The ids of sessions.

use kagiban_iam::{Caller, Entropy};

/// Letters of the part that tells a caller's sessions apart.
const RANDOM: usize = 17;
/// AWS's limit for the whole.
const LONGEST: usize = 96;

/// `<the caller's user or session name>-<17 lower-case letters and digits>`.
///
/// The id is part of URLs, of file names on nodes and of KMS's encryption context, so what no name of a user
/// or session may have in it becomes an underscore. What they may have stays as it is: policies give people
/// what begins with their names, and no two of them may begin the same for that reason.
pub(crate) fn new_id(caller: &Caller, entropy: &Entropy) -> String {
    let arn = caller.arn.as_str();
    let name = arn.rsplit(['/', ':']).next().unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._=+@,-".contains(letter);
    let name = name
        .chars()
        .map(|letter| if plain(letter) { letter } else { '_' });
    let name: String = name.take(LONGEST - RANDOM - 1).collect();
    format!("{name}-{}", random(entropy))
}

/// Each letter is one of 32, so none is likelier than another: 85 bits in all.
fn random(entropy: &Entropy) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bytes = entropy.bytes::<RANDOM>();
    bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use kagiban_aws::{AccessKeyId, KeyOrigin};
    use kagiban_iam::Identity;

    use super::*;

    fn id(arn: &str) -> String {
        let account = "111122223333".parse().unwrap();
        let caller = Caller {
            access_key_id: AccessKeyId::new(KeyOrigin::LongTerm, account, [1; 5]),
            account,
            arn: arn.parse().unwrap(),
            identity: Identity::Root,
            session: None,
        };
        new_id(&caller, &Entropy::system())
    }

    #[test]
    fn an_id_begins_with_the_callers_own_name() {
        for (arn, name) in [
            ("arn:aws:iam::111122223333:root", "root"),
            ("arn:aws:iam::111122223333:user/ops/alice", "alice"),
            (
                "arn:aws:sts::111122223333:assumed-role/ops/alice@example.com",
                "alice@example.com",
            ),
            ("arn:aws:sts::111122223333:assumed-role/ops/a,b", "a,b"),
            (
                "arn:aws:sts::111122223333:assumed-role/ops/a_b=c+d.e@f-g",
                "a_b=c+d.e@f-g",
            ),
        ] {
            let id = id(arn);
            let (found, random) = id.rsplit_once('-').unwrap();
            assert_eq!((found, random.len()), (name, RANDOM));
        }
    }

    #[test]
    fn an_id_is_never_too_long() {
        let arn = format!("arn:aws:iam::111122223333:user/{}", "x".repeat(64));
        assert!(id(&arn).len() <= LONGEST);
        let arn = format!("arn:aws:iam::111122223333:user/{}", "x".repeat(100));
        assert_eq!(id(&arn).len(), LONGEST);
    }
}
