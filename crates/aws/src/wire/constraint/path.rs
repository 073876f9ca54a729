use std::fmt;

use super::excerpt::Excerpt;

/// Where a value stands in the request, such as `tags.2.member.value`.
///
/// A chain of borrowed steps: a request that breaks nothing allocates nothing.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Member(&'static str),
    Element(usize),
    Entry(&'a str),
}

impl<'a> Path<'a> {
    /// The request itself.
    pub(super) const ROOT: Path<'static> = Path {
        parent: None,
        step: Step::Root,
    };

    pub(super) fn member(&'a self, name: &'static str) -> Path<'a> {
        self.then(Step::Member(name))
    }

    pub(super) fn element(&'a self, index: usize) -> Path<'a> {
        self.then(Step::Element(index))
    }

    pub(super) fn entry(&'a self, key: &'a str) -> Path<'a> {
        self.then(Step::Entry(key))
    }

    fn then(&'a self, step: Step<'a>) -> Path<'a> {
        Path {
            parent: Some(self),
            step,
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent
            && parent.parent.is_some()
        {
            write!(f, "{parent}.")?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Member(name) => {
                let (first, rest) = name.split_at(1); // the model's names are ASCII
                write!(f, "{}{rest}", first.to_ascii_lowercase())
            }
            Step::Element(index) => write!(f, "{}.member", index + 1),
            Step::Entry(key) => write!(f, "{}.member", Excerpt(key)),
        }
    }
}
