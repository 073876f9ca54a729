//! Pages of listings: KMS's `Limit`, `Marker`, `NextMarker` and `Truncated`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::KmsError;

/// Which part of a listing is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    limit: usize,
    /// The last name of the page before.
    after: Option<String>,
}

/// One page and how to ask for the next.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    /// The page.
    pub(crate) items: Vec<T>,
    /// Where the next begins; none at the end.
    pub(crate) next: Option<String>,
}

impl Page {
    /// Reads `Limit` and `Marker`.
    ///
    /// # Errors
    ///
    /// `InvalidMarker` for one that we did not make.
    pub(crate) fn parse(
        limit: Option<i32>,
        default: usize,
        marker: Option<String>,
    ) -> Result<Page, KmsError> {
        let limit = limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(default);
        let after = marker.map(|marker| {
            let bytes = URL_SAFE_NO_PAD
                .decode(marker)
                .map_err(|_| KmsError::InvalidMarker)?;
            String::from_utf8(bytes).map_err(|_| KmsError::InvalidMarker)
        });
        Ok(Page {
            limit: limit.max(1),
            after: after.transpose()?,
        })
    }

    /// Cuts the page out of items that come in the order of their names.
    pub(crate) fn cut<T>(&self, items: impl Iterator<Item = (String, T)>) -> Listed<T> {
        let after = self.after.as_deref();
        let mut rest = items
            .skip_while(|(name, _)| after.is_some_and(|after| name.as_str() <= after))
            .peekable();
        let mut last = None;
        let mut page = Vec::new();
        while page.len() < self.limit
            && let Some((name, item)) = rest.next()
        {
            page.push(item);
            last = Some(name);
        }
        let next = rest.peek().and(last).map(|last| URL_SAFE_NO_PAD.encode(last));
        Listed { items: page, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_together_are_the_listing() {
        let names: Vec<String> = (0..25).map(|n| format!("{n:02}")).collect();
        let (mut seen, mut marker) = (Vec::new(), None);
        loop {
            let page = Page::parse(Some(10), 100, marker).unwrap();
            let listed = page.cut(names.iter().map(|name| (name.clone(), name.clone())));
            seen.extend(listed.items);
            marker = listed.next;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, names);
    }

    #[test]
    fn a_foreign_marker_is_refused() {
        assert_eq!(
            Page::parse(None, 100, Some("!".into())).unwrap_err(),
            KmsError::InvalidMarker
        );
    }
}
