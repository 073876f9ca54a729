//! What is taken: everything below a path, or one parameter.

use std::fmt;
use std::str::FromStr;

use super::mapping;
use crate::parameters;

/// `PATH/=PREFIX`, or `NAME=VARIABLE`; what is after the `=` may be left out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    /// Everything below a path; the prefix stands before each variable's name.
    Below {
        /// Without its last slash, unless it is the root.
        path: String,
        /// As it was given.
        prefix: String,
    },
    /// One parameter; its name may have a version or a label.
    One {
        /// As it was given.
        name: String,
        /// The variable's whole name, if one is given; else it is the name's last level.
        variable: Option<String>,
    },
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Source, String> {
        let (name, after) = match text.split_once('=') {
            Some((name, after)) => (name, Some(after)),
            None => (text, None),
        };
        if let Some(after) = after.filter(|after| !after.is_empty() && !mapping::is_name(after)) {
            return Err(format!("no variable can begin with `{after}`"));
        }
        if name.ends_with('/') {
            let path = parameters::path(name).map_err(|failure| failure.to_string())?;
            return Ok(Source::Below {
                path: path.to_owned(),
                prefix: after.unwrap_or_default().to_owned(),
            });
        }
        let variable = after.filter(|after| !after.is_empty());
        let default = mapping::part(last_level(name), true);
        match name.is_empty() || !mapping::is_name(variable.unwrap_or(&default)) {
            true => Err("write PATH/=PREFIX or NAME=VARIABLE, such as /app/db/=DB_".to_owned()),
            false => Ok(Source::One {
                name: name.to_owned(),
                variable: variable.map(str::to_owned),
            }),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Below { path, prefix } if path == "/" => write!(f, "/={prefix}"),
            Source::Below { path, prefix } => write!(f, "{path}/={prefix}"),
            Source::One {
                name,
                variable: Some(variable),
            } => write!(f, "{name}={variable}"),
            Source::One { name, variable: None } => f.write_str(name),
        }
    }
}

impl Source {
    /// The path to watch, and whether a change there is one of this.
    #[cfg_attr(not(unix), expect(dead_code, reason = "nothing is watched without signals"))]
    pub(crate) fn watched(&self) -> (String, impl Fn(&str) -> bool + use<>) {
        let (path, only) = match self {
            Source::Below { path, .. } => (path.clone(), None),
            Source::One { name, .. } => {
                let name = unselected(name);
                let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
                let parent = if parent.is_empty() { "/" } else { parent };
                (parent.to_owned(), Some(name.to_owned()))
            }
        };
        (path, move |changed: &str| {
            only.as_ref().is_none_or(|only| only == changed)
        })
    }
}

/// A name without its version or label; in an ARN, colons are elsewhere.
fn unselected(name: &str) -> &str {
    let last = name.rsplit_once('/').map_or(0, |(before, _)| before.len());
    name[last..].find(':').map_or(name, |colon| &name[..last + colon])
}

/// What a name ends in, without a version or label.
pub(super) fn last_level(name: &str) -> &str {
    let name = unselected(name);
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(path: &str, prefix: &str) -> Source {
        Source::Below {
            path: path.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    fn one(name: &str, variable: Option<&str>) -> Source {
        Source::One {
            name: name.to_owned(),
            variable: variable.map(str::to_owned),
        }
    }

    #[test]
    fn a_slash_at_the_end_means_what_is_below() {
        for (text, source) in [
            ("/app/db/=DB_", below("/app/db", "DB_")),
            ("/app/db/", below("/app/db", "")),
            ("/=X_", below("/", "X_")),
            ("/app/db/user=LOGIN", one("/app/db/user", Some("LOGIN"))),
            ("/app/api-token", one("/app/api-token", None)),
            ("/app/token:7", one("/app/token:7", None)),
            ("bare:live=X", one("bare:live", Some("X"))),
        ] {
            assert_eq!(source.to_string().parse(), Ok(source.clone()), "{text}");
            assert_eq!(text.parse(), Ok(source), "{text}");
        }
        for text in ["", "=X", "/a/=1X", "/a/=X-Y", "/a/1st", "a/=X"] {
            assert!(text.parse::<Source>().is_err(), "{text}");
        }
    }

    #[test]
    fn one_parameter_is_watched_from_the_path_above_it() {
        let watched = |text: &str| text.parse::<Source>().unwrap().watched();
        let (path, concerns) = watched("/app/db/user:live=X");
        assert_eq!(path, "/app/db");
        assert!(concerns("/app/db/user") && !concerns("/app/db/users"));
        assert_eq!(watched("bare").0, "/");
        let (path, concerns) = watched("/app/=X_");
        assert_eq!(path, "/app");
        assert!(concerns("/app/anything"));
    }
}
