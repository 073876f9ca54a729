//! `cargo xtask deps`: the arrows between our crates point down, never round.
//!
//! The compiler refuses circles; this refuses short cuts, such as an agent that imports a service,
//! and foreign crates where they do not belong, such as a database outside `store`. Only what is
//! shipped counts: tests may depend on what they like.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// Each crate and those right below it; it may use all that can be reached from there.
const ARROWS: &[(&str, &[&str])] = &[
    ("aws", &[]),
    ("session", &[]),
    ("store", &[]),
    ("policy", &["aws"]),
    ("iam", &["policy", "store"]),
    ("kms", &["iam"]),
    ("ssm", &["kms", "session"]),
    ("server", &["ssm"]),
    ("client", &["aws", "session"]),
    ("agent", &["client"]),
    ("cli", &["client"]),
];

/// Nothing that is shipped depends on these, and they depend on what they like.
const FREE: &[&str] = &["e2e", "xtask"];

/// Foreign crates, and the crates of ours that may use them.
const KEPT_TO: &[(&str, &[&str], &str)] = &[
    ("redb", &["store"], "only `store` knows a database"),
    ("etcd-client", &["store"], "only `store` knows a database"),
    (
        "tokio",
        &["store", "server", "client", "agent", "cli"],
        "sockets and clocks come in as arguments",
    ),
    (
        "hyper",
        &["server", "client", "agent", "cli"],
        "services never see HTTP",
    ),
    (
        "tokio-tungstenite",
        &["server", "client", "agent", "cli"],
        "services never see a socket",
    ),
    (
        "toml",
        &["server", "agent", "cli"],
        "services never see a configuration file",
    ),
];

#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
}

/// Prints the arrows.
///
/// # Errors
///
/// Names every arrow that is not in the plan.
pub(crate) fn run(root: &Path) -> Result<()> {
    let metadata = ["metadata", "--no-deps", "--format-version", "1"];
    let printed = Command::new("cargo").args(metadata).current_dir(root).output()?;
    ensure!(
        printed.status.success(),
        "{}",
        String::from_utf8_lossy(&printed.stderr)
    );
    let workspace: Workspace = serde_json::from_slice(&printed.stdout).context("cargo metadata")?;
    let mut wrong = Vec::new();
    for package in &workspace.packages {
        println!("{}", package.arrows());
        wrong.extend(package.wrong());
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!(
        "these dependencies are not in the plan:\n  {}",
        wrong.join("\n  ")
    );
}

impl Package {
    fn arrows(&self) -> String {
        let below: Vec<&str> = self
            .shipped()
            .filter(|below| below.path.is_some())
            .map(Dependency::short)
            .collect();
        let below = if below.is_empty() {
            "none of ours".to_owned()
        } else {
            below.join(", ")
        };
        format!("{} → {below}", short(&self.name))
    }

    fn wrong(&self) -> Vec<String> {
        let own = short(&self.name);
        if FREE.contains(&own) {
            return Vec::new();
        }
        let Some(below) = reachable(own) else {
            return vec![format!("{own} is new; give it its place in xtask/src/deps.rs")];
        };
        let arrows = self
            .shipped()
            .filter(|to| to.path.is_some() && !below.contains(&to.short()));
        let arrows =
            arrows.map(|to| format!("{own} → {}: it may use [{}] only", to.short(), below.join(", ")));
        let foreign = self.shipped().filter_map(|to| {
            let (name, users, why) = KEPT_TO.iter().find(|(name, _, _)| *name == to.name)?;
            (!users.contains(&own)).then(|| format!("{own} → {name}: {why}"))
        });
        arrows.chain(foreign).collect()
    }

    fn shipped(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies
            .iter()
            .filter(|to| to.kind.as_deref() != Some("dev"))
    }
}

impl Dependency {
    fn short(&self) -> &str {
        short(&self.name)
    }
}

fn short(name: &str) -> &str {
    name.strip_prefix("kagiban-").unwrap_or(name)
}

/// All that stands below a crate; `None` for a crate that is not in the plan.
fn reachable(name: &str) -> Option<Vec<&'static str>> {
    let (_, next) = ARROWS.iter().find(|(own, _)| *own == name)?;
    let further = next.iter().filter_map(|below| reachable(below)).flatten();
    let mut all: Vec<&str> = next.iter().copied().chain(further).collect();
    all.sort_unstable();
    all.dedup();
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, to: &str, kind: Option<&str>) -> Package {
        let path = to.starts_with("kagiban-").then(String::new);
        let (name, kind) = (name.to_owned(), kind.map(str::to_owned));
        let to = Dependency {
            name: to.to_owned(),
            kind,
            path,
        };
        Package {
            name,
            dependencies: vec![to],
        }
    }

    #[test]
    fn what_is_further_below_may_be_used() {
        assert!(package("kagiban-ssm", "kagiban-aws", None).wrong().is_empty());
        assert!(
            package("kagiban-server", "kagiban-session", None)
                .wrong()
                .is_empty()
        );
    }

    #[test]
    fn short_cuts_are_named() {
        let wrong = package("kagiban-agent", "kagiban-iam", None).wrong();
        assert_eq!(wrong, ["agent → iam: it may use [aws, client, session] only"]);
    }

    #[test]
    fn databases_stay_in_the_store() {
        let wrong = package("kagiban-ssm", "redb", None).wrong();
        assert_eq!(wrong, ["ssm → redb: only `store` knows a database"]);
        assert!(package("kagiban-store", "redb", None).wrong().is_empty());
    }

    #[test]
    fn tests_may_depend_on_what_they_like() {
        assert!(
            package("kagiban-aws", "kagiban-ssm", Some("dev"))
                .wrong()
                .is_empty()
        );
    }

    #[test]
    fn a_new_crate_asks_for_its_place() {
        assert_eq!(package("kagiban-ecs", "serde", None).wrong().len(), 1);
    }
}
