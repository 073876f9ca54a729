//! The cases of `part_g.toml`, and that none of them is missing.

use std::collections::{BTreeMap, BTreeSet};

use kagiban_policy::{Kind, Policy, Principal};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::callers;
use crate::scene::{Scene, scene};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    number: u32,
    /// Which part of a case whose policies vary.
    part: Option<String>,
    version: Option<String>,
    identity: Option<Vec<Value>>,
    /// Of a group that the caller is in.
    group: Option<Vec<Value>>,
    boundary: Option<Vec<Value>>,
    session: Option<Vec<Value>>,
    resource: Option<Vec<Value>>,
    key: Option<Vec<Value>>,
    trust: Option<Vec<Value>>,
    control: Option<Vec<Value>>,
    #[serde(default)]
    exempt: bool,
    /// A whole identity policy.
    document: Option<String>,
    /// Documents that are refused.
    #[serde(default)]
    malformed: Vec<String>,
    scene: Option<String>,
    #[serde(default)]
    asks: Vec<Ask>,
}

/// A request. Where only the policies matter it is alice, who reads a parameter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    by: Option<String>,
    action: Option<String>,
    on: Option<String>,
    #[serde(default)]
    with: BTreeMap<String, Value>,
    expect: String,
}

/// Writes out the short forms of ARNs.
fn expanded(text: &str) -> String {
    let named = |kind: &str| {
        text.strip_prefix(kind)
            .and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')'))
    };
    match text {
        "A" => callers::ROOT_A.to_owned(),
        "B" => callers::ROOT_B.to_owned(),
        "S" => callers::SESSION.to_owned(),
        "K" => "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".to_owned(),
        text => {
            if let Some(name) = named("P") {
                format!("arn:aws:ssm:us-east-1:111122223333:parameter/{name}")
            } else if let Some(name) = named("U") {
                format!("arn:aws:iam::111122223333:user/{name}")
            } else if let Some(name) = named("R") {
                format!("arn:aws:iam::111122223333:role/{name}")
            } else {
                text.to_owned()
            }
        }
    }
}

fn expand(value: &mut Value) {
    match value {
        Value::String(text) => *text = expanded(text),
        Value::Array(values) => values.iter_mut().for_each(expand),
        Value::Object(members) => members.values_mut().for_each(expand),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn caller(name: &str) -> Principal<'static> {
    match name {
        "alice" => callers::alice(),
        "bob" => callers::bob(),
        "carol" => callers::stranger(),
        "root" => callers::root(),
        "session" => callers::session(),
        "federated" => callers::federated(),
        name => panic!("nobody is called {name}"),
    }
}

impl Case {
    fn policy(&self, statements: &[Value], kind: Kind) -> Policy {
        let mut document = json!({ "Statement": statements });
        expand(&mut document);
        let version = self.version.as_deref().unwrap_or("2012-10-17");
        if version != "none" {
            document["Version"] = version.into();
        }
        let text = document.to_string();
        Policy::parse(&text, kind).unwrap_or_else(|e| panic!("case {}: {e}: {text}", self.number))
    }

    fn scene(&self, ask: &Ask) -> Scene {
        let action = ask.action.as_deref().unwrap_or("ssm:GetParameter");
        let resource = expanded(ask.on.as_deref().unwrap_or("P(x)"));
        let by = caller(ask.by.as_deref().unwrap_or("alice"));
        let mut scene = scene(by, action, &resource);
        for statements in self.identity.iter().chain(&self.group) {
            scene = scene.identity_policy(self.policy(statements, Kind::Identity));
        }
        if let Some(text) = &self.document {
            scene = scene.identity_document(text);
        }
        let limits = [&self.boundary, &self.session, &self.control];
        let limits = limits.map(|statements| statements.as_ref().map(|s| self.policy(s, Kind::Identity)));
        scene = scene.limits(limits);
        for (statements, kind) in [
            (&self.resource, Kind::Resource),
            (&self.key, Kind::Key),
            (&self.trust, Kind::Trust),
        ] {
            if let Some(statements) = statements {
                scene = scene.of_resource(self.policy(statements, kind));
            }
        }
        let scene = if self.exempt { scene.exempt() } else { scene };
        ask.with.iter().fold(scene, |scene, (key, value)| match value {
            Value::Array(values) => scene.with_all(key, values.iter().map(|value| value.as_str().unwrap())),
            value => scene.with(key, &expanded(value.as_str().unwrap())),
        })
    }
}

fn cases() -> Vec<Case> {
    let cases: Cases = toml::from_str(include_str!("part_g.toml")).unwrap();
    cases.case
}

#[test]
fn each_case_ends_as_it_must() {
    for case in cases() {
        assert!(
            !case.asks.is_empty() || !case.malformed.is_empty(),
            "{}",
            case.number
        );
        for ask in &case.asks {
            let found = case.scene(ask).verdict();
            let (number, part) = (case.number, &case.part);
            assert_eq!(found, ask.expect, "case {number} {part:?} {:?}", ask.with);
        }
        for text in &case.malformed {
            assert!(Policy::parse(text, Kind::Identity).is_err(), "{text}");
        }
    }
}

#[test]
fn all_eighty_four_cases_are_there() {
    let numbers: BTreeSet<u32> = cases().iter().map(|case| case.number).collect();
    assert_eq!(numbers, (1..=84).collect());
    assert!(cases().is_sorted_by_key(|case| case.number));
}

/// A case about records is played there, too, and under the name that is written here.
#[test]
fn the_scenes_that_cases_name_exist() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../iam/src/scenes");
    let sources: String = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for case in cases() {
        if let Some(scene) = &case.scene {
            assert!(
                sources.contains(&format!("fn {scene}(")),
                "case {}: {scene}",
                case.number
            );
        }
    }
}
