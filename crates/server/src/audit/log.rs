use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, Thread};
use std::time::SystemTime;

use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::watch;

use super::chain::Chain;
use super::segment::{self, HeadFields, HeadKey};
use super::{Event, OpenError, Sequence, Tip, find, flusher, recover};

/// What [`Audit::append`] waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Urgency {
    /// The kernel has the record when `append` returns, so it survives this process's end:
    /// decrypting reads, refusals, changes.
    Kernel,
    /// The kernel has the record within 50 ms: plain reads.
    Soon,
}

/// How the log is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// A segment that is larger is followed by a new one.
    pub segment_bytes: u64,
    /// Shows the bytes that the kernel does not have yet.
    pub queue_bytes: Gauge,
    /// The tip that was last anchored: its line must be there, or the log is not opened.
    pub anchor: Option<Tip>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            segment_bytes: 64 * 1024 * 1024,
            queue_bytes: Gauge::default(),
            anchor: None,
        }
    }
}

/// The open log. Dropping it writes and flushes what is left.
#[derive(Debug)]
pub struct Audit {
    shared: Arc<Shared>,
    flusher: Option<JoinHandle<()>>,
}

/// What the appending threads and the background thread share.
///
/// Lock order: `file`, then `chain`. The chain's lock is held for a hash and a copy; the file's
/// for a `write`, and who waits for it mostly finds that its record was written meanwhile.
#[derive(Debug)]
pub(super) struct Shared {
    directory: PathBuf,
    key: HeadKey,
    options: Options,
    chain: Mutex<Chain>,
    file: Mutex<Segment>,
    /// Highest record that the kernel has.
    written: AtomicU64,
    /// Records refused until writing works again.
    pub(super) failing: AtomicBool,
    /// The background thread has something to do.
    pub(super) stirred: AtomicBool,
    /// The background thread is not to wait for more.
    pub(super) hurried: AtomicBool,
    pub(super) stopping: AtomicBool,
    pub(super) flushed: watch::Sender<Flushed>,
}

/// How far the disk has the log.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flushed {
    pub(super) sequence: u64,
    pub(super) broken: bool,
}

/// The newest segment's file.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) file: Arc<File>,
    pub(super) bytes: u64,
    /// Lines taken from the chain that could not be written in full, and the last of them.
    unwritten: Vec<u8>,
    last: u64,
}

impl Segment {
    pub(super) fn new(number: u64, file: File, bytes: u64) -> Segment {
        Segment {
            number,
            file: Arc::new(file),
            bytes,
            unwritten: Vec::new(),
            last: 0,
        }
    }

    fn take_lines(&mut self, chain: &mut Chain) {
        self.last = chain.sequence;
        match self.unwritten.is_empty() {
            true => std::mem::swap(&mut self.unwritten, &mut chain.lines), // no copy, no allocation
            false => self.unwritten.append(&mut chain.lines),
        }
    }

    /// Writes in order, and keeps what could not be written.
    fn write_unwritten(&mut self) -> io::Result<()> {
        let mut written = 0;
        let result = loop {
            if written == self.unwritten.len() {
                break Ok(());
            }
            match (&*self.file).write(&self.unwritten[written..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.bytes += u64::try_from(written).expect("a length");
        self.unwritten.drain(..written);
        result
    }
}

/// More than this in memory is written by whoever appends, however little hurry there is.
const MAX_QUEUE_BYTES: usize = 1024 * 1024;

/// How often a thread looks whether another one has written its line before it goes to sleep.
const LOOKS: usize = 100;

thread_local! {
    static MEMBERS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Audit {
    /// Opens the log in `directory`, or begins one; its newest segment is checked.
    ///
    /// What a crash left of an unfinished line is cut off, and the log says so. It also says so if
    /// it had to begin although an anchor tells of an earlier one.
    ///
    /// # Errors
    ///
    /// The directory cannot be used, another process has it open, or the chain is broken: with an
    /// anchor in the options, also at its end.
    pub fn open(directory: &Path, key: HeadKey, options: Options) -> Result<Audit, OpenError> {
        let found = recover::recover(directory, &key, options.anchor.as_ref())?;
        let shared = Arc::new(Shared {
            directory: directory.to_owned(),
            key,
            options,
            written: AtomicU64::new(found.chain.sequence),
            flushed: watch::Sender::new(Flushed {
                sequence: found.chain.sequence,
                broken: false,
            }),
            chain: Mutex::new(found.chain),
            file: Mutex::new(found.segment),
            failing: AtomicBool::new(false),
            stirred: AtomicBool::new(false),
            hurried: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
        });
        let flusher = flusher::start(Arc::clone(&shared), found.lock).map_err(OpenError::Thread)?;
        let audit = Audit {
            shared,
            flusher: Some(flusher),
        };
        if found.cut_bytes > 0 {
            let cut = format!("{} bytes of an unfinished line", found.cut_bytes);
            audit.note("CutUnfinishedLine", cut)?;
        }
        if let Some(Tip { sequence, hash, .. }) = found.lost {
            tracing::warn!("the audit log is gone; a new one begins, and says so");
            audit.note("BeginAnew", format!("a log up to record {} {hash}", sequence.0))?;
        }
        Ok(audit)
    }

    fn note(&self, operation: &str, what: String) -> Result<(), OpenError> {
        let event = Event::own(SystemTime::now().into(), operation, what.into());
        self.append(&event, Urgency::Kernel)?;
        Ok(())
    }

    /// Adds an event. Callable from any thread; never waits for the disk.
    ///
    /// # Errors
    ///
    /// The log cannot be written, now or since an earlier call; then nothing that must be audited
    /// may be answered. The event may still get into the log once writing works again: a record of
    /// a request that was refused, rather than a request without a record.
    pub fn append(&self, event: &Event<'_>, urgency: Urgency) -> Result<Sequence, AuditError> {
        let sequence = self.queue(event)?;
        if urgency == Urgency::Kernel {
            self.write(sequence)?;
        }
        Ok(sequence)
    }

    /// Adds an event of whatever urgency; what is urgent has to be followed by [`Audit::write`]. Who lets
    /// others add theirs in between writes for them, too.
    ///
    /// # Errors
    ///
    /// As [`Audit::append`].
    pub fn queue(&self, event: &Event<'_>) -> Result<Sequence, AuditError> {
        let shared = &*self.shared;
        if shared.failing.load(Ordering::Relaxed) {
            return Err(AuditError::Failing);
        }
        let (sequence, queued) = MEMBERS.with_borrow_mut(|members| {
            members.clear();
            event.write_members(members);
            shared.chain().push(members, event.changed)
        });
        if queued > MAX_QUEUE_BYTES {
            shared.write_up_to(sequence)?;
        }
        if !shared.stirred.load(Ordering::Relaxed) && !shared.stirred.swap(true, Ordering::AcqRel) {
            self.thread().unpark();
        }
        Ok(Sequence(sequence))
    }

    /// Returns when the kernel has the record, and all before it.
    ///
    /// # Errors
    ///
    /// As [`Audit::append`].
    pub fn write(&self, sequence: Sequence) -> Result<(), AuditError> {
        self.shared.write_up_to(sequence.0)
    }

    /// Returns once the disk has the record.
    ///
    /// # Errors
    ///
    /// The disk cannot be written.
    pub async fn flushed(&self, sequence: Sequence) -> Result<(), AuditError> {
        let mut flushed = self.shared.flushed.subscribe();
        self.shared.hurried.store(true, Ordering::Release);
        self.thread().unpark();
        let state = flushed
            .wait_for(|state| state.broken || state.sequence >= sequence.0)
            .await
            .map_err(|_closed| AuditError::Failing)?;
        match state.sequence >= sequence.0 {
            true => Ok(()),
            false => Err(AuditError::Flush),
        }
    }

    /// The newest line about a request, if it is among the newest [`find::MAX_BYTES`] of the log. Reads
    /// files: not for a thread that answers requests.
    ///
    /// # Errors
    ///
    /// The log cannot be read.
    pub fn find(&self, request_id: &str) -> io::Result<Option<Vec<u8>>> {
        self.shared.write_waiting()?;
        find::newest(&self.shared.directory, request_id)
    }

    /// The store revision that the newest change's event speaks of, from this run or an earlier one.
    /// Lower than those of older events if the store was restored since.
    pub fn last_change(&self) -> Option<u64> {
        self.shared.chain().last_change
    }

    /// The end of the chain, to be anchored elsewhere.
    pub fn tip(&self) -> Tip {
        let segment = self.shared.file();
        let chain = self.shared.chain();
        Tip {
            segment: segment.number,
            sequence: Sequence(chain.sequence),
            hash: chain.hash,
        }
    }

    /// Whether requests are refused at present because the log cannot be written.
    pub fn is_failing(&self) -> bool {
        self.shared.failing.load(Ordering::Relaxed)
    }

    fn thread(&self) -> &Thread {
        self.flusher.as_ref().expect("taken only by drop").thread()
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Release);
        self.thread().unpark();
        let flusher = self.flusher.take().expect("taken only here");
        if flusher.join().is_err() {
            tracing::error!("the audit log's thread had panicked");
        }
    }
}

impl Shared {
    // A panic while a lock is held cannot leave a line half done that is ever written: lines are
    // finished by copying, which does not panic. So poisoning says nothing here.
    fn chain(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self) -> MutexGuard<'_, Segment> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that the kernel has everything up to this record.
    ///
    /// A write takes a microsecond and putting a thread to sleep several, so who finds another one
    /// writing looks again for a while: mostly its line has been taken along.
    fn write_up_to(&self, sequence: u64) -> Result<(), AuditError> {
        for _ in 0..LOOKS {
            if self.has_written(sequence) {
                return Ok(());
            }
            if let Ok(segment) = self.file.try_lock() {
                return self.write_unless_written(sequence, segment);
            }
            std::hint::spin_loop();
        }
        self.write_unless_written(sequence, self.file())
    }

    fn has_written(&self, sequence: u64) -> bool {
        self.written.load(Ordering::Acquire) >= sequence
    }

    fn write_unless_written(
        &self,
        sequence: u64,
        mut segment: MutexGuard<'_, Segment>,
    ) -> Result<(), AuditError> {
        match self.has_written(sequence) {
            true => Ok(()),
            false => self.write_out(&mut segment).map_err(AuditError::Write),
        }
    }

    /// Writes all lines there are, in order; what cannot be written stays for the next try.
    fn write_out(&self, segment: &mut Segment) -> io::Result<()> {
        segment.take_lines(&mut self.chain());
        self.write_taken(segment)
    }

    fn write_taken(&self, segment: &mut Segment) -> io::Result<()> {
        let result = segment.write_unwritten();
        if result.is_ok() {
            self.written.store(segment.last, Ordering::Release);
        }
        if result.is_err() || self.failing.load(Ordering::Relaxed) {
            let state = self.flushed.borrow(); // held, so that no flush fails in between
            let failing = state.broken || result.is_err();
            self.failing.store(failing, Ordering::Relaxed);
        }
        result
    }

    /// Writes what waits; returns the last record that the kernel has now and the file to flush.
    pub(super) fn write_waiting(&self) -> io::Result<(u64, Arc<File>)> {
        let mut segment = self.file();
        self.write_out(&mut segment)?;
        Ok((segment.last, Arc::clone(&segment.file)))
    }

    /// Flushes to disk. A refusal is final for this process: Linux then forgets what it could not
    /// write, and the next flush would succeed without it.
    pub(super) fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data().inspect_err(|error| {
            tracing::error!(%error, "the audit log cannot be flushed; requests are refused until a restart");
            self.flushed.send_modify(|state| {
                state.broken = true;
                self.failing.store(true, Ordering::Relaxed);
            });
        })
    }

    /// Begins a new segment if the present one is full.
    ///
    /// Appending waits meanwhile: the old segment must be on the disk before the new one's head
    /// says what came before. The background thread has flushed most of it just now.
    pub(super) fn roll(&self, now: SystemTime) -> io::Result<()> {
        let mut segment = self.file();
        if segment.bytes < self.options.segment_bytes {
            return Ok(());
        }
        let mut chain = self.chain();
        segment.take_lines(&mut chain);
        self.write_taken(&mut segment)?;
        self.sync(&segment.file)?;
        let head = HeadFields {
            segment: segment.number + 1,
            first: chain.sequence + 1,
            time: now.into(),
            last_change: chain.last_change,
        };
        let mut bytes = Vec::new();
        let hash = head.write(&self.key, chain.hash, &mut bytes);
        let file = segment::create(&self.directory, segment.number + 1, &bytes)?;
        *segment = Segment::new(
            segment.number + 1,
            file,
            u64::try_from(bytes.len()).expect("a length"),
        );
        segment.last = chain.sequence;
        chain.hash = hash;
        Ok(())
    }

    pub(super) fn last_sequence(&self) -> u64 {
        let chain = self.chain();
        let queued = chain.lines.len();
        self.options
            .queue_bytes
            .set(i64::try_from(queued).unwrap_or(i64::MAX));
        chain.sequence
    }
}

/// Why an event could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Writing failed just now.
    #[error("the audit log cannot be written")]
    Write(#[source] io::Error),
    /// Writing failed before and has not worked since.
    #[error("the audit log cannot be written; requests are refused until it can")]
    Failing,
    /// The disk refused a flush: what it holds is unknown until a restart has looked.
    #[error("the audit log cannot be flushed to disk; restart the server once the disk works")]
    Flush,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::audit::verify;

    fn event() -> Event<'static> {
        Event::own(SystemTime::now().into(), "Test", "x".into())
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_refuses_requests_until_there_is_room_and_loses_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let audit = Audit::open(directory.path(), HeadKey::new(&[1; 32]), Options::default()).unwrap();
        audit.append(&event(), Urgency::Soon).unwrap();
        let full = Arc::new(File::options().write(true).open("/dev/full").unwrap());
        let disk = std::mem::replace(&mut audit.shared.file().file, full);
        let refused = audit.append(&event(), Urgency::Kernel);
        assert!(matches!(refused, Err(AuditError::Write(_))), "{refused:?}");
        let refused = audit.append(&event(), Urgency::Soon);
        assert!(matches!(refused, Err(AuditError::Failing)), "{refused:?}");

        audit.shared.file().file = disk;
        let waiting = Instant::now();
        while audit.is_failing() {
            assert!(waiting.elapsed() < Duration::from_secs(5), "still failing");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(audit.append(&event(), Urgency::Kernel).unwrap(), Sequence(3));
        drop(audit);
        let report = verify(directory.path(), None, None).unwrap();
        assert!(report.is_intact() && report.records == 3, "{report:?}");
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_disk_that_refuses_a_flush_is_not_trusted_again() {
        let directory = tempfile::tempdir().unwrap();
        let audit = Audit::open(directory.path(), HeadKey::new(&[1; 32]), Options::default()).unwrap();
        // Takes every byte and refuses to be flushed.
        let sink = Arc::new(File::options().write(true).open("/dev/null").unwrap());
        audit.shared.file().file = sink;
        let sequence = audit.append(&event(), Urgency::Kernel).unwrap();
        let refused = audit.flushed(sequence).await;
        assert!(matches!(refused, Err(AuditError::Flush)), "{refused:?}");
        let refused = audit.append(&event(), Urgency::Soon);
        assert!(matches!(refused, Err(AuditError::Failing)), "{refused:?}");
    }
}
