//! Two servers, loaded in turn: A B A B, so that the machine's moods meet both.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::client::{Load, Sample};
use crate::identity::Identity;
use crate::report::Report;
use crate::statistics::Quartiles;
use crate::subject::Subject;
use crate::workload::Workload;

/// How often and how long.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) pairs: usize,
    pub(crate) span: Duration,
}

/// One of the two.
pub(crate) struct Side<'s> {
    pub(crate) name: &'s str,
    pub(crate) subject: &'s Subject,
    pub(crate) identity: &'s Identity,
    pub(crate) workload: Workload,
}

/// One load of one server, as it is written down.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measurement {
    pub(crate) comparison: String,
    pub(crate) side: String,
    pub(crate) concurrency: usize,
    pub(crate) pair: usize,
    pub(crate) seconds: f64,
    pub(crate) requests: usize,
    /// Always 0: a request that fails ends the bench.
    pub(crate) errors: usize,
    pub(crate) rps: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Equally: milliseconds for 1000 requests.
    pub(crate) cpu_us_per_request: f64,
    pub(crate) rss_kib: u64,
}

/// What is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Metric {
    Cpu,
    Rps,
    P50,
    P99,
}

impl Metric {
    /// In the order of the tables.
    pub(crate) const ALL: [Metric; 4] = [Metric::Rps, Metric::P50, Metric::P99, Metric::Cpu];

    pub(crate) fn of(self, measurement: &Measurement) -> f64 {
        match self {
            Metric::Cpu => measurement.cpu_us_per_request,
            Metric::Rps => measurement.rps,
            Metric::P50 => measurement.p50_us,
            Metric::P99 => measurement.p99_us,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Metric::Cpu => "CPU per request",
            Metric::Rps => "requests per second",
            Metric::P50 => "p50",
            Metric::P99 => "p99",
        }
    }
}

/// All that was measured of two servers under one load.
pub(crate) struct Compared {
    pub(crate) title: String,
    pub(crate) pairs: Vec<[Measurement; 2]>,
}

impl Compared {
    /// The first server's figure in the second's, pair by pair.
    pub(crate) fn ratio(&self, metric: Metric) -> Quartiles {
        Quartiles::of(
            self.pairs
                .iter()
                .map(|[ours, reference]| metric.of(ours) / metric.of(reference)),
        )
    }

    /// One server's figure (0: the first).
    pub(crate) fn figure(&self, side: usize, metric: Metric) -> Quartiles {
        Quartiles::of(self.pairs.iter().map(|pair| metric.of(&pair[side])))
    }
}

/// Loads the two servers in turn.
///
/// # Errors
///
/// A server refuses a request or ends.
pub(crate) async fn alternate(
    title: String,
    sides: [&Side<'_>; 2],
    concurrency: usize,
    effort: Effort,
    report: &mut Report,
) -> Result<Compared> {
    let mut pairs = Vec::with_capacity(effort.pairs);
    for pair in 0..effort.pairs {
        let mut measured = Vec::with_capacity(2);
        for side in sides {
            let measurement = measure(&title, side, concurrency, pair, effort.span).await?;
            report.measured(&measurement)?;
            measured.push(measurement);
        }
        pairs.extend(<[Measurement; 2]>::try_from(measured));
    }
    let compared = Compared { title, pairs };
    report.compared(&compared);
    Ok(compared)
}

/// Loads one server.
///
/// # Errors
///
/// It refuses a request or ends.
pub(crate) async fn measure(
    title: &str,
    side: &Side<'_>,
    concurrency: usize,
    pair: usize,
    span: Duration,
) -> Result<Measurement> {
    let load = Load {
        workload: side.workload,
        concurrency,
        span,
    };
    let usage = side.subject.usage();
    let sample: Sample = load
        .run(&side.subject.address, side.identity, || usage.cpu())
        .await?;
    Ok(Measurement {
        comparison: title.to_owned(),
        side: side.name.to_owned(),
        concurrency,
        pair,
        seconds: sample.elapsed.as_secs_f64(),
        requests: sample.latencies.len(),
        errors: 0,
        rps: sample.rps(),
        p50_us: sample.percentile_us(50),
        p99_us: sample.percentile_us(99),
        cpu_us_per_request: sample.cpu_us(),
        rss_kib: usage.rss_kib()?,
    })
}
