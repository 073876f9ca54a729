//! The parsers of what strangers send to KMS, fed with what nobody would write.
//!
//! `cargo xtask fuzz` runs the same functions guided by coverage.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail by panicking")]

mod targets;

use kagiban_aws::Timestamp;
use kagiban_iam::Entropy;
use kagiban_kms::import::{ImportToken, Wrapping};

use targets::{KEY, domain, grant_token, import_token, scope};

/// A random number below `end`.
fn below(end: usize, entropy: &Entropy) -> usize {
    usize::try_from(u64::from_be_bytes(entropy.bytes()) >> 1).unwrap() % end
}

fn random(length: usize, entropy: &Entropy) -> Vec<u8> {
    let mut bytes = vec![0; length];
    entropy.fill(&mut bytes);
    bytes
}

/// One to four changes: a bit, a byte, a piece left out, doubled, replaced or moved.
fn changed(token: &[u8], entropy: &Entropy) -> Vec<u8> {
    let mut bytes = token.to_vec();
    for _ in 0..=below(4, entropy) {
        let at = below(bytes.len(), entropy);
        let end = at + below((bytes.len() - at).min(64), entropy) + 1;
        match below(6, entropy) {
            0 => bytes[at] ^= 1 << below(8, entropy),
            1 => bytes[at] = random(1, entropy)[0],
            2 => drop(bytes.drain(at..end)),
            3 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            4 => drop(bytes.splice(at..end, random(end - at, entropy))),
            _ => bytes.rotate_left(at),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

#[test]
fn of_a_hundred_thousand_tokens_that_were_not_made_here_none_is_accepted() {
    let entropy = Entropy::system();
    let token = ImportToken {
        wrapping: Wrapping::parse("RSAES_OAEP_SHA_256", "RSA_2048").unwrap(),
        expires: Timestamp::from_seconds(1_700_000_000),
        private: random(1217, &entropy).into(),
    };
    let token = token.seal(&domain(), scope(), KEY, &entropy);
    assert!(ImportToken::open(&domain(), scope(), KEY, &token).is_ok());
    for _ in 0..50_000 {
        import_token(&random(below(2000, &entropy), &entropy));
        let changed = changed(&token, &entropy);
        if changed != token {
            import_token(&changed);
        }
    }
}

#[test]
fn every_token_that_is_cut_or_longer_is_refused() {
    let entropy = Entropy::system();
    let token = ImportToken {
        wrapping: Wrapping::parse("RSA_AES_KEY_WRAP_SHA_1", "RSA_4096").unwrap(),
        expires: Timestamp::from_seconds(1_700_000_000),
        private: random(100, &entropy).into(),
    };
    let token = token.seal(&domain(), scope(), KEY, &entropy);
    for length in 0..token.len() {
        import_token(&token[..length]);
        import_token(&token[token.len() - length..]);
    }
    import_token(&[&token[..], &[0]].concat());
    import_token(&vec![1; 1 << 20]);
}

/// What a grant token says of a key with an id of this length, as it is before the tag.
fn said(key: usize) -> Vec<u8> {
    let mut bytes = vec![1, 0, 0, 0, 25, 222, 201, 91, 103];
    bytes.push(u8::try_from(key).unwrap());
    bytes.extend(vec![b'a'; key]);
    bytes.extend([9; 32 + 16]);
    bytes
}

#[test]
fn grant_tokens_are_read_whatever_they_are() {
    for key in [0, 1, 36, 255] {
        let whole = said(key);
        for end in 0..=whole.len() {
            grant_token(&whole[..end]);
        }
        for place in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[place] ^= 1 << bit;
                grant_token(&changed);
            }
        }
    }
}
