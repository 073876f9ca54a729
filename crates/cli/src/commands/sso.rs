//! `kagiban sso`: signing in at IAM Identity Center before something needs it, and signing out.

use std::process::ExitCode;

use super::obtain;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::vault::{sign_in, sign_out};

/// Sign in at IAM Identity Center, or out
///
/// Whatever needs a sign-in asks for it on a terminal. The sign-in is shared with AWS's CLI.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Sign in anew
    Login {
        #[command(flatten)]
        of: Of,
        /// Sign in with a browser on another machine, by a code that both show
        #[arg(long)]
        use_device_code: bool,
    },
    /// Forget the sign-in, here and at the portal
    Logout(Of),
}

/// Whose sign-in.
#[derive(clap::Args)]
pub(crate) struct Of {
    /// A profile that uses it [default: AWS_PROFILE, else you are asked]
    #[arg(id = "named", value_name = "PROFILE", add = obtain::profile_names())]
    profile: Option<String>,
}

impl Command {
    /// Runs it.
    pub(crate) fn run(&self, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
        let (Command::Login { of, .. } | Command::Logout(of)) = self;
        let profile = obtain::profile(of.profile.as_deref(), keeping, target)?;
        let vault = keeping.vault(target, None)?;
        let chain = vault.chain(&profile)?;
        let mut portal = vault.portal(&chain)?;
        match self {
            Command::Login { use_device_code, .. } => {
                portal.use_device_code = *use_device_code;
                sign_in(&portal)?;
                output::remark(&format!("signed in at {}", portal.start_url));
            }
            Command::Logout(_) if sign_out(&portal)? => {
                output::remark(&format!("signed out of {}", portal.start_url));
            }
            Command::Logout(_) => output::remark(&format!("nobody was signed in at {}", portal.start_url)),
        }
        Ok(ExitCode::SUCCESS)
    }
}
