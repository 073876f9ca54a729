//! Condition operators, each in the words of part B5.

use std::net::IpAddr;

use crate::case::{Condition, Request};
use crate::pattern::{Sign, arn, fill, like, same_parts, signs, split};

/// The values of a key in the request; none if it is absent.
fn values_of<'r>(request: &'r Request, key: &str) -> &'r [String] {
    let fact = request
        .facts
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key));
    fact.map_or(&[], |(_, values)| values)
}

/// The value of a single-valued key.
pub(crate) fn value_of(request: &Request, key: &str) -> Option<String> {
    match values_of(request, key) {
        [value] => Some(value.clone()),
        _ => None,
    }
}

pub(crate) fn holds(condition: &Condition, request: &Request, allow: bool, variables: bool) -> bool {
    let operator = condition.operator.to_lowercase();
    let given = values_of(request, condition.key);
    if operator == "null" {
        let wanted = if given.is_empty() { "true" } else { "false" };
        return condition
            .values
            .iter()
            .any(|value| value.eq_ignore_ascii_case(wanted));
    }
    let (quantifier, base) = operator.split_once(':').unwrap_or(("", &operator));
    let (base, if_exists) = match base.strip_suffix("ifexists") {
        Some(base) => (base, true),
        None => (base, false),
    };
    let negated = base.contains("not");
    if given.is_empty() {
        return match quantifier {
            "forallvalues" => true,
            "foranyvalue" => if_exists,
            _ => if_exists || negated,
        };
    }
    let passes = |value: &String| {
        match is_written(value, base, condition, request, variables) {
            Some(written) => written != negated,
            None => negated && !allow, // what cannot be compared never grants and never hides a Deny
        }
    };
    match quantifier {
        "forallvalues" => given.iter().all(passes),
        "foranyvalue" => given.iter().any(passes),
        _ if negated => given.iter().all(passes),
        _ => given.iter().any(passes),
    }
}

/// Whether the value is one of those written; `None` if that cannot be said.
fn is_written(
    value: &str,
    base: &str,
    condition: &Condition,
    request: &Request,
    variables: bool,
) -> Option<bool> {
    let base = base.replace("not", "");
    let compared: Vec<Option<bool>> = condition
        .values
        .iter()
        .map(|written| {
            let pattern = if variables {
                fill(written, &|key| value_of(request, key))
            } else {
                Some(signs(written))
            };
            compare(&base, written, pattern.as_deref(), value)
        })
        .collect();
    if compared.contains(&Some(true)) {
        Some(true)
    } else if compared.is_empty() || compared.contains(&None) {
        None
    } else {
        Some(false)
    }
}

/// `pattern` is the written value with its variables replaced, which not every operator looks at.
fn compare(base: &str, written: &str, pattern: Option<&[Sign]>, given: &str) -> Option<bool> {
    match base {
        "stringequals" => Some(plain(pattern?) == given),
        "stringequalsignorecase" => Some(plain(pattern?).to_lowercase() == given.to_lowercase()),
        "stringlike" => Some(like(pattern?, &given.chars().collect::<Vec<_>>())),
        "bool" => Some(truth(&plain(pattern?))? == truth(given)?),
        "arnequals" | "arnlike" => Some(same_parts(&split(pattern?)?, &arn(given)?)),
        "binaryequals" => Some(bytes(written)? == bytes(given)?),
        "ipaddress" => within(written, given),
        _ => match base.strip_prefix("numeric") {
            Some(order) => Some(stands(order, number(given)?, number(written)?)),
            None => Some(stands(
                base.strip_prefix("date")?,
                moment(given)?,
                moment(written)?,
            )),
        },
    }
}

/// A pattern as text: wildcards are ordinary characters to operators that do not know them.
fn plain(pattern: &[Sign]) -> String {
    pattern
        .iter()
        .map(|sign| match sign {
            Sign::Char(char) => *char,
            Sign::One => '?',
            Sign::Run => '*',
        })
        .collect()
}

fn truth(text: &str) -> Option<bool> {
    text.to_lowercase().parse().ok()
}

fn stands(order: &str, given: i128, written: i128) -> bool {
    match order {
        "equals" => given == written,
        "lessthan" => given < written,
        "lessthanequals" => given <= written,
        "greaterthan" => given > written,
        "greaterthanequals" => given >= written,
        _ => panic!("no operator ends in {order}"),
    }
}

/// Millionths, which is as fine as the drawn numbers are.
fn number(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.chars().all(|char| char.is_ascii_digit());
    let (sign, magnitude) = match whole.strip_prefix('-') {
        Some(magnitude) => (-1, magnitude),
        None => (1, whole.strip_prefix('+').unwrap_or(whole)),
    };
    if !digits(magnitude) || !digits(fraction) || fraction.len() > 6 {
        return None;
    }
    let scaled: i128 = format!("{magnitude}{fraction:0<6}").parse().ok()?;
    Some(sign * scaled)
}

/// Millionths of seconds since 1970.
fn moment(text: &str) -> Option<i128> {
    number(text).or_else(|| Some(date(text)? * 1_000_000))
}

fn date(text: &str) -> Option<i128> {
    let (date, clock) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let numbers: Vec<i128> = date.split('-').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let &[year, month, day] = numbers.as_slice() else {
        return None;
    };
    Some(days(year, month, day) * 86_400 + seconds(clock)?)
}

/// Days since 1970, counted one year and one month at a time.
fn days(year: i128, month: i128, day: i128) -> i128 {
    let leap = |year: i128| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let years: i128 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let lengths = [
        31,
        if leap(year) { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
    ];
    let months: i128 = lengths.iter().take(usize::try_from(month - 1).unwrap()).sum();
    years + months + day - 1
}

/// `HH:MM:SS` with `Z` or an offset of whole hours.
fn seconds(clock: &str) -> Option<i128> {
    let (local, hours_east) = match clock.split_once('+') {
        Some((local, offset)) => (local, offset.strip_suffix(":00")?.parse::<i128>().ok()?),
        None => (clock.strip_suffix('Z')?, 0),
    };
    let numbers: Vec<i128> = local.split(':').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let &[hour, minute, second] = numbers.as_slice() else {
        return None;
    };
    Some((hour - hours_east) * 3600 + minute * 60 + second)
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bits = Vec::new();
    for char in digits.chars() {
        let value = DIGITS.find(char)?;
        bits.extend((0..6).rev().map(|bit| (value >> bit) & 1));
    }
    let whole = bits.len() / 8 * 8;
    let byte = |bits: &[usize]| {
        bits.iter()
            .fold(0, |sum, bit| sum * 2 + u8::try_from(*bit).unwrap())
    };
    (bits[whole..].iter().all(|bit| *bit == 0)).then(|| bits[..whole].chunks(8).map(byte).collect())
}

fn within(network: &str, address: &str) -> Option<bool> {
    let (base, prefix) = match network.split_once('/') {
        Some((base, prefix)) => (base, Some(prefix.parse::<usize>().ok()?)),
        None => (network, None),
    };
    let (base, address) = (bits(base)?, bits(address)?);
    let prefix = prefix.unwrap_or(base.len());
    if prefix > base.len() {
        return None;
    }
    Some(base.len() == address.len() && base[..prefix] == address[..prefix])
}

fn bits(address: &str) -> Option<Vec<bool>> {
    let octets = match address.parse().ok()? {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    Some(
        octets
            .iter()
            .flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1))
            .collect(),
    )
}
