//! Which sessions DescribeSessions lists.

use kagiban_aws::Timestamp;

use crate::records::{Session, SessionStatus};
use crate::wire::{self, session_filter_key as key, session_state};
use crate::{ParameterError, instant};

/// A state and filters, all of which have to hold.
#[derive(Clone, Debug)]
pub(crate) struct Filters {
    active: bool,
    filters: Vec<Filter>,
    /// All of it as a text, which page tokens are bound to.
    pub(crate) text: String,
}

#[derive(Clone, Debug)]
enum Filter {
    After(Timestamp),
    Before(Timestamp),
    Target(String),
    Owner(String),
    Status(String),
    Id(String),
    Access(String),
}

impl Filters {
    /// Reads what the wire has held against the sets of words.
    ///
    /// # Errors
    ///
    /// `Validation` for moments that are none.
    pub(crate) fn parse(
        state: Option<String>,
        filters: Option<Vec<wire::SessionFilter>>,
    ) -> Result<Filters, ParameterError> {
        let state = state.unwrap_or_default();
        let filters = filters.unwrap_or_default();
        let mut text = state.clone();
        for filter in &filters {
            let part = [&filter.key, &filter.value].map(|part| part.as_deref().unwrap_or_default());
            text.push_str(&format!("|{part:?}"));
        }
        Ok(Filters {
            active: state == session_state::ACTIVE,
            filters: filters.into_iter().map(Filter::parse).collect::<Result<_, _>>()?,
            text,
        })
    }

    pub(crate) fn accept(&self, id: &str, session: &Session) -> bool {
        use SessionStatus::{Connected, Connecting, Disconnected, Failed, Terminated, Terminating};

        let active = match session.status {
            Connecting | Connected | Disconnected => true,
            Terminating | Terminated | Failed => false,
        };
        active == self.active && self.filters.iter().all(|filter| filter.accepts(id, session))
    }
}

impl Filter {
    fn parse(wire: wire::SessionFilter) -> Result<Filter, ParameterError> {
        let value = wire.value.unwrap_or_default();
        Ok(match wire.key.as_deref().unwrap_or_default() {
            key::INVOKED_AFTER => Filter::After(moment(&value)?),
            key::INVOKED_BEFORE => Filter::Before(moment(&value)?),
            key::TARGET => Filter::Target(value),
            key::OWNER => Filter::Owner(value),
            key::STATUS => Filter::Status(one_of("Status", value, wire::session_status::VALUES)?),
            key::SESSION_ID => Filter::Id(value),
            _ => Filter::Access(one_of("AccessType", value, wire::access_type::VALUES)?),
        })
    }

    fn accepts(&self, id: &str, session: &Session) -> bool {
        match self {
            Filter::After(moment) => session.started > *moment,
            Filter::Before(moment) => session.started < *moment,
            Filter::Target(target) => *target == *session.target,
            Filter::Owner(owner) => *owner == *session.owner,
            Filter::Status(status) => status == session.status.as_str(),
            Filter::Id(wanted) => wanted == id,
            Filter::Access(access) => access == wire::access_type::STANDARD,
        }
    }
}

// UNSURE: AWS's own code and sentence for a value that none can have have not been seen.
fn one_of(key: &str, value: String, known: &[&str]) -> Result<String, ParameterError> {
    match known.contains(&value.as_str()) {
        true => Ok(value),
        false => Err(ParameterError::Validation(format!(
            "The filter value {value} is not valid for {key}; valid values are: [{}].",
            known.join(", ")
        ))),
    }
}

fn moment(text: &str) -> Result<Timestamp, ParameterError> {
    // UNSURE: AWS's own sentence has not been seen.
    let wrong = || ParameterError::Validation(format!("The date {text} is not valid; use ISO 8601."));
    instant::read(text).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_no_session_can_have_is_refused() {
        let parse = |key: &str, value: &str| {
            let filter = wire::SessionFilter {
                key: Some(key.to_owned()),
                value: Some(value.to_owned()),
            };
            Filters::parse(Some("Active".to_owned()), Some(vec![filter]))
        };
        for (key, value) in [(key::STATUS, "Connected"), (key::ACCESS_TYPE, "JustInTime")] {
            assert!(parse(key, value).is_ok(), "{value}");
            let refused = parse(key, "connectedd").unwrap_err();
            assert!(matches!(refused, ParameterError::Validation(_)), "{refused}");
        }
    }
}
