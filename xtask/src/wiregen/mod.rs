//! `cargo xtask wiregen`: the services' wire types, from the models of the pinned botocore, and from
//! our own for the service that AWS does not have.
//!
//! `wiregen.toml` lists the operations that are served; from their inputs and outputs the shapes
//! are found that are needed, and each becomes a structure, its reading and writing, and its row
//! in the constraint tables. Names and numbers only: the models' prose is not taken.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::venv;
use model::Model;
use service::Service;

mod members;
mod model;
mod names;
mod pattern;
mod rules;
mod rustfmt;
mod service;
mod shapes;
mod structures;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Writes nothing; fails if a file is not what would be written
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    service: Vec<Served>,
}

/// A service, as `wiregen.toml` describes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Served {
    name: String,
    file: PathBuf,
    /// A model of our own, in botocore's format; botocore's if there is none.
    model: Option<PathBuf>,
    operations: Vec<String>,
    #[serde(default)]
    secret: Vec<String>,
    /// Sets of words that the service is known to list in another order than the model.
    #[serde(default)]
    order: BTreeMap<String, Vec<String>>,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let plan: Plan = toml::from_str(&fs::read_to_string(root.join("xtask/wiregen.toml"))?)?;
    let python = venv::ensure(root)?;
    let mut stale = Vec::new();
    for served in &plan.service {
        let text = generate(root, &python, served).with_context(|| served.name.clone())?;
        let file = root.join(&served.file);
        if fs::read_to_string(&file).is_ok_and(|found| found == text) {
            continue;
        }
        if !arguments.check {
            eprintln!("wrote {}", served.file.display());
            fs::write(&file, text).with_context(|| file.display().to_string())?;
        }
        stale.push(served.file.display().to_string());
    }
    if arguments.check && !stale.is_empty() {
        bail!("{} is not what `cargo xtask wiregen` writes", stale.join(", "));
    }
    Ok(())
}

fn generate(root: &Path, python: &Path, served: &Served) -> Result<String> {
    let mut model = match &served.model {
        Some(file) => Model::of_file(&root.join(file))?,
        None => Model::read(python, &served.name)?,
    };
    for (shape, words) in &served.order {
        model.reorder(shape, words)?;
    }
    rustfmt::format(root, &Service::new(&model, served)?.print()?)
}
