//! Wildcards, variables and ARNs, one character at a time.

/// One step of a pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sign {
    Char(char),
    /// `?`
    One,
    /// `*`
    Run,
}

/// A pattern without variables.
pub(crate) fn signs(text: &str) -> Vec<Sign> {
    text.chars().map(sign).collect()
}

fn sign(char: char) -> Sign {
    match char {
        '*' => Sign::Run,
        '?' => Sign::One,
        char => Sign::Char(char),
    }
}

pub(crate) fn like(pattern: &[Sign], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((Sign::Run, rest)), None) => like(rest, text),
        (Some((Sign::Run, rest)), Some((_, fewer))) => like(rest, text) || like(pattern, fewer),
        (Some((Sign::One, rest)), Some((_, fewer))) => like(rest, fewer),
        (Some((Sign::Char(wanted), rest)), Some((char, fewer))) => wanted == char && like(rest, fewer),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// A pattern of ARNs in its six parts; a shorter one must end in `*`, which stands for what is missing.
pub(crate) fn split(pattern: &[Sign]) -> Option<Vec<Vec<Sign>>> {
    let mut parts: Vec<Vec<Sign>> = pattern
        .splitn(6, |sign| *sign == Sign::Char(':'))
        .map(<[Sign]>::to_vec)
        .collect();
    while parts.len() < 6 {
        if pattern.last() != Some(&Sign::Run) {
            return None;
        }
        parts.push(vec![Sign::Run]);
    }
    like(&parts[0], &['a', 'r', 'n']).then_some(parts)
}

pub(crate) fn same_parts(pattern: &[Vec<Sign>], arn: &[&str]) -> bool {
    pattern
        .iter()
        .zip(arn)
        .all(|(pattern, part)| like(pattern, &part.chars().collect::<Vec<_>>()))
}

/// Whether the text is an ARN, and if so its parts.
pub(crate) fn arn(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    (parts.len() == 6 && parts[0] == "arn").then_some(parts)
}

/// What stands in a text before its first wildcard or variable.
pub(crate) fn prefix(text: &str) -> String {
    let mut prefix = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if "*?".contains(char) || variable(rest).is_some() {
            break;
        }
        prefix.push(char);
        rest = &rest[char.len_utf8()..];
    }
    prefix
}

pub(crate) fn has_variables(text: &str) -> bool {
    text.char_indices().any(|(at, _)| variable(&text[at..]).is_some())
}

/// The pattern with its variables replaced; `None` if one has neither value nor default.
pub(crate) fn fill(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<Vec<Sign>> {
    let mut signs = Vec::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some((inside, after)) = variable(rest) {
            let filled = replaced(inside, value)?;
            signs.extend(filled.chars().map(Sign::Char));
            rest = after;
        } else {
            signs.push(sign(char));
            rest = &rest[char.len_utf8()..];
        }
    }
    Some(signs)
}

fn replaced(inside: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if ["*", "?", "$"].contains(&inside) {
        return Some(inside.to_owned());
    }
    let (name, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((name, default)) => (name, Some(default.trim().trim_matches('\'').to_owned())),
    };
    value(name.trim()).or(default)
}

/// A variable at the start of the text: what is between its braces, and what comes after.
fn variable(text: &str) -> Option<(&str, &str)> {
    let (inside, after) = text.strip_prefix("${")?.split_once('}')?;
    let (name, default) = inside.split_once(',').unwrap_or((inside, "''"));
    let default = default.trim();
    let quoted = default.len() > 1 && default.starts_with('\'') && default.ends_with('\'');
    (!name.trim().is_empty() && quoted).then_some((inside, after))
}
