//! Webhooks: made, listed, ended, and what they give up.

use kagiban_aws::Timestamp;
use kagiban_ssm::kagiban::{
    CreateWebhook, DeleteWebhook, ListDeadLetters, ListWebhooks, RedeliverDeadLetters,
};
use kagiban_ssm::records::Told;
use kagiban_ssm::webhooks::{Message, letter};
use kagiban_store::Rev;
use serde_json::{Value, json};

use crate::world::{World, scope};

pub(crate) fn create(world: &mut World, who: &str, name: &str) -> Result<Value, String> {
    let body = json!({"Name": name, "Url": "https://x.example/hook", "Path": "/app"});
    world.ssm::<CreateWebhook>(who, body)
}

fn give_up(world: &mut World, number: u64) {
    give_up_events(world, number, vec![told("/app/x", Some(&[]))]);
}

/// With the tags that its parameter had, if they are known.
pub(crate) fn told(name: &str, tags: Option<&[(&str, &str)]>) -> Told {
    let tags = tags.map(|tags| {
        let tags = tags
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value}));
        serde_json::from_value(tags.collect()).unwrap()
    });
    Told {
        kind: "Put".into(),
        name: name.into(),
        version: Some(3),
        r#type: Some("String".into()),
        date: Timestamp::from_millis(1500),
        tags,
    }
}

pub(crate) fn give_up_events(world: &mut World, number: u64, events: Vec<Told>) {
    let message = Message {
        id: format!("{number:032x}").into(),
        made: Timestamp::from_seconds(1),
        missed: false,
        events,
    };
    let now = Timestamp::from_seconds(1_700_000_000 + i64::try_from(number).unwrap());
    let dead = letter(&message, 10, "the answer has status 500", now);
    let webhooks = world.ssm.webhooks(scope()).unwrap();
    let webhook = webhooks.get("a").unwrap();
    let txn = webhooks.give_up(scope(), "a", webhook, &dead, Rev(number));
    world.commit(txn);
}

fn listed(world: &mut World) -> Value {
    world.ssm::<ListWebhooks>("root", json!({})).unwrap()["Webhooks"].clone()
}

/// What is listed, page by page.
pub(crate) fn pages(world: &mut World, who: &str, mut body: Value) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    loop {
        let page = world.ssm::<ListDeadLetters>(who, body.clone()).unwrap();
        pages.push(page["DeadLetters"].as_array().unwrap().clone());
        match page.get("NextToken") {
            Some(token) => body["NextToken"] = token.clone(),
            None => return pages,
        }
    }
}

#[test]
fn a_secret_is_shown_once_and_names_are_unique_and_few() {
    let mut world = World::new();
    let made = create(&mut world, "root", "a").unwrap();
    let secret = made["Secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 64);
    assert_eq!(made["Webhook"]["Recursive"], true);
    let all = listed(&mut world);
    assert_eq!(
        (&all[0]["Name"], &all[0]["DeadLetters"]),
        (&json!("a"), &json!(0))
    );
    assert!(!all.to_string().contains(&secret));
    let again = create(&mut world, "root", "a").unwrap_err();
    assert!(again.starts_with("WebhookAlreadyExistsException: "), "{again}");
    for number in 1..20 {
        create(&mut world, "root", &format!("n{number}")).unwrap();
    }
    let many = create(&mut world, "root", "more").unwrap_err();
    assert!(many.starts_with("LimitExceededException: "), "{many}");
}

#[test]
fn webhooks_take_permissions_of_their_own_and_the_path() {
    let mut world = World::new();
    let of = |action: &str| json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]);
    world.may("half", of("kagiban:*"));
    world.may("other", of("ssm:*"));
    for who in ["half", "other"] {
        let refused = create(&mut world, who, "a").unwrap_err();
        assert!(refused.starts_with("AccessDeniedException: "), "{refused}");
    }
    create(&mut world, "root", "a").unwrap();
    let body = json!({"Webhook": "a"});
    let refused = [
        world.ssm::<ListWebhooks>("other", json!({})),
        world.ssm::<DeleteWebhook>("other", json!({"Name": "a"})),
        world.ssm::<ListDeadLetters>("other", body.clone()),
        world.ssm::<RedeliverDeadLetters>("other", body),
    ];
    for refused in refused {
        assert!(refused.unwrap_err().starts_with("AccessDeniedException: "));
    }
}

#[test]
fn what_is_given_up_is_listed_tried_again_and_forgotten_with_its_webhook() {
    let mut world = World::new();
    let body = json!({"Webhook": "a"});
    let none = world.ssm::<ListDeadLetters>("root", body.clone()).unwrap_err();
    assert_eq!(none, "WebhookNotFoundException: there is no webhook named `a`");
    create(&mut world, "root", "a").unwrap();
    let none = world.ssm::<RedeliverDeadLetters>("root", body.clone()).unwrap();
    assert_eq!(none["Redelivering"], 0);
    for number in 1..=1_003 {
        give_up(&mut world, number);
    }
    let pages = pages(&mut world, "root", json!({"Webhook": "a"}));
    assert!(
        pages.iter().all(|page| page.len() == 50),
        "50 unless asked otherwise"
    );
    let letters = pages.concat();
    assert_eq!(
        (letters.len(), &letters[0]["Id"], &letters[999]["Id"]),
        (
            1_000,
            &json!(format!("{:032x}", 4)),
            &json!(format!("{:032x}", 1_003))
        )
    );
    let event = json!({"Kind": "Put", "Name": "/app/x", "Version": 3, "Type": "String", "Date": 1.5});
    assert_eq!(letters[0]["Events"], json!([event]));
    assert_eq!(letters[0]["Attempts"], 10);
    let all = listed(&mut world);
    assert_eq!(all[0]["DeadLetters"], 1_000);
    assert_eq!(all[0]["LastFailure"], "the answer has status 500");
    let again = world.ssm::<RedeliverDeadLetters>("root", body.clone()).unwrap();
    assert_eq!(again["Redelivering"], 1_000);
    let webhooks = world.ssm.webhooks(scope()).unwrap();
    let webhook = webhooks.get("a").unwrap();
    assert_eq!((webhook.redelivers, webhook.position), (true, 1_003));
    world.ssm::<DeleteWebhook>("root", json!({"Name": "a"})).unwrap();
    assert_eq!(listed(&mut world), json!([]));
    assert!(
        world
            .rows
            .keys()
            .all(|key| !key.to_string().contains("deadletter"))
    );
}

#[test]
fn dead_letters_come_in_pages_that_are_bounded_in_bytes_too() {
    let mut world = World::new();
    create(&mut world, "root", "a").unwrap();
    create(&mut world, "root", "b").unwrap();
    for number in 1..=5 {
        give_up(&mut world, number);
    }
    let few = pages(&mut world, "root", json!({"Webhook": "a", "MaxResults": 2}));
    let sizes = |pages: &[Vec<Value>]| pages.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(&few), [2, 2, 1]);
    for number in 6..=9 {
        let long = |event: usize| told(&format!("/app/{event:01000}"), None);
        give_up_events(&mut world, number, (0..50).map(long).collect());
    }
    let all = pages(&mut world, "root", json!({"Webhook": "a"}));
    assert_eq!(sizes(&all), [7, 2]);
    let first = world
        .ssm::<ListDeadLetters>("root", json!({"Webhook": "a", "MaxResults": 1}))
        .unwrap();
    let elsewhere = json!({"Webhook": "b", "NextToken": first["NextToken"]});
    for body in [elsewhere, json!({"Webhook": "a", "NextToken": "AAAA"})] {
        let refused = world.ssm::<ListDeadLetters>("root", body).unwrap_err();
        assert!(refused.starts_with("InvalidNextToken"), "{refused}");
    }
    for most in [0, 51] {
        let body = json!({"Webhook": "a", "MaxResults": most});
        let refused = world.ssm::<ListDeadLetters>("root", body).unwrap_err();
        assert!(refused.starts_with("ValidationException"), "{refused}");
    }
}

#[test]
fn an_account_has_so_many_webhooks_in_all_regions_and_makes_them_one_at_a_time() {
    let mut world = World::new();
    for region in ["r-1", "r-2", "r-3", "r-4", "r-5"] {
        world.region = region.parse().unwrap();
        for number in 0..20 {
            create(&mut world, "root", &format!("n{number}")).unwrap();
        }
    }
    world.region = "r-6".parse().unwrap();
    let many = create(&mut world, "root", "more").unwrap_err();
    assert!(many.starts_with("LimitExceededException: "), "{many}");
    world.may(
        "444455556666/other",
        json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    );
    create(&mut world, "444455556666/other", "a").unwrap();
    world.region = "r-1".parse().unwrap();
    world.ssm::<DeleteWebhook>("root", json!({"Name": "n0"})).unwrap();

    // Both are decided on the same view, and each would be the last: one of them is decided anew.
    let decided = ["r-6", "r-7"].map(|region| {
        world.region = region.parse().unwrap();
        let body = json!({"Name": "last", "Url": "https://x.example/", "Path": "/"});
        world.decide_ssm::<CreateWebhook>("root", &body).unwrap().txn
    });
    let [first, second] = decided;
    world.commit(first);
    assert!(!world.holds(&second));
}
