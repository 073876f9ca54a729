//! The model's patterns are Java's; ours are the `regex` crate's.

use regex::Regex;

/// Translates a pattern; `None` if the `regex` crate has no words for it (look-around, lone
/// surrogates).
pub(super) fn translate(java: &str) -> Option<String> {
    let mut rust = String::new();
    let mut letters = java.chars();
    while let Some(c) = letters.next() {
        if c != '\\' {
            rust.push(c);
            continue;
        }
        // Java's classes are ASCII unless asked otherwise.
        match letters.next()? {
            'w' => rust.push_str("[0-9A-Za-z_]"),
            'W' => rust.push_str("[^0-9A-Za-z_]"),
            'd' => rust.push_str("[0-9]"),
            'D' => rust.push_str("[^0-9]"),
            's' => rust.push_str(r"[ \t\n\x0B\f\r]"),
            'S' => rust.push_str(r"[^ \t\n\x0B\f\r]"),
            'Z' | 'z' => rust.push_str(r"\z"),
            other => rust.extend(['\\', other]),
        }
    }
    Regex::new(&format!(r"\A(?:{rust})\z")).ok()?;
    Some(rust)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(java: &str, text: &str) -> bool {
        Regex::new(&format!(r"\A(?:{})\z", translate(java).unwrap()))
            .unwrap()
            .is_match(text)
    }

    #[test]
    fn classes_stay_ascii() {
        assert!(matches(r"[\w+=,.@-]+", "a_b+c@d-e"));
        assert!(!matches(r"[\w+=,.@-]+", "ü"));
        assert!(!matches(r"\d+", "٣"));
    }

    #[test]
    fn unicode_properties_and_escapes_are_kept() {
        assert!(matches(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "ключ 1"));
        assert!(matches(r"[\u0020-\u00FF]+", "aÿ"));
        assert!(!matches(r"[\u0020-\u00FF]+", "aĀ"));
        assert!(matches(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/a/"));
        assert!(matches(r"^[a-zA-Z0-9-_.]+$", "a-b_c."));
    }

    #[test]
    fn look_around_has_no_translation() {
        assert_eq!(translate("(?!aws)[a-z]+"), None);
    }
}
