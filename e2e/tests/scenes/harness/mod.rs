//! What the scenes stand on: a server to talk to, clients to talk with, people to be.

mod authenticator;
mod awscli;
mod certificate;
mod cli;
mod code_commit;
mod desktop;
mod dialogue;
mod files;
mod git_host;
mod guarded;
mod http;
mod identity_center;
mod issuer;
mod link;
mod machine;
mod node;
mod people;
mod relay;
mod served;
mod server;
mod wine;
mod workplace;
mod workstation;

pub(crate) use authenticator::{Authenticator, scanned};
pub(crate) use cli::Output;
pub(crate) use code_commit::CodeCommit;
pub(crate) use desktop::Desktop;
pub(crate) use dialogue::Dialogue;
pub(crate) use files::{contains, files_below, files_with};
pub(crate) use git_host::GitHost;
pub(crate) use guarded::Guarded;
pub(crate) use http::{Answer, Connection, Request, at, percent_encoded};
pub(crate) use identity_center::IdentityCenter;
pub(crate) use issuer::{Issuer, SigningKey, unsigned};
pub(crate) use link::Link;
pub(crate) use machine::Machine;
pub(crate) use node::{Agent, Node, Plugin};
pub(crate) use people::{Credentials, policy};
pub(crate) use relay::{Order, Relay, Seen};
pub(crate) use served::{call, served, served_list};
pub(crate) use server::{Server, Stopped};
pub(crate) use wine::Wine;
pub(crate) use workplace::{
    agent_binary, aws_plugin, cli_binary, clients_directory, examples_directory, javascript_directory,
    own_model, tool, venv_binary,
};
pub(crate) use workstation::{PASSPHRASE, Workstation, iso, profile_at};

/// The account every test server is started with.
pub(crate) const ACCOUNT: &str = "111122223333";

/// The region every client is set to.
pub(crate) const REGION: &str = "us-east-1";

/// Asserts that `text` matches the regular expression `pattern`, and shows both when it does not.
#[track_caller]
pub(crate) fn assert_matches(text: &str, pattern: &str) {
    let expression = regex::Regex::new(pattern).expect("the test's pattern compiles");
    assert!(
        expression.is_match(text),
        "no match\n  pattern: {pattern}\n  text: {text}"
    );
}
