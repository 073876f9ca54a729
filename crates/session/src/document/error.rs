//! What is wrong with a session document, or with what it was given.

/// Why a document, or a session under it, is refused. Texts are for people who write documents.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DocumentError {
    /// More than [`super::MAX_BYTES`].
    #[error("the document has {0} bytes; at most {max} are allowed", max = super::MAX_BYTES)]
    TooLong(usize),
    /// Objects and lists within each other.
    #[error("the document is nested more than {max} levels deep", max = super::MAX_DEPTH)]
    TooDeep,
    /// Not JSON, or JSON of another shape. Positions count from 1.
    #[error("JSON not well-formed. at Line: {line}, Column: {column}")]
    NotJson {
        /// The line.
        line: usize,
        /// The character in the line.
        column: usize,
    },
    /// JSON, but not as the schema has it.
    #[error("{0}")]
    Shape(String),
    /// Another schema than 1.0.
    #[error("schema version `{0}` is not supported; a session document has `1.0`")]
    SchemaVersion(String),
    /// Not one of the four.
    #[error(
        "session type `{0}` is not supported; use Standard_Stream, InteractiveCommands, NonInteractiveCommands or Port"
    )]
    SessionType(String),
    /// A member that cannot be what it is.
    #[error("`{member}` is `{value}`; it must be {demand}")]
    Member {
        /// Its path, such as `inputs.idleSessionTimeout`.
        member: String,
        /// What was found, abridged.
        value: String,
        /// What would be right.
        demand: &'static str,
    },
    /// A member that has to be there.
    #[error("`{0}` is missing")]
    Missing(String),
    /// `{{ name }}` without a parameter of that name.
    #[error("`{{{{ {0} }}}}` is not among the document's parameters")]
    Undefined(String),
    /// An argument for a parameter that the document does not have.
    #[error("the document has no parameter `{0}`")]
    UnknownParameter(String),
    /// A parameter without a default that was not given.
    #[error("parameter `{0}` has no default and was not given")]
    MissingArgument(String),
    /// A value that the parameter's type or list of values does not allow.
    #[error("parameter `{name}` must be {demand}")]
    Argument {
        /// The parameter.
        name: String,
        /// What would be right.
        demand: &'static str,
    },
}

/// A value as an error quotes it: short, whatever it is.
pub(super) fn quoted(value: &serde_json::Value) -> String {
    const MOST: usize = 40;
    let text = match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
