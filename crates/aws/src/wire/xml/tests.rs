use insta::assert_snapshot;
use proptest::prelude::*;

use super::{escape, write, write_empty};
use crate::wire::sample::{Sample, Tag, samples};
use crate::{SecretBytes, SecretString, Timestamp};

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

fn written(sample: &Sample) -> String {
    let mut out = Vec::new();
    write(sample, "GetSample", NAMESPACE, "id-1", &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn an_answer_stands_in_its_envelope() {
    let answer = Sample {
        text: Some("<a & \"b\">".to_owned()),
        secret: Some(SecretString::from("s".to_owned())),
        plaintext: Some(SecretBytes::from(b"a".to_vec())),
        count: Some(-1),
        flag: Some(true),
        moment: Some(Timestamp::from_millis(1_769_850_487_999)),
        names: Some(vec![]),
        tags: Some(vec![Tag {
            key: Some("k".to_owned()),
            value: None,
        }]),
        context: Some([("k".to_owned(), "v".to_owned())].into()),
        ..Sample::default()
    };
    assert_snapshot!(written(&answer).replace("><", ">\n<"), @r#"
    <GetSampleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
    <GetSampleResult>
    <Text>&lt;a &amp; &quot;b&quot;&gt;</Text>
    <Secret>s</Secret>
    <Plaintext>YQ==</Plaintext>
    <Count>-1</Count>
    <Flag>true</Flag>
    <Moment>2026-01-31T09:08:07Z</Moment>
    <Names>
    </Names>
    <Tags>
    <member>
    <Key>k</Key>
    </member>
    </Tags>
    <Context>
    <entry>
    <key>k</key>
    <value>v</value>
    </entry>
    </Context>
    </GetSampleResult>
    <ResponseMetadata>
    <RequestId>id-1</RequestId>
    </ResponseMetadata>
    </GetSampleResponse>
    "#);
}

#[test]
fn an_operation_without_output_has_no_result() {
    let mut out = Vec::new();
    write_empty("DeleteUser", NAMESPACE, "id-1", &mut out);
    assert_snapshot!(String::from_utf8(out).unwrap(), @r#"<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DeleteUserResponse>"#);
}

#[test]
fn what_xml_cannot_say_is_replaced() {
    let mut out = Vec::new();
    escape("a\0\u{b}\r\n\tb\u{FFFF}", &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "a\u{FFFD}\u{FFFD}&#13;\n\tb\u{FFFD}"
    );
}

proptest! {
    #[test]
    fn another_parser_reads_the_text_back(sample in samples()) {
        let xml = written(&sample);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let sayable = |text: &String| text.chars().map(replaced).collect::<String>();
        let text = document.descendants().find(|node| node.has_tag_name((NAMESPACE, "Text")));
        let found = text.map(|node| node.text().unwrap_or_default().to_owned());
        prop_assert_eq!(found, sample.text.as_ref().map(sayable));
    }
}

/// The one loss: XML 1.0 has no control characters.
fn replaced(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => c,
        '\0'..' ' | '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
        _ => c,
    }
}
