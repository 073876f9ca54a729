//! Many parameters: do they fit, does the server start with them, and does anybody notice?

use anyhow::Result;

use crate::compare::{Effort, Metric, Side, alternate};
use crate::goals::Bound::AtMost;
use crate::identity::Identity;
use crate::report::Report;
use crate::setup;
use crate::statistics::Quartiles;
use crate::subject::{Subject, Yard};
use crate::workload::{PER_PATH, Workload};

/// A kind of request over so many parameters, and what it is called.
type Named = (&'static str, fn(usize) -> Workload);

/// An account with many parameters, held against one with few.
pub(crate) struct Scale {
    pub(crate) goal: &'static str,
    many: usize,
    few: usize,
    /// More names are more cache misses, and those are the processor's, not ours.
    no_slower: f64,
    workloads: &'static [Named],
    megabytes: f64,
    seconds_to_start: f64,
}

/// A hundred thousand, which the plan holds closely, and a million.
pub(crate) const SCALES: [Scale; 2] = [
    Scale {
        goal: "N1",
        many: 100_000,
        few: 100,
        no_slower: 1.1,
        workloads: &[("get", get), ("page", page)],
        megabytes: 200.0,
        seconds_to_start: 1.0,
    },
    Scale {
        goal: "N3",
        many: 1_000_000,
        few: 1_000,
        no_slower: 1.3,
        workloads: &[("get", get), ("page", page), ("describe", describe), ("put", put)],
        megabytes: 2000.0,
        seconds_to_start: 5.0,
    },
];

impl Scale {
    /// Fills one server with many and another with few, and holds them against each other.
    ///
    /// # Errors
    ///
    /// A server does not start or refuses a request.
    pub(crate) async fn run(&self, yard: &Yard, effort: Effort, report: &mut Report) -> Result<()> {
        println!("putting {} parameters", self.many);
        let many = self.filled("many", self.many, yard).await?;
        let few = self.filled("few", self.few, yard).await?;
        self.fits(&many, report)?;
        let root = Identity::root();
        for (what, workload) in self.workloads {
            let side = |name, subject, count| Side {
                name,
                subject,
                identity: &root,
                workload: workload(count),
            };
            let (ours, reference) = (side("many", &many, self.many), side("few", &few, self.few));
            let title = format!("{what} c=8, {} parameters / {}", self.many, self.few);
            let compared = alternate(title, [&ours, &reference], 8, effort, report).await?;
            for metric in [Metric::Cpu, Metric::P50] {
                let what = format!("{}, {}", compared.title, metric.name());
                report.outcome(
                    self.goal,
                    what,
                    AtMost(self.no_slower),
                    "x",
                    compared.ratio(metric),
                )?;
            }
        }
        Ok(())
    }

    /// A server that has just started with so many.
    async fn filled(&self, name: &str, count: usize, yard: &Yard) -> Result<Subject> {
        let subject = yard.kagiban(name, false).await?;
        setup::parameters(&subject.address, count).await?;
        drop(subject);
        yard.kagiban_again(name, false).await
    }

    /// How long the start took and what lies in memory after it.
    fn fits(&self, many: &Subject, report: &mut Report) -> Result<()> {
        let (goal, count) = (self.goal, self.many);
        let started = Quartiles::of([many.started_in.as_secs_f64()]);
        let what = format!("start with {count} parameters");
        report.outcome(goal, what, AtMost(self.seconds_to_start), "s", started)?;
        let bytes = many.usage().rss_kib()? as f64 * 1024.0;
        let what = format!("memory with {count} parameters");
        report.outcome(
            goal,
            what,
            AtMost(self.megabytes),
            "MB",
            Quartiles::of([bytes / 1e6]),
        )?;
        report.note(format!(
            "{goal}     {:.0} bytes for each parameter",
            bytes / count as f64
        ))
    }
}

fn get(names: usize) -> Workload {
    Workload::Get { names }
}

fn put(names: usize) -> Workload {
    Workload::Put { names }
}

fn page(names: usize) -> Workload {
    Workload::Page {
        paths: names / PER_PATH,
    }
}

fn describe(names: usize) -> Workload {
    Workload::Describe {
        paths: names / PER_PATH,
    }
}
