//! A terminal or a command on the node.

use std::collections::VecDeque;

use bytes::Bytes;
use kagiban_session::handshake::SessionType;
use kagiban_session::message::PayloadType;
use kagiban_session::payload;
use tokio::sync::mpsc;

use super::End;
use super::escape::{Escapes, HELP};
use super::streams::{self, Output};
use super::talk::{Conversation, Heard, Opened, Out};
use crate::failure::Failure;
use crate::platform::Signalled;
use crate::platform::signals::Signals;
use crate::platform::terminal::{self, Raw};

/// What is typed while the node does not take it is kept up to here, then the terminal waits.
const MOST_TYPED: usize = 1 << 20;

/// The exit status when nobody reads the output any more: as of who is told so by SIGPIPE.
const NOBODY_READS: i32 = 128 + 13;

/// The exit status when a signal has ended it: as of who is ended by SIGTERM.
const TERMINATED: i32 = 128 + 15;

const UNREAD_INPUT: &str = "kagiban: the command does not get this standard input: no command without a \
terminal gets any; to be rid of this line, give it < /dev/null";

/// Has the session until it ends.
///
/// # Errors
///
/// If the system lets nobody wait for signals, or the node does not have the session's key.
pub(super) async fn run(opened: Opened, session: &str) -> Result<End, Failure> {
    let mut signals = Signals::new()?;
    let output = Output::new();
    let raw = Raw::of_input();
    let takes_input = raw.is_some() || opened.session_type != SessionType::NonInteractiveCommands;
    if !takes_input && terminal::has_input() {
        eprintln!("{UNREAD_INPUT}");
    }
    let mut shell = Shell {
        typed: Typed::new(raw.is_some()),
        out: opened.conversation.out.clone(),
        conversation: opened.conversation,
        output,
        unwritten: None,
        takes_input,
        end: End::default(),
    };
    shell.typed.resize();
    let ended = shell.go_on(&mut signals).await;
    shell.output.finish(signals.leave()).await;
    drop(raw);
    if let Err(Failure::Answer(why)) = &ended {
        return Err(Failure::Answer(format!("{session}: {why}")));
    }
    ended?;
    Ok(shell.end)
}

struct Shell {
    typed: Typed,
    out: Out,
    conversation: Conversation,
    output: Output,
    /// What came last, until it can be written; nothing more is taken meanwhile.
    unwritten: Option<Bytes>,
    /// Whether what is there to be read is for the node.
    takes_input: bool,
    end: End,
}

/// What goes to the node and does not yet.
struct Typed {
    waiting: VecDeque<(PayloadType, Bytes)>,
    bytes: usize,
    escapes: Option<Escapes>,
    is_terminal: bool,
}

impl Signals {
    /// Waits for the one that asks for the end.
    async fn leave(&mut self) {
        while !matches!(self.next().await, Signalled::Leave | Signalled::Byte(0x03)) {}
    }
}

impl Typed {
    fn new(is_terminal: bool) -> Typed {
        Typed {
            waiting: VecDeque::new(),
            bytes: 0,
            escapes: is_terminal.then(Escapes::new),
            is_terminal,
        }
    }

    fn push(&mut self, payload_type: PayloadType, bytes: Bytes) {
        self.bytes += bytes.len();
        self.waiting.push_back((payload_type, bytes));
    }

    fn resize(&mut self) {
        self.push(PayloadType::Size, terminal::size().to_bytes());
    }

    /// Sends the oldest; dropped meanwhile, it is still the oldest.
    async fn send_one(&mut self, out: &Out) -> Result<(), Failure> {
        let Some((payload_type, bytes)) = self.waiting.front().cloned() else {
            return Ok(());
        };
        let length = bytes.len();
        match payload_type {
            PayloadType::Output => out.send(bytes).await?,
            other => out.put(other, bytes).await?,
        }
        self.bytes -= length;
        self.waiting.pop_front();
        Ok(())
    }
}

impl Shell {
    async fn go_on(&mut self, signals: &mut Signals) -> Result<(), Failure> {
        let mut has_input = self.takes_input;
        let mut input = match has_input {
            true => streams::input(),
            false => mpsc::channel(1).1,
        };
        loop {
            let may_read = has_input && self.typed.bytes < MOST_TYPED;
            let unwritten = self.unwritten.clone();
            tokio::select! {
                heard = self.conversation.next(), if unwritten.is_none() => {
                    if self.hear(heard?).await {
                        return Ok(());
                    }
                }
                written = self.output.write(unwritten.clone().unwrap_or_default()), if unwritten.is_some() => {
                    self.unwritten = None;
                    if written.is_err() {
                        self.end.status.get_or_insert(NOBODY_READS);
                        return self.leave().await;
                    }
                }
                piece = input.recv(), if may_read => match piece {
                    Some(piece) => if self.read(&piece) {
                        return self.leave().await;
                    },
                    None => {
                        has_input = false;
                        if self.typed.is_terminal {
                            return self.leave().await;
                        }
                        self.input_has_ended(&mut input).await?;
                    }
                },
                sent = self.typed.send_one(&self.out), if !self.typed.waiting.is_empty() => {
                    // What came before the channel's end is still there to be heard.
                    if sent.is_err() {
                        self.typed.waiting.clear();
                    }
                }
                signalled = signals.next() => match signalled {
                    Signalled::Byte(byte) => self.typed.push(PayloadType::Output, Bytes::from(vec![byte])),
                    Signalled::Resize => self.typed.resize(),
                    Signalled::Leave => {
                        self.end.status = Some(TERMINATED);
                        return self.leave().await;
                    }
                },
            }
        }
    }

    /// Takes what was typed; true if it asks for the end.
    fn read(&mut self, piece: &[u8]) -> bool {
        let longest = self.out.longest_typed();
        let typed = match &mut self.typed.escapes {
            None => piece.to_vec(),
            Some(escapes) => {
                let typed = escapes.read(piece);
                if typed.help {
                    eprint!("{HELP}");
                }
                if typed.end {
                    return true;
                }
                typed.bytes
            }
        };
        for piece in typed.chunks(longest) {
            self.typed
                .push(PayloadType::Output, Bytes::copy_from_slice(piece));
        }
        false
    }

    /// Standard input that is no terminal has ended: a shell is told as a terminal would tell it.
    ///
    /// DIFFERS: AWS's plugin exits and leaves the session behind; so nothing can be piped into it.
    async fn input_has_ended(&mut self, input: &mut mpsc::Receiver<Bytes>) -> Result<(), Failure> {
        input.close();
        if self.conversation.is_fast {
            self.typed.push(
                PayloadType::EndOfStream,
                payload::EndOfStream::default().to_bytes(),
            );
        }
        self.typed.push(PayloadType::Output, Bytes::from_static(b"\x04"));
        Ok(())
    }

    /// Ends the session at the node, as the person wants.
    async fn leave(&mut self) -> Result<(), Failure> {
        self.conversation.leave().await;
        Ok(())
    }

    /// Deals with what came; true if it was the last.
    async fn hear(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Output(bytes) | Heard::StdErr(bytes) => self.unwritten = Some(bytes),
            Heard::ExitCode(code) => {
                self.end.status = Some(code);
                self.unwritten = Some(payload::exit_code(code));
            }
            Heard::End(end) => {
                self.end.status = end.exit_status.or(self.end.status);
                self.end.closed = Some(end.reason);
                self.conversation.until_over().await;
                return true;
            }
            Heard::Interrupted if self.typed.is_terminal => {
                eprint!("\r\n[the connection is lost; trying again, ~. ends the session]\r\n");
            }
            Heard::Resumed if self.typed.is_terminal => {
                eprint!("\r\n[the connection is back]\r\n");
                self.typed.resize();
            }
            Heard::Interrupted | Heard::Resumed | Heard::Flag(_) => (),
            Heard::Closed(why) => {
                self.end.cut_off = self.conversation.tells_its_end && self.end.status.is_none();
                self.end.closed = Some(why);
                return true;
            }
            Heard::Over(why) => {
                self.end.broken = Some(why);
                return true;
            }
        }
        false
    }
}
