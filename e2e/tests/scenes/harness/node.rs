//! A machine with our agent on it, and the AWS CLI with a plugin to open sessions on it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Output, REGION, Server, agent_binary, aws_plugin, cli_binary, clients_directory, venv_binary};

/// Which program the AWS CLI leaves a session to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plugin {
    /// `kagiban` under the plugin's name.
    Ours,
    /// The one that AWS publishes.
    Aws,
}

/// A server and a managed node of it, whose agent runs.
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) id: String,
    agent: Child,
}

impl Node {
    /// Starts both, and waits until the node is connected.
    pub(crate) fn start() -> Self {
        let server = Server::start();
        server.node_role("node");
        let activation = server.activation(&server.root(), &json!({}));
        let id = server.register_agent(&activation).text();
        let agent = server.run_agent();
        let node = Self { server, id, agent };
        node.wait_for("connected");
        node
    }

    /// Ends the agent at once, as a crash does.
    pub(crate) fn end_agent(&mut self) {
        let _ = self.agent.kill();
        let _ = self.agent.wait();
    }

    /// Starts it again.
    pub(crate) fn start_agent(&mut self) {
        self.agent = self.server.run_agent();
    }

    /// Waits until the server says so of the node's control channel.
    pub(crate) fn wait_for(&self, status: &str) {
        let ask = ["ssm", "get-connection-status", "--target", &self.id];
        let since = Instant::now();
        while self.server.aws_json(&self.server.root(), &ask)["Status"] != status {
            assert!(
                since.elapsed() < Duration::from_secs(60),
                "not {status}\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// What the agent says of its own state.
    pub(crate) fn doctor(&self) -> String {
        Output::of(self.server.agent("doctor").args(["--default-user", "nobody"])).stdout
    }

    /// `aws ssm start-session` on this node, with these further arguments.
    pub(crate) fn session(&self, plugin: Plugin, more: &[&str]) -> Command {
        let mut command = self.aws(plugin, &venv_binary("aws"));
        command
            .args(["ssm", "start-session", "--target", &self.id])
            .args(more);
        command
    }

    /// The same on a terminal, where the answers are typed as the questions come; returns what it showed.
    pub(crate) fn session_on_terminal(&self, plugin: Plugin, answers: &Value, more: &[&str]) -> Output {
        let mut command = self.aws(plugin, &venv_binary("python"));
        command.arg(clients_directory().join("terminal.py"));
        command.arg(answers.to_string()).arg(venv_binary("aws"));
        command
            .args(["ssm", "start-session", "--target", &self.id])
            .args(more);
        Output::of(&mut command)
    }

    /// A program of root's that finds the plugin and the AWS CLI.
    pub(crate) fn aws(&self, plugin: Plugin, program: &std::path::Path) -> Command {
        let binaries = self.server.scratch(&format!("bin-{plugin:?}"));
        let link = binaries.join("session-manager-plugin");
        if !link.exists() {
            let target = match plugin {
                Plugin::Ours => cli_binary(),
                Plugin::Aws => aws_plugin(),
            };
            symlink(target, link).unwrap();
        }
        let mut command = self.server.client(&self.server.root(), program);
        let venv = venv_binary("aws");
        let venv = venv.parent().expect("a program lies in a directory").display();
        let path = format!("{}:{venv}:/usr/local/bin:/usr/bin:/bin", binaries.display());
        command.env("PATH", path).env("TERM", "xterm-256color");
        command
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.server.scratch("log").join("agent")).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.end_agent();
    }
}

impl Server {
    /// Registers our agent, in a directory of its own, with the code in its environment.
    pub(crate) fn register_agent(&self, activation: &Value) -> Output {
        let member = |name: &str| activation[name].as_str().expect("it is text").to_owned();
        let mut command = self.agent("register");
        command.args(["--endpoint", &self.url(), "--region", REGION]);
        command.args(["--activation-id", &member("ActivationId")]);
        command.env("KAGIBAN_ACTIVATION_CODE", member("ActivationCode"));
        Output::of(&mut command)
    }

    fn run_agent(&self) -> Child {
        let log = File::options()
            .append(true)
            .create(true)
            .open(self.scratch("log").join("agent"))
            .unwrap();
        let mut command = self.agent("run");
        // Only root may run sessions as somebody else, and has to.
        command.args(["--default-user", "nobody"]).stderr(log);
        command.spawn().unwrap()
    }

    fn agent(&self, word: &str) -> Command {
        let mut command = Command::new(agent_binary());
        command.arg(word).arg("--data").arg(self.scratch("agent"));
        command.stdin(Stdio::null());
        command
    }
}
