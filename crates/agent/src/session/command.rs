//! Commands without a terminal: one program, its outputs, and how it ended.

use std::process::Stdio;

use bytes::{Bytes, BytesMut};
use kagiban_session::document::{Command, Commands};
use kagiban_session::message::PayloadType;
use kagiban_session::payload::{EndOfStream, exit_code};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;

use super::child::{self, Leader, Program};
use super::peer::{Out, Peer, Sent};
use super::run_as::RunAs;
use super::text::words;
use crate::failure::Failure;

/// The most output in one message.
const PIECE: usize = 16 << 10;

/// The commands for this platform.
///
/// # Errors
///
/// If the document has none.
pub(super) fn on_linux(commands: &Commands) -> Result<&Command, Failure> {
    let missing = || Failure::Session("the document has no commands for Linux".to_owned());
    commands.linux.as_ref().ok_or_else(missing)
}

/// Runs a command to its end. It is split into words and run by itself, without a shell, as AWS's agent does.
///
/// # Errors
///
/// If it cannot be split or started, or the channel is lost for good.
pub(super) async fn serve(
    peer: &mut Peer,
    run_as: &RunAs,
    command: &Command,
) -> Result<EndOfStream, Failure> {
    let words = words(&command.commands).filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| {
        Failure::Session("the command has a quote that is not closed, or no words".to_owned())
    })?;
    let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let mut started = Program::new(run_as, &words[0], &arguments, false).command()?;
    started
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let (mut child, mut leader) = Leader::start(&mut started)?;
    let group = leader.group();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // DIFFERS: AWS's agent keeps mixed output back until the command has ended; sent as it comes, it needs
    // no memory and can be looked at.
    let (of_errors, prefixes) = match command.separate_output_stream {
        true => (
            PayloadType::StdErr,
            [
                command.std_out_separator_prefix.as_str(),
                &command.std_err_separator_prefix,
            ],
        ),
        false => (PayloadType::Output, ["", ""]),
    };
    let outputs = async {
        tokio::join!(
            pump(stdout, PayloadType::Output, prefixes[0], &peer.out),
            pump(stderr, of_errors, prefixes[1], &peer.out),
        )
    };
    let ended = tokio::select! {
        status = finish(&mut child, outputs, &mut leader) => status.map(Some),
        ended = listen(&mut peer.input, group) => ended.map(|()| None),
    };
    leader.end().await;
    let _collected = child.wait().await;
    let exit_status = ended?;
    if let (Some(code), true) = (exit_status, command.separate_output_stream) {
        peer.out.send(PayloadType::ExitCode, exit_code(code)).await?;
    }
    Ok(EndOfStream {
        exit_status,
        reason: String::new(),
    })
}

/// Waits for the program; what it has left behind is ended, or would keep the outputs open.
async fn finish<T>(
    child: &mut Child,
    outputs: impl Future<Output = T>,
    leader: &mut Leader,
) -> Result<i32, Failure> {
    tokio::pin!(outputs);
    let status = tokio::select! {
        status = child.wait() => {
            let status = status?;
            leader.end().await;
            outputs.await;
            status
        }
        _ = &mut outputs => child.wait().await?,
    };
    Ok(child::code(status))
}

async fn pump(from: Option<impl AsyncRead + Unpin>, kind: PayloadType, prefix: &str, out: &Out) {
    let Some(mut from) = from else { return };
    let mut buffer = vec![0; PIECE];
    let mut is_line_start = true;
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let piece = prefixed(&buffer[..count], prefix, is_line_start);
        is_line_start = buffer[count - 1] == b'\n';
        if out.send(kind, piece).await.is_err() {
            return;
        }
    }
}

// UNSURE: whether AWS's agent puts the prefix before each line or before each piece that begins a line.
fn prefixed(piece: &[u8], prefix: &str, is_line_start: bool) -> Bytes {
    let mut whole = BytesMut::with_capacity(prefix.len() + piece.len());
    if is_line_start {
        whole.extend_from_slice(prefix.as_bytes());
    }
    whole.extend_from_slice(piece);
    whole.freeze()
}

/// There is no standard input: only Ctrl-C and Ctrl-\ mean something.
async fn listen(input: &mut super::peer::Input, group: Option<Pid>) -> Result<(), Failure> {
    loop {
        match input.next().await? {
            Sent::End => return Ok(()),
            Sent::Bytes(bytes) => {
                for signal in bytes.iter().filter_map(|byte| signal_of(*byte)) {
                    if let Some(group) = group {
                        let _may_be_gone = kill_process_group(group, signal);
                    }
                }
            }
            Sent::Size(_) | Sent::Disconnect | Sent::NoMore => {}
        }
    }
}

fn signal_of(byte: u8) -> Option<Signal> {
    match byte {
        0x03 => Some(Signal::INT),
        0x1c => Some(Signal::QUIT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_stands_where_a_line_begins() {
        assert_eq!(prefixed(b"a\nb", "OUT:", true), "OUT:a\nb");
        assert_eq!(prefixed(b"c", "OUT:", false), "c");
    }

    #[test]
    fn only_two_keys_are_signals() {
        assert_eq!(signal_of(3), Some(Signal::INT));
        assert_eq!(signal_of(0x1c), Some(Signal::QUIT));
        assert!((0..=255).filter(|byte| signal_of(*byte).is_some()).count() == 2);
    }
}
