//! `{{ name }}` in a document: where a session's arguments go.
//!
//! A text is gone through once, so an argument that looks like a placeholder stays what it is: whoever
//! starts a session cannot reach for what the document's author did not mention.

use serde_json::Value;

/// A part of a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part<'t> {
    /// As it stands.
    Text(&'t str),
    /// A placeholder: the name, and all of it with its braces.
    Name(&'t str, &'t str),
}

/// The parts of a text, in order.
pub(super) fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (part, after) = next(rest)?;
        rest = after;
        Some(part)
    })
}

fn next(text: &str) -> Option<(Part<'_>, &str)> {
    if text.is_empty() {
        return None;
    }
    if let Some((name, length)) = placeholder(text) {
        let (whole, after) = text.split_at(length);
        return Some((Part::Name(name, whole), after));
    }
    let braces = text.match_indices('{').map(|(at, _)| at);
    let end = braces
        .skip_while(|at| *at == 0)
        .find(|at| placeholder(&text[*at..]).is_some());
    let (part, after) = text.split_at(end.unwrap_or(text.len()));
    Some((Part::Text(part), after))
}

/// Bytes between the braces: a name of Parameter Store's, `ssm:` and some spaces.
const MAX_NAME: usize = 1100;

/// The name and the length of the placeholder that a text begins with.
fn placeholder(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix("{{")?;
    // Only so far, for a text of nothing but braces would take for ever otherwise.
    let near = inner.bytes().take(MAX_NAME);
    let end = near
        .clone()
        .zip(near.skip(1))
        .position(|pair| pair == (b'}', b'}'))?;
    let name = inner[..end].trim_matches(' ');
    is_name(name).then_some((name, end + "{{}}".len()))
}

/// A parameter's name, or a reference such as `ssm:/prod/motd`. Anything else between braces, such as
/// the `{{.Names}}` of other tools, is text.
fn is_name(name: &str) -> bool {
    match name.strip_prefix(REFERENCE) {
        Some(parameter) => !parameter.is_empty() && parameter.bytes().all(is_in_path),
        None => is_parameter_name(name),
    }
}

/// What a reference to Parameter Store begins with.
pub(super) const REFERENCE: &str = "ssm:";

/// Whether a document's parameter may be called so.
pub(super) fn is_parameter_name(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn is_in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b':')
}

/// Whether anything is still to be put in.
pub(super) fn is_open(text: &str) -> bool {
    parts(text).any(|part| matches!(part, Part::Name(..)))
}

/// Calls `use_name` with every placeholder's name in a value, keys of objects excepted.
pub(super) fn each_name<'v>(value: &'v Value, use_name: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => {
            for part in parts(text) {
                if let Part::Name(name, _) = part {
                    use_name(name);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each_name(item, use_name)),
        Value::Object(members) => members.values().for_each(|member| each_name(member, use_name)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A value with what `lookup` knows put in. A text that is one placeholder and nothing else becomes the
/// argument itself, with its type; within a text an argument is text, a list its JSON.
pub(super) fn filled<'a>(value: &Value, lookup: &impl Fn(&str) -> Option<&'a Value>) -> Value {
    match value {
        Value::String(text) => fill_text(text, lookup),
        Value::Array(items) => items.iter().map(|item| filled(item, lookup)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(key, member)| (key.clone(), filled(member, lookup)))
                    .collect(),
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn fill_text<'a>(text: &str, lookup: &impl Fn(&str) -> Option<&'a Value>) -> Value {
    let mut all = parts(text);
    if let (Some(Part::Name(name, _)), None) = (all.next(), all.next()) {
        return lookup(name).cloned().unwrap_or_else(|| text.into());
    }
    let put_in = parts(text).map(|part| match part {
        Part::Text(text) => text.into(),
        Part::Name(name, whole) => lookup(name).map_or_else(|| whole.into(), printed),
    });
    Value::String(put_in.collect())
}

fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn fill(text: &str) -> Value {
        let port = json!("22");
        let names = json!(["a", "b"]);
        let sneaky = json!("{{ port }}");
        let secret = json!("s3");
        filled(&json!(text), &|name| match name {
            "port" => Some(&port),
            "names" => Some(&names),
            "sneaky" => Some(&sneaky),
            "ssm:/motd" => Some(&secret),
            _ => None,
        })
    }

    #[test]
    fn arguments_take_the_place_of_their_names() {
        for (text, expected) in [
            ("{{ port }}", json!("22")),
            ("{{port}}", json!("22")),
            ("{{   port }}/{{ port}}", json!("22/22")),
            ("{{ names }}", json!(["a", "b"])),
            ("in {{ names }}", json!(r#"in ["a","b"]"#)),
            ("{{{port}}}", json!("{22}")),
            ("{{ ssm:/motd }}!", json!("s3!")),
        ] {
            assert_eq!(fill(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_placeholder_stays() {
        for text in [
            "",
            "{{",
            "{{}}",
            "{{ }}",
            "{{.Names}}",
            "{{ a b }}",
            "{ port }",
            "{{ other }}",
            "é{{é}}é",
        ] {
            assert_eq!(fill(text), json!(text));
        }
    }

    #[test]
    fn an_argument_is_not_looked_through_again() {
        assert_eq!(fill("{{ sneaky }}"), json!("{{ port }}"));
        assert_eq!(fill("x {{ sneaky }}"), json!("x {{ port }}"));
    }

    proptest! {
        #[test]
        fn the_parts_of_a_text_are_the_text(text in "[{} a-z:é/.]{0,40}") {
            let put_together: String = parts(&text)
                .map(|part| match part { Part::Text(text) | Part::Name(_, text) => text })
                .collect();
            prop_assert_eq!(put_together, text);
        }
    }
}
