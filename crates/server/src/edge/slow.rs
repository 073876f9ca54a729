//! Operations that may take a processor for long, such as the search for an RSA key.
//!
//! The thread that read such a request is left to the other requests, and only so many run at a
//! time that a processor remains for those. The others wait in lines, a line for each caller, and the
//! lines have their turns one after another: who asks for a hundred keys waits for them, and delays
//! nobody else by more than one. Only who is allowed the operation gets as far as here.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;

use tokio::sync::oneshot;
use tokio::task::block_in_place;

/// Turns for slow operations.
pub(super) struct Slow(Arc<Mutex<Lines>>);

/// Who works, and who waits for it.
struct Lines {
    /// Turns that nobody has. INVARIANT: nobody waits while there is one.
    free: usize,
    /// The callers who wait, in the order of their turns. None of their lines is empty.
    waiting: VecDeque<(String, Line)>,
}

/// One caller's requests, first come, first served.
type Line = VecDeque<oneshot::Sender<Turn>>;

/// The right to work, until it is dropped.
pub(super) struct Turn(Arc<Mutex<Lines>>);

impl Slow {
    /// As many turns as there are processors but one; one if there is only one.
    pub(super) fn new() -> Slow {
        let processors = available_parallelism().map_or(1, usize::from);
        Slow::with_turns(processors.saturating_sub(1).max(1))
    }

    fn with_turns(free: usize) -> Slow {
        Slow(Arc::new(Mutex::new(Lines {
            free,
            waiting: VecDeque::new(),
        })))
    }

    /// Waits until it is the caller's turn. Who gives up waiting holds up nobody.
    pub(super) async fn stand(&self, caller: &str) -> Turn {
        let waiting = {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            lines.join(caller)
        };
        match waiting {
            Some(turn) => turn.await.expect("a line ends with its last turn"),
            None => Turn(Arc::clone(&self.0)),
        }
    }
}

impl Turn {
    /// Works without holding up the other tasks of this thread.
    pub(super) fn work<T>(&self, work: impl FnOnce() -> T) -> T {
        block_in_place(work)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            lines.next()
        };
        if let Some(next) = next {
            // Who has gone in this very moment lets the turn fall, and so passes it on.
            let _ = next.send(Turn(Arc::clone(&self.0)));
        }
    }
}

impl Lines {
    /// Takes a turn if there is one, else a place at the end of the caller's line.
    fn join(&mut self, caller: &str) -> Option<oneshot::Receiver<Turn>> {
        if let Some(left) = self.free.checked_sub(1) {
            self.free = left;
            return None;
        }
        let (place, turn) = oneshot::channel();
        match self.waiting.iter_mut().find(|(name, _)| name == caller) {
            Some((_, line)) => line.push_back(place),
            None => self
                .waiting
                .push_back((caller.to_owned(), VecDeque::from([place]))),
        }
        Some(turn)
    }

    /// Whose turn it is, now that one is over; if it is nobody's, it is kept.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        while let Some((caller, mut line)) = self.waiting.pop_front() {
            let next = line.pop_front();
            if !line.is_empty() {
                self.waiting.push_back((caller, line));
            }
            if let Some(next) = next.filter(|next| !next.is_closed()) {
                return Some(next);
            }
        }
        self.free += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use futures_util::FutureExt as _;
    use tokio::task::{LocalSet, yield_now};

    use super::*;

    fn free(slow: &Slow) -> usize {
        slow.0.lock().unwrap().free
    }

    #[tokio::test]
    async fn callers_have_their_turns_one_after_another_however_much_one_of_them_wants() {
        let (slow, served) = (Rc::new(Slow::with_turns(1)), Rc::new(RefCell::new(Vec::new())));
        let tasks = LocalSet::new();
        let first = slow.stand("greedy").await;
        for caller in ["greedy", "greedy", "greedy", "a", "b", "a"] {
            let (slow, served) = (Rc::clone(&slow), Rc::clone(&served));
            tasks.spawn_local(async move {
                let _turn = slow.stand(caller).await;
                served.borrow_mut().push(caller);
                yield_now().await;
            });
        }
        tasks.run_until(yield_now()).await; // all of them stand in line
        assert!(served.borrow().is_empty());
        drop(first);
        tasks.await;
        assert_eq!(*served.borrow(), ["greedy", "a", "b", "greedy", "a", "greedy"]);
        assert_eq!(free(&slow), 1);
    }

    #[tokio::test]
    async fn as_many_work_at_once_as_there_are_turns() {
        let slow = Slow::with_turns(2);
        let (one, _other) = (slow.stand("a").await, slow.stand("a").await);
        let mut third = Box::pin(slow.stand("b"));
        assert!(third.as_mut().now_or_never().is_none());
        drop(one);
        assert!(third.now_or_never().is_some());
    }

    #[tokio::test]
    async fn who_gives_up_holds_up_nobody() {
        let slow = Slow::with_turns(1);
        let held = slow.stand("a").await;
        let mut gone: Vec<_> = (0..3).map(|_| Box::pin(slow.stand("b"))).collect();
        let mut last = Box::pin(slow.stand("c"));
        for waiting in gone.iter_mut().chain([&mut last]) {
            assert!(waiting.as_mut().now_or_never().is_none());
        }
        let given_at_the_end = gone.pop();
        drop(gone);
        drop(held); // the first who is still there has it, and goes without taking it
        drop(given_at_the_end);
        assert!(last.now_or_never().is_some());
        assert_eq!(free(&slow), 1);
    }
}
