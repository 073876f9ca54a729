//! How many parameters there may be, where the account acts like AWS.

use kagiban_ssm::kagiban::{PutAccountSetting, UndeleteParameter};
use kagiban_ssm::operations::{DeleteParameter, PutParameter};
use serde_json::{Value, json};

use crate::world::{Answer, World};

const MANY: usize = 10_000;

fn full() -> World {
    let mut world = World::new();
    for number in 0..MANY {
        put(&mut world, &format!("/p/{number}"), json!({})).unwrap();
    }
    world
}

fn put(world: &mut World, name: &str, more: Value) -> Answer {
    let mut body = json!({"Name": name, "Value": "v", "Type": "String"});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    world.ssm::<PutParameter>("root", body)
}

#[test]
fn the_ten_thousand_and_first_standard_parameter_is_refused_only_where_the_account_acts_like_aws() {
    let mut world = full();
    put(&mut world, "/free", json!({})).unwrap();
    world
        .ssm::<DeleteParameter>("root", json!({"Name": "/free"}))
        .unwrap();
    let act = json!({"Name": "act-like-aws", "Value": "true"});
    world.ssm::<PutAccountSetting>("root", act).unwrap();
    let refused = "ParameterLimitExceeded: You have reached the maximum number of standard parameters for this AWS account and Region (10000). To add more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply).";
    assert_eq!(put(&mut world, "/more", json!({})).unwrap_err(), refused);
    let back = world.ssm::<UndeleteParameter>("root", json!({"Name": "/free"}));
    assert_eq!(back.unwrap_err(), refused);
    put(&mut world, "/p/1", json!({"Overwrite": true})).unwrap();
    let advanced = put(&mut world, "/more", json!({"Tier": "Intelligent-Tiering"})).unwrap();
    assert_eq!(advanced["Tier"], "Advanced");
    put(&mut world, "/p/2", json!({"Overwrite": true, "Tier": "Advanced"})).unwrap();
    put(&mut world, "/room", json!({})).unwrap();
}
