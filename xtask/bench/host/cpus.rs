use std::process::{Child, Command};
use std::{io, thread};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Which processor is whose: one for the servers, another for the client, so that neither takes the
/// other's time. With one processor only, they share it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cpus {
    server: usize,
    client: usize,
    /// Whether both are everybody's.
    is_shared: bool,
}

impl Cpus {
    /// The first two processors that we may use.
    ///
    /// # Errors
    ///
    /// The system does not say.
    pub(crate) fn allot() -> io::Result<Cpus> {
        let allowed = sched_getaffinity(None)?;
        let mut usable = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        let server = usable.next().unwrap_or_default();
        Ok(Cpus {
            server,
            client: usable.next().unwrap_or(server),
            is_shared: false,
        })
    }

    /// The same two for everybody: with more than two programs at work, none has one of its own.
    pub(crate) fn shared(self) -> Cpus {
        Cpus {
            is_shared: true,
            ..self
        }
    }

    /// Keeps this thread, and those it will start, on the client's processor.
    pub(crate) fn be_client(self) -> io::Result<()> {
        self.stay_on(self.client)
    }

    /// Starts a program on the server's processor: a child inherits its parent thread's.
    pub(crate) fn start_server(self, command: &mut Command) -> io::Result<Child> {
        let start = || {
            self.stay_on(self.server)?;
            command.spawn()
        };
        thread::scope(|scope| scope.spawn(start).join().expect("spawn does not panic"))
    }

    fn stay_on(self, own: usize) -> io::Result<()> {
        let mut set = CpuSet::new();
        set.set(own);
        if self.is_shared {
            set.set(self.server);
            set.set(self.client);
        }
        Ok(sched_setaffinity(None, &set)?)
    }
}
