//! What is drawn, judged twice, shrunk and printed: policies and a request, as plain data.

use std::fmt::{self, Write};

use kagiban_policy::{Kind, Principal, Reach, Rule};
use serde_json::{Map, Value, json};

/// The policies around a request.
#[derive(Clone, Debug)]
pub(crate) struct Policies {
    pub(crate) identity: Vec<Document>,
    pub(crate) boundary: Option<Document>,
    pub(crate) session: Option<Vec<Document>>,
    pub(crate) resource: Option<Document>,
    /// Level by level.
    pub(crate) control: Vec<Vec<Document>>,
    pub(crate) rule: Rule,
    /// How a grant names the caller, if one covers the request.
    pub(crate) granted: Option<Reach>,
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) caller: Principal<'static>,
    pub(crate) action: &'static str,
    pub(crate) resource: String,
    /// Whether the resource is the other account's; `None` if it has no owner.
    pub(crate) foreign: Option<bool>,
    pub(crate) facts: Vec<Fact>,
}

/// A condition key and its values.
pub(crate) type Fact = (&'static str, Vec<String>);

#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) version: Option<&'static str>,
    pub(crate) statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) allow: bool,
    pub(crate) principal: Option<Element<(&'static str, String)>>,
    pub(crate) action: Element<String>,
    pub(crate) resource: Option<Element<String>>,
    pub(crate) conditions: Vec<Condition>,
}

/// An element, or its `Not…` twin.
#[derive(Clone, Debug)]
pub(crate) struct Element<T> {
    pub(crate) not: bool,
    pub(crate) listed: Vec<T>,
}

#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// With prefix and suffix; no two of a statement have the same.
    pub(crate) operator: String,
    pub(crate) key: &'static str,
    pub(crate) values: Vec<String>,
}

impl Policies {
    /// Every document with the kind it is parsed as.
    pub(crate) fn documents(&self) -> impl Iterator<Item = (Kind, &Document)> {
        let resource = match self.rule {
            Rule::KeyPolicy => Kind::Key,
            Rule::Trust => Kind::Trust,
            Rule::Ordinary | Rule::Exempt => Kind::Resource,
        };
        let own = self.identity.iter().chain(&self.boundary);
        own.chain(self.session.iter().flatten())
            .chain(self.control.iter().flatten())
            .map(|document| (Kind::Identity, document))
            .chain(self.resource.iter().map(move |document| (resource, document)))
    }
}

impl Document {
    pub(crate) fn text(&self) -> String {
        let mut members = Map::new();
        if let Some(version) = self.version {
            members.insert("Version".into(), version.into());
        }
        let statements = self.statements.iter().map(Statement::json).collect();
        members.insert("Statement".into(), scalar_if_one(statements));
        Value::Object(members).to_string()
    }
}

impl Statement {
    fn json(&self) -> Value {
        let mut members = Map::new();
        members.insert("Effect".into(), if self.allow { "Allow" } else { "Deny" }.into());
        if let Some(principal) = &self.principal {
            members.insert(principal.name("Principal"), principals(&principal.listed));
        }
        members.insert(self.action.name("Action"), texts(&self.action.listed));
        if let Some(resource) = &self.resource {
            members.insert(resource.name("Resource"), texts(&resource.listed));
        }
        if !self.conditions.is_empty() {
            let condition = |c: &Condition| (c.operator.clone(), json!({ c.key: texts(&c.values) }));
            let conditions = self.conditions.iter().map(condition).collect();
            members.insert("Condition".into(), Value::Object(conditions));
        }
        Value::Object(members)
    }
}

impl<T> Element<T> {
    fn name(&self, plain: &str) -> String {
        format!("{}{plain}", if self.not { "Not" } else { "" })
    }
}

fn principals(listed: &[(&str, String)]) -> Value {
    if listed.iter().any(|(heading, _)| heading.is_empty()) {
        return "*".into();
    }
    let mut headings = Map::new();
    for (heading, text) in listed {
        let texts = headings.entry(*heading).or_insert_with(|| json!([]));
        texts.as_array_mut().unwrap().push(text.as_str().into());
    }
    Value::Object(headings)
}

fn texts(texts: &[String]) -> Value {
    scalar_if_one(texts.iter().map(|text| text.as_str().into()).collect())
}

/// A list of one is written without its brackets, so both forms are met.
fn scalar_if_one(mut values: Vec<Value>) -> Value {
    match values.len() {
        1 => values.remove(0),
        _ => Value::Array(values),
    }
}

/// What is printed when the two judges disagree.
pub(crate) struct Printed<'a>(pub(crate) &'a Policies, pub(crate) &'a Request);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Printed(policies, request) = self;
        let mut show = |name: &str, document: &Document| writeln!(f, "{name}: {}", document.text());
        policies.identity.iter().try_for_each(|d| show("identity", d))?;
        policies.boundary.iter().try_for_each(|d| show("boundary", d))?;
        policies
            .session
            .iter()
            .flatten()
            .try_for_each(|d| show("session", d))?;
        policies.resource.iter().try_for_each(|d| show("resource", d))?;
        policies
            .control
            .iter()
            .flatten()
            .try_for_each(|d| show("control", d))?;
        let sessions = policies.session.as_ref().map(Vec::len);
        let levels: Vec<_> = policies.control.iter().map(Vec::len).collect();
        writeln!(
            f,
            "{:?}, granted: {:?}, session policies: {sessions:?}, levels: {levels:?}",
            policies.rule, policies.granted
        )?;
        f.write_char('\n')?;
        write!(f, "{request:#?}")
    }
}
