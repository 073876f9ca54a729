//! The names of condition operators: `ForAllValues:StringNotLikeIfExists` and its kin.

use std::cmp::Ordering;

/// An operator, taken apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Operator {
    pub(crate) quantifier: Quantifier,
    pub(crate) family: Family,
    pub(crate) negated: bool,
    if_exists: bool,
}

/// How a key with several values is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Quantifier {
    Plain,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// What kind of comparison.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    Text(Spelling),
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Spelling {
    Exact,
    IgnoringCase,
    Like,
}

/// How the request's value stands to the written one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(crate) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Order::Equal => ordering.is_eq(),
            Order::Less => ordering.is_lt(),
            Order::LessOrEqual => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Operator {
    /// Reads a name, in any case as AWS does; `None` if there is no such operator.
    pub(crate) fn parse(text: &str) -> Option<Operator> {
        let lowered = text.to_ascii_lowercase();
        let (quantifier, name) = match lowered.split_once(':') {
            None => (Quantifier::Plain, &*lowered),
            Some(("forallvalues", name)) => (Quantifier::All, name),
            Some(("foranyvalue", name)) => (Quantifier::Any, name),
            Some(_) => return None,
        };
        let (name, if_exists) = match name.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (family, negated) = base(name)?;
        let plain = quantifier == Quantifier::Plain && !if_exists;
        (family != Family::Null || plain).then_some(Operator {
            quantifier,
            family,
            negated,
            if_exists,
        })
    }

    /// What the operator says about a request without the key. A negated one is content, unless it
    /// wants to see some value that differs.
    pub(crate) fn holds_without_key(self) -> bool {
        match self.quantifier {
            Quantifier::Plain => self.if_exists || self.negated,
            Quantifier::All => true,
            Quantifier::Any => self.if_exists,
        }
    }
}

fn base(name: &str) -> Option<(Family, bool)> {
    Some(match name {
        "stringequals" => (Family::Text(Spelling::Exact), false),
        "stringnotequals" => (Family::Text(Spelling::Exact), true),
        "stringequalsignorecase" => (Family::Text(Spelling::IgnoringCase), false),
        "stringnotequalsignorecase" => (Family::Text(Spelling::IgnoringCase), true),
        "stringlike" => (Family::Text(Spelling::Like), false),
        "stringnotlike" => (Family::Text(Spelling::Like), true),
        "bool" => (Family::Bool, false),
        "binaryequals" => (Family::Binary, false),
        "ipaddress" => (Family::Ip, false),
        "notipaddress" => (Family::Ip, true),
        "arnequals" | "arnlike" => (Family::Arn, false),
        "arnnotequals" | "arnnotlike" => (Family::Arn, true),
        "null" => (Family::Null, false),
        name => return ordered(name),
    })
}

fn ordered(name: &str) -> Option<(Family, bool)> {
    let (family, order): (fn(Order) -> Family, &str) = match name.strip_prefix("numeric") {
        Some(order) => (Family::Numeric, order),
        None => (Family::Date, name.strip_prefix("date")?),
    };
    let (order, negated) = match order {
        "equals" => (Order::Equal, false),
        "notequals" => (Order::Equal, true),
        "lessthan" => (Order::Less, false),
        "lessthanequals" => (Order::LessOrEqual, false),
        "greaterthan" => (Order::Greater, false),
        "greaterthanequals" => (Order::GreaterOrEqual, false),
        _ => return None,
    };
    Some((family(order), negated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(
            Operator::parse("ForAllValues:StringNotLikeIfExists"),
            Some(Operator {
                quantifier: Quantifier::All,
                family: Family::Text(Spelling::Like),
                negated: true,
                if_exists: true,
            })
        );
        assert_eq!(
            Operator::parse("DateGreaterThanEquals").unwrap().family,
            Family::Date(Order::GreaterOrEqual)
        );
    }

    #[test]
    fn what_is_no_operator_is_refused() {
        for text in [
            "",
            "String",
            "NullIfExists",
            "ForAllValues:Null",
            "ForSome:Bool",
            "IfExists",
            "NumericLike",
        ] {
            assert_eq!(Operator::parse(text), None, "{text}");
        }
    }
}
