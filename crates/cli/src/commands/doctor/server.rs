//! The server that would be called: where it is, whether it answers, what time it has, and as whom.

use std::time::{Duration, SystemTime};

use kagiban_client::{Connector, Http, Signer, http_date};
use zeroize::Zeroizing;

use super::Report;
use crate::endpoint::{Service, Target};
use crate::failure::Failure;
use crate::vault::{Endpoint, Query, Service as QueryService, variable};

/// SigV4 allows five minutes; what is more than a minute off will be more one day.
const SKEW: Duration = Duration::from_secs(300);
const WORTH_KNOWING: Duration = Duration::from_secs(60);

/// How long a server is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at it.
pub(super) fn examine(report: &mut Report, target: &Target) {
    let (place, ca_bundle) = match target.place(Service::Ssm) {
        Ok(found) => found,
        Err(failure) => {
            report.note("endpoint", failure.to_string(), failure.hint().as_deref());
            return;
        }
    };
    let shown = place.shown();
    let kind = if place.is_aws() {
        "AWS"
    } else {
        "a server of your own"
    };
    report.well("endpoint", format!("{shown}, {kind}, for {}", place.region));
    let is_secure = place.url.scheme_str() == Some("https");
    let asked = Connector::new(ca_bundle)
        .map_err(Failure::from)
        .and_then(|connector| date(connector, place.url));
    match report.judge("connection", asked) {
        Some(date) => {
            let tls = if is_secure {
                "its certificate is good"
            } else {
                "without TLS"
            };
            report.well("connection", format!("{shown} answers, {tls}"));
            examine_clock(report, date.as_deref().and_then(http_date), SystemTime::now());
        }
        None => return,
    }
    examine_identity(report, target);
}

/// Asks for anything; the answer's clock is what counts.
fn date(connector: Connector, url: kagiban_client::Url) -> Result<Option<String>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let http = Http::new(connector, url);
    runtime.block_on(async {
        let asked = http.request("GET", "/", &[], Zeroizing::default(), &Signer::Nobody);
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(answer) => Ok(answer?.date),
            Err(_) => Err(Failure::Unreachable {
                url: http.url().host().unwrap_or_default().to_owned(),
                cause: format!("no answer within {} s", PATIENCE.as_secs()),
            }),
        }
    })
}

fn examine_clock(report: &mut Report, theirs: Option<SystemTime>, ours: SystemTime) {
    const CHECK: &str = "clock";

    let Some(theirs) = theirs else {
        report.note(CHECK, "the server does not say what time it is", None);
        return;
    };
    let (skew, way) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let detail = format!("{} s {way} the server's", skew.as_secs());
    let hint = Some("signatures need the right time: set up NTP");
    match () {
        () if skew > SKEW => report.wrong(CHECK, detail, hint),
        () if skew > WORTH_KNOWING => report.note(CHECK, detail, hint),
        () => report.well(CHECK, detail),
    }
}

/// As whom calls are made, if that takes no person to find out.
fn examine_identity(report: &mut Report, target: &Target) {
    const CHECK: &str = "credentials";

    let is_named = target.profile().is_some() || variable("AWS_PROFILE").is_some();
    match who(target) {
        Ok(arn) => report.well(CHECK, format!("calls are made as {arn}")),
        Err(failure @ Failure::Human(_)) => report.note(CHECK, failure.to_string(), None),
        Err(failure @ (Failure::Credentials(_) | Failure::NoCredentials)) if !is_named => {
            report.note(
                CHECK,
                failure.to_string(),
                Some("name a profile, by --profile or AWS_PROFILE"),
            );
        }
        Err(failure) => report.wrong(CHECK, failure.to_string(), failure.hint().as_deref()),
    }
}

fn who(target: &Target) -> Result<String, Failure> {
    let (files, profile) = target.profile_in_use()?;
    let sts = Endpoint::find(QueryService::Sts, &files, &profile, &target.flags())?;
    let credentials = target.credentials_for(&sts.place)?;
    let answer = Query::new(&sts)?.call("GetCallerIdentity", &[], Some(&credentials))?;
    answer.text(&["Arn"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_before_it_is_too_late() {
        let ours = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let told = |theirs| {
            let mut report = Report::default();
            examine_clock(&mut report, theirs, ours);
            let finding = &report.findings[0];
            format!("{:?} {}", finding.outcome, finding.detail)
        };
        let seconds = Duration::from_secs;
        assert_eq!(told(Some(ours - seconds(3))), "Ok 3 s ahead of the server's");
        assert_eq!(told(Some(ours + seconds(90))), "Note 90 s behind the server's");
        assert_eq!(
            told(Some(ours - seconds(301))),
            "Fail 301 s ahead of the server's"
        );
        assert_eq!(told(None), "Note the server does not say what time it is");
    }
}
