//! Blobs are base64 on both wires.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use std::sync::LazyLock;

use base64::Engine;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use base64::engine::Simd;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use base64::{alphabet::STANDARD, engine::GeneralPurpose};

/// AWS's services take what Java's lenient decoder takes: padding or none, any trailing bits.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Every plaintext and ciphertext of KMS passes here. Besides being faster, vectors look nothing up in a
/// table, whose place in the cache would depend on the secret.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static LENIENT: LazyLock<Simd> = LazyLock::new(|| Simd::standard(CONFIG));

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static LENIENT: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);

/// Reads base64; `None` for what is none.
pub(super) fn read(text: &str) -> Option<Vec<u8>> {
    LENIENT.decode(text).ok()
}

/// Appends `bytes` as padded base64.
pub(super) fn write(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    LENIENT
        .encode_slice(bytes, &mut out[start..])
        .expect("four characters were reserved for every three bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: &[u8]) -> String {
        let mut out = b"=".to_vec();
        write(bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn blobs_are_written_padded_behind_what_is_there() {
        assert_eq!(written(b""), "=");
        assert_eq!(written(b"a"), "=YQ==");
        assert_eq!(written(b"abc"), "=YWJj");
    }

    #[test]
    fn padding_may_be_missing_but_other_characters_may_not() {
        assert_eq!(read("YQ"), Some(b"a".to_vec()));
        assert_eq!(read("YQ=="), Some(b"a".to_vec()));
        assert_eq!(read("Y_8="), None);
    }
}
