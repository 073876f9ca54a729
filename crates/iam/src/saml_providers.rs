//! SAML providers: their metadata documents, looked at as far as it takes to keep them.

use std::time::Duration;

use kagiban_aws::Timestamp;
use roxmltree::{Document, ParsingOptions};

use crate::IamError;

/// The fewest characters of a metadata document.
const MIN_METADATA: usize = 1000;
/// The most bytes of one.
// DIFFERS: AWS takes ten million characters; here a record holds a quarter of a mebibyte, which is
// many times the largest document that an identity provider is known to write.
const MAX_METADATA: usize = 200_000;
/// What a record has room for once quotes and line ends are escaped.
const MAX_ESCAPED: usize = 240_000;
/// Elements and texts of a document; real ones have hundreds.
const MAX_NODES: u32 = 20_000;
/// How long a document without an end of its own is valid.
const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A metadata document that can be kept.
#[derive(Clone, Debug)]
pub(crate) struct Metadata(String);

impl Metadata {
    /// Takes a member that the wire demands.
    ///
    /// # Errors
    ///
    /// If it is too short or too long.
    pub(crate) fn required(wire: Option<String>) -> Result<Metadata, IamError> {
        let text = wire.unwrap_or_default();
        let escaped = text
            .bytes()
            .filter(|byte| *byte < b' ' || b"\"\\".contains(byte))
            .count();
        let bound = match text.chars().count() {
            count if count < MIN_METADATA => format!("greater than or equal to {MIN_METADATA}"),
            _ if text.len() > MAX_METADATA || text.len() + escaped > MAX_ESCAPED => {
                format!("less than or equal to {MAX_METADATA}")
            }
            _ => return Ok(Metadata(text)),
        };
        Err(IamError::ValidationError(format!(
            "1 validation error detected: Value at 'sAMLMetadataDocument' failed to satisfy constraint: Member must have length {bound}"
        )))
    }

    /// When a provider of this document made at `now` ends.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if it is not XML with an `EntityDescriptor` at its root, or declares a document
    /// type. Reading takes time; only for callers who may make or change providers.
    //
    // UNSURE: AWS's end for documents that name none; a century is what it has been seen to show.
    pub(crate) fn valid_until(&self, now: Timestamp) -> Result<Timestamp, IamError> {
        let unreadable = IamError::InvalidInput("Could not parse metadata");
        let options = ParsingOptions {
            allow_dtd: false,
            nodes_limit: MAX_NODES,
            ..ParsingOptions::default()
        };
        let Ok(document) = Document::parse_with_options(&self.0, options) else {
            return Err(unreadable);
        };
        let root = document.root_element();
        if root.tag_name().name() != "EntityDescriptor" {
            return Err(unreadable);
        }
        match root.attribute("validUntil") {
            None => Ok(now.plus(CENTURY)),
            Some(text) => instant(text).ok_or(unreadable),
        }
    }

    /// The document.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// Reads `2026-01-31T09:08:07Z`, with or without a fraction.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let whole = text.split('.').next()?;
    Timestamp::from_basic(&format!("{}Z", whole.replace(['-', ':'], "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(text: &str) -> Result<Timestamp, IamError> {
        let padded = format!("{text}<!--{}-->", " ".repeat(MIN_METADATA));
        Metadata::required(Some(padded))?.valid_until(Timestamp::from_seconds(0))
    }

    #[test]
    fn the_root_is_an_entity_descriptor() {
        assert!(metadata("<EntityDescriptor/>").is_ok());
        assert!(metadata("<md:EntityDescriptor xmlns:md='urn:m'><a/></md:EntityDescriptor>").is_ok());
        for bad in [
            "<EntitiesDescriptor/>",
            "<EntityDescriptor>",
            "<md:EntityDescriptor/>",
            "nothing",
            "<!DOCTYPE x [<!ENTITY a 'b'>]><EntityDescriptor/>",
            "<EntityDescriptor validUntil='tomorrow'/>",
        ] {
            assert_eq!(
                metadata(bad).unwrap_err(),
                IamError::InvalidInput("Could not parse metadata"),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_document_ends_when_it_says_so_or_in_a_century() {
        let end = metadata("<EntityDescriptor validUntil='2026-01-31T09:08:07.123Z'/>").unwrap();
        assert_eq!(end.iso().to_string(), "2026-01-31T09:08:07Z");
        assert_eq!(metadata("<EntityDescriptor/>").unwrap().seconds(), 3_153_600_000);
    }

    #[test]
    fn a_document_has_a_thousand_characters_and_fits_into_a_record() {
        let of = |count: usize, what: &str| Metadata::required(Some(what.repeat(count)));
        assert!(of(999, "x").is_err());
        assert!(of(1000, "x").is_ok());
        assert!(of(MAX_METADATA, "x").is_ok());
        assert!(of(MAX_METADATA + 1, "x").is_err());
        assert!(of(MAX_METADATA - 1, "\"").is_err());
    }

    #[test]
    fn nesting_that_never_ends_is_refused_without_harm() {
        let deep = "<a>".repeat(MAX_METADATA / 3);
        assert!(
            Metadata::required(Some(deep))
                .unwrap()
                .valid_until(Timestamp::from_seconds(0))
                .is_err()
        );
    }
}
