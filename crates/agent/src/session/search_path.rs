//! Where a session looks for programs: where a login would, whatever has started the agent.

use std::fs;

const OF_ROOT: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const OF_OTHERS: &str = "/usr/local/bin:/usr/bin:/bin";

/// The `PATH` that a login gives: the system's, from `/etc/environment`, else that of `/etc/login.defs`, else
/// what both mean where they say nothing.
pub(super) fn of_login(is_root: bool) -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    find(is_root, &read("/etc/environment"), &read("/etc/login.defs"))
}

fn find(is_root: bool, environment: &str, login: &str) -> String {
    let (name, otherwise) = match is_root {
        true => ("ENV_SUPATH", OF_ROOT),
        false => ("ENV_PATH", OF_OTHERS),
    };
    let of_system = environment.lines().filter_map(assigned).next_back();
    let mut of_login = login.lines().filter_map(|line| {
        let (found, value) = line.trim().split_once(char::is_whitespace)?;
        (found == name).then(|| value.trim().strip_prefix("PATH=").unwrap_or(value.trim()))
    });
    of_system
        .or(of_login.next_back())
        .filter(|path| path.starts_with('/'))
        .unwrap_or(otherwise)
        .to_owned()
}

/// What a line gives to `PATH`, as PAM reads it.
fn assigned(line: &str) -> Option<&str> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let value = line.strip_prefix("PATH=")?;
    Some(value.trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_looks_where_a_login_does() {
        assert_eq!(find(true, "", ""), OF_ROOT);
        assert_eq!(find(false, "# PATH=/x\nLANG=C\n", "UMASK 022\n"), OF_OTHERS);
        let login = "# ENV_PATH PATH=/no\nENV_SUPATH\tPATH=/sbin:/bin\nENV_PATH  PATH=/bin\n";
        assert_eq!(find(true, "", login), "/sbin:/bin");
        assert_eq!(find(false, "", login), "/bin");
        assert_eq!(find(false, "PATH=\"/snap/bin:/bin\"\n", login), "/snap/bin:/bin");
        assert_eq!(find(false, "PATH=relative\n", ""), OF_OTHERS);
    }
}
