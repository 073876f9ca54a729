//! Constraint tables: one rule per shape that demands something.

use std::fmt::Write;

use super::model::{Kind, Model, Shape};
use super::names::{constant, snake};
use super::pattern;

/// The name of a shape's rule, `Rule::NONE` if it demands nothing.
pub(super) fn name(model: &Model, shape: &str) -> String {
    if demands(model, shape) {
        constant(shape)
    } else {
        "Rule::NONE".to_owned()
    }
}

/// Whether a shape demands something of its values, or a list or map of what is in it.
fn demands(model: &Model, name: &str) -> bool {
    let shape = model.shape(name);
    let parts = [&shape.member, &shape.key, &shape.value];
    least(shape).is_some()
        || shape.max.is_some()
        || !shape.one_of.is_empty()
        || shape
            .pattern
            .as_deref()
            .is_some_and(|text| pattern::translate(text).is_some())
        || parts
            .into_iter()
            .flatten()
            .any(|part| demands(model, &part.shape))
}

/// Whether a structure has to look into a member of this shape.
pub(super) fn constrains(model: &Model, name: &str) -> bool {
    fn within(model: &Model, name: &str, seen: &mut Vec<String>) -> bool {
        if demands(model, name) {
            return true;
        }
        if seen.iter().any(|before| before == name) {
            return false;
        }
        seen.push(name.to_owned());
        let shape = model.shape(name);
        let parts = [&shape.member, &shape.value].into_iter().flatten();
        !shape.required.is_empty()
            || parts
                .chain(shape.members.iter().map(|member| &member.target))
                .any(|part| within(model, &part.shape, seen))
    }
    within(model, name, &mut Vec::new())
}

/// A least length of zero is none.
fn least(shape: &Shape) -> Option<f64> {
    let number = matches!(
        shape.kind,
        Kind::Integer | Kind::Long | Kind::Double | Kind::Float
    );
    shape.min.filter(|min| number || *min > 0.0)
}

/// Appends the rule of a shape, and says so if its pattern had to be left out.
pub(super) fn print(model: &Model, shape_name: &str, out: &mut String) {
    let shape = model.shape(shape_name);
    if !demands(model, shape_name) {
        return left_out(shape_name, shape, out);
    }
    left_out(shape_name, shape, out);
    let mut rule = "Rule::NONE".to_owned();
    if let Some(least) = least(shape) {
        put(&mut rule, format_args!(".at_least({least})"));
    }
    if let Some(most) = shape.max {
        put(&mut rule, format_args!(".at_most({most})"));
    }
    let own = constant(shape_name);
    if let Some((java, rust)) = shape
        .pattern
        .as_deref()
        .and_then(|java| Some((java, pattern::translate(java)?)))
    {
        put(
            out,
            format_args!("static {own}_PATTERN: Pattern = Pattern::new({java:?}, {rust:?});\n"),
        );
        put(&mut rule, format_args!(".matching(&{own}_PATTERN)"));
    }
    if !shape.one_of.is_empty() {
        put(&mut rule, format_args!(".one_of({}::VALUES)", snake(shape_name)));
    }
    let parts = [
        ("each", shape.member.as_ref().or(shape.value.as_ref())),
        ("key", shape.key.as_ref()),
    ];
    for (method, part) in parts {
        if let Some(part) = part.filter(|part| demands(model, &part.shape)) {
            put(&mut rule, format_args!(".{method}(&{})", constant(&part.shape)));
        }
    }
    put(out, format_args!("static {own}: Rule = {rule};\n"));
}

fn left_out(name: &str, shape: &Shape, out: &mut String) {
    if let Some(java) = shape
        .pattern
        .as_deref()
        .filter(|java| pattern::translate(java).is_none())
    {
        put(
            out,
            format_args!("// {name}: the pattern {java:?} has no translation and is not held.\n"),
        );
    }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a String takes all that is written");
}
