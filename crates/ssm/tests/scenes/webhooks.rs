//! Webhooks: made, listed, ended, and what they give up.

use kagiban_aws::Timestamp;
use kagiban_ssm::kagiban::{
    CreateWebhook, DeleteWebhook, ListDeadLetters, ListWebhooks, RedeliverDeadLetters,
};
use kagiban_ssm::webhooks::{Delivery, letter};
use kagiban_store::Rev;
use serde_json::{Value, json};

use crate::world::{World, scope};

fn create(world: &mut World, who: &str, name: &str) -> Result<Value, String> {
    let body = json!({"Name": name, "Url": "https://x.example/hook", "Path": "/app"});
    world.ssm::<CreateWebhook>(who, body)
}

fn give_up(world: &mut World, number: u64) {
    let delivery = Delivery {
        id: format!("{number:032x}"),
        body: json!({"Events": [{"Kind": "Put", "Name": "/app/x", "Version": 3, "Type": "String", "Date": 1.5}]})
            .to_string(),
        reached: Rev(number),
    };
    let now = Timestamp::from_seconds(1_700_000_000 + i64::try_from(number).unwrap());
    let dead = letter(&delivery, 10, "the answer has status 500", now);
    let webhooks = world.ssm.webhooks(scope()).unwrap();
    let webhook = webhooks.get("a").unwrap();
    let txn = webhooks.give_up(scope(), "a", webhook, &dead, delivery.reached);
    world.commit(txn);
}

fn listed(world: &mut World) -> Value {
    world.ssm::<ListWebhooks>("root", json!({})).unwrap()["Webhooks"].clone()
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
    let letters = world.ssm::<ListDeadLetters>("root", body.clone()).unwrap();
    let letters = letters["DeadLetters"].as_array().unwrap();
    assert_eq!(
        (letters.len(), &letters[0]["Id"]),
        (1_000, &json!(format!("{:032x}", 4)))
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
