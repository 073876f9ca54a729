//! Pages of what is kept by id.

use kagiban_iam::{Call, With};

use crate::page::Listing;
use crate::{ParameterError, View};

/// A page as a request asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// How many at most.
    pub(crate) most: usize,
    /// Where to go on.
    pub(crate) token: Option<String>,
    /// The request's filters, which tokens are bound to.
    pub(crate) filters: String,
}

impl Page {
    /// Takes `MaxResults`, which the wire has held against its bounds, and `NextToken`.
    pub(crate) fn new(most: Option<i32>, default: usize, token: Option<String>, filters: String) -> Page {
        let most = most.and_then(|most| usize::try_from(most).ok());
        Page {
            most: most.unwrap_or(default),
            token,
            filters,
        }
    }

    /// The items of the page, and the token of the next one. `items` are sorted by the text that comes with
    /// each.
    ///
    /// # Errors
    ///
    /// `InvalidNextToken`.
    pub(crate) fn cut<'i, T>(
        &self,
        action: &'static str,
        items: impl Iterator<Item = (&'i str, T)>,
        (call, view, with): (&Call<'_>, &View<'_>, &With<'_>),
    ) -> Result<(Vec<T>, Option<String>), ParameterError> {
        let listing = Listing {
            action,
            scope: call.scope,
            filters: &self.filters,
        };
        let from = match &self.token {
            Some(token) => view.pages.open(listing, token, with.now)?,
            None => String::new(),
        };
        let mut following = items.skip_while(|(id, _)| *id < from.as_str());
        let page = following.by_ref().take(self.most).map(|(_, item)| item).collect();
        let next = following.next();
        let token = next.map(|(id, _)| view.pages.seal(listing, id, with.now, with.entropy));
        Ok((page, token))
    }
}
