//! Dotenv: `NAME=value` lines, in the quoting that most readers of them share.
//!
//! There is no one grammar. What is written here is bare where that is safe, in single quotes where those
//! can hold it, and in double quotes with escapes otherwise. Nothing is expanded when it is read.

use zeroize::Zeroizing;

use super::variable::{Variables, check_value, is_name};
use super::{Entries, Entry, FormatError};

pub(super) fn write(variables: &Variables<'_>) -> Result<Zeroizing<String>, FormatError> {
    let mut out = Zeroizing::new(String::new());
    for (name, entry) in variables {
        let value = entry.value.expose();
        check_value(name, value)?;
        out.extend([name.as_str(), "="]);
        quote(&mut out, value);
        out.push('\n');
    }
    Ok(out)
}

fn quote(out: &mut String, value: &str) {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_./:@%+,-".contains(c);
    if !value.is_empty() && value.chars().all(bare) {
        out.push_str(value);
        return;
    }
    if !value.contains(['\'', '\\', '\n', '\r']) {
        out.extend(["'", value, "'"]);
        return;
    }
    out.push('"');
    for c in value.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '"' | '\\' | '$' | '`' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push('"');
}

pub(super) fn read(text: &str) -> Result<Entries, FormatError> {
    let mut entries = Entries::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
        let failed = |why: &str| FormatError::Syntax {
            line,
            why: why.to_owned(),
        };
        let (current, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let trimmed = current.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            rest = after;
            continue;
        }
        let (name, _) = current.split_once('=').ok_or_else(|| failed("there is no `=`"))?;
        let value = &rest[name.len() + 1..];
        let name = name.trim();
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        // Names with dots and dashes are good parameters, though no shell takes them.
        if !is_name(&name.replace(['.', '-'], "_")) {
            return Err(failed(
                "a variable's name has letters, digits and `_`, and does not begin with a digit",
            ));
        }
        let (value, after) = self::value(value).map_err(failed)?;
        if entries.insert(name.to_owned(), Entry::text(value)).is_some() {
            return Err(failed("the variable is there twice"));
        }
        rest = after;
    }
    Ok(entries)
}

/// A value, and what comes after its line.
fn value(text: &str) -> Result<(String, &str), &'static str> {
    let start = text.trim_start_matches([' ', '\t']);
    let Some(quote) = start.chars().next().filter(|c| "'\"".contains(*c)) else {
        let (line, after) = text.split_once('\n').unwrap_or((text, ""));
        let end = [" #", "\t#"].iter().filter_map(|mark| line.find(mark)).min();
        return Ok((line[..end.unwrap_or(line.len())].trim().to_owned(), after));
    };
    let (value, after) = match quote {
        '\'' => {
            let (value, after) = start[1..].split_once('\'').ok_or("a quote is not closed")?;
            (value.to_owned(), after)
        }
        _ => double_quoted(&start[1..]).ok_or("a quote is not closed")?,
    };
    let (left, after) = after.split_once('\n').unwrap_or((after, ""));
    let left = left.trim();
    match left.is_empty() || left.starts_with('#') {
        true => Ok((value, after)),
        false => Err("there is more after the closing quote"),
    }
}

fn double_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                c if "\"\\$`".contains(c) => value.push(c),
                c => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::formats::{Naming, Syntax};

    #[test]
    fn what_people_write_is_understood() {
        let text = "# a comment\n\nexport A = one two # said\nB='lit $x \\n' # said\nC=\"one\\ntwo\n\\\"three\\\"\"\r\nD=a#b=c\nE.f-g=x";
        let entries = Syntax::Dotenv.read(text).unwrap();
        let value = |name: &str| entries[name].value.expose();
        assert_eq!(value("A"), "one two");
        assert_eq!(value("B"), "lit $x \\n");
        assert_eq!(value("C"), "one\ntwo\n\"three\"");
        assert_eq!(value("D"), "a#b=c");
        assert_eq!(value("E.f-g"), "x");
        insta::assert_snapshot!(Syntax::Dotenv.write(&entries, &Naming::default()).unwrap().as_str(), @r#"
        A='one two'
        B="lit \$x \\n"
        C="one\ntwo\n\"three\""
        D='a#b=c'
        E_F_G=x
        "#);
    }

    #[test]
    fn what_is_broken_is_refused_at_its_line() {
        let refused = |text: &str| Syntax::Dotenv.read(text).unwrap_err().to_string();
        insta::assert_snapshot!(refused("A=1\nhunter2\n"), @"line 2: there is no `=`");
        insta::assert_snapshot!(refused("A='x\ny'\nB='hunter2\n"), @"line 3: a quote is not closed");
        insta::assert_snapshot!(refused("A='x' y\n"), @"line 1: there is more after the closing quote");
        insta::assert_snapshot!(refused("A=1\nA=2\n"), @"line 2: the variable is there twice");
    }
}
