//! AWS CodeCommit, at its own host names: git reaches it through a proxy that ends here.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::git_host::make_repository;
use super::server::free_port;
use super::{Output, Workstation, clients_directory, tool, venv_binary};

/// A git server that knows some access keys, with one repository; stopped when this is dropped.
pub(crate) struct CodeCommit {
    directory: TempDir,
    port: u16,
    server: Child,
}

impl CodeCommit {
    /// Of the Region us-east-1.
    pub(crate) const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";

    /// The same server under another name.
    pub(crate) const OTHER_HOST: &str = "git.example.com";

    /// What the repository's one file says.
    pub(crate) const TEXT: &str = "cloned over https\n";

    /// Starts one that knows these keys: their secrets, and tokens if they have any.
    pub(crate) fn start(keys: &Value) -> Self {
        let directory = TempDir::new().unwrap();
        let place = directory.path();
        make_repository(place, Self::TEXT);
        let bare = ["clone", "--quiet", "--bare", "repository", "root/v1/repos/demo"];
        Output::of(Command::new("git").current_dir(place).args(bare)).text();
        make_certificate(place);
        fs::write(place.join("keys.json"), keys.to_string()).unwrap();
        fs::write(place.join("log"), "").unwrap();
        let port = free_port();
        let server = Command::new(venv_binary("python"))
            .arg(clients_directory().join("codecommit.py"))
            .arg(place)
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let host = Self {
            directory,
            port,
            server,
        };
        host.wait_until_it_listens();
        host
    }

    pub(crate) fn url(host: &str) -> String {
        format!("https://{host}/v1/repos/demo")
    }

    /// `git ARGUMENTS…` of somebody who asks this helper for passwords, and can type none.
    pub(crate) fn git(&self, workstation: &Workstation, helper: &str, arguments: &[&str]) -> Command {
        let mut git = workstation.command(Path::new("git"), &[]);
        for setting in [
            format!("http.proxy=http://127.0.0.1:{}", self.port),
            format!("http.sslCAInfo={}", self.path("server.pem").display()),
            "credential.UseHttpPath=true".to_owned(),
            format!("credential.helper={helper}"),
        ] {
            git.args(["-c", &setting]);
        }
        git.args(arguments)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .current_dir(workstation.home());
        git
    }

    /// A line for each answer since this was asked last: its code, the host, and who asked.
    pub(crate) fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("log")).unwrap();
        fs::write(self.path("log"), "").unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn wait_until_it_listens(&self) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "it does not listen");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for CodeCommit {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// One that vouches for itself, for both names.
fn make_certificate(directory: &Path) {
    let names = format!(
        "subjectAltName=DNS:{},DNS:{}",
        CodeCommit::HOST,
        CodeCommit::OTHER_HOST
    );
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=git \
        -keyout server.key -out server.pem -addext";
    let mut openssl = Command::new(tool("openssl"));
    openssl.args(words.split_whitespace()).arg(names);
    Output::of(openssl.current_dir(directory)).text();
}
