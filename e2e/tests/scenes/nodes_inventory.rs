//! Inventory, as the AWS CLI and boto3 see it, and as a node tells it.

use serde_json::{Value, json};

use crate::harness::{Machine, Output, Server, venv_binary};

/// A server with so many nodes, and the first one's credentials.
fn start(count: usize) -> (Server, Machine, Vec<String>, Value) {
    let server = Server::start();
    server.node_role("node");
    server.grant(
        "node",
        &json!([{"Effect": "Allow", "Action": "ssm:PutInventory", "Resource": "*"}]),
    );
    let activation = server.activation(&server.root(), &json!({"RegistrationLimit": count}));
    let mut machine = Machine::start(&server);
    let ids: Vec<String> = (0..count)
        .map(|number| {
            let answer = machine.register(&activation, &format!("k{number}"), &format!("f{number}"));
            answer["InstanceId"].as_str().unwrap().to_owned()
        })
        .collect();
    let credentials = machine.token(&ids[0], "k0", "f0");
    (server, machine, ids, credentials)
}

fn software(node: &str) -> Value {
    json!({"InstanceId": node, "Items": [{
        "TypeName": "AWS:Application", "SchemaVersion": "1.1", "CaptureTime": "2026-01-01T00:00:00Z",
        "ContentHash": "h", "Content": [{"Name": "bash", "Version": "5.2"}, {"Name": "vim", "Version": "9.1"}],
    }]})
}

#[test]
fn a_node_tells_of_itself_and_of_nobody_else() {
    let (server, mut machine, ids, credentials) = start(2);
    assert_eq!(
        machine.call(&credentials, "PutInventory", &software(&ids[0])),
        json!({})
    );
    let refused = machine.call(&credentials, "PutInventory", &software(&ids[1]));
    assert_eq!(refused["code"], "AccessDeniedException", "{refused}");

    let root = server.root();
    let list = ["ssm", "list-inventory-entries", "--instance-id", &ids[0]];
    let vim = [
        "--type-name",
        "AWS:Application",
        "--filters",
        "Key=Name,Values=vim",
    ];
    let listed = server.aws_json(&root, &[&list[..], &vim].concat());
    assert_eq!(
        listed,
        json!({"TypeName": "AWS:Application", "InstanceId": ids[0], "SchemaVersion": "1.1",
            "CaptureTime": "2026-01-01T00:00:00Z", "Entries": [{"Name": "vim", "Version": "9.1"}]})
    );
    let filter = "Key=AWS:Application.Name,Values=vi,Type=BeginWith";
    let attributes = "TypeName=AWS:Application";
    let get = [
        "ssm",
        "get-inventory",
        "--filters",
        filter,
        "--result-attributes",
        attributes,
    ];
    let found = server.aws_json(&root, &get);
    let entities = found["Entities"].as_array().unwrap();
    assert_eq!((entities.len(), &entities[0]["Id"]), (1, &json!(ids[0])));
    assert_eq!(
        entities[0]["Data"]["AWS:Application"]["Content"][1]["Name"],
        "vim"
    );
    assert_eq!(
        entities[0]["Data"]["AWS:InstanceInformation"]["Content"][0]["InstanceId"],
        json!(ids[0])
    );
}

#[test]
fn the_cli_makes_up_a_type_and_deletes_it() {
    let (server, _machine, ids, _) = start(1);
    let root = server.root();
    let items = json!([{"TypeName": "Custom:Rack", "SchemaVersion": "1.0", "CaptureTime": "2026-01-01T00:00:00Z",
        "Content": [{"Room": "7", "Row": "b"}]}]);
    let put = [
        "ssm",
        "put-inventory",
        "--instance-id",
        &ids[0],
        "--items",
        &items.to_string(),
    ];
    server.aws_text(&root, &put);
    let schema = server.aws_json(&root, &["ssm", "get-inventory-schema", "--type-name", "Custom"]);
    assert_eq!(schema["Schemas"][0]["TypeName"], "Custom:Rack");
    let all = server.aws_json(&root, &["ssm", "get-inventory-schema"]);
    assert_eq!(all["Schemas"].as_array().unwrap().len(), 15);
    let delete = ["ssm", "delete-inventory", "--type-name", "Custom:Rack"];
    let deleted = server.aws_json(&root, &delete);
    assert_eq!(deleted["DeletionSummary"]["TotalCount"], 1);
    assert_eq!(deleted["DeletionSummary"]["RemainingCount"], 0);
    let list = [
        "ssm",
        "list-inventory-entries",
        "--instance-id",
        &ids[0],
        "--type-name",
        "Custom:Rack",
    ];
    assert_eq!(server.aws_json(&root, &list)["Entries"], json!([]));
}

/// What boto3 raises for each of several mistakes.
const MISTAKES: &str = r"
import boto3, json, sys
ssm, node = boto3.client('ssm'), sys.argv[1]
item = {'TypeName': 'Custom:A', 'SchemaVersion': '1.0', 'CaptureTime': '2026-01-01T00:00:00Z', 'Content': []}
def put(**more):
    return lambda: ssm.put_inventory(InstanceId=node, Items=[{**item, **more}])
without = {key: item[key] for key in item if key != 'Content'}
told = []
for call in [
    put(TypeName='AWS:Nothing'),
    put(Content=[{'Name': 'x' * 4096}] * 60),
    put(CaptureTime='yesterday'),
    put(Context={'a': 'b'}),
    lambda: ssm.put_inventory(InstanceId=node, Items=[{**without, 'ContentHash': 'h'}]),
    lambda: ssm.put_inventory(InstanceId='mi-00000000000000000', Items=[item]),
    lambda: ssm.get_inventory(Filters=[{'Key': 'Name', 'Values': ['x']}]),
    lambda: ssm.get_inventory(Aggregators=[{'Expression': 'AWS:Application.Name'}]),
    lambda: ssm.list_inventory_entries(InstanceId=node, TypeName='AWS:Nothing'),
    lambda: ssm.delete_inventory(TypeName='AWS:Application'),
]:
    try:
        call()
        told.append('taken')
    except ssm.exceptions.ClientError as error:
        told.append(error.response['Error']['Code'])
pages = ssm.get_paginator('get_inventory').paginate(PaginationConfig={'PageSize': 2})
told.append(sum(len(page['Entities']) for page in pages))
print(json.dumps(told))
";

#[test]
fn boto3_knows_each_refusal_and_reads_all_pages() {
    let (server, _machine, ids, _) = start(5);
    let mut python = server.client(&server.root(), &venv_binary("python"));
    let told = Output::of(python.args(["-c", MISTAKES, &ids[0]])).json();
    let expected = json!([
        "InvalidTypeNameException",
        "ItemSizeLimitExceededException",
        "ValidationException",
        "UnsupportedInventoryItemContextException",
        "ItemContentMismatchException",
        "InvalidInstanceId",
        "InvalidFilter",
        "InvalidAggregatorException",
        "InvalidTypeNameException",
        "InvalidDeleteInventoryParametersException",
        5
    ]);
    assert_eq!(told, expected);
}
