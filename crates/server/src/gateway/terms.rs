//! How long things may take at the gateway, and how much of them there may be.

use std::time::Duration;

/// What the operator says about sessions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Terms {
    /// How long a session waits for an end that is gone.
    pub resume: Duration,
    /// How long a node has to open a session's data channel.
    pub start: Duration,
    /// How long a session may be without input and output at most, whatever its document says.
    pub idle: Option<Duration>,
    /// How long a session may last at most, whatever its document says.
    pub maximum: Option<Duration>,
    /// How many bytes a session may carry in a second, each way; `None` for as many as there are.
    pub bytes_per_second: Option<u64>,
    /// How many sessions of one account may be live.
    pub live_per_account: usize,
    /// How many upgraded connections may be without a proof of who they are.
    pub strangers: usize,
    /// How many of those may come from one address.
    pub strangers_per_address: usize,
}

impl Default for Terms {
    fn default() -> Terms {
        Terms {
            // Long enough for a laptop that is carried to another room, short enough that a shell
            // nobody sits at is not left open over lunch.
            resume: Duration::from_secs(10 * 60),
            // An agent takes half a second; one that cannot read its order never says so.
            start: Duration::from_secs(30),
            idle: None,
            maximum: None,
            bytes_per_second: None,
            live_per_account: 1_000,
            strangers: 256,
            strangers_per_address: 16,
        }
    }
}

/// The terms of one session: the operator's, and what its document says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SessionTerms {
    pub(super) resume: Duration,
    pub(super) start: Duration,
    pub(super) idle: Duration,
    pub(super) maximum: Option<Duration>,
    /// Whether the agent may be told to pause. One that runs a command without a terminal must not: it
    /// takes a pause for the channel's end and loses the exit code.
    pub(super) may_pause: bool,
    /// How many bytes may go in a second, each way.
    pub(super) bytes_per_second: Option<u64>,
}

/// How long a first frame may take: nobody knows whose socket it is until then.
pub(super) const FIRST_FRAME: Duration = Duration::from_secs(10);

/// How often either end is pinged: middle boxes forget connections that are silent for longer.
pub(super) const PING: Duration = Duration::from_secs(25);

/// How long a control channel may be silent. A living agent answers each ping.
pub(super) const CONTROL_SILENCE: Duration = Duration::from_secs(80);

/// How long a data channel may be silent. A person who stops the terminal's output stops the client's
/// reading too, and with it the answers to pings, so this is longer than any thought takes.
pub(super) const DATA_SILENCE: Duration = Duration::from_secs(5 * 60);

/// How long an end that is gone, or that says that it ends, is waited for where nothing more is expected.
pub(super) const DRAIN: Duration = Duration::from_secs(10);

/// How long the last of a session's output may go without progress before the client is told that it
/// is over.
///
/// Our agent says that it ends when its client has everything; AWS's does so at once, and a slow client, or a
/// limit to the session's bytes a second, may let a while pass from one message to the next.
pub(super) const STALLED: Duration = Duration::from_secs(30);

/// How long an agent that has said that a session ends, and whose client is gone, may take to say how.
pub(super) const LAST_WORD: Duration = Duration::from_secs(1);

/// How long the ends of a session wait to be told of its end if it cannot be written down.
pub(super) const UNWRITTEN: Duration = Duration::from_secs(2);

/// How long a socket that has been told to go may take to read another piece of what was still meant for it.
pub(super) const FAREWELL: Duration = Duration::from_secs(10);

/// Bytes that wait for a slow reader, per socket, beyond the one frame that is being written.
pub(super) const OUTBOX_BYTES: usize = 512 * 1024;
