//! A hundred thousand parameters: do they fit, and does anybody notice?

use anyhow::Result;

use crate::compare::{Effort, Metric, Side, alternate};
use crate::goals::Bound::AtMost;
use crate::identity::Identity;
use crate::report::Report;
use crate::setup;
use crate::statistics::Quartiles;
use crate::subject::Yard;
use crate::workload::{PER_PATH, Workload};

const MANY: usize = 100_000;
const FEW: usize = 100;
/// More names are more cache misses, and those are the processor's, not ours.
const NO_SLOWER: f64 = 1.1;

/// Fills one server with many and another with few, and holds them against each other.
///
/// # Errors
///
/// A server does not start or refuses a request.
pub(crate) async fn run(yard: &Yard, effort: Effort, report: &mut Report) -> Result<()> {
    println!("putting {MANY} parameters");
    let many = yard.kagiban("many", false).await?;
    setup::parameters(&many.address, MANY).await?;
    drop(many);
    let many = yard.kagiban_again("many", false).await?;
    let few = yard.kagiban("few", false).await?;
    setup::parameters(&few.address, FEW).await?;
    let started = Quartiles::of([many.started_in.as_secs_f64()]);
    println!("  start with {MANY} parameters: {:.2} s", started.median);
    let root = Identity::root();
    for (what, workload) in [("get", get as fn(usize) -> Workload), ("page", page)] {
        let side = |name, subject, count| Side {
            name,
            subject,
            identity: &root,
            workload: workload(count),
        };
        let (ours, reference) = (side("100000 parameters", &many, MANY), side("100", &few, FEW));
        let title = format!("{what} c=8, 100000 parameters / 100");
        let compared = alternate(title, [&ours, &reference], 8, effort, report).await?;
        for metric in [Metric::Cpu, Metric::P50] {
            let what = format!("{}, {}", compared.title, metric.name());
            report.outcome("N1", what, AtMost(NO_SLOWER), "x", compared.ratio(metric))?;
        }
    }
    let memory = Quartiles::of([many.usage().rss_kib()? as f64 * 1024.0 / 1e6]);
    report.outcome("N1", "memory with 100000 parameters", AtMost(200.0), "MB", memory)
}

fn get(names: usize) -> Workload {
    Workload::Get { names }
}

fn page(names: usize) -> Workload {
    Workload::Page {
        paths: names / PER_PATH,
    }
}
