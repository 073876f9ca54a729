//! `kagiban list`: profiles, keys and sessions, without unlocking anything.

use std::process::ExitCode;

use serde::Serialize;

use crate::duration;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::vault::{Listed, StoredKey, now};

/// List profiles with their keys and sessions
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only the names of profiles
    #[arg(long)]
    profiles: bool,
    /// Only the sessions
    #[arg(long)]
    sessions: bool,
    /// Only the profiles with a key in the store
    #[arg(long)]
    credentials: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    profile: Option<String>,
    has_key: bool,
    sessions: Vec<JsonSession>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct JsonSession {
    kind: String,
    expiration: String,
}

/// How wide a column is at least; two blanks follow what is wider.
const WIDTH: usize = 25;

/// Looks, and prints.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    let vault = keeping.vault(target, None)?;
    let keys = StoredKey::profiles(&*vault.keys)?;
    let sessions = vault.cache().list()?;
    let profiles = vault.files.names();
    if arguments.json {
        output::print_json(&rows(&profiles, &keys, &sessions))?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = match (arguments.credentials, arguments.profiles, arguments.sessions) {
        (true, _, _) => lines(keys.iter().map(String::as_str)),
        (_, true, _) => lines(profiles.iter().copied()),
        (_, _, true) => lines(
            sessions
                .iter()
                .map(label)
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
        ),
        _ => table(&profiles, &keys, &sessions),
    };
    output::print_bare(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn lines<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.map(|item| format!("{item}\n")).collect()
}

fn label(session: &Listed) -> String {
    format!(
        "{}:{}",
        session.kind,
        duration::print(session.expires.seconds() - now())
    )
}

/// aws-vault's columns, byte for byte: scripts cut them apart.
fn table(profiles: &[&str], keys: &[String], sessions: &[Listed]) -> String {
    let mut cells: Vec<[String; 3]> = vec![
        ["Profile", "Credentials", "Sessions"].map(str::to_owned),
        ["=======", "===========", "========"].map(str::to_owned),
    ];
    let dash = || "-".to_owned();
    for profile in profiles {
        let key = keys
            .iter()
            .find(|key| key == profile)
            .cloned()
            .unwrap_or_else(dash);
        let own = sessions.iter().filter(|session| session.profile == *profile);
        let labels: Vec<String> = own.map(label).collect();
        let labels = if labels.is_empty() {
            dash()
        } else {
            labels.join(", ")
        };
        cells.push([(*profile).to_owned(), key, labels]);
    }
    let is_unknown = |name: &String| !profiles.contains(&name.as_str());
    cells.extend(
        keys.iter()
            .filter(|key| is_unknown(key))
            .map(|key| [dash(), key.clone(), dash()]),
    );
    let lone = sessions.iter().filter(|session| is_unknown(&session.profile));
    cells.extend(lone.map(|session| [dash(), dash(), label(session)]));

    let widths: [usize; 3] = std::array::from_fn(|column| {
        let widest = cells.iter().map(|row| row[column].chars().count() + 2).max();
        widest.unwrap_or(0).max(WIDTH)
    });
    let line = |row: &[String; 3]| {
        let padded = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<String>() + "\n"
    };
    cells.iter().map(line).collect()
}

fn rows(profiles: &[&str], keys: &[String], sessions: &[Listed]) -> Vec<Row> {
    let others = keys
        .iter()
        .map(String::as_str)
        .chain(sessions.iter().map(|session| session.profile.as_str()));
    let mut names: Vec<&str> = profiles.to_vec();
    for name in others {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let row = |name: &&str| Row {
        profile: profiles.contains(name).then(|| (*name).to_owned()),
        has_key: keys.iter().any(|key| key == name),
        sessions: sessions
            .iter()
            .filter(|session| session.profile == *name)
            .map(|session| JsonSession {
                kind: session.kind.clone(),
                expiration: session.expires.iso().to_string(),
            })
            .collect(),
    };
    names.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_aws_vaults_to_the_byte() {
        let long = "a-profile-with-quite-a-long-name";
        let text = table(&["home", long], &["home".to_owned(), "lone".to_owned()], &[]);
        let expected = [
            format!("{:<34}{:<25}{:<25}", "Profile", "Credentials", "Sessions"),
            format!("{:<34}{:<25}{:<25}", "=======", "===========", "========"),
            format!("{:<34}{:<25}{:<25}", "home", "home", "-"),
            format!("{long}  {:<25}{:<25}", "-", "-"),
            format!("{:<34}{:<25}{:<25}", "-", "lone", "-"),
        ];
        assert_eq!(text, expected.map(|line| line + "\n").concat());
    }
}
