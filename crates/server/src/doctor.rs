//! `kagiban-server doctor`: looks at everything that can be wrong while the server is stopped, and
//! says what to do about it. Changes nothing, and leaves nothing behind.

mod surroundings;

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;

use kagiban_store::{Embedded, Memory, Rev, Sealed};

use crate::audit::{self, HeadKey, Tip, anchored, verify_command};
use crate::config::{Config, Places};
use crate::edge::World;
use crate::root_file;
use crate::start::{StartError, head_key, seal};

/// Looks at everything and prints a line for each thing. True if nothing is wrong.
///
/// # Errors
///
/// The findings cannot be printed.
pub async fn doctor(config: &Config, out: &mut impl Write) -> io::Result<bool> {
    let mut report = Report { out, healthy: true };
    surroundings::look(config, &mut report)?;
    if config.is_first_start() {
        report.fine(format_args!(
            "no data in `{}` yet; the first start makes it",
            config.data.display()
        ))?;
        return Ok(report.healthy);
    }
    let witness = match store(config).await {
        Ok((sound, witness)) => {
            report.fine(sound)?;
            Some(witness)
        }
        Err(error) => {
            report.wrong("store", &error)?;
            if let Some(advice) = config.missing_key_advice(&Places::of_this_process()) {
                report.mind(advice)?;
            }
            None
        }
    };
    report.root_key(config)?;
    writeln!(report.out, "audit log:")?;
    let key = witness.as_ref().map(|witness| &witness.key);
    let anchor = witness.as_ref().and_then(|witness| witness.anchor.as_ref());
    match verify_command(&config.audit_directory(), key, anchor, false, report.out) {
        Ok(log) => {
            report.healthy &= log.is_intact();
            report.changes(witness.as_ref(), &log)?;
        }
        Err(error) => report.wrong("audit log", &error)?,
    }
    Ok(report.healthy)
}

/// What the store knows of the audit log.
struct Witness {
    key: HeadKey,
    anchor: Option<Tip>,
    revision: Rev,
}

/// Checks every page, opens the seal, and reads every record.
async fn store(config: &Config) -> Result<(String, Witness), StartError> {
    let revision = Embedded::check_integrity(&config.data)?;
    let sealed = Sealed::open(Embedded::open(&config.data)?, &*seal(config)?).await?;
    let witness = Witness {
        key: head_key(&sealed),
        anchor: anchored(&sealed).await?,
        revision,
    };
    let memory = Memory::<World>::load(Arc::new(sealed)).await?;
    let accounts = memory.view().state.iam.accounts().count();
    let sound = format!("store: every record opens, up to revision {revision}; accounts: {accounts}");
    Ok((sound, witness))
}

struct Report<'o, W> {
    out: &'o mut W,
    healthy: bool,
}

impl<W: Write> Report<'_, W> {
    fn fine(&mut self, what: impl Display) -> io::Result<()> {
        writeln!(self.out, "ok     {what}")
    }

    fn mind(&mut self, what: impl Display) -> io::Result<()> {
        writeln!(self.out, "mind   {what}")
    }

    /// Names the error and its causes, but for those that the line before has in it.
    fn wrong(&mut self, what: &str, error: &dyn std::error::Error) -> io::Result<()> {
        self.healthy = false;
        let mut said = format!("{what}: {error}");
        writeln!(self.out, "WRONG  {said}")?;
        let mut cause = error.source();
        while let Some(error) = cause {
            let next = error.to_string();
            if !said.contains(&next) {
                writeln!(self.out, "       because: {next}")?;
                said = next;
            }
            cause = error.source();
        }
        Ok(())
    }

    /// Whether the store has the changes that the log speaks of.
    fn changes(&mut self, witness: Option<&Witness>, log: &audit::Report) -> io::Result<()> {
        let (Some(Witness { revision, .. }), Some(last)) = (witness, log.last_change) else {
            return Ok(());
        };
        if last <= revision.0 {
            return self.fine("changes: the store has all that the audit log speaks of");
        }
        self.healthy = false;
        writeln!(
            self.out,
            "WRONG  changes: the audit log speaks of revision {last} of the store, which is at {revision}: \
             an older copy was put in place, and the changes in between are undone; if you restored it, \
             start the server, which notes this in the log and goes on from there"
        )
    }

    fn root_key(&mut self, config: &Config) -> io::Result<()> {
        let left = root_file::left(&config.data);
        if left.is_empty() {
            return self.fine("root access key: in no file");
        }
        for file in left {
            self.mind(format_args!(
                "a root access key lies in `{}`; make an administrator, then delete the file",
                file.display()
            ))?;
        }
        Ok(())
    }
}
