//! The real binary against an endpoint that says what it is told to: what a real server does only when it
//! is overloaded, restarted or changed by others at the worst moment, and what exactly is asked.

#![expect(clippy::unwrap_used, reason = "everything here is a test, helpers too")]

mod endpoint;

use serde_json::{Value, json};

use endpoint::{Answer, Endpoint, Run};

fn throttled() -> Answer {
    Answer::refusal("ThrottlingException", "Rate exceeded")
}

fn parameter(name: &str, value: &str, version: u64) -> Value {
    json!({"Parameter": {"Name": name, "Type": "String", "Value": value, "Version": version, "ARN": format!("arn:{name}")}})
}

fn metadata(name: &str, version: u64) -> Value {
    json!({"Parameters": [{"Name": name, "Type": "String", "Version": version, "Tier": "Standard", "ARN": format!("arn:{name}")}]})
}

/// What reading all of a parameter asks and is answered.
fn whole(name: &str, value: &str, version: u64) -> [(&'static str, Answer); 3] {
    [
        ("DescribeParameters", metadata(name, version).into()),
        ("GetParameter", parameter(name, value, version).into()),
        ("ListTagsForResource", json!({"TagList": []}).into()),
    ]
}

/// Both ends are asked whether they resolve references, which only Kagiban could.
fn unknown() -> [(&'static str, Answer); 2] {
    [(); 2].map(|()| {
        let refusal = Answer::refusal("UnknownOperationException", "");
        ("GetAccountSettings", refusal)
    })
}

#[test]
fn a_throttled_call_is_made_five_times_at_most() {
    let mut script = vec![("GetParameter", throttled()), ("GetParameter", throttled())];
    script.push(("GetParameter", parameter("/a", "x", 1).into()));
    let endpoint = Endpoint::start(script);
    assert_eq!(endpoint.run(&["param", "get", "/a", "--raw"]).stdout, "x");

    let endpoint = Endpoint::start((0..9).map(|_| ("GetParameter", throttled())));
    let Run { code, stderr, .. } = endpoint.run(&["param", "get", "/a"]);
    assert_eq!((code, endpoint.asked().len()), (4, 5), "{stderr}");
}

#[test]
fn an_original_that_changes_while_it_is_moved_is_not_deleted() {
    let missing = || ("DescribeParameters", Answer::from(json!({"Parameters": []})));
    let put = || ("PutParameter", Answer::from(json!({"Version": 1})));
    let begin = || {
        let source = unknown().into_iter().chain(whole("/a", "x", 1));
        source.chain([missing(), put()])
    };
    let moved = |endpoint: &Endpoint| endpoint.run(&["param", "move", "/a", "/b", "--yes"]);

    let script = begin().chain(whole("/b", "x", 1)).chain(whole("/a", "newer", 2));
    let endpoint = Endpoint::start(script);
    let run = moved(&endpoint);
    assert!(
        run.code == 4 && run.stderr.contains("/a has changed meanwhile"),
        "{run:?}"
    );
    assert!(
        !run.stderr.contains("newer") && endpoint.is_over(),
        "nothing was deleted: {run:?}"
    );

    let script = begin()
        .chain(whole("/b", "somebody else's", 2))
        .chain(whole("/a", "x", 1));
    let endpoint = Endpoint::start(script);
    let run = moved(&endpoint);
    assert!(run.code == 4 && run.stderr.contains("not the same"), "{run:?}");

    let last_look = ("GetParameter", Answer::from(parameter("/a", "x", 1)));
    let deleted = (
        "DeleteParameters",
        Answer::from(json!({"DeletedParameters": ["/a"]})),
    );
    let script = begin()
        .chain(whole("/b", "x", 1))
        .chain(whole("/a", "x", 1))
        .chain([last_look, deleted]);
    let endpoint = Endpoint::start(script);
    assert_eq!(moved(&endpoint).code, 0);
    assert_eq!(endpoint.asked().last().unwrap().1, json!({"Names": ["/a"]}));
}

#[test]
fn one_parameter_under_two_addresses_is_not_moved_onto_itself() {
    // Another endpoint that turns out to be the same server: the copy is the original.
    let begin = unknown().into_iter().chain(whole("/a", "x", 1));
    let endpoint = Endpoint::start(begin.chain(whole("/a", "x", 1)));
    let to = endpoint.url().replace("127.0.0.1", "localhost");
    let arguments = ["param", "move", "/a", "/a", "--to-endpoint-url", &to, "--yes"];
    let run = endpoint.run(&arguments);
    assert!(run.code == 2 && run.stderr.contains("taken from"), "{run:?}");
    assert!(endpoint.is_over(), "it was read twice and not written");
}

#[test]
fn a_watch_goes_on_at_its_cursor_when_the_server_comes_back() {
    let events = |version: u64, cursor: &str| {
        let event =
            json!({"Kind": "Put", "Name": "/prod/x", "Version": version, "Type": "String", "Date": 0});
        Answer::from(json!({"Events": [event], "Cursor": cursor}))
    };
    let endpoint = Endpoint::start([
        (
            "WatchParameters",
            Answer::from(json!({"Events": [], "Cursor": "c1"})),
        ),
        ("WatchParameters", events(1, "c2")),
        ("WatchParameters", Answer::Gone),
        ("WatchParameters", events(2, "c3")),
        (
            "WatchParameters",
            Answer::refusal("CursorExpiredException", "too old"),
        ),
        (
            "WatchParameters",
            Answer::from(json!({"Events": [], "Cursor": "c9"})),
        ),
        ("WatchParameters", Answer::refusal("AccessDeniedException", "no")),
    ]);
    let run = endpoint.run(&["param", "watch", "/prod"]);
    let lines: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let versions: Vec<&Value> = lines.iter().map(|line| &line["Version"]).collect();
    assert_eq!((versions, run.code), (vec![&json!(1), &json!(2)], 4), "{run:?}");
    for said in ["trying again", "the server is back", "from now on"] {
        assert!(run.stderr.contains(said), "{run:?}");
    }
    let asked = endpoint.asked();
    let cursors: Vec<Value> = asked.iter().map(|(_, body)| body["Cursor"].clone()).collect();
    assert_eq!(
        cursors,
        [
            json!(null),
            json!("c1"),
            json!("c2"),
            json!("c2"),
            json!("c3"),
            json!(null),
            json!("c9")
        ]
    );
    let seconds: Vec<Value> = asked
        .iter()
        .map(|(_, body)| body["TimeoutSeconds"].clone())
        .collect();
    assert_eq!(
        seconds[..2],
        [json!(0), json!(45)],
        "where now is, is asked first"
    );
    assert_eq!(
        asked[0].1,
        json!({"Path": "/prod", "Recursive": true, "TimeoutSeconds": 0})
    );
}

#[test]
fn what_only_kagiban_has_is_asked_as_it_expects() {
    let restored = json!({"Name": "/a", "Version": 4, "Tier": "Standard"});
    let deleted = json!({"Name": "/a", "Type": "String", "Version": 3, "Tier": "Standard",
        "DeletedDate": 0, "DeletedBy": "arn:x", "PurgeDate": 1});
    let webhook = json!({"Name": "w", "Url": "https://x.example/", "Path": "/prod", "Recursive": false, "CreatedDate": 0});
    let letter = json!({"Id": "l1", "Date": 0, "Attempts": 8, "LastError": "HTTP 500", "Events": [{"Kind": "Put", "Name": "/prod/x", "Date": 0}]});
    let cases: [(&[&str], &'static str, Value, Value); 12] = [
        (
            &["param", "rollback", "/a", "3"],
            "RollbackParameter",
            json!({"Name": "/a", "Version": 3}),
            restored.clone(),
        ),
        (
            &["param", "rollback", "/a", "old"],
            "RollbackParameter",
            json!({"Name": "/a", "Label": "old"}),
            restored.clone(),
        ),
        (
            &["param", "undelete", "/a"],
            "UndeleteParameter",
            json!({"Name": "/a"}),
            restored.clone(),
        ),
        (
            &["param", "undelete", "/a", "--swap"],
            "UndeleteParameter",
            json!({"Name": "/a", "Swap": true}),
            restored,
        ),
        (
            &["param", "purge", "/a", "--yes"],
            "PurgeDeletedParameter",
            json!({"Name": "/a"}),
            json!({}),
        ),
        (
            &["param", "deleted", "/p/"],
            "ListDeletedParameters",
            json!({"Path": "/p", "MaxResults": 50}),
            json!({"Parameters": [deleted]}),
        ),
        (
            &[
                "webhook",
                "create",
                "w",
                "--url",
                "https://x.example/",
                "--path",
                "/prod",
                "--not-recursive",
            ],
            "CreateWebhook",
            json!({"Name": "w", "Url": "https://x.example/", "Path": "/prod", "Recursive": false}),
            json!({"Webhook": webhook, "Secret": "shown once"}),
        ),
        (
            &["webhook", "list"],
            "ListWebhooks",
            json!({}),
            json!({"Webhooks": [webhook]}),
        ),
        (
            &["webhook", "delete", "w", "--yes"],
            "DeleteWebhook",
            json!({"Name": "w"}),
            json!({}),
        ),
        (
            &["webhook", "dead-letters", "w"],
            "ListDeadLetters",
            json!({"Webhook": "w"}),
            json!({"DeadLetters": [letter]}),
        ),
        (
            &["webhook", "redeliver", "w"],
            "RedeliverDeadLetters",
            json!({"Webhook": "w"}),
            json!({"Redelivering": 2}),
        ),
        (
            &["settings", "n", "v"],
            "PutAccountSetting",
            json!({"Name": "n", "Value": "v"}),
            json!({"Setting": {"Name": "n", "Value": "v", "Default": "d", "Description": "x"}}),
        ),
    ];
    for (arguments, operation, body, answer) in cases {
        let endpoint = Endpoint::start([(operation, answer.into())]);
        let run = endpoint.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
        assert_eq!(
            endpoint.asked(),
            [(format!("Kagiban.{operation}"), body)],
            "{arguments:?}"
        );
        assert!(serde_json::from_str::<Value>(&run.stdout).is_ok(), "{run:?}");
    }
}

#[test]
fn what_destroys_is_not_done_without_consent() {
    for arguments in [
        &["param", "purge", "/a"][..],
        &["webhook", "delete", "w"],
        &["param", "delete", "/a"],
    ] {
        let endpoint = Endpoint::start([]);
        let run = endpoint.run(arguments);
        assert_eq!(run.code, 5, "{run:?}");
        // What would go for good is looked up for the question.
        let asked = endpoint.asked();
        let is_question = |(target, _): &(String, Value)| target == "Kagiban.ListDeletedParameters";
        assert!(asked.iter().all(is_question), "{asked:?}");
    }
}

#[test]
fn an_answer_that_makes_no_sense_is_not_repeated() {
    let answer = json!({"Parameter": {"Name": "/a", "Type": ["hunter2"], "Value": "hunter2", "Version": 1}});
    let endpoint = Endpoint::start([("GetParameter", answer.into())]);
    let run = endpoint.run(&["param", "get", "/a"]);
    assert!(
        run.code == 4 && !run.stderr.contains("hunter2") && run.stdout.is_empty(),
        "{run:?}"
    );
}
