//! A session as its two ends meet: who is there, what may pass, and when it is over.
//!
//! No socket, no store and no clock: sockets come and go and frames arrive as calls, and what is to be
//! done about it comes back as [`Act`]s. So every order of events can be tried without a network.

use std::time::{Duration, Instant};

use kagiban_session::acknowledge::Acknowledge;
use kagiban_session::relay::AcknowledgedMarks;

use super::ending::{Completion, Ending};
use super::terms::{DRAIN, LAST_WORD, STALLED, SessionTerms};

/// The ends of a session.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Side {
    /// Who asked for the session.
    Client,
    /// The node.
    Agent,
}

impl Side {
    /// The other end.
    pub(super) fn other(self) -> Side {
        match self {
            Side::Client => Side::Agent,
            Side::Agent => Side::Client,
        }
    }
}

/// As much of a frame as the meeting has to know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Heard {
    /// A numbered piece of the stream.
    Stream {
        /// Its number.
        sequence: i64,
        /// Whether somebody at an end does something: terminal or port bytes, not a window's size.
        alive: bool,
        /// Whether it asks the agent to end the session.
        farewell: bool,
    },
    /// A piece of the other end's stream has arrived.
    Acknowledge(Acknowledge),
    /// The agent says how the session is, to the gateway alone.
    State {
        /// It is ending it.
        terminating: bool,
    },
    /// What nobody at this end has to say.
    Foreign,
}

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// It goes to the other end as it is.
    Forward,
    /// It has been acknowledged before, and the acknowledgement was lost on its sender: it gets another.
    Answer,
    /// It goes nowhere.
    Drop,
}

/// What is to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Act {
    /// `start_publication` goes to this end.
    Start(Side),
    /// `pause_publication` goes to the agent.
    Pause,
    /// Both ends are there, or one is missing: whoever lists sessions is told.
    Joined(bool),
    /// It is over: the record is ended; then both ends are told, and closed.
    End(Ending),
}

/// Whether an end is there.
#[derive(Clone, Copy, Debug)]
enum Presence {
    Here,
    /// Not yet, since the session began or the server was started.
    Awaited(Instant),
    /// Not any more.
    Gone(Instant),
}

impl Presence {
    fn is_here(self) -> bool {
        matches!(self, Presence::Here)
    }
}

/// One session.
#[derive(Debug)]
pub(super) struct Meeting {
    terms: SessionTerms,
    client: Presence,
    agent: Presence,
    /// Whether the agent has ever opened its data channel.
    agent_came: bool,
    /// When the session's longest time is over.
    over: Option<Instant>,
    active: Instant,
    /// Whether anything of the agent's stream has reached the client.
    relayed: bool,
    paused: bool,
    /// The client has asked the agent to end the session, by the message of this number.
    farewell: Option<i64>,
    /// The agent is ending it; since when, or since when nothing has passed any more.
    terminating: Option<Instant>,
    /// The agent has ended it; what is left of its output is on its way until then.
    completed: Option<(Completion, Instant)>,
    ended: bool,
    /// Which numbers of each end's stream have been acknowledged.
    from_client: AcknowledgedMarks,
    from_agent: AcknowledgedMarks,
}

/// How a session stands when its meeting begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beginning {
    /// How long it has lasted.
    pub(super) age: Duration,
    /// Whether its agent has opened a data channel before: the server was started again since.
    pub(super) agent_came: bool,
}

impl Meeting {
    /// A session that nobody has come to yet.
    pub(super) fn new(terms: SessionTerms, beginning: Beginning, now: Instant) -> Meeting {
        let over = terms
            .maximum
            .map(|maximum| now + maximum.saturating_sub(beginning.age));
        Meeting {
            terms,
            client: Presence::Awaited(now),
            agent: match beginning.agent_came {
                true => Presence::Gone(now),
                false => Presence::Awaited(now),
            },
            agent_came: beginning.agent_came,
            over,
            active: now,
            relayed: false,
            paused: false,
            farewell: None,
            terminating: None,
            completed: None,
            ended: false,
            from_client: AcknowledgedMarks::default(),
            from_agent: AcknowledgedMarks::default(),
        }
    }

    /// Whether the agent has ever opened its data channel.
    pub(super) fn agent_came(&self) -> bool {
        self.agent_came
    }

    /// A socket of this end is there, perhaps in place of an older one.
    pub(super) fn arrived(&mut self, side: Side) -> Vec<Act> {
        if self.ended {
            return Vec::new();
        }
        *self.end(side) = Presence::Here;
        if side == Side::Agent {
            self.agent_came = true;
            self.paused = false; // its own reconnect has un-paused it
            self.terminating = None;
        }
        match self.client.is_here() && self.agent.is_here() {
            false => Vec::new(),
            true => {
                self.paused = false;
                vec![
                    Act::Start(Side::Client),
                    Act::Start(Side::Agent),
                    Act::Joined(true),
                ]
            }
        }
    }

    /// This end's only socket is gone.
    pub(super) fn left(&mut self, side: Side, now: Instant) -> Vec<Act> {
        if self.ended {
            return Vec::new();
        }
        let joined = self.client.is_here() && self.agent.is_here();
        *self.end(side) = Presence::Gone(now);
        if let Some((completion, _)) = self.completed.take() {
            return vec![self.over(Ending::Completed(completion))];
        }
        if self.farewell.is_some() && self.is_empty() {
            return vec![self.over(Ending::Left { heard: false })];
        }
        match joined {
            true => vec![Act::Joined(false)],
            false => Vec::new(),
        }
    }

    /// A frame has come from this end.
    pub(super) fn heard(&mut self, side: Side, heard: Heard, now: Instant) -> (Verdict, Option<Act>) {
        if self.ended {
            return (Verdict::Drop, None);
        }
        match heard {
            Heard::Stream {
                sequence,
                alive,
                farewell,
            } => {
                if alive {
                    self.active = now;
                }
                if farewell && side == Side::Client {
                    self.farewell.get_or_insert(sequence);
                }
                self.stream(side, sequence, now)
            }
            Heard::Acknowledge(acknowledge) => {
                self.marks(side.other()).note(&acknowledge);
                self.goes_on(now);
                let verdict = match self.end(side.other()).is_here() {
                    true => Verdict::Forward,
                    false => Verdict::Drop,
                };
                (verdict, self.heard_farewell())
            }
            Heard::State { terminating } => {
                if terminating && side == Side::Agent {
                    self.terminating.get_or_insert(now);
                }
                (Verdict::Drop, None)
            }
            Heard::Foreign => (Verdict::Drop, None),
        }
    }

    /// The end, once the agent has heard that the client wants it: nobody waits for what would still come.
    fn heard_farewell(&mut self) -> Option<Act> {
        let heard = self.from_client.covers(self.farewell?);
        heard.then(|| self.over(Ending::Left { heard }))
    }

    fn stream(&mut self, side: Side, sequence: i64, now: Instant) -> (Verdict, Option<Act>) {
        if self.marks(side).covers(sequence) {
            return (Verdict::Answer, None);
        }
        if self.end(side.other()).is_here() {
            self.relayed |= side == Side::Agent;
            self.goes_on(now);
            return (Verdict::Forward, None);
        }
        // An agent that was paused before its first message reached anybody would not send it again,
        // and the client would wait for it.
        let pause = side == Side::Agent && self.relayed && self.terms.may_pause && !self.paused;
        self.paused |= pause;
        (Verdict::Drop, pause.then_some(Act::Pause))
    }

    /// Something still passes, so that what the agent has begun to end is not at its end yet.
    fn goes_on(&mut self, now: Instant) {
        if let Some((_, until)) = &mut self.completed {
            *until = now + STALLED;
        }
        if let Some(since) = &mut self.terminating {
            *since = now;
        }
    }

    /// The agent has ended the session, as it says over its control channel.
    pub(super) fn completed(&mut self, completion: Completion, now: Instant) -> Vec<Act> {
        if self.ended || self.completed.is_some() {
            return Vec::new();
        }
        match self.agent.is_here() && self.client.is_here() {
            // What it has sent before over its data channel may still be on its way.
            true => {
                self.completed = Some((completion, now + STALLED));
                Vec::new()
            }
            false => vec![self.over(Ending::Completed(completion))],
        }
    }

    /// Somebody or something ends it now.
    pub(super) fn end_for(&mut self, ending: Ending) -> Vec<Act> {
        match self.ended {
            true => Vec::new(),
            false => vec![self.over(ending)],
        }
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Instant) -> Vec<Act> {
        if self.ended {
            return Vec::new();
        }
        let due = self.timers().into_iter().flatten();
        let first = due.filter(|(at, _)| *at <= now).min_by_key(|(at, _)| *at);
        match first {
            Some((_, ending)) => vec![self.over(ending)],
            None => Vec::new(),
        }
    }

    /// When to tick next, if at all.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.ended {
            true => None,
            false => self.timers().into_iter().flatten().map(|(at, _)| at).min(),
        }
    }

    fn timers(&self) -> [Option<(Instant, Ending)>; 6] {
        let SessionTerms {
            resume, start, idle, ..
        } = self.terms;
        [
            Some((self.active + idle, Ending::Idle(idle))),
            self.over
                .map(|at| (at, Ending::Maximum(self.terms.maximum.unwrap_or_default()))),
            match self.agent {
                Presence::Here => None,
                Presence::Awaited(since) => Some((since + start, Ending::NoAgent)),
                Presence::Gone(since) => Some((since + resume, Ending::AgentLost)),
            },
            match self.client {
                Presence::Here => None,
                Presence::Gone(since) if self.farewell.is_some() => {
                    Some((since + DRAIN, Ending::Left { heard: false }))
                }
                Presence::Awaited(since) | Presence::Gone(since) => {
                    Some((since + resume, Ending::ClientLost))
                }
            },
            self.terminating.map(|since| {
                let patience = match (self.client.is_here(), self.agent.is_here()) {
                    (false, false) => LAST_WORD,
                    (true, true) => STALLED,
                    _ => DRAIN,
                };
                (since + patience, Ending::Completed(Completion::default()))
            }),
            self.completed
                .as_ref()
                .map(|(completion, until)| (*until, Ending::Completed(completion.clone()))),
        ]
    }

    fn over(&mut self, ending: Ending) -> Act {
        self.ended = true;
        self.completed = None;
        Act::End(ending)
    }

    /// Whether nobody is there.
    fn is_empty(&self) -> bool {
        !self.client.is_here() && !self.agent.is_here()
    }

    fn end(&mut self, side: Side) -> &mut Presence {
        match side {
            Side::Client => &mut self.client,
            Side::Agent => &mut self.agent,
        }
    }

    /// What has been acknowledged of this end's stream.
    fn marks(&mut self, side: Side) -> &mut AcknowledgedMarks {
        match side {
            Side::Client => &mut self.from_client,
            Side::Agent => &mut self.from_agent,
        }
    }
}

#[cfg(test)]
mod tests;
