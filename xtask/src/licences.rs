//! The licences of everything that is linked into what we ship, and what we refuse to build on.
//!
//! `deny.toml` is the list, in cargo-deny's own format, and cargo-deny does the work where it is
//! installed. It takes longer to build than all of Kagiban, so nobody has to have it: without it
//! this module reads the same list and checks the same two things, only less cleverly.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::process::{cargo, is_installed};

#[derive(Deserialize)]
struct Rules {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Licences that one crate may have and others not.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// A package as cargo prints it: name, version and licence.
struct Package {
    name: String,
    version: String,
    licence: String,
}

/// Checks every package of the lock file.
///
/// # Errors
///
/// A licence is not on the list, or a crate is one that we refuse; all of them are named.
pub(crate) fn run(root: &Path) -> Result<()> {
    if is_installed("cargo-deny") {
        return cargo(
            root,
            &["deny", "--offline", "check", "bans", "licenses", "sources"],
        );
    }
    println!("cargo-deny is not installed; reading deny.toml without it");
    let rules: Rules = toml::from_str(&fs::read_to_string(root.join("deny.toml"))?).context("deny.toml")?;
    let packages = packages(root)?;
    let complaints = complaints(&rules, &packages);
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    println!("{} packages, nothing to object to", packages.len());
    Ok(())
}

/// Returns every package that is built for some target with the features we ask for.
///
/// The lock file names more: what could be built with other features.
fn packages(root: &Path) -> Result<Vec<Package>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments =
        "tree --locked --workspace --target all --edges normal,build,dev --no-dedupe --prefix none";
    let mut command = Command::new(cargo);
    command
        .args(arguments.split(' '))
        .args(["--format", "{p}\t{l}"])
        .current_dir(root);
    let output = command.output()?;
    if !output.status.success() {
        bail!("cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    let lines: BTreeSet<_> = text.lines().collect();
    Ok(lines.into_iter().filter_map(Package::parse).collect())
}

impl Package {
    /// Reads `name v1.0.0 (where it lies)<tab>licence`.
    fn parse(line: &str) -> Option<Self> {
        let (package, licence) = line.split_once('\t')?;
        let mut words = package.split(' ');
        let (name, version) = (words.next()?, words.next()?);
        Some(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: licence.to_owned(),
        })
    }
}

fn complaints(rules: &Rules, packages: &[Package]) -> Vec<String> {
    let exceptions = rules
        .licenses
        .exceptions
        .iter()
        .map(|e| (e.name.as_str(), &e.allow));
    let exceptions: HashMap<_, _> = exceptions.collect();
    let mut complaints = Vec::new();
    for package in packages {
        let Package {
            name,
            version,
            licence,
        } = package;
        let own = exceptions.get(name.as_str());
        let allowed = |licence: &str| {
            let listed = |list: &[String]| list.iter().any(|allowed| allowed == licence);
            listed(&rules.licenses.allow) || own.is_some_and(|own| listed(own))
        };
        if !permits(licence, &allowed) {
            complaints.push(format!(
                "{name} {version}: licence `{licence}` is not on the list in deny.toml"
            ));
        }
        if let Some(ban) = rules.bans.deny.iter().find(|ban| ban.name == *name) {
            complaints.push(format!("{name} {version} is refused: {}", ban.reason));
        }
    }
    complaints
}

/// Tells whether an SPDX expression can be satisfied by allowed licences alone.
///
/// Old manifests write `MIT/Apache-2.0` for OR.
fn permits(expression: &str, allowed: &impl Fn(&str) -> bool) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any(&mut rest, allowed) == Some(true) && rest.is_empty()
}

/// `a OR b …`: one has to be allowed. `None` if this is no expression.
fn any(words: &mut &[&str], allowed: &impl Fn(&str) -> bool) -> Option<bool> {
    let mut permitted = all(words, allowed)?;
    while take(words, "OR") {
        permitted |= all(words, allowed)?;
    }
    Some(permitted)
}

/// `a AND b …`: all have to be allowed.
fn all(words: &mut &[&str], allowed: &impl Fn(&str) -> bool) -> Option<bool> {
    let mut permitted = one(words, allowed)?;
    while take(words, "AND") {
        permitted &= one(words, allowed)?;
    }
    Some(permitted)
}

/// A licence, a licence `WITH` an exception, or an expression in parentheses.
fn one(words: &mut &[&str], allowed: &impl Fn(&str) -> bool) -> Option<bool> {
    if take(words, "(") {
        let permitted = any(words, allowed)?;
        return take(words, ")").then_some(permitted);
    }
    let (licence, rest) = words.split_first()?;
    *words = rest;
    if take(words, "WITH") {
        let (exception, rest) = words.split_first()?;
        *words = rest;
        return Some(allowed(&format!("{licence} WITH {exception}")));
    }
    Some(allowed(licence.strip_suffix('+').unwrap_or(licence))) // `+`: this version or a later one
}

fn take(words: &mut &[&str], word: &str) -> bool {
    let found = words.first() == Some(&word);
    if found {
        *words = &words[1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permitted(expression: &str) -> bool {
        permits(expression, &|licence| {
            ["MIT", "Apache-2.0 WITH LLVM-exception"].contains(&licence)
        })
    }

    #[test]
    fn one_allowed_alternative_is_enough_and_every_conjunct_is_needed() {
        for expression in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND MIT"] {
            assert!(permitted(expression), "{expression}");
        }
        for expression in ["GPL-3.0", "MIT AND GPL-3.0", "MIT OR", "(MIT", "MIT GPL-3.0", ""] {
            assert!(!permitted(expression), "{expression}");
        }
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        assert!(permitted("Apache-2.0 WITH LLVM-exception OR GPL-3.0"));
        assert!(!permitted("Apache-2.0"));
    }

    #[test]
    fn a_refused_crate_is_named_with_the_reason() {
        let rules = r#"
            licenses = { allow = ["MIT"] }
            bans = { deny = [{ crate = "openssl", reason = "we have aws-lc" }] }
        "#;
        let package = Package::parse("openssl v1.0.0 (proc-macro)\tMIT").unwrap();
        let complaints = complaints(&toml::from_str(rules).unwrap(), &[package]);
        assert_eq!(complaints, ["openssl v1.0.0 is refused: we have aws-lc"]);
    }
}
