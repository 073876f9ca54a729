//! A port over standard input and output, as ssh's `ProxyCommand` wants it: byte for byte.

use std::time::Duration;

use kagiban_session::message::PayloadType;
use kagiban_session::payload::EndOfStream;

use super::End;
use super::streams::{self, Output};
use super::talk::{Heard, Opened, Out};
use crate::failure::Failure;
use crate::platform::signals::Endings;

/// How long the other end may go on after the input has ended, once it falls silent.
const LINGER: Duration = Duration::from_secs(5);

/// Has the session until either end closes.
///
/// # Errors
///
/// If the system lets nobody wait for signals.
pub(super) async fn run(opened: Opened) -> Result<End, Failure> {
    let mut conversation = opened.conversation;
    let is_fast = conversation.is_fast;
    let output = Output::new();
    let mut sending = tokio::spawn(send(conversation.out.clone(), is_fast));
    let mut endings = Endings::new()?;
    let mut has_input = true;
    let ended = loop {
        tokio::select! {
            heard = conversation.next() => match heard? {
                Heard::Output(bytes) => tokio::select! {
                    written = output.write(bytes) => if written.is_err() {
                        break End::default();
                    },
                    () = endings.next() => break End::default(),
                },
                Heard::End(end) => {
                    conversation.until_over().await;
                    let broken = Some(end.reason).filter(|reason| !reason.is_empty());
                    break End { broken, ..End::default() };
                }
                Heard::Closed(why) => break End {
                    closed: Some(why),
                    cut_off: conversation.tells_its_end,
                    ..End::default()
                },
                Heard::Over(why) => break End { broken: Some(why), ..End::default() },
                _ => (),
            },
            _sent = &mut sending, if has_input => {
                has_input = false;
                // AWS's agent cannot be told that the input has ended; AWS's plugin exits here.
                if !is_fast {
                    break End::default();
                }
            }
            () = tokio::time::sleep(LINGER), if !has_input => break End::default(),
            () = endings.next() => break End::default(),
        }
    };
    conversation.leave().await;
    output.finish(endings.next()).await;
    Ok(ended)
}

/// Sends standard input until it ends, and waits until it is at the node.
async fn send(out: Out, is_fast: bool) -> Result<(), Failure> {
    let mut input = streams::input();
    while let Some(mut piece) = input.recv().await {
        while !piece.is_empty() {
            let length = piece.len().min(out.longest());
            out.send(piece.split_to(length)).await?;
        }
    }
    if is_fast {
        out.put(PayloadType::EndOfStream, EndOfStream::default().to_bytes())
            .await?;
    }
    out.drained().await
}
