//! A connection of somebody who has not said yet who they are: it may send a first frame, and no more.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A first frame has a kilobyte or two; what is read with it may be some more.
const STRANGERS_BYTES: usize = 64 * 1024;

/// A stream that ends when a stranger has sent too much.
pub(super) struct Narrow<S> {
    stream: S,
    left: Widening,
}

/// Lifts the limit once it is known who is there.
#[derive(Clone, Debug)]
pub(super) struct Widening(Arc<AtomicUsize>);

impl Widening {
    pub(super) fn widen(&self) {
        self.0.store(usize::MAX, Ordering::Relaxed);
    }
}

impl<S> Narrow<S> {
    pub(super) fn new(stream: S) -> (Narrow<S>, Widening) {
        let left = Widening(Arc::new(AtomicUsize::new(STRANGERS_BYTES)));
        let widening = left.clone();
        (Narrow { stream, left }, widening)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Narrow<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().len() - before;
        let left = self.left.0.load(Ordering::Relaxed);
        if left == usize::MAX {
            return Poll::Ready(Ok(()));
        }
        match left.checked_sub(read) {
            // Nobody else writes to it but to widen it, and then it does not matter.
            Some(left) => {
                self.left.0.store(left, Ordering::Relaxed);
                Poll::Ready(Ok(()))
            }
            None => Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into())),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Narrow<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn a_stranger_may_send_a_first_frame_and_no_more() {
        let (mut far, near) = duplex(1 << 20);
        let (mut narrow, widening) = Narrow::new(near);
        far.write_all(&vec![0; STRANGERS_BYTES + 1]).await.unwrap();
        let mut first = vec![0; STRANGERS_BYTES];
        narrow.read_exact(&mut first).await.unwrap();
        let error = narrow.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
        widening.widen();
        far.write_u8(7).await.unwrap();
        assert_eq!(narrow.read_u8().await.unwrap(), 7);
    }
}
