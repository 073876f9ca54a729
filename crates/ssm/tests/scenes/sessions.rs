//! Sessions, as far as the API goes: who may start what where, and what is told of it.

use kagiban_ssm::nodes::{ControlChannel, NodeId};
use kagiban_ssm::operations::*;
use kagiban_ssm::records::{Document, DocumentVersion, Node, SessionStatus, keys};
use kagiban_ssm::sessions::token::Channel;
use kagiban_ssm::sessions::{End, Transition, upkeep};
use kagiban_store::Txn;
use serde_json::{Value, json};

use crate::world::{World, scope};

const NODE: &str = "mi-0123456789abcdef0";
const INSTANCE: &str = "arn:aws:ssm:us-east-1:111122223333:managed-instance/mi-0123456789abcdef0";

/// A world with a node that is there.
fn world() -> (World, ControlChannel) {
    let mut world = World::new();
    let id = NodeId::parse(NODE).unwrap();
    let node: Node = serde_json::from_value(json!({
        "activation": "a", "rights": {"Role": "r"}, "public_key": "", "fingerprint": "f", "registered": 0,
        "tags": [{"key": "Env", "value": "prod"}],
    }))
    .unwrap();
    let mut txn = Txn::new();
    txn.put(keys::node(scope(), &id), &node);
    world.commit(txn);
    let channel = world.presence.connect(&id, world.now);
    (world, channel)
}

/// A session document of the account's, as its author would have made it.
fn document(world: &mut World, name: &str, format: &str, content: &str) {
    let document: Document =
        serde_json::from_value(json!({"kind": "Session", "created": 0, "default": 1, "last": 1})).unwrap();
    let version: DocumentVersion = serde_json::from_value(json!({
        "number": 1, "created": 0, "format": format, "hash": "h", "content": content,
    }))
    .unwrap();
    let mut txn = Txn::new();
    txn.put(keys::document(scope(), name), &document);
    txn.put(keys::document_version(scope(), name, 1), &version);
    world.commit(txn);
}

fn start(world: &mut World, who: &str, more: Value) -> Result<Value, String> {
    let mut request = json!({"Target": NODE});
    request
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.ssm::<StartSession>(who, request)
}

fn id(answer: &Value) -> String {
    answer["SessionId"].as_str().unwrap().to_owned()
}

fn active(world: &mut World) -> Vec<Value> {
    let listed = world
        .ssm::<DescribeSessions>("root", json!({"State": "Active"}))
        .unwrap();
    listed["Sessions"].as_array().unwrap().clone()
}

#[test]
fn a_session_is_started_with_a_token_that_opens_its_clients_end_only() {
    let (mut world, _channel) = world();
    let answer = start(&mut world, "root", json!({"Reason": "a look"})).unwrap();
    let id = id(&answer);
    assert!(id.starts_with("root-") && id.len() == "root-".len() + 17, "{id}");
    let url = format!("wss://example.com/v1/data-channel/{id}?role=publish_subscribe");
    assert_eq!(answer["StreamUrl"], url);
    let token = answer["TokenValue"].as_str().unwrap();
    let claims = world
        .tokens
        .verify(Channel::Client(&id), token, world.now)
        .unwrap();
    assert_eq!((claims.scope, claims.epoch), (scope(), 0));
    assert_eq!(world.tokens.verify(Channel::Agent(&id), token, world.now), None);
    let (home, session) = world.ssm.session_anywhere(&id).unwrap();
    assert_eq!((home, session.status), (scope(), SessionStatus::Connecting));
    let order: Value = serde_json::from_str(&session.order_content(&id).unwrap()).unwrap();
    assert_eq!(order["DocumentName"], "SSM-SessionManagerRunShell");
    assert_eq!(order["DocumentContent"]["sessionType"], "Standard_Stream");
    assert_eq!(order["SessionOwner"], "arn:aws:iam::111122223333:root");
    assert_eq!(
        [&order["SessionId"], &order["RunAsUser"]],
        [&json!(id), &json!("")]
    );
    let listed = active(&mut world);
    assert_eq!(listed[0]["Reason"], "a look");
    assert_eq!(listed[0]["AccessType"], "Standard");
}

#[test]
fn a_node_that_is_not_there_is_not_connected() {
    let (mut world, channel) = world();
    drop(channel);
    let refused = start(&mut world, "root", json!({})).unwrap_err();
    assert_eq!(
        refused,
        "TargetNotConnected: mi-0123456789abcdef0 is not connected."
    );
    let unknown = world.ssm::<StartSession>("root", json!({"Target": "mi-aaaaaaaaaaaaaaaaa"}));
    assert_eq!(
        unknown.unwrap_err(),
        "TargetNotConnected: mi-aaaaaaaaaaaaaaaaa is not connected."
    );
    assert!(active(&mut world).is_empty());
}

#[test]
fn documents_of_aws_take_their_parameters_and_no_others() {
    let (mut world, _channel) = world();
    let with = |parameters: Value| json!({"DocumentName": "AWS-StartPortForwardingSession", "Parameters": parameters});
    let answer = start(&mut world, "root", with(json!({"portNumber": ["5432"]}))).unwrap();
    let session = world.ssm.session(scope(), &id(&answer)).unwrap();
    let order: Value = serde_json::from_str(&session.order_content(&id(&answer)).unwrap()).unwrap();
    assert_eq!(order["Parameters"], json!({"portNumber": "5432"}));
    for (parameters, sentence) in [
        (json!({"port": ["1"]}), "the document has no parameter `port`"),
        (
            json!({"portNumber": ["1", "2"]}),
            "parameter `portNumber` must be one text",
        ),
        (
            json!({"portNumber": ["ssh"]}),
            "does not match the allowed pattern",
        ),
        (
            json!({"portNumber": ["{{ localPortNumber }}"]}),
            "does not match the allowed pattern",
        ),
    ] {
        let refused = start(&mut world, "root", with(parameters)).unwrap_err();
        assert!(
            refused.starts_with("InvalidParameters: ") && refused.contains(sentence),
            "{refused}"
        );
    }
    let missing = start(
        &mut world,
        "root",
        json!({"DocumentName": "AWS-StartInteractiveCommand"}),
    );
    assert!(missing.unwrap_err().starts_with("InvalidParameters: "));
    let unknown = start(&mut world, "root", json!({"DocumentName": "Nope"})).unwrap_err();
    assert_eq!(
        unknown,
        "InvalidDocument: Document with name Nope does not exist."
    );
}

#[test]
fn the_accounts_preferences_decide_where_the_caller_names_no_document() {
    let (mut world, _channel) = world();
    let yaml = "schemaVersion: '1.0'\nsessionType: Standard_Stream\ninputs:\n  idleSessionTimeout: 5\n  maxSessionDuration: '60'\n  runAsEnabled: true\n  runAsDefaultUser: ops\n";
    document(&mut world, "SSM-SessionManagerRunShell", "YAML", yaml);
    let answer = start(&mut world, "root", json!({})).unwrap();
    let session = world.ssm.session(scope(), &id(&answer)).unwrap();
    assert_eq!((session.idle_minutes, session.longest_minutes), (5, Some(60)));
    let order: Value = serde_json::from_str(&session.order_content(&id(&answer)).unwrap()).unwrap();
    assert_eq!(order["DocumentContent"]["inputs"]["idleSessionTimeout"], "5");
    assert_eq!(active(&mut world)[0]["MaxSessionDuration"], "60");
}

#[test]
fn a_named_document_has_to_be_allowed_and_the_default_only_if_a_policy_says_so() {
    let (mut world, _channel) = world();
    let allow = |resource: Value, condition: Value| json!([{"Effect": "Allow", "Action": "ssm:StartSession", "Resource": resource, "Condition": condition}]);
    let ssh = "arn:aws:ssm:us-east-1::document/AWS-StartSSHSession";
    let default = "arn:aws:ssm:us-east-1:111122223333:document/SSM-SessionManagerRunShell";
    let check = json!({"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}});
    world.may("node", allow(json!([INSTANCE]), json!({})));
    world.may("ssh", allow(json!([INSTANCE, ssh]), json!({})));
    world.may("checked", allow(json!([INSTANCE]), check.clone()));
    world.may("both", allow(json!([INSTANCE, default]), check));
    world.may("document", allow(json!([ssh]), json!({})));
    let named = json!({"DocumentName": "AWS-StartSSHSession"});
    let mut tries = |who: &str| {
        [json!({}), named.clone()].map(|more| match start(&mut world, who, more) {
            Ok(_) => "started".to_owned(),
            Err(refused) => {
                assert!(refused.starts_with("AccessDeniedException"), "{refused}");
                refused
                    .split("on resource: ")
                    .nth(1)
                    .unwrap()
                    .split(' ')
                    .next()
                    .unwrap()
                    .to_owned()
            }
        })
    };
    assert_eq!(tries("node"), ["started", ssh]);
    assert_eq!(tries("ssh"), ["started", "started"]);
    assert_eq!(tries("checked"), [default, ssh]);
    assert_eq!(tries("both"), ["started", ssh]);
    assert_eq!(tries("document"), [INSTANCE, INSTANCE]);
}

#[test]
fn a_nodes_tags_may_be_the_condition() {
    let (mut world, _channel) = world();
    let on_tag = |value: &str| {
        json!([{
            "Effect": "Allow", "Action": "ssm:StartSession", "Resource": "*",
            "Condition": {"StringEquals": {"ssm:resourceTag/Env": value, "aws:ResourceTag/Env": value}},
        }])
    };
    world.may("right", on_tag("prod"));
    world.may("wrong", on_tag("test"));
    assert!(start(&mut world, "right", json!({})).is_ok());
    assert!(
        start(&mut world, "wrong", json!({}))
            .unwrap_err()
            .starts_with("AccessDeniedException")
    );
}

#[test]
fn a_session_is_its_owners_by_the_condition_that_aws_documents() {
    let (mut world, _channel) = world();
    for who in ["alice", "role/ops"] {
        let own = json!({"StringLike": {"ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}"}});
        world.may(
            who,
            json!([
                {"Effect": "Allow", "Action": "ssm:StartSession", "Resource": "*"},
                {"Effect": "Allow", "Action": ["ssm:ResumeSession", "ssm:TerminateSession"], "Resource": "*", "Condition": own},
            ]),
        );
    }
    let alices = id(&start(&mut world, "alice", json!({})).unwrap());
    let theirs = id(&start(&mut world, "role/ops", json!({})).unwrap());
    assert!(
        alices.starts_with("alice-") && theirs.starts_with("s-"),
        "{alices} {theirs}"
    );
    let mut ends = |who: &str, id: &str| {
        world
            .ssm::<TerminateSession>(who, json!({"SessionId": id}))
            .is_ok()
    };
    assert!(!ends("alice", &theirs) && !ends("role/ops", &alices));
    assert!(ends("alice", &alices) && ends("role/ops", &theirs));
}

#[test]
fn resuming_makes_a_token_of_a_new_turn_until_the_session_ends() {
    let (mut world, _channel) = world();
    let id = id(&start(&mut world, "root", json!({})).unwrap());
    let resume = json!({"SessionId": id});
    let resumed = world.ssm::<ResumeSession>("root", resume.clone()).unwrap();
    let token = resumed["TokenValue"].as_str().unwrap();
    let claims = world
        .tokens
        .verify(Channel::Client(&id), token, world.now)
        .unwrap();
    assert_eq!(
        (claims.epoch, world.ssm.session(scope(), &id).unwrap().epoch),
        (1, 1)
    );
    assert!(resumed["StreamUrl"].as_str().unwrap().contains(&id));
    let ended = world.ssm::<TerminateSession>("root", resume.clone()).unwrap();
    assert_eq!(ended, json!({"SessionId": id}));
    assert_eq!(
        world.ssm::<ResumeSession>("root", resume.clone()).unwrap(),
        json!({"SessionId": id})
    );
    assert_eq!(
        world.ssm::<TerminateSession>("root", resume).unwrap(),
        json!({"SessionId": id})
    );
    let unknown = json!({"SessionId": "root-1"});
    assert_eq!(
        world.ssm::<TerminateSession>("root", unknown.clone()).unwrap(),
        unknown
    );
    let refused = world.ssm::<ResumeSession>("root", unknown).unwrap_err();
    assert_eq!(refused, "DoesNotExistException: Session root-1 does not exist.");
}

#[test]
fn an_account_has_only_so_many_live_sessions() {
    let (mut world, _channel) = world();
    world.streams.live_per_account = 2;
    let begun = [(); 2].map(|()| id(&start(&mut world, "root", json!({})).unwrap()));
    let refused = start(&mut world, "root", json!({})).unwrap_err();
    assert_eq!(
        refused,
        "ServiceQuotaExceededException: The account has 2 live sessions, and may not have more. End some, \
         then try again."
    );
    assert_eq!(active(&mut world).len(), 2, "nothing is written of it");
    world
        .ssm::<TerminateSession>("root", json!({"SessionId": begun[0]}))
        .unwrap();
    start(&mut world, "root", json!({})).unwrap();
}

#[test]
fn what_has_ended_is_history_for_thirty_days() {
    let (mut world, _channel) = world();
    let id = id(&start(&mut world, "root", json!({})).unwrap());
    for transition in [
        Transition::Connected,
        Transition::Disconnected,
        Transition::Connected,
    ] {
        let txn = transition.txn(&world.ssm, scope(), &id, world.now).unwrap();
        world.commit(txn);
    }
    assert_eq!(active(&mut world)[0]["Status"], "Connected");
    let end = Transition::Ended(End {
        failed: true,
        details: Some("the agent is gone".to_owned()),
    });
    let txn = end.txn(&world.ssm, scope(), &id, world.now).unwrap();
    world.commit(txn);
    assert!(
        end.txn(&world.ssm, scope(), &id, world.now).is_none(),
        "an end is final"
    );
    assert_eq!(world.ssm.live_sessions().count(), 0);
    let history = world
        .ssm::<DescribeSessions>("root", json!({"State": "History"}))
        .unwrap();
    let ended = &history["Sessions"][0];
    assert_eq!(
        [&ended["Status"], &ended["Details"]],
        ["Failed", "the agent is gone"]
    );
    assert!(ended["EndDate"].is_number());
    let later = world.now.plus(kagiban_ssm::sessions::HISTORY);
    assert!(upkeep::due(&world.ssm, world.now).is_empty());
    let due = upkeep::due(&world.ssm, later);
    world.commit(due[0].txn());
    assert!(world.ssm.session_anywhere(&id).is_none());
}

#[test]
fn sessions_are_listed_newest_first_page_by_page_and_filtered() {
    let (mut world, _channel) = world();
    world.may(
        "alice",
        json!([{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]),
    );
    let mut begun = Vec::new();
    for who in ["root", "alice", "root", "alice", "root"] {
        begun.push(id(&start(&mut world, who, json!({})).unwrap()));
        world.now = world.now.plus(std::time::Duration::from_secs(60));
    }
    begun.reverse();
    let mut listed = Vec::new();
    let mut request = json!({"State": "Active", "MaxResults": 2});
    loop {
        let page = world.ssm::<DescribeSessions>("root", request.clone()).unwrap();
        listed.extend(page["Sessions"].as_array().unwrap().iter().map(id));
        match page.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(listed, begun);
    let mut count = |key: &str, value: &str| {
        let filters = json!([{"key": key, "value": value}]);
        let page = world.ssm::<DescribeSessions>("root", json!({"State": "Active", "Filters": filters}));
        page.map(|page| page["Sessions"].as_array().unwrap().len())
    };
    assert_eq!(count("Owner", "arn:aws:iam::111122223333:user/alice"), Ok(2));
    assert_eq!(count("Target", NODE), Ok(5));
    assert_eq!(count("Target", "mi-0"), Ok(0));
    assert_eq!(count("SessionId", &begun[0]), Ok(1));
    assert_eq!(count("Status", "Connecting"), Ok(5));
    assert_eq!(count("Status", "Connected"), Ok(0));
    assert_eq!(count("InvokedAfter", "2020-09-13T12:28:40Z"), Ok(2));
    assert_eq!(count("InvokedBefore", "2020-09-13T12:28:40Z"), Ok(2));
    assert!(
        count("InvokedBefore", "yesterday")
            .unwrap_err()
            .starts_with("ValidationException")
    );
}
