use insta::assert_snapshot;
use proptest::prelude::*;

use super::{Form, Operation, percent_encode, read};
use crate::wire::Raw;
use crate::wire::sample::{Sample, Tag, samples};
use crate::{Fault, Timestamp};

fn sample(form: &str) -> Sample {
    let form = Form::parse(form.as_bytes()).unwrap();
    super::Structure::pick(&form).unwrap()
}

fn refusal(form: &str) -> String {
    let fault = read::<Sample>(Raw::Form(form.as_bytes())).unwrap_err();
    assert_eq!((fault.status, fault.code), (400, "MalformedInput"));
    fault.message.unwrap_or_default().into_owned()
}

fn tag(key: &str, value: Option<&str>) -> Tag {
    Tag {
        key: Some(key.to_owned()),
        value: value.map(str::to_owned),
    }
}

#[test]
fn the_operation_is_found_without_reading_the_rest() {
    let found = Operation::find(b"UserName=%zz&Action=CreateUser&Version=2010-05-08").unwrap();
    assert_eq!(
        (found.action.as_ref(), found.version.as_deref()),
        ("CreateUser", Some("2010-05-08"))
    );
    assert_eq!(Operation::find(b"Version=2010-05-08"), None);
    assert_eq!(Operation::find(b""), None);
}

#[test]
fn lists_and_maps_are_numbered_from_one() {
    let read = sample(
        "Action=X&Tags.member.2.Key=b&Tags.member.1.Key=a&Tags.member.1.Value=1+2&Names.member.1=%2F\
         &Context.entry.1.key=k&Context.entry.1.value=v&Moment=2026-01-31T09%3A08%3A07Z&Flag=true&Count=-3",
    );
    assert_eq!(read.tags, Some(vec![tag("a", Some("1 2")), tag("b", None)]));
    assert_eq!(read.names, Some(vec!["/".to_owned()]));
    assert_eq!(read.context.unwrap()["k"], "v");
    assert_eq!(read.moment, Some(Timestamp::from_seconds(1_769_850_487)));
    assert_eq!((read.flag, read.count), (Some(true), Some(-3)));
}

#[test]
fn more_than_nine_members_stay_in_order() {
    let form: Vec<String> = (1..=12).map(|i| format!("Names.member.{i}=n{i}")).collect();
    let wanted: Vec<String> = (1..=12).map(|i| format!("n{i}")).collect();
    assert_eq!(sample(&form.join("&")).names, Some(wanted));
}

#[test]
fn nothing_after_the_sign_is_an_empty_list_or_text() {
    let read = sample("Tags=&Text=&Context=");
    assert_eq!((read.tags, read.text.as_deref()), (Some(vec![]), Some("")));
    assert!(read.context.unwrap().is_empty());
}

#[test]
fn of_members_sent_twice_the_last_counts() {
    assert_eq!(sample("Text=a&Text=b").text.as_deref(), Some("b"));
    assert_eq!(Operation::find(b"Action=A&Action=B").unwrap().action, "B");
}

#[test]
fn what_cannot_be_read_is_refused() {
    assert_snapshot!(refusal("Count=x"), @"STRING_VALUE can not be converted to an Integer");
    assert_snapshot!(refusal("Flag=1"), @"STRING_VALUE can not be converted to a Boolean");
    assert_snapshot!(refusal("Text=%zz"), @"The form cannot be read.");
    assert_snapshot!(refusal("Names.member.2=x"), @"The members of a list are not numbered from 1 without gaps.");
    assert_snapshot!(refusal("Names.member.1.x=x"), @"A member of a list has no value.");
    assert_snapshot!(refusal("Context.entry.1.key=x"), @"An entry of a map is incomplete.");
}

#[test]
fn sizes_are_bounded() {
    let many: Vec<String> = (1..=1001).map(|i| format!("Names.member.{i}=x")).collect();
    assert_snapshot!(refusal(&many.join("&")), @"A list has more than 1000 members.");
    assert_snapshot!(refusal(&"x=1&".repeat(4097)), @"The form cannot be read.");
    assert_snapshot!(refusal(&"a.".repeat(20)), @"The form cannot be read.");
    assert_snapshot!(refusal("Names.member.4294967297=x"), @"The members of a list are not numbered from 1 without gaps.");
}

#[test]
fn constraints_are_held_with_the_code_of_query_services() {
    let fault = read::<Sample>(Raw::Form(b"Count=11")).unwrap_err();
    let text = "1 validation error detected: Value '11' at 'count' failed to satisfy constraint: \
                Member must have value less than or equal to 10";
    assert_eq!(fault, Fault::sender("ValidationError", text));
}

/// The sample as a client would send it.
fn form(sample: &Sample) -> String {
    let mut fields = Vec::new();
    let mut field = |name: String, value: &str| {
        fields.push(format!("{}={}", percent_encode(&name), percent_encode(value)));
    };
    if let Some(text) = &sample.text {
        field("Text".to_owned(), text);
    }
    if let Some(size) = sample.size {
        field("Size".to_owned(), &size.to_string());
    }
    for (i, name) in (1..).zip(sample.names.iter().flatten()) {
        field(format!("Names.member.{i}"), name);
    }
    for (i, (key, value)) in (1..).zip(sample.context.iter().flatten()) {
        field(format!("Context.entry.{i}.key"), key);
        field(format!("Context.entry.{i}.value"), value);
    }
    fields.join("&")
}

proptest! {
    #[test]
    fn what_a_client_sends_is_read(sent in samples()) {
        let read = sample(&form(&sent));
        prop_assert_eq!(read.text, sent.text);
        prop_assert_eq!(read.size, sent.size);
        prop_assert_eq!(read.names.unwrap_or_default(), sent.names.unwrap_or_default());
        prop_assert_eq!(read.context.unwrap_or_default(), sent.context.unwrap_or_default());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(form in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Operation::find(&form);
        let _ = read::<Sample>(Raw::Form(&form));
    }

    #[test]
    fn no_form_makes_the_reader_panic(form in "((Names|Tags|Context|Text|Count)(\\.(member|entry|[0-9]{1,3}|Key|key)){0,4}=[a-z0-9%+]{0,4}&){0,12}") {
        let _ = read::<Sample>(Raw::Form(form.as_bytes()));
    }
}
