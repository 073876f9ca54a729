//! How grants end: retired, revoked, or gone with their key.

use serde_json::{Value, json};

use super::arn;
use super::grants::{ABROAD, people, role, session, user};
use crate::operations::*;
use crate::testing::World;
use crate::upkeep::{Work, due};

fn left(world: &mut World, key: &str) -> usize {
    let listed = world.run::<ListGrants>(json!({"KeyId": key})).unwrap();
    listed["Grants"].as_array().unwrap().len()
}

#[test]
fn those_retire_a_grant_whom_it_names_for_that() {
    let (mut world, key) = people();
    let by_token = |grant: &Value| json!({"GrantToken": grant["GrantToken"]});
    let by_id = |grant: &Value| json!({"KeyId": arn(&key), "GrantId": grant["GrantId"]});
    // The retiring principal: a role, by its session.
    let grant = world.grant(
        &key,
        &user("bob"),
        &["Encrypt"],
        json!({"RetiringPrincipal": role("app")}),
    );
    for request in [by_token(&grant), by_id(&grant)] {
        let refused = world.run_as::<RetireGrant>("bob", request).unwrap_err();
        assert_eq!(
            refused,
            format!(
                "AccessDeniedException: User: {} is not authorized to perform: kms:RetireGrant on resource: {} \
                 because no identity-based policy allows the kms:RetireGrant action",
                user("bob"),
                arn(&key)
            )
        );
    }
    let retired = world.run_as::<RetireGrant>(&session("app", "s"), by_token(&grant));
    assert!(retired.is_ok(), "{retired:?}");
    // The grantee, if the grant says so; of that grant only.
    let one = world.grant(&key, &user("bob"), &["Encrypt", "RetireGrant"], json!({}));
    let two = world.grant(&key, &user("bob"), &["Encrypt"], json!({}));
    assert!(world.run_as::<RetireGrant>("bob", by_id(&two)).is_err());
    assert!(world.run_as::<RetireGrant>("bob", by_id(&one)).is_ok());
    assert_eq!(left(&mut world, &key), 1);
    // Whom the account's policies let, once the key's lets the account.
    world.may(
        "carol",
        &json!([{"Effect": "Allow", "Action": "kms:RetireGrant", "Resource": "*"}]),
    );
    assert!(world.run_as::<RetireGrant>("carol", by_token(&two)).is_ok());
    assert_eq!(left(&mut world, &key), 0);
    let gone = world.run_as::<RetireGrant>("carol", by_token(&two)).unwrap_err();
    assert!(gone.starts_with("NotFoundException: Grant ID"), "{gone}");
}

#[test]
fn a_denied_retiring_principal_retires_nothing() {
    let (mut world, key) = people();
    let more = json!({"RetiringPrincipal": user("bob")});
    let grant = world.grant(&key, &user("carol"), &["Encrypt"], more);
    world.may(
        "bob",
        &json!([{"Effect": "Deny", "Action": "kms:RetireGrant", "Resource": "*"}]),
    );
    let retire = json!({"GrantToken": grant["GrantToken"]});
    assert!(world.run_as::<RetireGrant>("bob", retire).is_err());
}

#[test]
fn the_account_that_gave_a_grant_on_anothers_key_may_retire_it() {
    let (mut world, key) = people();
    world.open_account(ABROAD.parse().unwrap());
    let eve = format!("arn:aws:iam::{ABROAD}:user/eve");
    let root = format!("arn:aws:iam::{ABROAD}:root");
    world.user(
        ABROAD.parse().unwrap(),
        "eve",
        "AIDAEVEAAAAAAAAAAAAAA",
        &json!([]),
    );
    let ours = world.grant(&key, &eve, &["Encrypt", "CreateGrant"], json!({}));
    let theirs = world
        .grant_as(
            &eve,
            &arn(&key),
            &eve,
            &["Encrypt"],
            json!({"RetiringPrincipal": eve}),
        )
        .unwrap();
    let listed = world
        .run_as::<ListRetirableGrants>(&root, json!({"RetiringPrincipal": eve}))
        .unwrap();
    assert_eq!(listed["Grants"][0]["KeyId"], arn(&key));
    assert_eq!(listed["Grants"].as_array().unwrap().len(), 1);
    let retire = |grant: &Value| json!({"GrantToken": grant["GrantToken"]});
    assert!(world.run_as::<RetireGrant>(&root, retire(&ours)).is_err());
    assert!(world.run_as::<RetireGrant>(&root, retire(&theirs)).is_ok());
}

#[test]
fn a_grant_is_named_by_a_token_or_by_key_and_id() {
    let (mut world, key) = people();
    let grant = world.grant(&key, &user("bob"), &["Encrypt"], json!({}));
    let (token, id) = (&grant["GrantToken"], &grant["GrantId"]);
    for request in [
        json!({}),
        json!({"GrantId": id}),
        json!({"KeyId": arn(&key)}),
        json!({"KeyId": arn(&key), "GrantId": id, "GrantToken": token}),
    ] {
        let refused = world.run::<RetireGrant>(request).unwrap_err();
        assert!(refused.starts_with("ValidationException"), "{refused}");
    }
    let unknown = json!({"KeyId": arn(&key), "GrantId": "0".repeat(64)});
    let expected = format!("NotFoundException: Grant ID {} not found", "0".repeat(64));
    assert_eq!(world.run::<RetireGrant>(unknown.clone()), Err(expected.clone()));
    assert_eq!(world.run::<RevokeGrant>(unknown), Err(expected));
    let bad = json!({"KeyId": arn(&key), "GrantId": "x"});
    assert_eq!(
        world.run::<RevokeGrant>(bad),
        Err("InvalidGrantIdException: Invalid grant ID: x".to_owned())
    );
    let garbage = world.run::<RetireGrant>(json!({"GrantToken": "x"}));
    assert!(garbage.unwrap_err().starts_with("InvalidGrantTokenException"));
    // A token is its Region's.
    world.go("eu-west-1");
    let abroad = world.run::<RetireGrant>(json!({"GrantToken": token}));
    assert!(abroad.unwrap_err().starts_with("InvalidGrantTokenException"));
}

#[test]
fn a_revoked_grant_allows_nothing_any_more() {
    let (mut world, key) = people();
    let grant = world.grant(
        &key,
        &user("bob"),
        &["Encrypt"],
        json!({"RetiringPrincipal": user("bob")}),
    );
    assert!(world.encrypts("bob", &key, &json!({})));
    let revoke = json!({"KeyId": key, "GrantId": grant["GrantId"]});
    assert!(world.run_as::<RevokeGrant>("bob", revoke.clone()).is_err());
    world.run::<RevokeGrant>(revoke).unwrap();
    assert!(!world.encrypts("bob", &key, &json!({})));
    let mine = json!({"RetiringPrincipal": user("bob")});
    let listed = world.run::<ListRetirableGrants>(mine).unwrap();
    assert_eq!(listed, json!({"Grants": [], "Truncated": false}));
}

#[test]
fn retirable_grants_are_listed_page_by_page_over_all_keys() {
    let (mut world, one) = people();
    let two = world.key(json!({}));
    for key in [&one, &two, &one] {
        world.grant(
            key,
            &user("carol"),
            &["Encrypt"],
            json!({"RetiringPrincipal": user("bob")}),
        );
    }
    world.grant(
        &one,
        &user("carol"),
        &["Encrypt"],
        json!({"RetiringPrincipal": user("carol")}),
    );
    world.may(
        "dan",
        &json!([{"Effect": "Allow", "Action": "kms:ListRetirableGrants", "Resource": user("bob")}]),
    );
    let ask = |marker: Option<&Value>| {
        let mut request = json!({"RetiringPrincipal": user("bob"), "Limit": 2});
        if let Some(marker) = marker {
            request["Marker"] = marker.clone();
        }
        request
    };
    let first = world.run_as::<ListRetirableGrants>("dan", ask(None)).unwrap();
    assert_eq!(
        (first["Grants"].as_array().unwrap().len(), &first["Truncated"]),
        (2, &json!(true))
    );
    let rest = world
        .run_as::<ListRetirableGrants>("dan", ask(Some(&first["NextMarker"])))
        .unwrap();
    assert_eq!(
        (rest["Grants"].as_array().unwrap().len(), &rest["Truncated"]),
        (1, &json!(false))
    );
    let others = json!({"RetiringPrincipal": user("carol")});
    assert!(world.run_as::<ListRetirableGrants>("dan", others).is_err());
    let foreign = json!({"RetiringPrincipal": format!("arn:aws:iam::{ABROAD}:root")});
    let foreign = world.run::<ListRetirableGrants>(foreign).unwrap_err();
    assert!(foreign.starts_with("InvalidArnException"), "{foreign}");
    let bad = world.run::<ListRetirableGrants>(json!({"RetiringPrincipal": user("bob"), "Marker": "!"}));
    assert_eq!(bad, Err("InvalidMarkerException".to_owned()));
}

#[test]
fn a_destroyed_keys_grants_go_with_it_however_many_there_are() {
    let (mut world, key) = people();
    for _ in 0..1_003 {
        world.grant(
            &key,
            &user("bob"),
            &["Encrypt"],
            json!({"RetiringPrincipal": user("carol")}),
        );
    }
    world
        .run::<ScheduleKeyDeletion>(json!({"KeyId": key, "PendingWindowInDays": 7}))
        .unwrap();
    world.wait(7);
    let works = due(&world.view(), world.now);
    assert_eq!(works.len(), 3);
    assert_eq!(works.last().unwrap().work, Work::Destroy);
    for due in works {
        let txn = due.txn(&world.view(), world.now, &world.entropy).unwrap();
        assert!(txn.ops().len() <= kagiban_store::Limits::COMMON.ops);
        assert!(world.commit(&txn));
    }
    assert!(world.kms_rows().is_empty(), "{:?}", world.kms_rows());
    let carol = json!({"RetiringPrincipal": user("carol")});
    let listed = world.run::<ListRetirableGrants>(carol).unwrap();
    assert_eq!(listed["Grants"], json!([]));
}
