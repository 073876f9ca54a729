//! A server with a managed node on this machine, whose agent runs, and programs that call it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use kagiban_client::Connector;
use serde_json::{Value, json};

use crate::client::{Call, Connection};
use crate::host::{Process, Usage};
use crate::identity::{Identity, REGION};
use crate::options::Options;
use crate::setup;
use crate::subject::{Subject, Yard};

/// How long an agent may take to connect.
const PATIENCE: Duration = Duration::from_secs(30);

/// More sessions than any of the measurements has.
const MAX_SESSIONS: &str = "300";

/// The node and its server; both end when this is dropped, with the sessions they have.
pub(super) struct Node {
    agent: Process,
    pub(super) server: Subject,
    pub(super) id: String,
    home: PathBuf,
    authority: Option<PathBuf>,
    cli: PathBuf,
}

impl Node {
    /// Starts both, and waits until the node is connected.
    ///
    /// # Errors
    ///
    /// One of them does not start, or refuses.
    pub(super) async fn start(yard: &Yard, options: &Options, name: &str, tls: bool) -> Result<Node> {
        let server = yard.kagiban(name, tls).await?;
        setup::node_role(&server.address).await?;
        let activation = setup::activation(&server.address, 1).await?;
        let home = fs::canonicalize(yard.home(name))?;
        let authority = match tls {
            true => Some(fs::canonicalize(yard.certificate())?),
            false => None,
        };
        let data = home.join("agent");
        let mut register = Command::new(&options.agent);
        register.args([
            "register",
            "--region",
            REGION,
            "--endpoint",
            &server.address.url(),
        ]);
        register
            .args(["--activation-id", &activation.id])
            .arg("--data")
            .arg(&data);
        register.env("KAGIBAN_ACTIVATION_CODE", &activation.code);
        if let Some(authority) = &authority {
            register.arg("--ca-bundle").arg(authority);
        }
        let id = printed(register.stdin(Stdio::null()))?;
        let mut run = Command::new(&options.agent);
        run.args(["run", "--max-sessions", MAX_SESSIONS])
            .arg("--data")
            .arg(&data);
        // Only root may run sessions as somebody else, and has to.
        let agent = yard.program(&format!("{name}-agent"), run.args(["--default-user", "nobody"]))?;
        let cli = fs::canonicalize(&options.cli).with_context(|| options.cli.display().to_string())?;
        let node = Node {
            agent,
            server,
            id,
            home,
            authority,
            cli,
        };
        node.connected().await?;
        Ok(node)
    }

    async fn connected(&self) -> Result<()> {
        let begun = Instant::now();
        let ask = json!({"Target": self.id});
        while self.ask("GetConnectionStatus", &ask).await?["Status"] != "connected" {
            ensure!(begun.elapsed() < PATIENCE, "{} does not connect", self.id);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Calls Systems Manager as the root user.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub(super) async fn ask(&self, operation: &str, body: &Value) -> Result<Value> {
        let mut connection = Connection::open(&self.server.address).await?;
        let call = Call::ssm(operation, body.to_string());
        let answer = connection.ask(&call, &Identity::root()).await?;
        Ok(serde_json::from_str(answer)?)
    }

    /// `kagiban WORDS…` of the root user.
    pub(super) fn kagiban(&self, words: &[&str]) -> Command {
        let root = Identity::root();
        let mut command = Command::new(&self.cli);
        command
            .args(words)
            .env_clear()
            .env("HOME", &self.home)
            .env("AWS_ENDPOINT_URL", self.server.address.url())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", root.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", root.secret);
        if let Some(authority) = &self.authority {
            command.env("AWS_CA_BUNDLE", authority);
        }
        command
    }

    /// Connections to the server as a client's program makes them.
    ///
    /// # Errors
    ///
    /// The environment's proxy is no URL.
    pub(super) fn connector(&self) -> Result<Connector> {
        let authority = self.authority.as_ref().map(|path| path.display().to_string());
        Ok(Connector::new(authority)?)
    }

    /// What the agent's process uses.
    pub(super) fn agent(&self) -> Usage {
        self.agent.usage()
    }

    /// What a session's process uses, once it runs.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(super) fn worker(&self, session: &str) -> Result<Usage> {
        let lock = self.sessions().join(session).join("worker.lock");
        let number = fs::read_to_string(&lock).with_context(|| lock.display().to_string())?;
        Ok(Usage::of(number.trim().parse()?))
    }

    fn sessions(&self) -> PathBuf {
        self.home.join("agent/sessions")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Sessions outlive the agent and would look for the server; without their directories they end.
        let _ = fs::remove_dir_all(self.sessions());
    }
}

/// Runs a program to its end, and returns the line that it prints.
fn printed(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let program = Path::new(command.get_program()).display();
    ensure!(output.status.success(), "{program}: {said}");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
