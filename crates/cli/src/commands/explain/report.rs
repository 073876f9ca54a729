//! An explanation for people: short, aligned, in colours if they are wanted.

use std::fmt::Write as _;

use serde_json::Value;

use crate::style::{Style, safe};

impl Style {
    fn verdict(self, allowed: bool) -> String {
        match allowed {
            true => self.paint("1;32", "ALLOWED"),
            false => self.paint("1;31", "DENIED"),
        }
    }
}

/// The whole report, without the last line break.
pub(super) fn people(answer: &Value, style: Style) -> String {
    let mut out = String::new();
    let recorded = &answer["Recorded"];
    if recorded.is_object() {
        then(&mut out, recorded, style);
    }
    for note in list(&answer["Notes"]) {
        row(&mut out, "note", &plain(note));
    }
    for check in list(&answer["Checks"]) {
        if !out.is_empty() {
            out.push('\n');
        }
        one(&mut out, check, style);
    }
    out.truncate(out.trim_end().len());
    out
}

fn then(out: &mut String, recorded: &Value, style: Style) {
    let outcome = &recorded["Outcome"];
    let word = match outcome.as_str() {
        Some("failed") => style.paint("1;33", "FAILED"),
        outcome => style.verdict(outcome == Some("allowed")),
    };
    line(
        out,
        format_args!("{word} then: {}", plain(&recorded["ActionName"])),
    );
    for resource in list(&recorded["Resources"]) {
        row(out, "on", &plain(resource));
    }
    for (name, member) in [("by", "PrincipalArn"), ("error", "ErrorCode"), ("rule", "Rule")] {
        if !recorded[member].is_null() {
            row(out, name, &plain(&recorded[member]));
        }
    }
}

fn one(out: &mut String, check: &Value, style: Style) {
    let allowed = check["Decision"] == "allowed";
    let via = match check["Via"].as_str() {
        Some(service) => format!(" (by {service}, for the caller)"),
        None => String::new(),
    };
    line(
        out,
        format_args!("{} {}{via}", style.verdict(allowed), plain(&check["ActionName"])),
    );
    row(out, "on", &plain(&check["ResourceArn"]));
    row(out, "because", &plain(&check["Reason"]));
    if check["DecidedBy"].is_object() {
        statement(out, "statement", &check["DecidedBy"]);
    }
    for near in list(&check["NearMisses"]).iter().take(3) {
        statement(out, "nearly", &near["Statement"]);
        list(&near["Unmet"]).iter().for_each(|unmet| missed(out, unmet));
    }
    let missing: Vec<String> = list(&check["MissingContextKeys"]).iter().map(plain).collect();
    if !missing.is_empty() {
        row(
            out,
            "unknown",
            &format!("{} (give them with --context)", missing.join(", ")),
        );
    }
    for remedy in list(&check["Remedies"]) {
        row(
            out,
            "to allow",
            &format!("{}: {}", plain(&remedy["AttachTo"]), plain(&remedy["Advice"])),
        );
        if !remedy["Statement"].is_null() {
            row(out, "", &style.paint("36", &plain(&remedy["Statement"])));
        }
    }
}

fn statement(out: &mut String, name: &str, statement: &Value) {
    let which = match statement["Sid"].as_str() {
        Some(sid) => format!("`{}`", safe(sid)),
        None => format!("number {}", statement["Number"]),
    };
    let start = &statement["StartPosition"];
    let place = format!("line {}, column {}", start["Line"], start["Column"]);
    row(
        out,
        name,
        &format!(
            "{which} of {} {} ({place}), of {}",
            plain(&statement["PolicyType"]),
            plain(&statement["PolicyName"]),
            plain(&statement["AttachedTo"])
        ),
    );
    if let Some(text) = statement["Text"].as_str() {
        let flat: Vec<&str> = text.split_whitespace().collect();
        row(out, "", &safe(&flat.join(" ")));
    }
}

fn missed(out: &mut String, unmet: &Value) {
    let words = |value: &Value| list(value).iter().map(plain).collect::<Vec<_>>().join(", ");
    let wanted = words(&unmet["Wanted"]);
    let text = match unmet["FailsOn"].as_str() {
        Some("condition") => {
            let found = match unmet["Found"].is_null() {
                true => "nothing".to_owned(),
                false => words(&unmet["Found"]),
            };
            format!(
                "but {} {} asks for {wanted}, found {found}",
                plain(&unmet["Operator"]),
                plain(&unmet["Key"])
            )
        }
        Some(other) => format!("but its {other} is {wanted}"),
        None => return,
    };
    row(out, "", &text);
}

/// Names stand in a column of their own.
fn row(out: &mut String, name: &str, text: &str) {
    line(out, format_args!("  {name:<9} {text}"));
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a String takes all that is written");
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(text) => safe(text),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_denial_is_told_with_its_remedy() {
        let answer = json!({
            "Decision": "implicitDeny",
            "Checks": [{
                "ActionName": "kms:Decrypt",
                "ResourceArn": "arn:aws:kms:us-east-1:111122223333:key/k",
                "Via": "ssm",
                "Decision": "implicitDeny",
                "Reason": "no identity-based policy allows it",
                "NearMisses": [{
                    "Statement": {"PolicyType": "identity-based policy", "PolicyName": "p", "AttachedTo": "arn:aws:iam::111122223333:user/alice", "Number": 2, "StartPosition": {"Line": 1, "Column": 38}, "Text": "{\n \"Effect\": \"Allow\" }"},
                    "Unmet": [{"FailsOn": "condition", "Operator": "StringEquals", "Key": "aws:PrincipalTag/team", "Wanted": ["a", "b"]}],
                }],
                "Remedies": [{"AttachTo": "arn:aws:iam::111122223333:user/alice", "Advice": "add this to a policy of the principal", "Statement": "{}"}],
            }],
        });
        insta::assert_snapshot!(people(&answer, Style::new(false)), @r#"
        DENIED kms:Decrypt (by ssm, for the caller)
          on        arn:aws:kms:us-east-1:111122223333:key/k
          because   no identity-based policy allows it
          nearly    number 2 of identity-based policy p (line 1, column 38), of arn:aws:iam::111122223333:user/alice
                    { "Effect": "Allow" }
                    but StringEquals aws:PrincipalTag/team asks for a, b, found nothing
          to allow  arn:aws:iam::111122223333:user/alice: add this to a policy of the principal
                    {}
        "#);
    }

    #[test]
    fn foreign_text_does_not_steer_the_terminal() {
        let answer = json!({"Notes": ["\u{1b}[2Jgone"]});
        assert_eq!(people(&answer, Style::new(true)), "  note      \\u{1b}[2Jgone");
    }
}
