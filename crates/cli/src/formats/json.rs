//! JSON: an object for each level.

use zeroize::Zeroizing;

use super::FormatError;
use super::tree::Node;

pub(super) fn write(root: &Node) -> Result<Zeroizing<String>, FormatError> {
    serde_json::to_string_pretty(root)
        .map(|text| Zeroizing::new(text + "\n"))
        .map_err(|error| FormatError::Content(error.to_string()))
}

/// The parser goes 128 levels deep, of which no name has as many.
pub(super) fn read(text: &str) -> Result<Node, FormatError> {
    serde_json::from_str(text).map_err(|error| {
        let why = error.to_string();
        // The place is told once.
        let why = why
            .rsplit_once(" at line ")
            .map_or(why.as_str(), |(why, _)| why)
            .to_owned();
        FormatError::Syntax {
            line: error.line(),
            why,
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::formats::{Entry, Naming, Syntax};

    #[test]
    fn levels_are_objects_and_a_name_that_is_also_a_level_keeps_its_slash() {
        let entries = [("a", "1"), ("a/b", "2"), ("c/d", "3"), ("c/e/f", "four\n\"'#=ü")];
        let mut entries: crate::formats::Entries = entries
            .map(|(name, value)| (name.to_owned(), Entry::text(value.to_owned())))
            .into();
        let hosts = Entry {
            value: "a,b".to_owned().into(),
            is_list: true,
        };
        entries.insert("hosts".to_owned(), hosts);
        insta::assert_snapshot!(Syntax::Json.write(&entries, &Naming::default()).unwrap().as_str(), @r#"
        {
          "a": "1",
          "a/b": "2",
          "hosts": [
            "a",
            "b"
          ],
          "c": {
            "d": "3",
            "e": {
              "f": "four\n\"'#=ü"
            }
          }
        }
        "#);
    }

    #[test]
    fn what_would_not_read_back_is_refused_where_it_stands() {
        let refused = |text: &str| Syntax::Json.read(text).unwrap_err().to_string();
        insta::assert_snapshot!(refused("{\n\"a\": 1.10}"), @"line 2: a number with a fraction has to be in quotes");
        insta::assert_snapshot!(refused("{\"a\": 123456789012345678901234567890}"), @"line 1: a number of that many digits has to be in quotes");
        insta::assert_snapshot!(refused("{\"a\": null}"), @"line 1: null is no value of a parameter");
        insta::assert_snapshot!(refused("{\"a\": \"hunter2\", \"a\": \"hunter3\"}"), @"line 1: `a` is there twice");
        insta::assert_snapshot!(refused("{\"a\": {\"b\": \"x\"}, \"a/b\": \"y\"}"), @"`a/b` is there twice");
        insta::assert_snapshot!(refused("{\"a\": [\"x,y\"]}"), @"line 1: a list needs items, and an item of a StringList has no comma");
        insta::assert_snapshot!(refused("[\"x\"]"), @"the file has to have names and values");
        let numbers = Syntax::Json.read("{\"port\": 5432, \"on\": true}").unwrap();
        assert_eq!(numbers["port"].value.expose(), "5432");
        assert_eq!(numbers["on"].value.expose(), "true");
    }
}
