//! TOML: a table for each level.

use zeroize::Zeroizing;

use super::FormatError;
use super::tree::Node;

pub(super) fn write(root: &Node) -> Result<Zeroizing<String>, FormatError> {
    toml::to_string(root)
        .map(Zeroizing::new)
        .map_err(|error| FormatError::Content(error.to_string()))
}

/// The parser goes 80 levels deep, of which no name has as many.
pub(super) fn read(text: &str) -> Result<Node, FormatError> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        FormatError::Syntax {
            line: before.map_or(1, |before| before.matches('\n').count() + 1),
            // Its full text would repeat the line.
            why: error.message().to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::formats::{Naming, Syntax};

    #[test]
    fn tables_are_levels() {
        let text = "x = 'hunter2'\nport = 5432\n[db]\nurl = \"a\\nb\"\nhosts = ['a', 'b']\n[db.pool]\nsize = '1.10'\n";
        let entries = Syntax::Toml.read(text).unwrap();
        let names: Vec<&String> = entries.keys().collect();
        assert_eq!(names, ["db/hosts", "db/pool/size", "db/url", "port", "x"]);
        insta::assert_snapshot!(Syntax::Toml.write(&entries, &Naming::default()).unwrap().as_str(), @r#"
        port = "5432"
        x = "hunter2"

        [db]
        hosts = ["a", "b"]
        url = """
        a
        b"""

        [db.pool]
        size = "1.10"
        "#);
    }

    #[test]
    fn a_message_has_the_line_and_nothing_of_it() {
        let refused = |text: &str| Syntax::Toml.read(text).unwrap_err().to_string();
        let broken = refused("a = 'x'\nb = 'hunter2\n");
        assert!(
            broken.starts_with("line 2: ") && !broken.contains("hunter2"),
            "{broken}"
        );
        insta::assert_snapshot!(refused("a = 'x'\nb = 1.5\n"), @"line 2: a number with a fraction has to be in quotes");
        insta::assert_snapshot!(refused("b = 2026-01-01\n"), @"line 1: a date has to be in quotes");
    }
}
