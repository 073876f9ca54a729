//! References to other parameters in a value, which a Kagiban account may have resolved on reading.
//!
//! Where they are resolved, a listing by path leaves out those parameters whose references lead nowhere,
//! and no answer but the history has a value as it was written. So whoever compares or copies values
//! looks first at what the place makes of references.

use std::collections::BTreeSet;

use kagiban_aws::SecretString;
use serde_json::json;

use super::{Metadata, Parameter, Parameters};
use crate::call::Client;
use crate::endpoint::{Service, Target};
use crate::failure::Failure;

/// What a place makes of references, as far as it tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum References {
    /// They are resolved when a value is read.
    Resolved {
        /// Whether a listing by path also leaves out what the caller may not read.
        strict: bool,
    },
    /// No value may have double braces at all.
    Refused,
    /// The caller may not know; the history is right in any case.
    Withheld,
    /// It was not asked, or has no such setting.
    Unknown,
}

const WITHHELD: &str = "whoever may also ask for the account's settings (kagiban:GetAccountSettings) needs the \
     history only where references are resolved";

impl References {
    fn of(target: &Target, is_aws: bool) -> Result<References, Failure> {
        match is_aws {
            true => Ok(References::Refused),
            false => asked(&target.client_beside(Service::Kagiban)?),
        }
    }

    /// Whether only the history has values as they were written.
    pub(super) fn are_in_history(self) -> bool {
        matches!(self, References::Resolved { .. } | References::Withheld)
    }

    /// Whether a value is refused because of what it has in double braces.
    fn refuse(self, value: &str) -> bool {
        let mut inside = in_braces(value);
        match self {
            References::Refused => inside.next().is_some(),
            References::Resolved { .. } => inside.any(|text| !text.trim().starts_with("kagiban:")),
            References::Withheld | References::Unknown => false,
        }
    }

    /// Says with a refusal which right would do instead.
    fn advised(self, failure: Failure) -> Failure {
        match self {
            References::Withheld => failure.advised("AccessDeniedException", WITHHELD),
            _ => failure,
        }
    }
}

impl Parameters {
    /// Those of the target, read as they were written.
    ///
    /// A Kagiban account can choose that references to other parameters are resolved when a value is read.
    /// A copy has to have the reference, so that values are then read from the history, which keeps it.
    ///
    /// # Errors
    ///
    /// What is missing or cannot be used of the target's settings, and if the server cannot be reached.
    pub(crate) fn as_written(target: &Target) -> Result<Parameters, Failure> {
        let mut parameters = Parameters::of(target)?;
        parameters.references = References::of(target, parameters.endpoint().is_aws())?;
        Ok(parameters)
    }

    /// Everything below a path at any depth, decrypted and as it was written, by name.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn written_below(&self, path: &str) -> Result<Vec<Parameter>, Failure> {
        if !self.references.are_in_history() {
            return self.below(path, true);
        }
        let all = || -> Result<Vec<Parameter>, Failure> {
            let described = self.described_below(path)?.into_iter();
            let written = described.filter_map(|metadata| self.written(metadata).transpose());
            written.collect()
        };
        all().map_err(|failure| self.references.advised(failure))
    }

    fn written(&self, metadata: Metadata) -> Result<Option<Parameter>, Failure> {
        let current = self.current(metadata)?;
        Ok(current.map(|(metadata, value)| Parameter {
            name: metadata.name,
            kind: metadata.kind,
            value,
            version: metadata.version,
            selector: None,
            last_modified_date: metadata.last_modified_date,
            arn: metadata.arn,
            data_type: metadata.data_type,
        }))
    }

    /// Everything below a path at any depth, decrypted and with references resolved, by name.
    ///
    /// # Errors
    ///
    /// If one cannot be resolved, with its name; and if the server cannot be reached or refuses.
    pub(crate) fn resolved_below(&self, path: &str) -> Result<Vec<Parameter>, Failure> {
        let mut all = self.below(path, true)?;
        if !self.references.are_in_history() {
            return Ok(all);
        }
        let described = self
            .described_below(path)
            .map_err(|failure| self.references.advised(failure))?;
        let read: BTreeSet<String> = all.iter().map(|parameter| parameter.name.clone()).collect();
        let mut unresolved = Vec::new();
        let left_out = described.into_iter().map(|metadata| metadata.name);
        for name in left_out.filter(|name| !read.contains(name)) {
            match self.get(&name, true) {
                Ok(parameter) => all.push(parameter),
                Err(failure) if failure.has_code("ParameterNotFound") => {}
                Err(failure @ Failure::Refused { .. }) => unresolved.push(format!("{name} ({failure})")),
                Err(failure) => return Err(failure),
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        match unresolved.is_empty() {
            true => Ok(all),
            false => Err(Failure::Unresolved(unresolved.join(", "))),
        }
    }

    /// Refuses what was read below a path if a parameter was left out because its references lead nowhere.
    ///
    /// Whoever may neither know the account's settings nor list its parameters is told nothing: reading a
    /// path takes no such rights.
    ///
    /// # Errors
    ///
    /// `Unresolved`, with the names; and if the server cannot be reached or refuses.
    pub(crate) fn check_whole(&self, read: &[Parameter], path: &str, recursive: bool) -> Result<(), Failure> {
        if !self.references.are_in_history() {
            return Ok(());
        }
        let described = match self.described_below(path) {
            Err(failure)
                if self.references == References::Withheld && failure.has_code("AccessDeniedException") =>
            {
                return Ok(());
            }
            described => described.map_err(|failure| self.references.advised(failure))?,
        };
        let read: BTreeSet<&str> = read.iter().map(|parameter| parameter.name.as_str()).collect();
        let mut unresolved = Vec::new();
        for Metadata { name, .. } in described {
            let relative = super::relative(&name, path);
            let is_asked = relative.is_some_and(|relative| recursive || !relative.contains('/'));
            if is_asked
                && !read.contains(name.as_str())
                && let Some(why) = self.why_left_out(&name)?
            {
                unresolved.push(format!("{name} ({why})"));
            }
        }
        match unresolved.is_empty() {
            true => Ok(()),
            false => Err(Failure::Advised(
                Box::new(Failure::Unresolved(unresolved.join(", "))),
                "mend the references, or name what is wanted one by one".into(),
            )),
        }
    }

    /// Which reference of a parameter leads nowhere; none for one that a listing left out for something else.
    fn why_left_out(&self, name: &str) -> Result<Option<Failure>, Failure> {
        match self.get(name, true) {
            Ok(_) => Ok(None),
            Err(failure) if failure.has_code("ParameterNotFound") && self.version(name)?.is_none() => {
                Ok(None)
            }
            Err(failure) if self.is_withheld(&failure, name) => Ok(None),
            Err(failure @ Failure::Refused { .. }) => Ok(Some(failure)),
            Err(failure) => Err(failure),
        }
    }

    /// Whether it is the parameter itself that may not be read, and a listing may leave it out for that.
    fn is_withheld(&self, failure: &Failure, name: &str) -> bool {
        let bare = name.trim_start_matches('/');
        self.references != References::Resolved { strict: false }
            && failure.has_code("AccessDeniedException")
            && failure.to_string().contains(&format!(":parameter/{bare} "))
    }

    /// Refuses, before anything is begun, values that this place would refuse for their double braces.
    ///
    /// # Errors
    ///
    /// `Usage`, with the names.
    pub(crate) fn check_braces<'a>(
        &self,
        values: impl Iterator<Item = (&'a str, &'a SecretString)>,
    ) -> Result<(), Failure> {
        let refused = values.filter(|(_, value)| self.references.refuse(value.expose()));
        let names: Vec<&str> = refused.map(|(name, _)| name).collect();
        match names.is_empty() {
            true => Ok(()),
            false => Err(Failure::Usage(format!(
                "{}: {}",
                self.why_refused(),
                names.join(", ")
            ))),
        }
    }

    fn why_refused(&self) -> &'static str {
        match self.references {
            References::Resolved { .. } => {
                "nothing but a reference, such as {{kagiban:/other/name}}, may stand in double braces there"
            }
            _ if self.endpoint().is_aws() => "AWS takes no value with double braces",
            _ => {
                "references are off there (`kagiban settings parameter-references true` turns them on), so that no \
                 value may have double braces"
            }
        }
    }
}

/// What stands in double braces, as the server finds it; braces that are not closed are text.
fn in_braces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (inside, behind) = rest.split_once("{{")?.1.split_once("}}")?;
        rest = behind;
        Some(inside)
    })
}

fn asked(kagiban: &Client) -> Result<References, Failure> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Setting {
        name: String,
        value: String,
    }
    let settings: Vec<Setting> = match kagiban.all("GetAccountSettings", json!({})) {
        Ok(settings) => settings,
        Err(failure @ Failure::Unreachable { .. }) => return Err(failure),
        Err(failure) if failure.has_code("AccessDeniedException") => return Ok(References::Withheld),
        Err(_) => return Ok(References::Unknown),
    };
    let value = |name: &str| {
        let setting = settings.iter().find(|setting| setting.name == name);
        setting.map(|setting| setting.value.as_str())
    };
    let strict = value("strict-path-authorization") == Some("true");
    Ok(match value("parameter-references") {
        Some("true") => References::Resolved { strict },
        Some(_) => References::Refused,
        None => References::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_double_braces_is_found_as_the_server_finds_it() {
        let found = |text| in_braces(text).collect::<Vec<_>>();
        assert_eq!(found("a {{kagiban:/x}}-{{ y }}"), ["kagiban:/x", " y "]);
        assert_eq!(found(r#"{"a":{"b":"{{kagiban:/a:3}}"}}"#), ["kagiban:/a:3"]);
        for text in ["", "{{", "}}{{", r#"{"a":{"b":1}}"#] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn where_references_are_on_only_other_braces_are_refused() {
        let refused = |text: &str| {
            use References::{Refused, Resolved, Unknown, Withheld};
            let resolved = Resolved { strict: false };
            [resolved, Refused, Withheld, Unknown].map(|references| references.refuse(text))
        };
        assert_eq!(refused("{{ kagiban:/x }}"), [false, true, false, false]);
        assert_eq!(refused("{{kagiban:/x}}{{y}}"), [true, true, false, false]);
        assert_eq!(refused(r#"{"a":{"b":1}}"#), [false; 4]);
    }
}
