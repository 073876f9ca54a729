//! A file in the dialect of `~/.aws/config`: read with places, so that a change touches nothing else.
//!
//! The dialect is what botocore makes of Python's `configparser`: settings go on over lines that are
//! indented deeper, a setting that begins with an empty line holds settings of its own (`s3 =`),
//! whole lines that begin with `#` or `;` are comments. The text itself is kept, to the byte.
//!
//! DIFFERS: a comment may also follow a value after a blank, as AWS's other SDKs have it (botocore
//! takes it for part of the value); sections and settings that come twice are put together, and lines
//! that mean nothing are passed over, where botocore refuses the whole file.

use std::ops::Range;

/// The longest file that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 4 << 20;

/// A file's text, and what stands where in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    text: String,
    sections: Vec<Section>,
    /// The numbers of lines that mean nothing.
    strays: Vec<usize>,
}

/// From a header to the next.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// What stands between the brackets, with single blanks.
    pub(crate) header: String,
    pub(crate) settings: Vec<Setting>,
    /// Its bytes, from the header's line to the line before the next header.
    span: Range<usize>,
    /// Where its last line with a meaning ends.
    end: usize,
}

/// A name and a value.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// In lower case: names of settings are the same in any case.
    pub(crate) name: String,
    pub(crate) value: String,
    /// The settings within, if it has nothing but those.
    pub(crate) nested: Vec<(String, String)>,
    /// How deep its line is indented.
    indent: usize,
}

impl Document {
    /// Reads any text; there is none that cannot be read.
    pub(crate) fn parse(text: String) -> Document {
        let mut sections: Vec<Section> = Vec::new();
        let mut strays = Vec::new();
        let mut start = 0;
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let span = start..start + line.len();
            start = span.end;
            if !take(&mut sections, line, span) {
                strays.push(number);
            }
        }
        let ends: Vec<usize> = sections.iter().skip(1).map(|next| next.span.start).collect();
        for (section, end) in sections.iter_mut().zip(ends.into_iter().chain([text.len()])) {
            section.span.end = end;
            section.settings.iter_mut().for_each(Setting::finish);
        }
        Document {
            text,
            sections,
            strays,
        }
    }

    /// The numbers of lines that mean nothing, counted from one.
    pub(crate) fn strays(&self) -> &[usize] {
        &self.strays
    }

    /// The number of the line that a section begins in.
    pub(crate) fn line(&self, section: &Section) -> usize {
        self.text[..section.span.start].matches('\n').count() + 1
    }

    /// The text, as it was read or changed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// In the order of the file.
    pub(crate) fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The text with a section more, at the end, in the file's own kind of line breaks.
    pub(crate) fn with(&self, header: &str, settings: &[(&str, &str)]) -> Document {
        let line_break = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut text = self.text.clone();
        if !text.is_empty() {
            let apart = if text.ends_with('\n') { 1 } else { 2 };
            text.push_str(&line_break.repeat(apart));
        }
        text.push_str(&format!("[{header}]{line_break}"));
        for (name, value) in settings {
            text.push_str(&format!("{name}={value}{line_break}"));
        }
        Document::parse(text)
    }

    /// The text without the sections of this header; comments and blank lines after their last setting
    /// stay, since they may belong to what follows.
    pub(crate) fn without(&self, header: &str) -> Document {
        let mut text = self.text.clone();
        for section in self
            .sections
            .iter()
            .rev()
            .filter(|section| section.header == header)
        {
            let rest = &self.text[section.end..section.span.end];
            let blank = rest
                .split_inclusive('\n')
                .next()
                .filter(|line| line.trim().is_empty());
            text.replace_range(section.span.start..section.end + blank.map_or(0, str::len), "");
        }
        Document::parse(text)
    }
}

/// What a line adds to the sections before it; `false` if it means nothing.
fn take(sections: &mut Vec<Section>, line: &str, span: Range<usize>) -> bool {
    let content = line.trim_start_matches('\u{feff}').trim();
    let indent = line.chars().take_while(|c| c.is_whitespace()).count();
    let open = sections
        .last_mut()
        .and_then(|section| section.settings.last_mut());
    if content.is_empty() {
        if let Some(setting) = open {
            setting.value.push('\n');
        }
        return true;
    }
    if content.starts_with(['#', ';']) {
        return true;
    }
    if let Some(setting) = open.filter(|setting| indent > setting.indent) {
        setting.value.push('\n');
        setting.value.push_str(content);
        ends(sections, span.end);
    } else if let Some((header, _)) = content.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let words: Vec<&str> = header.split_whitespace().collect();
        sections.push(Section {
            header: words.join(" "),
            settings: Vec::new(),
            end: span.end,
            span,
        });
    } else if let Some(section) = sections.last_mut()
        && let Some((name, value)) = content.split_once(['=', ':'])
    {
        section.settings.push(Setting {
            name: name.trim().to_lowercase(),
            value: uncommented(value).to_owned(),
            nested: Vec::new(),
            indent,
        });
        section.end = span.end;
    } else {
        return false;
    }
    true
}

fn ends(sections: &mut [Section], end: usize) {
    if let Some(section) = sections.last_mut() {
        section.end = end;
    }
}

impl Setting {
    /// All its lines are known: what is it?
    fn finish(&mut self) {
        self.value.truncate(self.value.trim_end().len());
        if self.value.starts_with('\n') {
            let pairs = self.value.lines().filter_map(|line| line.split_once('='));
            self.nested = pairs
                .map(|(name, value)| (name.trim().to_lowercase(), uncommented(value).to_owned()))
                .collect();
            self.value.clear();
        }
    }
}

impl Section {
    /// A setting's value; the last one counts.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.settings.iter().rev();
        all.find(|setting| setting.name == name)
            .map(|setting| setting.value.as_str())
    }

    /// The name in a header of two words, such as `profile dev`; `default` is a profile without it.
    pub(crate) fn named(&self, kind: &str) -> Option<&str> {
        if kind == "profile" && self.header == "default" {
            return Some("default");
        }
        let name = self.header.strip_prefix(kind)?.strip_prefix(' ')?;
        for quote in ['"', '\''] {
            if let Some(name) = name.strip_prefix(quote) {
                return name.strip_suffix(quote).filter(|name| !name.is_empty());
            }
        }
        (!name.contains(' ')).then_some(name)
    }
}

/// A comment after a value begins after a blank: a `#` may belong to a value.
fn uncommented(value: &str) -> &str {
    let marks = [" #", " ;", "\t#", "\t;"];
    let end = marks.iter().filter_map(|mark| value.find(mark)).min();
    value[..end.unwrap_or(value.len())].trim()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UGLY: &str = "# mine\r\n\r\n[default]\r\nregion = eu-west-1\r\n[profile   dev]\r\n\
        REGION: us-east-1 # here\r\nsso_start_url = https://x.example/start#/\r\n; no\r\n\
        s3 =\r\n  max_queue = 1\r\n  # in between\r\n  addressing_style = path\r\n\r\n\
        # about prod\r\n[profile \"a b\"]\r\n  region = x\r\n  output = json\r\nlong = one\r\n two\r\nnonsense";

    #[test]
    fn the_dialects_traits_are_understood() {
        let document = Document::parse(UGLY.to_owned());
        let names: Vec<_> = document.sections().iter().map(|s| s.named("profile")).collect();
        assert_eq!(names, [Some("default"), Some("dev"), Some("a b")]);
        let [_, dev, spaced] = document.sections() else {
            panic!()
        };
        assert_eq!(dev.get("region"), Some("us-east-1"));
        assert_eq!(dev.get("sso_start_url"), Some("https://x.example/start#/"));
        let s3 = &dev.settings[2];
        assert_eq!((s3.name.as_str(), s3.nested.len()), ("s3", 2));
        assert_eq!(s3.nested[1], ("addressing_style".into(), "path".into()));
        assert_eq!(spaced.get("output"), Some("json"));
        assert_eq!(spaced.get("long"), Some("one\ntwo"));
    }

    #[test]
    fn a_change_leaves_every_other_byte_alone() {
        let document = Document::parse(UGLY.to_owned());
        let without = document.without("profile dev");
        assert!(!without.text().contains("max_queue"));
        assert!(
            without.text().contains("# about prod\r\n[profile \"a b\"]"),
            "{}",
            without.text()
        );
        let with = document.with("profile new", &[("mfa_serial", "arn")]);
        let added = with.text().strip_prefix(UGLY).unwrap();
        assert_eq!(added, "\r\n\r\n[profile new]\r\nmfa_serial=arn\r\n");
        assert_eq!(Document::default().with("default", &[]).text(), "[default]\n");
    }

    proptest! {
        #[test]
        fn what_is_read_is_kept_to_the_byte(text in "(\\[[a-z \"]{0,9}\\]?|[a-zA-Z]{0,4} ?[=:] ?[a-z#; ]{0,5}|[ \\t]{1,3}[a-z]?=?[a-z]?|[#;].{0,4}|\\PC{0,5}|\r?\n){0,30}") {
            let document = Document::parse(text.clone());
            prop_assert_eq!(document.text(), text.as_str());
            let spans: String = document.sections().iter().map(|s| &text[s.span.clone()]).collect();
            prop_assert!(text.ends_with(&spans), "sections cover the file from the first header on");
        }

        #[test]
        fn what_is_added_is_found_and_can_be_taken_away(text in "(\\[[a-z ]{0,9}\\]|[a-z]{0,4}=[a-z]{0,5}|\n){0,20}") {
            let document = Document::parse(text);
            let with = document.with("profile 0", &[("region", "x")]);
            let last = with.sections().last().unwrap();
            prop_assert_eq!((last.named("profile"), last.get("region")), (Some("0"), Some("x")));
            prop_assert!(with.without("profile 0").text().starts_with(document.text()));
        }
    }
}
