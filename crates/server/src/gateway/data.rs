//! A data channel, from its first frame to its last.

use std::sync::Arc;

use bytes::Bytes;
use kagiban_session::open::OpenDataChannel;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::meeting::Side;
use super::outbox::outbox;
use super::room::{Room, Seat};
use super::socket::{self, Listener, Stream};
use super::terms::DATA_SILENCE;

/// Serves one end's socket until it is gone, replaced, or the session is over.
pub(super) async fn serve<S: Stream>(
    socket: WebSocketStream<S>,
    room: Arc<Room>,
    side: Side,
    open: &OpenDataChannel,
) {
    let (outbox, inbox) = outbox();
    let name = match side {
        Side::Client => open.client_id.clone(),
        Side::Agent => room.node.to_string(),
    };
    let seat = match room.sit(side, outbox, name) {
        Ok(seat) => seat,
        Err(closed) => {
            return socket::dismiss(socket, closed, CloseCode::Normal, "the session is over").await;
        }
    };
    tracing::debug!(session = %room.place.id, ?side, version = ?open.client_version, "a data channel is open");
    socket::serve(socket, inbox, DATA_SILENCE, Relay { room: &room, seat }).await;
    room.leave(seat);
    tracing::debug!(session = %room.place.id, ?side, "a data channel is closed");
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
