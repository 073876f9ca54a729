//! What was found: a line of JSON for each measurement, tables for people.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::compare::{Compared, Measurement, Metric};
use crate::goals::{Bound, Comparison, Verdict};
use crate::statistics::Quartiles;

/// Collects what is found and writes it down.
pub(crate) struct Report {
    json: File,
    outcomes: Vec<Outcome>,
    compared: Vec<String>,
    notes: Vec<String>,
}

/// A goal, and what was reached of it.
struct Outcome {
    goal: &'static str,
    what: String,
    wanted: Bound,
    unit: &'static str,
    found: Quartiles,
}

/// An [`Outcome`] as it is written down.
#[derive(Serialize)]
struct Line<'o> {
    goal: &'static str,
    what: &'o str,
    wanted: String,
    unit: &'static str,
    median: f64,
    middle_half: [f64; 2],
    verdict: Verdict,
}

impl Report {
    /// # Errors
    ///
    /// The file cannot be made.
    pub(crate) fn new(json: &Path) -> Result<Report> {
        if let Some(directory) = json.parent() {
            fs::create_dir_all(directory)?;
        }
        Ok(Report {
            json: File::create(json).with_context(|| json.display().to_string())?,
            outcomes: Vec::new(),
            compared: Vec::new(),
            notes: Vec::new(),
        })
    }

    pub(crate) fn measured(&mut self, measurement: &Measurement) -> Result<()> {
        self.line(measurement)
    }

    pub(crate) fn compared(&mut self, compared: &Compared) {
        let row = row(compared);
        print!("{row}");
        self.compared.push(row);
    }

    /// Holds a comparison against its goals.
    pub(crate) fn judge(&mut self, comparison: &Comparison, compared: &Compared) -> Result<()> {
        for (goal, metric, wanted) in comparison.goals {
            let what = format!("{}, {}", compared.title, metric.name());
            self.outcome(goal, what, *wanted, "x", compared.ratio(*metric))?;
        }
        Ok(())
    }

    /// Holds any figure against a goal.
    pub(crate) fn outcome(
        &mut self,
        goal: &'static str,
        what: impl Into<String>,
        wanted: Bound,
        unit: &'static str,
        found: Quartiles,
    ) -> Result<()> {
        let outcome = Outcome {
            goal,
            what: what.into(),
            wanted,
            unit,
            found,
        };
        self.line(&Line {
            goal,
            what: &outcome.what,
            wanted: wanted.text(),
            unit,
            median: found.median,
            middle_half: [found.lower, found.upper],
            verdict: wanted.judge(found),
        })?;
        println!("  {}", outcome.text());
        self.outcomes.push(outcome);
        Ok(())
    }

    /// Something worth knowing that is no goal.
    pub(crate) fn note(&mut self, note: String) -> Result<()> {
        self.line(&serde_json::json!({ "note": note }))?;
        println!("  {note}");
        self.notes.push(note);
        Ok(())
    }

    /// Everything once more, in two tables.
    pub(crate) fn print(&self) {
        println!("\nMedians (ratios: middle half of the pairs)");
        println!("{}", heading());
        self.compared.iter().for_each(|row| print!("{row}"));
        println!("\nGoals");
        self.outcomes
            .iter()
            .for_each(|outcome| println!("{}", outcome.text()));
        self.notes.iter().for_each(|note| println!("{note}"));
    }

    fn line(&mut self, found: &impl Serialize) -> Result<()> {
        let mut line = serde_json::to_vec(found)?;
        line.push(b'\n');
        Ok(self.json.write_all(&line)?)
    }
}

impl Outcome {
    fn text(&self) -> String {
        let Quartiles { lower, median, upper } = self.found;
        let wanted = format!("{} {}", self.wanted.text(), self.unit);
        let (goal, what) = (self.goal, &self.what);
        let verdict = self.wanted.judge(self.found).text();
        format!(
            "{goal:<6} {what:<52} goal {wanted:<10} reached {median:<6.2} ({lower:.2} – {upper:.2})  {verdict}"
        )
    }
}

pub(crate) fn heading() -> String {
    format!(
        "{:<40} {:>10} {:>10} {:>10} {:>12} {:>9}",
        "", "rps", "p50 µs", "p99 µs", "CPU µs/req", "RSS MiB"
    )
}

/// A line for each server and one for their ratio.
fn row(compared: &Compared) -> String {
    let mut row = format!("{}\n", compared.title);
    for side in 0..2 {
        let Some(first) = compared.pairs.first() else {
            continue;
        };
        let [rps, p50, p99, cpu] = Metric::ALL.map(|metric| compared.figure(side, metric).median);
        let rss = Quartiles::of(
            compared
                .pairs
                .iter()
                .map(|pair| pair[side].rss_kib as f64 / 1024.0),
        )
        .median;
        row += &format!(
            "    {:<36} {rps:>10.0} {p50:>10.0} {p99:>10.0} {cpu:>12.1} {rss:>9.1}\n",
            first[side].side
        );
    }
    let [rps, p50, p99, cpu] = Metric::ALL.map(|metric| compared.ratio(metric));
    row + &format!(
        "    {:<36} {:>10.2} {:>10.2} {:>10.2} {:>12.2}   (CPU {:.2} – {:.2})\n",
        "ratio", rps.median, p50.median, p99.median, cpu.median, cpu.lower, cpu.upper
    )
}
