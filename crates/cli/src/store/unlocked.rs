//! An unlock that is remembered: a small process of the user's own holds the passphrase of a file store
//! for a chosen time, and gives it to this program's other processes over a socket.
//!
//! The passphrase lies in one page that is locked into memory, neither swapped nor dumped. The socket lies
//! in a directory of the user's own, and whoever comes by it as another user gets nothing.

use std::convert::Infallible;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use aws_lc_rs::digest;
use kagiban_aws::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::place;
use crate::platform::memory::Page;
use crate::platform::{files, process};
use crate::vault::now;

/// Longer passphrases are not remembered.
const MAX_PASSPHRASE: usize = 4096;

/// How long either side waits for the other's few bytes.
const PATIENCE: Duration = Duration::from_secs(2);

/// After standard input, output and error.
const FIRST_INHERITED: i32 = 3;

/// The clock on the wall is looked at so often, since the other one may stand still while a machine sleeps.
const GLANCE: Duration = Duration::from_secs(20);

/// The process that holds one store's passphrase, if there is one.
pub(crate) struct Unlocked {
    directory: PathBuf,
    socket: PathBuf,
}

impl Unlocked {
    /// That of the file store in a directory.
    pub(crate) fn of(directory: &Path) -> Unlocked {
        let digest = digest::digest(&digest::SHA256, directory.as_os_str().as_encoded_bytes());
        let name: String = digest.as_ref()[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Unlocked {
            directory: directory.to_owned(),
            socket: place::runtime().join(format!("unlock-{name}")),
        }
    }

    /// The passphrase, as long as it is remembered.
    pub(crate) fn passphrase(&self) -> Option<SecretString> {
        let answer = self.ask("get")?;
        let text = std::str::from_utf8(answer.strip_prefix(b"ok ")?).ok()?;
        Some(text.to_owned().into())
    }

    /// Until when it is remembered, in seconds since 1970.
    pub(crate) fn until(&self) -> Option<i64> {
        let answer = self.ask("until")?;
        std::str::from_utf8(&answer).ok()?.parse().ok()
    }

    /// Lets it be forgotten; `false` if it was not remembered.
    pub(crate) fn forget(&self) -> bool {
        self.ask("lock").is_some_and(|answer| *answer == b"ok")
    }

    fn ask(&self, request: &str) -> Option<Zeroizing<Vec<u8>>> {
        // Nobody else could put a socket there, unless the directory is not this user's.
        is_private(self.socket.parent()?).ok()?;
        place::is_ours(&self.socket, &fs::symlink_metadata(&self.socket).ok()?).ok()?;
        let mut stream = UnixStream::connect(&self.socket).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(format!("{request}\n").as_bytes()).ok()?;
        let mut answer = Zeroizing::new(Vec::with_capacity(MAX_PASSPHRASE + 16));
        stream
            .take(MAX_PASSPHRASE as u64 + 8)
            .read_to_end(&mut answer)
            .ok()?;
        Some(answer)
    }

    /// Starts a process that remembers a passphrase for so many seconds, in place of one of before.
    ///
    /// # Errors
    ///
    /// If it cannot, with its own words.
    pub(crate) fn remember(&self, passphrase: &SecretString, seconds: u32) -> Result<(), Failure> {
        let failed = |why: &str| Failure::Setting(format!("the unlock cannot be remembered: {why}"));
        if passphrase.expose().len() > MAX_PASSPHRASE {
            return Err(failed("the passphrase is too long for that"));
        }
        let mut child = self.keeper(seconds)?.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(passphrase.expose().as_bytes())?;
        }
        let mut said = String::new();
        if let Some(output) = child.stdout.take() {
            output.take(1024).read_to_string(&mut said)?;
        }
        match said.trim() {
            "ready" => Ok(()),
            "" => Err(failed("its process ended at once")),
            why => Err(failed(why)),
        }
    }

    /// This program again, with nothing of the environment but where directories are.
    fn keeper(&self, seconds: u32) -> Result<Command, Failure> {
        let mut command = Command::new(env::current_exe()?);
        let kept = ["HOME", "XDG_RUNTIME_DIR", "TMPDIR"];
        let kept = kept.iter().filter_map(|name| Some((name, env::var_os(name)?)));
        command
            .env_clear()
            .envs(kept)
            .arg("--file-dir")
            .arg(&self.directory)
            .args(["store", "keep", "--for", &format!("{seconds}s")])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Ok(command)
    }

    /// What the process does first: it becomes itself again, without what came along from whoever has
    /// started it, so that no file or pipe of somebody else's stays open for hours.
    ///
    /// # Errors
    ///
    /// Comes back only if it cannot.
    pub(crate) fn keep_alone(&self, seconds: u32) -> Result<Infallible, Failure> {
        close_fds::set_fds_cloexec_threadsafe(FIRST_INHERITED, &[]);
        let mut command = self.keeper(seconds)?;
        command.arg("--alone");
        Ok(process::replace(
            command.stdin(Stdio::inherit()).stdout(Stdio::inherit()),
        )?)
    }

    /// What the process does: reads a passphrase from standard input, and gives it away until its time is
    /// over or it is told to forget it.
    ///
    /// # Errors
    ///
    /// If the memory cannot be locked, or the socket not be made.
    pub(crate) fn keep(&self, seconds: u32) -> Result<(), Failure> {
        let page = alone().map_err(|error| Failure::Setting(error.to_string()))?;
        let listener = listen(&self.socket)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let keeper = Keeper {
            page,
            file: file(&self.socket),
            socket: self.socket.clone(),
            until: now() + i64::from(seconds),
            over: Instant::now() + Duration::from_secs(seconds.into()),
        };
        let served = runtime.block_on(async {
            let listener = tokio::net::UnixListener::from_std(listener)?;
            say_ready()?;
            keeper.serve(&listener).await;
            keeper.close();
            Ok::<(), io::Error>(())
        });
        Ok(served?)
    }
}

/// Leaves the terminal, makes itself unreadable, and takes over the passphrase.
fn alone() -> io::Result<Page> {
    let _ = rustix::process::setsid();
    refuse_tracing();
    Page::read(files::unbuffered_input()?, MAX_PASSPHRASE)
}

/// Takes the place of a process of before.
fn listen(socket: &Path) -> Result<UnixListener, Failure> {
    let failed = |error: io::Error| Failure::Setting(error.to_string());
    if let Some(directory) = socket.parent() {
        place::make_private(directory).map_err(failed)?;
        is_private(directory)?;
    }
    if UnixStream::connect(socket).is_ok() {
        return Err(failed(io::Error::other("another process remembers it already")));
    }
    let _ = fs::remove_file(socket);
    bind(socket).map_err(failed)
}

/// Made with its mode, so that there is no moment with another. The process makes no other file later.
fn bind(socket: &Path) -> io::Result<UnixListener> {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let listener = UnixListener::bind(socket)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Refuses a directory that another user has made or may enter, or that leads elsewhere: in the directory
/// for what is temporary, anybody may have been faster.
fn is_private(directory: &Path) -> Result<(), Failure> {
    let metadata = fs::symlink_metadata(directory).map_err(|error| place::unusable(directory, &error))?;
    place::is_ours(directory, &metadata)?;
    match metadata.is_dir() && metadata.permissions().mode() & 0o077 == 0 {
        true => Ok(()),
        false => Err(Failure::Setting(format!(
            "{} is no directory of this user's alone; remove it, or set XDG_RUNTIME_DIR",
            directory.display()
        ))),
    }
}

/// Says that all is well, and closes standard output, which the other side reads to its end.
fn say_ready() -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(b"ready\n")?;
    output.flush()?;
    let nowhere = fs::OpenOptions::new().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(nowhere)?;
    Ok(())
}

fn refuse_tracing() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Which file that is, by its device and its number there; nothing where there is none.
fn file(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::symlink_metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

struct Keeper {
    page: Page,
    socket: PathBuf,
    /// Which file the socket was made as.
    file: Option<(u64, u64)>,
    /// Seconds since 1970.
    until: i64,
    over: Instant,
}

impl Keeper {
    async fn serve(&self, listener: &tokio::net::UnixListener) {
        while !self.is_over() {
            let turn = self.over.min(Instant::now() + GLANCE);
            let Ok(Ok((mut stream, _))) = tokio::time::timeout_at(turn, listener.accept()).await else {
                continue;
            };
            if timeout(PATIENCE, self.answer(&mut stream))
                .await
                .unwrap_or_default()
            {
                return;
            }
        }
    }

    /// Takes the socket away, unless it is a later process's by now.
    fn close(&self) {
        if self.can_be_found() {
            let _ = fs::remove_file(&self.socket);
        }
    }

    /// A process that nobody finds can be told to forget by nobody.
    fn is_over(&self) -> bool {
        now() >= self.until || Instant::now() >= self.over || !self.can_be_found()
    }

    fn can_be_found(&self) -> bool {
        self.file.is_some() && file(&self.socket) == self.file
    }

    /// Answers one caller; `true` if that was the last one.
    async fn answer(&self, stream: &mut tokio::net::UnixStream) -> bool {
        let is_ours = stream.peer_cred().is_ok_and(|peer| peer.uid() == files::user());
        if !is_ours || self.is_over() {
            return false;
        }
        let request = request(stream).await.unwrap_or_default();
        let (answer, is_last) = match request.as_str() {
            "get" => {
                if stream.write_all(b"ok ").await.is_ok() {
                    let _ = stream.write_all(&self.page).await;
                }
                return false;
            }
            "until" => (self.until.to_string(), false),
            "lock" => {
                // Before the answer, since a later process may take its place at once.
                self.close();
                ("ok".to_owned(), true)
            }
            _ => return false,
        };
        let _ = stream.write_all(answer.as_bytes()).await;
        is_last
    }
}

async fn request(stream: &mut tokio::net::UnixStream) -> io::Result<String> {
    let mut line = String::new();
    while line.len() < 16 {
        match stream.read_u8().await? {
            b'\n' => return Ok(line),
            byte => line.push(byte.into()),
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(path: &Path, seconds: i64) -> Keeper {
        Keeper {
            page: Page::read(&b"canary"[..], MAX_PASSPHRASE).unwrap(),
            socket: path.to_owned(),
            file: file(path),
            until: now() + seconds,
            over: Instant::now() + Duration::from_secs(60),
        }
    }

    #[tokio::test]
    async fn it_answers_its_own_user_until_it_is_told_to_forget() {
        let (listener, path, _home) = listener();
        let held = keeper(&path, 60);
        let served = tokio::spawn(async move { held.serve(&listener).await });
        let ask = |request: &'static str| {
            let unlocked = Unlocked {
                directory: PathBuf::new(),
                socket: path.clone(),
            };
            tokio::task::spawn_blocking(move || match request {
                "get" => unlocked.passphrase().map(|text| text.expose().to_owned()),
                other => unlocked
                    .ask(other)
                    .map(|answer| String::from_utf8_lossy(&answer).into_owned()),
            })
        };
        assert_eq!(ask("get").await.unwrap().unwrap(), "canary");
        assert!(ask("until").await.unwrap().unwrap().parse::<i64>().unwrap() > now());
        for senseless in ["", "GET", "a line that is far too long for a request"] {
            assert_eq!(
                ask(senseless).await.unwrap().unwrap_or_default(),
                "",
                "{senseless}"
            );
        }
        assert_eq!(ask("lock").await.unwrap().unwrap(), "ok");
        served.await.unwrap();
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn nothing_is_given_when_the_time_is_over() {
        let (listener, path, _home) = listener();
        // The clock on the wall says so, though the other one has stood still.
        keeper(&path, 0).serve(&listener).await;
    }

    #[tokio::test]
    async fn nothing_is_held_when_nobody_finds_the_socket_any_more() {
        let (listener, path, _home) = listener();
        let held = keeper(&path, 60);
        fs::remove_file(&path).unwrap();
        held.serve(&listener).await;
        // Another one's is not taken away.
        let _other = UnixListener::bind(&path).unwrap();
        held.serve(&listener).await;
        held.close();
        assert!(path.exists());
    }

    #[test]
    fn a_directory_that_others_may_enter_or_lead_elsewhere_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("d");
        place::make_private(&directory).unwrap();
        is_private(&directory).unwrap();
        let link = home.path().join("link");
        std::os::unix::fs::symlink(&directory, &link).unwrap();
        assert!(is_private(&link).is_err());
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o750)).unwrap();
        let refused = is_private(&directory).unwrap_err().to_string();
        assert!(refused.contains("of this user's alone"), "{refused}");
        assert!(is_private(Path::new("/nowhere")).is_err());
    }

    fn listener() -> (tokio::net::UnixListener, PathBuf, tempfile::TempDir) {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("run");
        place::make_private(&directory).unwrap();
        let path = directory.join("s");
        (tokio::net::UnixListener::bind(&path).unwrap(), path, home)
    }
}
