//! AWS's examples: the Signature Version 4 test suite and the example of the IAM user guide.

use kagiban_aws::sigv4::SignatureError;

use crate::fixture::{KEY, Request, then};

/// Verifies AWS's signature and makes it ourselves.
#[track_caller]
fn published(request: Request, signature: &str) {
    published_for("service", request, signature);
}

#[track_caller]
fn published_for(service: &str, request: Request, signature: &str) {
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.push("x-amz-date");
    names.sort_unstable();
    names.dedup();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, \
         SignedHeaders={}, Signature={signature}",
        names.join(";")
    );
    if service == "service" {
        assert_eq!(request.clone().signed().value("authorization"), authorization);
    }
    let request = request
        .with("x-amz-date", "20150830T123600Z")
        .with("authorization", authorization);
    assert_eq!(request.check_for(&KEY, service, then()), Ok(()));
    assert_eq!(
        request.with_body("other").check_for(&KEY, service, then()),
        Err(SignatureError::Mismatch)
    );
}

const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

#[test]
fn get_vanilla() {
    published(Request::get("/"), VANILLA);
}

#[test]
fn post_vanilla() {
    let signature = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
    published(Request::post("/"), signature);
}

#[test]
fn paths_are_normalized() {
    for path in ["/example/..", "/example1/example2/../..", "/./", "//", ""] {
        published(Request::get(path), VANILLA);
    }
    for (path, signature) in [
        (
            "//example//",
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
        ),
        (
            "/./example",
            "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
        ),
    ] {
        published(Request::get(path), signature);
    }
}

#[test]
fn paths_are_escaped() {
    for (path, signature) in [
        (
            "/example space/",
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        ),
        (
            "/ሴ",
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        ),
        (
            "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        ),
    ] {
        published(Request::get(path), signature);
    }
}

#[test]
fn queries_are_sorted_and_escaped() {
    for (query, signature) in [
        (
            "Param1=value1",
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
        ),
        (
            "Param1=value2&Param1=Value1",
            "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
        ),
        (
            "Param1=value2&Param1=value1",
            "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
        ),
        (
            "Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "ሴ=bar",
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
        ),
        (
            "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
    ] {
        published(Request::get("/").with_query(query), signature);
    }
    let signature = "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11";
    published(Request::post("/").with_query("Param1=value1"), signature);
}

#[test]
fn headers_are_trimmed_and_their_inner_blanks_collapsed() {
    let request = Request::get("/")
        .with("my-header1", " value1")
        .with("my-header2", " \"a   b   c\"");
    let signature = "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736";
    published(request, signature);
}

#[test]
fn repeated_headers_are_joined_in_order_of_arrival() {
    for (values, signature) in [
        (
            &["value4", "value1", "value3", "value2"][..],
            "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
        ),
        (
            &["value2", "value2", "value1"],
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        ),
        (
            &["value1", "value2", "value3"],
            "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790",
        ),
    ] {
        let request = values.iter().fold(Request::get("/"), |request, value| {
            request.with("my-header1", value)
        });
        published(request, signature);
    }
}

#[test]
fn the_case_of_values_matters() {
    for (value, signature) in [
        (
            "value1",
            "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
        ),
        (
            "VALUE1",
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
        ),
    ] {
        published(Request::post("/").with("my-header1", value), signature);
    }
}

#[test]
fn forms_are_signed_as_bodies() {
    let request = Request::post("/").with("content-type", "application/x-www-form-urlencoded");
    let signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
    published(request.with_body("Param1=value1"), signature);
}

#[test]
fn session_tokens_are_signed_headers() {
    let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
    let credentials = kagiban_aws::sigv4::Credentials {
        session_token: Some(token),
        ..KEY
    };
    let request = Request::post("/").signed_with(&credentials);
    assert_eq!(
        request.value("authorization"),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=host;x-amz-date;x-amz-security-token, \
         Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
    );
    assert_eq!(request.check_for(&credentials, "service", then()), Ok(()));
}

#[test]
fn the_example_of_the_iam_user_guide() {
    let request = Request::get("/")
        .without("host")
        .with("host", "iam.amazonaws.com")
        .with("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .with_query("Action=ListUsers&Version=2010-05-08");
    let signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    published_for("iam", request, signature);
}
