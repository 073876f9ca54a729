//! Many connections over one session: smux, version 1.
//!
//! The client opens streams, with odd numbers from 3; the agent answers each with a connection of its own.
//! Version 1 has no window for a stream, only one for all: whoever has 4 MiB unread must stop reading the
//! session, and with it everything else. A stream ends in both directions at once.
//!
//! There are no keepalives here: both of AWS's peers leave them out towards versions such as ours, and
//! they would defeat idle timeouts.

mod frame;

use std::collections::{BTreeMap, VecDeque};

use bytes::{Bytes, BytesMut};

use crate::channel::Side;
use frame::{Command, Frame};

pub use frame::InvalidFrame;

/// How many bytes may wait unread in all streams together.
pub const BUDGET_BYTES: usize = 4 << 20;

/// The most data in one frame, as AWS's peers have it.
pub const MAX_DATA: usize = 32 << 10;

/// More streams at a time are refused; AWS's peers know no bound.
pub const MAX_STREAMS: usize = 4096;

/// What happened to a stream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// The client has opened it.
    Opened(u32),
    /// Data of it.
    Data(u32, Bytes),
    /// The other end has ended it; nothing of it follows, and nothing sent on it arrives.
    Finished(u32),
}

/// One end of a multiplexed session.
#[derive(Debug)]
pub struct Multiplexer {
    side: Side,
    next: u32,
    /// The open streams; true when this end has said that it is done.
    streams: BTreeMap<u32, bool>,
    partial: BytesMut,
    events: VecDeque<Event>,
    waiting: usize,
    out: BytesMut,
}

impl Multiplexer {
    /// An end without streams.
    pub fn new(side: Side) -> Multiplexer {
        Multiplexer {
            side,
            next: 3,
            streams: BTreeMap::new(),
            partial: BytesMut::new(),
            events: VecDeque::new(),
            waiting: 0,
            out: BytesMut::new(),
        }
    }

    /// Opens a stream; `None` when there are as many as there may be.
    pub fn open(&mut self) -> Option<u32> {
        if self.streams.len() >= MAX_STREAMS {
            return None;
        }
        let stream = self.next;
        self.next = stream.checked_add(2)?;
        self.streams.insert(stream, false);
        Frame::bare(Command::Syn, stream).write(&mut self.out);
        Some(stream)
    }

    /// Sends data on a stream; it is lost if the stream is not open.
    pub fn send(&mut self, stream: u32, data: &Bytes) {
        if self.streams.get(&stream) != Some(&false) {
            return;
        }
        for start in (0..data.len()).step_by(MAX_DATA) {
            let end = data.len().min(start + MAX_DATA);
            let frame = Frame {
                data: data.slice(start..end),
                ..Frame::bare(Command::Push, stream)
            };
            frame.write(&mut self.out);
        }
    }

    /// Ends a stream; what still comes of it is thrown away.
    pub fn finish(&mut self, stream: u32) {
        if let Some(done @ false) = self.streams.get_mut(&stream) {
            *done = true;
            Frame::bare(Command::Fin, stream).write(&mut self.out);
        }
    }

    /// Whether a stream is open in this end's eyes.
    pub fn is_open(&self, stream: u32) -> bool {
        self.streams.get(&stream) == Some(&false)
    }

    /// Takes in bytes of the session, cut wherever they are.
    ///
    /// # Errors
    ///
    /// If they are not smux of version 1 or more than may be; the session is then of no more use.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), InvalidFrame> {
        self.partial.extend_from_slice(bytes);
        while let Some(frame) = Frame::take(&mut self.partial)? {
            self.handle(frame)?;
        }
        match self.waiting > BUDGET_BYTES + crate::message::MAX_FRAME_BYTES {
            true => Err(InvalidFrame::TooMuch),
            false => Ok(()),
        }
    }

    /// Whether more may be taken in; if not, what is there has to be read first.
    pub fn readable(&self) -> bool {
        self.waiting < BUDGET_BYTES
    }

    /// The next event.
    pub fn take(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.waiting -= cost(&event);
        Some(event)
    }

    /// Bytes for the session, at most this many.
    pub fn transmit(&mut self, most: usize) -> Option<Bytes> {
        let length = self.out.len().min(most);
        (length > 0).then(|| self.out.split_to(length).freeze())
    }

    /// How many bytes wait to be sent.
    pub fn unsent(&self) -> usize {
        self.out.len()
    }

    fn handle(&mut self, frame: Frame) -> Result<(), InvalidFrame> {
        let stream = frame.stream;
        match frame.command {
            Command::Syn => self.opened(stream)?,
            Command::Push => {
                if self.is_open(stream) && !frame.data.is_empty() {
                    self.event(Event::Data(stream, frame.data));
                }
            }
            Command::Fin => {
                if let Some(done) = self.streams.remove(&stream) {
                    self.answer(stream, done);
                }
            }
            Command::Nop => (),
        }
        Ok(())
    }

    fn opened(&mut self, stream: u32) -> Result<(), InvalidFrame> {
        if self.side == Side::Client || self.streams.contains_key(&stream) {
            return Ok(()); // as AWS's: only the client opens, and each once
        }
        if self.streams.len() >= MAX_STREAMS {
            return Err(InvalidFrame::TooManyStreams);
        }
        self.streams.insert(stream, false);
        self.event(Event::Opened(stream));
        Ok(())
    }

    /// The other end has finished; it is answered unless it was itself an answer.
    fn answer(&mut self, stream: u32, done: bool) {
        if !done {
            Frame::bare(Command::Fin, stream).write(&mut self.out);
            self.event(Event::Finished(stream));
        }
    }

    fn event(&mut self, event: Event) {
        self.waiting += cost(&event);
        self.events.push_back(event);
    }
}

/// What a waiting event counts for.
fn cost(event: &Event) -> usize {
    64 + match event {
        Event::Data(_, data) => data.len(),
        Event::Opened(_) | Event::Finished(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pair() -> (Multiplexer, Multiplexer) {
        (Multiplexer::new(Side::Client), Multiplexer::new(Side::Agent))
    }

    fn carry(from: &mut Multiplexer, to: &mut Multiplexer, piece: usize) {
        while let Some(bytes) = from.transmit(piece) {
            to.receive(&bytes).unwrap();
        }
    }

    fn events(of: &mut Multiplexer) -> Vec<Event> {
        std::iter::from_fn(|| of.take()).collect()
    }

    #[test]
    fn streams_of_the_client_are_odd_from_three() {
        let mut client = Multiplexer::new(Side::Client);
        assert_eq!([client.open(), client.open()], [Some(3), Some(5)]);
        assert_eq!(
            client.transmit(99).unwrap(),
            [1, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0][..]
        );
    }

    #[test]
    fn data_comes_out_as_it_went_in() {
        let (mut client, mut agent) = pair();
        let (first, second) = (client.open().unwrap(), client.open().unwrap());
        let long = Bytes::from((0..100_000u32).map(|n| n.to_le_bytes()[0]).collect::<Vec<u8>>());
        client.send(first, &long);
        client.send(second, &Bytes::from_static(b"short"));
        carry(&mut client, &mut agent, 1000);
        let (mut of_first, mut of_second, mut opened) = (Vec::new(), Vec::new(), Vec::new());
        for event in events(&mut agent) {
            match event {
                Event::Data(stream, data) if stream == first => of_first.extend_from_slice(&data),
                Event::Data(_, data) => of_second.extend_from_slice(&data),
                Event::Opened(stream) => opened.push(stream),
                Event::Finished(stream) => panic!("{stream} finished"),
            }
        }
        assert_eq!(
            (of_first, of_second, opened),
            (long.to_vec(), b"short".to_vec(), vec![3, 5])
        );
    }

    #[test]
    fn a_stream_ends_in_both_directions_and_with_one_answer() {
        let (mut client, mut agent) = pair();
        let stream = client.open().unwrap();
        carry(&mut client, &mut agent, 99);
        agent.send(stream, &Bytes::from_static(b"bye"));
        agent.finish(stream);
        agent.finish(stream);
        agent.send(stream, &Bytes::from_static(b"lost"));
        carry(&mut agent, &mut client, 99);
        assert_eq!(
            events(&mut client),
            [
                Event::Data(stream, Bytes::from_static(b"bye")),
                Event::Finished(stream)
            ]
        );
        assert!(!client.is_open(stream) && !agent.is_open(stream));
        client.send(stream, &Bytes::from_static(b"lost"));
        assert_eq!(client.unsent(), 8, "a FIN and nothing else");
        carry(&mut client, &mut agent, 99);
        assert_eq!(events(&mut agent), [Event::Opened(stream)]);
        assert!(agent.streams.is_empty() && client.streams.is_empty());
    }

    #[test]
    fn when_both_finish_at_once_nobody_answers() {
        let (mut client, mut agent) = pair();
        let stream = client.open().unwrap();
        carry(&mut client, &mut agent, 99);
        client.finish(stream);
        agent.finish(stream);
        let (of_client, of_agent) = (client.transmit(99).unwrap(), agent.transmit(99).unwrap());
        agent.receive(&of_client).unwrap();
        client.receive(&of_agent).unwrap();
        assert_eq!((client.unsent(), agent.unsent()), (0, 0));
        assert!(client.streams.is_empty() && agent.streams.is_empty());
    }

    #[test]
    fn what_is_unread_is_bounded() {
        let (mut client, mut agent) = pair();
        let stream = client.open().unwrap();
        let data = Bytes::from(vec![1; MAX_DATA]);
        while agent.readable() {
            client.send(stream, &data);
            carry(&mut client, &mut agent, usize::MAX);
        }
        assert!(agent.waiting >= BUDGET_BYTES && agent.waiting < BUDGET_BYTES + 2 * MAX_DATA);
        agent.take();
        agent.take();
        assert!(agent.readable());
        let refused = (0..300).find_map(|_| {
            client.send(stream, &data);
            let bytes = client.transmit(usize::MAX).unwrap();
            agent.receive(&bytes).err()
        });
        assert_eq!(refused, Some(InvalidFrame::TooMuch));
    }

    #[test]
    fn streams_are_bounded() {
        let (mut client, mut agent) = pair();
        for _ in 0..MAX_STREAMS {
            client.open().unwrap();
        }
        assert_eq!(client.open(), None);
        carry(&mut client, &mut agent, usize::MAX);
        let one_more = [1, 0, 0, 0, 2, 0, 0, 0];
        assert_eq!(agent.receive(&one_more), Err(InvalidFrame::TooManyStreams));
    }

    proptest! {
        #[test]
        fn anything_may_arrive(pieces: Vec<Vec<u8>>) {
            for side in [Side::Client, Side::Agent] {
                let mut end = Multiplexer::new(side);
                let _ = pieces.iter().try_for_each(|piece| end.receive(piece));
                while end.take().is_some() {}
                prop_assert_eq!(end.waiting, 0);
            }
        }
    }
}
