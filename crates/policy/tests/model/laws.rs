//! Laws that hold whatever the rules in detail are; the engine alone, over the same drawn cases.

use kagiban_policy::{Principal, Rule};

use crate::case::{Document, Element, Policies, Printed, Request, Statement};
use crate::dice::Dice;
use crate::engine::Engine;
use crate::judge::Outcome;
use crate::{REQUESTS, draw, for_all};

/// How many drawn policies each law is tried on.
const POLICIES: u64 = 2_000;

/// The documents to which one more statement only adds: a boundary where there was none takes away.
fn documents(policies: &mut Policies) -> Vec<(&mut Document, Option<Rule>)> {
    let own = policies.identity.iter_mut().chain(&mut policies.boundary);
    let rule = policies.rule;
    own.chain(policies.session.iter_mut().flatten())
        .chain(policies.control.iter_mut().flatten())
        .map(|document| (document, None))
        .chain(
            policies
                .resource
                .iter_mut()
                .map(|document| (document, Some(rule))),
        )
        .collect()
}

/// The same policies with one more statement somewhere; the same ones if there is no document.
fn with_one_more(dice: &mut Dice, policies: &Policies, allow: bool) -> Policies {
    let mut more = policies.clone();
    let mut documents = documents(&mut more);
    if !documents.is_empty() {
        let place = dice.below(documents.len());
        let (document, rule) = documents.swap_remove(place);
        document.statements.push(draw::statement(dice, allow, rule));
    }
    more
}

fn allows(policies: &Policies, request: &Request) -> bool {
    Engine::new(policies).outcome(policies, request) == Outcome::Allow
}

fn one_more_never_turns(allow: bool) {
    for_all(POLICIES, |dice| {
        let policies = draw::policies(dice);
        let more = with_one_more(dice, &policies, allow);
        let (before, after) = (Engine::new(&policies), Engine::new(&more));
        for _ in 0..REQUESTS {
            let request = draw::request(dice);
            let outcome = before.outcome(&policies, &request);
            let was = outcome == Outcome::Allow;
            let is = after.outcome(&more, &request) == Outcome::Allow;
            let turned = if allow { was && !is } else { !was && is };
            assert!(!turned, "{outcome:?} {more:?}\n{}", Printed(&policies, &request));
        }
    });
}

#[test]
fn one_more_allow_never_turns_allow_into_refusal() {
    one_more_never_turns(true);
}

#[test]
fn one_more_deny_never_turns_refusal_into_allow() {
    one_more_never_turns(false);
}

/// A statement that denies everything to everybody, as far as one can say so in such a document.
fn deny_everything(rule: Option<Rule>) -> Statement {
    let all = |text: &str| Element {
        not: false,
        listed: vec![text.to_owned()],
    };
    let trust = rule == Some(Rule::Trust);
    Statement {
        allow: false,
        principal: rule.map(|_| Element {
            not: false,
            listed: vec![("", "*".to_owned())],
        }),
        action: all(if trust { "sts:*" } else { "*" }),
        resource: (!trust).then(|| all("*")),
        conditions: Vec::new(),
    }
}

#[test]
fn an_explicit_deny_always_wins() {
    for_all(POLICIES, |dice| {
        let policies = draw::policies(dice);
        let mut denied = policies.clone();
        let mut documents = documents(&mut denied);
        if documents.is_empty() {
            return;
        }
        let place = dice.below(documents.len());
        let (document, rule) = documents.swap_remove(place);
        document.statements.push(deny_everything(rule));
        let request = draw::request(dice);
        let about_root = matches!(request.caller, Principal::Root { .. });
        let about_sts = rule != Some(Rule::Trust) || request.action.starts_with("sts:");
        if !about_root && about_sts && policies.rule != Rule::Exempt {
            let outcome = Engine::new(&denied).outcome(&denied, &request);
            assert!(
                matches!(outcome, Outcome::Explicit(_)),
                "{outcome:?}\n{}",
                Printed(&denied, &request)
            );
        }
    });
}

fn turned(policies: &Policies) -> Policies {
    let mut turned = policies.clone();
    for (document, _) in documents(&mut turned) {
        document.statements.reverse();
        for statement in &mut document.statements {
            statement.conditions.reverse();
            statement.action.listed.reverse();
            statement.conditions.iter_mut().for_each(|c| c.values.reverse());
            statement.resource.iter_mut().for_each(|r| r.listed.reverse());
            statement.principal.iter_mut().for_each(|p| p.listed.reverse());
        }
    }
    turned.identity.reverse();
    turned.session.iter_mut().for_each(|session| session.reverse());
    turned.control.reverse();
    turned
}

#[test]
fn the_order_never_matters() {
    for_all(POLICIES, |dice| {
        let policies = draw::policies(dice);
        let turned = turned(&policies);
        let (forth, back) = (Engine::new(&policies), Engine::new(&turned));
        for _ in 0..REQUESTS {
            let request = draw::request(dice);
            let (a, b) = (
                forth.outcome(&policies, &request),
                back.outcome(&turned, &request),
            );
            assert_eq!(a, b, "{}", Printed(&policies, &request));
        }
    });
}

#[test]
fn not_action_allows_what_action_does_not() {
    for_all(POLICIES, |dice| {
        let mut statement = draw::statement(dice, true, None);
        statement.conditions.clear();
        statement.resource = deny_everything(None).resource;
        let policies = |not: bool| {
            let mut statement = statement.clone();
            statement.action.not = not;
            let document = Document {
                version: None,
                statements: vec![statement],
            };
            Policies {
                identity: vec![document],
                boundary: None,
                session: None,
                resource: None,
                control: Vec::new(),
                rule: Rule::Ordinary,
                granted: None,
            }
        };
        let mut request = draw::request(dice);
        request.caller = Principal::User {
            account: draw::account(false),
            arn: "arn:aws:iam::111122223333:user/alice",
            id: "AIDAALICEALICEALICE22",
        };
        request.foreign = None;
        assert_ne!(
            allows(&policies(false), &request),
            allows(&policies(true), &request)
        );
    });
}
