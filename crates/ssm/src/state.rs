//! Parameter Store in memory: every parameter's newest version, at one revision.

use std::sync::Arc;

use imbl::{HashMap, OrdMap};
use kagiban_iam::{Scope, Stored};
use kagiban_store::{Error, Event};

use crate::ParameterName;
use crate::records::Parameter;
use crate::tier::Tier;

/// One account's parameters in one Region.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    by_name: OrdMap<Box<str>, Stored<Parameter>>,
    standard: usize,
}

impl Parameters {
    /// A parameter by either spelling of its name.
    pub fn get(&self, name: &ParameterName) -> Option<&Stored<Parameter>> {
        self.by_name.get(name.canonical())
    }

    /// The first parameter whose canonical name is not below `name`.
    pub fn at_or_after(&self, name: &str) -> Option<(&str, &Stored<Parameter>)> {
        let mut following = self
            .by_name
            .range::<_, str>((std::ops::Bound::Included(name), std::ops::Bound::Unbounded));
        following.next().map(|(name, parameter)| (&**name, parameter))
    }

    /// How many parameters are in a tier.
    pub fn count(&self, tier: Tier) -> usize {
        match tier {
            Tier::Standard => self.standard,
            Tier::Advanced => self.by_name.len() - self.standard,
        }
    }

    fn apply(&mut self, name: &str, event: &Event) -> Result<(), Error> {
        let was_standard = self.by_name.get(name).is_some_and(is_standard);
        kagiban_iam::apply(&mut self.by_name, name.into(), event)?;
        let is_standard = self.by_name.get(name).is_some_and(is_standard);
        self.standard = self.standard - usize::from(was_standard) + usize::from(is_standard);
        Ok(())
    }
}

fn is_standard(parameter: &Stored<Parameter>) -> bool {
    parameter.current.tier == Tier::Standard
}

/// All of Parameter Store.
#[derive(Clone, Debug, Default)]
pub struct State {
    parameters: HashMap<Scope, Arc<Parameters>>,
}

impl State {
    /// An account's parameters in a Region; none before the first is made.
    pub fn parameters(&self, scope: Scope) -> Option<&Parameters> {
        self.parameters.get(&scope).map(AsRef::as_ref)
    }

    /// A parameter by either spelling of its name.
    pub fn parameter(&self, scope: Scope, name: &ParameterName) -> Option<&Stored<Parameter>> {
        self.parameters(scope)?.get(name)
    }

    /// Carries one change under `/a/<account>/<region>/ssm/` into memory; `parts` are those after `ssm`.
    ///
    /// # Errors
    ///
    /// If the record cannot be read: then nothing may be served from this state.
    pub fn apply(&mut self, scope: Scope, parts: &[&str], event: &Event) -> Result<(), Error> {
        match parts {
            ["p", name] => Arc::make_mut(self.parameters.entry(scope).or_default()).apply(name, event),
            // Older versions are read when someone asks; the rest is a newer server's.
            _ => Ok(()),
        }
    }
}
