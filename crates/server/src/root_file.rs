//! Files that a new account's root access key is left in: shell scripts for whoever makes an
//! administrator next, readable by the owner of the data alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::{AccessKeyId, AccountId, KeyOrigin, Region, SecretString};
use kagiban_iam::Entropy;

use crate::config::RootCredentials;

/// A root access key that nobody has seen.
pub(crate) fn generate(account: AccountId, entropy: &Entropy) -> RootCredentials {
    RootCredentials {
        access_key_id: AccessKeyId::new(KeyOrigin::LongTerm, account, entropy.bytes()),
        secret_access_key: SecretString::from(STANDARD.encode(*entropy.key::<30>())),
    }
}

/// Where the first account's root access key is left, unless the operator brought one.
pub(crate) fn first(data: &Path) -> PathBuf {
    data.join("root.env")
}

/// Where the root access key of a further account is left.
pub(crate) fn of(data: &Path, account: AccountId) -> PathBuf {
    data.join(format!("root-{account}.env"))
}

/// Those that are still there, in alphabetical order.
pub(crate) fn left(data: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(data).into_iter().flatten().flatten();
    let mut left: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(is_ours)
        })
        .collect();
    left.sort();
    left
}

fn is_ours(name: &str) -> bool {
    let account = |text: &str| text.parse::<AccountId>().is_ok();
    name == "root.env"
        || name
            .strip_prefix("root-")
            .and_then(|rest| rest.strip_suffix(".env"))
            .is_some_and(account)
}

/// Removes those whose key is none any more.
pub(crate) fn remove_void(data: &Path, is_key: impl Fn(AccessKeyId) -> bool) -> io::Result<()> {
    for path in left(data) {
        let text = fs::read_to_string(&path)?;
        let ids = text
            .lines()
            .filter_map(|line| line.strip_prefix("export AWS_ACCESS_KEY_ID="));
        let mut ids = ids.filter_map(|id| id.parse().ok()).peekable();
        if ids.peek().is_some() && !ids.any(&is_key) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Leaves a key in a file of its own, in place of one that was left there before.
///
/// To be called before the account is written: a key that opens nothing is better than an account
/// without one.
pub(crate) fn write(path: &Path, root: &RootCredentials, region: Region) -> io::Result<()> {
    let _ = fs::remove_file(path); // left by an attempt that did not get to its end
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(
        file,
        "# The root access key. Make an administrator with it, then delete this file."
    )?;
    print(&mut file, root)?;
    // Version 1 of the AWS CLI reads the one, SDKs the other.
    writeln!(file, "export AWS_REGION={region} AWS_DEFAULT_REGION={region}")?;
    file.sync_all()?;
    match path.parent() {
        Some(directory) => fs::File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

/// Prints a key as a shell takes it.
pub(crate) fn print(out: &mut impl Write, root: &RootCredentials) -> io::Result<()> {
    writeln!(out, "export AWS_ACCESS_KEY_ID={}", root.access_key_id)?;
    writeln!(
        out,
        "export AWS_SECRET_ACCESS_KEY={}",
        root.secret_access_key.expose()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_were_left_are_told_from_other_files() {
        for ours in ["root.env", "root-111122223333.env"] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in [
            "root-.env",
            "root-1.env",
            "root-x.env",
            "root.env.bak",
            "xroot.env",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
