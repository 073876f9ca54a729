//! A request and the policies around it, put together piece by piece.

use kagiban_aws::AccountId;
use kagiban_policy::{
    Attached, Denial, Facts, Granted, Kind, Policy, Principal, Question, Reach, Rule, Verdict, decide,
};

use crate::callers;

pub(crate) struct Scene {
    principal: Principal<'static>,
    action: String,
    resource: String,
    alias: Option<String>,
    owner: AccountId,
    facts: Facts,
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Vec<Policy>>,
    resource_policy: Option<Policy>,
    service_control: Option<Policy>,
    granted: Option<Reach>,
    rule: Rule,
}

/// A request of a caller, with no policy anywhere.
pub(crate) fn scene(principal: Principal<'static>, action: &str, resource: &str) -> Scene {
    Scene {
        principal,
        action: action.to_owned(),
        resource: resource.to_owned(),
        alias: None,
        owner: callers::account_a(),
        facts: Facts::new(),
        identity: Vec::new(),
        boundary: None,
        session: None,
        resource_policy: None,
        service_control: None,
        granted: None,
        rule: Rule::Ordinary,
    }
}

/// A document of version 2012-10-17 around some statements.
pub(crate) fn document(statements: &[String]) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

fn parse(statements: &[String], kind: Kind) -> Policy {
    Policy::parse(&document(statements), kind).unwrap_or_else(|e| panic!("{e}: {statements:?}"))
}

impl Scene {
    pub(crate) fn also_called(self, alias: &str) -> Scene {
        Scene {
            alias: Some(alias.to_owned()),
            ..self
        }
    }

    pub(crate) fn identity(self, statements: &[String]) -> Scene {
        self.identity_document(&document(statements))
    }

    pub(crate) fn identity_document(mut self, text: &str) -> Scene {
        self.identity.push(Policy::parse(text, Kind::Identity).unwrap());
        self
    }

    pub(crate) fn identity_policy(mut self, policy: Policy) -> Scene {
        self.identity.push(policy);
        self
    }

    /// Boundary, session policy, service control policy.
    pub(crate) fn limits(mut self, [boundary, session, control]: [Option<Policy>; 3]) -> Scene {
        self.boundary = boundary;
        self.session = session.map(|policy| vec![policy]);
        self.service_control = control;
        self
    }

    /// The policy of a resource, a key or a role, which its kind tells.
    pub(crate) fn of_resource(mut self, policy: Policy) -> Scene {
        self.rule = match policy.kind() {
            Kind::Key => Rule::KeyPolicy,
            Kind::Trust => Rule::Trust,
            Kind::Resource | Kind::Identity => Rule::Ordinary,
        };
        self.resource_policy = Some(policy);
        self
    }

    pub(crate) fn boundary(mut self, statements: &[String]) -> Scene {
        self.boundary = Some(parse(statements, Kind::Identity));
        self
    }

    pub(crate) fn session(mut self, statements: &[String]) -> Scene {
        self.session
            .get_or_insert_default()
            .push(parse(statements, Kind::Identity));
        self
    }

    pub(crate) fn service_control(mut self, statements: &[String]) -> Scene {
        self.service_control = Some(parse(statements, Kind::Identity));
        self
    }

    pub(crate) fn resource_policy(mut self, statements: &[String]) -> Scene {
        self.resource_policy = Some(parse(statements, Kind::Resource));
        self
    }

    pub(crate) fn key_policy(mut self, statements: &[String]) -> Scene {
        self.resource_policy = Some(parse(statements, Kind::Key));
        self.rule = Rule::KeyPolicy;
        self
    }

    pub(crate) fn trust(mut self, statements: &[String]) -> Scene {
        self.resource_policy = Some(parse(statements, Kind::Trust));
        self.rule = Rule::Trust;
        self
    }

    pub(crate) fn broken_identity(mut self) -> Scene {
        self.identity.push(Policy::broken());
        self
    }

    pub(crate) fn granted(mut self, reach: Reach) -> Scene {
        self.granted = Some(reach);
        self
    }

    pub(crate) fn exempt(mut self) -> Scene {
        self.rule = Rule::Exempt;
        self
    }

    pub(crate) fn with(mut self, key: &str, value: &str) -> Scene {
        self.facts = self.facts.with(key, value);
        self
    }

    pub(crate) fn with_all<'a>(mut self, key: &str, values: impl IntoIterator<Item = &'a str>) -> Scene {
        self.facts = self.facts.with_all(key, values);
        self
    }

    /// Puts the question to `use_question`.
    pub(crate) fn ask<T>(&self, use_question: impl FnOnce(&Question<'_>) -> T) -> T {
        let attached = |policy| Attached { policy, source: "p" };
        let identity: Vec<_> = self.identity.iter().map(attached).collect();
        let session: Option<Vec<_>> = self.session.as_ref().map(|s| s.iter().map(attached).collect());
        let control: Vec<_> = self.service_control.iter().map(attached).collect();
        let levels = [control.as_slice()];
        use_question(&Question {
            principal: self.principal,
            action: &self.action,
            resource: &self.resource,
            alias: self.alias.as_deref(),
            resource_account: Some(self.owner),
            context: &self.facts,
            identity: &identity,
            boundary: self.boundary.as_ref().map(attached),
            session: session.as_deref(),
            resource_policy: self.resource_policy.as_ref().map(attached),
            service_control: if control.is_empty() { &[] } else { &levels },
            granted: self.granted.map(|reach| Granted { id: "grant", reach }),
            rule: self.rule,
        })
    }

    /// `ALLOW`, `IMPL <kind>` or `EXPL <kind>`.
    pub(crate) fn verdict(&self) -> String {
        self.ask(|question| match decide(question) {
            Verdict::Allow(_) => "ALLOW".to_owned(),
            Verdict::Deny(denial) => in_short(&denial),
        })
    }

    #[track_caller]
    pub(crate) fn expect(&self, verdict: &str) {
        assert_eq!(self.verdict(), verdict);
    }
}

fn in_short(denial: &Denial<'_>) -> String {
    let kind = format!("{:?}", denial.policy_type()).to_lowercase();
    format!("{} {kind}", if denial.is_explicit() { "EXPL" } else { "IMPL" })
}

/// One statement, its elements given as JSON.
pub(crate) fn statement(effect: &str, elements: &[(&str, &str)]) -> String {
    let mut text = format!(r#"{{"Effect":"{effect}""#);
    for (name, value) in elements {
        text += &format!(r#","{name}":{value}"#);
    }
    text + "}"
}

fn quoted(text: &str) -> String {
    if text.starts_with(['[', '{', '"']) {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}

/// `Allow` actions on resources; each is one text, or JSON.
pub(crate) fn allow(action: &str, resource: &str) -> String {
    statement(
        "Allow",
        &[("Action", &quoted(action)), ("Resource", &quoted(resource))],
    )
}

pub(crate) fn deny(action: &str, resource: &str) -> String {
    statement(
        "Deny",
        &[("Action", &quoted(action)), ("Resource", &quoted(resource))],
    )
}

/// The statement with a condition: operator, key, value (one text, or JSON).
pub(crate) fn when(statement: String, operator: &str, key: &str, value: &str) -> String {
    let condition = format!(r#"{{"{operator}":{{"{key}":{}}}}}"#, quoted(value));
    with_element(statement, "Condition", &condition)
}

/// The statement with a principal: one ARN, or JSON.
pub(crate) fn to(statement: String, principal: &str) -> String {
    let principal = match principal.starts_with(['{', '"']) {
        true => principal.to_owned(),
        false => format!(r#"{{"AWS":{}}}"#, quoted(principal)),
    };
    with_element(statement, "Principal", &principal)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "statements are built by nesting calls"
)]
pub(crate) fn with_element(statement: String, name: &str, value: &str) -> String {
    let open = statement.strip_suffix('}').unwrap();
    format!(r#"{open},"{name}":{value}}}"#)
}

/// Everything, to be refused or narrowed by others.
pub(crate) fn allow_all() -> String {
    allow("*", "*")
}

pub(crate) fn parameter(name: &str) -> String {
    format!("arn:aws:ssm:us-east-1:111122223333:parameter/{name}")
}
