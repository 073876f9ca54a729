//! What is run with bytes that could be anything.

use kagiban_aws::Region;
use kagiban_iam::{Entropy, Scope};
use kagiban_kms::DomainKey;
use kagiban_kms::grants::GrantToken;
use kagiban_kms::import::ImportToken;

/// The key that no token is for.
pub(crate) const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

/// The key of the tests, which a stranger does not have.
pub(crate) fn domain() -> DomainKey {
    DomainKey::new([7; 32].into())
}

/// Where the key is.
pub(crate) fn scope() -> Scope {
    Scope {
        account: "111122223333".parse().expect("twelve digits"),
        region: Region::us_east_1(),
    }
}

/// Opens bytes as an import token, which they are not.
pub(crate) fn import_token(bytes: &[u8]) {
    let refused = ImportToken::open(&domain(), scope(), KEY, bytes);
    let refused = refused.expect_err("nobody sealed these bytes");
    assert_eq!(refused.code(), "InvalidImportTokenException");
}

/// Opens a grant token, which nobody can have made, and reads the same as if it had been authentic: what
/// is read is sealed and opened again.
pub(crate) fn grant_token(bytes: &[u8]) {
    let (here, domain) = (Region::us_east_1(), domain());
    let text = String::from_utf8_lossy(bytes);
    assert!(GrantToken::open(&text, here, &domain).is_err(), "{text}");
    if let Some(token) = GrantToken::parse(bytes, here) {
        let sealed = token.seal(&domain, &Entropy::system());
        assert_eq!(GrantToken::open(&sealed, here, &domain), Ok(token));
    }
}
