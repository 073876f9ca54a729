use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::LocalSet;
use tokio::time::sleep;

use super::{Address, Connection};
use crate::identity::Identity;
use crate::workload::Workload;

/// Connections are opened and caches filled before anything counts.
const WARM_UP: Duration = Duration::from_millis(200);

/// A closed loop: so many connections, each with one request on its way at any time.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) workload: Workload,
    pub(crate) concurrency: usize,
    pub(crate) span: Duration,
}

/// What one load found.
pub(crate) struct Sample {
    pub(crate) elapsed: Duration,
    /// The server's processor time meanwhile.
    pub(crate) cpu: Duration,
    /// In ascending order; one for each request.
    pub(crate) latencies: Vec<Duration>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Phase {
    WarmUp,
    Counting,
    Over,
}

/// What the connections share; one thread drives them all.
struct Shared {
    phase: Cell<Phase>,
    latencies: RefCell<Vec<Duration>>,
}

impl Load {
    /// Loads a server; `cpu` tells its processor time so far.
    ///
    /// # Errors
    ///
    /// A request fails or is refused.
    pub(crate) async fn run(
        &self,
        address: &Address,
        identity: &Identity,
        cpu: impl Fn() -> Result<Duration>,
    ) -> Result<Sample> {
        let shared = Rc::new(Shared {
            phase: Cell::new(Phase::WarmUp),
            latencies: RefCell::default(),
        });
        let connections = LocalSet::new();
        let tasks: Vec<_> = (0..self.concurrency)
            .map(|number| {
                let (address, identity, shared) = (address.clone(), identity.clone(), Rc::clone(&shared));
                let (workload, first) = (self.workload, number as u64 * 1_000_003);
                connections
                    .spawn_local(async move { ask(&address, &identity, workload, first, &shared).await })
            })
            .collect();
        let times = connections.run_until(async {
            sleep(WARM_UP).await;
            let (begun, cpu_before) = (Instant::now(), cpu()?);
            shared.phase.set(Phase::Counting);
            sleep(self.span).await;
            let times = (begun.elapsed(), cpu()? - cpu_before);
            shared.phase.set(Phase::Over);
            anyhow::Ok(times)
        });
        let (elapsed, cpu) = times.await?;
        for task in tasks {
            connections.run_until(task).await??;
        }
        let mut latencies = shared.latencies.take();
        latencies.sort_unstable();
        Ok(Sample {
            elapsed,
            cpu,
            latencies,
        })
    }
}

async fn ask(
    address: &Address,
    identity: &Identity,
    workload: Workload,
    first: u64,
    shared: &Shared,
) -> Result<()> {
    let mut connection = Connection::open(address).await?;
    for turn in first.. {
        let call = workload.call(turn);
        let begun = Instant::now();
        connection.ask(&call, identity).await?;
        match shared.phase.get() {
            Phase::WarmUp => {}
            Phase::Counting => shared.latencies.borrow_mut().push(begun.elapsed()),
            Phase::Over => break,
        }
    }
    Ok(())
}

impl Sample {
    /// Requests per second.
    pub(crate) fn rps(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The server's processor time for one request, in microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.latencies.len().max(1) as f64
    }

    /// The time within which `percent` of the requests were answered, in microseconds.
    pub(crate) fn percentile_us(&self, percent: usize) -> f64 {
        let place = self.latencies.len() * percent / 100;
        let latency = self
            .latencies
            .get(place.min(self.latencies.len().saturating_sub(1)));
        latency.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e6)
    }
}
