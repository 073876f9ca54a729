use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::constrain;
use crate::wire::sample::{Sample, Tag};
use crate::{SecretBytes, SecretString};

fn refusal(sample: &Sample) -> String {
    let fault = constrain(sample, "ValidationException").unwrap_err();
    assert_eq!((fault.status, fault.code), (400, "ValidationException"));
    fault.message.unwrap().into_owned()
}

fn text(text: &str) -> Sample {
    Sample {
        text: Some(text.to_owned()),
        ..Sample::default()
    }
}

fn names(names: &[&str]) -> Sample {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Sample {
        names: Some(names),
        ..Sample::default()
    }
}

fn tags(tags: &[(Option<&str>, &str)]) -> Sample {
    let tag = |(key, value): &(Option<&str>, &str)| Tag {
        key: key.map(str::to_owned),
        value: Some((*value).to_owned()),
    };
    Sample {
        tags: Some(tags.iter().map(tag).collect()),
        ..Sample::default()
    }
}

#[test]
fn what_keeps_the_constraints_passes() {
    let mut sample = names(&["abc", "de"]);
    sample.tags = tags(&[(Some("Env"), "prod")]).tags;
    sample.text = Some("abcde".to_owned());
    assert_eq!(constrain(&sample, "ValidationException"), Ok(()));
    assert_eq!(constrain(&Sample::default(), "ValidationException"), Ok(()));
}

#[test]
fn lengths_are_counted_in_characters() {
    assert_snapshot!(refusal(&text("abcdef")), @"1 validation error detected: Value 'abcdef' at 'text' failed to satisfy constraint: Member must have length less than or equal to 5");
    assert_snapshot!(refusal(&text("a")), @"1 validation error detected: Value 'a' at 'text' failed to satisfy constraint: Member must have length greater than or equal to 2");
    assert_snapshot!(refusal(&text("üüüüü")), @r"1 validation error detected: Value 'üüüüü' at 'text' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+");
}

#[test]
fn a_pattern_is_for_the_whole_value() {
    assert_snapshot!(refusal(&text("a:b")), @r"1 validation error detected: Value 'a:b' at 'text' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+");
    assert_snapshot!(refusal(&text("ab\n")), @r"
    1 validation error detected: Value 'ab
    ' at 'text' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+
    ");
}

#[test]
fn all_that_is_broken_is_reported() {
    assert_snapshot!(refusal(&text("")), @r"2 validation errors detected: Value '' at 'text' failed to satisfy constraint: Member must have length greater than or equal to 2; Value '' at 'text' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+");
}

#[test]
fn numbers_are_held_by_value() {
    let count = |count| {
        refusal(&Sample {
            count: Some(count),
            ..Sample::default()
        })
    };
    assert_snapshot!(count(0), @"1 validation error detected: Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1");
    assert_snapshot!(count(23), @"1 validation error detected: Value '23' at 'count' failed to satisfy constraint: Member must have value less than or equal to 10");
    let size = Sample {
        size: Some(i64::MAX),
        ..Sample::default()
    };
    assert_snapshot!(refusal(&size), @"1 validation error detected: Value '9223372036854775807' at 'size' failed to satisfy constraint: Member must have value less than or equal to 10");
}

#[test]
fn secrets_and_blobs_are_not_printed() {
    let secret = Sample {
        secret: Some(SecretString::from("hunter2".to_owned())),
        ..Sample::default()
    };
    assert_snapshot!(refusal(&secret), @"2 validation errors detected: Value at 'secret' failed to satisfy constraint: Member must have length less than or equal to 3; Value at 'secret' failed to satisfy constraint: Member must satisfy enum value set: [a, b]");
    let plaintext = Sample {
        plaintext: Some(SecretBytes::from(vec![0; 5])),
        ..Sample::default()
    };
    assert_snapshot!(refusal(&plaintext), @"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4");
    let blob = Sample {
        blob: Some(vec![0; 5]),
        ..Sample::default()
    };
    assert_snapshot!(refusal(&blob), @"1 validation error detected: Value at 'blob' failed to satisfy constraint: Member must have length less than or equal to 4");
}

#[test]
fn lists_are_printed_whole() {
    assert_snapshot!(refusal(&names(&[])), @"1 validation error detected: Value '[]' at 'names' failed to satisfy constraint: Member must have length greater than or equal to 1");
    assert_snapshot!(refusal(&names(&["aa", "bb", "cc", "dd"])), @"1 validation error detected: Value '[aa, bb, cc, dd]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 3");
    assert_snapshot!(refusal(&names(&["aa", "", "x"])), @r"1 validation error detected: Value '[aa, , x]' at 'names' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 5, Member must have length greater than or equal to 2, Member must satisfy regular expression pattern: [\w]+]");
}

#[test]
fn what_is_in_a_list_of_structures_has_a_numbered_path() {
    let broken = tags(&[(Some("Env"), "prod"), (None, "x")]);
    assert_snapshot!(refusal(&broken), @"2 validation errors detected: Value null at 'tags.2.member.key' failed to satisfy constraint: Member must not be null; Value 'x' at 'tags.2.member.value' failed to satisfy constraint: Member must have length greater than or equal to 2");
    let many = tags(&[
        (Some("Env"), "prod"),
        (Some("Env"), "prod"),
        (Some("Env"), "prod"),
    ]);
    assert_snapshot!(refusal(&many), @"1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2");
}

#[test]
fn words_outside_their_set_are_refused() {
    assert_snapshot!(refusal(&tags(&[(Some("env"), "prod")])), @"1 validation error detected: Value 'env' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: [Env, Team]");
}

#[test]
fn query_services_do_not_print_a_word_outside_its_set() {
    let fault = constrain(&tags(&[(Some("env"), "prod")]), "ValidationError").unwrap_err();
    assert_eq!(fault.code, "ValidationError");
    assert_snapshot!(fault.message.unwrap(), @"1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: [Env, Team]");
}

#[test]
fn maps_name_their_keys_and_values() {
    let context = [
        ("abcde".to_owned(), "x".to_owned()),
        ("a".to_owned(), "vwxyz".to_owned()),
    ];
    let broken = Sample {
        context: Some(context.into()),
        ..Sample::default()
    };
    assert_snapshot!(refusal(&broken), @"2 validation errors detected: Value '{a=vwxyz, abcde=x}' at 'context' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 4]; Value '{a=vwxyz, abcde=x}' at 'context' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 4]");
}

#[test]
fn a_list_that_is_too_long_is_not_looked_into() {
    let broken = tags(&[(None, "x"), (None, "x"), (None, "x")]);
    assert_snapshot!(refusal(&broken), @"1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2");
}

#[test]
fn a_list_without_a_greatest_length_is_listed_up_to_ten_violations() {
    let unbounded = vec![Tag::default(); 349_000];
    let fault = constrain(&unbounded, "ValidationException").unwrap_err();
    let message = fault.message.unwrap();
    assert!(message.starts_with("10 validation errors detected: Value null at '1.member.key'"));
    assert!(
        message
            .ends_with("Value null at '10.member.key' failed to satisfy constraint: Member must not be null")
    );
    assert_eq!(message.matches("failed to satisfy").count(), 10);
}

#[test]
fn a_long_value_is_cut_and_so_is_a_key_on_the_way() {
    let long = "a".repeat(1_000_000);
    let cut = format!("Value '{}...' at 'text'", "a".repeat(1024));
    assert!(refusal(&text(&long)).contains(&cut));
    let map = BTreeMap::from([(long, Tag::default())]);
    let fault = constrain(&map, "ValidationException").unwrap_err();
    assert!(fault.message.unwrap().len() < 1200);
}

#[test]
fn a_refusal_is_small_whatever_was_sent() {
    let tag = Tag {
        key: Some("\u{10ffff}".repeat(50_000)),
        value: Some("\u{10ffff}".repeat(50_000)),
    };
    let fault = constrain(&vec![tag; 20], "ValidationException").unwrap_err();
    assert!(fault.message.unwrap().len() < 50_000);
}
