//! Parameters against plain maps, and decisions against each other.

mod parameter;
mod plain;
mod steps;

use kagiban_ssm::kagiban::{
    ListDeletedParameters, PurgeDeletedParameter, RollbackParameter, UndeleteParameter,
};
use kagiban_ssm::operations::*;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{Answer, World};
use plain::Plain;
use steps::{Step, steps};

/// One request as it is.
fn once(world: &mut World, operation: &str, body: &Value) -> Answer {
    let (who, body) = ("root", body.clone());
    match operation {
        "PutParameter" => world.ssm::<PutParameter>(who, body),
        "GetParameter" => world.ssm::<GetParameter>(who, body),
        "GetParameters" => world.ssm::<GetParameters>(who, body),
        "GetParametersByPath" => world.ssm::<GetParametersByPath>(who, body),
        "DescribeParameters" => world.ssm::<DescribeParameters>(who, body),
        "GetParameterHistory" => world.ssm::<GetParameterHistory>(who, body),
        "LabelParameterVersion" => world.ssm::<LabelParameterVersion>(who, body),
        "UnlabelParameterVersion" => world.ssm::<UnlabelParameterVersion>(who, body),
        "AddTagsToResource" => world.ssm::<AddTagsToResource>(who, body),
        "RemoveTagsFromResource" => world.ssm::<RemoveTagsFromResource>(who, body),
        "ListTagsForResource" => world.ssm::<ListTagsForResource>(who, body),
        "DeleteParameter" => world.ssm::<DeleteParameter>(who, body),
        "DeleteParameters" => world.ssm::<DeleteParameters>(who, body),
        "RollbackParameter" => world.ssm::<RollbackParameter>(who, body),
        "ListDeletedParameters" => world.ssm::<ListDeletedParameters>(who, body),
        "UndeleteParameter" => world.ssm::<UndeleteParameter>(who, body),
        "PurgeDeletedParameter" => world.ssm::<PurgeDeletedParameter>(who, body),
        _ => unreachable!("no step is a {operation}"),
    }
}

/// A request with all its pages, each but the last of them full, less what a clock and a caller say.
fn actual(world: &mut World, Step(operation, body): &Step) -> Answer {
    let mut body = body.clone();
    let mut answer = once(world, operation, &body)?;
    while let Some(token) = answer.as_object_mut().unwrap().remove("NextToken") {
        let most = usize::try_from(body["MaxResults"].as_u64().unwrap()).unwrap();
        let so_far = answer["Parameters"].as_array_mut().unwrap();
        assert!(so_far.len() % most == 0, "a page is not full: {so_far:?}");
        body["NextToken"] = token;
        let mut page = once(world, operation, &body)?;
        let more = page["Parameters"].as_array_mut().unwrap();
        assert!((1..=most).contains(&more.len()), "{more:?}");
        so_far.append(more);
        if let Some(token) = page.get_mut("NextToken") {
            answer["NextToken"] = token.take();
        }
    }
    strip(&mut answer);
    Ok(answer)
}

/// What says when something was, and who did it.
const CIRCUMSTANCES: [&str; 5] = [
    "LastModifiedDate",
    "LastModifiedUser",
    "DeletedDate",
    "DeletedBy",
    "PurgeDate",
];

fn strip(answer: &mut Value) {
    match answer {
        Value::Object(members) => {
            members.retain(|name, _| !CIRCUMSTANCES.contains(&name.as_str()));
            members.values_mut().for_each(strip);
        }
        Value::Array(values) => values.iter_mut().for_each(strip),
        _ => {}
    }
}

fn code(refused: &str) -> &str {
    refused.split(':').next().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_whole_parameter_api_behaves_as_plain_maps_do(steps in steps()) {
        let (mut world, mut plain) = (World::new(), Plain::default());
        for (number, step) in steps.iter().enumerate() {
            let Step(operation, body) = step;
            let expected = plain.answer(operation, body);
            let actual = actual(&mut world, step);
            let actual = actual.as_ref().map_err(|refused| code(refused));
            prop_assert_eq!(actual, expected.as_ref().map_err(|code| *code), "step {}: {:?}", number, step);
        }
        // Nothing is left of what nobody can reach: each older version belongs to one of the lives.
        let rows = world.rows.keys().filter(|key| key.to_string().contains("/ssm/pv/")).count();
        prop_assert_eq!(rows, plain.older_versions());
    }
}

#[test]
fn of_two_decisions_on_one_view_only_one_can_be_committed() {
    let mut world = World::new();
    world
        .ssm::<PutParameter>("root", json!({"Name": "x", "Value": "1", "Type": "String"}))
        .unwrap();
    let put = json!({"Name": "x", "Value": "2", "Overwrite": true});
    let make = json!({"Name": "new", "Value": "1", "Type": "SecureString"});
    let tag = json!({"ResourceType": "Parameter", "ResourceId": "x", "Tags": [{"Key": "k", "Value": "v"}]});
    let late = [
        world.decide_ssm::<PutParameter>("root", &put).unwrap().txn,
        world.decide_ssm::<AddTagsToResource>("root", &tag).unwrap().txn,
        world
            .decide_ssm::<DeleteParameter>("root", &json!({"Name": "x"}))
            .unwrap()
            .txn,
        world.decide_ssm::<PutParameter>("root", &make).unwrap().txn,
    ];
    world.ssm::<PutParameter>("root", put).unwrap();
    world.ssm::<PutParameter>("root", make).unwrap();
    for txn in late {
        assert!(!world.holds(&txn), "{txn:?}");
    }
}
