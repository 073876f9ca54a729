use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use super::{Limits, Refusal};

/// Reads a whole body, or says why not; never reads more than the limit.
pub(super) async fn read(body: Incoming, limits: &Limits) -> Result<Bytes, Refusal> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    // The announced length refuses at once what would be read for nothing.
    if body.size_hint().lower() > u64::try_from(limits.body_bytes).unwrap_or(u64::MAX) {
        return Err(Refusal::BodyTooLarge);
    }
    let mut body = pin!(collect(body, limits.body_bytes));
    // Nearly every body has come with its head: no timer is set for those.
    if let Poll::Ready(result) = poll_fn(|cx| Poll::Ready(body.as_mut().poll(cx))).await {
        return result;
    }
    match timeout(limits.body_time, body).await {
        Ok(result) => result,
        Err(_elapsed) => Err(Refusal::BodyTooSlow),
    }
}

/// A body of one piece, as nearly all are, is passed on without copying.
async fn collect(mut body: Incoming, limit: usize) -> Result<Bytes, Refusal> {
    let first = match next(&mut body).await? {
        Some(first) if first.len() > limit => return Err(Refusal::BodyTooLarge),
        Some(first) if body.is_end_stream() => return Ok(first),
        Some(first) => first,
        None => return Ok(Bytes::new()),
    };
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(0);
    let mut whole = BytesMut::with_capacity(first.len() + announced.min(limit));
    whole.extend_from_slice(&first);
    while let Some(piece) = next(&mut body).await? {
        if whole.len() + piece.len() > limit {
            return Err(Refusal::BodyTooLarge);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// The next piece of data; trailers are dropped, since no AWS client sends any here.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Refusal> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_broken| Refusal::BodyBroken)?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}
