//! Memory for secrets: pages that are never swapped, and a stack on which nothing is left.

use std::hint::black_box;
use std::io;
use std::ops::Deref;

use memmap2::MmapMut;
use zeroize::Zeroize as _;

/// Deeper than any library's use of the stack while it reads a key or signs.
const DEPTH: usize = 256 << 10;

/// Bytes in memory of their own, wiped in the end.
pub(crate) struct Page {
    memory: MmapMut,
    length: usize,
    is_locked: bool,
}

impl Page {
    /// What is read to its end, or to `limit` bytes.
    ///
    /// # Errors
    ///
    /// If the memory cannot be locked, or it cannot be read.
    pub(crate) fn read(mut from: impl io::Read, limit: usize) -> io::Result<Page> {
        let mut memory = MmapMut::map_anon(limit)?;
        memory.lock()?;
        let mut length = 0;
        while length < limit {
            match from.read(&mut memory[length..])? {
                0 => break,
                count => length += count,
            }
        }
        Ok(Page {
            memory,
            length,
            is_locked: true,
        })
    }

    /// A copy, in memory that is never swapped if the system lets it be locked.
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub(crate) fn copy(bytes: &[u8]) -> io::Result<Page> {
        let mut memory = MmapMut::map_anon(bytes.len().max(1))?;
        let is_locked = memory.lock().is_ok();
        memory[..bytes.len()].copy_from_slice(bytes);
        Ok(Page {
            memory,
            length: bytes.len(),
            is_locked,
        })
    }

    /// Whether it is never swapped.
    pub(crate) fn is_locked(&self) -> bool {
        self.is_locked
    }
}

impl Deref for Page {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory[..self.length]
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.memory.zeroize();
    }
}

/// Keeps all of this process's memory out of the swap, where it may lock as much as it will ever need; with
/// less, an allocation could fail later.
#[cfg(target_os = "linux")]
pub(crate) fn lock_all() {
    use rustix::mm::{MlockAllFlags, mlockall};
    use rustix::process::{Resource, getrlimit};
    use rustix::thread::{CapabilitySet, capabilities};

    let is_capable = || {
        let sets = capabilities(None);
        sets.is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK))
    };
    if getrlimit(Resource::Memlock).current.is_none() || is_capable() {
        // Pages are locked as they are first touched: what is only reserved takes no memory.
        let _ = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT);
    }
}

/// Other systems lock single pages only.
#[cfg(not(target_os = "linux"))]
pub(crate) fn lock_all() {}

/// Does something, and wipes the stack below: libraries leave copies of a key there.
pub(crate) fn on_wiped_stack<T>(work: impl FnOnce() -> T) -> T {
    let done = apart(work);
    wipe();
    done
}

/// Not inlined, so that all of it is below its caller's frame.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn wipe() {
    let stack = [0_u8; DEPTH];
    black_box(&stack);
}
