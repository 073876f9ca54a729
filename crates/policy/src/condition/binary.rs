//! Binary values: base64 on both sides, compared as bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The bytes; `None` for what is not base64.
pub(crate) fn parse(text: &str) -> Option<Box<[u8]>> {
    STANDARD.decode(text).ok().map(Into::into)
}
