//! A key: escaped parts, each after a `/`, so that a prefix never ends inside a part.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

/// Where a record lives, such as `/a/123456789012/us-east-1/ssm/p/%2Fprod%2Fdb`.
///
/// Parts are escaped (`%`, `/` and the zero byte become `%25`, `%2F`, `%00`), so a
/// name with slashes is one part and keeps its order. At most 2 KiB, which
/// [`Txn::check`](crate::Txn::check) enforces.
#[derive(Clone, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key(Bytes);

impl Key {
    /// The key of `parts`, each escaped.
    #[must_use]
    pub fn of<P: AsRef<str>>(parts: &[P]) -> Self {
        let length = parts.iter().map(|part| part.as_ref().len() + 1).sum();
        let mut text = String::with_capacity(length);
        for part in parts {
            text.push('/');
            escape(part.as_ref(), &mut text);
        }
        Self(text.into())
    }

    /// The prefix of all keys.
    #[must_use]
    pub fn root() -> Self {
        Self(Bytes::new())
    }

    /// A key as an engine stored it.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }

    /// This key with one more part.
    #[must_use]
    pub fn join(&self, part: &str) -> Self {
        let mut text = String::with_capacity(self.0.len() + part.len() + 1);
        text.push_str(&String::from_utf8_lossy(&self.0));
        text.push('/');
        escape(part, &mut text);
        Self(text.into())
    }

    /// The prefix of everything below this key, not of this key's longer siblings: it ends in `/`.
    #[must_use]
    pub fn under(&self) -> Self {
        if self.ends_at_boundary() {
            return self.clone();
        }
        Self([&self.0[..], b"/"].concat().into())
    }

    /// The prefix of those keys below this one whose next part begins with `start`.
    ///
    /// For scans only; a transaction's prefixes end at a part's boundary.
    #[must_use]
    pub fn under_starting(&self, start: &str) -> Self {
        self.join(start)
    }

    /// The parts, unescaped.
    pub fn parts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let text = self.0.strip_prefix(b"/").unwrap_or(&self.0);
        text.split(|byte| *byte == b'/').map(unescape)
    }

    /// Whether `prefix`'s bytes begin this key's.
    #[must_use]
    pub fn starts_with(&self, prefix: &Key) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// Whether this, as a prefix, takes in whole parts only.
    #[must_use]
    pub fn ends_at_boundary(&self) -> bool {
        self.0.last().is_none_or(|byte| *byte == b'/')
    }

    /// The escaped bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The length in bytes, escaped.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether this is [`Key::root`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The least key above all that have this prefix; `None` if there is no bound.
    #[must_use]
    pub fn prefix_end(&self) -> Option<Self> {
        let last = self.0.iter().rposition(|byte| *byte != 0xff)?;
        let mut end = self.0[..=last].to_vec();
        end[last] += 1;
        Some(Self(end.into()))
    }

    /// The escaped bytes, shared.
    pub(crate) fn shared(&self) -> Bytes {
        self.0.clone()
    }

    /// The first bytes as a shared slice: the cheap way to a cache's key.
    pub(crate) fn slice(&self, length: usize) -> Bytes {
        self.0.slice(..length)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

/// Escapes byte by byte, so that a prefix of the text becomes a prefix of the key.
fn escape(part: &str, into: &mut String) {
    for c in part.chars() {
        match c {
            '%' => into.push_str("%25"),
            '/' => into.push_str("%2F"),
            '\0' => into.push_str("%00"),
            c => into.push(c),
        }
    }
}

fn unescape(part: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(part);
    if !text.contains('%') {
        return text;
    }
    // `%25` last: undone first, it would make new escapes out of plain text.
    Cow::Owned(text.replace("%00", "\0").replace("%2F", "/").replace("%25", "%"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_with_slashes_is_one_part() {
        let key = Key::of(&["a", "p", "/prod/db"]);
        assert_eq!(key.to_string(), "/a/p/%2Fprod%2Fdb");
        assert_eq!(key.parts().collect::<Vec<_>>(), ["a", "p", "/prod/db"]);
    }

    #[test]
    fn a_prefix_under_a_key_leaves_out_its_longer_siblings() {
        let prefix = Key::of(&["a", "role"]).under();
        assert!(Key::of(&["a", "role", "x"]).starts_with(&prefix));
        assert!(!Key::of(&["a", "roles", "x"]).starts_with(&prefix));
    }

    #[test]
    fn the_end_of_a_prefix_is_above_all_that_have_it() {
        assert_eq!(Key::of(&["a"]).under().prefix_end(), Some(Key::from_bytes("/a0")));
        assert_eq!(Key::root().prefix_end(), None);
    }

    proptest! {
        #[test]
        fn parts_come_back_as_they_were(parts in prop::collection::vec("[%/\0a-c25F0]{0,6}", 1..5)) {
            let key = Key::of(&parts);
            prop_assert_eq!(key.parts().collect::<Vec<_>>(), parts);
        }

        #[test]
        fn the_start_of_a_name_is_a_prefix_of_its_key(start in "[%/ab]{0,4}", rest in "[%/ab]{0,4}") {
            let parent = Key::of(&["a"]);
            let key = parent.join(&[&start[..], &rest].concat());
            prop_assert!(key.starts_with(&parent.under_starting(&start)));
        }
    }
}
