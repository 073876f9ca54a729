use std::sync::OnceLock;

use regex::Regex;

/// A regular expression of the model, compiled when first needed.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    regex: &'static str,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    /// `text` is the model's pattern, which refusals quote; `regex` the same in the dialect of
    /// the `regex` crate, which the generator has seen compile.
    pub const fn new(text: &'static str, regex: &'static str) -> Pattern {
        Pattern {
            text,
            regex,
            compiled: OnceLock::new(),
        }
    }

    /// The pattern as the model has it.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// Whether all of `value` matches. AWS anchors every pattern at both ends.
    pub fn matches(&self, value: &str) -> bool {
        self.compiled.get_or_init(|| self.compile()).is_match(value)
    }

    fn compile(&self) -> Regex {
        Regex::new(&format!(r"\A(?:{})\z", self.regex)).expect("the generator compiled it")
    }
}
