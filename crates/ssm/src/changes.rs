//! What happened to parameters lately: kept in memory for those who watch.
//!
//! A change is told by comparing a record with the one before it, as the store's changes are applied,
//! so no operation has to report what it does. Values are not kept. The last changes of each account
//! and Region are remembered; when the state is read at the start, the store's own history is gone
//! through first, so a watcher can go on where it was before a restart.

use std::sync::Arc;

use imbl::Vector;
use kagiban_aws::Timestamp;
use kagiban_iam::records::Tag;
use kagiban_store::Rev;

use crate::records::{Parameter, ParameterType};

/// How many changes are remembered of an account in a Region.
pub(crate) const REMEMBERED: usize = 10_000;

/// Bytes that they may take: tags are as long as their makers want them.
pub(crate) const REMEMBERED_BYTES: usize = 8 << 20;

/// What a change takes beside its texts.
const BYTES: usize = 160;

/// What happened to a parameter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChangeKind {
    /// A new version, or a new parameter.
    Put,
    /// It is gone.
    Delete,
    /// Labels were moved, added or removed.
    Label,
    /// Tags were.
    Tag,
}

impl ChangeKind {
    /// As clients get it.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Put => "Put",
            ChangeKind::Delete => "Delete",
            ChangeKind::Label => "Label",
            ChangeKind::Tag => "Tag",
        }
    }
}

/// Something that happened to a parameter.
#[derive(Clone, Debug)]
pub struct Change {
    /// What it was.
    pub kind: ChangeKind,
    /// The parameter, as its maker spelled it.
    pub name: Box<str>,
    /// The newest version after the change; before it, if the parameter was deleted. Not known of a
    /// deletion before the server's start, sometimes.
    pub version: Option<i64>,
    /// Its type.
    pub r#type: Option<ParameterType>,
    /// When it was.
    pub date: Timestamp,
    /// The revision that brought it.
    pub revision: Rev,
    /// The parameter's tags, which policies may ask for.
    pub(crate) tags: Box<[Tag]>,
}

impl Change {
    /// What a record's change means; none if it means nothing to others. The date is that of the
    /// newest version, until a better one is known.
    pub(crate) fn of(
        name: &str,
        before: Option<&Parameter>,
        after: Option<&Parameter>,
        revision: Rev,
    ) -> Option<Change> {
        let kind = match (before, after) {
            (Some(before), Some(after)) => difference(before, after)?,
            (None, Some(_)) => ChangeKind::Put,
            (_, None) => ChangeKind::Delete,
        };
        let told = after.or(before);
        Some(Change {
            kind,
            name: told.map_or_else(|| name.into(), |told| told.name.clone()),
            version: told.map(|told| told.current.number),
            r#type: told.map(|told| told.current.value.kind()),
            date: told.map_or(Timestamp::from_seconds(0), |told| told.current.modified),
            revision,
            tags: told.map(|told| told.tags.clone()).unwrap_or_default(),
        })
    }

    fn bytes(&self) -> usize {
        let tags = self
            .tags
            .iter()
            .map(|tag| BYTES + tag.key.len() + tag.value.len());
        BYTES + self.name.len() + tags.sum::<usize>()
    }
}

fn difference(before: &Parameter, after: &Parameter) -> Option<ChangeKind> {
    let version = |parameter: &Parameter| {
        let current = &parameter.current;
        (parameter.life, current.number, current.modified)
    };
    if version(before) != version(after) {
        Some(ChangeKind::Put)
    } else if before.labels != after.labels {
        Some(ChangeKind::Label)
    } else {
        // A policy that has been carried out changes the record, too, and nothing else.
        (before.tags != after.tags).then_some(ChangeKind::Tag)
    }
}

/// The last changes of an account's parameters in a Region, in the order of their revisions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    last: Vector<Arc<Change>>,
    /// What they take.
    bytes: usize,
    /// The revision of the newest one that is forgotten.
    forgotten: Rev,
}

impl Changes {
    pub(crate) fn push(&mut self, change: Change) {
        self.bytes += change.bytes();
        self.last.push_back(Arc::new(change));
        while self.last.len() > REMEMBERED || self.bytes > REMEMBERED_BYTES {
            self.forget_oldest();
        }
    }

    /// Keeps the newer half.
    pub(crate) fn forget_half(&mut self) {
        for _ in 0..self.last.len().div_ceil(2) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.last.pop_front() {
            self.bytes -= oldest.bytes();
            self.forgotten = oldest.revision;
        }
    }

    /// What they take in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Sets the date of a revision's changes.
    pub(crate) fn date(&mut self, revision: Rev, date: Timestamp) {
        let newest = self.last.len();
        let of_revision = |change: &&Arc<Change>| change.revision == revision;
        let count = self.last.iter().rev().take_while(of_revision).count();
        for change in self.last.iter_mut().skip(newest - count) {
            Arc::make_mut(change).date = date;
        }
    }

    /// The revision of the newest one.
    pub(crate) fn last(&self) -> Rev {
        self.last.last().map_or(self.forgotten, |change| change.revision)
    }

    /// The changes after a revision; none if some of them may be forgotten.
    pub(crate) fn after(&self, revision: Rev) -> Option<impl Iterator<Item = &Change>> {
        if revision < self.forgotten {
            return None;
        }
        let begin = self.place_after(revision);
        Some(self.last.iter().skip(begin).map(AsRef::as_ref))
    }

    fn place_after(&self, revision: Rev) -> usize {
        self.last
            .binary_search_by(|change| match change.revision <= revision {
                true => std::cmp::Ordering::Less,
                false => std::cmp::Ordering::Greater,
            })
            .unwrap_or_else(|place| place)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parameter(number: i64, more: &serde_json::Value) -> Parameter {
        let mut record = json!({
            "name": "x",
            "current": {"number": number, "value": {"String": "v"}, "tier": "Standard", "modified": 1000 * number, "modified_by": "a"},
        });
        record
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(record).unwrap()
    }

    fn kind(before: Option<&Parameter>, after: Option<&Parameter>) -> Option<&'static str> {
        Change::of("/x", before, after, Rev(1)).map(|change| change.kind.as_str())
    }

    #[test]
    fn a_change_is_told_by_what_differs() {
        let first = parameter(1, &json!({}));
        let second = parameter(2, &json!({}));
        let labelled = parameter(2, &json!({"labels": {"live": 1}}));
        let tagged = parameter(2, &json!({"tags": [{"key": "a", "value": "b"}]}));
        assert_eq!(kind(None, Some(&first)), Some("Put"));
        assert_eq!(kind(Some(&first), Some(&second)), Some("Put"));
        assert_eq!(kind(Some(&second), Some(&labelled)), Some("Label"));
        assert_eq!(kind(Some(&second), Some(&tagged)), Some("Tag"));
        assert_eq!(kind(Some(&second), Some(&second)), None);
        assert_eq!(kind(Some(&tagged), None), Some("Delete"));
        let gone = Change::of("/x", Some(&tagged), None, Rev(1)).unwrap();
        assert_eq!((gone.version, gone.tags.len()), (Some(2), 1));
    }

    fn changes(revisions: impl IntoIterator<Item = u64>) -> Changes {
        let mut changes = Changes::default();
        for revision in revisions {
            let first = parameter(1, &json!({}));
            changes.push(Change::of("/x", None, Some(&first), Rev(revision)).unwrap());
        }
        changes
    }

    fn after(changes: &Changes, revision: u64) -> Option<Vec<u64>> {
        let after = changes.after(Rev(revision))?;
        Some(after.map(|change| change.revision.0).collect())
    }

    #[test]
    fn what_comes_after_a_revision_is_told_in_order() {
        let changes = changes([3, 5, 5, 9]);
        assert_eq!(after(&changes, 0), Some(vec![3, 5, 5, 9]));
        assert_eq!(after(&changes, 3), Some(vec![5, 5, 9]));
        assert_eq!(after(&changes, 4), Some(vec![5, 5, 9]));
        assert_eq!(after(&changes, 5), Some(vec![9]));
        assert_eq!(after(&changes, 9), Some(vec![]));
    }

    #[test]
    fn what_is_forgotten_is_not_passed_over_in_silence() {
        let changes = changes(1..=REMEMBERED as u64 + 5);
        assert_eq!(after(&changes, 4), None);
        assert_eq!(after(&changes, 5).unwrap().len(), REMEMBERED);
        assert_eq!(changes.last.len(), REMEMBERED);
    }

    #[test]
    fn long_tags_make_fewer_changes_remembered() {
        let value = "v".repeat(1 << 20);
        let tagged = parameter(1, &json!({"tags": [{"key": "a", "value": value}]}));
        let mut changes = Changes::default();
        for revision in 1..=20 {
            changes.push(Change::of("/x", None, Some(&tagged), Rev(revision)).unwrap());
        }
        assert_eq!(after(&changes, 12), None);
        assert_eq!(after(&changes, 13).unwrap().len(), 7);
        assert!(changes.bytes() <= REMEMBERED_BYTES);
        changes.forget_half();
        assert_eq!(after(&changes, 17), Some(vec![18, 19, 20]));
    }

    #[test]
    fn a_date_is_that_of_the_revision_and_of_no_other() {
        let mut changes = changes([3, 5, 5]);
        changes.date(Rev(5), Timestamp::from_seconds(77));
        changes.date(Rev(4), Timestamp::from_seconds(88));
        let dates: Vec<_> = changes.last.iter().map(|change| change.date).collect();
        let [first, late] = [1, 77].map(Timestamp::from_seconds);
        assert_eq!(dates, [first, late, late]);
    }
}
