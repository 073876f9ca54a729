//! What a document's content must look like: session documents strictly, for they are carried out here,
//! the others by their outlines.

use std::collections::HashSet;

use kagiban_session::document::{SessionDocument, placeholders};

use super::{Content, DocumentError};
use crate::pattern::AllowedPattern;
use crate::wire::{document_format, document_type};

/// Bytes that a content may have.
const MAX_BYTES: usize = 64 * 1024;
/// Every platform, in AWS's order.
pub(super) const EVERYWHERE: [&str; 3] = ["Windows", "Linux", "MacOS"];

/// A content that makes sense, with what it says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) schema: Option<Box<str>>,
    pub(crate) platforms: Vec<Box<str>>,
    pub(crate) content: Content,
}

/// Reads a content.
///
/// # Errors
///
/// `TooLong`, `InvalidContent`, `InvalidSchema`.
pub(crate) fn check(kind: &str, format: &str, text: &str) -> Result<Checked, DocumentError> {
    if text.len() > MAX_BYTES {
        return Err(DocumentError::TooLong);
    }
    let versions = schemas(kind);
    let content = match (format, versions) {
        (document_format::YAML, _) => Content::from_yaml(text)?,
        (document_format::TEXT, []) => Content::Null,
        (_, _) => Content::from_json(text)?,
    };
    let schema = content.get("schemaVersion").and_then(word);
    if !versions.is_empty() {
        outline(kind, versions, schema.as_deref(), &content)?;
    }
    Ok(Checked {
        platforms: platforms(kind, &content)
            .iter()
            .map(|&name| name.into())
            .collect(),
        schema: schema.map(Into::into),
        content,
    })
}

/// The schema versions of a type; none if its contents are its own affair.
fn schemas(kind: &str) -> &'static [&'static str] {
    match kind {
        document_type::COMMAND => &["1.2", "2.0", "2.2"],
        document_type::POLICY => &["2.0", "2.2"],
        document_type::AUTOMATION => &["0.3"],
        document_type::SESSION => &["1.0"],
        _ => &[],
    }
}

/// A text, or a number as YAML has it without quotes.
fn word(content: &Content) -> Option<String> {
    match content {
        Content::Text(text) => Some(text.clone()),
        Content::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn outline(
    kind: &str,
    versions: &[&str],
    schema: Option<&str>,
    content: &Content,
) -> Result<(), DocumentError> {
    let schema = schema.ok_or_else(|| invalid("The content for the document is not valid."))?;
    if !versions.contains(&schema) {
        // UNSURE: AWS's own sentence has not been seen.
        let sentence = format!("Schema version {schema} is not supported for documents of type {kind}.");
        return Err(DocumentError::InvalidSchema(sentence));
    }
    match (kind, schema) {
        (document_type::SESSION, _) => session(content),
        (_, "1.2") => {
            parameters(content)?;
            match content.get("runtimeConfig") {
                Some(Content::Object(plugins)) if !plugins.is_empty() => Ok(()),
                _ => Err(invalid("runtimeConfig is required in schema version 1.2.")),
            }
        }
        (_, _) => {
            parameters(content)?;
            steps(content)?;
            match kind {
                document_type::AUTOMATION => Ok(()), // its placeholders also name outputs and variables
                _ => defined(content),
            }
        }
    }
}

fn invalid(sentence: impl Into<String>) -> DocumentError {
    DocumentError::InvalidContent(sentence.into())
}

// DIFFERS: AWS has no such limit, as far as is known; here nobody's patterns may hold others up.
/// Bytes of a document's patterns: each takes time to compile.
const MOST_OF_PATTERNS: usize = 8 * 1024;

/// As agents will read it, and more strictly: a member that means nothing is a preference that would not
/// be kept.
fn session(content: &Content) -> Result<(), DocumentError> {
    let document = SessionDocument::parse(&content.to_json())?;
    if let Some(unknown) = document.unknown_members().first() {
        return Err(invalid(format!(
            "`{unknown}` is not a member of session documents"
        )));
    }
    let patterns = document.parameters.iter();
    let patterns = patterns.filter_map(|(_, parameter)| parameter.allowed_pattern.as_deref());
    if patterns.map(str::len).sum::<usize>() > MOST_OF_PATTERNS {
        return Err(invalid(format!(
            "the allowedPatterns together are longer than {MOST_OF_PATTERNS} bytes"
        )));
    }
    for (name, parameter) in document.parameters.iter() {
        let pattern = parameter.allowed_pattern.as_deref();
        if pattern.is_some_and(|pattern| AllowedPattern::parse(pattern).is_err()) {
            return Err(invalid(format!(
                "the allowedPattern of parameter `{name}` is not valid"
            )));
        }
    }
    Ok(())
}

fn parameters(content: &Content) -> Result<(), DocumentError> {
    const TYPES: [&str; 6] = [
        "String",
        "StringList",
        "Boolean",
        "Integer",
        "MapList",
        "StringMap",
    ];
    let parameters = content.get("parameters");
    if !matches!(parameters, None | Some(Content::Null | Content::Object(_))) {
        return Err(invalid("parameters must be an object"));
    }
    for (name, parameter) in parameters.into_iter().flat_map(Content::members) {
        let kind = parameter.get("type").and_then(Content::text).unwrap_or_default();
        // Automation has types of its own, such as List<AWS::EC2::Instance::Id>.
        if !TYPES.contains(&kind) && !kind.contains("AWS::") {
            return Err(invalid(format!(
                "parameter `{name}` has no type, or one that does not exist"
            )));
        }
    }
    Ok(())
}

fn steps(content: &Content) -> Result<(), DocumentError> {
    let steps = content.get("mainSteps").map(Content::items).unwrap_or_default();
    if steps.is_empty() {
        return Err(invalid("mainSteps is required and must have at least one step"));
    }
    let mut names = HashSet::new();
    for step in steps {
        let text = |member| step.get(member).and_then(Content::text).unwrap_or_default();
        let name = text("name");
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if text("action").is_empty() {
            return Err(invalid("each step needs an action"));
        }
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(invalid("each step needs a name of letters, digits, `_` and `-`"));
        }
        if !names.insert(name) {
            return Err(invalid(format!("step name `{name}` is used more than once")));
        }
    }
    Ok(())
}

/// Every `{{ name }}` is a parameter.
fn defined(content: &Content) -> Result<(), DocumentError> {
    let parameters = content.get("parameters");
    let known = |name: &str| parameters.is_some_and(|parameters| parameters.get(name).is_some());
    let steps = content.get("mainSteps").map(Content::items).unwrap_or_default();
    for step in steps {
        let inputs = step.get("inputs").unwrap_or(&Content::Null);
        let json = serde_json::to_value(inputs).expect("keys are texts");
        for name in placeholders(&json) {
            if !name.contains(':') && !known(&name) {
                return Err(invalid(format!(
                    "`{{{{ {name} }}}}` is not among the document's parameters"
                )));
            }
        }
    }
    Ok(())
}

/// Where it can run: what its actions say.
fn platforms(kind: &str, content: &Content) -> Vec<&'static str> {
    let steps = content.get("mainSteps").map(Content::items).unwrap_or_default();
    let actions = steps.iter().filter_map(|step| step.get("action")?.text());
    let plugins = content
        .get("runtimeConfig")
        .into_iter()
        .flat_map(Content::members);
    let actions: Vec<&str> = actions.chain(plugins.map(|(name, _)| name)).collect();
    match kind {
        document_type::COMMAND | document_type::POLICY if !actions.is_empty() => {
            let runs = |platform: &str| actions.iter().any(|action| runs_on(action, platform));
            EVERYWHERE.into_iter().filter(|platform| runs(platform)).collect()
        }
        _ => EVERYWHERE.to_vec(),
    }
}

fn runs_on(action: &str, platform: &str) -> bool {
    action != "aws:runShellScript" || platform != "Windows"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: &str, text: &str) -> (&'static str, String) {
        let error = check(kind, "JSON", text).unwrap_err();
        (error.code(), error.to_string())
    }

    const COMMAND: &str = r#"{"schemaVersion":"2.2","parameters":{"a":{"type":"String"}},"mainSteps":[{"action":"aws:runShellScript","name":"x","inputs":{"runCommand":["{{ a }}"]}}]}"#;

    #[test]
    fn a_command_document_runs_where_its_steps_run() {
        let checked = check("Command", "JSON", COMMAND).unwrap();
        assert_eq!(checked.schema.as_deref(), Some("2.2"));
        assert_eq!(checked.platforms, ["Linux".into(), "MacOS".into()]);
        let windows = COMMAND.replace("ShellScript", "PowerShellScript");
        assert_eq!(check("Command", "JSON", &windows).unwrap().platforms.len(), 3);
    }

    #[test]
    fn contents_that_make_no_sense_are_refused() {
        let content = "InvalidDocumentContent";
        assert_eq!(
            refused("Command", "schemaVersion: 2.2"),
            (content, "JSON not well-formed. at Line: 1, Column: 1".to_owned())
        );
        assert_eq!(refused("Command", "{}").0, content);
        assert_eq!(refused("Command", "3").0, content);
        for (from, to, code) in [
            ("2.2", "1.0", "InvalidDocumentSchemaVersion"),
            ("2.2", "0.3", "InvalidDocumentSchemaVersion"),
            ("String", "Text", content),
            ("{{ a }}", "{{ b }}", content),
            (r#""name":"x""#, r#""name":"x y""#, content),
            (r#""action":"aws:runShellScript","#, "", content),
            ("mainSteps", "steps", content),
        ] {
            assert_eq!(
                refused("Command", &COMMAND.replace(from, to)).0,
                code,
                "{from} {to}"
            );
        }
        assert_eq!(
            refused("Command", &" ".repeat(MAX_BYTES + 1)).0,
            "MaxDocumentSizeExceeded"
        );
    }

    #[test]
    fn a_session_document_has_to_be_right_to_the_last_member() {
        let right =
            r#"{"schemaVersion":"1.0","sessionType":"Standard_Stream","inputs":{"idleSessionTimeout":"20"}}"#;
        assert!(check("Session", "JSON", right).is_ok());
        for (from, to) in [
            ("\"20\"", "\"61\""),
            ("idleSessionTimeout", "idleTimeout"),
            ("Standard_Stream", "Shell"),
            ("\"inputs\"", "\"input\""),
        ] {
            assert_eq!(
                refused("Session", &right.replace(from, to)).0,
                "InvalidDocumentContent"
            );
        }
        assert_eq!(
            refused("Session", &right.replace("1.0", "2.2")).0,
            "InvalidDocumentSchemaVersion"
        );
    }

    #[test]
    fn free_forms_are_taken_as_they_are() {
        assert!(check("ChangeCalendar", "TEXT", "BEGIN:VCALENDAR").is_ok());
        assert!(check("ApplicationConfiguration", "JSON", "[1]").is_ok());
        assert!(check("Session", "TEXT", "BEGIN:VCALENDAR").is_err());
        let automation = "schemaVersion: '0.3'\nmainSteps:\n- name: a\n  action: aws:sleep\n  inputs:\n    x: '{{ a.out }}'\n";
        assert!(check("Automation", "YAML", automation).is_ok());
    }
}
