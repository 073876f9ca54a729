//! Scene 7: bad input gets AWS's own error, changes nothing, and the server stays up.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::harness::{Answer, Credentials, Request, Server, assert_matches, at};

const WRONG_SIGNATURE: &str = "The request signature we calculated does not match the signature you provided. \
    Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// A server with one parameter, which must be all there is when the test ends.
struct Guarded {
    server: Server,
    root: Credentials,
}

impl Guarded {
    fn start() -> Self {
        let server = Server::start();
        server.put("/kept", "as it was", None);
        let root = server.root();
        Self { server, root }
    }

    fn put_request(&self, value: &str) -> Request {
        let body = json!({"Name": "/kept", "Value": value, "Overwrite": true}).to_string();
        Request::json("AmazonSSM.PutParameter", body, &self.server.authority())
    }

    fn get_caller_identity(&self) -> Request {
        Request::query("2011-06-15", "GetCallerIdentity", &[], &self.server.authority())
    }

    fn send(&self, request: &Request) -> Answer {
        self.server.connect().send(request).expect("the server answers")
    }

    fn call(&self, operation: &str, body: &Value) -> Answer {
        self.server
            .call(&self.root, &format!("AmazonSSM.{operation}"), body)
    }

    /// Sends a signed SSM call whose body is not ours to build with a JSON library.
    fn call_raw(&self, operation: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = Request::json(&format!("AmazonSSM.{operation}"), body, &self.server.authority());
        self.send(&request.signed(&at(&self.root, "ssm")))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let all = json!({"Path": "/", "Recursive": true});
        let found = self.call("GetParametersByPath", &all).ok().json();
        let names_and_values: Vec<_> = found["Parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| (&p["Name"], &p["Value"], &p["Version"]))
            .collect();
        assert_eq!(
            names_and_values,
            [(&json!("/kept"), &json!("as it was"), &json!(1))]
        );
    }
}

#[test]
fn a_request_without_a_signature_is_refused() {
    let guarded = Guarded::start();

    let json = guarded.send(&guarded.put_request("changed"));
    assert_eq!(
        json.refused(400, "MissingAuthenticationTokenException"),
        "Missing Authentication Token"
    );
    assert!(
        json.header("x-amzn-requestid").is_some_and(|id| !id.is_empty()),
        "{json:?}"
    );
    assert!(
        json.header("date").is_some(),
        "clients correct their clocks by this header: {json:?}"
    );

    let query = guarded.send(&guarded.get_caller_identity());
    assert_eq!(
        query.refused(403, "MissingAuthenticationToken"),
        "Request is missing Authentication Token"
    );
}

#[test]
fn a_malformed_authorization_header_is_refused_as_incomplete() {
    let guarded = Guarded::start();

    for header in [
        "AWS4-HMAC-SHA256 nonsense",
        "AWS4-HMAC-SHA256 Credential=x",
        "Bearer x",
        "AWS4-HMAC-SHA256",
    ] {
        let request = guarded
            .put_request("changed")
            .with_header("authorization", header);
        let refused = guarded.send(&request);
        assert_eq!(refused.status, 400, "{header}: {refused:?}");
        assert_matches(
            &refused.code(),
            "^(IncompleteSignature|MissingAuthenticationToken)Exception$",
        );
    }
}

#[test]
fn a_wrong_secret_is_refused() {
    let guarded = Guarded::start();
    let mut forger = guarded.root.clone();
    forger.secret_access_key = "not/the/secret".into();

    let json = guarded.send(&guarded.put_request("changed").signed(&at(&forger, "ssm")));
    assert_eq!(json.refused(400, "InvalidSignatureException"), WRONG_SIGNATURE);

    let query = guarded.send(&guarded.get_caller_identity().signed(&at(&forger, "sts")));
    assert_eq!(query.refused(403, "SignatureDoesNotMatch"), WRONG_SIGNATURE);
}

#[test]
fn an_unknown_access_key_and_a_made_up_session_token_are_refused_alike() {
    let guarded = Guarded::start();
    let mut stranger = guarded.root.clone();
    stranger.access_key_id = "AKIARTX3GSDSVSTRANGE".into();
    let mut session = guarded.root.clone();
    session.access_key_id = "ASIARTX3GSDSVSTRANGE".into();
    session.session_token = Some("bWFkZSB1cA==".into());
    let mut odd = guarded.root.clone();
    odd.session_token = Some("bWFkZSB1cA==".into());

    for who in [stranger, session, odd] {
        let json = guarded.send(&guarded.put_request("changed").signed(&at(&who, "ssm")));
        let expected = "The security token included in the request is invalid.";
        assert_eq!(json.refused(400, "UnrecognizedClientException"), expected);
        let query = guarded.send(&guarded.get_caller_identity().signed(&at(&who, "sts")));
        assert_eq!(query.refused(403, "InvalidClientTokenId"), expected);
    }
}

#[test]
fn a_clock_more_than_five_minutes_off_is_refused() {
    let guarded = Guarded::start();
    let signed_at = |time| {
        let mut signing = at(&guarded.root, "ssm");
        signing.time = time;
        guarded.send(&guarded.put_request("changed").signed(&signing))
    };

    let behind = signed_at(SystemTime::now() - Duration::from_secs(6 * 60));
    assert_matches(
        &behind.refused(400, "InvalidSignatureException"),
        r"^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$",
    );
    let ahead = signed_at(SystemTime::now() + Duration::from_secs(6 * 60));
    assert_matches(
        &ahead.refused(400, "InvalidSignatureException"),
        r"^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$",
    );
}

#[test]
fn a_clock_four_minutes_off_is_accepted() {
    let server = Server::start();
    let root = server.root();
    let body = json!({"Path": "/"}).to_string();
    for time in [
        SystemTime::now() - Duration::from_secs(240),
        SystemTime::now() + Duration::from_secs(240),
    ] {
        let mut signing = at(&root, "ssm");
        signing.time = time;
        let request = Request::json("AmazonSSM.GetParametersByPath", body.clone(), &server.authority());
        server.connect().send(&request.signed(&signing)).unwrap().ok();
    }
}

#[test]
fn a_signature_is_good_for_its_own_body_only() {
    let guarded = Guarded::start();
    let mut replayed = guarded.put_request("changed").signed(&at(&guarded.root, "ssm"));

    replayed.body = json!({"Name": "/other", "Value": "slipped in", "Type": "String"})
        .to_string()
        .into_bytes();
    assert_eq!(
        guarded.send(&replayed).refused(400, "InvalidSignatureException"),
        WRONG_SIGNATURE
    );

    // Claiming the old hash, or none at all, does not help.
    for claim in [
        "UNSIGNED-PAYLOAD",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ] {
        let claimed = replayed.clone().with_header("x-amz-content-sha256", claim);
        assert_eq!(
            guarded.send(&claimed).refused(400, "InvalidSignatureException"),
            "'x-amz-content-sha256' must be a 'SignedHeader' in the AWS Authorization."
        );
    }
    let honest = json!({"Name": "/kept", "Value": "changed", "Overwrite": true}).to_string();
    let request = Request::json("AmazonSSM.PutParameter", honest, &guarded.server.authority());
    let mut claimed = request
        .with_header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .signed(&at(&guarded.root, "ssm"));
    claimed.body = replayed.body;
    guarded.send(&claimed).refused(400, "InvalidSignatureException");
}

#[test]
fn a_signature_is_good_for_its_own_service_and_operation_only() {
    let guarded = Guarded::start();

    let other_service = guarded.put_request("changed").signed(&at(&guarded.root, "kms"));
    let refused = guarded.send(&other_service);
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_matches(
        &refused.code(),
        "^(InvalidSignatureException|UnknownOperationException)$",
    );

    let read = Request::json(
        "AmazonSSM.GetParameter",
        guarded.put_request("changed").body,
        &guarded.server.authority(),
    )
    .signed(&at(&guarded.root, "ssm"));
    let turned = read.with_header("x-amz-target", "AmazonSSM.PutParameter");
    assert_eq!(
        guarded.send(&turned).refused(400, "InvalidSignatureException"),
        WRONG_SIGNATURE
    );
}

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

#[test]
fn the_cli_shows_the_refusals_as_it_shows_those_of_aws() {
    let guarded = Guarded::start();
    let mut forger = guarded.root.clone();
    forger.secret_access_key = "not/the/secret".into();

    let refused = guarded
        .server
        .aws(&forger, &["ssm", "get-parameter", "--name", "/kept"]);

    assert_eq!(
        refused.error(),
        format!(
            "An error occurred (InvalidSignatureException) when calling the GetParameter operation: {WRONG_SIGNATURE}"
        )
    );
}
