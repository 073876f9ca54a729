//! The writer thread: drains its queue, commits once, publishes, answers.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{io, thread};

use redb::{Durability, WriteTransaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::error;

use super::Shared;
use super::leases::{self, Leases};
use super::log::Trimmer;
use super::tables::Tables;
use crate::{Batch, Committed, Error, LeaseId, Limits, OpId, Result, Rev, Txn};

/// Requests in one group commit.
const GROUP_REQUESTS: usize = 256;
/// Bytes in one group commit.
const GROUP_BYTES: usize = 4 << 20;
/// What may wait in the queue, in KiB; every request counts for one more than it has.
const QUEUE_KIB: usize = 16 << 10;
/// How long the thread sleeps at most, so that held snapshots are let go.
const MAX_SLEEP: Duration = Duration::from_secs(60);

/// Where a request's result goes.
pub(super) type Answer<T> = oneshot::Sender<Result<T>>;

/// What the thread is asked to do.
pub(super) enum Request {
    Commit(Txn, Answer<Committed>),
    Grant(Duration, Answer<LeaseId>),
    Keepalive(LeaseId, Answer<Duration>),
    Revoke(LeaseId, Answer<()>),
    Compact(Rev, Answer<()>),
}

struct Queued {
    request: Request,
    bytes: usize,
    _room: OwnedSemaphorePermit,
}

/// The queue's end at which requests go in; dropping it ends the thread.
pub(super) struct Writer {
    queue: Option<Sender<Queued>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(shared: Arc<Shared>, leases: Leases) -> io::Result<Self> {
        let (queue, requests) = channel();
        let trimmer = Trimmer::new(shared.rev());
        let thread = Thread {
            shared,
            leases,
            trimmer,
            requests,
        };
        let run = move || thread.run();
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(run)?;
        Ok(Self {
            queue: Some(queue),
            room: Arc::new(Semaphore::new(QUEUE_KIB)),
            thread: Some(thread),
        })
    }

    /// Queues a request of `bytes` and waits for its answer; `lost` if the thread died over it.
    pub(super) async fn ask<T>(
        &self,
        bytes: usize,
        lost: Error,
        request: impl FnOnce(Answer<T>) -> Request,
    ) -> Result<T> {
        let kib = u32::try_from(bytes / 1024 + 1).expect("a transaction has at most 1 MiB");
        let room = Arc::clone(&self.room)
            .acquire_many_owned(kib)
            .await
            .map_err(|_| Error::Unavailable)?;
        let (answer, answered) = oneshot::channel();
        let queued = Queued {
            request: request(answer),
            bytes,
            _room: room,
        };
        let queue = self.queue.as_ref().ok_or(Error::Unavailable)?;
        queue.send(queued).map_err(|_| Error::Unavailable)?;
        answered.await.unwrap_or(Err(lost))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed; its callers were told.
            let _ = thread.join();
        }
    }
}

/// An answer that waits for the group's durable commit.
type Reply = Box<dyn FnOnce(Result<(), Failed>) + Send>;

/// How a group ended when it did not end well.
#[derive(Clone, Copy)]
enum Failed {
    /// Nothing was written.
    Before,
    /// The commit itself failed: what is on disk will be known after the next open only.
    During,
}

struct Thread {
    shared: Arc<Shared>,
    leases: Leases,
    trimmer: Trimmer,
    requests: Receiver<Queued>,
}

impl Thread {
    fn run(mut self) {
        loop {
            match self.requests.recv_timeout(self.patience()) {
                Ok(first) => {
                    let group = self.drain(first);
                    if self.serve(group).is_err() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.shared.pins.release_idle();
                    if self.serve(Vec::new()).is_err() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn patience(&self) -> Duration {
        let next = self.leases.next_expiry();
        next.map_or(MAX_SLEEP, |at| {
            at.saturating_duration_since(Instant::now()).min(MAX_SLEEP)
        })
    }

    fn drain(&self, first: Queued) -> Vec<Request> {
        let mut bytes = first.bytes;
        let mut group = vec![first.request];
        while group.len() < GROUP_REQUESTS && bytes < GROUP_BYTES {
            let Ok(queued) = self.requests.try_recv() else {
                break;
            };
            bytes += queued.bytes;
            group.push(queued.request);
        }
        group
    }

    /// Serves a group and the leases that have run out. An error ends the thread: redb takes no
    /// writes after a failed one, and only a new open can tell what is on disk.
    fn serve(&mut self, group: Vec<Request>) -> Result<(), ()> {
        let group = self.keep_alive(group);
        let expired = self.leases.expired();
        if group.is_empty() && expired.is_empty() {
            return Ok(());
        }
        let mut work = Work::default();
        let failed = match self.write(group, &expired, &mut work) {
            Ok(txn) => txn
                .commit()
                .map_err(|error| (Failed::During, Error::other(error)))
                .err(),
            Err(error) => Some((Failed::Before, error)),
        };
        match failed {
            None => {
                work.ended.extend(expired);
                self.publish(work);
                Ok(())
            }
            Some((how, error)) => {
                error!(
                    error = &error as &dyn std::error::Error,
                    "the store cannot write and stops; restart the server"
                );
                work.answer(Err(how));
                Err(())
            }
        }
    }

    /// Answers what needs no write: first, so that a keepalive that came in time counts.
    fn keep_alive(&mut self, group: Vec<Request>) -> Vec<Request> {
        let mut rest = Vec::with_capacity(group.len());
        for request in group {
            match request {
                Request::Keepalive(id, answer) => drop(answer.send(self.leases.keepalive(id))),
                request => rest.push(request),
            }
        }
        rest
    }

    fn write(
        &mut self,
        group: Vec<Request>,
        expired: &[LeaseId],
        work: &mut Work,
    ) -> Result<WriteTransaction> {
        let mut txn = self.shared.db.begin_write().map_err(Error::other)?;
        txn.set_durability(Durability::Immediate).map_err(Error::other)?;
        let mut tables = Tables::open(&txn).map_err(Error::other)?;
        for id in expired {
            work.batches.extend(tables.end_lease(*id)?);
        }
        for request in group {
            self.handle(request, &mut tables, work)?;
        }
        tables.write_group()?;
        self.trimmer.trim(&mut tables, self.shared.rev())?;
        drop(tables);
        Ok(txn)
    }

    fn handle(&mut self, request: Request, tables: &mut Tables<'_>, work: &mut Work) -> Result<()> {
        match request {
            Request::Commit(txn, answer) => work.apply(txn, answer, tables)?,
            Request::Grant(ttl, answer) => {
                let id = LeaseId::random();
                leases::grant(tables, id, ttl)?;
                work.started.push((id, ttl));
                work.reply(answer, OpId::random(), id);
            }
            Request::Revoke(id, answer) => {
                if leases::exists(tables, id)? {
                    work.batches.extend(tables.end_lease(id)?);
                    work.ended.push(id);
                    work.reply(answer, OpId::random(), ());
                } else {
                    drop(answer.send(Err(Error::LeaseGone)));
                }
            }
            Request::Compact(keep_from, answer) => {
                self.trimmer.compact(keep_from, self.shared.rev());
                self.trimmer.trim_all(tables)?;
                work.reply(answer, OpId::random(), ());
            }
            Request::Keepalive(id, answer) => drop(answer.send(self.leases.keepalive(id))),
        }
        Ok(())
    }

    /// Publishes before it answers: a watch never lags behind what a client was told.
    fn publish(&mut self, mut work: Work) {
        work.started
            .drain(..)
            .for_each(|(id, ttl)| self.leases.start(id, ttl));
        work.ended.drain(..).for_each(|id| self.leases.stop(id));
        if let Some(last) = work.batches.last() {
            self.shared.set_rev(last.rev);
            self.shared.guard.acknowledge(last.rev);
            // No receivers is no error: nobody watches.
            let _ = self.shared.feed.send(std::mem::take(&mut work.batches).into());
        }
        work.answer(Ok(()));
    }
}

/// What a group has done so far.
#[derive(Default)]
struct Work {
    batches: Vec<Batch>,
    replies: Vec<Reply>,
    started: Vec<(LeaseId, Duration)>,
    ended: Vec<LeaseId>,
}

impl Work {
    fn apply(&mut self, mut txn: Txn, answer: Answer<Committed>, tables: &mut Tables<'_>) -> Result<()> {
        let op = txn.op_id();
        match tables.apply(&txn, &Limits::COMMON) {
            Ok((committed, batch)) => {
                self.batches.extend(batch);
                self.reply(answer, op, committed);
            }
            Err(refused @ (Error::LeaseGone | Error::TooManyOps { .. })) => drop(answer.send(Err(refused))),
            Err(error) => {
                drop(answer.send(Err(Error::Unavailable)));
                return Err(error);
            }
        }
        Ok(())
    }

    /// Answers once the group is durable.
    fn reply<T: Send + 'static>(&mut self, answer: Answer<T>, op: OpId, value: T) {
        self.replies.push(Box::new(move |outcome| {
            // Whoever asked may have gone.
            let _ = answer.send(match outcome {
                Ok(()) => Ok(value),
                Err(Failed::Before) => Err(Error::Unavailable),
                Err(Failed::During) => Err(Error::Unknown(op)),
            });
        }));
    }

    fn answer(self, outcome: Result<(), Failed>) {
        self.replies.into_iter().for_each(|reply| reply(outcome));
    }
}
