//! What references cannot be used for: to make others work, to learn of parameters, to break listings.

use kagiban_ssm::kagiban::PutAccountSetting;
use kagiban_ssm::operations::{GetParameter, GetParameters, GetParametersByPath, PutParameter};
use serde_json::{Value, json};

use crate::references::{put, read, read_as, world, write};
use crate::world::World;

fn arn(name: &str) -> String {
    format!("arn:aws:ssm:us-east-1:111122223333:parameter{name}")
}

/// `who` may do everything, but for reading `hidden`.
fn hide(world: &mut World, who: &str, hidden: &[&str]) {
    let hidden: Vec<_> = hidden.iter().map(|name| arn(name)).collect();
    let everything = json!({"Effect": "Allow", "Action": "ssm:*", "Resource": "*"});
    let but = json!({"Effect": "Deny", "Action": "ssm:GetParameter", "Resource": hidden});
    world.may(who, json!([everything, but]));
}

/// References to a hundred parameters.
fn hundred(below: &str) -> String {
    (0..100).map(|n| format!("{{{{kagiban:{below}/{n}}}}}")).collect()
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|each| each["Name"].as_str().or(each.as_str()).unwrap())
        .collect()
}

#[test]
fn one_value_asks_for_a_hundred_permissions_at_most_and_for_each_once() {
    let mut world = world();
    put(&mut world, "/root", &hundred("/m"));
    for n in 0..100 {
        put(&mut world, &format!("/m/{n}"), &hundred(&format!("/n/{n}")));
    }
    let body = json!({"Name": "/root"});
    assert_eq!(world.required::<GetParameter>("root", &body).len(), 101);
    let refused = read(&mut world, "/root").unwrap_err();
    assert!(refused.starts_with("ValidationException"), "{refused}");
    // Many ways to few parameters.
    put(&mut world, "/b", "end");
    put(&mut world, "/b", "end");
    put(
        &mut world,
        "/a",
        "{{kagiban:/b}}{{kagiban:/b:1}}{{ kagiban:/b:2}}",
    );
    put(&mut world, "/c", "{{kagiban:/a}}{{kagiban:/a:1}}{{kagiban:/b}}");
    let body = json!({"Name": "/c"});
    let required = world.required::<GetParameter>("root", &body);
    assert_eq!(required, [arn("/c"), arn("/a"), arn("/b")]);
}

#[test]
fn a_request_for_ten_asks_for_a_thousand_permissions_at_most() {
    let mut world = world();
    let roots: Vec<String> = (0..10).map(|n| format!("/root/{n}")).collect();
    for root in &roots {
        let more = format!("{}{{{{kagiban:/more}}}}", hundred(root));
        let refused = write(&mut world, root, &more, "String").unwrap_err();
        assert!(refused.contains("too many references"), "{refused}");
        put(&mut world, root, &hundred(root));
        put(&mut world, &format!("{root}/0"), &hundred("/elsewhere"));
    }
    let required = world.required::<GetParameters>("root", &json!({"Names": roots}));
    assert_eq!(required.len(), 10 + 1000);
}

#[test]
fn who_may_not_read_a_parameter_has_nothing_followed() {
    let mut world = world();
    put(&mut world, "/root", "{{kagiban:/a}}");
    hide(&mut world, "eve", &["/root"]);
    assert_eq!(
        world.required::<GetParameter>("eve", &json!({"Name": "/root"})),
        [arn("/root")]
    );
    world.may("eve", json!([]));
    let body = json!({"Names": ["/root"]});
    assert_eq!(world.required::<GetParameters>("eve", &body), [arn("/root")]);
}

#[test]
fn the_walk_ends_where_resolving_does() {
    let mut world = world();
    put(&mut world, "/0", "end");
    put(&mut world, "/0", "newer");
    for depth in 1..=12 {
        // The newest version says nothing, so that no writer is refused for the depth of the old ones.
        let (name, value) = (format!("/{depth}"), format!("{{{{kagiban:/{}:1}}}}", depth - 1));
        put(&mut world, &name, &value);
        put(&mut world, &name, "newer");
    }
    assert_eq!(read(&mut world, "/8:1").unwrap(), "end");
    for name in ["/9:1", "/12:1"] {
        let refused = read(&mut world, name).unwrap_err();
        assert!(refused.contains("nested too deep"), "{refused}");
    }
}

#[test]
fn a_missing_and_a_forbidden_parameter_are_refused_alike() {
    let mut world = world();
    put(&mut world, "/there", "s");
    hide(&mut world, "eve", &["/there", "/missing"]);
    let mut refusal = |target: &str| {
        put(&mut world, "/probe", &format!("{{{{kagiban:{target}}}}}"));
        let refused = read_as(&mut world, "eve", "/probe").unwrap_err();
        refused.replace(target.split(':').next().unwrap(), "")
    };
    let forbidden = refusal("/there");
    assert!(forbidden.starts_with("AccessDeniedException"), "{forbidden}");
    for target in ["/missing", "/there:prod", "/there:7", "/missing:prod"] {
        assert_eq!(refusal(target), forbidden, "{target}");
    }
}

#[test]
fn writing_looks_only_into_what_the_writer_may_read() {
    let mut world = world();
    write(&mut world, "/secret", "s", "SecureString").unwrap();
    put(&mut world, "/back", "{{kagiban:/mine}}");
    put(&mut world, "/many", &hundred("/m"));
    hide(&mut world, "eve", &["/secret", "/back", "/many"]);
    hide(&mut world, "bob", &["/other"]);
    for (target, why) in [
        ("/secret", "only a SecureString may refer to one"),
        ("/back", "lead back to it"),
        ("/many", "too many references"),
    ] {
        let value = format!("{{{{kagiban:{target}}}}}");
        let body = json!({"Name": "/mine", "Value": value, "Type": "String", "Overwrite": true});
        let told = world.ssm::<PutParameter>("bob", body.clone()).unwrap_err();
        assert!(told.contains(why), "{told}");
        world.ssm::<PutParameter>("eve", body).unwrap();
        let refused = read_as(&mut world, "eve", "/mine").unwrap_err();
        assert!(refused.starts_with("AccessDeniedException"), "{refused}");
        let refused = read(&mut world, "/mine").unwrap_err();
        assert!(
            refused.starts_with("ValidationException"),
            "asked again when read: {refused}"
        );
    }
}

#[test]
fn one_bad_reference_leaves_the_other_parameters_readable() {
    let mut world = world();
    put(&mut world, "/hidden", "h");
    for (name, value) in [
        ("/p/circle", "{{kagiban:/p/circle:1}}"),
        ("/p/forbidden", "{{kagiban:/hidden}}"),
        ("/p/good", "{{kagiban:/p/plain}}"),
        ("/p/missing", "{{kagiban:/missing}}"),
        ("/p/plain", "x"),
    ] {
        put(&mut world, name, value);
    }
    hide(&mut world, "alice", &["/hidden"]);
    let all = ["/p/circle", "/p/forbidden", "/p/good", "/p/missing", "/p/plain"];
    let several = json!({"Names": all});
    let read = world.ssm::<GetParameters>("alice", several.clone()).unwrap();
    assert_eq!(names(&read["Parameters"]), ["/p/good", "/p/plain"]);
    assert_eq!(
        names(&read["InvalidParameters"]),
        ["/p/circle", "/p/forbidden", "/p/missing"]
    );
    let required = world.required::<GetParameters>("alice", &several);
    assert!(
        required.contains(&arn("/missing")) && !required.contains(&arn("/hidden")),
        "the audit names what was followed: {required:?}"
    );
    for strict in ["false", "true"] {
        let setting = json!({"Name": "strict-path-authorization", "Value": strict});
        world.ssm::<PutAccountSetting>("root", setting).unwrap();
        let below = world
            .ssm::<GetParametersByPath>("alice", json!({"Path": "/p"}))
            .unwrap();
        assert_eq!(names(&below["Parameters"]), ["/p/good", "/p/plain"]);
    }
    // What is wrong with the parameter itself is told as on AWS.
    world.may(
        "alice",
        json!([{"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": arn("/p/plain")}]),
    );
    let refused = world.ssm::<GetParameters>("alice", several).unwrap_err();
    assert!(refused.starts_with("AccessDeniedException"), "{refused}");
}
