//! Shells and interactive commands: a program on a pseudo-terminal.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use kagiban_session::message::PayloadType;
use kagiban_session::payload::{EndOfStream, Size};
use rustix::fs::{OFlags, Uid, fchown, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::io::unix::AsyncFd;
use tokio::process::Child;
use tokio::task::JoinHandle;

use super::child::{self, Leader, Program};
use super::peer::{Out, Peer, Sent};
use super::run_as::RunAs;
use super::text::Whole;
use crate::descriptor::watched;
use crate::failure::Failure;

/// The most output in one message, so that a pause or Ctrl-C is felt at once.
const PIECE: usize = 16 << 10;

/// How much input may wait for a program that does not read.
const WAITING: usize = 64 << 10;

/// The agent's end of a pseudo-terminal.
type Master = Arc<AsyncFd<OwnedFd>>;

/// A program on a terminal, until either ends.
struct Terminal {
    master: Master,
    child: Child,
    leader: Leader,
    output: JoinHandle<()>,
    input: VecDeque<Bytes>,
}

/// Serves a shell, or what `commands` say.
///
/// # Errors
///
/// If it cannot be started, or the channel is lost for good.
pub(super) async fn serve(
    peer: &mut Peer,
    run_as: &RunAs,
    commands: Option<&str>,
    profile: &str,
) -> Result<EndOfStream, Failure> {
    let program = match commands {
        None => Program::new(run_as, "/bin/sh", &[], true),
        Some(commands) => Program::new(run_as, "/bin/sh", &["-c", commands], true),
    };
    let mut terminal = Terminal::start(&program, run_as, peer.out.clone())?;
    if !profile.trim().is_empty() {
        terminal.input.push_back(Bytes::from(format!("{profile}\n")));
    }
    let ended = terminal.run(peer).await;
    terminal.end().await;
    ended
}

impl Terminal {
    fn start(program: &Program, run_as: &RunAs, out: Out) -> Result<Terminal, Failure> {
        let (master, slave) = pair(run_as)?;
        let mut command = program.command()?;
        let end = || slave.try_clone().map(Stdio::from);
        command.stdin(end()?).stdout(end()?).stderr(end()?);
        let (child, leader) = Leader::start(&mut command)?;
        drop(command);
        drop(slave); // or the master would never see the end
        let master = Arc::new(watched(master)?);
        Ok(Terminal {
            output: tokio::spawn(pump(Arc::clone(&master), out)),
            leader,
            master,
            child,
            input: VecDeque::new(),
        })
    }

    async fn run(&mut self, peer: &mut Peer) -> Result<EndOfStream, Failure> {
        loop {
            let waiting: usize = self.input.iter().map(Bytes::len).sum();
            tokio::select! {
                sent = peer.input.next(), if waiting < WAITING => match sent? {
                    Sent::Bytes(bytes) => self.input.push_back(bytes),
                    Sent::Size(size) => resize(&self.master, size),
                    Sent::End => return Ok(EndOfStream::default()),
                    Sent::NoMore | Sent::Disconnect => {} // a terminal's end is Ctrl-D
                },
                written = write(&self.master, self.input.front()), if waiting > 0 => self.advance(&written),
                status = self.child.wait() => {
                    let exit_status = Some(child::code(status?));
                    self.leader.end().await;
                    // All that the terminal still has, and then the end: nobody holds it any more.
                    let _pump_does_not_panic = (&mut self.output).await;
                    return Ok(EndOfStream { exit_status, reason: String::new() });
                }
            }
        }
    }

    fn advance(&mut self, written: &io::Result<usize>) {
        match written {
            Ok(count) => {
                if let Some(first) = self.input.front_mut() {
                    first.advance((*count).min(first.len()));
                    if first.is_empty() {
                        self.input.pop_front();
                    }
                }
            }
            Err(_) => self.input.clear(), // nobody reads any more; the program's end comes next
        }
    }

    async fn end(mut self) {
        self.leader.end().await;
        let _collected = self.child.wait().await;
        self.output.abort();
    }
}

/// Both ends of a new pseudo-terminal; the program's belongs to whom it runs as.
fn pair(run_as: &RunAs) -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let slave = ioctl_tiocgptpeer(&master, flags)?;
    if let RunAs::Other(user, _) = run_as {
        fchown(&slave, Some(Uid::from_raw(user.uid)), None)?;
    }
    fcntl_setfl(&master, OFlags::RDWR | OFlags::NONBLOCK)?;
    Ok((master, slave))
}

fn resize(master: &Master, size: Size) {
    let size = Winsize {
        ws_col: size.cols,
        ws_row: size.rows,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let _gone_with_the_program = tcsetwinsize(master.get_ref(), size);
}

async fn write(master: &Master, bytes: Option<&Bytes>) -> io::Result<usize> {
    let bytes: &[u8] = bytes.map_or(&[], |bytes| bytes.as_ref());
    loop {
        let mut ready = master.writable().await?;
        if let Ok(written) = ready.try_io(|fd| Ok(rustix::io::write(fd.get_ref(), bytes)?)) {
            return written;
        }
    }
}

async fn read(master: &Master, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        let mut ready = master.readable().await?;
        if let Ok(read) = ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut *buffer)?)) {
            return read;
        }
    }
}

/// Carries output until nobody has the terminal open any more, which the system tells as an error.
async fn pump(master: Master, out: Out) {
    let mut buffer = vec![0; PIECE - 3];
    let mut whole = Whole::default();
    loop {
        let piece = match read(&master, &mut buffer).await {
            Ok(0) => break,
            Ok(count) => whole.take(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        if !piece.is_empty() && out.send(PayloadType::Output, piece).await.is_err() {
            return;
        }
    }
    let rest = whole.finish();
    if !rest.is_empty() {
        let _channel_may_have_ended = out.send(PayloadType::Output, rest).await;
    }
}
