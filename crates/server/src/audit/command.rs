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
    if !directory.exists() {
        let advice = "there is none; name the server's data directory with --data";
        return Err(io::Error::new(io::ErrorKind::NotFound, advice));
    }
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
    if report.anchor_met == Some(true) {
        writeln!(out, "The line that the store's anchor speaks of is there.")?;
    }
    match &report.first_break {
        None => writeln!(out, "{}", intact(report)),
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

/// What is known of a log without a break, and what is not.
fn intact(report: &Report) -> String {
    let records = report.records;
    match report.heads_checked {
        true => {
            format!("Intact: {records} records, each following from the one before, under the server's key.")
        }
        // Read under `doctor` too, when it could not open the store.
        false => format!(
            "Intact: {records} records, each following from the one before. Without the server's key an end \
             that was cut off or rewritten looks no different; `kagiban-server doctor` sees it once the server \
             is stopped and the store can be opened."
        ),
    }
}
