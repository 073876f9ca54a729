use kagiban_ssm::operations::{DescribeParameters, PutParameter};
use kagiban_ssm::records::{Parameter, keys};
use kagiban_store::{Event, Rev, record};
use serde_json::{Value, json};

use crate::world::{World, scope};

/// A world with `/full/0`, `/full/1` and so on.
fn full(count: usize) -> World {
    let mut world = World::new();
    let body = json!({"Name": "/full/0", "Value": "v", "Type": "String"});
    world.ssm::<PutParameter>("root", body).unwrap();
    let key = keys::parameter(scope(), &"/full/0".parse().unwrap());
    let template: Parameter = record::decode(&world.rows[&key].1).unwrap();
    for number in 1..count {
        let name = format!("/full/{number}");
        let parameter = Parameter {
            name: name.as_str().into(),
            ..template.clone()
        };
        let event = Event {
            key: keys::parameter(scope(), &name.parse().unwrap()),
            mod_rev: Rev(9),
            value: Some(record::encode(&parameter).unwrap()),
        };
        world.ssm.apply(scope(), &["p", &name], &event).unwrap();
    }
    world
}

#[test]
fn a_long_search_ends_each_page_early_and_reaches_the_end() {
    let mut world = full(25_000);
    let filters = json!([{"Key": "Name", "Option": "Contains", "Values": ["/9999"]}]);
    let mut body = json!({"ParameterFilters": filters, "MaxResults": 50});
    let (mut found, mut empty) = (0, 0);
    loop {
        let page = world.ssm::<DescribeParameters>("root", body.clone()).unwrap();
        let listed = page["Parameters"].as_array().unwrap().len();
        found += listed;
        empty += usize::from(listed == 0);
        match &page["NextToken"] {
            Value::Null => break,
            token => body["NextToken"] = token.clone(),
        }
    }
    assert_eq!((found, empty), (1, 2));
}
