//! How long a decision takes: `cargo run --release -p kagiban-policy --example pace`.
//!
//! The goal is 2 µs for 50 statements without conditions. Every statement is looked at (only the last
//! one allows), half of them speak of the request's action, as those of a real policy do. A user with ten
//! policies of twenty statements should not wait longer than 5 µs.

use std::hint::black_box;
use std::time::Instant;

use kagiban_aws::AccountId;
use kagiban_policy::{Attached, Facts, Kind, Policy, Principal, Question, Rule, decide};

fn main() {
    for statements in [1, 10, 50, 200] {
        for (name, condition, middle) in [
            ("plain", "", "app"),
            ("a `*` within", "", "a*p"),
            (
                "one condition each",
                r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#,
                "app",
            ),
            ("one variable each", "", "${aws:username}"),
        ] {
            let policy = policy(statements, condition, middle);
            println!("{statements:4} statements, {name:18}: {:6.3} µs", pace(&policy));
        }
    }
}

fn policy(statements: usize, condition: &str, middle: &str) -> Policy {
    let statement = |n: usize| {
        let action = if n.is_multiple_of(2) {
            r#"["ssm:Put*","ssm:GetParameter*"]"#
        } else {
            r#"["kms:Decrypt","iam:Get*"]"#
        };
        let resource = format!("arn:aws:ssm:*:111122223333:parameter/{middle}/{n}/*");
        format!(r#"{{"Effect":"Allow","Action":{action},"Resource":"{resource}"{condition}}}"#)
    };
    let all: Vec<_> = (0..statements - 1)
        .map(statement)
        .chain([r#"{"Effect":"Allow","Action":"ssm:GetParameter","Resource":"*"}"#.to_owned()])
        .collect();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, all.join(","));
    Policy::parse(&text, Kind::Identity).expect("the text above is a policy")
}

/// Microseconds per decision: the median of several rounds.
fn pace(policy: &Policy) -> f64 {
    const TURNS: u32 = 20_000;
    let account: AccountId = "111122223333".parse().expect("twelve digits");
    let facts = Facts::new()
        .with("aws:PrincipalTag/team", "red")
        .with("aws:username", "app");
    let identity = [Attached {
        policy,
        source: "pace",
    }];
    let question = Question {
        principal: Principal::User {
            account,
            arn: "arn:aws:iam::111122223333:user/alice",
            id: "AIDAALICEALICEALICE22",
        },
        action: "ssm:GetParameter",
        resource: "arn:aws:ssm:us-east-1:111122223333:parameter/app/none/of/them",
        alias: None,
        resource_account: Some(account),
        context: &facts,
        identity: &identity,
        boundary: None,
        session: None,
        resource_policy: None,
        service_control: &[],
        granted: None,
        rule: Rule::Ordinary,
    };
    assert!(decide(&question).is_allow());
    let mut rounds: Vec<f64> = (0..9)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..TURNS {
                black_box(decide(black_box(&question)));
            }
            start.elapsed().as_secs_f64() * 1e6 / f64::from(TURNS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}
