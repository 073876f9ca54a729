//! One live session: its meeting, the sockets of its two ends, and what they have carried.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use kagiban_iam::Scope;
use kagiban_session::message::Header;
use prometheus_client::metrics::counter::Counter;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::claim::Claim;
use super::controls::Node;
use super::ending::{Completion, Ending};
use super::frames::{Frames, heard};
use super::meeting::{Act, Beginning, Heard, Meeting, Side, Verdict};
use super::outbox::Outbox;
use super::pace::Pace;
use super::terms::SessionTerms;

/// Which session.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Place {
    pub(super) scope: Scope,
    pub(super) id: Arc<str>,
}

/// A live session.
pub(super) struct Room {
    pub(super) place: Place,
    /// The node it is on.
    pub(super) node: Arc<str>,
    state: Mutex<State>,
    pace: [Pace; 2],
    carried: [AtomicU64; 2],
    /// What all sessions have carried together.
    relayed: [Counter; 2],
    /// Something has changed that the session's own task has to look at.
    pub(super) changed: Notify,
}

struct State {
    meeting: Meeting,
    frames: Frames,
    ends: [Option<Attached>; 2],
    sockets: u64,
    /// Whose the newest token is that a client has come with.
    claim: Option<Claim>,
    news: News,
    /// What the client is told at the end, once it is over.
    last_words: Option<String>,
    /// The word to the agent that its news of the end has arrived, until that is written down.
    receipt: Option<Bytes>,
}

/// One socket of an end.
struct Attached {
    number: u64,
    outbox: Outbox,
    /// What the end calls itself.
    name: String,
}

/// What the session's task has to write down, and to tell the node.
#[derive(Clone, Debug, Default)]
pub(super) struct News {
    /// Whether both ends are there, if that has changed.
    pub(super) joined: Option<bool>,
    /// A client has made the newest token its own.
    pub(super) claim: Option<Claim>,
    /// It is over.
    pub(super) ending: Option<Ending>,
    /// The agent has to be told on its control channel.
    pub(super) tell_node: bool,
}

/// Which of its end's sockets one is; a newer one has taken the place of all before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub(super) side: Side,
    number: u64,
}

/// Why an end gets no seat.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum NotSeated {
    /// The session is over; with what its client is shown.
    Over(String),
    /// Its token is another client's.
    Claimed,
}

impl Room {
    /// `claim` is the newest that was made before the server was started.
    pub(super) fn new(
        place: Place,
        node: Arc<str>,
        terms: SessionTerms,
        (beginning, claim): (Beginning, Option<Claim>),
        relayed: [Counter; 2],
    ) -> Room {
        let now = Instant::now();
        Room {
            place,
            node,
            state: Mutex::new(State {
                meeting: Meeting::new(terms, beginning, now),
                frames: Frames::new(),
                ends: [None, None],
                sockets: 0,
                claim,
                news: News::default(),
                last_words: None,
                receipt: None,
            }),
            pace: [terms.bytes_per_second, terms.bytes_per_second].map(Pace::new),
            carried: Default::default(),
            relayed,
            changed: Notify::new(),
        }
    }

    /// Gives a client's new socket its seat, if the token is or becomes its own; an older one is closed.
    ///
    /// # Errors
    ///
    /// If the session is over, or the token is another client's.
    pub(super) fn sit_client(&self, claim: Claim, outbox: Outbox, name: String) -> Result<Seat, NotSeated> {
        let mut state = self.lock();
        state.admit(claim)?;
        Ok(self.sit(&mut state, Side::Client, outbox, name))
    }

    /// Gives the node's new socket its seat; an older one is closed.
    ///
    /// # Errors
    ///
    /// If the session is over.
    pub(super) fn sit_agent(&self, outbox: Outbox) -> Result<Seat, NotSeated> {
        let mut state = self.lock();
        state.is_open()?;
        Ok(self.sit(&mut state, Side::Agent, outbox, self.node.to_string()))
    }

    fn sit(&self, state: &mut State, side: Side, outbox: Outbox, name: String) -> Seat {
        state.sockets += 1;
        let number = state.sockets;
        let attached = Attached { number, outbox, name };
        if let Some(older) = state.ends[index(side)].replace(attached) {
            older
                .outbox
                .close(CloseCode::Policy, "a newer connection has taken over");
        }
        let acts = state.meeting.arrived(side);
        self.perform(state, acts);
        self.changed.notify_one(); // there may be a new deadline, or a claim to be written down
        Seat { side, number }
    }

    /// The socket of this seat is gone.
    pub(super) fn leave(&self, seat: Seat) {
        let mut state = self.lock();
        let end = &mut state.ends[index(seat.side)];
        if end
            .as_ref()
            .is_some_and(|attached| attached.number == seat.number)
        {
            *end = None;
            let acts = state.meeting.left(seat.side, Instant::now());
            self.perform(&mut state, acts);
            self.changed.notify_one();
        }
    }

    /// Takes in a frame from a seat, and waits until the other end has space for it.
    pub(super) async fn relay(&self, seat: Seat, frame: Bytes) {
        let Ok(mut header) = Header::peek(&frame) else {
            tracing::debug!(session = %self.place.id, "a malformed frame was dropped");
            return;
        };
        let Some(outbox) = self.way(seat, &mut header, &frame) else {
            return;
        };
        let bytes = frame.len() as u64;
        self.carried[index(seat.side)].fetch_add(bytes, Ordering::Relaxed);
        self.relayed[index(seat.side)].inc_by(bytes);
        self.pace[index(seat.side)].wait(frame.len()).await;
        if let Some(space) = outbox.space(frame.len()).await {
            outbox.put(frame, space);
        }
    }

    /// Where a frame goes, if anywhere. What comes from a socket that has been replaced, or when the
    /// session is over, is not even looked at.
    fn way(&self, seat: Seat, header: &mut Header, frame: &Bytes) -> Option<Outbox> {
        let heard = heard(seat.side, header, frame);
        let mut state = self.lock();
        let this = state.ends[index(seat.side)].as_ref();
        let own = this.filter(|attached| attached.number == seat.number)?;
        let own = own.outbox.clone();
        if let Heard::State { .. } = heard {
            self.changed.notify_one(); // there may be a new deadline
        }
        let (verdict, act) = state.meeting.heard(seat.side, heard, Instant::now());
        self.perform(&mut state, act);
        match verdict {
            Verdict::Forward => {
                let other = state.ends[index(seat.side.other())].as_ref();
                other.map(|other| other.outbox.clone())
            }
            Verdict::Answer => {
                own.offer(state.frames.acknowledge(header));
                None
            }
            Verdict::Drop => None,
        }
    }

    /// The agent has ended the session, and says so until it has the receipt.
    pub(super) fn completed(&self, completion: Completion, receipt: Bytes) {
        let mut state = self.lock();
        state.receipt = Some(receipt);
        let acts = state.meeting.completed(completion, Instant::now());
        self.perform(&mut state, acts);
        self.changed.notify_one();
    }

    /// Ends it now.
    pub(super) fn end(&self, ending: Ending) {
        let mut state = self.lock();
        let acts = state.meeting.end_for(ending);
        self.perform(&mut state, acts);
    }

    /// Ends it if its time is over; returns when to look again.
    pub(super) fn tick(&self) -> Option<Instant> {
        let mut state = self.lock();
        let acts = state.meeting.tick(Instant::now());
        self.perform(&mut state, acts);
        state.meeting.deadline()
    }

    /// The node, as the registry of control channels knows it.
    pub(super) fn its_node(&self) -> Node {
        Node {
            scope: self.place.scope,
            id: Arc::clone(&self.node),
        }
    }

    /// What has happened since this was last asked.
    pub(super) fn news(&self) -> News {
        std::mem::take(&mut self.lock().news)
    }

    /// Whether the agent has ever come.
    pub(super) fn agent_came(&self) -> bool {
        self.lock().meeting.agent_came()
    }

    /// Bytes that the client and the agent have sent.
    pub(super) fn carried(&self) -> [u64; 2] {
        [0, 1].map(|side: usize| self.carried[side].load(Ordering::Relaxed))
    }

    /// What the agent is to be told once its news are written down, if it has brought any.
    pub(super) fn receipt(&self) -> Option<Bytes> {
        self.lock().receipt.take()
    }

    /// Tells both ends that it is over, and closes their sockets.
    pub(super) fn dismiss(&self) {
        let state = &mut *self.lock();
        let Some(words) = &state.last_words else { return };
        for attached in state.ends.iter_mut().filter_map(Option::take) {
            let frame = state.frames.channel_closed(&self.place.id, &attached.name, words);
            attached.outbox.insist(frame);
            attached.outbox.close(CloseCode::Normal, "the session is over");
        }
    }

    /// Closes both sockets; the session goes on elsewhere, or here once the server is back.
    pub(super) fn close(&self) {
        for attached in self.lock().ends.iter().flatten() {
            attached.outbox.close(CloseCode::Away, "the server is stopping");
        }
    }

    fn perform(&self, state: &mut State, acts: impl IntoIterator<Item = Act>) {
        for act in acts {
            match act {
                Act::Start(side) => {
                    let frame = state.frames.start_publication();
                    state.insist(side, frame);
                }
                Act::Pause => {
                    let frame = state.frames.pause_publication();
                    state.insist(Side::Agent, frame);
                }
                Act::Joined(joined) => state.news.joined = Some(joined),
                Act::End(ending) => state.end(ending),
            }
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_open(&self) -> Result<(), NotSeated> {
        match &self.last_words {
            Some(words) => Err(NotSeated::Over(words.clone())),
            None => Ok(()),
        }
    }

    /// Lets a client in whose claim stands after the last one.
    fn admit(&mut self, claim: Claim) -> Result<(), NotSeated> {
        self.is_open()?;
        let held = self.claim.as_ref();
        if held.is_some_and(|held| !claim.stands_after(held)) {
            return Err(NotSeated::Claimed);
        }
        if held.is_none_or(|held| held.epoch < claim.epoch) {
            self.news.claim = Some(claim.clone());
            self.claim = Some(claim);
        }
        Ok(())
    }

    fn insist(&self, side: Side, frame: Bytes) {
        if let Some(attached) = &self.ends[index(side)] {
            attached.outbox.insist(frame);
        }
    }

    /// It is over; both ends are told by [`Room::dismiss`].
    fn end(&mut self, ending: Ending) {
        // On its control channel too: a program that does not read keeps the agent from hearing it elsewhere.
        self.news.tell_node = !ending.is_known_to_agent();
        self.last_words = Some(ending.output());
        self.news.ending = Some(ending);
    }
}

fn index(side: Side) -> usize {
    match side {
        Side::Client => 0,
        Side::Agent => 1,
    }
}
