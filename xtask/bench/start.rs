//! Start and memory: how soon the server answers, and how big it is, at rest and afterwards.

use std::time::Duration;

use anyhow::Result;

use crate::client::Load;
use crate::compare::Effort;
use crate::goals::Bound::AtMost;
use crate::identity::Identity;
use crate::report::Report;
use crate::setup;
use crate::statistics::Quartiles;
use crate::subject::Yard;
use crate::workload::Workload;

const NAME: &str = "start";
const PARAMETERS: usize = 1000;
/// Memory counts as idle after this long.
const REST: Duration = Duration::from_secs(2);
/// How long the load lasts that memory is looked at after.
const LOAD: Duration = Duration::from_secs(5);

/// Measures S1.
///
/// # Errors
///
/// The server does not start or refuses a request.
pub(crate) async fn run(yard: &Yard, effort: Effort, report: &mut Report) -> Result<()> {
    let first = yard.kagiban(NAME, false).await?;
    setup::parameters(&first.address, PARAMETERS).await?;
    drop(first);
    let (mut seconds, mut idle, mut loaded) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.pairs {
        let subject = yard.kagiban_again(NAME, false).await?;
        seconds.push(subject.started_in.as_secs_f64());
    }
    for _ in 0..2 {
        let subject = yard.kagiban_again(NAME, false).await?;
        tokio::time::sleep(REST).await;
        idle.push(subject.usage().rss_kib()? as f64 / 1024.0);
        let load = Load {
            workload: Workload::Get { names: PARAMETERS },
            concurrency: 64,
            span: LOAD,
        };
        load.run(&subject.address, &Identity::root(), || subject.usage().cpu())
            .await?;
        loaded.push(subject.usage().rss_kib()? as f64 / 1024.0);
    }
    let what = "start to first answer, 1000 parameters";
    report.outcome("S1", what, AtMost(0.3), "s", Quartiles::of(seconds))?;
    report.outcome("S1", "memory at rest", AtMost(40.0), "MiB", Quartiles::of(idle))?;
    report.outcome(
        "S1",
        "memory after load",
        AtMost(64.0),
        "MiB",
        Quartiles::of(loaded),
    )
}
