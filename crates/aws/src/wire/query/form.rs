use std::borrow::Cow;
use std::collections::BTreeMap;
use std::mem;

use super::percent::decode;

/// The fields of a form, as a tree: `a.b=1` is the node `b` of the node `a`.
#[derive(Debug, Default)]
pub struct Form<'a> {
    value: Option<Cow<'a, str>>,
    nodes: BTreeMap<Cow<'a, str>, Form<'a>>,
}

/// Most fields of a form. AWS's longest lists have some hundred elements of two or three fields.
const FIELDS: usize = 4096;

/// Most dots in a name: two for each list, one for each structure.
const DEPTH: usize = 12;

impl<'a> Form<'a> {
    /// Most elements of a list; AWS's own models allow no more anywhere in IAM and STS.
    pub(super) const ELEMENTS: usize = 1000;

    /// Reads a form; `None` for a broken escape, too many fields or too deep a name.
    pub fn parse(form: &'a [u8]) -> Option<Form<'a>> {
        let mut root = Form::default();
        for (i, (name, value)) in fields(form).enumerate() {
            if i == FIELDS {
                return None;
            }
            root.place(decode(name)?)?.value = Some(decode(value)?);
        }
        Some(root)
    }

    fn place(&mut self, name: Cow<'a, str>) -> Option<&mut Form<'a>> {
        if name.matches('.').count() > DEPTH {
            return None;
        }
        let steps: Vec<Cow<'a, str>> = match name {
            Cow::Borrowed(name) => name.split('.').map(Cow::Borrowed).collect(),
            Cow::Owned(name) => name.split('.').map(|step| Cow::Owned(step.to_owned())).collect(),
        };
        Some(
            steps
                .into_iter()
                .fold(self, |node, step| node.nodes.entry(step).or_default()),
        )
    }

    /// The node one step down.
    pub(super) fn node(&self, name: &str) -> Option<&Form<'a>> {
        self.nodes.get(name)
    }

    /// What stands after the `=`.
    pub(super) fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// The number of nodes one step down.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }
}

/// Secrets may come in forms; the tree lives as long as the reading of one request.
impl Drop for Form<'_> {
    fn drop(&mut self) {
        if let Some(Cow::Owned(value)) = &mut self.value {
            zeroize::Zeroize::zeroize(&mut mem::take(value));
        }
    }
}

fn fields(form: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    form.split(|byte| *byte == b'&')
        .filter(|field| !field.is_empty())
        .map(|field| {
            let end = field.iter().position(|byte| *byte == b'=').unwrap_or(field.len());
            (&field[..end], field.get(end + 1..).unwrap_or_default())
        })
}

/// What a form asks for, found without reading the rest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Operation<'a> {
    /// `Action`, such as `CreateUser`.
    pub action: Cow<'a, str>,
    /// `Version` of the API; clients that leave it out mean the only one.
    pub version: Option<Cow<'a, str>>,
}

impl<'a> Operation<'a> {
    /// Finds the operation; `None` if there is no readable `Action`.
    ///
    /// The last one counts, as for all members.
    pub fn find(form: &'a [u8]) -> Option<Operation<'a>> {
        let last = |wanted: &[u8]| {
            let of_name = fields(form).filter(|(name, _)| *name == wanted);
            of_name.last().and_then(|(_, value)| decode(value))
        };
        Some(Operation {
            action: last(b"Action")?,
            version: last(b"Version"),
        })
    }
}
