//! Random bytes and names from the system's generator.

use aws_lc_rs::rand;
use kagiban_session::message::MessageIds;

/// Random bytes.
///
/// # Panics
///
/// If the system has no randomness: nothing safe can be done without.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system's generator works");
    bytes
}

/// A random UUID.
pub(crate) fn uuid() -> String {
    MessageIds::new(bytes()).take().to_string()
}
