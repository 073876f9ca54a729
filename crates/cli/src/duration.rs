//! Durations as Go's programs, and so aws-vault, write them: `12h`, `1h30m`, `43200s`.

/// Reads a duration in whole seconds; parts below a second are cut off.
pub(crate) fn parse(text: &str) -> Option<u32> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let letters = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        total += number.parse::<f64>().ok()? * seconds_of(unit)?;
        rest = after;
    }
    // Far beyond any session; the largest number is exact.
    (total < 4e9).then_some(total as u32)
}

fn seconds_of(unit: &str) -> Option<f64> {
    match unit {
        "h" => Some(3600.0),
        "m" => Some(60.0),
        "s" => Some(1.0),
        "ms" => Some(1e-3),
        "us" | "µs" => Some(1e-6),
        "ns" => Some(1e-9),
        _ => None,
    }
}

/// For clap: the same with a word about what is wrong.
pub(crate) fn argument(text: &str) -> Result<u32, String> {
    parse(text).ok_or_else(|| "a duration looks like 12h, 1h30m or 900s".to_owned())
}

/// For clap: the same for what must last a while.
pub(crate) fn some(text: &str) -> Result<u32, String> {
    match argument(text)? {
        0 => Err("it must last a while, such as 8h".to_owned()),
        seconds => Ok(seconds),
    }
}

/// Prints whole seconds, as in `1h0m5s`, `42m0s` and `7s`.
pub(crate) fn print(seconds: i64) -> String {
    let (sign, seconds) = match seconds < 0 {
        true => ("-", -seconds),
        false => ("", seconds),
    };
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{rest}s"),
        (0, _) => format!("{sign}{minutes}m{rest}s"),
        _ => format!("{sign}{hours}h{minutes}m{rest}s"),
    }
}

/// Prints seconds for a person: `12 h`, `1 h 30 min`, `45 s`.
pub(crate) fn say(seconds: u32) -> String {
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    match said.is_empty() {
        true => "0 s".to_owned(),
        false => said.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gos_durations_are_read() {
        for (text, seconds) in [
            ("12h", 43_200),
            ("1h30m", 5400),
            ("43200s", 43_200),
            ("1.5h", 5400),
            ("1500ms", 1),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        for wrong in ["", "12", "h", "1x", "-1h", "1h-", "1..2h", "99999999h"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_printed_as_go_does() {
        let printed = [0, 7, 60, 2520, 3600, 3605].map(print);
        assert_eq!(printed, ["0s", "7s", "1m0s", "42m0s", "1h0m0s", "1h0m5s"]);
        assert_eq!([43_200, 5400, 45].map(say), ["12 h", "1 h 30 min", "45 s"]);
    }
}
