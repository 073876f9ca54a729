//! The goals, and when they count as missed.
//!
//! The machine is noisy, so a goal is missed only if the median is beyond it and the middle half of
//! the measurements is too.

use Bound::{AtLeast, AtMost};
use Metric::{Cpu, P50, P99, Rps};
use serde::Serialize;

use crate::compare::Metric;
use crate::limit::Kind;
use crate::statistics::Quartiles;
use crate::workload::{NAMES, Workload};

/// How far a figure may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// How a figure stands to its goal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Reached,
    /// The median is beyond the goal, but the middle half is not.
    Noise,
    Missed,
}

impl Bound {
    pub(crate) fn judge(self, found: Quartiles) -> Verdict {
        // Turned round, "at least" is "at most".
        let (median, best, goal) = match self {
            AtMost(goal) => (found.median, found.lower, goal),
            AtLeast(goal) => (-found.median, -found.upper, -goal),
        };
        match (median <= goal, best <= goal) {
            (true, _) => Verdict::Reached,
            (false, true) => Verdict::Noise,
            (false, false) => Verdict::Missed,
        }
    }

    pub(crate) fn text(self) -> String {
        match self {
            AtMost(goal) => format!("≤ {goal}"),
            AtLeast(goal) => format!("≥ {goal}"),
        }
    }
}

impl Verdict {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Verdict::Reached => "reached",
            Verdict::Noise => "within noise",
            Verdict::Missed => "MISSED",
        }
    }
}

/// Who asks our server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Caller {
    /// A user with ten policies of twenty statements each.
    User,
    /// The root user, for whom policies do not count: what they cost is the difference.
    Root,
}

/// Our server and a limit under one load, and what is wanted of their ratio.
pub(crate) struct Comparison {
    pub(crate) limit: Kind,
    pub(crate) workload: Workload,
    pub(crate) concurrency: usize,
    pub(crate) tls: bool,
    pub(crate) caller: Caller,
    pub(crate) goals: &'static [(&'static str, Metric, Bound)],
}

impl Comparison {
    const fn get(
        limit: Kind,
        concurrency: usize,
        goals: &'static [(&'static str, Metric, Bound)],
    ) -> Comparison {
        Comparison {
            limit,
            workload: Workload::Get { names: NAMES },
            concurrency,
            tls: false,
            caller: Caller::User,
            goals,
        }
    }

    const fn put(concurrency: usize, goals: &'static [(&'static str, Metric, Bound)]) -> Comparison {
        Comparison {
            workload: Workload::Put { names: NAMES },
            ..Comparison::get(Kind::Put, concurrency, goals)
        }
    }

    const fn over_tls(self) -> Comparison {
        Comparison { tls: true, ..self }
    }

    const fn by_root(self) -> Comparison {
        Comparison {
            caller: Caller::Root,
            ..self
        }
    }

    /// Such as `get c=64 TLS / limit c`.
    pub(crate) fn title(&self) -> String {
        let what = match self.workload {
            Workload::Get { .. } => "get",
            Workload::Put { .. } => "put",
            Workload::Page { .. } => "page",
            Workload::Describe { .. } => "describe",
            Workload::Kms { operation, .. } => operation,
        };
        let tls = if self.tls { " TLS" } else { "" };
        let root = match self.caller {
            Caller::User => "",
            Caller::Root => " as root",
        };
        let limit = self.limit.name();
        format!("{what} c={}{tls}{root} / limit {limit}", self.concurrency)
    }

    /// Tells whether it is among those asked for; all are if none is.
    pub(crate) fn is_wanted(&self, only: &[String]) -> bool {
        only.is_empty() || self.goals.iter().any(|(goal, ..)| is_wanted(goal, only))
    }
}

/// The same of a single goal.
pub(crate) fn is_wanted(goal: &str, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|wanted| wanted.eq_ignore_ascii_case(goal))
}

/// Reads first: writes leave history behind.
pub(crate) const COMPARISONS: &[Comparison] = &[
    Comparison::get(Kind::C, 8, &[("R1", Cpu, AtMost(1.3)), ("R5", P99, AtMost(2.0))]),
    Comparison::get(Kind::C, 64, &[("R1", Cpu, AtMost(1.3))]),
    Comparison::get(Kind::B, 8, &[("R1", Cpu, AtMost(1.9))]),
    Comparison::get(Kind::B, 64, &[("R1", Cpu, AtMost(1.9))]),
    Comparison::get(Kind::C, 64, &[]).by_root(),
    Comparison::get(Kind::C, 1, &[("R5", P50, AtMost(1.5))]),
    Comparison::get(Kind::C, 8, &[("R2", Cpu, AtMost(1.3))]).over_tls(),
    Comparison::get(Kind::C, 64, &[("R2", Cpu, AtMost(1.3))]).over_tls(),
    Comparison::put(1, &[("W2", P50, AtMost(1.5))]),
    Comparison::put(64, &[("W1", Rps, AtLeast(0.67)), ("W1", Cpu, AtMost(1.5))]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lower: f64, median: f64, upper: f64) -> Quartiles {
        Quartiles { lower, median, upper }
    }

    #[test]
    fn a_goal_is_missed_only_if_the_middle_half_is_beyond_it_too() {
        assert_eq!(AtMost(1.3).judge(found(1.1, 1.2, 1.5)), Verdict::Reached);
        assert_eq!(AtMost(1.3).judge(found(1.2, 1.4, 1.5)), Verdict::Noise);
        assert_eq!(AtMost(1.3).judge(found(1.4, 1.5, 1.6)), Verdict::Missed);
        assert_eq!(AtLeast(0.67).judge(found(0.6, 0.7, 0.8)), Verdict::Reached);
        assert_eq!(AtLeast(0.67).judge(found(0.5, 0.6, 0.7)), Verdict::Noise);
        assert_eq!(AtLeast(0.67).judge(found(0.4, 0.5, 0.6)), Verdict::Missed);
    }
}
