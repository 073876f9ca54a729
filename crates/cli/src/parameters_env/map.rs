//! Names by a pattern: which of the parameters below a path are taken, and what each is called.
//!
//! `database/*/{user,password}=DB_{}` takes `user` and `password` of every database: a level is a name,
//! `*` for any one, or a choice in braces. `{}` stands for what the braces chose, or else the last star.

use std::fmt;
use std::str::FromStr;

use super::mapping::{is_name, part};

/// A pattern and the name of what matches it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Map {
    levels: Vec<Level>,
    /// With `{}` where the chosen name goes.
    template: String,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Level {
    Name(String),
    Any,
    OneOf(Vec<String>),
}

/// Where the chosen name goes.
const HOLE: &str = "{}";

impl Map {
    /// What a parameter is called that has this name below the path; nothing if it does not match.
    pub(super) fn variable(&self, relative: &str, keep_case: bool) -> Option<String> {
        let names: Vec<&str> = relative.split('/').collect();
        if names.len() != self.levels.len() {
            return None;
        }
        let pairs = self.levels.iter().zip(names);
        let mut star = "";
        let mut choice = None;
        for (level, name) in pairs {
            match level {
                Level::Name(own) if own != name => return None,
                Level::OneOf(names) if !names.iter().any(|own| own == name) => return None,
                Level::Name(_) => {}
                Level::Any => star = name,
                Level::OneOf(_) => choice = Some(name),
            }
        }
        let chosen = part(choice.unwrap_or(star), keep_case);
        Some(self.template.replace(HOLE, &chosen))
    }
}

impl Map {
    /// A name that the pattern asks for and that is not there; a star asks for none.
    pub(super) fn missing<'a>(&self, relatives: &[&'a str]) -> Option<String> {
        let matching: Vec<Vec<&'a str>> = relatives
            .iter()
            .filter(|relative| self.variable(relative, true).is_some())
            .map(|relative| relative.split('/').collect())
            .collect();
        let has_star = self.levels.contains(&Level::Any);
        if matching.is_empty() && !has_star {
            let first = |level: &Level| match level {
                Level::OneOf(names) => names.first().cloned(),
                Level::Name(name) => Some(name.clone()),
                Level::Any => None,
            };
            let names: Vec<String> = self.levels.iter().filter_map(first).collect();
            return Some(names.join("/"));
        }
        let mut choices = self
            .levels
            .iter()
            .enumerate()
            .filter_map(|(at, level)| match level {
                Level::OneOf(names) => Some((at, names)),
                _ => None,
            });
        choices.find_map(|(at, names)| {
            let is_there = |name: &&String| matching.iter().any(|levels| levels[at] == name.as_str());
            names.iter().find(|name| !is_there(name)).cloned()
        })
    }
}

impl FromStr for Map {
    type Err = String;

    fn from_str(text: &str) -> Result<Map, String> {
        let wrong = || {
            "write PATTERN=NAME, such as 'database/*/{user,password}=DB_{}'; a level is a name, * or {a,b}"
                .to_owned()
        };
        let (pattern, template) = text.rsplit_once('=').ok_or_else(wrong)?;
        if !is_name(&template.replace(HOLE, "X")) {
            return Err(format!("no variable can be called `{template}`"));
        }
        let levels: Option<Vec<Level>> = pattern.split('/').map(level).collect();
        let levels = levels.ok_or_else(wrong)?;
        let is_open = levels.iter().any(|level| !matches!(level, Level::Name(_)));
        match is_open == template.contains(HOLE) {
            true => Ok(Map {
                levels,
                template: template.to_owned(),
            }),
            false if is_open => Err(format!(
                "`{template}` would be the name of several; put {{}} where the chosen name goes"
            )),
            false => Err(format!(
                "nothing is chosen that {{}} in `{template}` could stand for"
            )),
        }
    }
}

fn level(text: &str) -> Option<Level> {
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['*', '{', '}', ',']);
    if text == "*" {
        return Some(Level::Any);
    }
    if let Some(names) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let names: Vec<String> = names.split(',').map(str::to_owned).collect();
        return names
            .iter()
            .all(|name| is_plain(name))
            .then_some(Level::OneOf(names));
    }
    is_plain(text).then(|| Level::Name(text.to_owned()))
}

impl fmt::Display for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, level) in self.levels.iter().enumerate() {
            let before = if number == 0 { "" } else { "/" };
            match level {
                Level::Name(name) => write!(f, "{before}{name}")?,
                Level::Any => write!(f, "{before}*")?,
                Level::OneOf(names) => write!(f, "{before}{{{}}}", names.join(","))?,
            }
        }
        write!(f, "={}", self.template)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_matches_is_called_as_the_pattern_says() {
        let text = "database/*/{user,password,read-only}=DB_{}";
        let map: Map = text.parse().unwrap();
        assert_eq!(map.to_string(), text);
        let name = |relative| map.variable(relative, false);
        assert_eq!(name("database/sample/user").as_deref(), Some("DB_USER"));
        assert_eq!(name("database/other/read-only").as_deref(), Some("DB_READ_ONLY"));
        for other in [
            "database/sample/port",
            "database/user",
            "database/a/b/user",
            "x/sample/user",
        ] {
            assert_eq!(name(other), None, "{other}");
        }
        let star: Map = "hosts/*=HOST_{}_NAME".parse().unwrap();
        assert_eq!(
            star.variable("hosts/db.1", false).as_deref(),
            Some("HOST_DB_1_NAME")
        );
        assert_eq!(
            star.variable("hosts/db.1", true).as_deref(),
            Some("HOST_db_1_NAME")
        );
        let plain: Map = "a/b=NAME".parse().unwrap();
        assert_eq!(plain.variable("a/b", false).as_deref(), Some("NAME"));
    }

    #[test]
    fn every_name_that_is_asked_for_has_to_be_there() {
        let missing = |map: &str, there: &[&str]| map.parse::<Map>().unwrap().missing(there);
        let there = ["db/one/user", "db/two/password", "db/two/port", "x"];
        assert_eq!(missing("db/*/{user,password}=DB_{}", &there), None);
        assert_eq!(missing("db/*/{user,nope}=DB_{}", &there).as_deref(), Some("nope"));
        assert_eq!(missing("db/*/*=DB_{}", &there), None);
        assert_eq!(missing("no/*=DB_{}", &there), None, "any number is none, too");
        assert_eq!(missing("x=Y", &there), None);
        assert_eq!(missing("y/z=Y", &there).as_deref(), Some("y/z"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in [
            "",
            "a",
            "a=",
            "a=1X",
            "*=X",
            "a=X_{}",
            "a//b=X",
            "{a,}=X_{}",
            "a*=X_{}",
            "{}=X_{}",
            "/a=X",
        ] {
            assert!(text.parse::<Map>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_is_printed_as_it_is_read(text in "[a-c*{},/]{0,9}=[A-C_{}]{0,4}") {
            if let Ok(map) = text.parse::<Map>() {
                prop_assert_eq!(map.to_string(), text);
            }
        }
    }
}
