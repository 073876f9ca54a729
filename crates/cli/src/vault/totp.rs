//! An authenticator in the store, for who asks for it: RFC 6238 as AWS's virtual MFA devices have it,
//! HMAC-SHA-1, six digits, half a minute.
//!
//! A code counts once, so that the step it was for is remembered and the next one is waited for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use kagiban_aws::{SecretBytes, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::output;
use crate::store::Store;
use crate::style::safe;

/// Seconds of a step.
const STEP: u64 = 30;

#[derive(Deserialize, Serialize)]
struct Item {
    /// Base32, as the device's maker shows it.
    seed: SecretString,
    /// The step of the last code.
    #[serde(default)]
    last: u64,
}

/// What stands before a device's serial number in the name of its item.
const PREFIX: &str = "totp/";

fn name(serial: &str) -> String {
    format!("{PREFIX}{serial}")
}

/// Keeps a device's seed: base32, or an `otpauth:` URL with it.
///
/// # Errors
///
/// If it is neither, or its codes are of another kind.
pub(crate) fn add(store: &dyn Store, serial: &str, text: &SecretString) -> Result<(), Failure> {
    let text = text.expose().trim();
    let seed = match text.strip_prefix("otpauth://") {
        Some(rest) => seed_of(rest)?,
        None => text,
    };
    let seed: String = seed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '='))
        .collect();
    let seed = SecretString::from(seed.to_ascii_uppercase());
    if decode(seed.expose()).is_none_or(|bytes| bytes.len() < 10) {
        return Err(Failure::Usage(
            "that is no seed: base32 letters, or an otpauth:// URL with them".to_owned(),
        ));
    }
    save(store, serial, &Item { seed, last: 0 })
}

/// The seed in an `otpauth:` URL. Another kind of codes would be refused by every server, one for one.
///
/// Source: Google Authenticator's wiki, "Key Uri Format".
fn seed_of(rest: &str) -> Result<&str, Failure> {
    let other = |what: &str| {
        Failure::Usage(format!(
            "the URL is for codes of {}; there are codes of totp with digits=6, period=30 and algorithm=SHA1 here, as AWS's devices have them",
            safe(what)
        ))
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let kind = path.split('/').next().unwrap_or_default();
    if kind != "totp" {
        return Err(other(kind));
    }
    let mut seed = "";
    for pair in query.split('&') {
        match pair.split_once('=').unwrap_or((pair, "")) {
            ("secret", value) => seed = value,
            ("digits", "6") | ("period", "30") => {}
            ("algorithm", value) if value.eq_ignore_ascii_case("SHA1") => {}
            ("digits" | "period" | "algorithm", _) => return Err(other(pair)),
            _ => {}
        }
    }
    Ok(seed)
}

/// The serial numbers of the devices, sorted; needs no unlocking.
///
/// # Errors
///
/// If the store cannot be used.
pub(crate) fn devices(store: &dyn Store) -> Result<Vec<String>, Failure> {
    let names = store.names()?;
    let mut devices: Vec<String> = names
        .iter()
        .filter_map(|name| name.strip_prefix(PREFIX))
        .map(str::to_owned)
        .collect();
    devices.sort();
    Ok(devices)
}

/// Forgets a device; `false` if it was not known.
///
/// # Errors
///
/// If the store cannot be used.
pub(crate) fn remove(store: &dyn Store, serial: &str) -> Result<bool, Failure> {
    store.remove(&name(serial))
}

/// Whether the store has this device; needs no unlocking.
///
/// # Errors
///
/// If the store cannot be used.
pub(crate) fn is_known(store: &dyn Store, serial: &str) -> Result<bool, Failure> {
    Ok(store.names()?.contains(&name(serial)))
}

/// A code that was not used before.
///
/// # Errors
///
/// If the store cannot be used.
pub(crate) fn code(store: &dyn Store, serial: &str) -> Result<SecretString, Failure> {
    let bytes = store.get(&name(serial))?;
    let item: Option<Item> = bytes.and_then(|bytes| serde_json::from_slice(bytes.expose()).ok());
    let Some(mut item) = item else {
        return Err(Failure::Missing(format!("the store has no MFA device {serial}")));
    };
    let mut now = since_1970();
    if now.as_secs() / STEP <= item.last {
        let next = Duration::from_secs((item.last + 1) * STEP).saturating_sub(now);
        // A clock that was set back would have to be waited for.
        if next <= Duration::from_secs(STEP) {
            output::remark(&format!(
                "the last code was used; the next one is due in {} s",
                next.as_secs() + 1
            ));
            std::thread::sleep(next);
            now = since_1970();
        }
    }
    item.last = now.as_secs() / STEP;
    save(store, serial, &item)?;
    let seed = decode(item.seed.expose()).expect("it was looked at when it was added");
    Ok(at(&seed, item.last).into())
}

fn save(store: &dyn Store, serial: &str, item: &Item) -> Result<(), Failure> {
    let text: SecretBytes = serde_json::to_vec(item).map_err(std::io::Error::from)?.into();
    store.put(&name(serial), &text, None)
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn at(seed: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 15);
    let four: [u8; 4] = tag[at..at + 4]
        .try_into()
        .expect("an offset of 15 at most, in 20 bytes");
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// Base32 in capitals, without padding.
fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut bits, mut count) = (0u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let seed = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(at(seed, seconds / STEP), code);
        }
    }

    #[test]
    fn a_url_is_for_the_codes_that_are_made_here_or_refused() {
        for url in [
            "totp/Me?secret=GEZD&issuer=x",
            "totp/Me?algorithm=sha1&digits=6&period=30&secret=GEZD",
        ] {
            assert_eq!(seed_of(url).unwrap(), "GEZD", "{url}");
        }
        for (url, told) in [
            ("hotp/Me?secret=GEZD", "codes of hotp"),
            ("totp/Me?secret=GEZD&digits=8", "digits=8"),
            ("totp/Me?algorithm=SHA256&secret=GEZD", "algorithm=SHA256"),
            ("totp/Me?secret=GEZD&period=60", "period=60"),
        ] {
            let refused = seed_of(url).unwrap_err().to_string();
            assert!(refused.contains(told) && !refused.contains("GEZD"), "{refused}");
        }
    }

    #[test]
    fn seeds_are_base32() {
        assert_eq!(decode("GEZDGNBVGY3TQOJQ").unwrap().as_slice(), b"1234567890");
        assert!(decode("1").is_none());
    }
}
