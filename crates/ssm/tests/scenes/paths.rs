use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use kagiban_ssm::operations::{GetParametersByPath, PutParameter};
use kagiban_ssm::records::{Parameter, keys};
use kagiban_store::{Event, Rev, record};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{World, scope};

fn put(world: &mut World, name: &str) {
    let body = json!({"Name": name, "Value": "v", "Type": "String", "Overwrite": true});
    world.ssm::<PutParameter>("root", body).unwrap();
}

/// All pages of a listing, and how many there were.
fn list(world: &mut World, mut body: Value) -> (Vec<String>, usize) {
    let mut seen = Vec::new();
    for pages in 1.. {
        let page = world.ssm::<GetParametersByPath>("root", body.clone()).unwrap();
        let listed = page["Parameters"].as_array().unwrap();
        seen.extend(
            listed
                .iter()
                .map(|parameter| parameter["Name"].as_str().unwrap().to_owned()),
        );
        match &page["NextToken"] {
            Value::Null => return (seen, pages),
            token => body["NextToken"] = token.clone(),
        }
    }
    unreachable!("pages end")
}

/// What a listing gives, said as plainly as can be.
fn naive(names: &BTreeSet<String>, path: &str, recursive: bool) -> Vec<String> {
    let prefix = format!("{}/", path.trim_end_matches('/'));
    let below = |name: &&String| {
        let rest = name.strip_prefix(&prefix);
        rest.is_some_and(|rest| recursive || !rest.contains('/'))
    };
    names.iter().filter(below).cloned().collect()
}

#[test]
fn a_path_is_not_below_itself_and_its_trailing_slash_does_not_matter() {
    let mut world = World::new();
    for name in ["/a", "/a/b", "/a/b/c", "/a/d", "/ab", "x"] {
        put(&mut world, name);
    }
    for path in ["/a", "/a/"] {
        assert_eq!(list(&mut world, json!({"Path": path})).0, ["/a/b", "/a/d"]);
        assert_eq!(
            list(&mut world, json!({"Path": path, "Recursive": true})).0,
            ["/a/b", "/a/b/c", "/a/d"]
        );
    }
    assert_eq!(list(&mut world, json!({"Path": "/"})).0, ["/a", "/ab", "x"]);
    assert_eq!(list(&mut world, json!({"Path": "/nope"})).0.len(), 0);
}

#[test]
fn only_some_filters_go_with_a_path() {
    let mut world = World::new();
    let filters = json!([{"Key": "Name", "Values": ["x"]}]);
    insta::assert_snapshot!(
        world.ssm::<GetParametersByPath>("root", json!({"Path": "/", "ParameterFilters": filters})).unwrap_err(),
        @"InvalidFilterKey: The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId]."
    );
}

#[test]
fn a_big_tree_below_a_path_is_leapt_over() {
    let mut world = World::new();
    for name in ["/a/first", "/a/m/x", "/a/z"] {
        put(&mut world, name);
    }
    let key = keys::parameter(scope(), &"/a/z".parse().unwrap());
    let template: Parameter = record::decode(&world.rows[&key].1).unwrap();
    for number in 0..100_000 {
        let name = format!("/a/m/{number}");
        let value = record::encode(&Parameter {
            name: name.as_str().into(),
            ..template.clone()
        })
        .unwrap();
        let key = keys::parameter(scope(), &name.parse().unwrap());
        let event = Event {
            key,
            mod_rev: Rev(9),
            value: Some(value),
        };
        world.ssm.apply(scope(), &["p", &name], &event).unwrap();
    }
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(
            list(&mut world, json!({"Path": "/a"})),
            (vec!["/a/first".to_owned(), "/a/z".to_owned()], 1)
        );
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn listings_agree_with_a_naive_model(
        names in prop::collection::btree_set("(/[ab0.-]{1,2}){1,4}", 0..25),
        path in "(/|(/[ab0.-]{1,2}){1,3}/?)",
        recursive: bool,
        most in 1..4,
    ) {
        let mut world = World::new();
        for name in &names {
            put(&mut world, name);
        }
        let body = json!({"Path": path, "Recursive": recursive, "MaxResults": most});
        prop_assert_eq!(list(&mut world, body).0, naive(&names, &path, recursive));
    }
}
