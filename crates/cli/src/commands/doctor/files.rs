//! `~/.aws/config`, `~/.aws/credentials`, the stores, and ssh's configuration.

use std::{env, fs};

use super::Report;
use crate::config::{Chain, Document, Files};
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::{Keeping, inherit};
use crate::platform::files::is_open_to_others;
use crate::store;
use crate::vault::StoredKey;

const CONFIG: &str = "config file";
const CREDENTIALS: &str = "credentials file";
const STORE: &str = "key store";
const SSH: &str = "ssh config";

/// Looks at them.
pub(super) fn examine(report: &mut Report, keeping: &Keeping, target: &Target) {
    let stored = examine_stores(report, keeping);
    if let Some(files) = report.judge(CONFIG, Files::load()) {
        examine_config(report, &files, &stored);
        examine_credentials(report, &files);
        examine_profile(report, &files, target, &stored);
    }
    examine_ssh(report);
}

/// Returns the profiles that have a key.
fn examine_stores(report: &mut Report, keeping: &Keeping) -> Vec<String> {
    let looked = || -> Result<(String, Vec<String>, String), Failure> {
        let settings = keeping.store()?;
        let choice = store::choose(&settings)?;
        let keys = store::open(choice.backend, &settings)?;
        let profiles = StoredKey::profiles(&*keys)?;
        let (sessions, why) = store::for_sessions(choice.backend, &settings)?;
        let told = format!(
            "{} ({}): {}; {} keys",
            keys.describe(),
            choice.backend.name(),
            choice.reason,
            profiles.len()
        );
        Ok((told, profiles, format!("{}: {why}", sessions.describe())))
    };
    let Some((told, profiles, sessions)) = report.judge(STORE, looked()) else {
        return Vec::new();
    };
    report.well(STORE, told);
    report.well("session store", sessions);
    profiles
}

fn examine_config(report: &mut Report, files: &Files, stored: &[String]) {
    let path = files.config_path.as_deref();
    let shown = path.map_or_else(|| "~/.aws/config".to_owned(), |path| path.display().to_string());
    if path.is_none_or(|path| !path.exists()) {
        let hint = "`kagiban add PROFILE` makes it";
        report.note(CONFIG, format!("there is no {shown}"), Some(hint));
        return;
    }
    let faults: Vec<Fault> = [lines(&files.config), headers(&files.config), ways(files, stored)].concat();
    for fault in &faults {
        let detail = format!("{shown}:{}: {}", fault.line, fault.what);
        match fault.is_fatal {
            true => report.wrong(CONFIG, detail, None),
            false => report.note(CONFIG, detail, None),
        }
    }
    if !faults.iter().any(|fault| fault.is_fatal) {
        report.well(CONFIG, format!("{shown}: {} profiles", files.names().len()));
    }
}

fn examine_credentials(report: &mut Report, files: &Files) {
    let Some(path) = files.credentials_path.as_deref().filter(|path| path.exists()) else {
        return;
    };
    let shown = path.display();
    for fault in lines(&files.credentials) {
        report.wrong(
            CREDENTIALS,
            format!("{shown}:{}: {}", fault.line, fault.what),
            None,
        );
    }
    let sections = files.credentials.sections().iter();
    let bare = sections
        .filter(|section| section.get("aws_secret_access_key").is_some())
        .count();
    match (is_open_to_others(path), bare) {
        (true, _) => report.wrong(
            CREDENTIALS,
            format!("{shown} can be read by other users"),
            Some("chmod 600 it"),
        ),
        (false, 0) => report.well(CREDENTIALS, format!("{shown}: no keys in clear")),
        (false, count) => report.note(
            CREDENTIALS,
            format!("{shown} has {count} keys in clear"),
            Some("`kagiban add PROFILE` keeps a key in the store; then take it out of the file"),
        ),
    }
}

/// Says where the profile leads to that is asked for.
fn examine_profile(report: &mut Report, files: &Files, target: &Target, stored: &[String]) {
    let named = target.profile().map(str::to_owned);
    let Some(name) = named.or_else(|| crate::vault::variable("AWS_PROFILE")) else {
        return;
    };
    let followed = follow(files, &name, stored);
    if let Some(chain) = report.judge("profile", followed) {
        let roles = chain.roles.len();
        report.well(
            "profile",
            format!(
                "{name}: {} of {}, then {roles} roles",
                chain.source.kind(),
                chain.origin.name
            ),
        );
    }
}

fn follow(files: &Files, name: &str, stored: &[String]) -> Result<Chain, Failure> {
    let overrides = crate::config::Overrides::of_environment();
    Chain::follow(files, name, inherit(), &overrides, |profile| {
        stored.iter().any(|known| known == profile)
    })
}

/// Something wrong in a line.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Fault {
    line: usize,
    what: String,
    is_fatal: bool,
}

/// Lines that are neither headers, settings nor comments.
fn lines(document: &Document) -> Vec<Fault> {
    let fault = |line: &usize| Fault {
        line: *line,
        what: "this is no header, setting or comment; the AWS CLI refuses the whole file for it".to_owned(),
        is_fatal: true,
    };
    document.strays().iter().map(fault).collect()
}

/// Headers that mean nothing, and those that come twice.
fn headers(document: &Document) -> Vec<Fault> {
    const KINDS: [&str; 3] = ["profile", "sso-session", "services"];

    let mut seen: Vec<&str> = Vec::new();
    let mut faults = Vec::new();
    for section in document.sections() {
        let header = section.header.as_str();
        let mut fault = |what: String| {
            faults.push(Fault {
                line: document.line(section),
                what,
                is_fatal: false,
            });
        };
        if seen.contains(&header) {
            fault(format!(
                "[{header}] comes twice; the AWS CLI refuses the whole file for it"
            ));
        } else if !KINDS.iter().any(|kind| section.named(kind).is_some()) {
            fault(format!(
                "[{header}] is no profile: it wants to be [profile {header}]"
            ));
        }
        seen.push(header);
    }
    faults
}

/// Profiles that lead nowhere or in a circle; one that has no credentials may be meant so.
fn ways(files: &Files, stored: &[String]) -> Vec<Fault> {
    let sections = files.config.sections().iter();
    let named = sections.filter_map(|section| Some((section, section.named("profile")?)));
    let faults = named.filter_map(|(section, name)| match follow(files, name, stored) {
        Ok(_) | Err(Failure::Credentials(_)) => None,
        Err(failure) => Some(Fault {
            line: files.config.line(section),
            what: failure.to_string(),
            is_fatal: true,
        }),
    });
    faults.collect()
}

fn examine_ssh(report: &mut Report) {
    let Some(path) = env::home_dir().map(|home| home.join(".ssh/config")) else {
        return;
    };
    let text = fs::read_to_string(&path).unwrap_or_default();
    let proxies = ["kagiban ssh-proxy", "AWS-StartSSHSession"];
    match proxies.iter().find(|proxy| text.contains(*proxy)) {
        Some(proxy) => report.well(SSH, format!("{} reaches nodes by `{proxy}`", path.display())),
        None => report.note(
            SSH,
            format!("{} does not reach nodes", path.display()),
            Some("kagiban ssh-config >> ~/.ssh/config"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_the_number_of_their_line() {
        let text = "# mine\n[profile a]\nregion = x\nnonsense\n\n[b]\n[profile a]\n[profile c]\nrole_arn = r\nsource_profile = gone\n[sso-session s]\n[profile d\n";
        let files = Files::of(text, "");
        let all = [
            lines(&files.config),
            headers(&files.config),
            ways(&files, &["a".to_owned()]),
        ];
        let told: Vec<String> = all
            .concat()
            .iter()
            .map(|fault| format!("{} {} {}", fault.line, fault.is_fatal, fault.what))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        4 true this is no header, setting or comment; the AWS CLI refuses the whole file for it
        12 true this is no header, setting or comment; the AWS CLI refuses the whole file for it
        6 false [b] is no profile: it wants to be [profile b]
        7 false [profile a] comes twice; the AWS CLI refuses the whole file for it
        8 true profile `c` names the source_profile `gone`, which is not there
        ");
    }
}
