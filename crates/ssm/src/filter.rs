//! Filters of DescribeParameters and GetParametersByPath.
//!
//! All filters of a request must hold, and one of each filter's values. Those by name and by path
//! also say where the names lie, so that the rest is never looked at.

use kagiban_iam::records::Tag;

use crate::ParameterError;
use crate::listing::Span;
use crate::path::ParameterPath;
use crate::records::Parameter;
use crate::wire::{self, parameter_tier, parameter_type};

/// The filters of one request.
#[derive(Clone, Debug)]
pub(crate) struct Filters {
    filters: Vec<Filter>,
    /// The request's own words, for binding page tokens to them.
    pub(crate) text: String,
}

#[derive(Clone, Debug)]
enum Filter {
    Name(Texts),
    Path(Vec<Span>),
    Type(Texts),
    KeyId(Texts),
    Tier(Texts),
    DataType(Texts),
    Tag { key: String, values: Option<Texts> },
    Label(Vec<String>),
}

#[derive(Clone, Debug)]
struct Texts {
    how: How,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum How {
    Equals,
    BeginsWith,
    Contains,
}

impl Texts {
    fn accept(&self, text: &str) -> bool {
        self.values.iter().any(|value| match self.how {
            How::Equals => text == value,
            How::BeginsWith => text.starts_with(value.as_str()),
            How::Contains => text.contains(value.as_str()),
        })
    }
}

/// Which operation the filters belong to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Of {
    Describe,
    ByPath,
}

impl Filters {
    /// Reads ParameterFilters, checking one after the other as AWS does.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub(crate) fn parse(
        wire: Option<Vec<wire::ParameterStringFilter>>,
        of: Of,
    ) -> Result<Filters, ParameterError> {
        let wire: Vec<Given> = wire.unwrap_or_default().into_iter().map(Given::from).collect();
        let text = wire.iter().map(|filter| format!("{filter:?}")).collect();
        let mut filters = Vec::with_capacity(wire.len());
        for (index, given) in wire.iter().enumerate() {
            given.check(of, &wire[..index])?;
            filters.push(given.read()?);
        }
        Ok(Filters { filters, text })
    }

    /// Reads the older Filters: by a name's beginning, or by type or key.
    pub(crate) fn parse_old(wire: Option<Vec<wire::ParametersFilter>>) -> Filters {
        let wire = wire.unwrap_or_default();
        let text = wire.iter().map(|filter| format!("{filter:?}")).collect();
        let read = |filter: wire::ParametersFilter| {
            let values = filter.values.unwrap_or_default();
            match filter.key.as_deref() {
                Some("Type") => Filter::Type(Texts {
                    how: How::Equals,
                    values,
                }),
                Some("KeyId") => Filter::KeyId(Texts {
                    how: How::Equals,
                    values,
                }),
                _ => Filter::name(How::BeginsWith, values),
            }
        };
        Filters {
            filters: wire.into_iter().map(read).collect(),
            text,
        }
    }

    /// Whether a parameter, by its canonical name, passes all filters.
    pub(crate) fn accept(&self, name: &str, parameter: &Parameter) -> bool {
        self.filters.iter().all(|filter| filter.accepts(name, parameter))
    }

    /// Where the names of all that can pass lie: what the narrowest filter says.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let by_name = self.filters.iter().find_map(Filter::name_spans);
        let by_path = || self.filters.iter().find_map(Filter::path_spans);
        by_name
            .or_else(by_path)
            .unwrap_or_else(|| vec![Span::Beginning("/".to_owned())])
    }

    /// Whether only public parameters can be meant. UNSURE: that AWS describes them when asked for by
    /// name or path, and only then; its sentence about reserved paths speaks of a global namespace.
    pub(crate) fn only_public(&self) -> bool {
        self.spans().iter().all(Span::is_public)
    }

    /// Whether old versions may be meant.
    pub(crate) fn by_label(&self) -> bool {
        self.filters
            .iter()
            .any(|filter| matches!(filter, Filter::Label(_)))
    }

    /// The label that a parameter passes by: its version is then the one that bears it.
    pub(crate) fn label_of(&self, parameter: &Parameter) -> Option<&str> {
        let labels = self.filters.iter().find_map(|filter| match filter {
            Filter::Label(labels) => Some(labels),
            _ => None,
        })?;
        labels
            .iter()
            .map(String::as_str)
            .find(|label| parameter.labelled(label).is_some())
    }
}

impl Filter {
    /// A leading slash does not matter, but to Contains.
    fn name(how: How, values: Vec<String>) -> Filter {
        let canonical = |value: String| format!("/{}", value.strip_prefix('/').unwrap_or(&value));
        let values = match how {
            How::Contains => values,
            How::Equals | How::BeginsWith => values.into_iter().map(canonical).collect(),
        };
        Filter::Name(Texts { how, values })
    }

    fn accepts(&self, name: &str, parameter: &Parameter) -> bool {
        let version = &parameter.current;
        match self {
            Filter::Name(texts) if texts.how == How::Contains => texts.accept(&parameter.name),
            Filter::Name(texts) => texts.accept(name),
            Filter::Path(spans) => spans.iter().any(|span| span.contains(name)),
            Filter::Type(texts) => texts.accept(version.value.kind().as_str()),
            Filter::KeyId(texts) => version.value.key().is_some_and(|key| texts.accept(key)),
            Filter::Tier(texts) => texts.accept(version.tier.as_str()),
            Filter::DataType(texts) => texts.accept(version.data_type()),
            Filter::Tag { key, values } => {
                let holds = |tag: &Tag| values.as_ref().is_none_or(|values| values.accept(&tag.value));
                parameter.tags.iter().any(|tag| tag.key == *key && holds(tag))
            }
            Filter::Label(labels) => labels.iter().any(|label| parameter.labelled(label).is_some()),
        }
    }

    fn name_spans(&self) -> Option<Vec<Span>> {
        let Filter::Name(Texts { how, values }) = self else {
            return None;
        };
        let values = values.iter().cloned();
        match how {
            How::Equals => Some(values.map(Span::Exactly).collect()),
            How::BeginsWith => Some(values.map(Span::Beginning).collect()),
            How::Contains => None,
        }
    }

    fn path_spans(&self) -> Option<Vec<Span>> {
        match self {
            Filter::Path(spans) => Some(spans.clone()),
            _ => None,
        }
    }
}

/// A filter as the caller wrote it.
#[derive(Debug)]
struct Given {
    key: String,
    option: Option<String>,
    values: Vec<String>,
}

impl From<wire::ParameterStringFilter> for Given {
    fn from(wire: wire::ParameterStringFilter) -> Given {
        Given {
            key: wire.key.unwrap_or_default(),
            option: wire.option,
            values: wire.values.unwrap_or_default(),
        }
    }
}

impl Given {
    /// What is wrong with the key, or with there being no values, whatever the key.
    fn check(&self, of: Of, before: &[Given]) -> Result<(), ParameterError> {
        let key = &self.key;
        let valid = match of {
            Of::Describe if key == "Label" => Some("Path, Name, Type, KeyId, Tier"),
            Of::ByPath if !["Type", "KeyId", "Label"].contains(&key.as_str()) => Some("Type, KeyId"),
            Of::Describe | Of::ByPath => None,
        };
        if let Some(valid) = valid {
            return Err(ParameterError::InvalidFilterKey(format!(
                "The following filter key is not valid: {key}. Valid filter keys include: [{valid}]."
            )));
        }
        if self.values.is_empty() && !key.starts_with("tag:") {
            return Err(ParameterError::InvalidFilterValue(format!(
                "The following filter values are missing : null for filter key {key}."
            )));
        }
        if before.iter().any(|other| other.key == *key) {
            return Err(ParameterError::InvalidFilterKey(format!(
                "The following filter is duplicated in the request: {key}. A request can contain only one occurrence of a specific filter."
            )));
        }
        Ok(())
    }

    fn read(&self) -> Result<Filter, ParameterError> {
        if let Some(tag) = self.key.strip_prefix("tag:") {
            let texts = self.texts(&["BeginsWith", "Equals"])?;
            let values = (!texts.values.is_empty()).then_some(texts);
            return Ok(Filter::Tag {
                key: tag.to_owned(),
                values,
            });
        }
        match self.key.as_str() {
            "Path" => self.paths(),
            "Tier" => {
                self.only(parameter_tier::VALUES, "Standard, Advanced, Intelligent-Tiering")?;
                Ok(Filter::Tier(self.texts(&["Equals"])?))
            }
            "Type" => {
                self.only(parameter_type::VALUES, "String, StringList, SecureString")?;
                Ok(Filter::Type(self.texts(&["BeginsWith", "Equals"])?))
            }
            "KeyId" => Ok(Filter::KeyId(self.texts(&["BeginsWith", "Equals"])?)),
            "DataType" => Ok(Filter::DataType(self.texts(&["Equals"])?)),
            "Label" => Ok(Filter::Label(self.texts(&["Equals"])?.values)),
            // The model's pattern leaves nothing but Name.
            _ if self.option.as_deref() == Some("Contains") => {
                Ok(Filter::name(How::Contains, self.values.clone()))
            }
            _ => {
                let Texts { how, values } = self.texts(&["BeginsWith", "Equals"])?;
                Ok(Filter::name(how, values))
            }
        }
    }

    fn paths(&self) -> Result<Filter, ParameterError> {
        let recursive = match self.option.as_deref().unwrap_or("OneLevel") {
            "Recursive" => true,
            "OneLevel" => false,
            other => return Err(invalid_option(other, "Recursive, OneLevel")),
        };
        let span = |value: &String| ParameterPath::parse_filter(value).map(|path| path.span(recursive));
        Ok(Filter::Path(
            self.values.iter().map(span).collect::<Result<_, _>>()?,
        ))
    }

    fn only(&self, words: &[&str], printed: &str) -> Result<(), ParameterError> {
        match self.values.iter().find(|value| !words.contains(&value.as_str())) {
            Some(value) => Err(ParameterError::InvalidFilterOption(format!(
                "The following filter value is not valid: {value}. Valid values include: [{printed}]."
            ))),
            None => Ok(()),
        }
    }

    // UNSURE: that Tier, DataType and Label print a list without BeginsWith.
    fn texts(&self, options: &[&str]) -> Result<Texts, ParameterError> {
        let option = self.option.as_deref().unwrap_or("Equals");
        if !options.contains(&option) {
            return Err(invalid_option(option, &options.join(", ")));
        }
        let how = if option == "BeginsWith" {
            How::BeginsWith
        } else {
            How::Equals
        };
        Ok(Texts {
            how,
            values: self.values.clone(),
        })
    }
}

fn invalid_option(option: &str, valid: &str) -> ParameterError {
    ParameterError::InvalidFilterOption(format!(
        "The following filter option is not valid: {option}. Valid options include: [{valid}]."
    ))
}
