//! Walking a segment: every line against the chain, up to the first that does not fit.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Tip;
use super::line::{Hash, Line};
use super::segment::{Head, HeadKey};

/// The first place where the log is not what the server wrote.
#[derive(Clone, Debug, Serialize)]
pub struct Break {
    /// The segment's file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub kind: BreakKind,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakKind {
    /// It does not look like a line of this log.
    Shape,
    /// Its hash does not follow from the line before and its own text.
    Chain,
    /// Its number is not the next one.
    Sequence,
    /// It is not the head that this segment must have.
    Head,
    /// The head was not written by this server, or with another key.
    Mac,
    /// The segment before this one is not there.
    MissingSegment,
    /// It ends without a line break, though the log goes on in another segment.
    Unfinished,
    /// It is not the line that the anchor speaks of, though it has its number.
    Rewritten,
    /// The line that the anchor speaks of is not there.
    CutOff,
}

impl fmt::Display for BreakKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BreakKind::Shape => "this is not a line of the audit log",
            BreakKind::Chain => "this line was changed, or lines before it were changed, removed or added",
            BreakKind::Sequence => "this line's number is not the next one",
            BreakKind::Head => "this is not the head that the segment must begin with",
            BreakKind::Mac => "this head was not written by this server, or its key has changed",
            BreakKind::MissingSegment => "the segment before this one is missing",
            BreakKind::Unfinished => "this line is unfinished, though the log goes on",
            BreakKind::Rewritten => {
                "this is not the line that the anchor in the store speaks of: it or lines before it were rewritten"
            }
            BreakKind::CutOff => {
                "the line that the anchor in the store speaks of is missing: the log was cut off before it"
            }
        })
    }
}

/// The longest line that is read; a request's body bounds what is written.
const MAX_LINE_BYTES: u64 = 16 * 1024 * 1024;

/// Where the walk has come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    /// The last good line's hash; `None` before the first head.
    pub(super) hash: Option<Hash>,
    /// The last good record's number.
    pub(super) sequence: u64,
    /// The last store revision seen. Not the highest: a store that was restored counts from lower.
    pub(super) last_change: Option<u64>,
    /// A line that must be met, until it is.
    pub(super) anchor: Option<Tip>,
}

/// What one segment holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Walked {
    /// Records, without the head.
    pub(super) records: u64,
    /// Bytes of good lines.
    pub(super) bytes: u64,
    /// Bytes after the last line break: what a crash left of a line.
    pub(super) unfinished_bytes: u64,
}

#[derive(Deserialize)]
struct Record {
    sequence: u64,
    changed: Option<u64>,
}

impl Walk {
    /// Walks a segment's file; the inner error is the first line that does not fit.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(super) fn segment(
        &mut self,
        number: u64,
        path: &Path,
        key: Option<&HeadKey>,
    ) -> io::Result<Result<Walked, Break>> {
        let mut reader = BufReader::with_capacity(256 * 1024, File::open(path)?);
        let mut walked = Walked::default();
        let mut line = Vec::new();
        for place in 1.. {
            line.clear();
            let bytes = (&mut reader).take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
            let bytes = u64::try_from(bytes).expect("a length");
            let checked = match line.strip_suffix(b"\n") {
                None if bytes == MAX_LINE_BYTES => Err(BreakKind::Shape),
                None => {
                    walked.unfinished_bytes = bytes;
                    return Ok(Ok(walked));
                }
                Some(line) if place == 1 => self.head(number, line, key),
                Some(line) => self.record(line),
            };
            if let Err(kind) = checked.and_then(|()| self.meet(number)) {
                return Ok(Err(Break {
                    file: path.to_owned(),
                    line: place,
                    kind,
                }));
            }
            walked.bytes += bytes;
            walked.records += u64::from(place > 1);
        }
        unreachable!("files end")
    }

    /// Compares the line just walked with the anchor, if it is the anchor's.
    fn meet(&mut self, segment: u64) -> Result<(), BreakKind> {
        // A head has the number of the record before it, which is in the segment before.
        let is_here = |anchor: &mut Tip| (anchor.segment, anchor.sequence.0) == (segment, self.sequence);
        match self.anchor.take_if(is_here) {
            Some(anchor) if self.hash != Some(anchor.hash) => Err(BreakKind::Rewritten),
            _ => Ok(()),
        }
    }

    fn head(&mut self, number: u64, line: &[u8], key: Option<&HeadKey>) -> Result<(), BreakKind> {
        let parsed = Line::parse(line).ok_or(BreakKind::Shape)?;
        let head = Head::parse(line).ok_or(BreakKind::Head)?;
        // Older segments may have been moved to an archive: then the head vouches for them.
        let prev = self
            .hash
            .or_else(|| parsed.claimed_prev())
            .ok_or(BreakKind::Shape)?;
        let hash = parsed.follow(prev).ok_or(BreakKind::Chain)?;
        if head.fields.segment != number {
            return Err(BreakKind::Head);
        }
        if self.hash.is_some() && head.fields.first != self.sequence + 1 {
            return Err(BreakKind::Sequence);
        }
        if key.is_some_and(|key| !head.is_authentic(key, prev)) {
            return Err(BreakKind::Mac);
        }
        self.hash = Some(hash);
        self.sequence = head.fields.first.saturating_sub(1);
        self.last_change = head.fields.last_change.or(self.last_change);
        Ok(())
    }

    fn record(&mut self, line: &[u8]) -> Result<(), BreakKind> {
        let parsed = Line::parse(line).ok_or(BreakKind::Shape)?;
        let prev = self.hash.ok_or(BreakKind::Head)?;
        let hash = parsed.follow(prev).ok_or(BreakKind::Chain)?;
        let record: Record = serde_json::from_slice(line).map_err(|_| BreakKind::Shape)?;
        if record.sequence != self.sequence + 1 {
            return Err(BreakKind::Sequence);
        }
        self.hash = Some(hash);
        self.sequence = record.sequence;
        self.last_change = record.changed.or(self.last_change);
        Ok(())
    }
}
