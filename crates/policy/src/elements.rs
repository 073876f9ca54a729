//! The elements of a statement as they are written, and what each kind of policy asks of them.

use crate::action::ActionPattern;
use crate::condition::Condition;
use crate::document::Kind;
use crate::json::{Node, Value};
use crate::malformed::MalformedPolicy;
use crate::principal_element::PrincipalElement;
use crate::resource::ResourcePattern;
use crate::statement::{Actions, Effect, Resources, Statement};

/// The elements; of one and its `Not…` twin at most one is there, and the flag tells which.
pub(crate) struct Elements<'a> {
    node: &'a Node,
    sid: Option<&'a str>,
    effect: Effect,
    principal: Option<(&'a Node, bool)>,
    action: Option<(&'a Node, bool)>,
    resource: Option<(&'a Node, bool)>,
    condition: Option<&'a Node>,
}

impl<'a> Elements<'a> {
    pub(crate) fn read(node: &'a Node) -> Result<Elements<'a>, MalformedPolicy> {
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
        Ok(Elements {
            node,
            sid,
            effect,
            principal,
            action,
            resource,
            condition,
        })
    }

    pub(crate) fn compile(self, kind: Kind, variables: bool) -> Result<Statement, MalformedPolicy> {
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
                // DIFFERS: AWS takes it and never finds the key: whoever may name keys must not choose who
                // may use them. A policy that can only surprise is refused here.
                if kind == Kind::Key && key.eq_ignore_ascii_case("kms:ResourceAliases") {
                    return Err(MalformedPolicy::IdentityPoliciesOnly { key: key.clone() });
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
