//! Asking a person which of several is meant: a number chooses, letters leave those that sound like it.

use crate::failure::Failure;
use crate::prompt;

/// What somebody can pick.
pub(crate) trait Pickable: Clone {
    /// What it is called; the first ones that are not empty.
    fn names(&self) -> Vec<&str>;

    /// Whether somebody who says this means it and nothing else.
    fn is_called(&self, said: &str) -> bool {
        let mut names = self.names().into_iter();
        names.any(|name| !name.is_empty() && name.eq_ignore_ascii_case(said))
    }
}

/// Those that are called so, or, if there are none, those that sound like it: the letters come in this
/// order in one of their names.
pub(crate) fn meant<T: Pickable>(items: &[T], said: &str) -> Vec<T> {
    let called: Vec<T> = items
        .iter()
        .filter(|item| item.is_called(said))
        .cloned()
        .collect();
    match called.is_empty() {
        false => called,
        true => items
            .iter()
            .filter(|item| item.names().iter().any(|name| sounds_like(name, said)))
            .cloned()
            .collect(),
    }
}

/// Asks on the terminal itself, whatever standard input and output are; `table` shows what is left, with
/// numbers from one. Nothing is picked by an empty answer.
///
/// # Errors
///
/// If nobody is there to ask.
pub(crate) fn pick<T: Pickable>(
    items: &[T],
    question: &str,
    table: impl Fn(&[T]) -> String,
) -> Result<Option<T>, Failure> {
    let mut left = items.to_vec();
    let mut remark = "";
    loop {
        let question = format!("{}\n{remark}{question}", table(&left));
        let answer = prompt::line_on_terminal(&question)?;
        match choose(&left, &answer) {
            _ if answer.is_empty() => return Ok(None),
            Choice::One(item) => return Ok(Some(item)),
            Choice::Left(fewer) => (left, remark) = (fewer, ""),
            Choice::Nothing => remark = "Nothing is called so. ",
        }
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Choice<T> {
    One(T),
    Left(Vec<T>),
    Nothing,
}

fn choose<T: Pickable>(items: &[T], answer: &str) -> Choice<T> {
    let number = answer.parse::<usize>().ok();
    if let Some(item) = number.and_then(|number| items.get(number.checked_sub(1)?)) {
        return Choice::One(item.clone());
    }
    let left = meant(items, answer);
    match left.as_slice() {
        [] => Choice::Nothing,
        [only] => Choice::One(only.clone()),
        _ => Choice::Left(left),
    }
}

fn sounds_like(name: &str, said: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    let mut wanted = said.chars().flat_map(char::to_lowercase);
    wanted.all(|wanted| letters.any(|letter| letter == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Pickable for &'static str {
        fn names(&self) -> Vec<&str> {
            vec![self]
        }
    }

    const NAMES: [&str; 3] = ["web-1", "web-2", "webmail"];

    #[test]
    fn a_person_chooses_by_number_or_by_letters() {
        assert_eq!(choose(&NAMES, "2"), Choice::One("web-2"));
        assert_eq!(choose(&NAMES, "WEBMAIL"), Choice::One("webmail"));
        assert_eq!(choose(&NAMES, "wml"), Choice::One("webmail"));
        assert_eq!(choose(&NAMES, "w-"), Choice::Left(vec!["web-1", "web-2"]));
        assert_eq!(choose(&NAMES, "xyz"), Choice::Nothing);
        assert_eq!(choose(&NAMES, "0"), Choice::Nothing);
    }

    #[test]
    fn whole_names_come_before_parts_of_names() {
        assert_eq!(meant(&["a", "ab", "abc"], "AB"), ["ab"]);
        assert_eq!(meant(&["a", "ab", "abc"], "b"), ["ab", "abc"]);
        assert!(meant(&NAMES, "db").is_empty());
    }
}
