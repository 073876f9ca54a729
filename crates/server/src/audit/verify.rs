use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Tip;
use super::line::Hash;
use super::segment::{self, HeadKey};
use super::walk::{Break, BreakKind, Walk, Walked};

/// What a walk over the whole log found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The segments, oldest first, up to the first break.
    pub segments: Vec<SegmentReport>,
    /// Records in them.
    pub records: u64,
    /// The first place where the log is not what the server wrote.
    pub first_break: Option<Break>,
    /// Bytes after the last line break: a line that is being written right now, or that a crash
    /// cut short; the next start cuts it off and says so in the log.
    pub unfinished_bytes: u64,
    /// Whether the heads' MACs were checked too, which needs the server's key.
    pub heads_checked: bool,
    /// Whether the log has the line that the anchor speaks of; `None` without an anchor, and if
    /// the anchor is older than the oldest segment that is left.
    pub anchor_met: Option<bool>,
    /// The store revision of the last change on record.
    pub last_change: Option<u64>,
    /// The last good line's hash, to be compared with an anchor kept elsewhere.
    pub tip: Option<Hash>,
}

/// One segment without a break.
#[derive(Clone, Debug, Serialize)]
pub struct SegmentReport {
    /// The segment's file.
    pub file: PathBuf,
    /// Records in it.
    pub records: u64,
    /// The number of its last record.
    pub last_sequence: u64,
    /// Bytes of its lines.
    pub bytes: u64,
}

impl Report {
    /// Whether the log is what the server wrote, as far as it can be told.
    pub fn is_intact(&self) -> bool {
        self.first_break.is_none()
    }
}

/// Walks the whole log, oldest segment first, up to the first break.
///
/// Without `key` the chain alone is checked: somebody who rewrote everything after some line
/// would not be noticed. What was cut off or rewritten after the newest head is noticed only with
/// an `anchor`, whose line must be there.
///
/// # Errors
///
/// The directory or a file cannot be read.
pub fn verify(directory: &Path, key: Option<&HeadKey>, anchor: Option<&Tip>) -> io::Result<Report> {
    let files = segment::list(directory)?;
    let oldest = files.first().map(|(number, _)| *number);
    let newest = files.last().map(|(number, _)| *number);
    // Older than all that is left is an anchor only in a store that was restored from a backup.
    let anchor = anchor.filter(|anchor| oldest.is_none_or(|oldest| oldest <= anchor.segment));
    let mut walk = Walk {
        anchor: anchor.copied(),
        ..Walk::default()
    };
    let mut report = Report {
        segments: Vec::new(),
        records: 0,
        first_break: None,
        unfinished_bytes: 0,
        heads_checked: key.is_some(),
        anchor_met: None,
        last_change: None,
        tip: None,
    };
    let mut expected = None;
    for (number, file) in files {
        let walked = match expected {
            Some(expected) if expected != number => broken(&file, BreakKind::MissingSegment),
            _ => walk.segment(number, &file, key)?,
        };
        match walked.and_then(|walked| finished(walked, &file, Some(number) == newest)) {
            Ok(walked) => report.add(file, walked, &walk),
            Err(found) => {
                report.first_break = Some(found);
                break;
            }
        }
        expected = Some(number + 1);
    }
    report.last_change = walk.last_change;
    report.tip = walk.hash;
    if anchor.is_some() {
        report.settle_anchor(directory, &walk);
    }
    Ok(report)
}

impl Report {
    /// At the end of the walk, when the anchor's line has been met or will not be.
    fn settle_anchor(&mut self, directory: &Path, walk: &Walk) {
        let met = walk.anchor.is_none() && !self.is_broken_by(BreakKind::Rewritten);
        self.anchor_met = Some(met);
        if let (Some(missed), None) = (walk.anchor, &self.first_break) {
            let newest = self.segments.last();
            self.first_break = Some(Break {
                file: newest.map_or_else(|| segment::path(directory, missed.segment), |s| s.file.clone()),
                line: newest.map_or(1, |newest| newest.records + 2), // after the head and the records
                kind: BreakKind::CutOff,
            });
        }
    }

    fn is_broken_by(&self, kind: BreakKind) -> bool {
        self.first_break.as_ref().is_some_and(|found| found.kind == kind)
    }

    fn add(&mut self, file: PathBuf, walked: Walked, walk: &Walk) {
        self.records += walked.records;
        self.unfinished_bytes = walked.unfinished_bytes;
        self.segments.push(SegmentReport {
            file,
            records: walked.records,
            last_sequence: walk.sequence,
            bytes: walked.bytes,
        });
    }
}

fn broken(file: &Path, kind: BreakKind) -> Result<Walked, Break> {
    Err(Break {
        file: file.to_owned(),
        line: 1,
        kind,
    })
}

/// Only the newest segment may end in the middle of a line.
fn finished(walked: Walked, file: &Path, newest: bool) -> Result<Walked, Break> {
    if newest || walked.unfinished_bytes == 0 {
        return Ok(walked);
    }
    Err(Break {
        file: file.to_owned(),
        line: walked.records + 2, // after the head and the records
        kind: BreakKind::Unfinished,
    })
}
