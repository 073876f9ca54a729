use std::io::{self, Write};
use std::path::Path;

use super::{HeadKey, Report, Tip, verify};

/// Runs `audit verify`: walks the log in `directory` and prints what it found, for people or as
/// JSON.
///
/// # Errors
///
/// The log cannot be read, or `out` not be written.
pub fn verify_command(
    directory: &Path,
    key: Option<&HeadKey>,
    anchor: Option<&Tip>,
    json: bool,
    out: &mut impl Write,
) -> io::Result<Report> {
    let report = verify(directory, key, anchor)?;
    if json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
    } else {
        table(&report, out)?;
        summary(&report, out)?;
    }
    Ok(report)
}

fn table(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:<26} {:>10} {:>14} {:>12}",
        "SEGMENT", "RECORDS", "LAST RECORD", "BYTES"
    )?;
    for segment in &report.segments {
        let name = segment.file.file_name().unwrap_or_default().to_string_lossy();
        writeln!(
            out,
            "{name:<26} {:>10} {:>14} {:>12}",
            segment.records, segment.last_sequence, segment.bytes
        )?;
    }
    Ok(())
}

fn summary(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out)?;
    if report.unfinished_bytes > 0 {
        writeln!(
            out,
            "The last line is unfinished ({} bytes): it is being written, or a crash cut it short.",
            report.unfinished_bytes
        )?;
    }
    if !report.heads_checked {
        writeln!(
            out,
            "Heads were not authenticated: that takes the server's key, which `doctor` has."
        )?;
    }
    if report.anchor_met == Some(true) {
        writeln!(out, "The line that the store's anchor speaks of is there.")?;
    }
    match &report.first_break {
        None => writeln!(
            out,
            "Intact: {} records, each following from the one before.",
            report.records
        ),
        Some(found) => writeln!(
            out,
            "BROKEN after {} good segments, at line {} of {}: {}.",
            report.segments.len(),
            found.line,
            found.file.display(),
            found.kind
        ),
    }
}
