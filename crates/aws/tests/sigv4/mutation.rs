//! A signed request with any one bit changed is another request, and refused.

use kagiban_aws::sigv4::{HttpRequest, Presented};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::fixture::{Request, requests};

/// Flips one bit somewhere; `None` if what comes out could not have been received.
fn flipped(request: &Request, place: Index, bit: u8) -> Option<Request> {
    let mut request = request.clone();
    let mut fields = vec![
        std::mem::take(&mut request.method).into_bytes(),
        std::mem::take(&mut request.path).into_bytes(),
        std::mem::take(&mut request.query).into_bytes(),
        std::mem::take(&mut request.body),
    ];
    for (name, value) in std::mem::take(&mut request.headers) {
        fields.extend([name.into_bytes(), value]);
    }
    // Each field first, then each byte of it: else bodies would take nearly all the flips.
    let filled: Vec<usize> = (0..fields.len()).filter(|at| !fields[*at].is_empty()).collect();
    let field = &mut fields[filled[place.index(filled.len())]];
    let at = place.index(field.len());
    field[at] ^= 1 << bit;

    let mut fields = fields.into_iter();
    let mut text = || String::from_utf8(fields.next()?).ok();
    request.method = text()?;
    request.path = text()?;
    request.query = text()?;
    request.body = fields.next()?;
    while let Some(name) = fields.next() {
        request
            .headers
            .push((String::from_utf8(name).ok()?, fields.next()?));
    }
    Some(request)
}

/// `%2f` and `%2F` are one byte in two spellings, and mean the same to whoever reads the query.
fn in_one_spelling(query: &str) -> String {
    let mut parts = query.split('%');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |out, part| match part.split_at_checked(2) {
        Some((digits, rest)) => out + "%" + &digits.to_ascii_uppercase() + rest,
        None => out + "%" + part,
    })
}

fn refuses(signed: &Request, place: Index, bit: u8) -> Result<(), TestCaseError> {
    prop_assert_eq!(signed.check(), Ok(()));
    let Some(changed) = flipped(signed, place, bit) else {
        return Ok(());
    };
    if in_one_spelling(&changed.query) != in_one_spelling(&signed.query) || changed.query == signed.query {
        prop_assert!(changed.check().is_err(), "{changed:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_signed_request_is_refused_after_any_flip_of_a_bit(
        request in requests(), place: Index, bit in 0..8u8,
    ) {
        refuses(&request.signed(), place, bit)?;
    }

    #[test]
    fn a_presigned_request_is_refused_after_any_flip_of_a_bit(
        request in requests(), place: Index, bit in 0..8u8,
    ) {
        refuses(&request.presigned(60), place, bit)?;
    }

    #[test]
    fn a_query_that_presigns_is_refused_after_any_flip_of_a_bit(place: Index, bit in 0..8u8) {
        let signed = Request::get("/").presigned(60);
        let mut query = signed.query.clone().into_bytes();
        let at = place.index(query.len());
        query[at] ^= 1 << bit;
        if let Ok(query) = String::from_utf8(query)
            && in_one_spelling(&query) != in_one_spelling(&signed.query)
        {
            let changed = Request { query, ..signed };
            prop_assert!(changed.check().is_err(), "{changed:?}");
        }
    }

    #[test]
    fn an_authorization_is_refused_after_any_flip_of_a_bit(place: Index, bit in 0..8u8) {
        let mut signed = Request::json().signed();
        let (_, value) = signed.headers.iter_mut().find(|(name, _)| name == "authorization").unwrap();
        let at = place.index(value.len());
        value[at] ^= 1 << bit;
        prop_assert!(signed.check().is_err(), "{signed:?}");
    }

    #[test]
    fn no_header_and_no_query_makes_parsing_panic(
        authorization in prop_oneof![
            "\\PC{0,80}",
            "AWS4-HMAC-SHA256 ((Credential|SignedHeaders|Signature|x)?=?[a-z0-9/;=, ]{0,20},? ?){0,6}",
        ],
        date in prop_oneof!["\\PC{0,40}", "[0-9]{8}T[0-9]{6}Z", "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT"],
        query in prop_oneof!["\\PC{0,80}", "(X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature)=[A-Z0-9a-z%/-]{0,20}&?){0,8}"],
        junk in vec(any::<u8>(), 0..40),
        with_authorization: bool,
    ) {
        let mut headers = vec![("date", date.as_bytes()), ("x-amz-security-token", &junk)];
        if with_authorization {
            headers.push(("authorization", authorization.as_bytes()));
        }
        let request = HttpRequest { method: "GET", path: "/", query: &query, headers: &headers, body: &junk };
        let _ = Presented::parse(&request);
    }
}
