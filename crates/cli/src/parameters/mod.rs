//! Parameter Store as a client sees it: AWS's own operations, so that all of it works at AWS too.

mod listing;
mod moment;
mod records;
mod references;
mod watch;
mod whole;
mod writing;

pub(crate) use moment::Moment;
pub(crate) use records::{Metadata, Parameter, Tag, Version};
pub(crate) use watch::{Change, Watch};
pub(crate) use whole::Whole;
pub(crate) use writing::{Put, Written};

use references::References;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::call::Client;
use crate::endpoint::{Endpoint, Service, Target};
use crate::failure::Failure;

/// The parameters of one account in one Region.
pub(crate) struct Parameters {
    client: Client,
    /// What becomes of references to other parameters there.
    references: References,
}

impl Parameters {
    /// Those of the target.
    ///
    /// # Errors
    ///
    /// What is missing or cannot be used of its settings.
    pub(crate) fn of(target: &Target) -> Result<Parameters, Failure> {
        let client = target.client(Service::Ssm)?;
        Ok(Parameters {
            client,
            references: References::Unknown,
        })
    }

    /// Where they are.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        self.client.endpoint()
    }

    /// Reads a parameter by its name, `name:version` or `name:label`.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn get(&self, name: &str, decrypt: bool) -> Result<Parameter, Failure> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            parameter: Parameter,
        }
        let body = json!({"Name": name, "WithDecryption": decrypt});
        let answer: Answer = self.call("GetParameter", &body)?;
        Ok(answer.parameter)
    }

    /// The same, with `None` for one that is not there.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses otherwise.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Parameter>, Failure> {
        match self.get(name, true) {
            Ok(parameter) => Ok(Some(parameter)),
            Err(failure) if failure.has_code("ParameterNotFound") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn call<T: DeserializeOwned>(&self, operation: &str, body: &Value) -> Result<T, Failure> {
        self.client.call(operation, body)
    }
}

/// A path without its last slash, unless it is the root.
///
/// # Errors
///
/// If it does not begin with a slash.
pub(crate) fn path(text: &str) -> Result<&str, Failure> {
    if !text.starts_with('/') {
        return Err(Failure::Usage(format!(
            "`{text}` is not a path; paths begin with a slash, as in /prod/db"
        )));
    }
    match text.trim_end_matches('/') {
        "" => Ok("/"),
        trimmed => Ok(trimmed),
    }
}

/// A name below a path: with `/prod`, `/prod/db/url` is `db/url`. Names of one level are below `/`.
pub(crate) fn relative<'a>(name: &'a str, path: &str) -> Option<&'a str> {
    if path == "/" {
        return Some(name.strip_prefix('/').unwrap_or(name));
    }
    name.strip_prefix(path)?.strip_prefix('/')
}

/// The name that `relative` has below a path.
pub(crate) fn below(path: &str, relative: &str) -> String {
    match path {
        "/" => format!("/{relative}"),
        path => format!("{path}/{relative}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_a_path_and_put_back_below_it() {
        for (name, at, rest) in [
            ("/prod/db/url", "/prod", "db/url"),
            ("/x", "/", "x"),
            ("/a/b", "/", "a/b"),
        ] {
            assert_eq!(relative(name, at), Some(rest));
            assert_eq!(below(at, rest), name);
        }
        assert_eq!(relative("bare", "/"), Some("bare"));
        assert_eq!(relative("/production/x", "/prod"), None);
        assert_eq!(relative("/prod", "/prod"), None);
    }

    #[test]
    fn a_path_may_end_in_a_slash_and_must_begin_with_one() {
        assert_eq!(path("/prod/").unwrap(), "/prod");
        assert_eq!(path("//").unwrap(), "/");
        assert!(path("prod").is_err());
    }
}
