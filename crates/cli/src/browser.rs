//! The browser of the person at this machine.

use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::store::withhold;
use crate::vault::variable;

/// Whether a link leads to the web, and not to a program or an option of one, and is one line without
/// blanks, as links are.
pub(crate) fn is_web(link: &str) -> bool {
    let is_of_web = link.starts_with("https://") || link.starts_with("http://");
    is_of_web && link.chars().all(|c| c.is_ascii_graphic())
}

/// Opens a link in the browser that BROWSER names, or the system's, and waits for that.
///
/// # Errors
///
/// If none opens.
pub(crate) fn open(link: &str) -> Result<(), Failure> {
    let (program, mut command) = command(link);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Failure::Setting(format!(
            "no browser opens by `{program}`; --stdout prints the link, BROWSER names another program"
        ))),
    }
}

/// Whether a browser would be seen here.
pub(crate) fn can_be_seen() -> bool {
    cfg!(any(target_os = "macos", windows))
        || ["BROWSER", "DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| variable(name).is_some())
}

/// Opens a link where a browser can be seen, without waiting for it: the link is written elsewhere too.
pub(crate) fn start(link: &str) {
    if can_be_seen() {
        let mut command = command(link).1;
        std::thread::spawn(move || command.status());
    }
}

fn command(link: &str) -> (String, Command) {
    let (program, before): (String, &[&str]) = match variable("BROWSER") {
        Some(browser) => (browser, &[]),
        None if cfg!(target_os = "macos") => ("open".to_owned(), &[]),
        None if cfg!(windows) => ("rundll32".to_owned(), &["url.dll,FileProtocolHandler"]),
        None => ("xdg-open".to_owned(), &[]),
    };
    let mut command = Command::new(&program);
    command
        .args(before)
        .arg(link)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    withhold(&mut command);
    (program, command)
}

#[cfg(test)]
mod tests {
    use super::is_web;

    #[test]
    fn a_link_is_one_line_of_the_web() {
        assert!(is_web(
            "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH"
        ));
        for other in [
            "file:///etc/passwd",
            "-x",
            "https://a\nhttps://b",
            "https://a b",
            "https://a\u{1b}[2J",
            "https://\u{202e}a",
        ] {
            assert!(!is_web(other), "{other:?}");
        }
    }
}
