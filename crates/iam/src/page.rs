//! Lists in pages: `MaxItems`, and a `Marker` that names the last entry shown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::IamError;

/// Which part of a list is asked for.
#[derive(Clone, Debug)]
pub struct Page {
    size: usize,
    after: Option<String>,
}

/// One part of a list.
#[derive(Debug)]
pub struct Slice<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Whether there are more.
    pub is_truncated: Option<bool>,
    /// Where the next page goes on.
    pub marker: Option<String>,
}

impl Page {
    const DEFAULT: usize = 100;
    const MAX: usize = 1000;

    /// Takes `MaxItems` and `Marker`.
    ///
    /// # Errors
    ///
    /// `Invalid Marker.` for what is not one of ours.
    pub fn parse(max_items: Option<i32>, marker: Option<String>) -> Result<Page, IamError> {
        let size = max_items.map_or(Self::DEFAULT, |max| usize::try_from(max).unwrap_or(1));
        Ok(Page {
            size: size.clamp(1, Self::MAX),
            after: marker.map(|marker| last_shown(&marker)).transpose()?,
        })
    }

    /// Cuts the page out of a whole list, whose entries come in the order of their keys.
    pub fn cut<K: AsRef<str>, T>(&self, entries: impl Iterator<Item = (K, T)>) -> Slice<T> {
        let shown = |key: &K| self.after.as_deref().is_some_and(|after| key.as_ref() <= after);
        let mut entries = entries.skip_while(|(key, _)| shown(key)).peekable();
        let mut items = Vec::new();
        let mut last = None;
        while items.len() < self.size
            && let Some((key, item)) = entries.next()
        {
            last = Some(key);
            items.push(item);
        }
        let more = entries.peek().is_some();
        Slice {
            items,
            is_truncated: Some(more),
            marker: last.filter(|_| more).map(|key| marker(key.as_ref())),
        }
    }
}

/// What tells the next page that this entry has been shown.
pub(crate) fn marker(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

fn last_shown(marker: &str) -> Result<String, IamError> {
    URL_SAFE_NO_PAD
        .decode(marker)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| IamError::ValidationError("Invalid Marker.".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTERS: [&str; 5] = ["a", "b", "c", "d", "e"];

    fn page(size: i32, marker: Option<String>) -> Slice<&'static str> {
        let page = Page::parse(Some(size), marker).unwrap();
        page.cut(LETTERS.into_iter().map(|letter| (letter, letter)))
    }

    #[test]
    fn pages_together_are_the_list() {
        for size in 1..7 {
            let mut all = Vec::new();
            let mut marker = None;
            loop {
                let slice = page(size, marker);
                assert!(slice.items.len() <= usize::try_from(size).unwrap());
                all.extend(slice.items);
                assert_eq!(slice.is_truncated, Some(slice.marker.is_some()));
                marker = slice.marker;
                if marker.is_none() {
                    break;
                }
            }
            assert_eq!(all, LETTERS);
        }
    }

    #[test]
    fn a_marker_survives_the_entry_it_names() {
        let marker = page(2, None).marker;
        let rest = Page::parse(None, marker)
            .unwrap()
            .cut(["a", "c", "d"].map(|l| (l, l)).into_iter());
        assert_eq!(rest.items, ["c", "d"]);
    }

    #[test]
    fn a_foreign_marker_is_refused_in_awss_words() {
        for marker in ["!", "_w", "a b"] {
            let refused = Page::parse(None, Some(marker.to_owned())).unwrap_err();
            assert_eq!(refused.to_string(), "Invalid Marker.", "{marker}");
        }
    }
}
