use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use futures_util::StreamExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use super::{FAR, Socket, config};

/// Those who wait for their other end: near ones and far ones.
#[derive(Default)]
struct Waiting([VecDeque<Socket>; 2]);

pub(super) async fn serve(listen: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(listen).await?;
    let waiting = Arc::<Mutex<Waiting>>::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(welcome(stream, Arc::clone(&waiting)));
    }
}

async fn welcome(stream: TcpStream, waiting: Arc<Mutex<Waiting>>) {
    let mut is_far = false;
    #[expect(clippy::result_large_err, reason = "the library asks for this one")]
    let look = |request: &Request, response: Response| {
        is_far = request.uri().path() == FAR;
        Ok(response)
    };
    let accepted = tokio_tungstenite::accept_hdr_async_with_config(stream, look, Some(config())).await;
    let Ok(socket) = accepted else {
        return; // somebody has looked whether we are here
    };
    let met = waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .meet(is_far, socket);
    if let Some((one, other)) = met {
        relay(one, other).await;
    }
}

impl Waiting {
    fn meet(&mut self, is_far: bool, socket: Socket) -> Option<(Socket, Socket)> {
        let (own, others) = (usize::from(is_far), usize::from(!is_far));
        match self.0[others].pop_front() {
            Some(other) => Some((socket, other)),
            None => {
                self.0[own].push_back(socket);
                None
            }
        }
    }
}

/// Frames go on as they are; what has been read is flushed when there is no more of it.
async fn relay(one: Socket, other: Socket) {
    let (to_one, from_one) = one.split();
    let (to_other, from_other) = other.split();
    tokio::select! {
        _ = from_one.forward(to_other) => {}
        _ = from_other.forward(to_one) => {}
    }
}
