//! Text on a terminal: colours where they are wanted, and nothing that steers it.

use crate::output;

/// Colours, or none.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    coloured: bool,
}

impl Style {
    pub(crate) fn new(coloured: bool) -> Style {
        Style { coloured }
    }

    /// What standard output takes.
    pub(crate) fn of_output() -> Style {
        Style::new(output::is_coloured())
    }

    /// The text in a colour, given by its number in SGR's terms.
    pub(crate) fn paint(self, code: &str, text: &str) -> String {
        match self.coloured {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

/// Others chose these texts: what steers a terminal is shown, not obeyed.
pub(crate) fn safe(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c.is_control() {
            true => c.escape_default().collect::<Vec<_>>(),
            false => vec![c],
        })
        .collect()
}

/// [`safe`], line by line.
pub(crate) fn readable(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(safe).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_does_not_steer_the_terminal() {
        assert_eq!(
            readable("one\r\ntwo\x1b]0;evil\x07\n"),
            "one\ntwo\\u{1b}]0;evil\\u{7}"
        );
    }
}
