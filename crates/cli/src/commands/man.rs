//! `kagiban man`: manual pages, for who packages this program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::failure::Failure;
use crate::output;

/// Write the manual pages of all commands into a directory
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory, such as /usr/local/share/man/man1; made if it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Writes them, and says how many.
pub(crate) fn run(arguments: &Arguments, command: clap::Command) -> Result<ExitCode, Failure> {
    let directory = &arguments.directory;
    let count = write(command, directory)
        .map_err(|error| Failure::Setting(format!("{} cannot be written: {error}", directory.display())))?;
    output::print(&format!("Wrote {count} pages to {}.", directory.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// A page for the command and one for each below it that is not hidden; returns how many.
pub(crate) fn write(command: clap::Command, directory: &Path) -> std::io::Result<usize> {
    fs::create_dir_all(directory)?;
    let mut command = command.disable_help_subcommand(true);
    command.build();
    page(&command, "kagiban", directory)
}

fn page(command: &clap::Command, name: &str, directory: &Path) -> std::io::Result<usize> {
    clap_mangen::Man::new(command.clone())
        .title(name)
        .render(&mut fs::File::create(directory.join(format!("{name}.1")))?)?;
    let mut count = 1;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        count += page(below, &format!("{name}-{}", below.get_name()), directory)?;
    }
    Ok(count)
}
