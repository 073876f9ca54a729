//! `cargo xtask test`: everything that has to hold, from the formatting to the scenes with real clients.
//!
//! Steps run in order, cheap ones first, and the first failure ends the run: what comes after it
//! would only scroll it away. Each says what it is for, and the table at the end how long it took.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::process::cargo;
use crate::{deps, javascript, licences, packages, plugin, venv, wiregen};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leaves out the scenes with real clients
    #[arg(long)]
    quick: bool,
    /// Runs only the tests whose name contains this, and no other checks
    filter: Option<String>,
}

/// A step: what it is called, what it is for, when it is wanted, and how it is done.
struct Step {
    name: &'static str,
    purpose: &'static str,
    wanted: fn(&Arguments) -> bool,
    /// What goes untested if this machine cannot do it; without such a text, that is a failure.
    untested: Option<&'static str>,
    run: fn(&Path, &Arguments) -> Result<()>,
}

enum Outcome {
    Passed(Duration),
    Failed(Duration),
    Impossible(&'static str),
    NotReached,
    NotWanted,
}

const STEPS: &[Step] = &[
    Step {
        name: "packages",
        purpose: "programs of the system that the tests use",
        wanted: always,
        untested: None,
        run: |_, _| packages::ensure(),
    },
    Step {
        name: "python",
        purpose: "the pinned AWS CLI and boto3, in target/venv",
        wanted: always,
        untested: None,
        run: |root, _| venv::ensure(root).map(drop),
    },
    Step {
        name: "npm",
        purpose: "the pinned AWS SDK for JavaScript, in target/js",
        wanted: scenes,
        untested: None,
        run: |root, _| javascript::ensure(root),
    },
    Step {
        name: "plugin",
        purpose: "AWS's own session-manager-plugin, built into target/plugin",
        wanted: scenes,
        untested: Some("NOT TESTED with AWS's own plugin"),
        run: |root, _| plugin::ensure(root),
    },
    Step {
        name: "format",
        purpose: "cargo fmt finds nothing to change",
        wanted: checks,
        untested: None,
        run: |root, _| cargo(root, &["fmt", "--all", "--check"]),
    },
    Step {
        name: "arrows",
        purpose: "dependencies between our crates point down",
        wanted: checks,
        untested: None,
        run: |root, _| deps::run(root),
    },
    Step {
        name: "licences",
        purpose: "what we build on may be built on",
        wanted: checks,
        untested: None,
        run: |root, _| licences::run(root),
    },
    Step {
        name: "wires",
        purpose: "the generated wire types are up to date",
        wanted: checks,
        untested: None,
        run: |root, _| wiregen::run(root, &wiregen::Arguments { check: true }),
    },
    Step {
        name: "clippy",
        purpose: "no warnings, tests included",
        wanted: checks,
        untested: None,
        run: |root, _| {
            let arguments = [
                "clippy",
                "--workspace",
                "--all-targets",
                "--features=xtask/bench",
                "--",
                "--deny",
                "warnings",
            ];
            cargo(root, &arguments)
        },
    },
    Step {
        name: "unit tests",
        purpose: "every crate by itself",
        wanted: always,
        untested: None,
        run: |root, arguments| {
            let packages = [
                "--workspace",
                "--exclude",
                "kagiban-e2e",
                "--features=xtask/bench",
            ];
            cargo_test(root, arguments, &packages)
        },
    },
    Step {
        name: "server",
        purpose: "build the binaries that the scenes start",
        wanted: scenes,
        untested: None,
        run: |root, _| {
            cargo(
                root,
                &[
                    "build",
                    "--package",
                    "kagiban-server",
                    "--package",
                    "kagiban-agent",
                    "--package",
                    "kagiban-cli",
                ],
            )
        },
    },
    Step {
        name: "scenes",
        purpose: "real clients judge the server",
        wanted: scenes,
        untested: None,
        run: run_scenes,
    },
];

/// Runs the steps and prints how each of them ended.
///
/// # Errors
///
/// A step has failed; the table names it, and its own output stands above.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let begun = Instant::now();
    let count = STEPS.iter().filter(|step| (step.wanted)(arguments)).count();
    let mut reached = 0;
    let mut failure = None;
    let mut outcomes = Vec::new();
    for step in STEPS {
        outcomes.push(if !(step.wanted)(arguments) {
            Outcome::NotWanted
        } else if failure.is_some() {
            Outcome::NotReached
        } else {
            reached += 1;
            println!("\n== {reached}/{count} {}: {}", step.name, step.purpose);
            let started = Instant::now();
            match ((step.run)(root, arguments), step.untested) {
                (Ok(()), _) => Outcome::Passed(started.elapsed()),
                (Err(error), Some(untested)) => {
                    println!("\nCANNOT BE DONE, {untested}: {error:#}");
                    Outcome::Impossible(untested)
                }
                (Err(error), None) => {
                    failure = Some(error);
                    Outcome::Failed(started.elapsed())
                }
            }
        });
    }
    println!("\n{}", table(&outcomes, begun.elapsed()));
    failure.map_or(Ok(()), Err)
}

fn always(_: &Arguments) -> bool {
    true
}

fn checks(arguments: &Arguments) -> bool {
    arguments.filter.is_none()
}

fn scenes(arguments: &Arguments) -> bool {
    !arguments.quick
}

fn run_scenes(root: &Path, arguments: &Arguments) -> Result<()> {
    let mut line = vec!["test", "--package", "kagiban-e2e"];
    line.extend(arguments.filter.as_deref());
    if !plugin::is_there(root) {
        line.extend(["--", "--skip", plugin::SCENES]);
    }
    cargo(root, &line)
}

fn cargo_test(root: &Path, arguments: &Arguments, packages: &[&str]) -> Result<()> {
    let filter = arguments.filter.as_deref();
    let line = ["test"].into_iter().chain(packages.iter().copied());
    cargo(root, &line.chain(filter).collect::<Vec<_>>())
}

fn table(outcomes: &[Outcome], total: Duration) -> String {
    let mut table = String::new();
    for (step, outcome) in STEPS.iter().zip(outcomes) {
        let text = match outcome {
            Outcome::Passed(took) => format!("passed  {:>7.1} s", took.as_secs_f64()),
            Outcome::Failed(took) => format!("FAILED  {:>7.1} s", took.as_secs_f64()),
            Outcome::Impossible(why) => format!("NOT DONE: {why}"),
            Outcome::NotReached => "not reached".to_owned(),
            Outcome::NotWanted => "left out".to_owned(),
        };
        table += &format!("{:<12}{text}\n", step.name);
    }
    table + &format!("{:<12}        {:>7.1} s", "together", total.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_the_step_that_failed_and_those_it_kept_from_running() {
        let second = Duration::from_secs(1);
        let outcomes = [
            Outcome::Passed(second),
            Outcome::NotWanted,
            Outcome::Impossible("there is no npm"),
            Outcome::Failed(2 * second),
            Outcome::NotReached,
        ];

        insta::assert_snapshot!(table(&outcomes, 3 * second), @r"
        packages    passed      1.0 s
        python      left out
        npm         NOT DONE: there is no npm
        plugin      FAILED      2.0 s
        format      not reached
        together                3.0 s
        ");
    }
}
