//! The command line: what the server is told to do, and help that teaches.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::Settings;

/// The one on key duty: Parameter Store, KMS, IAM and STS on your own machines.
///
/// Start it, and point any AWS client at it:
///
///   kagiban-server
///   aws --endpoint-url http://127.0.0.1:4566 sts get-caller-identity
///
/// The first start makes an account and its root access key, and leaves the key in `root.env`
/// in the data directory. Make yourself an administrator with it, then delete the file.
#[derive(Debug, Parser)]
#[command(name = "kagiban-server", version, verbatim_doc_comment, after_long_help = AFTER_HELP)]
pub struct Cli {
    /// What to do; without a command, serve.
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    place: Place,
}

const AFTER_HELP: &str = "\
Where settings come from, first found first taken:
  1. the flag                    --listen 0.0.0.0:4566
  2. the environment             KAGIBAN_LISTEN=0.0.0.0:4566
  3. the file, see --config      listen = \"0.0.0.0:4566\"
  4. the default

Only from the environment, because process lists show flags:
  KAGIBAN_ROOT_ACCESS_KEY_ID, KAGIBAN_ROOT_SECRET_ACCESS_KEY
                                 the root access key of the first start
  KAGIBAN_PASSPHRASE_FILE        the file that holds the passphrase of `--seal passphrase`;
                                 else systemd's credential `kagiban-passphrase`, else you are asked

Examples:
  Try it out, in a directory of its own:
    kagiban-server --data ./kagiban
  Serve other machines:
    kagiban-server --listen 0.0.0.0:443 --tls-cert fullchain.pem --tls-key key.pem \\
      --public-url https://kagiban.example.com
  Check that no line inside the audit log was edited, while the server runs:
    kagiban-server audit verify
  Check its end too, and the store, while the server is stopped:
    kagiban-server doctor
  Make a root access key when the last one is lost, while the server is stopped:
    kagiban-server root-key
  Make a second account, while the server is stopped:
    kagiban-server account create --name staging";

// Written by hand: clap would list every setting of the server.
const VERIFY_HELP: &str = "\
{about-with-newline}
{usage-heading} kagiban-server audit verify [--json] [--data DIR] [--config FILE]
{after-help}";

const VERIFY_OPTIONS: &str = "\
Options:
      --json         Print JSON instead of a table
      --data DIR     The server's data directory [env: KAGIBAN_DATA]
      --config FILE  The server's configuration file [env: KAGIBAN_CONFIG]
  -h, --help         Print help

It needs no key and may run beside the server, so it sees a line that was edited, removed or put in
between, but not an end that was cut off, nor one that was rewritten with all its hashes. Against
these the server leaves MACs in the log and an anchor in its sealed store; `kagiban-server doctor`,
run while the server is stopped, checks both.";

const CREATE_HELP: &str = "\
{about-with-newline}
{usage-heading} kagiban-server account create [--account 123456789012] [--name ALIAS] [--print] [--data DIR] [--config FILE]
{after-help}";

const CREATE_OPTIONS: &str = "\
Options:
      --account 123456789012  The account's number [default: a random one] [env: KAGIBAN_ACCOUNT]
      --name ALIAS            The account's alias, as `aws iam list-account-aliases` shows it
      --print                 Print the root access key rather than leave it in a file
      --data DIR              The server's data directory [env: KAGIBAN_DATA]
      --config FILE           The server's configuration file [env: KAGIBAN_CONFIG]
  -h, --help                  Print help

The new account has a root user and nothing else. Its root access key is left in root-ACCOUNT.env in
the data directory, which only the owner of the data can read:
  kagiban-server account create --account 444455556666 --name staging
  kagiban-server &
  . ./root-444455556666.env && aws iam create-user --user-name admin
Delete the file once there is an administrator. Accounts share nothing: nobody of one reads, or even
names, what is another's, unless a policy of both sides allows it (a role's trust policy, a KMS key
policy, a parameter's resource policy).";

const LIST_HELP: &str = "\
{about-with-newline}
{usage-heading} kagiban-server account list [--data DIR] [--config FILE]
{after-help}";

const LIST_OPTIONS: &str = "\
Options:
      --data DIR     The server's data directory [env: KAGIBAN_DATA]
      --config FILE  The server's configuration file [env: KAGIBAN_CONFIG]
  -h, --help         Print help

A line is an account's number, when it was made, and its alias if it has one.";

/// What the server is told to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve requests until SIGTERM (the default).
    Serve,
    /// Look for what is wrong with the settings, the data and the audit log, whose MACs and end it
    /// checks against the store, and say what to do about it. Needs the server stopped.
    Doctor,
    /// Make a root access key and print it, for who has lost the last one. Needs the server stopped.
    ///
    /// The root user can do everything and nothing can limit it: use the key to make an administrator (an
    /// IAM user with the policy AdministratorAccess), then lock it away. The audit log notes the new key.
    /// Of several accounts, --account says which.
    RootKey {
        /// Delete the root user's other access keys, which may be in the wrong hands.
        #[arg(long)]
        replace: bool,
    },
    /// List the accounts, or make another one. Needs the server stopped.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Read the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print the settings as they would be used, as a configuration file.
    Config,
    /// Print the version.
    Version,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make an account with a root access key. Needs the server stopped.
    #[command(help_template = CREATE_HELP, after_help = CREATE_OPTIONS)]
    Create(AccountCreate),
    /// List the accounts. Needs the server stopped.
    #[command(help_template = LIST_HELP, after_help = LIST_OPTIONS)]
    List,
}

/// Flags of `account create`; the number comes by the flag of a first start.
#[derive(Debug, Args)]
pub struct AccountCreate {
    /// The account's alias.
    #[arg(long, value_name = "ALIAS")]
    pub name: Option<String>,
    /// Print the root access key rather than leave it in a file.
    #[arg(long)]
    pub print: bool,
}

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recompute the audit log's chain of hashes and show where it breaks first.
    #[command(help_template = VERIFY_HELP, after_help = VERIFY_OPTIONS)]
    Verify(AuditVerify),
}

/// Flags of `audit verify`.
#[derive(Debug, Args)]
pub struct AuditVerify {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// The settings, and the file that may hold more of them.
#[derive(Args, Debug)]
pub struct Place {
    /// The settings given as flags or in the environment.
    #[command(flatten)]
    pub settings: Settings,
    /// Configuration file (TOML); by default `server.toml` in /etc/kagiban for root, else in
    /// ~/.config/kagiban, if there is one.
    #[arg(long, value_name = "FILE", env = "KAGIBAN_CONFIG", global = true)]
    pub config: Option<PathBuf>,
}

impl Cli {
    /// The command and what was said about settings.
    pub fn into_parts(self) -> (Command, Place) {
        (self.command.unwrap_or(Command::Serve), self.place)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_is_what_happens_without_a_command() {
        let (command, _) = Cli::parse_from(["kagiban-server", "--listen", "127.0.0.1:1"]).into_parts();
        assert!(matches!(command, Command::Serve));
    }

    #[test]
    fn flags_may_stand_before_or_after_the_command() {
        for line in [
            ["kagiban-server", "--region", "eu-west-1", "serve"],
            ["kagiban-server", "serve", "--region", "eu-west-1"],
        ] {
            let (_, place) = Cli::parse_from(line).into_parts();
            assert_eq!(place.settings.region, Some("eu-west-1".parse().unwrap()));
        }
    }
}
