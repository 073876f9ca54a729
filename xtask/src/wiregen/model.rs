//! A service's model, as botocore has it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::members;

/// A service's model, without the prose.
#[derive(Deserialize)]
pub(super) struct Model {
    /// The botocore that it is from; none for a model of our own.
    pub(super) botocore: Option<String>,
    pub(super) metadata: Metadata,
    operations: BTreeMap<String, Operation>,
    shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) api_version: String,
    pub(super) protocol: Protocol,
    pub(super) target_prefix: Option<String>,
    pub(super) xml_namespace: Option<String>,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Protocol {
    Json,
    Query,
}

#[derive(Deserialize)]
pub(super) struct Operation {
    pub(super) input: Option<Target>,
    pub(super) output: Option<Target>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    pub(super) shape: String,
    pub(super) location_name: Option<String>,
}

pub(super) struct Member {
    pub(super) name: String,
    pub(super) target: Target,
}

/// A type of the model.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default, deserialize_with = "members::in_order")]
    pub(super) members: Vec<Member>,
    #[serde(default)]
    pub(super) required: Vec<String>,
    /// Of a list.
    pub(super) member: Option<Target>,
    /// Of a map.
    pub(super) key: Option<Target>,
    /// Of a map.
    pub(super) value: Option<Target>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) pattern: Option<String>,
    #[serde(default, rename = "enum")]
    pub(super) one_of: Vec<String>,
    #[serde(default)]
    pub(super) sensitive: bool,
    #[serde(default)]
    pub(super) flattened: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Blob,
    Boolean,
    Double,
    Float,
    Integer,
    List,
    Long,
    Map,
    String,
    Structure,
    Timestamp,
}

impl Model {
    /// Lists a shape's words in another order; they have to be the same words.
    pub(super) fn reorder(&mut self, name: &str, words: &[String]) -> Result<()> {
        let shape = self
            .shapes
            .get_mut(name)
            .with_context(|| format!("no shape {name}"))?;
        let sorted = |words: &[String]| words.iter().cloned().collect::<BTreeSet<_>>();
        ensure!(sorted(&shape.one_of) == sorted(words), "{name} has other words");
        shape.one_of = words.to_vec();
        Ok(())
    }

    /// Reads the newest model of a service from the environment's botocore.
    pub(super) fn read(python: &Path, service: &str) -> Result<Model> {
        let printed = Command::new(python)
            .args(["-c", include_str!("model.py"), service])
            .output()?;
        let complaint = String::from_utf8_lossy(&printed.stderr);
        ensure!(
            printed.status.success(),
            "{service}: the model cannot be read: {complaint}"
        );
        serde_json::from_slice(&printed.stdout).with_context(|| format!("the model of {service}"))
    }

    /// Reads a model of our own, in the same format.
    pub(super) fn of_file(file: &Path) -> Result<Model> {
        let text = fs::read(file).with_context(|| file.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| file.display().to_string())
    }

    pub(super) fn operation(&self, name: &str) -> Result<&Operation> {
        self.operations
            .get(name)
            .with_context(|| format!("the model has no operation {name}"))
    }

    /// A shape that the model itself names, so it is there.
    pub(super) fn shape(&self, name: &str) -> &Shape {
        &self.shapes[name]
    }

    /// Whether a structure is the model's, or ours for an operation without one.
    pub(super) fn has(&self, name: &str) -> bool {
        self.shapes.contains_key(name)
    }
}
