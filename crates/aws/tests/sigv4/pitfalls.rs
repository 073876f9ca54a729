//! What a verifier gets wrong unless it is told.

use kagiban_aws::Timestamp;
use kagiban_aws::sigv4::{Presented, SignatureError, SignatureError::*, SigningKey, sign};
use std::time::Duration;

use crate::fixture::{KEY, Request, SERVICE, region, then};

fn unsigned(name: &str) -> Result<(), SignatureError> {
    Err(UnsignedHeader { name: name.into() })
}

/// Signs `request` without its headers called `name`, which are sent nevertheless.
fn signed_without(name: &str, request: Request) -> Request {
    let sent: Vec<_> = request
        .headers
        .iter()
        .filter(|(found, _)| found == name)
        .cloned()
        .collect();
    let mut signed = request.without(name).signed();
    signed.headers.extend(sent);
    signed
}

#[test]
fn a_stated_body_hash_must_be_the_hash_of_the_body() {
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"; // of `{}`
    let signed = Request::json().with("x-amz-content-sha256", hash).signed();
    assert_eq!(signed.check(), Ok(()));
    assert_eq!(signed.with_body("{ }").check(), Err(Mismatch));
}

#[test]
fn an_unsigned_payload_is_a_mismatch() {
    for stated in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", ""] {
        let signed = Request::json().with("x-amz-content-sha256", stated).signed();
        assert_eq!(signed.check(), Err(Mismatch), "{stated}");
    }
}

#[test]
fn the_host_must_be_signed() {
    assert_eq!(signed_without("host", Request::json()).check(), unsigned("host"));
}

#[test]
fn the_host_is_signed_with_its_port() {
    let signed = Request::json()
        .without("host")
        .with("host", "localhost:4566")
        .signed();
    assert_eq!(signed.check(), Ok(()));
    let moved = signed.replacing("host", ":4566", "");
    assert_eq!(moved.check(), Err(Mismatch));
}

#[test]
fn a_target_that_is_not_signed_is_refused() {
    let swapped = Request::post("/")
        .signed()
        .with("x-amz-target", "AmazonSSM.DeleteParameter");
    assert_eq!(swapped.check(), unsigned("x-amz-target"));
}

#[test]
fn a_presigned_request_cannot_be_given_a_target() {
    let swapped = Request::get("/")
        .presigned(60)
        .with("x-amz-target", "AmazonSSM.DeleteParameter");
    assert_eq!(swapped.check(), unsigned("x-amz-target"));
}

#[test]
fn a_second_target_beside_the_signed_one_is_refused() {
    let doubled = Request::json()
        .signed()
        .with("x-amz-target", "AmazonSSM.DeleteParameter");
    assert_eq!(doubled.check(), Err(Mismatch));
}

#[test]
fn a_session_token_that_is_not_signed_is_refused() {
    let added = Request::json().signed().with("x-amz-security-token", "token");
    let presented = added.borrowed();
    let presented = Presented::parse(&presented).unwrap();
    let key = SigningKey::nobody();
    assert_eq!(presented.session_token(), Some("token"));
    assert_eq!(
        presented.verify(&added.borrowed(), &key, SERVICE, then()),
        unsigned("x-amz-security-token")
    );
}

#[test]
fn headers_that_change_on_the_way_need_no_signature() {
    let mut request = Request::json().signed();
    for name in [
        "user-agent",
        "x-amzn-trace-id",
        "expect",
        "connection",
        "te",
        "amz-sdk-request",
        "x-amz-cf-id",
    ] {
        request = request.with(name, "anything");
    }
    assert_eq!(request.check(), Ok(()));
}

#[test]
fn a_signed_header_that_is_missing_is_a_mismatch() {
    let signed = Request::json().with("my-header", "1").signed();
    assert_eq!(signed.without("my-header").check(), Err(Mismatch));
}

#[test]
fn tabs_and_runs_of_blanks_in_headers_are_one_blank() {
    let signed = Request::json().with("my-header", "a b c").signed();
    let spaced = signed.without("my-header").with("my-header", "\t a \t b  c ");
    assert_eq!(spaced.check(), Ok(()));
}

#[test]
fn paths_are_escaped_once_more_on_top_of_their_wire_form() {
    let signed = Request::post("/a%20b").signed();
    assert_eq!(signed.check(), Ok(()));
    for path in ["/a b", "/a%2520b", "/a+b"] {
        let changed = Request {
            path: path.to_owned(),
            ..signed.clone()
        };
        assert_eq!(changed.check(), Err(Mismatch), "{path}");
    }
}

#[test]
fn a_path_that_does_not_start_at_the_root_is_refused() {
    let signed = Request::post("/a").signed();
    for path in ["a", "./a", "*"] {
        let changed = Request {
            path: path.to_owned(),
            ..signed.clone()
        };
        assert_eq!(changed.check(), Err(MalformedPath), "{path}");
    }
}

#[test]
fn a_query_may_be_spelled_and_ordered_differently() {
    let signed = Request::get("/").with_query("b=%2F%20~&a&c=1&c=2").signed();
    assert_eq!(signed.clone().with_query("c=2&c=1&a=&b=%2f+%7E").check(), Ok(()));
    assert_eq!(signed.with_query("c=2&c=1&a=&b=%2f%2B%7E").check(), Err(Mismatch));
}

#[test]
fn names_are_sorted_before_the_equals_sign_is_put() {
    // `a-` comes after `a` as a name, though `-` comes before `=`.
    let signed = Request::get("/").with_query("a-=1&a=2").signed();
    assert_eq!(signed.with_query("a=2&a-=1").check(), Ok(()));
}

#[test]
fn a_clock_may_be_five_minutes_off() {
    let signed = Request::json().signed();
    let seconds = |offset| Timestamp::from_seconds(then().seconds() + offset);
    for offset in [-300, 0, 300] {
        assert_eq!(signed.check_at(seconds(offset)), Ok(()), "{offset}");
    }
    assert_eq!(
        signed.check_at(seconds(301)).unwrap_err().to_string(),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
    );
    assert_eq!(
        signed.check_at(seconds(-301)).unwrap_err().to_string(),
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"
    );
}

#[test]
fn a_presigned_request_holds_until_it_expires() {
    let signed = Request::get("/").presigned(90);
    let seconds = |offset| Timestamp::from_seconds(then().seconds() + offset);
    for offset in [-300, 0, 90] {
        assert_eq!(signed.check_at(seconds(offset)), Ok(()), "{offset}");
    }
    assert!(matches!(
        signed.check_at(seconds(-301)),
        Err(NotYetCurrent { .. })
    ));
    assert_eq!(
        signed.check_at(seconds(91)).unwrap_err().to_string(),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T123731Z - 90 sec.)"
    );
}

#[test]
fn a_presigned_request_holds_a_week_at_most() {
    let signed = Request::get("/").presigned(604_800);
    let week = then().plus(Duration::from_secs(604_800));
    assert_eq!(signed.check_at(week), Ok(()));
    for expires in ["0", "604801", "-1", "", "1e3", "99999999999999999999"] {
        let query = signed
            .query
            .replace("X-Amz-Expires=604800", &format!("X-Amz-Expires={expires}"));
        assert_eq!(
            signed.clone().with_query(&query).check(),
            Err(InvalidExpires),
            "{expires}"
        );
    }
}

#[test]
fn the_day_of_the_scope_must_be_the_day_of_the_timestamp() {
    let signed = Request::json()
        .signed()
        .replacing("authorization", "/20150830/", "/20150829/");
    assert_eq!(
        signed.check().unwrap_err().to_string(),
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
         '20150829' != '20150830', from '20150830T123600Z'."
    );
}

#[test]
fn the_scope_must_name_the_service_that_serves() {
    let refused = Request::json()
        .signed()
        .check_for(&KEY, "ssm", then())
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Credential should be scoped to correct service: 'ssm'."
    );
}

#[test]
fn the_scope_must_be_whole() {
    for (scope, refused) in [
        ("20150830/us-east-1/service/aws5_request", WrongTerminator),
        ("20150830/US EAST/service/aws4_request", WrongRegion),
        ("20150830//service/aws4_request", WrongRegion),
        ("20150830/us-east-1/aws4_request", CredentialParts),
        ("20150830/us-east-1/service/x/aws4_request", CredentialParts),
        ("2015083x/us-east-1/service/aws4_request", CredentialParts),
    ] {
        let changed = Request::json().signed().replacing(
            "authorization",
            "20150830/us-east-1/service/aws4_request",
            scope,
        );
        assert_eq!(changed.check(), Err(refused), "{scope}");
    }
}

#[test]
fn the_region_is_the_clients_choice() {
    let signed = Request::json();
    let frankfurt = "eu-central-1".parse().unwrap();
    let added = sign(&signed.borrowed(), &KEY, frankfurt, SERVICE, then()).unwrap();
    let signed = signed
        .with("x-amz-date", &added.date)
        .with("authorization", &added.authorization);
    assert_eq!(signed.check(), Ok(()));
    let request = signed.borrowed();
    assert_eq!(Presented::parse(&request).unwrap().scope().region, frankfurt);
}

#[test]
fn a_date_header_stands_in_for_the_missing_x_amz_date() {
    let signed = Request::json().signed();
    let headers = "SignedHeaders=host;x-amz-date;x-amz-target";
    let date = signed
        .without("x-amz-date")
        .with("date", "Sun, 30 Aug 2015 12:36:00 GMT")
        .replacing("authorization", headers, "SignedHeaders=host;x-amz-target");
    // The timestamp was found: only the list of headers differs from what was signed.
    assert_eq!(date.check(), Err(Mismatch));
    let bare = date.without("date");
    assert_eq!(
        bare.check().unwrap_err().to_string(),
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    );
    assert_eq!(
        bare.with("x-amz-date", "2015-08-30T12:36:00Z").check(),
        Err(InvalidDate)
    );
}

#[test]
fn both_forms_at_once_are_refused() {
    let both = Request::get("/").presigned(60).signed();
    assert_eq!(both.check(), Err(BothForms));
}

#[test]
fn parameters_and_headers_of_the_signature_must_stand_alone() {
    let presigned = Request::get("/").presigned(60);
    for name in [
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Signature",
        "X%2DAmz-Credential",
    ] {
        let doubled = presigned
            .clone()
            .with_query(&format!("{}&{name}=1", presigned.query));
        assert!(matches!(doubled.check(), Err(Repeated { .. })), "{name}");
    }
    let signed = Request::json().signed();
    for name in ["authorization", "x-amz-date"] {
        let doubled = signed.clone().with(name, signed.value(name));
        assert_eq!(doubled.check(), Err(Repeated { name }));
    }
    let doubled = signed.replacing("authorization", "Signature=", "Signature=0,Signature=");
    assert_eq!(doubled.check(), Err(Repeated { name: "Signature" }));
}

#[test]
fn signed_headers_must_be_sorted_lower_case_and_few() {
    let signed = Request::json().signed();
    for list in [
        "x-amz-date;host",
        "host;host",
        "Host;x-amz-date",
        "",
        "host;;x-amz-date",
        ";host",
    ] {
        let changed = signed
            .clone()
            .replacing("authorization", "host;x-amz-date;x-amz-target", list);
        assert_eq!(changed.check(), Err(InvalidSignedHeaders), "{list}");
    }
    let many: Vec<String> = (0..65).map(|n| format!("h{n:02}")).collect();
    let changed = signed.replacing("authorization", "host;x-amz-date;x-amz-target", &many.join(";"));
    assert!(matches!(changed.check(), Err(TooMany { .. })));
}

#[test]
fn nobody_burns_our_time_with_long_requests() {
    let long = "x".repeat(40_000);
    let signed = Request::json().signed();
    assert!(matches!(
        signed.clone().with_query(&long).check(),
        Err(TooLong { .. })
    ));
    assert!(matches!(
        signed.clone().with_query(&"&".repeat(512)).check(),
        Err(TooMany { .. })
    ));
    assert!(matches!(
        signed.replacing("authorization", "host;", &long).check(),
        Err(TooLong { .. })
    ));
    assert!(matches!(
        Request::get(&long).presigned_or_refused(),
        Err(TooLong { .. })
    ));
}

impl Request {
    fn presigned_or_refused(&self) -> Result<(), SignatureError> {
        sign(&self.borrowed(), &KEY, region(), SERVICE, then()).map(|_| ())
    }
}

#[test]
fn separators_may_lack_their_blank() {
    let signed = Request::json().signed().replacing("authorization", ", ", ",");
    assert_eq!(signed.check(), Ok(()));
}

#[test]
fn a_broken_escape_in_the_query_is_refused() {
    let signed = Request::get("/").signed();
    assert_eq!(signed.with_query("a=%zz").check(), Err(MalformedQuery));
}

#[test]
fn an_upper_case_signature_is_another_signature() {
    let signed = Request::json().signed();
    let (head, signature) = signed.value("authorization").rsplit_once('=').unwrap();
    let shouted = format!("{head}={}", signature.to_uppercase());
    assert_eq!(
        signed
            .without("authorization")
            .with("authorization", shouted)
            .check(),
        Err(Mismatch)
    );
}
