//! `kagiban-server doctor`: looks at everything that can be wrong while the server is stopped, and
//! says what to do about it. Changes nothing.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;

use kagiban_store::{Embedded, Memory, Sealed};

use crate::audit::verify_command;
use crate::config::Config;
use crate::edge::World;
use crate::start::{StartError, root_file, seal};

/// Looks at everything and prints a line for each thing. True if nothing is wrong.
///
/// # Errors
///
/// The findings cannot be printed.
pub async fn doctor(config: &Config, out: &mut impl Write) -> io::Result<bool> {
    let mut report = Report { out, healthy: true };
    if !config.data.join("store.redb").exists() {
        report.fine(format_args!(
            "no data in `{}` yet; the first start makes it",
            config.data.display()
        ))?;
        return Ok(true);
    }
    match store(config).await {
        Ok(sound) => report.fine(sound)?,
        Err(error) => report.wrong("store", &error)?,
    }
    report.root_key(config)?;
    writeln!(report.out, "audit log:")?;
    match verify_command(&config.audit_directory(), None, false, report.out) {
        Ok(intact) => report.healthy &= intact,
        Err(error) => report.wrong("audit log", &error)?,
    }
    Ok(report.healthy)
}

/// Checks every page, opens the seal, and reads every record.
async fn store(config: &Config) -> Result<String, StartError> {
    let revision = Embedded::check_integrity(&config.data)?;
    let sealed = Sealed::open(Embedded::open(&config.data)?, &*seal(config)?).await?;
    let memory = Memory::<World>::load(Arc::new(sealed)).await?;
    let accounts = memory.view().state.iam.accounts().count();
    Ok(format!(
        "store: every record opens, up to revision {revision}; accounts: {accounts}"
    ))
}

struct Report<'o, W> {
    out: &'o mut W,
    healthy: bool,
}

impl<W: Write> Report<'_, W> {
    fn fine(&mut self, what: impl Display) -> io::Result<()> {
        writeln!(self.out, "ok     {what}")
    }

    fn wrong(&mut self, what: &str, error: &dyn std::error::Error) -> io::Result<()> {
        self.healthy = false;
        writeln!(self.out, "WRONG  {what}: {error}")?;
        let mut cause = error.source();
        while let Some(error) = cause {
            writeln!(self.out, "       because: {error}")?;
            cause = error.source();
        }
        Ok(())
    }

    fn root_key(&mut self, config: &Config) -> io::Result<()> {
        let file = root_file(&config.data);
        if !file.exists() {
            return self.fine("root access key: in no file");
        }
        let file = file.display();
        writeln!(
            self.out,
            "mind   the root access key lies in `{file}`; make an administrator, then delete the file"
        )
    }
}
