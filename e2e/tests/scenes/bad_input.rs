//! Scene 7, what is asked: bad input gets AWS's own error, changes nothing, and the server stays up.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Guarded, assert_matches};

#[test]
fn an_unknown_operation_is_refused() {
    let guarded = Guarded::start();

    assert_eq!(
        guarded
            .call("MakeCoffee", &json!({}))
            .refused(400, "UnknownOperationException"),
        ""
    );
    let iam = guarded.server.iam(&guarded.root, "MakeCoffee", &[]);
    assert_eq!(
        iam.refused(400, "InvalidAction"),
        "Could not find operation MakeCoffee for version 2010-05-08"
    );
}

#[test]
fn a_body_of_ten_megabytes_is_refused_before_it_is_read() {
    let guarded = Guarded::start();
    let body = json!({"Name": "/kept", "Value": "x".repeat(10_000_000), "Overwrite": true}).to_string();

    let refused = guarded.call_raw("PutParameter", body);

    assert!([400, 413].contains(&refused.status), "{}", refused.status);
    assert_matches(
        &refused.code(),
        "^(RequestEntityTooLargeException|RequestTooLarge|ValidationException|SerializationException)",
    );
}

#[test]
fn a_body_that_is_not_the_json_we_expect_is_a_serialization_exception() {
    let guarded = Guarded::start();
    let deep_array = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_value = format!(r#"{}1{}"#, r#"{"a":"#.repeat(50_000), "}".repeat(50_000));
    let deep_name = format!(r#"{{"Name":{deep_value}}}"#);
    let bodies = [
        "",
        "not json",
        "[]",
        "\"text\"",
        r#"{"Name":"/kept""#,
        r#"{"Name":"/kept"} trailing"#,
        r#"{"Name":12}"#,
        r#"{"Name":{"a":1}}"#,
        r#"{"Name":["/kept"]}"#,
        r#"{"Name":"/kept","WithDecryption":{}}"#,
        &deep_array,
        &deep_name,
    ];
    for body in &bodies[1..] {
        let answer = guarded.call_raw("GetParameter", *body);
        assert_eq!(answer.code(), "SerializationException", "{body:.60}: {answer:?}");
    }
    // An empty body is an empty object, so it is the member that lacks.
    let message = guarded
        .call_raw("GetParameter", bodies[0])
        .refused(400, "ValidationException");
    assert_eq!(
        message,
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"
    );
    guarded
        .call_raw("GetParameter", b"{\"Name\":\"\xff\xfe\"}".to_vec())
        .refused(400, "SerializationException");

    // A member that nobody knows is skipped, however deep it goes.
    let unknown = format!(r#"{{"Unknown":{deep_value},"Name":"/kept"}}"#);
    assert_eq!(
        guarded.call_raw("GetParameter", unknown).ok().json()["Parameter"]["Value"],
        "as it was"
    );
}

#[test]
fn constraint_violations_are_worded_as_aws_words_them() {
    let guarded = Guarded::start();

    let type_and_tier = json!({"Name": "/new", "Value": "x", "Type": "Secret"});
    assert_eq!(
        guarded
            .call("PutParameter", &type_and_tier)
            .refused(400, "ValidationException"),
        "1 validation error detected: Value 'Secret' at 'type' failed to satisfy constraint: \
         Member must satisfy enum value set: [SecureString, StringList, String]"
    );
    let eleven: Vec<_> = (0..11).map(|n| format!("/n{n}")).collect();
    let message = guarded
        .call("GetParameters", &json!({"Names": eleven}))
        .refused(400, "ValidationException");
    assert_matches(
        &message,
        r"^1 validation error detected: Value '\[/n0, .*/n10\]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10",
    );
}

#[test]
fn names_that_are_no_names_are_refused() {
    let guarded = Guarded::start();
    let put = |name: &str| {
        guarded.call(
            "PutParameter",
            &json!({"Name": name, "Value": "x", "Type": "String"}),
        )
    };

    let shape = "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). \
        If formed as a path, it can consist of sub-paths divided by slash symbol; \
        each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_";
    for name in [
        "/a//b",
        "/a/",
        "a/b",
        "/a b",
        "/a/%2e%2e/b",
        "/ssm/x",
        "/a\u{0}b",
        "/grüße",
        "//kept",
    ] {
        assert_eq!(put(name).refused(400, "ValidationException"), shape, "{name}");
    }
    assert_eq!(
        put("awsome").refused(400, "ValidationException"),
        "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive)."
    );
    assert_eq!(
        put("/aws/x").refused(400, "AccessDeniedException"),
        "No access to reserved parameter name: /aws/x."
    );
    put(&"/a".repeat(16)).refused(400, "HierarchyLevelLimitExceededException");
    put(&"x".repeat(2049)).refused(400, "ValidationException");
}

#[test]
fn two_dots_are_a_name_like_any_other_and_climb_nowhere() {
    let guarded = Guarded::start();
    let name = "/a/../kept";

    let body = json!({"Name": name, "Value": "x", "Type": "String"});
    guarded.call("PutParameter", &body).ok();
    let read = guarded.call("GetParameter", &json!({"Name": name})).ok().json();
    assert_eq!(
        read["Parameter"]["ARN"],
        "arn:aws:ssm:us-east-1:111122223333:parameter/a/../kept"
    );
    guarded.call("DeleteParameter", &json!({"Name": name})).ok();
}

#[test]
fn fifteen_levels_are_the_deepest() {
    let guarded = Guarded::start();
    let deepest = "/a".repeat(15);

    guarded
        .call(
            "PutParameter",
            &json!({"Name": deepest, "Value": "x", "Type": "String"}),
        )
        .ok();
    guarded.call("DeleteParameter", &json!({"Name": deepest})).ok();
}

#[test]
fn a_value_of_five_kilobytes_needs_the_advanced_tier() {
    let guarded = Guarded::start();

    let body = json!({"Name": "/large", "Value": "x".repeat(5 * 1024), "Type": "String"});
    assert_eq!(
        guarded
            .call("PutParameter", &body)
            .refused(400, "ValidationException"),
        "Standard tier parameters support a maximum parameter value of 4096 characters. \
         To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. \
         For more information, see \
         https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
    );
}

#[test]
fn another_accounts_arn_leads_nowhere() {
    let guarded = Guarded::start();
    let parameter = "arn:aws:ssm:us-east-1:444455556666:parameter/kept";
    let refused = guarded.call("GetParameter", &json!({"Name": parameter}));
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_matches(&refused.code(), "^(AccessDeniedException|ParameterNotFound)$");

    let key = "arn:aws:kms:us-east-1:444455556666:key/12345678-1234-4234-8234-123456789012";
    let encrypt = json!({"KeyId": key, "Plaintext": "eA=="});
    let refused = guarded
        .server
        .call(&guarded.root, "TrentService.Encrypt", &encrypt);
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_matches(&refused.code(), "^(AccessDeniedException|NotFoundException)$");

    let members = [
        ("RoleArn", "arn:aws:iam::444455556666:role/r"),
        ("RoleSessionName", "e2e"),
    ];
    let user = guarded
        .server
        .user("u", &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    assert_eq!(
        guarded
            .server
            .sts(&user, "AssumeRole", &members)
            .refused(403, "AccessDenied"),
        "User: arn:aws:iam::111122223333:user/u is not authorized to perform: \
         sts:AssumeRole on resource: arn:aws:iam::444455556666:role/r"
    );
}

#[test]
fn lines_that_are_not_http_do_not_disturb_the_server() {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    let guarded = Guarded::start();
    let many_headers = format!("POST / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    let long_header = format!(
        "POST / HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n",
        "b".repeat(1_000_000)
    );
    let two_lengths = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd";
    for bytes in [
        "\r\n\r\n\r\n",
        "\u{0}\u{1}\u{2}",
        "GET",
        &many_headers,
        &long_header,
        two_lengths,
    ] {
        let mut stream = TcpStream::connect(guarded.server.authority()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let _ = stream.write_all(bytes.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(
            !answer.starts_with(b"HTTP/1.1 200"),
            "{bytes:.60}: {}",
            String::from_utf8_lossy(&answer)
        );
    }
}
