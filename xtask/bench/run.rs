//! The run: which goals, how often, and where.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::compare::{Effort, Side, alternate};
use crate::goals::{COMPARISONS, Caller, Comparison, is_wanted};
use crate::host::Cpus;
use crate::identity::Identity;
use crate::limit::Kind;
use crate::options::Options;
use crate::report::{Report, heading};
use crate::scale::SCALES;
use crate::subject::{Subject, Yard};
use crate::workload::{NAMES, Workload};
use crate::{authorization, kms, roles, sessions, setup, start, workstation};

impl Options {
    fn effort(&self) -> Result<Effort> {
        ensure!(
            (0.1..=600.0).contains(&self.seconds),
            "--seconds is between 0.1 and 600"
        );
        ensure!(self.pairs > 0, "--pairs is at least 1");
        Ok(match self.quick {
            true => Effort {
                pairs: 3,
                span: Duration::from_secs(1),
            },
            false => Effort {
                pairs: self.pairs,
                span: Duration::from_secs_f64(self.seconds),
            },
        })
    }
}

/// Measures what is asked for and prints how it stands to the goals.
///
/// # Errors
///
/// A server does not start, ends, or refuses a request. Goals that are missed are no error: how fast
/// a noisy machine is proves nothing by itself.
pub(crate) fn run(arguments: &Options) -> Result<()> {
    let cpus = Cpus::allot()?;
    cpus.be_client()?;
    println!("{cpus:?}");
    let yard = Yard::new(&arguments.directory, &arguments.server, cpus)?;
    let mut report = Report::new(&arguments.json)?;
    let effort = arguments.effort()?;
    println!("{}", heading());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if arguments.self_check {
            self_check(&yard, effort, &mut report).await
        } else {
            goals(&yard, effort, arguments, &mut report).await
        }
    })?;
    report.print();
    Ok(())
}

async fn self_check(yard: &Yard, effort: Effort, report: &mut Report) -> Result<()> {
    let one = yard.limit("one", Kind::C, false).await?;
    let other = yard.limit("other", Kind::C, false).await?;
    let root = Identity::root();
    let side = |name, subject| Side {
        name,
        subject,
        identity: &root,
        workload: Workload::Get { names: NAMES },
    };
    for concurrency in [8, 64] {
        let title = format!("self-check: get c={concurrency}, limit c / limit c");
        let sides = [&side("limit c", &one), &side("limit c, again", &other)];
        alternate(title, sides, concurrency, effort, report).await?;
    }
    Ok(())
}

async fn goals(yard: &Yard, effort: Effort, options: &Options, report: &mut Report) -> Result<()> {
    let only = &options.only;
    for tls in [false, true] {
        let wanted = COMPARISONS.iter().filter(|c| c.tls == tls && c.is_wanted(only));
        let wanted: Vec<_> = wanted.collect();
        if !wanted.is_empty() {
            let ours = Ours::prepare(yard, tls).await?;
            for comparison in wanted {
                ours.compare(comparison, yard, effort, report).await?;
            }
        }
    }
    if is_wanted("A1", only) {
        authorization::run(yard, effort, report).await?;
    }
    if is_wanted("S1", only) {
        start::run(yard, effort, report).await?;
    }
    for scale in SCALES.iter().filter(|scale| is_wanted(scale.goal, only)) {
        scale.run(yard, effort, report).await?;
    }
    if is_wanted("N2", only) {
        roles::run(yard, effort, report).await?;
    }
    kms::run(yard, effort, only, report).await?;
    if is_wanted("E1", only) {
        workstation::run(yard, options, effort, report).await?;
    }
    sessions::run(yard, options, effort, report).await
}

/// Our server with its callers.
struct Ours {
    subject: Subject,
    user: Identity,
    root: Identity,
}

impl Ours {
    async fn prepare(yard: &Yard, tls: bool) -> Result<Ours> {
        let name = if tls { "kagiban-tls" } else { "kagiban" };
        let subject = yard.kagiban(name, tls).await?;
        let user = setup::user(&subject.address).await?;
        setup::parameters(&subject.address, NAMES).await?;
        let root = Identity::root();
        Ok(Ours { subject, user, root })
    }

    async fn compare(
        &self,
        comparison: &Comparison,
        yard: &Yard,
        effort: Effort,
        report: &mut Report,
    ) -> Result<()> {
        let limit = yard.limit("limit", comparison.limit, comparison.tls).await?;
        let workload = comparison.workload;
        let ours = Side {
            name: "kagiban",
            subject: &self.subject,
            identity: match comparison.caller {
                Caller::User => &self.user,
                Caller::Root => &self.root,
            },
            workload,
        };
        let reference = Side {
            name: "limit",
            subject: &limit,
            identity: &self.root,
            workload,
        };
        let title = comparison.title();
        let sides = [&ours, &reference];
        let compared = alternate(title, sides, comparison.concurrency, effort, report).await?;
        report.judge(comparison, &compared)
    }
}
