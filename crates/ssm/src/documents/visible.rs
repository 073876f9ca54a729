//! The documents that an account can see.

use kagiban_iam::Scope;

use super::{Described, Documents, owned};
use crate::State;

/// Who looks, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visible<'v> {
    pub(crate) scope: Scope,
    pub(crate) state: &'v State,
}

/// A document under the name by which it can be asked for.
type Called<'v> = (String, Described<'v>);

impl<'v> Visible<'v> {
    /// The account's own.
    pub(crate) fn own(self) -> impl Iterator<Item = Called<'v>> {
        let documents = self.state.documents(self.scope).into_iter();
        documents.flat_map(move |documents| {
            let all = documents.all();
            all.filter_map(move |(name, _)| Some((name.to_owned(), described(self.scope, documents, name)?)))
        })
    }

    /// AWS's.
    pub(crate) fn owned(self) -> impl Iterator<Item = Called<'v>> {
        owned::all()
            .iter()
            .map(|owned| (owned.name.to_owned(), Described::owned(owned)))
    }

    /// Those that other accounts share, with this one by name or with everybody.
    pub(crate) fn shared(self, with_everybody: bool) -> Vec<Called<'v>> {
        let me = self.scope.account.to_string();
        let wanted = if with_everybody { "all" } else { &me };
        let mut found = Vec::new();
        for (home, documents) in self.state.all_documents() {
            if home.region != self.scope.region || home.account == self.scope.account {
                continue;
            }
            for (name, document) in documents.all() {
                let Scope { account, region } = home;
                if document.shares.iter().any(|share| *share.account == *wanted)
                    && let Some(described) = described(home, documents, name)
                {
                    found.push((
                        format!("arn:aws:ssm:{region}:{account}:document/{name}"),
                        described,
                    ));
                }
            }
        }
        found
    }
}

fn described<'v>(home: Scope, documents: &'v Documents, name: &'v str) -> Option<Described<'v>> {
    let document = documents.get(name)?;
    let facts = &documents.version(name, document.default)?.facts;
    let latest = documents.versions(name).next_back();
    let latest = latest.map_or(document.default, |version| version.facts.number);
    Some(document.described(name, home, facts, latest))
}
