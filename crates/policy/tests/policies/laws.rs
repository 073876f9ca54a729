//! Laws of the decision, over random policies and requests.

use kagiban_policy::{Kind, Policy, Principal};
use proptest::prelude::*;

use crate::callers::{ALICE, ROLE, ROOT_A, SESSION, alice, bob, federated, root, session, stranger};
use crate::scene::{Scene, document, scene, statement, with_element};

const ACTIONS: [&str; 5] = [
    "ssm:GetParameter",
    "ssm:PutParameter",
    "kms:Decrypt",
    "iam:CreateUser",
    "kms:Encrypt",
];

fn pattern() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["*", "ssm:*", "ssm:Get*", "kms:Decrypt", "kms:?n*", "IAM:*"])
}

fn target() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "*",
        "arn:aws:ssm:*",
        "arn:aws:ssm:*:*:parameter/a*",
        "arn:aws:ssm:us-east-1:111122223333:parameter/${aws:username, 'b'}",
    ])
}

fn condition() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{}",
        r#"{"StringEquals":{"t:k":"v"}}"#,
        r#"{"StringNotEquals":{"t:k":["v","w"]}}"#,
        r#"{"ForAnyValue:StringLike":{"t:k":"v*"}}"#,
        r#"{"Null":{"t:k":true}}"#,
        r#"{"NotIpAddress":{"t:k":"10.0.0.0/8"}}"#,
    ])
}

fn effect() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["Allow", "Deny"])
}

/// A statement of an identity policy with this effect.
fn a_statement(effect: &'static str) -> impl Strategy<Value = String> {
    (pattern(), target(), condition(), any::<bool>()).prop_map(move |(action, resource, condition, not)| {
        let element = if not { "NotAction" } else { "Action" };
        let elements = [
            (element, format!("\"{action}\"")),
            ("Resource", format!("\"{resource}\"")),
            ("Condition", condition.to_owned()),
        ];
        statement(
            effect,
            &elements.each_ref().map(|(name, value)| (*name, value.as_str())),
        )
    })
}

fn statements() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(effect().prop_flat_map(a_statement), 0..4)
}

/// A statement of a resource policy with this effect.
fn a_naming_statement(effect: &'static str) -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![ALICE, ROLE, SESSION, ROOT_A, "*"]);
    (a_statement(effect), names, any::<bool>()).prop_map(|(statement, name, not)| {
        let element = if not { "NotPrincipal" } else { "Principal" };
        with_element(statement, element, &format!(r#"{{"AWS":"{name}"}}"#))
    })
}

fn naming_statements() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(effect().prop_flat_map(a_naming_statement), 0..3)
}

fn caller() -> impl Strategy<Value = Principal<'static>> {
    prop::sample::select(vec![
        root(),
        alice(),
        bob(),
        stranger(),
        session(),
        federated(),
        Principal::Anonymous,
    ])
}

#[derive(Clone, Debug)]
struct World {
    caller: Principal<'static>,
    action: &'static str,
    identity: Vec<String>,
    resource: Vec<String>,
    boundary: Option<Vec<String>>,
    session: Option<Vec<String>>,
    value: Option<&'static str>,
    rule: u8,
}

fn world() -> impl Strategy<Value = World> {
    let value = prop::option::of(prop::sample::select(vec!["v", "w", "10.1.1.1", ""]));
    let limits = (prop::option::of(statements()), prop::option::of(statements()));
    (
        caller(),
        prop::sample::select(ACTIONS.to_vec()),
        statements(),
        naming_statements(),
        limits,
        value,
        0u8..2,
    )
        .prop_map(
            |(caller, action, identity, resource, (boundary, session), value, rule)| World {
                caller,
                action,
                identity,
                resource,
                boundary,
                session,
                value,
                rule,
            },
        )
}

impl World {
    fn scene(&self) -> Scene {
        let mut scene = scene(
            self.caller,
            self.action,
            "arn:aws:ssm:us-east-1:111122223333:parameter/abc",
        );
        if !self.identity.is_empty() {
            scene = scene.identity(&self.identity);
        }
        if let Some(statements) = self.boundary.as_deref().filter(|s| !s.is_empty()) {
            scene = scene.boundary(statements);
        }
        if let Some(statements) = self.session.as_deref().filter(|s| !s.is_empty()) {
            scene = scene.session(statements);
        }
        match (self.resource.is_empty(), self.rule) {
            (true, _) => {}
            (false, 0) => scene = scene.resource_policy(&self.resource),
            (false, _) => scene = scene.key_policy(&self.resource),
        }
        if let Some(value) = self.value {
            scene = scene.with("t:k", value);
        }
        scene
    }

    fn is_allowed(&self) -> bool {
        self.scene().verdict() == "ALLOW"
    }
}

fn turned<T: Clone>(items: &[T]) -> Vec<T> {
    items.iter().rev().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn one_more_deny_never_allows(world in world(), identity in a_statement("Deny"), naming in a_naming_statement("Deny")) {
        let before = world.is_allowed();
        let mut more = world.clone();
        more.identity.push(identity);
        prop_assert!(before || !more.is_allowed());
        if !world.resource.is_empty() {
            let mut more = world;
            more.resource.push(naming);
            prop_assert!(before || !more.is_allowed());
        }
    }

    #[test]
    fn one_more_allow_never_refuses(world in world(), identity in a_statement("Allow"), naming in a_naming_statement("Allow")) {
        let before = world.is_allowed();
        let mut more = world.clone();
        more.identity.push(identity);
        prop_assert!(!before || more.is_allowed());
        if !world.resource.is_empty() {
            let mut more = world;
            more.resource.push(naming);
            prop_assert!(!before || more.is_allowed());
        }
    }

    #[test]
    fn the_order_of_statements_and_policies_does_not_matter(world in world(), more in statements()) {
        let mut other = world.clone();
        other.identity = turned(&other.identity);
        other.resource = turned(&other.resource);
        prop_assert_eq!(world.scene().verdict(), other.scene().verdict());
        if !more.is_empty() && !world.identity.is_empty() {
            let mut first = world.clone();
            first.identity.clear();
            let (a, b) = (first.scene(), first.scene());
            prop_assert_eq!(
                a.identity(&world.identity).identity(&more).verdict(),
                b.identity(&more).identity(&world.identity).verdict()
            );
        }
    }

    #[test]
    fn not_action_is_the_complement_of_action(action in prop::sample::select(ACTIONS.to_vec()), patterns in prop::collection::vec(pattern(), 1..4)) {
        let list = format!("[\"{}\"]", patterns.join("\",\""));
        let allowed = |element: &str| {
            let only = statement("Allow", &[(element, &list), ("Resource", "\"*\"")]);
            scene(alice(), action, "*").identity(&[only]).verdict() == "ALLOW"
        };
        prop_assert_ne!(allowed("Action"), allowed("NotAction"));
    }

    #[test]
    fn a_document_of_odd_words_never_panics(
        words in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"Statement\"", "\"Effect\"", "\"Allow\"", "\"Action\"", "\"*\"", "\"arn:aws:\"",
            "\"Principal\"", "\"AWS\"", "\"Condition\"", "\"StringLike\"", "1e9", "true", "null", "\"\\ud800\"", "\"${a\"",
        ]), 0..40)
    ) {
        for kind in [Kind::Identity, Kind::Resource, Kind::Trust, Kind::Key] {
            let _ = Policy::parse(&words.concat(), kind);
        }
    }

    #[test]
    fn arbitrary_values_never_panic(
        operator in prop::sample::select(vec![
            "StringLike", "NumericLessThan", "DateEquals", "Bool", "BinaryEquals", "IpAddress", "ArnLike", "Null",
            "ForAllValues:StringNotEqualsIgnoreCase", "NotIpAddress", "DateGreaterThanEquals",
        ]),
        written in ".{0,30}",
        given in ".{0,30}",
        resource in ".{0,40}",
        action in ".{0,20}",
    ) {
        let condition = serde_json::json!({ operator: { "t:k": written } });
        let text = statement("Allow", &[("Action", "\"*\""), ("Resource", "\"*\""), ("Condition", &condition.to_string())]);
        let _ = scene(alice(), &action, &resource).identity(&[text]).with("t:k", &given).verdict();
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = Policy::parse(&text, Kind::Trust);
        let wrapped = document(&[statement("Allow", &[("Action", "\"*\""), ("Resource", &serde_json::json!(text).to_string())])]);
        let _ = Policy::parse(&wrapped, Kind::Identity);
    }

    #[test]
    fn deep_nesting_is_refused(depth in 1usize..20_000, open in prop::sample::select(vec!["[", "{\"a\":", "{\"Statement\":["])) {
        prop_assert!(Policy::parse(&open.repeat(depth), Kind::Identity).is_err());
    }
}
