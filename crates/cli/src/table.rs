//! Columns for people: aligned, with a heading, and nothing else drawn.

use crate::style::{Style, safe};

/// Rows under a heading.
pub(crate) struct Table<const N: usize> {
    heading: [&'static str; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(heading: [&'static str; N]) -> Table<N> {
        Table {
            heading,
            rows: Vec::new(),
        }
    }

    /// Adds a row; what would steer the terminal in it is shown instead.
    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| safe(&cell)));
    }

    /// All of it, without a last line break; `empty` when there are no rows.
    pub(crate) fn text(&self, style: Style, empty: &str) -> String {
        if self.rows.is_empty() {
            return empty.to_owned();
        }
        let heading = self.heading.map(str::to_owned);
        let widths: [usize; N] = std::array::from_fn(|column| {
            let rows = self.rows.iter().chain([&heading]);
            rows.map(|row| row[column].chars().count()).max().unwrap_or(0)
        });
        let mut lines = vec![style.paint("1", &line(&heading, &widths))];
        lines.extend(self.rows.iter().map(|row| line(row, &widths)));
        lines.join("\n")
    }
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> String {
    let padded: Vec<String> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:<width$}"))
        .collect();
    padded.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["NAME", "TYPE", "DESCRIPTION"]);
        table.row(["/prod/é".into(), "String".into(), String::new()]);
        table.row(["/a".into(), "SecureString".into(), "steers \u{1b}[2J".into()]);
        insta::assert_snapshot!(table.text(Style::new(false), "none"), @r"
        NAME     TYPE          DESCRIPTION
        /prod/é  String
        /a       SecureString  steers \u{1b}[2J
        ");
        assert_eq!(
            Table::new(["NAME"]).text(Style::new(false), "nothing here"),
            "nothing here"
        );
    }
}
