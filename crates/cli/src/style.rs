//! Text on a terminal: colours where they are wanted, and nothing that steers it.

use crate::output;

pub(crate) use kagiban_client::{readable, safe};

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
