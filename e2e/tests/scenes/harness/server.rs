//! A server of one's own: started on an empty directory, watched, stopped on drop.

use std::fs::{self, File};
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::workplace::server_binary;
use super::{ACCOUNT, Connection, Credentials, Request};

const START_PATIENCE: Duration = Duration::from_secs(20);
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// A running `kagiban-server` over a temporary directory.
///
/// Dropping it sends SIGTERM and asserts exit code 0. When the test has failed
/// by then, the end of the server's log is printed.
pub(crate) struct Server {
    place: Arc<Place>,
    child: Option<Child>,
}

/// A server's directory while no server runs on it.
pub(crate) struct Stopped {
    place: Arc<Place>,
}

struct Place {
    directory: TempDir,
    port: u16,
    root: Credentials,
    /// Of a server with TLS: the certificate of the authority that its own is of.
    authority: OnceLock<PathBuf>,
}

impl Server {
    /// Starts a server on an empty store and waits until it serves.
    pub(crate) fn start() -> Self {
        Stopped::new().start()
    }

    /// Returns the credentials of the account's root user.
    pub(crate) fn root(&self) -> Credentials {
        self.place.root.clone()
    }

    /// Returns what goes into `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> String {
        self.place.url()
    }

    /// Returns what goes into `AWS_CA_BUNDLE`, for a server with TLS.
    pub(crate) fn ca_bundle(&self) -> Option<&Path> {
        self.place.ca_bundle()
    }

    /// Returns `host:port`, as it stands in the Host header.
    pub(crate) fn authority(&self) -> String {
        self.place.authority()
    }

    /// Opens a connection of its own.
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(&self.authority()).expect("the server accepts connections")
    }

    /// Returns the server's data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.place.data()
    }

    /// Returns everything the server has written to its standard output and error.
    pub(crate) fn log(&self) -> String {
        self.place.log()
    }

    /// Returns a new directory, removed with the server, for a client's own files.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.place.scratch(name)
    }

    /// Stops the server as an operator would and asserts that it ended well.
    pub(crate) fn stop(mut self) -> Stopped {
        let status = self.terminate();
        let place = Arc::clone(&self.place);
        assert!(
            status.success(),
            "SIGTERM must end in exit code 0, got {status}\n{}",
            place.log_tail()
        );
        Stopped { place }
    }

    /// Kills the server with SIGKILL: the nearest thing to a power cut.
    pub(crate) fn kill(mut self) -> Stopped {
        let mut child = self.child.take().expect("the server runs");
        child.kill().unwrap();
        child.wait().unwrap();
        Stopped {
            place: Arc::clone(&self.place),
        }
    }

    /// Kills it in the same way, but goes on to be there for [`Server::start_again`].
    pub(crate) fn kill_for_now(&mut self) {
        let mut child = self.child.take().expect("the server runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts a server that was killed for now: same data, same port.
    pub(crate) fn start_again(&mut self) {
        self.start_again_with(&[]);
    }

    /// The same with further arguments.
    pub(crate) fn start_again_with(&mut self, more: &[&str]) {
        let stopped = Stopped {
            place: Arc::clone(&self.place),
        };
        let mut command = stopped.command();
        command.args(more);
        *self = stopped.start_with(command);
    }

    /// Returns the server's process.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(self.child.as_ref().expect("the server runs"))
    }

    /// Waits until the server ends by itself, and returns how.
    pub(crate) fn ended(mut self) -> (ExitStatus, Stopped) {
        let status = self.wait_for_end("by itself");
        let place = Arc::clone(&self.place);
        (status, Stopped { place })
    }

    /// Returns the command that would start a second server on the same data.
    pub(crate) fn rival(&self) -> Command {
        self.place
            .command(&["serve"], &format!("127.0.0.1:{}", free_port()))
    }

    fn terminate(&mut self) -> ExitStatus {
        kill_process(self.pid(), Signal::TERM).unwrap();
        self.wait_for_end("on SIGTERM")
    }

    fn wait_for_end(&mut self, how: &str) -> ExitStatus {
        let mut child = self.child.take().expect("the server runs");
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if begun.elapsed() > STOP_PATIENCE {
                child.kill().unwrap();
                panic!(
                    "the server did not stop {how} within {STOP_PATIENCE:?}\n{}",
                    self.place.log_tail()
                );
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.is_none() {
            return;
        }
        if thread::panicking() {
            eprintln!("--- the server's log ---\n{}", self.place.log_tail());
            let mut child = self.child.take().expect("looked at above");
            let _ = child.kill();
            let _ = child.wait();
        } else {
            let status = self.terminate();
            assert!(
                status.success(),
                "SIGTERM must end in exit code 0, got {status}\n{}",
                self.place.log_tail()
            );
        }
    }
}

impl Stopped {
    /// Lays out an empty directory and picks a port; nothing runs yet.
    pub(crate) fn new() -> Self {
        let place = Arc::new(Place {
            directory: TempDir::new().unwrap(),
            port: free_port(),
            root: Credentials::root(),
            authority: OnceLock::new(),
        });
        fs::create_dir_all(place.data()).unwrap();
        Self { place }
    }

    /// Starts the server and waits until it serves.
    pub(crate) fn start(self) -> Server {
        let command = self.command();
        self.start_with(command)
    }

    /// Starts the server by a command of the test's own, made from [`Stopped::command`].
    pub(crate) fn start_with(self, command: Command) -> Server {
        match self.try_start_with(command) {
            Ok(server) => server,
            Err((_, message)) => panic!("the server did not start\n{message}"),
        }
    }

    /// Starts the server; when it gives up, returns its directory and what it said.
    pub(crate) fn try_start(self) -> Result<Server, (Self, String)> {
        let command = self.command();
        self.try_start_with(command)
    }

    /// The same, by a command of the test's own.
    pub(crate) fn try_start_with(self, mut command: Command) -> Result<Server, (Self, String)> {
        let already_said = self.place.log().len();
        let mut child = command.spawn().expect("the server's binary can be run");
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                let said = self.place.log().split_off(already_said);
                return Err((self, format!("{status}\n{said}")));
            }
            if self.place.is_healthy() {
                return Ok(Server {
                    place: self.place,
                    child: Some(child),
                });
            }
            if begun.elapsed() > START_PATIENCE {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!(
                    "the server was not healthy within {START_PATIENCE:?}\n{}",
                    self.place.log_tail()
                );
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Returns the command that starts the server, for tests that want it otherwise.
    pub(crate) fn command(&self) -> Command {
        self.place.command(&["serve"], &self.place.authority())
    }

    /// Returns the command that starts the server where every machine of the network can reach it.
    pub(crate) fn command_for_every_interface(&self) -> Command {
        self.place
            .command(&["serve"], &format!("0.0.0.0:{}", self.place.port))
    }

    /// Returns the command that starts the server over a store sealed with the passphrase in a file.
    pub(crate) fn command_with_passphrase(&self, file: &Path) -> Command {
        let mut command = self
            .place
            .sealed("passphrase", &["serve"], &self.place.authority());
        command.env("KAGIBAN_PASSPHRASE_FILE", file);
        command
    }

    /// Returns a command of the server's other than `serve`, over the same data and settings.
    pub(crate) fn command_to(&self, words: &[&str]) -> Command {
        let mut command = self.place.command(words, &self.place.authority());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Has clients trust an authority, and expect the server to speak TLS.
    pub(super) fn trust(&self, authority: PathBuf) {
        self.place
            .authority
            .set(authority)
            .expect("it is settled once whether there is TLS");
    }

    /// Returns what goes into `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> String {
        self.place.url()
    }

    /// Returns `host:port`, where the server listens when it runs.
    pub(crate) fn authority(&self) -> String {
        self.place.authority()
    }

    /// Returns a new directory, removed with the server, for a client's own files.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.place.scratch(name)
    }

    /// Returns the file that holds the key which seals the store.
    pub(crate) fn seal_key(&self) -> PathBuf {
        self.place.seal_key()
    }

    /// Returns the server's data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.place.data()
    }

    /// Returns everything the server has written to its standard output and error.
    pub(crate) fn log(&self) -> String {
        self.place.log()
    }
}

impl Place {
    fn command(&self, words: &[&str], listen: &str) -> Command {
        let seal = format!("keyfile:{}", self.seal_key().display());
        self.sealed(&seal, words, listen)
    }

    fn sealed(&self, seal: &str, words: &[&str], listen: &str) -> Command {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_path())
            .unwrap();
        let mut command = Command::new(server_binary());
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.directory.path())
            .env("KAGIBAN_ROOT_ACCESS_KEY_ID", &self.root.access_key_id)
            .env("KAGIBAN_ROOT_SECRET_ACCESS_KEY", &self.root.secret_access_key)
            .args(words)
            .args(["--listen", listen])
            .arg("--data")
            .arg(self.data())
            .args(["--seal", seal])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        if words.first() != Some(&"account") {
            command.args(["--account", ACCOUNT]);
        }
        command
    }

    fn scratch(&self, name: &str) -> PathBuf {
        let directory = self.directory.path().join("scratch").join(name);
        fs::create_dir_all(&directory).unwrap();
        directory
    }

    fn seal_key(&self) -> PathBuf {
        self.directory.path().join("seal.key")
    }

    fn url(&self) -> String {
        match self.ca_bundle() {
            None => format!("http://{}", self.authority()),
            Some(_) => format!("https://localhost:{}", self.port),
        }
    }

    fn ca_bundle(&self) -> Option<&Path> {
        self.authority.get().map(PathBuf::as_path)
    }

    fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("server.log")
    }

    fn log(&self) -> String {
        read_lossy(&self.log_path())
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(100)..].join("\n")
    }

    fn is_healthy(&self) -> bool {
        let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return false;
        };
        if self.ca_bundle().is_some() {
            return true; // it listens once it can serve, and nobody here speaks TLS
        }
        let mut connection = Connection::over(stream);
        connection
            .send(&Request::get("/healthz", &self.authority()))
            .is_ok_and(|answer| answer.status == 200)
    }
}

fn read_lossy(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = File::open(path) {
        file.read_to_end(&mut bytes).unwrap();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns a port that nobody listens on and no other test of this run is given.
///
/// Below the ephemeral range, so that no outgoing connection takes it between now and the server's start.
pub(super) fn free_port() -> u16 {
    const FIRST: u16 = 12_000;
    const COUNT: u16 = 16_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);

    let offset = (std::process::id() % u32::from(COUNT)) as u16;
    (0..COUNT)
        .map(|_| FIRST + offset.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("one of sixteen thousand ports is free")
}
