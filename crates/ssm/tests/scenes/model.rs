//! Parameters against a map of lists, and decisions against each other.

use std::collections::BTreeMap;

use kagiban_ssm::kagiban::{PurgeDeletedParameter, UndeleteParameter};
use kagiban_ssm::operations::{AddTagsToResource, DeleteParameter, GetParameter, PutParameter};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::World;

#[derive(Clone, Debug)]
enum Step {
    Put {
        name: &'static str,
        overwrite: bool,
        secret: bool,
    },
    Delete(&'static str),
    Undelete(&'static str),
    Purge(&'static str),
    Get(&'static str, Option<usize>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = || prop::sample::select(vec!["x", "/x", "/a/b"]);
    let step = prop_oneof![
        3 => (name(), any::<bool>(), any::<bool>()).prop_map(|(name, overwrite, secret)| Step::Put { name, overwrite, secret }),
        2 => name().prop_map(Step::Delete),
        2 => name().prop_map(Step::Undelete),
        1 => name().prop_map(Step::Purge),
        3 => (name(), prop::option::of(0..6_usize)).prop_map(|(name, version)| Step::Get(name, version)),
    ];
    prop::collection::vec(step, 0..30)
}

fn code(answer: Result<Value, String>) -> String {
    answer.map_or_else(
        |refused| refused.split(':').next().unwrap().to_owned(),
        |answer| answer.to_string(),
    )
}

/// The values of each name, oldest first: of those that are there, and of those that were deleted last.
#[derive(Default)]
struct Model {
    live: BTreeMap<String, Vec<usize>>,
    deleted: BTreeMap<String, Vec<usize>>,
}

/// What the plain maps say to a step, and what they become.
fn expected(model: &mut Model, step: &Step, number: usize) -> String {
    let Model { live, deleted } = model;
    let canonical = |name: &str| format!("/{}", name.trim_start_matches('/'));
    match step {
        Step::Put { name, overwrite, .. } => {
            let versions = live.entry(canonical(name)).or_default();
            if !versions.is_empty() && !overwrite {
                return "ParameterAlreadyExists".into();
            }
            versions.push(number);
            json!({"Tier": "Standard", "Version": versions.len()}).to_string()
        }
        Step::Delete(name) => match live.remove(&canonical(name)) {
            Some(versions) => {
                deleted.insert(canonical(name), versions);
                "{}".into()
            }
            None => "ParameterNotFound".into(),
        },
        Step::Undelete(name) => match (deleted.get(&canonical(name)), live.get(&canonical(name))) {
            (None, _) => "ParameterNotFound".into(),
            (Some(_), Some(_)) => "ParameterAlreadyExists".into(),
            (Some(_), None) => {
                let versions = deleted.remove(&canonical(name)).unwrap();
                let newest = versions.len();
                live.insert(canonical(name), versions);
                json!(newest).to_string()
            }
        },
        Step::Purge(name) => match deleted.remove(&canonical(name)) {
            Some(_) => "{}".into(),
            None => "ParameterNotFound".into(),
        },
        Step::Get(name, version) => match (live.get(&canonical(name)), version) {
            (None, _) => "ParameterNotFound".into(),
            (Some(versions), None) => json!(versions.last().unwrap().to_string()).to_string(),
            (Some(versions), Some(version)) => {
                match version.checked_sub(1).and_then(|index| versions.get(index)) {
                    Some(value) => json!(value.to_string()).to_string(),
                    None => "ParameterVersionNotFound".into(),
                }
            }
        },
    }
}

fn actual(world: &mut World, step: &Step, number: usize) -> String {
    code(match step {
        Step::Put {
            name,
            overwrite,
            secret,
        } => {
            let kind = if *secret { "SecureString" } else { "String" };
            let body =
                json!({"Name": name, "Value": number.to_string(), "Type": kind, "Overwrite": overwrite});
            world.ssm::<PutParameter>("root", body)
        }
        Step::Delete(name) => world.ssm::<DeleteParameter>("root", json!({"Name": name})),
        Step::Undelete(name) => {
            let back = world.ssm::<UndeleteParameter>("root", json!({"Name": name}));
            back.map(|mut back| back["Version"].take())
        }
        Step::Purge(name) => world.ssm::<PurgeDeletedParameter>("root", json!({"Name": name})),
        Step::Get(name, version) => {
            let name = version.map_or((*name).to_owned(), |version| format!("{name}:{version}"));
            let read = world.ssm::<GetParameter>("root", json!({"Name": name, "WithDecryption": true}));
            read.map(|mut read| read["Parameter"]["Value"].take())
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parameters_behave_as_maps_of_lists_deleted_and_brought_back(steps in steps()) {
        let (mut world, mut model) = (World::new(), Model::default());
        for (number, step) in steps.iter().enumerate() {
            let expected = expected(&mut model, step, number);
            prop_assert_eq!(actual(&mut world, step, number), expected, "step {}: {:?}", number, step);
        }
        // Nothing is left of what nobody can reach: each older version belongs to one of the lives.
        let older = |lives: &BTreeMap<_, Vec<usize>>| -> usize {
            lives.values().map(|versions| versions.len().saturating_sub(1)).sum()
        };
        let rows = world.rows.keys().filter(|key| key.to_string().contains("/ssm/pv/")).count();
        prop_assert_eq!(rows, older(&model.live) + older(&model.deleted));
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
