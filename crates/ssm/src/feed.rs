//! The changes of all accounts, as far as they are remembered, and what of them somebody is told.

use std::collections::HashMap as Memo;
use std::sync::Arc;

use kagiban_aws::Timestamp;
use kagiban_iam::{Allowances, Call, Requirement, Scope};
use kagiban_store::{Epoch, HashMap, Reading, Rev};

use crate::changes::{Change, Changes};
use crate::listing::Span;
use crate::{ParameterName, View, access};

/// How many policy decisions one answer may take.
const DECISIONS: usize = 1_000;

/// What is remembered of all accounts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Feed {
    changes: HashMap<Scope, Arc<Changes>>,
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
        self.changes = past.map(|past| past.changes).unwrap_or_default();
        self.revision = reading.rev;
        self.reading = Some(reading);
    }

    /// Whether changes are taken in; while the state is read, nothing has changed.
    pub(crate) fn is_live(&self) -> bool {
        self.reading.is_some()
    }

    pub(crate) fn push(&mut self, scope: Scope, change: Change) {
        Arc::make_mut(self.changes.entry(scope).or_default()).push(change);
        if !self.undated.contains(&scope) {
            self.undated.push(scope);
        }
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
        let mut decided: Memo<&str, bool> = Memo::new();
        let mut news = News {
            changes: Vec::new(),
            reached: question.after,
            more: false,
        };
        for change in all {
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
            let may = decided
                .entry(&change.name)
                .or_insert_with(|| allowances.has(&self.reading(change, &name, call)));
            if *may {
                news.changes.push(change);
            }
        }
        news.reached = feed.revision();
        Ok(news)
    }

    /// To read what has changed: with the tags it has now, or had when it was last seen.
    fn reading(&self, change: &Change, name: &ParameterName, call: &Call<'_>) -> Requirement {
        const ACTION: &str = "ssm:GetParameter";
        if self.parameter(call.scope, name, call.facts.now).is_some() {
            return access::on(ACTION, name, call, self);
        }
        let tags = match self.ssm.deleted(call.scope, name) {
            Some(deleted) => &deleted.tags,
            None => &change.tags,
        };
        let requirement = Requirement::on(ACTION, name.arn(call.scope), call.scope.account);
        access::tagged(requirement, tags)
    }
}
