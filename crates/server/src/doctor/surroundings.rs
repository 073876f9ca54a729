//! What the server stands on besides its store: the data directory, the key file's place, TLS.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{Access, access, statvfs};

use super::Report;
use crate::config::Config;
use crate::http::Tls;

/// Less than this is used up by the next growth of the store and of the audit log.
const SCARCE: u64 = 64 << 20;
/// Bytes that are written to see whether any can be.
const PROBE: usize = 64 << 10;

/// Prints a line for each.
pub(super) fn look<W: Write>(config: &Config, report: &mut Report<'_, W>) -> io::Result<()> {
    if config.data.exists() {
        data_directory(config, report)?;
        room(config, report)?;
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

/// Whether the store can grow: a quota or a limit refuses where the disk still has room.
fn room<W: Write>(config: &Config, report: &mut Report<'_, W>) -> io::Result<()> {
    let directory = config.data.display();
    if let Err(error) = probe(&config.data.join("doctor.probe")) {
        return report.wrong(&format!("nothing more can be written to `{directory}`"), &error);
    }
    match statvfs(&config.data).map(|found| found.f_bavail.saturating_mul(found.f_frsize)) {
        Ok(free) if free < SCARCE => report.mind(format_args!(
            "the disk under `{directory}` has {} MiB left; the server ends when it cannot write",
            free >> 20
        )),
        Ok(free) => report.fine(format_args!("disk: {} MiB left under `{directory}`", free >> 20)),
        Err(error) => report.wrong("disk", &io::Error::from(error)),
    }
}

/// Writes a few bytes to the disk and takes them away again.
fn probe(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options.open(file).and_then(|mut open| {
        open.write_all(&[0; PROBE])?;
        open.sync_all()
    });
    let removed = fs::remove_file(file);
    written.and(removed)
}
