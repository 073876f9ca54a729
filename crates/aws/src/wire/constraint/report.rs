use super::demand::Demand;
use super::excerpt::Excerpt;
use super::{Constrained, Path, Rule};
use crate::Fault;

/// What a request breaks, so far.
///
/// A request is held before anybody is asked whether they may make it, so a refusal must stay small
/// whatever was sent: so many violations, each with so much of the value.
///
/// DIFFERS: AWS lists all that is broken, as far as is known. We stop, because an answer must not grow with
/// what was sent, and count only what is listed. UNSURE: whether AWS cuts long values, and where.
#[derive(Debug)]
pub struct Report {
    broken: Vec<String>,
    /// IAM and STS do not print a value that is not in its set of words.
    query: bool,
}

/// Holds a request against its constraints.
///
/// # Errors
///
/// A fault with `code` that names all that the request breaks.
pub(in crate::wire) fn constrain<T: Constrained>(request: &T, code: &'static str) -> Result<(), Fault> {
    let mut report = Report {
        broken: Vec::new(),
        query: code == "ValidationError",
    };
    request.hold(&Rule::NONE, &Path::ROOT, &mut report);
    match report.broken.len() {
        0 => Ok(()),
        count => {
            let errors = if count == 1 { "error" } else { "errors" };
            let broken = report.broken.join("; ");
            Err(Fault::sender(
                code,
                format!("{count} validation {errors} detected: {broken}"),
            ))
        }
    }
}

impl Report {
    /// Violations that are listed, and counted: what comes after is not looked at.
    const MOST: usize = 10;

    /// Whether what else is broken would not be listed.
    pub(super) fn is_full(&self) -> bool {
        self.broken.len() >= Self::MOST
    }

    /// Holds a member that may be absent.
    pub fn optional<T: Constrained>(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        value: &Option<T>,
        rule: &Rule,
    ) {
        if let Some(value) = value
            && !self.is_full()
        {
            value.hold(rule, &at.member(name), self);
        }
    }

    /// Holds a member that must be there.
    pub fn required<T: Constrained>(
        &mut self,
        at: &Path<'_>,
        name: &'static str,
        value: &Option<T>,
        rule: &Rule,
    ) {
        match value {
            _ if self.is_full() => {}
            Some(value) => value.hold(rule, &at.member(name), self),
            None => self.push("Value null", &at.member(name), "Member must not be null"),
        }
    }

    pub(super) fn broken(&mut self, value: Option<String>, at: &Path<'_>, demand: &Demand) {
        let hidden = self.query && matches!(demand, Demand::OneOf(_));
        self.push(&quoted(value.filter(|_| !hidden)), at, &demand.to_string());
    }

    pub(super) fn parts(&mut self, value: Option<String>, at: &Path<'_>, what: &str, sentences: &str) {
        self.push(&quoted(value), at, &format!("{what}: {sentences}"));
    }

    fn push(&mut self, value: &str, at: &Path<'_>, constraint: &str) {
        if !self.is_full() {
            self.broken.push(format!(
                "{value} at '{at}' failed to satisfy constraint: {constraint}"
            ));
        }
    }
}

fn quoted(value: Option<String>) -> String {
    value.map_or_else(
        || "Value".to_owned(),
        |value| format!("Value '{}'", Excerpt(&value)),
    )
}
