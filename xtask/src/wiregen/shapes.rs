//! Which shapes the served operations need, and in which direction.

use std::collections::BTreeSet;

use anyhow::{Result, bail, ensure};

use super::Served;
use super::model::{Kind, Model, Protocol, Target};

/// Names of shapes, as found from inputs and from outputs.
#[derive(Default)]
pub(super) struct Shapes {
    pub(super) read: BTreeSet<String>,
    pub(super) written: BTreeSet<String>,
}

impl Shapes {
    pub(super) fn find(model: &Model, served: &Served) -> Result<Shapes> {
        let mut shapes = Shapes::default();
        for name in &served.operations {
            let operation = model.operation(name)?;
            if let Some(input) = &operation.input {
                reach(model, &input.shape, &mut shapes.read)?;
            }
            if let Some(output) = &operation.output {
                reach(model, &output.shape, &mut shapes.written)?;
            }
        }
        Ok(shapes)
    }

    /// All of them, in order of name.
    pub(super) fn all(&self) -> BTreeSet<&str> {
        self.read.union(&self.written).map(String::as_str).collect()
    }
}

fn reach(model: &Model, name: &str, found: &mut BTreeSet<String>) -> Result<()> {
    if !found.insert(name.to_owned()) {
        return Ok(());
    }
    let shape = model.shape(name);
    ensure!(
        !shape.flattened,
        "{name}: flattened lists and maps are not generated"
    );
    for member in &shape.members {
        reach(model, &member.target.shape, found)?;
    }
    let parts = [
        ("member", &shape.member),
        ("key", &shape.key),
        ("value", &shape.value),
    ];
    for (default, part) in parts {
        if let Some(part) = part {
            usual_name(model, name, default, part)?;
            reach(model, &part.shape, found)?;
        }
    }
    if let Some(key) = &shape.key {
        ensure!(
            model.shape(&key.shape).kind == Kind::String,
            "{name}: keys of maps are strings"
        );
    }
    Ok(())
}

/// The Query wire in `aws` knows `member`, `key` and `value` only; no model served needs more.
fn usual_name(model: &Model, name: &str, default: &str, part: &Target) -> Result<()> {
    match &part.location_name {
        Some(other) if model.metadata.protocol == Protocol::Query && other != default => {
            bail!("{name}: the name {other} of its parts is not generated")
        }
        _ => Ok(()),
    }
}
