//! Requests as callers might send them: mostly of few names, so that they meet.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// One request: the operation's name and its body.
#[derive(Clone, Debug)]
pub(crate) struct Step(pub(crate) &'static str, pub(crate) Value);

const NAMES: [&str; 8] = ["x", "/x", "/a", "/a/b", "/a/b/c", "/a/c", "/ab", "b"];
const PATHS: [&str; 6] = ["/", "/a", "/a/", "/a/b", "/b", "/none"];
const KINDS: [&str; 3] = ["String", "StringList", "SecureString"];
const TIERS: [&str; 3] = ["Standard", "Intelligent-Tiering", "Advanced"];
/// The last two are no labels; of the others there are more than a version may have.
const LABELS: [&str; 15] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "1st", "aws-x",
];
const FEW_LABELS: [&str; 4] = ["a", "b", "c", "none"];
const TAG_VALUES: [&str; 3] = ["", "1", "12"];

/// Some requests; now and then after as many versions of one parameter as are kept, or nearly.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fill = |number| {
        let body = json!({"Name": "/a", "Value": "v", "Type": "String", "Overwrite": true});
        vec![Step("PutParameter", body); number]
    };
    let full = prop_oneof![9 => Just(0), 1 => 97..=100_usize].prop_map(fill);
    (full, prop::collection::vec(step(), 0..80)).prop_map(|(full, rest)| [full, rest].concat())
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => put(),
        6 => reference().prop_map(|name| Step("GetParameter", json!({"Name": name, "WithDecryption": true}))),
        4 => prop::collection::vec(reference(), 1..5)
            .prop_map(|names| Step("GetParameters", json!({"Names": names, "WithDecryption": true}))),
        6 => by_path(),
        6 => describe(),
        4 => (name(), 1..4).prop_map(|(name, most)| {
            Step("GetParameterHistory", json!({"Name": name, "MaxResults": most, "WithDecryption": true}))
        }),
        6 => label(),
        4 => unlabel(),
        4 => tags(),
        3 => name().prop_map(|name| Step("DeleteParameter", json!({"Name": name}))),
        1 => prop::collection::vec(name(), 1..4).prop_map(|names| Step("DeleteParameters", json!({"Names": names}))),
        3 => (name(), 1..4).prop_map(|(name, version)| {
            Step("RollbackParameter", json!({"Name": name, "Version": version}))
        }),
        1 => (name(), select(&FEW_LABELS[..])).prop_map(|(name, label)| {
            Step("RollbackParameter", json!({"Name": name, "Label": label}))
        }),
        2 => (select(&PATHS[..]), 1..4).prop_map(|(path, most)| {
            Step("ListDeletedParameters", json!({"Path": path, "MaxResults": most}))
        }),
        4 => (name(), any::<bool>()).prop_map(|(name, swap)| {
            Step("UndeleteParameter", json!({"Name": name, "Swap": swap}))
        }),
        1 => name().prop_map(|name| Step("PurgeDeletedParameter", json!({"Name": name}))),
    ]
}

fn name() -> impl Strategy<Value = &'static str> {
    select(&NAMES[..])
}

/// A name, and perhaps a version or a label of it.
fn reference() -> impl Strategy<Value = String> {
    let selector = prop_oneof![
        Just(String::new()),
        (0..4).prop_map(|version| format!(":{version}")),
        select(&FEW_LABELS[..]).prop_map(|label| format!(":{label}")),
    ];
    (name(), selector).prop_map(|(name, selector)| format!("{name}{selector}"))
}

/// Values are as long as the tiers allow, or a little longer, or short.
fn put() -> impl Strategy<Value = Step> {
    let value = (
        any::<u8>(),
        prop_oneof![12 => Just(1_usize), 1 => select(&[4096, 4097, 8192, 8193][..])],
    );
    let what = (name(), value, prop::option::weighted(0.8, select(&KINDS[..])));
    let how = (
        prop::bool::weighted(0.7),
        prop::option::weighted(0.3, select(&TIERS[..])),
        prop::option::weighted(0.3, select(&["d", ""][..])),
        prop::option::weighted(0.1, select(&TAG_VALUES[..])),
    );
    (what, how).prop_map(
        |((name, (value, length), kind), (overwrite, tier, description, tag))| {
            let body = json!({
                "Name": name, "Value": format!("{value:x<length$}"), "Type": kind, "Overwrite": overwrite,
                "Tier": tier, "Description": description,
                "Tags": tag.map(|value| json!([{"Key": "k", "Value": value}])),
            });
            Step("PutParameter", body)
        },
    )
}

fn by_path() -> impl Strategy<Value = Step> {
    let filter = prop_oneof![
        select(&KINDS[..]).prop_map(|kind| json!({"Key": "Type", "Values": [kind]})),
        Just(json!({"Key": "KeyId", "Option": "BeginsWith", "Values": ["alias/"]})),
        (select(&FEW_LABELS[..]), select(&FEW_LABELS[..]))
            .prop_map(|labels| json!({"Key": "Label", "Values": [labels.0, labels.1]})),
    ];
    let filters = prop::option::of(filter.prop_map(|filter| json!([filter])));
    (select(&PATHS[..]), any::<bool>(), filters, 1..5).prop_map(|(path, recursive, filters, most)| {
        let body = json!({
            "Path": path, "Recursive": recursive, "ParameterFilters": filters, "MaxResults": most,
            "WithDecryption": true,
        });
        Step("GetParametersByPath", body)
    })
}

/// Up to two filters, of different keys.
fn describe() -> impl Strategy<Value = Step> {
    let of_name = (
        select(&["Equals", "BeginsWith", "Contains"][..]),
        prop::collection::vec(select(&["x", "/x", "/a", "a", "b", "/a/b"][..]), 1..3),
    );
    let of_path = (select(&["OneLevel", "Recursive"][..]), select(&PATHS[..]));
    let of_kind = (select(&["Equals", "BeginsWith"][..]), select(&KINDS[..]));
    let of_tag = (
        select(&["Equals", "BeginsWith"][..]),
        prop::option::of(select(&TAG_VALUES[1..])),
    );
    let where_it_is = prop_oneof![
        of_name.prop_map(|(option, values)| json!({"Key": "Name", "Option": option, "Values": values})),
        of_path.prop_map(|(option, path)| json!({"Key": "Path", "Option": option, "Values": [path]})),
    ];
    let what_it_is = prop_oneof![
        of_kind.prop_map(|(option, kind)| json!({"Key": "Type", "Option": option, "Values": [kind]})),
        select(&["Standard", "Advanced"][..]).prop_map(|tier| json!({"Key": "Tier", "Values": [tier]})),
        Just(json!({"Key": "KeyId", "Values": ["alias/aws/ssm"]})),
        of_tag.prop_map(|(option, value)| {
            let option = value.map(|_| option);
            json!({"Key": "tag:k", "Option": option, "Values": value.map(|value| [value])})
        }),
    ];
    let filters = (prop::option::of(where_it_is), prop::option::of(what_it_is));
    (filters, 1..6).prop_map(|((first, second), most)| {
        let filters: Vec<Value> = first.into_iter().chain(second).collect();
        Step(
            "DescribeParameters",
            json!({"ParameterFilters": filters, "MaxResults": most}),
        )
    })
}

fn label() -> impl Strategy<Value = Step> {
    let labels = prop_oneof![
        prop::collection::vec(select(&FEW_LABELS[..]), 1..3),
        prop::collection::vec(select(&LABELS[..]), 1..8),
    ];
    (name(), prop::option::of(1..4), labels).prop_map(|(name, version, labels)| {
        let body = json!({"Name": name, "ParameterVersion": version, "Labels": labels});
        Step("LabelParameterVersion", body)
    })
}

fn unlabel() -> impl Strategy<Value = Step> {
    let labels = prop::collection::vec(select(&FEW_LABELS[..]), 1..4);
    (name(), 1..4, labels).prop_map(|(name, version, labels)| {
        let body = json!({"Name": name, "ParameterVersion": version, "Labels": labels});
        Step("UnlabelParameterVersion", body)
    })
}

fn tags() -> impl Strategy<Value = Step> {
    let key = || select(&["k", "env"][..]);
    let on = |name, more: Value| {
        let mut body = json!({"ResourceType": "Parameter", "ResourceId": name});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    prop_oneof![
        (name(), key(), select(&TAG_VALUES[..])).prop_map(move |(name, key, value)| {
            Step(
                "AddTagsToResource",
                on(name, json!({"Tags": [{"Key": key, "Value": value}]})),
            )
        }),
        (name(), key())
            .prop_map(move |(name, key)| Step("RemoveTagsFromResource", on(name, json!({"TagKeys": [key]})))),
        name().prop_map(move |name| Step("ListTagsForResource", on(name, json!({})))),
    ]
}
