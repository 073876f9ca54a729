//! The environment's variables, and what they do to each other.

use super::Report;

const CHECK: &str = "environment";

/// Looks at them; `named` is the profile of the command line.
pub(super) fn examine(report: &mut Report, get: impl Fn(&str) -> Option<String>, named: Option<&str>) {
    let get = |name: &str| get(name).filter(|value| !value.is_empty());
    let before = report.findings.len();
    keys(report, &get, named);
    places(report, &get);
    others(report, &get);
    if report.findings.len() == before {
        report.well(CHECK, "no variables compete");
    }
}

type Get<'a> = &'a dyn Fn(&str) -> Option<String>;

fn keys(report: &mut Report, get: Get<'_>, named: Option<&str>) {
    let (id, secret) = (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY"));
    if id.is_some() != secret.is_some() {
        let (set, missing) = match id.is_some() {
            true => ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            false => ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
        };
        report.wrong(CHECK, format!("{set} is set and {missing} is not"), None);
    }
    if get("AWS_SESSION_TOKEN").is_some() && id.is_none() {
        report.note(CHECK, "AWS_SESSION_TOKEN is set without a key", None);
    }
    if id.as_deref().is_some_and(|id| id.starts_with("ASIA")) && get("AWS_SESSION_TOKEN").is_none() {
        report.wrong(
            CHECK,
            "AWS_ACCESS_KEY_ID is a temporary one, and AWS_SESSION_TOKEN is not set",
            None,
        );
    }
    if id.is_some()
        && let Some(profile) = get("AWS_PROFILE")
    {
        let text = format!("AWS_ACCESS_KEY_ID is set and comes before AWS_PROFILE, {profile}");
        let hint = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN";
        report.note(CHECK, text, Some(hint).filter(|_| named.is_none()));
    }
    if let Some(profile) = get("AWS_VAULT") {
        let text = format!("this is within `exec {profile}`: AWS_VAULT is set, and exec and export refuse");
        report.note(CHECK, text, Some("`exit`, or unset AWS_VAULT"));
    }
    let ends = get("AWS_CREDENTIAL_EXPIRATION").and_then(|text| crate::vault::iso_8601(&text));
    if ends.is_some_and(|ends| ends.seconds() <= crate::vault::now()) {
        report.wrong(
            CHECK,
            "the credentials of the environment have ended (AWS_CREDENTIAL_EXPIRATION)",
            None,
        );
    }
}

fn places(report: &mut Report, get: Get<'_>) {
    if let (Some(one), Some(other)) = (get("AWS_REGION"), get("AWS_DEFAULT_REGION"))
        && one != other
    {
        let text = format!("AWS_REGION is {one} and AWS_DEFAULT_REGION is {other}");
        report.note(
            CHECK,
            text,
            Some("the AWS CLI takes the second one, most others the first"),
        );
    }
    let general = get("AWS_ENDPOINT_URL");
    for name in ["SSM", "KMS", "STS", "IAM", "KAGIBAN"].map(|service| format!("AWS_ENDPOINT_URL_{service}")) {
        if let Some(url) = get(&name).filter(|url| general.as_ref().is_some_and(|general| general != url)) {
            let url = crate::endpoint::without_password(&url);
            report.note(CHECK, format!("{name} sends one service elsewhere: {url}"), None);
        }
    }
    if get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        report.note(
            CHECK,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: it is AWS that is called",
            None,
        );
    }
}

/// Variables that no SDK reads any more, and files that are not there.
fn others(report: &mut Report, get: Get<'_>) {
    for (old, new) in [
        ("AWS_DEFAULT_PROFILE", "AWS_PROFILE"),
        ("AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"),
        ("AWS_CREDENTIAL_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
    ] {
        if get(old).is_some() {
            let hint = format!("set {new} instead");
            report.note(
                CHECK,
                format!("{old} is set, which few programs read"),
                Some(&hint),
            );
        }
    }
    for name in ["AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        if let Some(path) = get(name).filter(|path| !std::path::Path::new(path).exists()) {
            report.wrong(CHECK, format!("{name} names {path}, which is not there"), None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> String {
        let mut report = Report::default();
        let get = |name: &str| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        examine(&mut report, get, None);
        let lines = report
            .findings
            .iter()
            .map(|finding| format!("{:?} {}", finding.outcome, finding.detail));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_competes_is_told_and_no_secret_is() {
        assert_eq!(
            told(&[("AWS_REGION", "x"), ("AWS_PROFILE", "dev")]),
            "Ok no variables compete"
        );
        let all = told(&[
            ("AWS_ACCESS_KEY_ID", "ASIAX"),
            ("AWS_PROFILE", "dev"),
            ("AWS_VAULT", "prod"),
            ("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", "https://k.example"),
            ("AWS_ENDPOINT_URL_SSM", "https://me:hunter2@other.example/x"),
            ("AWS_SECURITY_TOKEN", "hunter2"),
            ("AWS_CA_BUNDLE", "/nowhere"),
        ]);
        insta::assert_snapshot!(all, @r"
        Fail AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not
        Fail AWS_ACCESS_KEY_ID is a temporary one, and AWS_SESSION_TOKEN is not set
        Note AWS_ACCESS_KEY_ID is set and comes before AWS_PROFILE, dev
        Note this is within `exec prod`: AWS_VAULT is set, and exec and export refuse
        Fail the credentials of the environment have ended (AWS_CREDENTIAL_EXPIRATION)
        Note AWS_REGION is eu-west-1 and AWS_DEFAULT_REGION is us-east-1
        Note AWS_ENDPOINT_URL_SSM sends one service elsewhere: https://other.example
        Note AWS_SECURITY_TOKEN is set, which few programs read
        Fail AWS_CA_BUNDLE names /nowhere, which is not there
        ");
    }
}
