//! Why something about inventory is refused.

/// Why something about inventory is refused. The sentences are the model's; AWS's own have not been seen.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum InventoryError {
    #[error("The parameter type name isn't valid: {0}")]
    InvalidTypeName(String),
    #[error("One or more content items isn't valid: {0}")]
    InvalidContent(String),
    #[error("The inventory item has invalid content: {0}")]
    ContentMismatch(String),
    #[error("The inventory item size has exceeded the size limit: {0}")]
    ItemTooLarge(String),
    #[error("The size of inventory data has exceeded the total size limit for the resource.")]
    TooLarge,
    #[error(
        "You have exceeded the limit for custom schemas. Delete one or more custom schemas and try again."
    )]
    TooManyCustomTypes,
    #[error(
        "The Context attribute that you specified for the InventoryItem isn't allowed for this inventory type. You can only use the Context attribute with inventory types like AWS:ComplianceItem."
    )]
    UnsupportedContext,
    #[error("The filter name isn't valid. Verify the you entered the correct name and try again: {0}")]
    InvalidFilter(String),
    #[error("Aggregators are not supported by this server.")]
    Aggregators,
    #[error("Only custom inventory types can be deleted: {0}")]
    NotCustom(String),
}

impl InventoryError {
    /// AWS's code for it.
    pub fn code(&self) -> &'static str {
        use InventoryError::*;

        match self {
            InvalidTypeName(_) => "InvalidTypeNameException",
            InvalidContent(_) => "InvalidItemContentException",
            ContentMismatch(_) => "ItemContentMismatchException",
            ItemTooLarge(_) => "ItemSizeLimitExceededException",
            TooLarge => "TotalSizeLimitExceededException",
            TooManyCustomTypes => "CustomSchemaCountLimitExceededException",
            UnsupportedContext => "UnsupportedInventoryItemContextException",
            InvalidFilter(_) => "InvalidFilter",
            Aggregators => "InvalidAggregatorException",
            NotCustom(_) => "InvalidDeleteInventoryParametersException",
        }
    }
}
