//! The report on the credentials of everybody in an account, as AWS lays it out.
//!
//! Source: IAM User Guide, "Generate credential reports for your AWS account".

use std::time::Duration;

use kagiban_aws::{AccountId, Timestamp};

use crate::records::{AccessKey, CredentialReport, LoginProfile, User};
use crate::users::root_arn;
use crate::{Account, State, Stored};

/// The longest report that is kept: within the store's limit for a value, escaped.
pub(crate) const MAX_STORED_BYTES: usize = 128 << 10;

/// How long a report is good for.
const LIFE: Duration = Duration::from_secs(4 * 60 * 60);

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated,additional_credentials_info";

const NONE: &str = "N/A";
const UNKNOWN: &str = "no_information";
const UNSUPPORTED: &str = "not_supported";

impl CredentialReport {
    /// Whether it is time for another.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.generated.plus(LIFE) <= now
    }
}

/// The report as it is now: a line for the root user, then one for every user.
pub(crate) fn csv(account: &Account, id: AccountId, state: &State) -> String {
    let root = std::iter::once(root(account, id, state));
    let users = account.users.values().map(|it| user(it, account, id, state));
    let lines = root.chain(users).map(|row| row.join(","));
    std::iter::once(HEADER.to_owned())
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

fn root(account: &Account, id: AccountId, state: &State) -> Vec<String> {
    let created = account.record.as_ref().map(|record| record.created);
    let mut row = vec![
        "<root_account>".to_owned(),
        root_arn(id).to_string(),
        created.map_or(NONE.to_owned(), moment),
    ];
    // There is no console yet where the root user could sign in.
    row.extend([UNSUPPORTED, UNKNOWN, UNSUPPORTED, UNSUPPORTED, "false"].map(str::to_owned));
    row.extend(keys_and_certificates("", account, state));
    row
}

fn user(user: &User, account: &Account, id: AccountId, state: &State) -> Vec<String> {
    let mut row = vec![
        quoted(&user.name),
        quoted(user.arn(id).as_str()),
        moment(user.created),
    ];
    row.extend(password(account.login(&user.name), account));
    row.push(account.mfa_devices.of(user).next().is_some().to_string());
    row.extend(keys_and_certificates(&user.name, account, state));
    row
}

/// Four columns: whether there is a password, when it was used and set, when the next is due.
fn password(login: Option<&Stored<LoginProfile>>, account: &Account) -> [String; 4] {
    let Some(login) = login else {
        return ["false", NONE, NONE, NONE].map(str::to_owned);
    };
    let policy = account.password_policy.as_ref();
    let age = policy.and_then(|policy| policy.max_age_days);
    let due = age.map(|days| {
        login
            .changed
            .plus(Duration::from_secs(u64::from(days) * 24 * 60 * 60))
    });
    [
        "true".to_owned(),
        UNKNOWN.to_owned(), // until there is a console to use it on
        moment(login.changed),
        due.map_or(NONE.to_owned(), moment),
    ]
}

/// The rest of a row; nobody has certificates, nor more than two keys.
fn keys_and_certificates(owner: &str, account: &Account, state: &State) -> Vec<String> {
    let mut keys: Vec<&Stored<AccessKey>> = account
        .access_keys_of(owner)
        .filter_map(|id| state.access_key(id))
        .collect();
    keys.sort_by_key(|key| (key.created, key.id));
    let mut columns = Vec::new();
    for place in 0..2 {
        columns.extend(access_key(keys.get(place).copied(), state));
    }
    columns.extend(["false", NONE, "false", NONE, NONE].map(str::to_owned));
    columns
}

fn access_key(key: Option<&Stored<AccessKey>>, state: &State) -> [String; 5] {
    let Some(key) = key else {
        return ["false", NONE, NONE, NONE, NONE].map(str::to_owned);
    };
    let (date, region, service) = match state.last_used(key.account, key.id.as_str()) {
        Some(used) => (moment(used.at), used.region.as_str().to_owned(), used.service),
        None => (NONE.to_owned(), NONE.to_owned(), NONE.to_owned()),
    };
    [key.active.to_string(), moment(key.created), date, region, service]
}

/// `2026-01-31T09:08:07+00:00`, as reports alone have it.
fn moment(at: Timestamp) -> String {
    format!("{}+00:00", at.iso().to_string().trim_end_matches('Z'))
}

/// A user's name may have a comma.
fn quoted(text: &str) -> String {
    match text.contains(',') {
        true => format!("\"{text}\""),
        false => text.to_owned(),
    }
}
