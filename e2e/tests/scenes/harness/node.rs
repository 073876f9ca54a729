//! A machine with our agent on it, and the AWS CLI with a plugin to open sessions on it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{
    Credentials, Output, REGION, Server, agent_binary, aws_plugin, cli_binary, clients_directory, venv_binary,
};

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
    agent: Agent,
}

/// An agent's program and its directory.
pub(crate) struct Agent {
    /// What its data and its log are called.
    name: String,
    program: PathBuf,
    running: Option<Child>,
}

impl Node {
    /// Starts both, and waits until the node is connected.
    pub(crate) fn start() -> Self {
        Self::of(Server::start(), agent_binary())
    }

    /// The same with a server of the test's own, and this agent.
    pub(crate) fn of(server: Server, program: PathBuf) -> Self {
        server.node_role("node");
        let activation = server.activation(&server.root(), &json!({}));
        Self::by(server, program, &activation)
    }

    /// The same with an activation that was made before.
    pub(crate) fn by(server: Server, program: PathBuf, activation: &Value) -> Self {
        let id = server.register_agent(activation).text();
        let agent = Agent {
            name: "agent".to_owned(),
            program,
            running: None,
        };
        let mut node = Self { server, id, agent };
        node.start_agent();
        node.wait_for("connected");
        node
    }

    /// Ends the agent at once, as a crash does.
    pub(crate) fn end_agent(&mut self) {
        self.agent.kill();
    }

    /// Stops it, as an operator does.
    pub(crate) fn stop_agent(&mut self) {
        let mut agent = self.agent.running.take().expect("the agent runs");
        kill_process(Pid::from_child(&agent), Signal::TERM).unwrap();
        let status = agent.wait().unwrap();
        assert!(status.success(), "{status}\n{}", self.log());
    }

    /// Starts it again.
    pub(crate) fn start_agent(&mut self) {
        self.agent.start(&self.server);
    }

    /// Copies the agent's data, as a copy of the machine's disk does, and starts another agent from it.
    pub(crate) fn start_clone(&self) -> Agent {
        let mut clone = Agent {
            name: "clone".to_owned(),
            program: self.agent.program.clone(),
            running: None,
        };
        let (from, to) = (self.server.scratch("agent"), self.server.scratch("clone"));
        Output::of(Command::new("cp").arg("-a").arg(from.join(".")).arg(to)).text();
        clone.start(&self.server);
        clone
    }

    /// Where the agent keeps what it knows of a session.
    pub(crate) fn session_files(&self, session: &str) -> PathBuf {
        self.server.scratch("agent").join("sessions").join(session)
    }

    /// `kagiban session start` on this node, with these further arguments.
    pub(crate) fn kagiban_session(&self, more: &[&str]) -> Command {
        self.kagiban_session_of(&self.server.root(), more)
    }

    /// The same for somebody else than root.
    pub(crate) fn kagiban_session_of(&self, who: &Credentials, more: &[&str]) -> Command {
        let mut command = self.server.client(who, &cli_binary());
        command.args(["session", "start", &self.id]).args(more);
        command
    }

    /// The first page of the sessions that are over, or of those that are not.
    pub(crate) fn sessions(&self, state: &str) -> Vec<Value> {
        let ask = ["ssm", "describe-sessions", "--state", state];
        let listed = self.server.aws_json(&self.server.root(), &ask);
        listed["Sessions"].as_array().expect("it is a list").clone()
    }

    /// The id of the only session that is not over.
    #[track_caller]
    pub(crate) fn only_session(&self) -> String {
        let active = self.sessions("Active");
        assert_eq!(active.len(), 1, "{active:?}\n{}", self.log());
        active[0]["SessionId"]
            .as_str()
            .expect("a session has an id")
            .to_owned()
    }

    /// Waits until all sessions are over.
    #[track_caller]
    pub(crate) fn nothing_stays(&self) {
        let since = Instant::now();
        while let active = self.sessions("Active")
            && !active.is_empty()
        {
            let patience = Duration::from_secs(20);
            assert!(since.elapsed() < patience, "{active:?}\n{}", self.log());
            thread::sleep(Duration::from_millis(100));
        }
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
        Output::of(
            self.server
                .agent("doctor", "agent")
                .args(["--default-user", "nobody"]),
        )
        .stdout
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
        self.agent.log(&self.server)
    }
}

impl Drop for Node {
    /// Before the server, which its agent would miss.
    fn drop(&mut self) {
        self.end_agent();
    }
}

impl Agent {
    /// What it has said.
    pub(crate) fn log(&self, server: &Server) -> String {
        fs::read_to_string(server.scratch("log").join(&self.name)).unwrap_or_default()
    }

    /// Registers its machine once more, with an activation of its own; returns the node's id.
    pub(crate) fn register_anew(&self, server: &Server) -> String {
        let activation = server.activation(&server.root(), &json!({}));
        server.register(&activation, &self.name, &["--force"]).text()
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.kill();
            let _ = running.wait();
        }
    }

    pub(crate) fn start(&mut self, server: &Server) {
        let log = File::options()
            .append(true)
            .create(true)
            .open(server.scratch("log").join(&self.name))
            .unwrap();
        let mut command = Command::new(&self.program);
        command.arg("run").arg("--data").arg(server.scratch(&self.name));
        // Only root may run sessions as somebody else, and has to.
        command.args(["--default-user", "nobody"]);
        self.running = Some(command.stdin(Stdio::null()).stderr(log).spawn().unwrap());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Server {
    /// Registers our agent, in a directory of its own, with the code in its environment.
    pub(crate) fn register_agent(&self, activation: &Value) -> Output {
        self.register(activation, "agent", &[])
    }

    /// The same with a Region of the operator's choice.
    pub(crate) fn register_agent_in(&self, region: &str, activation: &Value) -> Output {
        self.register(activation, "agent", &["--region", region])
    }

    fn register(&self, activation: &Value, name: &str, more: &[&str]) -> Output {
        let member = |name: &str| activation[name].as_str().expect("it is text").to_owned();
        let mut command = self.agent("register", name);
        command.args(["--endpoint", &self.url()]);
        command.env("KAGIBAN_REGION", REGION);
        command
            .args(["--activation-id", &member("ActivationId")])
            .args(more);
        command.env("KAGIBAN_ACTIVATION_CODE", member("ActivationCode"));
        command.envs(self.ca_bundle().map(|bundle| ("AWS_CA_BUNDLE", bundle)));
        Output::of(&mut command)
    }

    fn agent(&self, word: &str, name: &str) -> Command {
        let mut command = Command::new(agent_binary());
        command.arg(word).arg("--data").arg(self.scratch(name));
        command.stdin(Stdio::null());
        command
    }
}
