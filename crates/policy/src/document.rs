//! Policy documents: the text as it was given, and its statements, compiled.

use crate::action::Services;
use crate::context::ContextKey;
use crate::elements::Elements;
use crate::json::{self, Node, Value};
use crate::malformed::MalformedPolicy;
use crate::principal_element::WrittenPrincipal;
use crate::statement::Statement;

/// What a policy is attached to, which decides what its statements must and must not say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Identity, boundary, session and service control policies: no principal.
    Identity,
    /// Policies of resources other than keys and roles.
    Resource,
    /// A role's trust policy: no resource, and actions of STS only.
    Trust,
    /// A key policy.
    Key,
}

/// The version of the language.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Version {
    /// `2008-10-17`, also meant where none is written: `${…}` is plain text.
    V2008,
    /// `2012-10-17`: with variables.
    V2012,
}

/// A parsed and compiled policy document.
#[derive(Clone, Debug)]
pub struct Policy {
    text: Box<str>,
    kind: Kind,
    version: Option<Version>,
    pub(crate) statements: Box<[Statement]>,
    /// Each statement's services, side by side, so that a glance tells which are worth a look.
    services: Box<[Services]>,
}

impl Policy {
    /// Longest text that is read, in bytes. The quotas of users, roles and keys are far below; their
    /// owners count them with [`Policy::len_without_whitespace`].
    pub const MAX_LEN: usize = 131_072;

    /// Parses and compiles a document.
    ///
    /// # Errors
    ///
    /// Whatever AWS refuses with `MalformedPolicyDocument`, except that principals need not exist: see
    /// [`Policy::principals`].
    pub fn parse(text: &str, kind: Kind) -> Result<Policy, MalformedPolicy> {
        if text.len() > Self::MAX_LEN {
            return Err(MalformedPolicy::TooLong { limit: Self::MAX_LEN });
        }
        let node = json::read(text).map_err(|_| match kind {
            Kind::Trust => MalformedPolicy::InvalidJson,
            Kind::Identity | Kind::Resource | Kind::Key => MalformedPolicy::Syntax,
        })?;
        let document = Document::read(&node)?;
        let variables = document.version == Some(Version::V2012);
        let statement = |node| Elements::read(node)?.compile(kind, variables);
        let statements: Box<[Statement]> = document
            .statements
            .iter()
            .map(statement)
            .collect::<Result<_, _>>()?;
        if repeats_a_sid(&statements) {
            return Err(MalformedPolicy::DuplicateSid);
        }
        Ok(Self::compiled(text, kind, document.version, statements))
    }

    /// Denies everything: what a stored document that can no longer be read has to do.
    pub fn broken() -> Policy {
        Self::compiled("", Kind::Resource, None, [Statement::deny_all()].into())
    }

    fn compiled(text: &str, kind: Kind, version: Option<Version>, statements: Box<[Statement]>) -> Policy {
        Policy {
            text: text.into(),
            kind,
            version,
            services: statements.iter().map(Statement::services).collect(),
            statements,
        }
    }

    /// The statements that can be about actions of these services, with their places.
    pub(crate) fn about(&self, services: Services) -> impl Iterator<Item = (usize, &Statement)> {
        let all = self.statements.iter().zip(&self.services).enumerate();
        all.filter(move |(_, (_, own))| own.meets(services))
            .map(|(index, (statement, _))| (index, statement))
    }

    /// The document, byte for byte as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the document was parsed as.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The version, if one is written.
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// Refuses a document without a `Version`, as IAM does when a policy is created.
    ///
    /// # Errors
    ///
    /// [`MalformedPolicy::Version`].
    pub fn demand_version(&self) -> Result<(), MalformedPolicy> {
        self.version.map(|_| ()).ok_or(MalformedPolicy::Version)
    }

    /// Characters that count towards IAM's quotas: all but white space.
    pub fn len_without_whitespace(&self) -> usize {
        self.text.chars().filter(|char| !char.is_whitespace()).count()
    }

    /// The Sids, statement by statement.
    pub fn sids(&self) -> impl Iterator<Item = Option<&str>> {
        self.statements.iter().map(Statement::sid)
    }

    /// A statement's text, byte for byte as it was given.
    pub fn statement_text(&self, index: usize) -> Option<&str> {
        self.text.get(self.statements.get(index)?.span.clone())
    }

    /// The condition keys that the statements ask for, those of variables included, as they are
    /// written, in their order and as often as they occur.
    pub fn context_keys(&self) -> impl Iterator<Item = &str> {
        self.statements
            .iter()
            .flat_map(Statement::keys)
            .map(ContextKey::written)
    }

    /// Every principal that is written in the document, in its order.
    pub fn principals(&self) -> impl Iterator<Item = &WrittenPrincipal> {
        self.statements
            .iter()
            .filter_map(|statement| statement.principal.as_ref())
            .flat_map(|element| &element.written)
    }

    /// The text with principals replaced, all else untouched: ARNs by unique ids before a document is
    /// stored, and back when it is shown. `replace` returns `None` for what stays.
    pub fn with_principals(&self, mut replace: impl FnMut(&WrittenPrincipal) -> Option<String>) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut copied = 0;
        // INVARIANT: principals come in the order in which they are written, so spans only grow.
        for principal in self.principals() {
            if let Some(new) = replace(principal) {
                text.push_str(&self.text[copied..principal.span.start]);
                text.push_str(&serde_json::Value::String(new).to_string());
                copied = principal.span.end;
            }
        }
        text.push_str(&self.text[copied..]);
        text
    }
}

/// A Sid names a statement; an empty one is none.
fn repeats_a_sid(statements: &[Statement]) -> bool {
    let mut sids: Vec<_> = statements.iter().filter_map(Statement::sid).collect();
    sids.sort_unstable();
    sids.windows(2).any(|pair| pair[0] == pair[1])
}

struct Document<'a> {
    version: Option<Version>,
    statements: &'a [Node],
}

impl<'a> Document<'a> {
    fn read(node: &'a Node) -> Result<Document<'a>, MalformedPolicy> {
        let Value::Object(members) = &node.value else {
            return Err(MalformedPolicy::Syntax);
        };
        let mut document = Document {
            version: None,
            statements: &[],
        };
        for (name, node) in members {
            match (&**name, &node.value) {
                ("Version", Value::Text(text)) => document.version = Some(version(text)?),
                ("Id", Value::Text(_)) => {}
                ("Statement", Value::List(nodes)) => document.statements = nodes,
                ("Statement", Value::Object(_)) => document.statements = std::slice::from_ref(node),
                _ => return Err(MalformedPolicy::Syntax),
            }
        }
        if document.statements.is_empty() {
            Err(MalformedPolicy::Syntax)
        } else {
            Ok(document)
        }
    }
}

fn version(text: &str) -> Result<Version, MalformedPolicy> {
    match text {
        "2012-10-17" => Ok(Version::V2012),
        "2008-10-17" => Ok(Version::V2008),
        _ => Err(MalformedPolicy::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Policy>();
    }
}
