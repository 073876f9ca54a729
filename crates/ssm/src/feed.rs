//! The changes of all accounts, as far as they are remembered, and what of them somebody is told.

use std::cell::LazyCell;
use std::collections::HashMap as Memo;
use std::sync::Arc;

use kagiban_aws::Timestamp;
use kagiban_iam::records::Tag;
use kagiban_iam::{Allowances, Call, Requirement, Scope};
use kagiban_store::{Epoch, HashMap, Reading, Rev};

use crate::changes::{Change, Changes};
use crate::listing::Span;
use crate::{ParameterName, View, access};

/// What somebody must be allowed to do with a parameter to be told of its changes.
const ACTION: &str = "ssm:GetParameter";

/// How many policy decisions one answer may take.
const DECISIONS: usize = 1_000;

/// Bytes that the changes of all accounts may take.
const MOST_BYTES: usize = 64 << 20;

/// What is remembered of all accounts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Feed {
    changes: HashMap<Scope, Arc<Changes>>,
    /// What all of them take.
    bytes: usize,
    /// How the state was read; none while it is.
    reading: Option<Reading>,
    /// The newest revision, whatever it changed.
    revision: Rev,
    /// Where changes of the newest revision wait for their date.
    undated: Vec<Scope>,
}

impl Feed {
    /// One that takes in changes at once, of whatever revision.
    pub(crate) fn of_the_past() -> Feed {
        Feed {
            reading: Some(Reading {
                epoch: Epoch([0; 16]),
                rev: Rev(0),
                recalled_after: Rev(0),
            }),
            ..Feed::default()
        }
    }

    /// Goes on from what was recalled.
    pub(crate) fn begin(&mut self, past: Option<Feed>, reading: Reading) {
        let past = past.unwrap_or_default();
        self.changes = past.changes;
        self.bytes = past.bytes;
        self.revision = reading.rev;
        self.reading = Some(reading);
    }

    /// Whether changes are taken in; while the state is read, nothing has changed.
    pub(crate) fn is_live(&self) -> bool {
        self.reading.is_some()
    }

    pub(crate) fn push(&mut self, scope: Scope, change: Change) {
        self.alter(scope, |changes| changes.push(change));
        while self.bytes > MOST_BYTES {
            let Some(largest) = self.largest() else { break };
            self.alter(largest, Changes::forget_half);
        }
        if !self.undated.contains(&scope) {
            self.undated.push(scope);
        }
    }

    fn alter(&mut self, scope: Scope, change: impl FnOnce(&mut Changes)) {
        let changes = Arc::make_mut(self.changes.entry(scope).or_default());
        self.bytes -= changes.bytes();
        change(changes);
        self.bytes += changes.bytes();
    }

    /// Where most is remembered: there some is forgotten first.
    fn largest(&self) -> Option<Scope> {
        let all = self.changes.iter();
        all.max_by_key(|(_, changes)| changes.bytes())
            .map(|(scope, _)| *scope)
    }

    pub(crate) fn reach(&mut self, revision: Rev) {
        self.revision = self.revision.max(revision);
    }

    /// Whether a date would be of use.
    pub(crate) fn lacks_dates(&self) -> bool {
        !self.undated.is_empty()
    }

    /// Sets when a revision was; of what has gone without a date until then, nobody will say it.
    pub(crate) fn date(&mut self, revision: Rev, date: Timestamp) {
        for scope in std::mem::take(&mut self.undated) {
            Arc::make_mut(self.changes.entry(scope).or_default()).date(revision, date);
        }
    }

    /// The revision of an account's newest change in a Region.
    pub(crate) fn last(&self, scope: Scope) -> Rev {
        let changes = self.changes.get(&scope);
        changes.map_or(Rev(0), |changes| changes.last())
    }

    /// The newest revision.
    pub(crate) fn revision(&self) -> Rev {
        self.revision
    }

    /// What revisions are told apart by: those of another life mean nothing here.
    pub(crate) fn life(&self) -> String {
        let epoch = self.reading.map_or([0; 16], |reading| reading.epoch.0);
        epoch.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// An account's changes in a Region after a revision.
    ///
    /// # Errors
    ///
    /// Some of them may be forgotten, or the revision is none of this store's.
    pub(crate) fn after(&self, scope: Scope, revision: Rev) -> Result<Vec<&Change>, Forgotten> {
        let known = self.reading.map(|reading| reading.recalled_after);
        if known.is_none_or(|known| revision < known) || revision > self.revision {
            return Err(Forgotten);
        }
        match self.changes.get(&scope) {
            Some(changes) => changes.after(revision).map(Iterator::collect).ok_or(Forgotten),
            None => Ok(Vec::new()),
        }
    }
}

/// What happened is no longer known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Forgotten;

/// Whose changes, of which names, after which revision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'q> {
    pub(crate) span: &'q Span,
    pub(crate) after: Rev,
    /// How many are told at most, but for those of one revision, which are told together.
    pub(crate) most: usize,
}

/// Changes that somebody is told.
#[derive(Clone, Debug)]
pub(crate) struct News<'v> {
    pub(crate) changes: Vec<&'v Change>,
    /// Everything up to this revision has been looked at.
    pub(crate) reached: Rev,
    /// Whether there may be more at once.
    pub(crate) more: bool,
}

impl<'v> View<'v> {
    /// What has changed, as far as the caller may read the parameters by themselves.
    ///
    /// # Errors
    ///
    /// Some of it may be forgotten.
    pub(crate) fn news(&self, question: Question<'_>, call: &Call<'_>) -> Result<News<'v>, Forgotten> {
        let feed = self.ssm.feed();
        let all = feed.after(call.scope, question.after)?;
        let allowances = Allowances::of(call, self.iam);
        let mut decided: Memo<(&str, &[Tag]), bool> = Memo::new();
        let newest = LazyCell::new(|| newest_tags(&all));
        let mut news = News {
            changes: Vec::new(),
            reached: question.after,
            more: false,
        };
        for &change in &all {
            let full = news.changes.len() >= question.most || decided.len() >= DECISIONS;
            if full && change.revision > news.reached {
                news.more = true;
                return Ok(news);
            }
            news.reached = change.revision;
            let name = ParameterName::stored(&change.name);
            if !question.span.contains(name.canonical()) {
                continue;
            }
            let may = decided.entry((&change.name, &change.tags)).or_insert_with(|| {
                let then = access::tagged(of_name(&name, call), &change.tags);
                let last_seen = newest.get(&*change.name).copied().unwrap_or_default();
                allowances.has(&self.learning(&name, last_seen, call)) && allowances.has(&then)
            });
            if *may {
                news.changes.push(change);
            }
        }
        news.reached = feed.revision();
        Ok(news)
    }

    /// To read what has changed: with the tags it has now, or had when it was last seen.
    pub(crate) fn learning(&self, name: &ParameterName, last_seen: &[Tag], call: &Call<'_>) -> Requirement {
        if self.parameter(call.scope, name, call.facts.now).is_some() {
            return access::on(ACTION, name, call, self);
        }
        let tags = match self.ssm.deleted(call.scope, name) {
            Some(deleted) => &*deleted.tags,
            None => last_seen,
        };
        access::tagged(of_name(name, call), tags)
    }
}

fn of_name(name: &ParameterName, call: &Call<'_>) -> Requirement {
    Requirement::on(ACTION, name.arn(call.scope), call.scope.account)
}

/// The tags that each parameter had when it was last changed.
fn newest_tags<'c>(all: &[&'c Change]) -> Memo<&'c str, &'c [Tag]> {
    all.iter().map(|change| (&*change.name, &*change.tags)).collect()
}
