//! One written value of a condition, compiled for its operator.

use crate::arn_pattern::{ArnParts, ArnPattern};
use crate::condition::binary;
use crate::condition::date::Moment;
use crate::condition::ip::Network;
use crate::condition::numeric::Decimal;
use crate::condition::operator::{Family, Order, Spelling};
use crate::context::{Context, ContextKey};
use crate::effort::Effort;
use crate::glob::Glob;
use crate::template::Template;

#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Text(Spelling, Text),
    Like(Glob),
    LikeVarying(Template),
    Number(Order, Decimal),
    Date(Order, Moment),
    Bool(Text),
    Bytes(Box<[u8]>),
    Network(Network),
    Arn(ArnPattern),
    ArnVarying(Template),
    /// `Null`: whether the key must be absent.
    Absent(bool),
    /// Not a value of the operator's type.
    Nonsense,
}

/// A text to compare with, perhaps with variables in it.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Fixed(Box<str>),
    Varying(Template),
}

impl Operand {
    /// Variables live in texts, ARNs and truth values, if the policy's version has them at all.
    pub(crate) fn parse(family: Family, value: &str, variables: bool) -> Operand {
        let template = if variables { Template::parse(value) } else { None };
        let operand = match (family, template) {
            (Family::Text(Spelling::Like), Some(template)) => Some(Operand::LikeVarying(template)),
            (Family::Text(Spelling::Like), None) => Some(Operand::Like(Glob::parse(value))),
            (Family::Text(spelling), template) => Some(Operand::Text(spelling, Text::new(value, template))),
            (Family::Bool, template) => Some(Operand::Bool(Text::new(value, template))),
            (Family::Arn, Some(template)) => Some(Operand::ArnVarying(template)),
            (Family::Arn, None) => ArnPattern::parse(value).map(Operand::Arn),
            (Family::Numeric(order), _) => Decimal::parse(value).map(|number| Operand::Number(order, number)),
            (Family::Date(order), _) => Moment::parse(value).map(|moment| Operand::Date(order, moment)),
            (Family::Binary, _) => binary::parse(value).map(Operand::Bytes),
            (Family::Ip, _) => Network::parse(value).map(Operand::Network),
            (Family::Null, _) => truth(value).map(Operand::Absent),
        };
        operand.unwrap_or(Operand::Nonsense)
    }

    /// Whether the request's value is as written; `None` if the two cannot be compared. Without meaning
    /// if the effort gave up.
    pub(crate) fn compare(&self, given: &str, context: &dyn Context, effort: &Effort) -> Option<bool> {
        if !effort.read(given.len()) {
            return None;
        }
        match self {
            Operand::Text(spelling, text) => {
                text.with(context, effort, |text| spelling.same(text, given, effort))
            }
            Operand::Like(glob) => Some(glob.matches(given, effort)),
            Operand::LikeVarying(template) => template.matches(given, context, effort),
            Operand::Number(order, number) => Some(order.holds(Decimal::parse(given)?.cmp(number))),
            Operand::Date(order, moment) => Some(order.holds(Moment::parse(given)?.cmp(moment))),
            Operand::Bool(text) => text.with(context, effort, |text| Some(truth(text)? == truth(given)?))?,
            Operand::Bytes(bytes) => Some(binary::parse(given)? == *bytes),
            Operand::Network(network) => network.contains(given),
            Operand::Arn(pattern) => Some(pattern.matches(ArnParts::new(given)?, effort)),
            Operand::ArnVarying(template) => {
                let pattern = ArnPattern::compile(&template.pattern(context, effort)?)?;
                Some(pattern.matches(ArnParts::new(given)?, effort))
            }
            Operand::Absent(_) | Operand::Nonsense => None,
        }
    }

    /// For `Null`: whether the value asks for a key that is absent, or present, as this one is.
    pub(crate) fn is_about(&self, absent: bool) -> bool {
        matches!(self, Operand::Absent(wanted) if *wanted == absent)
    }

    /// The keys of the variables in the value.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ContextKey> {
        let template = match self {
            Operand::LikeVarying(template)
            | Operand::ArnVarying(template)
            | Operand::Text(_, Text::Varying(template))
            | Operand::Bool(Text::Varying(template)) => Some(template),
            _ => None,
        };
        template.into_iter().flat_map(Template::keys)
    }
}

impl Text {
    fn new(value: &str, template: Option<Template>) -> Text {
        template.map_or_else(|| Text::Fixed(value.into()), Text::Varying)
    }

    fn with<T>(&self, context: &dyn Context, effort: &Effort, use_text: impl FnOnce(&str) -> T) -> Option<T> {
        match self {
            Text::Fixed(text) => Some(use_text(text)),
            Text::Varying(template) => template.fill(context, effort).map(|text| use_text(&text)),
        }
    }
}

impl Spelling {
    fn same(self, written: &str, given: &str, effort: &Effort) -> bool {
        let lowered = |text: &str| text.to_lowercase();
        match self {
            Spelling::Exact | Spelling::Like => written == given,
            Spelling::IgnoringCase => {
                written.eq_ignore_ascii_case(given)
                    || (effort.read(written.len()) && lowered(written) == lowered(given))
            }
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
