use insta::assert_snapshot;
use proptest::prelude::*;

use super::read::parse;
use super::{read, write};
use crate::wire::Raw;
use crate::wire::sample::{Sample, Tag, samples};
use crate::{Fault, Timestamp};

fn sample(body: &str) -> Sample {
    read(Raw::Json(body.as_bytes())).unwrap()
}

fn refusal(body: &str) -> String {
    let fault = read::<Sample>(Raw::Json(body.as_bytes())).unwrap_err();
    assert_eq!((fault.status, fault.code), (400, "SerializationException"));
    fault.message.unwrap_or_default().into_owned()
}

#[test]
fn an_empty_body_is_an_empty_request() {
    assert_eq!(sample(""), Sample::default());
    assert_eq!(sample("{}"), Sample::default());
}

#[test]
fn null_is_absent_and_unknown_members_are_skipped() {
    let body = r#"{"Text": null, "New": {"Deep": [1, {"x": null}]}, "Count": 3, "Tags": [{"Key": "Env", "Value": null}]}"#;
    let key = Some("Env".to_owned());
    assert_eq!(
        sample(body),
        Sample {
            count: Some(3),
            tags: Some(vec![Tag { key, value: None }]),
            ..Sample::default()
        }
    );
}

#[test]
fn of_members_sent_twice_the_last_counts() {
    assert_eq!(sample(r#"{"Count": 3, "Count": 4}"#).count, Some(4));
}

#[test]
fn escaped_names_are_read() {
    assert_eq!(sample(r#"{"Co\u0075nt": 3}"#).count, Some(3));
}

#[test]
fn whole_numbers_may_have_a_fraction_of_zero() {
    assert_eq!(sample(r#"{"Count": 5.0}"#).count, Some(5));
}

#[test]
fn timestamps_are_read_as_numbers_and_as_text() {
    for text in ["1769850487.25", "\"2026-01-31T09:08:07.250Z\""] {
        let moment = sample(&format!(r#"{{"Moment": {text}}}"#)).moment;
        assert_eq!(moment, Some(Timestamp::from_millis(1_769_850_487_250)), "{text}");
    }
}

#[test]
fn a_wrong_type_is_refused_in_the_words_of_awss_parser() {
    assert_snapshot!(refusal(r#"{"Text": 5}"#), @"NUMBER_VALUE can not be converted to a String");
    assert_snapshot!(refusal(r#"{"Text": true}"#), @"TRUE_VALUE can not be converted to a String");
    assert_snapshot!(refusal(r#"{"Text": {}}"#), @"Start of structure or map found where not expected.");
    assert_snapshot!(refusal(r#"{"Text": []}"#), @"Start of list found where not expected.");
    assert_snapshot!(refusal(r#"{"Count": "5"}"#), @"STRING_VALUE can not be converted to an Integer");
    assert_snapshot!(refusal(r#"{"Count": 5.5}"#), @"NUMBER_VALUE can not be converted to an Integer");
    assert_snapshot!(refusal(r#"{"Count": 5000000000}"#), @"NUMBER_VALUE can not be converted to an Integer");
    assert_snapshot!(refusal(r#"{"Flag": "true"}"#), @"STRING_VALUE can not be converted to a Boolean");
    assert_snapshot!(refusal(r#"{"Names": ["a", 5]}"#), @"NUMBER_VALUE can not be converted to a String");
    assert_snapshot!(refusal(r#"{"Names": ["a", null]}"#), @"Null value found where not expected.");
    assert_snapshot!(refusal(r#"{"Names": "a"}"#), @"STRING_VALUE can not be converted to a List");
    assert_snapshot!(refusal(r#"{"Tags": [[]]}"#), @"Start of list found where not expected.");
    assert_snapshot!(refusal("[]"), @"Start of list found where not expected.");
    assert_snapshot!(refusal("\"x\""), @"STRING_VALUE can not be converted to a Structure");
    assert_snapshot!(refusal("null"), @"Null value found where not expected.");
}

#[test]
fn what_is_no_json_is_refused_without_repeating_it() {
    for body in [
        "{",
        "{\"Text\": hunter2}",
        "{} {}",
        "{\"Text\": \"\\ud800\"}",
        "\u{feff}{}",
    ] {
        assert_eq!(refusal(body), "", "{body}");
    }
}

#[test]
fn depth_costs_no_stack() {
    let (open, close) = ("[".repeat(1_000_000), "]".repeat(1_000_000));
    assert_eq!(sample(&format!("{{\"New\": {open}{close}}}")), Sample::default());
    assert_snapshot!(refusal(&format!("{{\"Names\": {open}{close}}}")), @"Start of list found where not expected.");
}

#[test]
fn a_refusal_never_shows_a_secret() {
    let text = refusal(r#"{"Plaintext": "hunter2!"}"#);
    assert_snapshot!(text, @"STRING_VALUE can not be converted to a Blob");
}

#[test]
fn a_form_is_no_json() {
    assert_eq!(
        read::<Sample>(Raw::Form(b"")).unwrap_err(),
        Fault::bare("SerializationException")
    );
}

#[test]
fn absent_members_are_left_out_and_empty_lists_are_not() {
    let answer = Sample {
        names: Some(vec![]),
        flag: Some(false),
        ..Sample::default()
    };
    let mut out = Vec::new();
    write(&answer, &mut out);
    assert_snapshot!(String::from_utf8(out).unwrap(), @r#"{"Flag":false,"Names":[]}"#);
}

proptest! {
    #[test]
    fn what_is_written_reads_back(sample in samples()) {
        let mut out = Vec::new();
        write(&sample, &mut out);
        prop_assert_eq!(parse::<Sample>(&out), Ok(sample));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read::<Sample>(Raw::Json(&body));
    }
}
