//! Conditions: typed comparisons between what a policy writes and what a request brings.
//!
//! All operators and all keys of a statement must hold. Within one key the written values are
//! alternatives; a negated operator holds if the request's value differs from all of them.

mod binary;
mod date;
mod ip;
mod numeric;
mod operand;
mod operator;
mod value_kind;

pub use value_kind::ValueKind;

use crate::condition::operand::Operand;
use crate::condition::operator::{Family, Operator, Quantifier};
use crate::context::{Context, ContextKey};
use crate::effort::Effort;
use crate::malformed::MalformedPolicy;
use crate::statement::Effect;

/// One key under one operator.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    operator: Operator,
    /// The operator as the policy spells it.
    written: Box<str>,
    key: ContextKey,
    operands: Box<[Operand]>,
}

impl Condition {
    /// Compiles one key of one operator. Values that are not of the operator's type are kept as ones
    /// that compare with nothing; AWS accepts them, too.
    pub(crate) fn parse(
        operator: &str,
        key: &str,
        values: &[Box<str>],
        variables: bool,
    ) -> Result<Condition, MalformedPolicy> {
        let written = operator;
        let operator =
            Operator::parse(written).ok_or_else(|| MalformedPolicy::UnknownOperator(written.into()))?;
        let operand = |value| Operand::parse(operator.family, value, variables);
        Ok(Condition {
            operator,
            written: written.into(),
            key: ContextKey::new(key),
            operands: values.iter().map(|value| &**value).map(operand).collect(),
        })
    }

    /// Whether the condition holds for this request, as part of a statement with this effect. Without
    /// meaning if the effort gave up.
    pub(crate) fn holds(&self, context: &dyn Context, effect: Effect, effort: &Effort) -> bool {
        let values = context.values(&self.key);
        let given = values.as_slice();
        if self.operator.family == Family::Null {
            return self
                .operands
                .iter()
                .any(|operand| operand.is_about(given.is_empty()));
        }
        if given.is_empty() {
            return self.operator.holds_without_key();
        }
        if !effort.spend(given.len()) {
            return false;
        }
        // What to make of it is the statement's; here it only ends the loops.
        let given_up = || effort.gave_up();
        let passes = |value: &str| self.passes(value, context, effect, effort);
        match (self.operator.quantifier, self.operator.negated) {
            (Quantifier::All, _) | (Quantifier::Plain, true) => {
                given.iter().all(|value| passes(value) && !given_up())
            }
            (Quantifier::Any, _) | (Quantifier::Plain, false) => {
                given.iter().any(|value| passes(value) || given_up())
            }
        }
    }

    /// UNSURE: what AWS makes of a negated operator whose values cannot be compared at all. Here it
    /// holds in a `Deny` and not in an `Allow`, so nonsense never grants.
    fn passes(&self, value: &str, context: &dyn Context, effect: Effect, effort: &Effort) -> bool {
        match self.compare(value, context, effort) {
            Some(same) => same != self.operator.negated,
            None => self.operator.negated && effect == Effect::Deny,
        }
    }

    /// Whether the value is one of those written; `None` if it is not, and some of them, or all for
    /// want of any, could not be compared.
    fn compare(&self, value: &str, context: &dyn Context, effort: &Effort) -> Option<bool> {
        let mut unclear = self.operands.is_empty();
        for operand in &self.operands {
            match operand.compare(value, context, effort) {
                _ if effort.gave_up() => return None,
                Some(true) => return Some(true),
                Some(false) => {}
                None => unclear = true,
            }
        }
        (!unclear).then_some(false)
    }

    /// The operator as the policy spells it.
    pub(crate) fn operator_written(&self) -> &str {
        &self.written
    }

    /// The key that the condition is about.
    pub(crate) fn key(&self) -> &ContextKey {
        &self.key
    }

    /// The keys the condition asks for: its own and those of variables in its values.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ContextKey> {
        std::iter::once(&self.key).chain(self.operands.iter().flat_map(Operand::keys))
    }

    /// Whether the condition lets a request pass that lacks the key, although it reads as if it named
    /// allowed values.
    ///
    /// Source: KMS Developer Guide, `PutKeyPolicy` refuses these.
    pub(crate) fn is_overly_permissive(&self) -> bool {
        let single_valued = ["kms:encryptioncontext:", "aws:requesttag/"];
        self.operator.quantifier == Quantifier::All
            && single_valued
                .iter()
                .any(|prefix| self.key.as_str().starts_with(prefix))
    }
}
