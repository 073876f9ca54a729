//! Standard input and output on threads of their own: the system reads and writes them by blocking, and
//! the session has to go on meanwhile.

use std::io;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::platform::terminal::{self, Screen};

/// The longest piece that is read.
const PIECE: usize = 32 << 10;

/// Standard input, in pieces; it ends with the input.
pub(super) fn input() -> mpsc::Receiver<Bytes> {
    let (to, from) = mpsc::channel(2);
    std::thread::spawn(move || {
        let mut piece = vec![0; PIECE];
        loop {
            match terminal::read(&mut piece) {
                Ok(0) => return,
                Ok(length) => {
                    if to
                        .blocking_send(Bytes::copy_from_slice(&piece[..length]))
                        .is_err()
                    {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(_) => return,
            }
        }
    });
    from
}

/// Standard output.
pub(super) struct Output {
    to: mpsc::Sender<Bytes>,
    done: oneshot::Receiver<()>,
}

/// Nobody reads the output any more.
#[derive(Debug)]
pub(super) struct Unread;

impl Output {
    pub(super) fn new() -> Output {
        let (to, mut from) = mpsc::channel::<Bytes>(2);
        let (finished, done) = oneshot::channel();
        std::thread::spawn(move || {
            let mut screen = Screen::default();
            while let Some(bytes) = from.blocking_recv() {
                if screen.write(&bytes).is_err() {
                    return;
                }
            }
            let _nobody_waits = finished.send(());
        });
        Output { to, done }
    }

    /// Writes, as soon as what was written before is out. Dropped meanwhile, nothing of it is written.
    pub(super) async fn write(&self, bytes: Bytes) -> Result<(), Unread> {
        self.to.send(bytes).await.map_err(|_| Unread)
    }

    /// Waits until all is written or nobody reads it any more, however slowly; or until whoever waits is
    /// to `leave`.
    pub(super) async fn finish(self, leave: impl Future<Output = ()>) {
        drop(self.to);
        tokio::select! {
            _written_or_unread = self.done => (),
            () = leave => (),
        }
    }
}
