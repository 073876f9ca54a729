use kagiban_aws::Timestamp;

use crate::explanation::{Circumstances, Subject, explain, on_entity, subject};
use crate::operations::{
    GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy, PutUserPolicy, SimulateCustomPolicy,
    SimulatePrincipalPolicy,
};
use crate::testing::{A, B, World, account, allowing, document, trusting};
use crate::{Call, Requirement, Scope, wire};

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const PARAMETER: &str = "arn:aws:ssm:us-east-1:111122223333:parameter/x";

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn texts(texts: &[&str]) -> Option<Vec<String>> {
    Some(texts.iter().map(|text| (*text).to_owned()).collect())
}

fn asking(source: &str, actions: &[&str]) -> wire::SimulatePrincipalPolicyRequest {
    wire::SimulatePrincipalPolicyRequest {
        policy_source_arn: text(source),
        action_names: texts(actions),
        resource_arns: texts(&[PARAMETER]),
        ..Default::default()
    }
}

fn custom(policy: &str, action: &str) -> wire::SimulateCustomPolicyRequest {
    wire::SimulateCustomPolicyRequest {
        policy_input_list: Some(vec![document(policy)]),
        action_names: texts(&[action]),
        resource_arns: texts(&[PARAMETER]),
        ..Default::default()
    }
}

fn results(world: &mut World, request: wire::SimulatePrincipalPolicyRequest) -> Vec<wire::EvaluationResult> {
    let answer = world.run::<SimulatePrincipalPolicy>(&World::root(A), request);
    answer.unwrap().0.evaluation_results.unwrap()
}

fn of_custom(world: &mut World, request: wire::SimulateCustomPolicyRequest) -> wire::EvaluationResult {
    let answer = world.run::<SimulateCustomPolicy>(&World::root(A), request);
    answer.unwrap().0.evaluation_results.unwrap().remove(0)
}

fn decided(result: &wire::EvaluationResult) -> &str {
    result.eval_decision.as_deref().unwrap()
}

fn sources(result: &wire::EvaluationResult) -> Vec<&str> {
    let statements = result.matched_statements.as_ref().unwrap().iter();
    statements
        .map(|s| s.source_policy_id.as_deref().unwrap())
        .collect()
}

#[test]
fn a_users_own_policies_are_simulated_together_with_those_given() {
    let mut world = World::new();
    world.user("alice");
    world.allow(A, "alice", &allowing("ssm:GetParameter"));
    let request = wire::SimulatePrincipalPolicyRequest {
        policy_input_list: Some(vec![document(&allowing("ssm:PutParameter"))]),
        ..asking(
            ALICE,
            &["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"],
        )
    };
    let found = results(&mut world, request);
    let decisions: Vec<_> = found
        .iter()
        .map(|result| (decided(result), sources(result)))
        .collect();
    assert_eq!(
        decisions,
        [
            ("allowed", vec!["user_alice_p"]),
            ("allowed", vec!["PolicyInputList.1"]),
            ("implicitDeny", vec![]),
        ]
    );
    let specific = found[0].resource_specific_results.as_ref().unwrap();
    assert_eq!(specific[0].eval_resource_decision.as_deref(), Some("allowed"));
    assert_eq!(found[0].eval_resource_name.as_deref(), Some(PARAMETER));
    let start = found[0].matched_statements.as_ref().unwrap()[0]
        .start_position
        .clone();
    let position = wire::Position {
        line: Some(1),
        column: Some(38),
    };
    assert_eq!(start, Some(position), "just where the statement begins");
}

#[test]
fn an_explicit_deny_is_the_only_statement_shown() {
    let mut world = World::new();
    let deny = r#"{"Effect":"Deny","Action":"ssm:Get*","Resource":"*"}"#;
    let request = wire::SimulateCustomPolicyRequest {
        policy_input_list: Some(vec![document(&allowing("*")), document(deny)]),
        ..custom(&allowing("*"), "ssm:GetParameter")
    };
    let result = of_custom(&mut world, request);
    assert_eq!(
        (decided(&result), sources(&result)),
        ("explicitDeny", vec!["PolicyInputList.2"])
    );
}

#[test]
fn a_boundary_takes_away_and_says_so() {
    let mut world = World::new();
    let request = |boundary: &str| wire::SimulateCustomPolicyRequest {
        permissions_boundary_policy_input_list: Some(vec![document(&allowing(boundary))]),
        ..custom(&allowing("ssm:*"), "ssm:GetParameter")
    };
    for (boundary, decision, within) in [("ssm:Get*", "allowed", true), ("kms:*", "implicitDeny", false)] {
        let result = of_custom(&mut world, request(boundary));
        let detail = result.permissions_boundary_decision_detail.clone().unwrap();
        assert_eq!(
            (decided(&result), detail.allowed_by_permissions_boundary),
            (decision, Some(within))
        );
    }
}

#[test]
fn another_accounts_resource_needs_both_sides() {
    let mut world = World::new();
    let foreign = format!("arn:aws:ssm:us-east-1:{B}:parameter/x");
    let request = |principal: &str| wire::SimulateCustomPolicyRequest {
        resource_arns: texts(&[&foreign]),
        caller_arn: text(ALICE),
        resource_policy: Some(document(&format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"ssm:GetParameter","Resource":"*"}}"#
        ))),
        ..custom(&allowing("ssm:*"), "ssm:GetParameter")
    };
    for (principal, decision) in [(A, "allowed"), (B, "implicitDeny")] {
        let result = of_custom(&mut world, request(principal));
        assert_eq!(decided(&result), decision);
        let details = result.eval_decision_details.unwrap();
        assert_eq!(details["IAM Policy"], "allowed");
        assert_eq!(details["Resource Policy"], decision);
    }
}

#[test]
fn within_an_account_the_resources_policy_alone_allows_whom_it_names() {
    let mut world = World::new();
    let naming = document(&format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{ALICE}"}},"Action":"ssm:GetParameter","Resource":"*"}}"#
    ));
    let request = wire::SimulateCustomPolicyRequest {
        caller_arn: text(ALICE),
        resource_policy: Some(naming),
        ..custom(&allowing("kms:*"), "ssm:GetParameter")
    };
    let result = of_custom(&mut world, request.clone());
    assert_eq!(
        (decided(&result), sources(&result)),
        ("allowed", vec!["ResourcePolicy"])
    );
    assert_eq!(result.eval_decision_details, Some(Default::default()));
    let nobody = wire::SimulateCustomPolicyRequest {
        caller_arn: None,
        ..request
    };
    let refused = world.refused::<SimulateCustomPolicy>(&World::root(A), nobody);
    assert_eq!(
        refused,
        "InvalidInput: CallerArn is required when a ResourcePolicy is provided."
    );
}

#[test]
fn keys_that_are_missing_are_named_until_they_are_given() {
    let mut world = World::new();
    let statement = r#"{"Effect":"Allow","Action":"ssm:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}"#;
    let result = of_custom(&mut world, custom(statement, "ssm:GetParameter"));
    assert_eq!(decided(&result), "implicitDeny");
    assert_eq!(result.missing_context_values, texts(&["aws:SourceIp"]));
    let entry = |address: &str| wire::ContextEntry {
        context_key_name: text("aws:SourceIp"),
        context_key_values: texts(&[address]),
        context_key_type: text("ip"),
    };
    for (address, decision) in [("10.1.2.3", "allowed"), ("192.0.2.1", "implicitDeny")] {
        let request = wire::SimulateCustomPolicyRequest {
            context_entries: Some(vec![entry(address)]),
            ..custom(statement, "ssm:GetParameter")
        };
        let result = of_custom(&mut world, request);
        assert_eq!(
            (decided(&result), result.missing_context_values.clone()),
            (decision, Some(vec![]))
        );
    }
}

#[test]
fn pages_together_are_every_action_on_every_resource() {
    let mut world = World::new();
    let request = wire::SimulateCustomPolicyRequest {
        action_names: texts(&["ssm:GetParameter", "ssm:PutParameter", "kms:Decrypt"]),
        resource_arns: texts(&[PARAMETER, "*"]),
        max_items: Some(4),
        ..custom(&allowing("ssm:*"), "")
    };
    let (mut seen, mut marker) = (Vec::new(), None);
    loop {
        let page = wire::SimulateCustomPolicyRequest {
            marker,
            ..request.clone()
        };
        let answer = world
            .run::<SimulateCustomPolicy>(&World::root(A), page)
            .unwrap()
            .0;
        seen.extend(answer.evaluation_results.unwrap());
        marker = answer.marker;
        if marker.is_none() {
            break;
        }
    }
    let pairs: Vec<_> = seen
        .iter()
        .map(|r| {
            (
                r.eval_action_name.as_deref().unwrap(),
                r.eval_resource_name.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(pairs.len(), 6);
    assert_eq!(
        (pairs[0], pairs[5]),
        (("ssm:GetParameter", PARAMETER), ("kms:Decrypt", "*"))
    );
    assert_eq!(
        seen[1].resource_specific_results, None,
        "`*` is no single resource"
    );
}

#[test]
fn work_that_is_too_much_ends_a_page_early() {
    let mut world = World::new();
    let patterns: Vec<String> = (0..400)
        .map(|n| format!(r#""arn:aws:ssm:*:*:parameter/{n}?*a*a*b""#))
        .collect();
    let statement = format!(
        r#"{{"Effect":"Allow","Action":"*","Resource":[{}]}}"#,
        patterns.join(",")
    );
    let long = format!("arn:aws:ssm:us-east-1:{A}:parameter/{}", "a".repeat(1900));
    let request = wire::SimulateCustomPolicyRequest {
        resource_arns: Some(vec![long; 1000]),
        max_items: Some(1000),
        ..custom(&statement, "ssm:GetParameter")
    };
    let answer = world
        .run::<SimulateCustomPolicy>(&World::root(A), request)
        .unwrap()
        .0;
    let results = answer.evaluation_results.unwrap().len();
    assert!((1..1000).contains(&results), "{results}");
    assert!(answer.is_truncated == Some(true) && answer.marker.is_some());
}

#[test]
fn what_has_no_policies_of_its_own_is_refused_in_awss_words() {
    let mut world = World::new();
    let root = World::root(A);
    let session = format!("arn:aws:sts::{A}:assumed-role/app/s1");
    assert_eq!(
        world.refused::<SimulatePrincipalPolicy>(&root, asking(&session, &["ssm:GetParameter"])),
        format!("InvalidInput: Invalid Entity Arn: {session} does not clearly define entity type and name.")
    );
    assert_eq!(
        world.refused::<SimulatePrincipalPolicy>(&root, asking(ALICE, &["ssm:GetParameter"])),
        "NoSuchEntity: The user with name alice cannot be found."
    );
}

#[test]
fn a_policy_can_be_left_out_and_a_trust_policy_never_counts() {
    let mut world = World::new();
    world.user("alice");
    world.allow(A, "alice", &allowing("*"));
    let role = format!("arn:aws:iam::{A}:role/app");
    let assume = wire::SimulatePrincipalPolicyRequest {
        resource_arns: texts(&[&role]),
        resource_policy: Some(document(&format!(
            r#"{{"Effect":"Deny","Principal":{{"AWS":"{ALICE}"}},"Action":"sts:AssumeRole"}}"#
        ))),
        ..asking(ALICE, &["sts:AssumeRole"])
    };
    assert_eq!(decided(&results(&mut world, assume)[0]), "allowed");
    let inline = wire::PolicyIdentifier {
        policy_type: text("inline"),
        ..Default::default()
    };
    let without = wire::SimulatePrincipalPolicyRequest {
        policy_exclusion_list: Some(vec![inline]),
        ..asking(ALICE, &["ssm:GetParameter"])
    };
    assert_eq!(decided(&results(&mut world, without)[0]), "implicitDeny");
}

#[test]
fn the_keys_that_policies_ask_for_are_listed_once() {
    let mut world = World::new();
    let own = r#"{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::*:user/${aws:username}"}"#;
    let conditional = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"},"StringLike":{"AWS:USERNAME":"a*"}}}"#;
    world.user("alice");
    let put = wire::PutUserPolicyRequest {
        user_name: text("alice"),
        policy_name: text("own"),
        policy_document: Some(document(own)),
    };
    world.run::<PutUserPolicy>(&World::root(A), put).unwrap();
    let keys = wire::GetContextKeysForPrincipalPolicyRequest {
        policy_source_arn: text(ALICE),
        policy_input_list: Some(vec![document(conditional)]),
    };
    let answer = world
        .run::<GetContextKeysForPrincipalPolicy>(&World::root(A), keys)
        .unwrap();
    assert_eq!(
        answer.0.context_key_names,
        texts(&["aws:username", "aws:SecureTransport"])
    );
    let keys = wire::GetContextKeysForCustomPolicyRequest {
        policy_input_list: Some(vec![document(conditional)]),
    };
    let answer = world
        .run::<GetContextKeysForCustomPolicy>(&World::root(A), keys)
        .unwrap();
    assert_eq!(
        answer.0.context_key_names,
        texts(&["aws:SecureTransport", "AWS:USERNAME"])
    );
}

/// What `who` lacks for an action on a role or user, in words.
fn lacking(world: &World, who: &str, action: &'static str, on: &str) -> Vec<&'static str> {
    let found = subject(&who.parse().unwrap(), &world.state, Timestamp::from_seconds(0));
    let Some(Subject::Caller(caller)) = found else {
        panic!("{who} is there")
    };
    let call = Call {
        caller: &caller,
        scope: Scope {
            account: account(A),
            region: kagiban_aws::Region::us_east_1(),
        },
        facts: &world.facts,
        via: None,
    };
    let requirement: Requirement = on_entity(action, &on.parse().unwrap(), account(A), &world.state);
    let explanation = explain(&requirement, &call, &Circumstances::default(), &world.state);
    explanation.lacking.iter().map(|kind| kind.as_str()).collect()
}

#[test]
fn an_explanation_names_every_kind_of_policy_that_lacks_something() {
    let mut world = World::new();
    world.user("alice");
    world.role("app", &trusting(B)).unwrap();
    let role = format!("arn:aws:iam::{A}:role/app");
    assert_eq!(
        lacking(&world, ALICE, "iam:GetUser", ALICE),
        ["identity-based policy"]
    );
    // Naming her in the trust policy is enough; within an account no identity policy is needed then.
    assert_eq!(
        lacking(&world, ALICE, "sts:AssumeRole", &role),
        ["resource-based policy"]
    );
    world.allow(A, "alice", &allowing("iam:GetUser"));
    assert!(lacking(&world, ALICE, "iam:GetUser", ALICE).is_empty());
}
