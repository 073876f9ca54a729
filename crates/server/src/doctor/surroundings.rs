//! What the server stands on besides its store: the data directory, the key file's place, TLS.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;

use rustix::fs::{Access, access};

use super::Report;
use crate::config::Config;
use crate::http::Tls;

/// Prints a line for each.
pub(super) fn look<W: Write>(config: &Config, report: &mut Report<'_, W>) -> io::Result<()> {
    if config.data.exists() {
        data_directory(config, report)?;
    }
    if config.key_lies_in_data() {
        report.mind(format_args!(
            "{} lies inside the data directory, so whoever gets a copy of the data gets the key with it; move it \
             out and name its new place with --seal",
            config.seal
        ))?;
    }
    match &config.tls {
        Some(files) => match Tls::load(&files.certificate, &files.key) {
            Ok(_) => report.fine("TLS: certificate and key can be read and belong together"),
            Err(error) => report.wrong("TLS", &error),
        },
        None => Ok(()),
    }
}

fn data_directory<W: Write>(config: &Config, report: &mut Report<'_, W>) -> io::Result<()> {
    let directory = config.data.display();
    let mode = match config.data.metadata() {
        Ok(found) => found.permissions().mode() & 0o777,
        Err(error) => return report.wrong("data directory", &error),
    };
    if let Err(error) = access(&config.data, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        return report.wrong(
            &format!("the server, run as this user, cannot write to `{directory}`"),
            &io::Error::from(error),
        );
    }
    match mode & 0o077 {
        0 => report.fine(format_args!("data directory: `{directory}`, for its owner alone")),
        _ => report.mind(format_args!(
            "others may enter or list `{directory}` (mode {mode:04o}); run `chmod 700 {directory}`"
        )),
    }
}
