//! Documents: their versions, formats, shares and refusals.

use kagiban_ssm::operations::*;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const PREFERENCES: &str = r#"{"schemaVersion":"1.0","description":"Mine.","sessionType":"Standard_Stream","inputs":{"idleSessionTimeout":"20"}}"#;
const COMMAND: &str = r#"{"schemaVersion":"2.2","parameters":{"b":{"type":"StringList","default":["x"]},"a":{"type":"String","description":"A."}},"mainSteps":[{"action":"aws:runShellScript","name":"s","inputs":{"runCommand":["{{ a }}"]}}]}"#;

fn create(world: &mut World, name: &str, kind: &str, content: &str) -> Answer {
    let request = json!({"Name": name, "DocumentType": kind, "Content": content});
    world.ssm::<CreateDocument>("root", request)
}

fn update(world: &mut World, more: Value) -> Answer {
    let mut request = json!({"Name": "Mine", "Content": other(20)});
    request
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.ssm::<UpdateDocument>("root", request)
}

fn other(minutes: u8) -> String {
    PREFERENCES.replace("\"20\"", &format!("\"{minutes}\""))
}

/// A session document with versions 1 to 3, the first of which is the default one.
fn three() -> World {
    let mut world = World::new();
    create(&mut world, "Mine", "Session", PREFERENCES).unwrap();
    for minutes in [21, 22] {
        let name = format!("v{minutes}");
        let more = json!({"DocumentVersion": "$LATEST", "VersionName": name, "Content": other(minutes)});
        update(&mut world, more).unwrap();
    }
    world
}

#[test]
fn a_document_is_described_as_aws_describes_it() {
    let mut world = World::new();
    let made = create(&mut world, "Mine", "Command", COMMAND).unwrap();
    let described = world
        .ssm::<DescribeDocument>("root", json!({"Name": "Mine"}))
        .unwrap();
    assert_eq!(made["DocumentDescription"], described["Document"]);
    let mut document = described["Document"].clone();
    assert_eq!(document["Hash"].as_str().map(str::len), Some(64));
    document.as_object_mut().unwrap().remove("Hash");
    assert_eq!(
        document,
        json!({
            "Name": "Mine", "Owner": "111122223333", "CreatedDate": 1_600_000_000, "Status": "Active",
            "HashType": "Sha256", "DocumentVersion": "1", "LatestVersion": "1", "DefaultVersion": "1",
            "DocumentType": "Command", "DocumentFormat": "JSON", "SchemaVersion": "2.2",
            "PlatformTypes": ["Linux", "MacOS"], "Tags": [],
            "Parameters": [
                {"Name": "b", "Type": "StringList", "DefaultValue": "[\"x\"]"},
                {"Name": "a", "Type": "String", "Description": "A."},
            ],
        })
    );
}

#[test]
fn what_cannot_be_made_is_refused() {
    let mut world = World::new();
    create(&mut world, "Mine", "Session", PREFERENCES).unwrap();
    for (name, content, refusal) in [
        (
            "Mine",
            PREFERENCES,
            "DocumentAlreadyExists: Document with same name Mine already exists",
        ),
        (
            "aws-mine",
            PREFERENCES,
            "ValidationException: Invalid document name aws-mine",
        ),
        (
            "AmazonMine",
            PREFERENCES,
            "ValidationException: Invalid document name AmazonMine",
        ),
        (
            "New",
            "a: b",
            "InvalidDocumentContent: JSON not well-formed. at Line: 1, Column: 1",
        ),
        (
            "New",
            &other(61),
            "InvalidDocumentContent: `inputs.idleSessionTimeout` is `61`; it must be 1 to 60 minutes",
        ),
    ] {
        assert_eq!(create(&mut world, name, "Session", content).unwrap_err(), refusal);
    }
    let refused = create(&mut world, "x", "Session", PREFERENCES).unwrap_err();
    assert!(
        refused.starts_with("ValidationException: 1 validation error detected: Value 'x' at 'name'"),
        "{refused}"
    );
    let attached = json!({"Name": "New", "Content": COMMAND, "Attachments": [{"Key": "SourceUrl", "Values": ["s3://b/k"]}]});
    assert!(
        world
            .ssm::<CreateDocument>("root", attached)
            .unwrap_err()
            .starts_with("ValidationException")
    );
}

#[test]
fn versions_follow_on_the_newest_and_differ_from_all() {
    let mut world = three();
    let stale = "InvalidDocumentVersion: Version provided for document Mine is not latest. Please provide the latest version to update document Mine";
    for (more, refusal) in [
        (json!({"DocumentVersion": "2", "Content": other(30)}), stale),
        (
            json!({"DocumentVersion": "$DEFAULT", "Content": other(30)}),
            stale,
        ),
        (
            json!({"DocumentVersion": "3"}),
            "DuplicateDocumentContent: The content of the association document matches another document. Change the content of the document and try again.",
        ),
        (
            json!({"DocumentVersion": "3", "Content": other(30), "VersionName": "v21"}),
            "DuplicateDocumentVersionName: The specified version name is a duplicate.",
        ),
        (
            json!({"Name": "Nope", "DocumentVersion": "3"}),
            "InvalidDocument: Document with name Nope does not exist.",
        ),
    ] {
        assert_eq!(update(&mut world, more).unwrap_err(), refusal);
    }
    let fourth = update(&mut world, json!({"DocumentVersion": "3", "Content": other(30)})).unwrap();
    let fourth = &fourth["DocumentDescription"];
    assert_eq!(
        [
            &fourth["DocumentVersion"],
            &fourth["LatestVersion"],
            &fourth["DefaultVersion"]
        ],
        ["4", "4", "1"]
    );
}

#[test]
fn versions_are_listed_chosen_and_deleted() {
    let mut world = three();
    let page = json!({"Name": "Mine", "MaxResults": 2});
    let listed = world.ssm::<ListDocumentVersions>("root", page.clone()).unwrap();
    let number = |version: &Value| version["DocumentVersion"].as_str().unwrap().to_owned();
    let numbers: Vec<String> = listed["DocumentVersions"]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect();
    assert_eq!(numbers, ["3", "2"]);
    let mut rest = page;
    rest["NextToken"] = listed["NextToken"].clone();
    let rest = world.ssm::<ListDocumentVersions>("root", rest).unwrap();
    assert_eq!(rest["DocumentVersions"][0]["IsDefaultVersion"], true);
    assert!(rest.get("NextToken").is_none());

    let chosen = json!({"Name": "Mine", "DocumentVersion": "2"});
    let chosen = world.ssm::<UpdateDocumentDefaultVersion>("root", chosen).unwrap();
    let description = json!({"Name": "Mine", "DefaultVersion": "2", "DefaultVersionName": "v21"});
    assert_eq!(chosen["Description"], description);
    let unknown = json!({"Name": "Mine", "DocumentVersion": "9"});
    let refused = world
        .ssm::<UpdateDocumentDefaultVersion>("root", unknown)
        .unwrap_err();
    assert!(refused.starts_with("InvalidDocumentVersion"), "{refused}");

    let default = json!({"Name": "Mine", "DocumentVersion": "2"});
    assert_eq!(
        world.ssm::<DeleteDocument>("root", default).unwrap_err(),
        "InvalidDocumentOperation: Default version of the document can't be deleted."
    );
    world
        .ssm::<DeleteDocument>("root", json!({"Name": "Mine", "VersionName": "v22"}))
        .unwrap();
    let latest = world.ssm::<DescribeDocument>("root", json!({"Name": "Mine", "DocumentVersion": "$LATEST"}));
    assert_eq!(latest.unwrap()["Document"]["DocumentVersion"], "2");
    let next = update(&mut world, json!({"Content": other(40)})).unwrap();
    assert_eq!(
        next["DocumentDescription"]["DocumentVersion"], "4",
        "numbers are not used again"
    );
    world
        .ssm::<DeleteDocument>("root", json!({"Name": "Mine"}))
        .unwrap();
    let gone = world
        .ssm::<GetDocument>("root", json!({"Name": "Mine"}))
        .unwrap_err();
    assert_eq!(gone, "InvalidDocument: Document with name Mine does not exist.");
    create(&mut world, "Mine", "Session", PREFERENCES).unwrap();
    let listed = world
        .ssm::<ListDocumentVersions>("root", json!({"Name": "Mine"}))
        .unwrap();
    assert_eq!(listed["DocumentVersions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_content_is_given_in_the_format_that_is_asked_for() {
    let mut world = three();
    let mut get = |more: Value| {
        let mut request = json!({"Name": "Mine"});
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        world.ssm::<GetDocument>("root", request)
    };
    let plain = get(json!({})).unwrap();
    assert_eq!([&plain["Content"], &plain["DocumentVersion"]], [PREFERENCES, "1"]);
    assert_eq!(plain["AttachmentsContent"], json!([]));
    let yaml = get(json!({"DocumentFormat": "YAML", "DocumentVersion": "3"})).unwrap();
    assert_eq!(
        yaml["Content"],
        "---\n\"schemaVersion\": \"1.0\"\n\"description\": \"Mine.\"\n\"sessionType\": \"Standard_Stream\"\n\"inputs\":\n  \"idleSessionTimeout\": \"22\"\n"
    );
    assert_eq!(
        get(json!({"VersionName": "v21"})).unwrap()["DocumentVersion"],
        "2"
    );
    for more in [
        json!({"VersionName": "nope"}),
        json!({"DocumentVersion": "9"}),
        json!({"DocumentVersion": "3", "VersionName": "v21"}),
    ] {
        assert!(get(more).unwrap_err().starts_with("InvalidDocumentVersion"));
    }
    let content = yaml["Content"].as_str().unwrap().replace("22", "23");
    let more = json!({"Name": "Mine", "Content": content, "DocumentFormat": "YAML"});
    world.ssm::<UpdateDocument>("root", more).unwrap();
    let request = json!({"Name": "Mine", "DocumentVersion": "$LATEST"});
    let json = world.ssm::<GetDocument>("root", request).unwrap();
    assert_eq!(json["DocumentFormat"], "JSON");
    let read: Value = serde_json::from_str(json["Content"].as_str().unwrap()).unwrap();
    assert_eq!(read["inputs"]["idleSessionTimeout"], "23");
}

#[test]
fn documents_of_aws_are_everybodys_and_nobody_changes_them() {
    let mut world = World::new();
    let name = json!({"Name": "AWS-StartSSHSession"});
    let described = world.ssm::<DescribeDocument>("root", name.clone()).unwrap();
    let document = &described["Document"];
    assert_eq!(
        [&document["Owner"], &document["Parameters"][0]["Name"]],
        ["Amazon", "portNumber"]
    );
    let content = world.ssm::<GetDocument>("root", name.clone()).unwrap();
    assert!(content["Content"].as_str().unwrap().contains("\"Port\""));
    for refused in [
        world.ssm::<DeleteDocument>("root", name.clone()).unwrap_err(),
        world
            .ssm::<UpdateDocument>(
                "root",
                json!({"Name": "AWS-StartSSHSession", "Content": PREFERENCES}),
            )
            .unwrap_err(),
    ] {
        assert!(refused.contains("does not exist"), "{refused}");
    }
    world.may("alice", json!([{
        "Effect": "Allow", "Action": "ssm:GetDocument", "Resource": "arn:aws:ssm:us-east-1::document/AWS-*",
    }]));
    assert!(world.ssm::<GetDocument>("alice", name).is_ok());
}

fn names(world: &mut World, request: Value) -> Vec<String> {
    let listed = world.ssm::<ListDocuments>("root", request).unwrap();
    let listed = listed["DocumentIdentifiers"].as_array().unwrap();
    listed
        .iter()
        .map(|document| document["Name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn lists_are_filtered_in_either_form_and_paged() {
    let mut world = World::new();
    create(&mut world, "Beta", "Command", COMMAND).unwrap();
    let tagged = json!({"Name": "Alpha", "DocumentType": "Session", "Content": PREFERENCES, "Tags": [{"Key": "k", "Value": "v"}]});
    world.ssm::<CreateDocument>("root", tagged).unwrap();
    let filter = |key: &str, value: &str| json!({"Filters": [{"Key": key, "Values": [value]}]});
    assert_eq!(names(&mut world, filter("Owner", "Self")), ["Alpha", "Beta"]);
    assert_eq!(names(&mut world, filter("Owner", "Amazon")).len(), 6);
    assert_eq!(names(&mut world, json!({})).len(), 8);
    assert_eq!(names(&mut world, filter("Name", "Al")), ["Alpha"]);
    assert_eq!(names(&mut world, filter("tag:k", "v")), ["Alpha"]);
    assert_eq!(names(&mut world, filter("DocumentType", "Command")), ["Beta"]);
    assert_eq!(names(&mut world, filter("SearchKeyword", "bet")), ["Beta"]);
    let old = json!({"DocumentFilterList": [{"key": "Owner", "value": "Self"}, {"key": "DocumentType", "value": "Session"}]});
    assert_eq!(names(&mut world, old), ["Alpha"]);
    let mut request = filter("Owner", "Self");
    request["MaxResults"] = json!(1);
    let page = world.ssm::<ListDocuments>("root", request.clone()).unwrap();
    request["NextToken"] = page["NextToken"].clone();
    assert_eq!(names(&mut world, request), ["Beta"]);
    let mut refusal = |request: Value| world.ssm::<ListDocuments>("root", request).unwrap_err();
    let two = json!({"Filters": [{"Key": "Owner", "Values": ["Self", "Amazon"]}]});
    assert_eq!(
        refusal(two),
        "ValidationException: Owner filter can only have one value."
    );
    assert!(refusal(filter("Colour", "red")).starts_with("InvalidFilterKey"));
    let mut both = filter("Owner", "Self");
    both["DocumentFilterList"] = json!([{"key": "Owner", "value": "Self"}]);
    assert!(refusal(both).starts_with("ValidationException"));
}

#[test]
fn a_shared_document_is_used_by_its_arn_in_the_version_that_is_shared() {
    let mut world = three();
    let them = "444455556666/bob";
    world.may(
        them,
        json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]),
    );
    let arn = "arn:aws:ssm:us-east-1:111122223333:document/Mine";
    let theirs = |world: &mut World, version: &str| {
        let request = json!({"Name": arn, "DocumentVersion": version});
        world
            .ssm::<GetDocument>(them, request)
            .map(|answer| answer["DocumentVersion"].clone())
    };
    assert!(
        theirs(&mut world, "$DEFAULT")
            .unwrap_err()
            .starts_with("AccessDeniedException")
    );
    let share = |add: Value, version: &str| json!({"Name": "Mine", "PermissionType": "Share", "AccountIdsToAdd": add, "SharedDocumentVersion": version});
    world
        .ssm::<ModifyDocumentPermission>("root", share(json!(["444455556666"]), "$DEFAULT"))
        .unwrap();
    assert_eq!(theirs(&mut world, "$DEFAULT"), Ok(json!("1")));
    assert!(
        theirs(&mut world, "3")
            .unwrap_err()
            .starts_with("InvalidDocumentVersion")
    );
    let listed = world.ssm::<ListDocuments>(
        them,
        json!({"Filters": [{"Key": "Owner", "Values": ["Private"]}]}),
    );
    assert_eq!(listed.unwrap()["DocumentIdentifiers"][0]["Name"], arn);
    let refused = world
        .ssm::<DeleteDocument>("root", json!({"Name": "Mine"}))
        .unwrap_err();
    assert_eq!(
        refused,
        "InvalidDocumentOperation: Must unshare document first before delete"
    );
    let changed = world.ssm::<UpdateDocument>(them, json!({"Name": arn, "Content": other(50)}));
    assert!(changed.is_err(), "who may use it may not change it");

    world
        .ssm::<ModifyDocumentPermission>("root", share(json!(["all"]), "$ALL"))
        .unwrap();
    assert_eq!(theirs(&mut world, "3"), Ok(json!("3")));
    let described = json!({"Name": "Mine", "PermissionType": "Share"});
    let described = world
        .ssm::<DescribeDocumentPermission>("root", described)
        .unwrap();
    assert_eq!(
        described,
        json!({"AccountIds": ["all"], "AccountSharingInfoList": [{"AccountId": "all", "SharedDocumentVersion": "$ALL"}]}),
        "everybody takes the place of some"
    );
    let mixed = share(json!(["all", "444455556666"]), "$DEFAULT");
    assert_eq!(
        world.ssm::<ModifyDocumentPermission>("root", mixed).unwrap_err(),
        "DocumentPermissionLimit: Accounts can either be all or a group of AWS accounts"
    );
    let nobody = json!({"Name": "Mine", "PermissionType": "Share", "AccountIdsToRemove": ["all"]});
    world.ssm::<ModifyDocumentPermission>("root", nobody).unwrap();
    assert!(theirs(&mut world, "$DEFAULT").is_err());
    world
        .ssm::<DeleteDocument>("root", json!({"Name": "Mine"}))
        .unwrap();
}

#[test]
fn tags_and_types_of_documents_may_be_conditions() {
    let mut world = three();
    let tag =
        json!({"ResourceType": "Document", "ResourceId": "Mine", "Tags": [{"Key": "Team", "Value": "ops"}]});
    world.ssm::<AddTagsToResource>("root", tag).unwrap();
    let listed = json!({"ResourceType": "Document", "ResourceId": "Mine"});
    let listed = world.ssm::<ListTagsForResource>("root", listed).unwrap();
    assert_eq!(listed["TagList"], json!([{"Key": "Team", "Value": "ops"}]));
    let on = |key: &str, value: &str| json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*", "Condition": {"StringEquals": {key: value}}}]);
    world.may("team", on("aws:ResourceTag/Team", "ops"));
    world.may("stranger", on("aws:ResourceTag/Team", "dev"));
    world.may("sessions", on("ssm:DocumentType", "Session"));
    world.may("commands", on("ssm:DocumentType", "Command"));
    let mut may = |who: &str| world.ssm::<GetDocument>(who, json!({"Name": "Mine"})).is_ok();
    assert_eq!(
        ["team", "stranger", "sessions", "commands"].map(&mut may),
        [true, false, true, false]
    );
}
