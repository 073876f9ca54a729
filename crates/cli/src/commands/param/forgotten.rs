//! What goes for good when parameters are deleted: those that were deleted earlier under their names.
//!
//! A Kagiban server keeps the last deleted parameter of each name. Whoever is asked before a deletion should
//! know of the older one, as far as one listing tells: what cannot be asked is left out of the question.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde_json::json;

use crate::endpoint::{Service, Target};

/// Names under which something was deleted before.
#[derive(Default)]
pub(super) struct Forgotten(Vec<String>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Deleted {
    name: String,
}

impl Forgotten {
    /// Those that go when parameters of these names are deleted.
    pub(super) fn with(target: &Target, names: &[String]) -> Forgotten {
        Forgotten::asked(target, names).unwrap_or_default()
    }

    fn asked(target: &Target, names: &[String]) -> Option<Forgotten> {
        let client = target.client_beside(Service::Kagiban).ok()?;
        if client.endpoint().is_aws() {
            return None;
        }
        let body = json!({"Path": common_path(names), "MaxResults": 50});
        let deleted: Vec<Deleted> = client.all("ListDeletedParameters", body).ok()?;
        let deleted: BTreeSet<String> = deleted.into_iter().map(|deleted| bare(&deleted.name)).collect();
        let older = names.iter().filter(|name| deleted.contains(&bare(name)));
        Some(Forgotten(older.cloned().collect()))
    }
}

/// Both spellings of a name of one level are one name.
fn bare(name: &str) -> String {
    name.trim_start_matches('/').to_owned()
}

/// The deepest path that all names are below.
fn common_path(names: &[String]) -> &str {
    let parent = |name: &str| name.rfind('/').unwrap_or_default();
    let Some((first, rest)) = names.split_first() else {
        return "/";
    };
    let mut path = &first[..parent(first)];
    for name in rest {
        while !path.is_empty() && !name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')) {
            path = &path[..parent(path)];
        }
    }
    match path {
        "" => "/",
        path => path,
    }
}

/// How many names a question has room for.
const SHOWN: usize = 5;

impl fmt::Display for Forgotten {
    /// Goes behind the question; nothing if nothing goes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Forgotten(names) = self;
        if names.is_empty() {
            return Ok(());
        }
        let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>();
        let more = match names.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = shown.join(", ");
        write!(
            f,
            " What was deleted earlier as {shown}{more} is kept, and is then gone for good."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        common_path(&names).to_owned()
    }

    #[test]
    fn what_is_listed_is_no_more_than_all_names_have_in_common() {
        assert_eq!(path(&["/a/b/c"]), "/a/b");
        assert_eq!(path(&["/a/b/c", "/a/b/d/e"]), "/a/b");
        assert_eq!(path(&["/a/b/c", "/a/bc"]), "/a");
        assert_eq!(path(&["/a/b/c", "/a/b"]), "/a");
        assert_eq!(path(&["/a/b", "bare"]), "/");
        assert_eq!(path(&["/x"]), "/");
        assert_eq!(path(&[]), "/");
    }

    #[test]
    fn the_question_names_some_of_what_goes() {
        let some =
            |count: usize| Forgotten((0..count).map(|number| format!("/{number}")).collect()).to_string();
        assert_eq!(some(0), "");
        insta::assert_snapshot!(some(1), @" What was deleted earlier as /0 is kept, and is then gone for good.");
        assert!(some(7).contains("/4 and 2 more is kept"));
    }
}
