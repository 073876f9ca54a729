//! Session documents, schema 1.0: what sessions of a kind do, and what those who start them may say.
//!
//! The service reads a document when it is made and again for each session; the agent reads it with
//! the session's order. Both fill in the arguments with [`SessionDocument::resolve`], so what the
//! service has checked is what the agent carries out.

mod error;
mod inputs;
mod kms_key;
mod members;
mod parameter;
mod placeholder;
mod properties;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use error::DocumentError;
pub use inputs::{Inputs, ShellProfile};
pub use parameter::{Arguments, Parameter, ParameterKind, Parameters};
pub use properties::{Command, Commands, Plan, Port};

use members::Stage;

/// Bytes that a document may have.
pub const MAX_BYTES: usize = 64 * 1024;
/// Objects and lists within each other; real documents have four.
pub const MAX_DEPTH: usize = 16;

/// The four kinds of session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SessionType {
    /// A shell in a terminal.
    StandardStream,
    /// Commands in a terminal.
    InteractiveCommands,
    /// Commands without one.
    NonInteractiveCommands,
    /// Bytes to and from a port.
    Port,
}

impl SessionType {
    const ALL: [SessionType; 4] = [
        SessionType::StandardStream,
        SessionType::InteractiveCommands,
        SessionType::NonInteractiveCommands,
        SessionType::Port,
    ];

    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            SessionType::StandardStream => "Standard_Stream",
            SessionType::InteractiveCommands => "InteractiveCommands",
            SessionType::NonInteractiveCommands => "NonInteractiveCommands",
            SessionType::Port => "Port",
        }
    }

    fn parse(word: &str) -> Result<SessionType, DocumentError> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|kind| kind.as_str() == word);
        found.ok_or_else(|| DocumentError::SessionType(word.chars().take(40).collect()))
    }
}

/// A document that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionDocument {
    /// What it is for.
    pub description: Option<String>,
    /// What kind of session it starts.
    pub session_type: SessionType,
    /// What those who start a session may say, in the document's order.
    pub parameters: Parameters,
    inputs: Value,
    properties: Value,
    unknown: Vec<String>,
}

/// A document with the arguments of one session.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// What kind of session it is.
    pub session_type: SessionType,
    /// The preferences.
    pub inputs: Inputs,
    /// What is done.
    pub plan: Plan,
    /// The properties as JSON, for the handshake, which shows them to the client.
    pub properties: Value,
}

/// A document as serde reads it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    schema_version: Option<String>,
    description: Option<String>,
    session_type: Option<String>,
    #[serde(default)]
    parameters: Option<Parameters>,
    #[serde(default)]
    inputs: Value,
    #[serde(default)]
    properties: Value,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl SessionDocument {
    /// Reads a document's JSON.
    ///
    /// # Errors
    ///
    /// What is wrong with it, the first thing found. Members that mean nothing are no error here, for an
    /// agent passes over them; see [`SessionDocument::unknown_members`].
    pub fn parse(text: &str) -> Result<SessionDocument, DocumentError> {
        if text.len() > MAX_BYTES {
            return Err(DocumentError::TooLong(text.len()));
        }
        let written: Written = serde_json::from_str(text).map_err(|error| not_read(&error))?;
        SessionDocument::of(written)
    }

    fn of(written: Written) -> Result<SessionDocument, DocumentError> {
        let missing = |name: &str| DocumentError::Missing(name.to_owned());
        let version = written.schema_version.ok_or_else(|| missing("schemaVersion"))?;
        if version != "1.0" {
            return Err(DocumentError::SchemaVersion(version.chars().take(40).collect()));
        }
        let kind = written.session_type.ok_or_else(|| missing("sessionType"))?;
        let mut unknown: Vec<String> = written.unknown.into_iter().map(|(name, _)| name).collect();
        unknown.extend(Inputs::unknown(&written.inputs));
        let document = SessionDocument {
            description: written.description,
            session_type: SessionType::parse(&kind)?,
            parameters: written.parameters.unwrap_or_default(),
            inputs: written.inputs,
            properties: written.properties,
            unknown,
        };
        document.check()?;
        Ok(document)
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.parameters.check()?;
        for part in [&self.inputs, &self.properties] {
            // Each of them is one level down already.
            if depth(part) >= MAX_DEPTH {
                return Err(DocumentError::TooDeep);
            }
        }
        let mut defined = Ok(());
        let mut is_defined = |name: &str| {
            if !parameter::is_reference(name) && self.parameters.get(name).is_none() {
                defined = Err(DocumentError::Undefined(name.to_owned()));
            }
        };
        placeholder::each_name(&self.inputs, &mut is_defined);
        placeholder::each_name(&self.properties, &mut is_defined);
        defined?;
        Inputs::read(&self.inputs, Stage::Draft)?;
        Plan::read(self.session_type, &self.properties, Stage::Draft)?;
        Ok(())
    }

    /// The paths of members that mean nothing, which are most often slips of the pen.
    pub fn unknown_members(&self) -> &[String] {
        &self.unknown
    }

    /// The parameters of Parameter Store that the document refers to, as `{{ ssm:name }}`: each name
    /// once, without `ssm:`, in order.
    pub fn references(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for part in [&self.inputs, &self.properties] {
            placeholder::each_name(part, &mut |name| {
                names.extend(name.strip_prefix(placeholder::REFERENCE));
            });
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The arguments that StartSession's parameters make, without defaults.
    ///
    /// # Errors
    ///
    /// If the document does not have such a parameter, or the texts do not fit it. Patterns are not
    /// looked at; see [`Parameter::allowed_pattern`].
    pub fn arguments(&self, given: &BTreeMap<String, Vec<String>>) -> Result<Arguments, DocumentError> {
        let argument = |(name, texts): (&String, &Vec<String>)| {
            let parameter = self.parameters.get(name);
            let parameter = parameter.ok_or_else(|| DocumentError::UnknownParameter(name.clone()))?;
            Ok((name.clone(), parameter.argument(name, texts)?))
        };
        given.iter().map(argument).collect()
    }

    /// What one session does: arguments and defaults put in. An argument may also be called
    /// `ssm:<name>`, for what is referred to; a reference without one is left as it stands.
    ///
    /// # Errors
    ///
    /// If arguments lack, do not fit, or make of the document something that it must not be.
    pub fn resolve(&self, arguments: &Arguments) -> Result<Resolved, DocumentError> {
        let all = self.parameters.complete(arguments)?;
        let lookup = |name: &str| all.get(name);
        let properties = placeholder::filled(&self.properties, &lookup);
        let inputs = placeholder::filled(&self.inputs, &lookup);
        Ok(Resolved {
            session_type: self.session_type,
            inputs: Inputs::read(&inputs, Stage::Final)?,
            plan: Plan::read(self.session_type, &properties, Stage::Final)?,
            properties,
        })
    }

    /// The document as an agent is sent it: JSON in which every member has the type that agents of
    /// AWS's insist on.
    pub fn content(&self) -> Value {
        let mut content = Map::new();
        content.insert("schemaVersion".to_owned(), "1.0".into());
        content.insert("sessionType".to_owned(), self.session_type.as_str().into());
        content.insert("inputs".to_owned(), Inputs::content(&self.inputs));
        let parameters = serde_json::to_value(&self.parameters).expect("texts and JSON values");
        let optional = [
            ("description", self.description.clone().map(Value::String)),
            (
                "parameters",
                Some(parameters).filter(|_| !self.parameters.is_empty()),
            ),
            (
                "properties",
                Some(self.properties.clone()).filter(|value| !value.is_null()),
            ),
        ];
        for (name, value) in optional {
            content.extend(value.map(|value| (name.to_owned(), value)));
        }
        Value::Object(content)
    }
}

/// The names of all `{{ name }}` in a value, as often as they are there.
pub fn placeholders(value: &Value) -> Vec<String> {
    let mut names = Vec::new();
    placeholder::each_name(value, &mut |name| names.push(name.to_owned()));
    names
}

/// serde's errors, told apart into those of JSON and those of its shape.
fn not_read(error: &serde_json::Error) -> DocumentError {
    match error.classify() {
        serde_json::error::Category::Data => DocumentError::Shape(error.to_string()),
        _ => DocumentError::NotJson {
            line: error.line(),
            column: error.column(),
        },
    }
}

/// Objects and lists within each other. The reader has seen to it that they are not many.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const FORWARD: &str = r#"{
        "schemaVersion": "1.0", "description": "To a port.", "sessionType": "Port",
        "parameters": {
            "portNumber": {"type": "String", "default": "80", "allowedPattern": "^[0-9]+$"},
            "localPortNumber": {"type": "String", "default": "0"}
        },
        "properties": {
            "portNumber": "{{ portNumber }}", "type": "LocalPortForwarding",
            "localPortNumber": "{{localPortNumber}}"
        }
    }"#;

    fn given(name: &str, texts: &[&str]) -> BTreeMap<String, Vec<String>> {
        let texts = texts.iter().map(|&text| text.to_owned()).collect();
        BTreeMap::from([(name.to_owned(), texts)])
    }

    fn refusal(text: &str) -> String {
        SessionDocument::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_session_has_its_arguments_and_the_documents_defaults() {
        let document = SessionDocument::parse(FORWARD).unwrap();
        let names: Vec<&str> = document.parameters.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["portNumber", "localPortNumber"], "as they are written");
        let arguments = document.arguments(&given("portNumber", &["5432"])).unwrap();
        let session = document.resolve(&arguments).unwrap();
        let properties = json!({"portNumber": "5432", "type": "LocalPortForwarding", "localPortNumber": "0"});
        assert_eq!(session.properties, properties);
        let Plan::Port(port) = session.plan else {
            panic!("{session:?}");
        };
        assert_eq!((port.port_number, port.is_forwarding), (5432, true));
    }

    #[test]
    fn arguments_that_do_not_fit_are_refused() {
        let document = SessionDocument::parse(FORWARD).unwrap();
        for (given, text) in [
            (given("port", &["1"]), "the document has no parameter `port`"),
            (
                given("portNumber", &["1", "2"]),
                "parameter `portNumber` must be one text",
            ),
            (
                given("portNumber", &[]),
                "parameter `portNumber` must be one text",
            ),
        ] {
            assert_eq!(document.arguments(&given).unwrap_err().to_string(), text);
        }
        let arguments = document.arguments(&given("portNumber", &["ssh"])).unwrap();
        assert!(
            document.resolve(&arguments).is_err(),
            "a pattern is the service's, a port is everybody's"
        );
    }

    #[test]
    fn a_parameter_without_a_default_has_to_be_given() {
        let text = FORWARD.replace(r#""default": "80", "#, "");
        let document = SessionDocument::parse(&text).unwrap();
        let refused = document.resolve(&Arguments::new()).unwrap_err();
        assert_eq!(refused, DocumentError::MissingArgument("portNumber".to_owned()));
    }

    #[test]
    fn documents_that_make_no_sense_are_refused() {
        assert_eq!(refusal("{"), "JSON not well-formed. at Line: 1, Column: 1");
        assert_eq!(
            refusal("schemaVersion: '1.0'"),
            "JSON not well-formed. at Line: 1, Column: 1"
        );
        for (from, to, text) in [
            (
                r#""1.0""#,
                r#""2.2""#,
                "schema version `2.2` is not supported; a session document has `1.0`",
            ),
            (r#""schemaVersion": "1.0", "#, "", "`schemaVersion` is missing"),
            (r#""sessionType": "Port","#, "", "`sessionType` is missing"),
            (
                "{{localPortNumber}}",
                "{{ local }}",
                "`{{ local }}` is not among the document's parameters",
            ),
            (
                r#""80""#,
                "80",
                "`parameters.portNumber.default` is `80`; it must be one text",
            ),
        ] {
            assert_eq!(refusal(&FORWARD.replacen(from, to, 1)), text);
        }
        let shell = FORWARD.replace(r#""Port","#, r#""Shell","#);
        assert!(refusal(&shell).starts_with("session type `Shell`"));
        let twice = FORWARD.replace(r#""localPortNumber": {"#, r#""portNumber": {"#);
        assert!(refusal(&twice).contains("duplicate"));
        assert!(refusal(&" ".repeat(MAX_BYTES + 1)).contains("65537 bytes"));
    }

    #[test]
    fn what_is_too_deep_is_refused_whatever_it_is() {
        let nested = |levels: usize| {
            let deep = "[".repeat(levels) + &"]".repeat(levels);
            format!(
                r#"{{"schemaVersion":"1.0","sessionType":"Standard_Stream","properties":{{"x":{deep}}}}}"#
            )
        };
        assert!(SessionDocument::parse(&nested(MAX_DEPTH - 2)).is_ok());
        assert_eq!(
            SessionDocument::parse(&nested(MAX_DEPTH - 1)),
            Err(DocumentError::TooDeep)
        );
        assert!(SessionDocument::parse(&nested(10_000)).is_err());
    }

    #[test]
    fn slips_of_the_pen_are_named_but_no_error() {
        let text =
            r#"{"schemaVersion":"1.0","sessionType":"Standard_Stream","input":{},"inputs":{"kmsKey":""}}"#;
        let document = SessionDocument::parse(text).unwrap();
        assert_eq!(document.unknown_members(), ["input", "inputs.kmsKey"]);
    }

    #[test]
    fn references_to_parameter_store_are_listed_and_filled_in_when_known() {
        let text = r#"{"schemaVersion":"1.0","sessionType":"InteractiveCommands",
            "properties":{"linux":{"commands":"echo {{ ssm:/motd }} {{ssm:/motd}} {{ssm:x}}"}}}"#;
        let document = SessionDocument::parse(text).unwrap();
        assert_eq!(document.references(), ["/motd", "x"]);
        let arguments = Arguments::from([("ssm:/motd".to_owned(), json!("hello"))]);
        let session = document.resolve(&arguments).unwrap();
        assert_eq!(
            session.properties["linux"]["commands"],
            "echo hello hello {{ssm:x}}"
        );
    }

    #[test]
    fn an_agent_reads_what_it_is_sent_as_the_author_meant_it() {
        let document = SessionDocument::parse(FORWARD).unwrap();
        let again = SessionDocument::parse(&document.content().to_string()).unwrap();
        assert_eq!(
            document.resolve(&Arguments::new()),
            again.resolve(&Arguments::new())
        );
        assert_eq!(
            document.content()["parameters"]["portNumber"]["allowedPattern"],
            "^[0-9]+$"
        );
    }

    proptest! {
        #[test]
        fn a_document_with_anything_changed_is_read_or_refused(
            at in 0..FORWARD.len(), cut in 0usize..8, put in r#"["{}: a-z0-9,]{0,8}"#,
        ) {
            let end = (at + cut).min(FORWARD.len());
            let changed = format!("{}{put}{}", &FORWARD[..at], &FORWARD[end..]);
            if let Ok(document) = SessionDocument::parse(&changed) {
                let _ = document.resolve(&Arguments::new());
                prop_assert!(SessionDocument::parse(&document.content().to_string()).is_ok());
            }
        }
    }
}
