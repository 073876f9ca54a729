//! Draws policies and requests from alphabets so small that they often meet.

use kagiban_aws::AccountId;
use kagiban_policy::{Principal, Reach, Rule};

use crate::case::{Condition, Document, Element, Fact, Policies, Request, Statement};
use crate::dice::Dice;

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const ALICE_ID: &str = "AIDAALICEALICEALICE22";
const BOB: &str = "arn:aws:iam::111122223333:user/bob";
const CAROL: &str = "arn:aws:iam::444455556666:user/carol";
const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const ROLE_ID: &str = "AROAAPPAPPAPPAPPAPP22";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/s1";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/fed";
const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/ci.example.com";

/// The account that owns what requests are about, or the other one.
pub(crate) fn account(foreign: bool) -> AccountId {
    let digits = if foreign { "444455556666" } else { "111122223333" };
    digits.parse().unwrap()
}

const ACTIONS: [&str; 8] = [
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:PutParameter",
    "kms:Decrypt",
    "kms:Encrypt",
    "iam:CreateUser",
    "sts:AssumeRole",
    "sts:TagSession",
];

const ACTION_PATTERNS: [&str; 16] = [
    "*",
    "*",
    "ssm:*",
    "SSM:getparameter",
    "ssm:Get*",
    "ssm:Get?arameter",
    "ssm:*Parameter",
    "ssm:*t*P*r*",
    "ssm: Get*",
    "ssmmessages:*",
    "kms:*",
    "kms:??crypt",
    "kms:decrypt",
    "iam:*",
    "sts:*",
    "s3:*",
];

const STS_PATTERNS: [&str; 3] = ["sts:AssumeRole", "sts:*", "sts:Tag*"];

/// What resources end in, and patterns of them, are strung together from these.
const SYLLABLES: [&str; 7] = ["a", "b", "/", "alice", "red", ":", "*"];
const PATTERN_SYLLABLES: [&str; 16] = [
    "a",
    "b",
    "/",
    "alice",
    "*",
    "*",
    "?",
    "${aws:username}",
    "${AWS:UserName}",
    "${aws:PrincipalTag/team}",
    "${ aws:PrincipalTag/team , 'red' }",
    "${t:many, 'a*'}",
    "${*}",
    "${?}${$}",
    "${",
    "${,'x'}",
];

const PRINCIPALS: [(&str, &str); 16] = [
    ("AWS", "*"),
    ("AWS", "111122223333"),
    ("AWS", "arn:aws:iam::111122223333:root"),
    ("AWS", "arn:aws:iam::444455556666:root"),
    ("AWS", ALICE),
    ("AWS", ALICE_ID),
    ("AWS", BOB),
    ("AWS", CAROL),
    ("AWS", ROLE),
    ("AWS", ROLE_ID),
    ("AWS", SESSION),
    ("AWS", FEDERATED),
    ("Service", "ssm.amazonaws.com"),
    ("Federated", PROVIDER),
    ("CanonicalUser", "79a59df900b949e55d96a1e698fbaced"),
    ("AWS", SESSION),
];

/// A family of operators, the keys that go with it, and values of its type.
type Family = (
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const FAMILIES: [Family; 8] = [
    (
        &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        &["t:text", "T:Many", "aws:PrincipalTag/TEAM", "aws:username"],
        &[
            "a",
            "A",
            "red",
            "alice",
            "al*",
            "?",
            "*",
            "",
            "${aws:username}",
            "${t:text}*",
            "${t:none, 'red'}",
            "${*}",
            "é",
            "É",
        ],
    ),
    (
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        &["t:number", "t:many"],
        &[
            "1",
            "1.0",
            "01",
            "+1.5",
            "-2",
            "-10",
            "-2.5",
            "10",
            "9007199254740993",
            "9007199254740992",
            "1e3",
            "1.",
            "",
        ],
    ),
    (
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        &["t:date", "t:many"],
        &[
            "1577836800",
            "2020-01-01",
            "2020-01-01T00:00:00Z",
            "2020-01-01T01:00:00+01:00",
            "2024-02-29T23:59:59Z",
            "2024-03-01",
            "-1",
            "soon",
        ],
    ),
    (
        &["Bool"],
        &["t:flag", "t:many"],
        &["true", "False", "TRUE", "yes", "", "${t:flag}"],
    ),
    (
        &["BinaryEquals"],
        &["t:bytes", "t:many"],
        &["QUJD", "QUI=", "QQ==", "", "QUJ", "*"],
    ),
    (
        &["IpAddress", "NotIpAddress"],
        &["t:address", "t:many"],
        &[
            "10.0.0.0/8",
            "10.1.2.3",
            "10.1.2.3/31",
            "0.0.0.0/0",
            "2001:db8::/32",
            "2001:db8::1",
            "::/0",
            "10.0.0.0/33",
            "here",
        ],
    ),
    (
        &["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
        &["t:arn", "t:many"],
        &[
            ALICE,
            ROLE,
            "arn:aws:iam::*:role/a*",
            "arn:aws:iam::111122223333:*",
            "arn:aws:*",
            "arn:aws:iam::111122223333:user/${aws:username}",
            "${t:arn}",
            "a??:aws:iam::111122223333:user/?lice",
            "arn:aws:iam",
            "alice",
            "*",
        ],
    ),
    (
        &["Null"],
        &["t:text", "t:many", "aws:username", "t:none"],
        &["true", "false", "True", "no"],
    ),
];

pub(crate) fn policies(dice: &mut Dice) -> Policies {
    let rule = dice.pick(&[
        Rule::Ordinary,
        Rule::Ordinary,
        Rule::Ordinary,
        Rule::KeyPolicy,
        Rule::KeyPolicy,
        Rule::Trust,
    ]);
    let rule = if dice.once_in(100) { Rule::Exempt } else { rule };
    let naming = |dice: &mut Dice| document(dice, Some(rule));
    let limiting = |dice: &mut Dice| document(dice, None);
    Policies {
        identity: dice.several(0, 3, limiting),
        boundary: dice.maybe(3, limiting),
        session: dice.maybe(3, |dice| dice.several(0, 2, limiting)),
        resource: (!dice.once_in(3)).then(|| naming(dice)),
        control: dice
            .maybe(6, |dice| dice.several(1, 2, |dice| dice.several(0, 2, limiting)))
            .unwrap_or_default(),
        rule,
        granted: dice.maybe(12, |dice| {
            dice.pick(&[Reach::Account, Reach::Role, Reach::Direct])
        }),
    }
}

/// A document; one that names principals if it is a resource's, which the rule tells.
fn document(dice: &mut Dice, rule: Option<Rule>) -> Document {
    let version = dice.pick(&[
        "2012-10-17",
        "2012-10-17",
        "2012-10-17",
        "2012-10-17",
        "2008-10-17",
        "",
    ]);
    Document {
        version: Some(version).filter(|version| !version.is_empty()),
        statements: dice.several(1, 3, |dice| {
            let allow = !dice.once_in(5);
            statement(dice, allow, rule)
        }),
    }
}

pub(crate) fn statement(dice: &mut Dice, allow: bool, rule: Option<Rule>) -> Statement {
    let trust = rule == Some(Rule::Trust);
    let mut conditions = dice.several(0, 2, condition);
    conditions.dedup_by(|a, b| a.operator == b.operator);
    if dice.once_in(2) {
        conditions.clear();
    }
    Statement {
        allow,
        principal: rule.map(|_| Element {
            not: dice.once_in(5),
            listed: principals(dice),
        }),
        action: Element {
            not: dice.once_in(6),
            listed: dice.several(1, 3, |dice| {
                let pattern = if trust {
                    dice.pick(&STS_PATTERNS)
                } else {
                    dice.pick(&ACTION_PATTERNS)
                };
                pattern.to_owned()
            }),
        },
        resource: (!trust).then(|| Element {
            not: dice.once_in(6),
            listed: dice.several(1, 2, resource_pattern),
        }),
        conditions,
    }
}

fn principals(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let one = |dice: &mut Dice| {
        let (heading, text) = dice.pick(&PRINCIPALS);
        (heading, text.to_owned())
    };
    match dice.once_in(10) {
        true => vec![("", "*".to_owned())], // the bare star stands alone
        false => dice.several(1, 3, one),
    }
}

fn resource_pattern(dice: &mut Dice) -> String {
    if dice.once_in(3) {
        return "*".to_owned();
    }
    let start = dice.pick(&[
        "arn:aws:ssm:us-east-1:111122223333:parameter/",
        "arn:aws:ssm:*:111122223333:parameter/",
        "arn:aws:ssm:us-????-1:*:par*/",
        "arn:*:*:*:*:",
        "arn:aws:ssm:${aws:username}:*:",
        "arn:aws:s*",
        "arn:aws:kms:",
    ]);
    let end = dice.several(0, 3, |dice| dice.pick(&PATTERN_SYLLABLES)).concat();
    let colons = start.matches(':').count();
    match (start, colons) {
        (start, 5..) => format!("{start}{end}"),
        (start, _) => format!("{start}{end}*"), // short patterns end in a star
    }
}

fn condition(dice: &mut Dice) -> Condition {
    let (operators, keys, own) = dice.pick(&FAMILIES);
    let base = dice.pick(operators);
    let plain = base == "Null";
    let prefix = dice.pick(&["", "", "ForAllValues:", "ForAnyValue:", "forallvalues:"]);
    let suffix = dice.pick(&["", "", "IfExists"]);
    let mut values = dice.several(0, 3, |dice| value(dice, own));
    if dice.once_in(2) {
        values.truncate(1);
    }
    Condition {
        operator: if plain {
            base.to_owned()
        } else {
            format!("{prefix}{base}{suffix}")
        },
        key: dice.pick(keys),
        values,
    }
}

/// Mostly of the family's type.
fn value(dice: &mut Dice, own: &[&str]) -> String {
    let (_, _, other) = dice.pick(&FAMILIES);
    let from = if dice.once_in(12) { other } else { own };
    dice.pick(from).to_owned()
}

pub(crate) fn request(dice: &mut Dice) -> Request {
    Request {
        caller: caller(dice),
        action: dice.pick(&ACTIONS),
        resource: resource(dice),
        foreign: dice.pick(&[
            Some(false),
            Some(false),
            Some(false),
            Some(false),
            Some(true),
            None,
        ]),
        facts: facts(dice),
    }
}

fn resource(dice: &mut Dice) -> String {
    let start = dice.pick(&[
        "arn:aws:ssm:us-east-1:111122223333:parameter/",
        "arn:aws:ssm:us-east-1:111122223333:parameter/",
        "arn:aws:ssm:us-west-1:111122223333:parameter/",
        "arn:aws:kms:us-east-1:111122223333:",
        "*",
        "nothing",
    ]);
    match start {
        "*" | "nothing" => start.to_owned(),
        _ => format!(
            "{start}{}",
            dice.several(0, 3, |dice| dice.pick(&SYLLABLES)).concat()
        ),
    }
}

fn caller(dice: &mut Dice) -> Principal<'static> {
    let account_a = account(false);
    let user = |account, arn, id| Principal::User { account, arn, id };
    let alice = user(account_a, ALICE, ALICE_ID);
    let session = Principal::RoleSession {
        account: account_a,
        role_arn: ROLE,
        role_id: ROLE_ID,
        session_arn: SESSION,
    };
    let federated = |issuer| Principal::FederatedUser {
        account: account_a,
        arn: FEDERATED,
        issuer,
    };
    dice.pick(&[
        alice,
        alice,
        alice,
        session,
        session,
        session,
        user(account_a, BOB, "AIDABOBBOBBOBBOBBOB22"),
        user(account(true), CAROL, "AIDACAROLCAROLCAROL22"),
        Principal::Root { account: account_a },
        federated(Some((ALICE, ALICE_ID))),
        federated(None),
        Principal::Federated { provider: PROVIDER },
        Principal::Service {
            name: "ssm.amazonaws.com",
        },
        Principal::Anonymous,
    ])
}

fn facts(dice: &mut Dice) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for (_, keys, own) in &FAMILIES[..7] {
        if !dice.once_in(4) {
            facts.push((keys[0], vec![given(dice, own)]));
        }
    }
    if !dice.once_in(3) {
        let (_, _, own) = dice.pick(&FAMILIES);
        facts.push(("t:many", dice.several(0, 3, |dice| given(dice, own))));
    }
    if !dice.once_in(3) {
        facts.push(("aws:username", vec![dice.pick(&["alice", "a", "*"]).to_owned()]));
    }
    if !dice.once_in(3) {
        facts.push((
            "aws:principaltag/team",
            vec![dice.pick(&["red", "b", "?"]).to_owned()],
        ));
    }
    facts
}

/// As [`value`], without what only policies write.
fn given(dice: &mut Dice, own: &[&str]) -> String {
    let value = value(dice, own);
    if value.contains('$') {
        "red".to_owned()
    } else {
        value
    }
}
