//! What nodes tell of themselves: who may tell what, and how it is found.

use kagiban_ssm::nodes::NodeId;
use kagiban_ssm::operations::*;
use kagiban_ssm::records::{Node, keys};
use kagiban_store::Txn;
use serde_json::{Value, json};

use crate::world::{World, scope};

const NODE: &str = "mi-00000000000000001";
const OTHER: &str = "mi-00000000000000002";

fn world() -> World {
    let mut world = World::new();
    let mut txn = Txn::new();
    for (id, platform) in [(NODE, "Linux"), (OTHER, "Windows")] {
        let node: Node = serde_json::from_value(json!({
            "activation": "a", "rights": {"Role": "r"}, "public_key": "", "fingerprint": "f", "registered": 0,
            "reported": {"platform_type": platform}, "tags": [{"key": "env", "value": "prod"}],
        }))
        .unwrap();
        txn.put(keys::node(scope(), &NodeId::parse(id).unwrap()), &node);
    }
    world.commit(txn);
    world
}

fn item(kind: &str, content: Value) -> Value {
    let mut item = json!({"TypeName": kind, "SchemaVersion": "1.0", "CaptureTime": "2026-01-01T00:00:00Z"});
    item.as_object_mut()
        .unwrap()
        .extend(content.as_object().unwrap().clone());
    item
}

fn put(world: &mut World, id: &str, items: Value) -> Result<Value, String> {
    world.ssm::<PutInventory>("root", json!({"InstanceId": id, "Items": items}))
}

fn software(names: &[&str]) -> Value {
    let entries: Vec<Value> = names
        .iter()
        .map(|name| json!({"Name": name, "Version": "1"}))
        .collect();
    item(
        "AWS:Application",
        json!({"Content": entries, "ContentHash": "h1"}),
    )
}

fn entries(world: &mut World, more: Value) -> Result<Value, String> {
    let mut request = json!({"InstanceId": NODE, "TypeName": "AWS:Application"});
    request
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.ssm::<ListInventoryEntries>("root", request)
}

#[test]
fn what_is_told_of_a_type_takes_the_place_of_all_that_was_told_of_it() {
    let mut world = world();
    put(&mut world, NODE, json!([software(&["bash", "vim"])])).unwrap();
    put(&mut world, NODE, json!([software(&["emacs"])])).unwrap();
    let listed = entries(&mut world, json!({})).unwrap();
    let expected = json!({
        "TypeName": "AWS:Application", "InstanceId": NODE, "SchemaVersion": "1.0",
        "CaptureTime": "2026-01-01T00:00:00Z", "Entries": [{"Name": "emacs", "Version": "1"}],
    });
    assert_eq!(listed, expected);
    let nothing = world.ssm::<ListInventoryEntries>(
        "root",
        json!({"InstanceId": OTHER, "TypeName": "AWS:Application"}),
    );
    assert_eq!(nothing.unwrap()["Entries"], json!([]));
}

#[test]
fn that_nothing_has_changed_is_taken_only_of_what_is_known() {
    let mut world = world();
    let same = |hash: &str| {
        let mut item = item("AWS:Application", json!({"ContentHash": hash}));
        item["CaptureTime"] = json!("2026-02-02T00:00:00Z");
        json!([item])
    };
    let refused = put(&mut world, NODE, same("h1")).unwrap_err();
    assert!(refused.starts_with("ItemContentMismatchException"), "{refused}");
    put(&mut world, NODE, json!([software(&["bash"])])).unwrap();
    let refused = put(&mut world, NODE, same("h2")).unwrap_err();
    assert!(refused.starts_with("ItemContentMismatchException"), "{refused}");
    put(&mut world, NODE, same("h1")).unwrap();
    let listed = entries(&mut world, json!({})).unwrap();
    assert_eq!(listed["CaptureTime"], "2026-02-02T00:00:00Z");
    assert_eq!(listed["Entries"][0]["Name"], "bash");
}

#[test]
fn what_the_model_forbids_and_nodes_that_are_not_there_are_refused() {
    let mut world = world();
    for (items, code) in [
        (json!([]), "ValidationException"),
        (
            json!([item("Other:X", json!({"Content": []}))]),
            "ValidationException",
        ),
        (
            json!([item("AWS:Other", json!({"Content": []}))]),
            "InvalidTypeNameException",
        ),
        (
            json!([item("AWS:Tag", json!({"Content": []}))]),
            "InvalidTypeNameException",
        ),
        (
            json!([item("AWS:Service", json!({}))]),
            "InvalidItemContentException",
        ),
    ] {
        let refused = put(&mut world, NODE, items.clone()).unwrap_err();
        assert!(refused.starts_with(code), "{items}: {refused}");
    }
    let mut late = software(&["x"]);
    for time in [
        "2026-13-01T00:00:00Z",
        "2026-01-01 00:00:00",
        "2026-01-01T00:00:00+00:00",
    ] {
        late["CaptureTime"] = json!(time);
        let refused = put(&mut world, NODE, json!([late])).unwrap_err();
        assert!(refused.starts_with("ValidationException"), "{time}: {refused}");
    }
    let unknown = put(&mut world, "mi-00000000000000009", json!([software(&["x"])])).unwrap_err();
    assert!(unknown.starts_with("InvalidInstanceId"), "{unknown}");
}

#[test]
fn people_make_up_only_so_many_types() {
    let mut world = world();
    let own = |number: usize| {
        item(
            &format!("Custom:T{number:02}"),
            json!({"Content": [{"Rack": "7"}]}),
        )
    };
    let items: Vec<Value> = (0..20).map(own).collect();
    put(&mut world, NODE, json!(items)).unwrap();
    let refused = put(&mut world, OTHER, json!([own(20)])).unwrap_err();
    assert!(
        refused.starts_with("CustomSchemaCountLimitExceededException"),
        "{refused}"
    );
    put(&mut world, OTHER, json!([own(19)])).unwrap();
    let delete = |world: &mut World, dry: bool| {
        let request = json!({"TypeName": "Custom:T19", "DryRun": dry});
        world.ssm::<DeleteInventory>("root", request).unwrap()["DeletionSummary"].clone()
    };
    let counts = |left: usize| {
        json!({"TotalCount": 2, "RemainingCount": left,
            "SummaryItems": [{"Version": "1.0", "Count": 2, "RemainingCount": left}]})
    };
    assert_eq!(delete(&mut world, true), counts(2));
    assert_eq!(delete(&mut world, false), counts(0));
    put(&mut world, OTHER, json!([own(20)])).unwrap();
    let refused = world.ssm::<DeleteInventory>("root", json!({"TypeName": "AWS:Application"}));
    let refused = refused.unwrap_err();
    assert!(
        refused.starts_with("InvalidDeleteInventoryParametersException"),
        "{refused}"
    );
}

#[test]
fn entries_are_filtered_and_paged() {
    let mut world = world();
    let names: Vec<String> = (0..120).map(|number| format!("lib{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    put(&mut world, NODE, json!([software(&names)])).unwrap();
    let mut seen = Vec::new();
    let mut request = json!({});
    loop {
        let page = entries(&mut world, request.clone()).unwrap();
        let page_entries = page["Entries"].as_array().unwrap();
        assert!(page_entries.len() <= 50);
        seen.extend(
            page_entries
                .iter()
                .map(|entry| entry["Name"].as_str().unwrap().to_owned()),
        );
        match page.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(seen, names);
    let begin = |key: &str| json!({"Filters": [{"Key": key, "Values": ["lib00"], "Type": "BeginWith"}]});
    for key in ["Name", "AWS:Application.Name"] {
        let found = entries(&mut world, begin(key)).unwrap();
        assert_eq!(found["Entries"].as_array().unwrap().len(), 10);
    }
    let refused = entries(&mut world, begin("AWS:File.Name")).unwrap_err();
    assert!(refused.starts_with("InvalidFilter"), "{refused}");
    let carried = json!({"NextToken": request["NextToken"], "Filters": begin("Name")["Filters"]});
    assert!(
        entries(&mut world, carried)
            .unwrap_err()
            .starts_with("InvalidNextToken")
    );
}

#[test]
fn nodes_are_found_by_what_is_known_of_them() {
    let mut world = world();
    put(&mut world, NODE, json!([software(&["bash", "vim"])])).unwrap();
    let mut found = |filters: Value| -> Result<Vec<String>, String> {
        let found = world.ssm::<GetInventory>("root", json!({"Filters": filters}))?;
        let entities = found["Entities"].as_array().unwrap().iter();
        Ok(entities
            .map(|entity| entity["Id"].as_str().unwrap().to_owned())
            .collect())
    };
    let filter = |key: &str, value: &str, how: &str| json!({"Key": key, "Values": [value], "Type": how});
    let is = |ids: &[&str]| Ok(ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>());
    let vim = filter("AWS:Application.Name", "vim", "Equal");
    assert_eq!(found(json!([vim])), is(&[NODE]));
    assert_eq!(
        found(json!([filter("AWS:Application.Name", "vim", "NotEqual")])),
        is(&[OTHER])
    );
    assert_eq!(
        found(json!([filter("AWS:Application", "x", "Exists")])),
        is(&[NODE])
    );
    let windows = filter("AWS:InstanceInformation.PlatformType", "Windows", "Equal");
    assert_eq!(found(json!([windows])), is(&[OTHER]));
    assert_eq!(found(json!([windows, vim])), is(&[]));
    assert_eq!(
        found(json!([filter("AWS:Tag.Value", "prod", "Equal")])),
        is(&[NODE, OTHER])
    );
    let refused = found(json!([filter("Name", "vim", "Equal")])).unwrap_err();
    assert!(refused.starts_with("InvalidFilter:"), "{refused}");
}

#[test]
fn what_is_asked_for_is_told_of_each_node_and_counts_are_refused() {
    let mut world = world();
    put(&mut world, NODE, json!([software(&["vim"])])).unwrap();
    let request = json!({"ResultAttributes": [{"TypeName": "AWS:Application"}]});
    let found = world.ssm::<GetInventory>("root", request).unwrap();
    let [first, second] = [0, 1].map(|place| &found["Entities"][place]["Data"]);
    assert_eq!(
        first["AWS:Application"],
        json!({"TypeName": "AWS:Application", "SchemaVersion": "1.0", "CaptureTime": "2026-01-01T00:00:00Z",
            "ContentHash": "h1", "Content": [{"Name": "vim", "Version": "1"}]})
    );
    assert_eq!(
        first["AWS:InstanceInformation"]["Content"],
        json!([{"InstanceId": NODE, "InstanceStatus": "Active", "PlatformType": "Linux", "ResourceType": "ManagedInstance"}])
    );
    assert!(second.get("AWS:Application").is_none(), "{second}");
    let counted = world.ssm::<GetInventory>(
        "root",
        json!({"Aggregators": [{"Expression": "AWS:Application.Name"}]}),
    );
    assert!(counted.unwrap_err().starts_with("InvalidAggregatorException"));
}

#[test]
fn schemas_are_those_of_aws_and_what_people_have_made_up() {
    let mut world = world();
    let own = item("Custom:Rack", json!({"Content": [{"Room": "1"}, {"Row": "2"}]}));
    put(&mut world, NODE, json!([own])).unwrap();
    let mut names = |request: Value| -> Vec<String> {
        let found = world.ssm::<GetInventorySchema>("root", request).unwrap();
        let schemas = found["Schemas"].as_array().unwrap().iter();
        schemas
            .map(|schema| schema["TypeName"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = names(json!({}));
    assert_eq!(
        (all.len(), all.last().map(String::as_str)),
        (15, Some("Custom:Rack"))
    );
    assert_eq!(names(json!({"TypeName": "AWS:App"})), ["AWS:Application"]);
    assert_eq!(names(json!({"SubType": true})), [""; 0]);
    let found = world
        .ssm::<GetInventorySchema>("root", json!({"TypeName": "Custom:"}))
        .unwrap();
    let expected = json!({"TypeName": "Custom:Rack", "Version": "1.0", "DisplayName": "Rack",
        "Attributes": [{"Name": "Room", "DataType": "string"}, {"Name": "Row", "DataType": "string"}]});
    assert_eq!(found["Schemas"], json!([expected]));
}

#[test]
fn a_policy_may_name_the_types_that_somebody_tells_of() {
    let mut world = world();
    world.may(
        "alice",
        json!([{"Effect": "Allow", "Action": "ssm:PutInventory", "Resource": "*",
            "Condition": {"ForAllValues:StringEquals": {"ssm:InventoryTypeName": ["Custom:Rack"]}}}]),
    );
    let mut put = |kinds: &[&str]| {
        let items: Vec<Value> = kinds
            .iter()
            .map(|kind| item(kind, json!({"Content": []})))
            .collect();
        world.ssm::<PutInventory>("alice", json!({"InstanceId": NODE, "Items": items}))
    };
    put(&["Custom:Rack"]).unwrap();
    let refused = put(&["Custom:Rack", "AWS:Application"]).unwrap_err();
    assert!(refused.starts_with("AccessDeniedException"), "{refused}");
}

#[test]
fn what_a_node_has_told_goes_with_it() {
    let mut world = world();
    put(&mut world, NODE, json!([software(&["vim"])])).unwrap();
    world
        .ssm::<DeregisterManagedInstance>("root", json!({"InstanceId": NODE}))
        .unwrap();
    let nodes = world.ssm.nodes(scope()).unwrap();
    let id = NodeId::parse(NODE).unwrap();
    assert_eq!(nodes.inventories(&id).count(), 0);
}

#[test]
fn all_that_is_kept_of_a_node_has_its_limit_and_can_be_said_to_be_unchanged() {
    let mut world = world();
    let long = "x".repeat(4096);
    let big = |kind: &str| {
        let entries = vec![json!({"Name": long}); 45];
        item(kind, json!({"Content": entries, "ContentHash": "h"}))
    };
    let same = |kind: &str| item(kind, json!({"ContentHash": "h"}));
    let kinds = ["Custom:A", "Custom:B", "Custom:C", "Custom:D", "Custom:E"];
    for kind in kinds {
        put(&mut world, NODE, json!([big(kind)])).unwrap();
    }
    let refused = put(&mut world, NODE, json!([big("Custom:F")])).unwrap_err();
    assert!(refused.contains("TotalSizeLimitExceeded"), "{refused}");
    put(&mut world, NODE, json!([big("Custom:A")])).unwrap();
    let all: Vec<Value> = kinds.into_iter().map(same).collect();
    put(&mut world, NODE, json!(all)).unwrap();
    put(&mut world, OTHER, json!([big("Custom:F")])).unwrap();
}
