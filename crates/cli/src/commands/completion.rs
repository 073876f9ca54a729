//! `kagiban completion`: what a shell needs to complete the words of a command.
//!
//! The shell asks this program at each tab, so that names of parameters can be completed as well: by
//! whatever the profile, endpoint and Region of the line so far say, and silently not if those fail.

use std::ffi::OsStr;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;
use std::{io, thread};

use clap::CommandFactory as _;
use clap_complete::env::Shells;
use clap_complete::{ArgValueCompleter, CompletionCandidate};

use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::own_name;
use crate::parameters::Parameters;

/// Print what makes a shell complete commands and parameter names
#[derive(clap::Args)]
#[command(after_long_help = "\
Examples:
  source <(kagiban completion bash)                              # in ~/.bashrc
  source <(kagiban completion zsh)                               # in ~/.zshrc
  kagiban completion fish > ~/.config/fish/completions/kagiban.fish
  kagiban completion powershell | Out-String | Invoke-Expression # in $PROFILE")]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish", "powershell", "elvish"])]
    shell: String,
}

/// The variable by which a shell asks.
pub(crate) const VARIABLE: &str = "_KAGIBAN_COMPLETE";

/// Prints the script.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let shells = Shells::builtins();
    let shell = shells
        .completer(&arguments.shell)
        .ok_or_else(|| Failure::Usage(format!("no completion is known for {}", arguments.shell)))?;
    let mut script = Vec::new();
    let name = own_name();
    shell.write_registration(VARIABLE, name, name, name, &mut script)?;
    io::Write::write_all(&mut io::stdout().lock(), &script)?;
    Ok(ExitCode::SUCCESS)
}

/// Longer than this nobody waits at a tab.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What the work comes to while a person waits at a tab; nothing if it takes longer. The process ends soon
/// after, and what is left of the work with it.
pub(crate) fn in_time<T: Default + Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    // Where nobody waits any more, it is not taken.
    thread::spawn(move || done.send(work()));
    result.recv_timeout(PATIENCE).unwrap_or_default()
}

/// Completes names of parameters, a level at a time.
pub(crate) fn parameter_names() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_str().unwrap_or_default().to_owned();
        let asked = typed.clone();
        let names = in_time(move || names_beginning(&asked).unwrap_or_default());
        let next = next_levels(&typed, names.iter().map(String::as_str));
        next.into_iter().map(CompletionCandidate::new).collect()
    })
}

/// What the line says so far of where to call and as whom: its flags, and the profile that `exec` opens.
pub(crate) fn target() -> Target {
    let words: Vec<String> = std::env::args().skip_while(|word| word != "--").skip(1).collect();
    let target = Target::of_words(&words);
    match (target.profile(), opened(&words)) {
        (None, Some(profile)) => target.of_profile(profile),
        _ => target,
    }
}

/// The profile that the command of a line opens.
fn opened(words: &[String]) -> Option<String> {
    let command = crate::Arguments::command().ignore_errors(true);
    let matches = command.try_get_matches_from(words).ok()?;
    let exec = matches.subcommand_matches("exec")?;
    exec.get_one::<String>("named").cloned()
}

fn names_beginning(typed: &str) -> Result<Vec<String>, Failure> {
    let path = typed.rsplit_once('/').map_or("/", |(path, _)| path);
    let path = if path.is_empty() { "/" } else { path };
    let described = Parameters::of(&target())?.described_below(path)?;
    Ok(described.into_iter().map(|metadata| metadata.name).collect())
}

/// What could be typed next: whole names, and levels that end in a slash.
fn next_levels<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut next: Vec<String> = names
        .filter_map(|name| {
            let rest = name.strip_prefix(typed)?;
            let level = rest.find('/').filter(|_| !rest.is_empty());
            // The first slash of all belongs to its level.
            let level = match (level, typed.is_empty()) {
                (Some(0), true) => rest[1..].find('/').map(|at| at + 1),
                (level, _) => level,
            };
            Some(format!("{typed}{}", level.map_or(rest, |level| &rest[..=level])))
        })
        .collect();
    next.sort();
    next.dedup();
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_that_exec_opens_is_found_in_an_unfinished_line() {
        let opened = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            opened(&words)
        };
        for line in [
            "kagiban exec plain --params /pre",
            "kagiban exec -d 2h plain --params",
            "kagiban --region eu-west-1 exec plain --params /a/=A_ --params ",
        ] {
            assert_eq!(opened(line).as_deref(), Some("plain"), "{line}");
        }
        for line in [
            "kagiban run --params /pre",
            "kagiban exec --params /pre",
            "kagiban",
        ] {
            assert_eq!(opened(line), None, "{line}");
        }
    }

    #[test]
    fn names_are_completed_a_level_at_a_time() {
        let names = ["/prod/db/url", "/prod/db/user", "/prod/x", "/dev/x", "bare"];
        let next = |typed| next_levels(typed, names.into_iter());
        assert_eq!(next(""), ["/dev/", "/prod/", "bare"]);
        assert_eq!(next("/p"), ["/prod/"]);
        assert_eq!(next("/prod/"), ["/prod/db/", "/prod/x"]);
        assert_eq!(next("/prod/db/u"), ["/prod/db/url", "/prod/db/user"]);
        assert_eq!(next("/none"), [""; 0]);
    }
}
