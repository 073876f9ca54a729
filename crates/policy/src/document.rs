//! Policy documents: the text as it was given, and its statements, compiled.

use crate::action::ActionPattern;
use crate::condition::Condition;
use crate::json::{self, Node, Value};
use crate::malformed::MalformedPolicy;
use crate::principal_element::{PrincipalElement, WrittenPrincipal};
use crate::resource::ResourcePattern;
use crate::statement::{Actions, Effect, Resources, Statement};

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
        let statement = |node| RawStatement::read(node)?.compile(kind, variables);
        let statements: Box<[Statement]> = document
            .statements
            .iter()
            .map(statement)
            .collect::<Result<_, _>>()?;
        if repeats_a_sid(&statements) {
            return Err(MalformedPolicy::DuplicateSid);
        }
        Ok(Policy {
            text: text.into(),
            kind,
            version: document.version,
            statements,
        })
    }

    /// Denies everything: what a stored document that can no longer be read has to do.
    pub fn broken() -> Policy {
        Policy {
            text: "".into(),
            kind: Kind::Resource,
            version: None,
            statements: [Statement::deny_all()].into(),
        }
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

/// A statement's elements as written; of an element and its `Not…` twin at most one is there.
struct RawStatement<'a> {
    node: &'a Node,
    sid: Option<&'a str>,
    effect: Effect,
    principal: Option<(&'a Node, bool)>,
    action: Option<(&'a Node, bool)>,
    resource: Option<(&'a Node, bool)>,
    condition: Option<&'a Node>,
}

impl<'a> RawStatement<'a> {
    fn read(node: &'a Node) -> Result<RawStatement<'a>, MalformedPolicy> {
        let Value::Object(members) = &node.value else {
            return Err(MalformedPolicy::Syntax);
        };
        let (mut sid, mut effect, mut condition) = (None, None, None);
        let (mut principal, mut action, mut resource) = (None, None, None);
        for (name, node) in members {
            match &**name {
                "Sid" => sid = Some(text(node)?),
                "Effect" => effect = Some(self::effect(text(node)?)?),
                "Condition" => condition = Some(node),
                "Principal" => once(&mut principal, node, false)?,
                "NotPrincipal" => once(&mut principal, node, true)?,
                "Action" => once(&mut action, node, false)?,
                "NotAction" => once(&mut action, node, true)?,
                "Resource" => once(&mut resource, node, false)?,
                "NotResource" => once(&mut resource, node, true)?,
                _ => return Err(MalformedPolicy::Syntax),
            }
        }
        let effect = effect.ok_or(MalformedPolicy::Syntax)?;
        Ok(RawStatement {
            node,
            sid,
            effect,
            principal,
            action,
            resource,
            condition,
        })
    }

    fn compile(self, kind: Kind, variables: bool) -> Result<Statement, MalformedPolicy> {
        Ok(Statement {
            effect: self.effect,
            principal: self.principal(kind)?,
            actions: self.actions(kind)?,
            resources: self.resources(kind, variables)?,
            conditions: self.conditions(kind, variables)?.into(),
            sid: self.sid(kind)?.map(Into::into),
            span: self.node.span.clone(),
        })
    }

    fn sid(&self, kind: Kind) -> Result<Option<&'a str>, MalformedPolicy> {
        let alphanumeric = |sid: &str| sid.bytes().all(|b| b.is_ascii_alphanumeric());
        match (self.sid, kind) {
            (Some(sid), Kind::Identity | Kind::Trust) if !alphanumeric(sid) => {
                Err(MalformedPolicy::InvalidSid)
            }
            (sid, _) => Ok(sid.filter(|sid| !sid.is_empty())),
        }
    }

    fn principal(&self, kind: Kind) -> Result<Option<PrincipalElement>, MalformedPolicy> {
        match (self.principal, kind) {
            (None, Kind::Identity) => Ok(None),
            (Some(_), Kind::Identity) => Err(MalformedPolicy::PrincipalProhibited),
            (None, _) => Err(MalformedPolicy::NoPrincipal),
            (Some((node, inverted)), _) => PrincipalElement::parse(node, inverted).map(Some),
        }
    }

    fn actions(&self, kind: Kind) -> Result<Actions, MalformedPolicy> {
        let (node, inverted) = self.action.ok_or(MalformedPolicy::NoActions)?;
        let patterns: Box<[ActionPattern]> = texts(node)?
            .into_iter()
            .map(ActionPattern::parse)
            .collect::<Result<_, _>>()?;
        if patterns.is_empty() {
            return Err(MalformedPolicy::NoActions);
        }
        if kind == Kind::Trust && !patterns.iter().all(ActionPattern::is_sts) {
            return Err(MalformedPolicy::NotAssumeRole);
        }
        Ok(Actions { patterns, inverted })
    }

    fn resources(&self, kind: Kind, variables: bool) -> Result<Option<Resources>, MalformedPolicy> {
        let (node, inverted) = match (self.resource, kind) {
            (None, Kind::Trust) => return Ok(None),
            (Some(_), Kind::Trust) => return Err(MalformedPolicy::ResourceProhibited),
            (None, _) => return Err(MalformedPolicy::NoResources),
            (Some(resource), _) => resource,
        };
        let pattern = |text| ResourcePattern::parse(text, variables);
        let patterns: Box<[ResourcePattern]> =
            texts(node)?.into_iter().map(pattern).collect::<Result<_, _>>()?;
        if patterns.is_empty() {
            return Err(MalformedPolicy::NoResources);
        }
        Ok(Some(Resources { patterns, inverted }))
    }

    fn conditions(&self, kind: Kind, variables: bool) -> Result<Vec<Condition>, MalformedPolicy> {
        let mut conditions = Vec::new();
        let Some(node) = self.condition else {
            return Ok(conditions);
        };
        for (operator, node) in members(node)? {
            for (key, node) in members(node)? {
                let condition = Condition::parse(operator, key, &scalars(node)?, variables)?;
                if kind == Kind::Key && condition.is_overly_permissive() {
                    return Err(MalformedPolicy::OverlyPermissive {
                        operator: operator.clone(),
                        key: key.clone(),
                    });
                }
                conditions.push(condition);
            }
        }
        Ok(conditions)
    }
}

fn once<'a>(
    place: &mut Option<(&'a Node, bool)>,
    node: &'a Node,
    inverted: bool,
) -> Result<(), MalformedPolicy> {
    match place.replace((node, inverted)) {
        None => Ok(()),
        Some(_) => Err(MalformedPolicy::Syntax),
    }
}

fn effect(text: &str) -> Result<Effect, MalformedPolicy> {
    match text {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        _ => Err(MalformedPolicy::Syntax),
    }
}

fn text(node: &Node) -> Result<&str, MalformedPolicy> {
    match &node.value {
        Value::Text(text) => Ok(text),
        _ => Err(MalformedPolicy::Syntax),
    }
}

/// One text, or a list of them.
fn texts(node: &Node) -> Result<Vec<&str>, MalformedPolicy> {
    match &node.value {
        Value::List(nodes) => nodes.iter().map(text).collect(),
        _ => text(node).map(|text| vec![text]),
    }
}

fn members(node: &Node) -> Result<&[(Box<str>, Node)], MalformedPolicy> {
    match &node.value {
        Value::Object(members) => Ok(members),
        _ => Err(MalformedPolicy::Syntax),
    }
}

/// A condition's values, bare truth values and numbers as text.
fn scalars(node: &Node) -> Result<Vec<Box<str>>, MalformedPolicy> {
    match &node.value {
        Value::List(nodes) => nodes.iter().map(scalar).collect(),
        _ => scalar(node).map(|text| vec![text]),
    }
}

fn scalar(node: &Node) -> Result<Box<str>, MalformedPolicy> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => Ok(text.clone()),
        Value::Bool(true) => Ok("true".into()),
        Value::Bool(false) => Ok("false".into()),
        Value::Null | Value::List(_) | Value::Object(_) => Err(MalformedPolicy::Syntax),
    }
}
