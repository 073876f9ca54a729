//! What an import would do, decided before anything is done.

use std::collections::BTreeMap;

use kagiban_aws::SecretString;
use serde::Serialize;

use super::difference::MASK;
use crate::failure::Failure;
use crate::formats::{Entries, Entry};
use crate::parameters::Parameter;
use crate::style::Style;

/// How the file is to be taken.
pub(super) struct Rules<'a> {
    pub(super) secure: &'a [String],
    pub(super) all_secure: bool,
    pub(super) tier: Option<&'a str>,
    pub(super) delete_missing: bool,
}

/// Changes by name below the path.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) changes: BTreeMap<String, Change>,
}

/// What happens to one parameter.
#[derive(Debug)]
pub(super) enum Change {
    Create { value: SecretString, kind: String },
    Update { value: SecretString, kind: String },
    Same,
    Delete,
}

/// The plan without values.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Told {
    dry_run: bool,
    created: Vec<Named>,
    changed: Vec<Named>,
    deleted: Vec<String>,
    same: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    name: String,
    #[serde(rename = "Type")]
    kind: String,
}

/// The largest value of the standard tier, in bytes.
const STANDARD: usize = 4096;
/// The largest value of any tier, in bytes.
const ADVANCED: usize = 8192;

impl Plan {
    /// Holds the file against what is there.
    ///
    /// # Errors
    ///
    /// If the file has nothing, or what no parameter can hold.
    pub(super) fn of(
        entries: Entries,
        there: &BTreeMap<String, Parameter>,
        rules: &Rules<'_>,
    ) -> Result<Plan, Failure> {
        if entries.is_empty() {
            return Err(Failure::Usage("the file has no parameter".to_owned()));
        }
        let mut changes = BTreeMap::new();
        if rules.delete_missing {
            let missing = there.keys().filter(|name| !entries.contains_key(*name));
            changes.extend(missing.map(|name| (name.clone(), Change::Delete)));
        }
        for (name, entry) in entries {
            let change = rules.change(&name, entry, there.get(&name))?;
            changes.insert(name, change);
        }
        Ok(Plan { changes })
    }

    /// Refuses to change what is there unless told to.
    ///
    /// # Errors
    ///
    /// `Conflict`, with the names.
    pub(super) fn check(&self, overwrite: bool) -> Result<(), Failure> {
        let updated = self
            .changes
            .iter()
            .filter(|(_, change)| matches!(change, Change::Update { .. }));
        let names: Vec<&str> = updated.map(|(name, _)| name.as_str()).collect();
        match names.is_empty() || overwrite {
            true => Ok(()),
            false => Err(Failure::Conflict(format!(
                "there with another value or type: {}",
                names.join(", ")
            ))),
        }
    }

    /// Names and values that would be written.
    pub(super) fn written(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.changes.iter().filter_map(|(name, change)| match change {
            Change::Create { value, .. } | Change::Update { value, .. } => Some((name.as_str(), value)),
            Change::Same | Change::Delete => None,
        })
    }

    /// The names that are deleted.
    pub(super) fn deleted(&self) -> impl Iterator<Item = &str> {
        let deleted = self
            .changes
            .iter()
            .filter(|(_, change)| matches!(change, Change::Delete));
        deleted.map(|(name, _)| name.as_str())
    }

    /// Whether a key that is in use matters.
    pub(super) fn updates_secure(&self) -> bool {
        let secure =
            |change: &Change| matches!(change, Change::Update { kind, .. } if kind == "SecureString");
        self.changes.values().any(secure)
    }

    /// The plan without values.
    pub(super) fn told(&self, dry_run: bool) -> Told {
        let mut told = Told {
            dry_run,
            created: Vec::new(),
            changed: Vec::new(),
            deleted: Vec::new(),
            same: 0,
        };
        for (name, change) in &self.changes {
            let named = |kind: &String| Named {
                name: name.clone(),
                kind: kind.clone(),
            };
            match change {
                Change::Create { kind, .. } => told.created.push(named(kind)),
                Change::Update { kind, .. } => told.changed.push(named(kind)),
                Change::Delete => told.deleted.push(name.clone()),
                Change::Same => told.same += 1,
            }
        }
        told
    }
}

impl Rules<'_> {
    fn change(&self, name: &str, entry: Entry, there: Option<&Parameter>) -> Result<Change, Failure> {
        self.check_size(name, &entry, there.is_none())?;
        let secure = self.all_secure || self.secure.iter().any(|pattern| matches(pattern, name));
        let kind = match there {
            _ if secure => "SecureString",
            Some(there) => &there.kind,
            None if entry.is_list => "StringList",
            None => "String",
        };
        let (value, kind) = (entry.value, kind.to_owned());
        Ok(match there {
            None => Change::Create { value, kind },
            Some(there) if there.value == value && there.kind == kind => Change::Same,
            Some(_) => Change::Update { value, kind },
        })
    }

    /// What the server would refuse halfway through is refused before anything is done.
    fn check_size(&self, name: &str, entry: &Entry, is_new: bool) -> Result<(), Failure> {
        let why = match entry.value.expose().len() {
            length if length > ADVANCED => format!("no parameter can hold more than {ADVANCED} bytes"),
            length if length > STANDARD && is_new && self.tier.is_none() => {
                format!("above {STANDARD} bytes it needs --tier Advanced or Intelligent-Tiering")
            }
            _ => return Ok(()),
        };
        Err(Failure::Usage(format!(
            "the value of `{name}` is too long: {why}"
        )))
    }
}

/// Whether a pattern with `*` and `?` matches all of a name.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where to go on when the last star has to take one character more.
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                p += 1;
                retry = Some((p, n));
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((after_star, taken)) = retry else {
                    return false;
                };
                p = after_star;
                n = taken + 1;
                retry = Some((p, n));
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The lines for people.
pub(super) fn people(told: &Told, style: Style) -> String {
    let line = |colour, sign, named: &Named| {
        let sign = style.paint(colour, sign);
        format!("{sign} {}  {}  {MASK}", named.name, named.kind)
    };
    let mut lines: Vec<String> = Vec::new();
    lines.extend(told.created.iter().map(|named| line("32", "+", named)));
    lines.extend(told.changed.iter().map(|named| line("33", "~", named)));
    let deleted = told.deleted.iter();
    lines.extend(deleted.map(|name| format!("{} {name}", style.paint("31", "-"))));
    let would = if told.dry_run { "would be " } else { "" };
    let (created, changed, deleted, same) = (
        told.created.len(),
        told.changed.len(),
        told.deleted.len(),
        told.same,
    );
    lines.push(format!(
        "{would}created: {created}, changed: {changed}, deleted: {deleted}, the same: {same}"
    ));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries(all: &[(&str, &str)]) -> Entries {
        all.iter()
            .map(|(name, value)| ((*name).to_owned(), Entry::text((*value).to_owned())))
            .collect()
    }

    fn there(all: &[(&str, &str, &str)]) -> BTreeMap<String, Parameter> {
        all.iter()
            .map(|(name, kind, value)| {
                let text = format!(r#"{{"Name":"/p/{name}","Type":"{kind}","Value":"{value}","Version":1}}"#);
                ((*name).to_owned(), serde_json::from_str(&text).unwrap())
            })
            .collect()
    }

    const RULES: Rules<'static> = Rules {
        secure: &[],
        all_secure: false,
        tier: None,
        delete_missing: false,
    };

    #[test]
    fn the_plan_tells_names_and_types_and_no_values() {
        let there = there(&[
            ("old", "String", "hunter0"),
            ("same", "String", "hunter1"),
            ("url", "SecureString", "hunter2"),
            ("up", "String", "hunter3"),
        ]);
        let file = entries(&[
            ("same", "hunter1"),
            ("url", "hunter9"),
            ("up", "hunter3"),
            ("db/password", "hunter4"),
            ("db/name", "x"),
        ]);
        let secure = ["*pass*".to_owned(), "up".to_owned()];
        let rules = Rules {
            secure: &secure,
            delete_missing: true,
            ..RULES
        };
        let plan = Plan::of(file, &there, &rules).unwrap();
        insta::assert_snapshot!(people(&plan.told(true), Style::new(false)), @r"
        + db/name  String  ••••
        + db/password  SecureString  ••••
        ~ up  SecureString  ••••
        ~ url  SecureString  ••••
        - old
        would be created: 2, changed: 2, deleted: 1, the same: 1
        ");
        assert!(plan.updates_secure());
        let refused = plan.check(false).unwrap_err().to_string();
        assert_eq!(refused, "there with another value or type: up, url");
        let shown = serde_json::to_string(&plan.told(true)).unwrap() + &format!("{plan:?}");
        assert!(!shown.contains("hunter"), "{shown}");
    }

    #[test]
    fn nothing_is_deleted_unless_asked_and_never_by_an_empty_file() {
        let there = there(&[("old", "String", "x")]);
        let plan = Plan::of(entries(&[("new", "x")]), &there, &RULES).unwrap();
        assert_eq!(plan.deleted().count(), 0);
        let rules = Rules {
            delete_missing: true,
            ..RULES
        };
        assert!(matches!(
            Plan::of(Entries::new(), &there, &rules),
            Err(Failure::Usage(_))
        ));
    }

    #[test]
    fn values_that_no_parameter_can_hold_are_refused_beforehand() {
        let plan = |length: usize, rules: &Rules<'_>| {
            Plan::of(entries(&[("a", &"x".repeat(length))]), &BTreeMap::new(), rules)
        };
        assert!(plan(4096, &RULES).is_ok());
        assert!(plan(4097, &RULES).is_err());
        let advanced = Rules {
            tier: Some("Advanced"),
            ..RULES
        };
        assert!(plan(8192, &advanced).is_ok());
        assert!(plan(8193, &advanced).is_err());
    }

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, expected) in [
            ("db/*", "db/url", true),
            ("db/*", "db", false),
            ("*password*", "a/db_password_1", true),
            ("?b", "db", true),
            ("?b", "b", false),
            ("*a*b", "xaxxab", true),
            ("*a*b", "xaxxabc", false),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    /// The rule itself, in the shortest words.
    fn naive(pattern: &[char], name: &[char]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some(('*', rest)) => (0..=name.len()).any(|taken| naive(rest, &name[taken..])),
            Some((c, rest)) => name
                .split_first()
                .is_some_and(|(first, left)| (*c == '?' || c == first) && naive(rest, left)),
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_its_rule(pattern in "[ab*?]{0,6}", name in "[ab]{0,8}") {
            let (p, n): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
            prop_assert_eq!(matches(&pattern, &name), naive(&p, &n));
        }
    }
}
