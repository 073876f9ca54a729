//! A data channel, from its first frame to its last.

use std::sync::Arc;

use bytes::Bytes;
use kagiban_session::open::OpenDataChannel;
use tokio_tungstenite::WebSocketStream;

use super::claim::Claim;
use super::outbox::{Inbox, outbox};
use super::room::{NotSeated, Room, Seat};
use super::socket::{self, Listener, Stream};
use super::terms::DATA_SILENCE;
use super::tokens::Opens;

/// One end that has its seat.
pub(super) struct Entered {
    room: Arc<Room>,
    seat: Seat,
    inbox: Inbox,
}

/// Gives an end that a token opens its seat.
///
/// # Errors
///
/// If the session is over, or the token is another client's.
pub(super) fn enter(room: Arc<Room>, opens: Opens, open: &OpenDataChannel) -> Result<Entered, NotSeated> {
    let (outbox, inbox) = outbox();
    let seat = match opens {
        Opens::Client { epoch } => {
            let claim = Claim::new(epoch, &open.client_id);
            room.sit_client(claim, outbox, open.client_id.clone())?
        }
        Opens::Agent => room.sit_agent(outbox)?,
    };
    let (session, version) = (&room.place.id, &open.client_version);
    tracing::debug!(%session, side = ?seat.side, ?version, "a data channel is open");
    Ok(Entered { room, seat, inbox })
}

/// Serves one end's socket until it is gone, replaced, or the session is over.
pub(super) async fn serve<S: Stream>(socket: WebSocketStream<S>, entered: Entered) {
    let Entered { room, seat, inbox } = entered;
    socket::serve(socket, inbox, DATA_SILENCE, Relay { room: &room, seat }).await;
    room.leave(seat);
    tracing::debug!(session = %room.place.id, side = ?seat.side, "a data channel is closed");
}

/// Passes on what one end sends.
struct Relay<'r> {
    room: &'r Room,
    seat: Seat,
}

impl Listener for Relay<'_> {
    async fn heard(&mut self, frame: Bytes) {
        self.room.relay(self.seat, frame).await;
    }
}

#[cfg(test)]
mod tests;
