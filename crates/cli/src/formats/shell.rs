//! Shell: `export NAME='value'` lines, which any POSIX shell evaluates to the same.
//!
//! Read are assignments and nothing else: a file that would run or expand something is refused, since
//! nothing here does.

use zeroize::Zeroizing;

use super::variable::{Variables, check_value, is_name};
use super::{Entries, Entry, FormatError};

pub(super) fn write(variables: &Variables<'_>) -> Result<Zeroizing<String>, FormatError> {
    let mut out = Zeroizing::new(String::new());
    for (name, entry) in variables {
        let value = entry.value.expose();
        check_value(name, value)?;
        out.extend(["export ", name, "='"]);
        for (number, part) in value.split('\'').enumerate() {
            out.extend([if number == 0 { "" } else { "'\\''" }, part]);
        }
        out.push_str("'\n");
    }
    Ok(out)
}

pub(super) fn read(text: &str) -> Result<Entries, FormatError> {
    let mut entries = Entries::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n', ';']);
        if rest.is_empty() {
            return Ok(entries);
        }
        if rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
        let failed = |why: &str| FormatError::Syntax {
            line,
            why: why.to_owned(),
        };
        let assignment = rest
            .strip_prefix("export ")
            .unwrap_or(rest)
            .trim_start_matches(' ');
        let (name, word) = assignment
            .split_once('=')
            .filter(|(name, _)| is_name(name))
            .ok_or_else(|| failed("only assignments are taken, such as export NAME='value'"))?;
        let (value, after) = self::word(word).map_err(failed)?;
        if entries.insert(name.to_owned(), Entry::text(value)).is_some() {
            return Err(failed("the variable is there twice"));
        }
        rest = after;
    }
}

const EXPANDS: &str = "nothing is expanded or run here; put `$`, backticks and the like in single quotes";

/// A word as a shell reads it, and what comes after it.
fn word(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let Some(c) = rest.chars().next() else {
            return Ok((value, rest));
        };
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\n' | ';' | '\r' => return Ok((value, rest)),
            ' ' | '\t' => {
                let next = rest.trim_start_matches([' ', '\t']);
                return match next.starts_with(['\n', '\r', ';', '#']) || next.is_empty() {
                    true => Ok((value, next)),
                    false => Err("only one assignment stands on a line"),
                };
            }
            '\'' => {
                let (quoted, after) = after.split_once('\'').ok_or("a quote is not closed")?;
                value.push_str(quoted);
                after
            }
            '"' => double_quoted(after, &mut value)?,
            '\\' => {
                let escaped = after
                    .chars()
                    .next()
                    .ok_or("there is nothing after the backslash")?;
                if escaped != '\n' {
                    value.push(escaped);
                }
                &after[escaped.len_utf8()..]
            }
            c if "$`&|<>()*?[]{}~!#".contains(c) => return Err(EXPANDS),
            c => {
                value.push(c);
                after
            }
        };
    }
}

fn double_quoted<'a>(text: &'a str, value: &mut String) -> Result<&'a str, &'static str> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok(&text[at + 1..]),
            '$' | '`' => return Err(EXPANDS),
            '\\' => match chars.next().map(|(_, escaped)| escaped) {
                Some('\n') => {}
                Some(c) if "\"\\$`".contains(c) => value.push(c),
                Some(c) => value.extend(['\\', c]),
                None => break,
            },
            c => value.push(c),
        }
    }
    Err("a quote is not closed")
}

#[cfg(test)]
mod tests {
    use crate::formats::{Naming, Syntax};

    #[test]
    fn assignments_are_read_as_a_shell_reads_them() {
        let text = "# said\nA=one; export B='it'\\''s'\"$\"\n";
        assert!(
            Syntax::Shell.read(text).is_err(),
            "a `$` in double quotes expands"
        );
        let text = "# said\nA=one; export B='it'\\''s'\"\\$x\"y # said\nC='two\nlines'\n";
        let entries = Syntax::Shell.read(text).unwrap();
        assert_eq!(entries["A"].value.expose(), "one");
        assert_eq!(entries["B"].value.expose(), "it's$xy");
        insta::assert_snapshot!(Syntax::Shell.write(&entries, &Naming::default()).unwrap().as_str(), @r"
        export A='one'
        export B='it'\''s$xy'
        export C='two
        lines'
        ");
    }

    #[test]
    fn what_would_run_is_refused() {
        for text in [
            "A=$(date)",
            "A=`date`",
            "rm -rf x",
            "A=1 B=2",
            "A=$HOME",
            "A=~/x",
            "A='x",
        ] {
            assert!(Syntax::Shell.read(text).is_err(), "{text}");
        }
    }
}
