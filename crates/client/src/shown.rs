//! Words of others on a terminal: what steers it is shown, not obeyed.
//!
//! Names of machines, reasons of sessions and messages of servers are chosen by whoever controls those. A
//! terminal would take an escape sequence among them for an order, and a reader would be misled by letters
//! that run the other way. Both are written out, as Rust writes them in its literals.

/// The text with everything written out that is no letter to be seen: line ends too.
pub fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match steers(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// The same, line by line.
pub fn readable(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(safe).collect();
    lines.join("\n")
}

/// JSON with the same characters escaped, as JSON has it. Between its texts there are none of them, but for
/// the line ends that `text` was laid out with.
pub fn safe_json(text: &str) -> String {
    // Room for all of it, so that no copy of a secret is left by growing.
    let longer = text.chars().filter(|c| steers(*c)).count() * 12;
    let mut shown = String::with_capacity(text.len() + longer);
    let mut units = [0; 2];
    for c in text.chars() {
        match c != '\n' && steers(c) {
            true => {
                let units = c.encode_utf16(&mut units);
                shown.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
            false => shown.push(c),
        }
    }
    shown
}

/// Control characters of both sets, what turns the direction of writing, what breaks lines by itself, and
/// letters for machines that nobody sees (Unicode's tags).
fn steers(c: char) -> bool {
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    let hides = matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || turns || breaks || hides
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
        assert_eq!(safe("a\nb\tc\u{9b}2J\u{7f}"), "a\\nb\\tc\\u{9b}2J\\u{7f}");
        assert_eq!(safe("\u{202e}txt\u{2066}"), "\\u{202e}txt\\u{2066}");
        let letters = "é 日本 👩\u{200d}🚀";
        assert_eq!(safe(letters), letters);
    }

    #[test]
    fn json_stays_json_and_means_the_same() {
        let evil = "\u{1b}[2J \u{9b}2J \u{7f} \u{202e} \u{2028} \u{e0041} é \\ \"";
        let value = serde_json::json!({ "Name": evil });
        let shown = safe_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(shown.lines().count() == 3 && shown.chars().all(|c| c == '\n' || !steers(c)));
        assert!(shown.contains("\\udb40\\udc41"), "{shown}");
        let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(read, value);
    }
}
