use std::time::Duration;

/// What a client may ask of the listener before anybody knows who it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Largest request body; beyond it 413 is answered without reading on.
    pub body_bytes: usize,
    /// Largest request line and headers together; beyond it 431. A presigned URL with a session
    /// token of 4 KiB fits with room to spare.
    pub head_bytes: usize,
    /// Most header lines; beyond it 431.
    pub headers: usize,
    /// From a request's first byte, or the connection's opening, to the end of its headers.
    pub head_time: Duration,
    /// From the end of the headers to the end of the body.
    pub body_time: Duration,
    /// How long an answer may wait for a client that does not read it.
    pub write_time: Duration,
    /// How long a connection may stay open between two requests.
    pub idle_time: Duration,
    /// How long a TLS handshake may take.
    pub handshake_time: Duration,
    /// How long requests in flight may go on once the server is stopping.
    pub drain_time: Duration,
    /// Most connections, upgraded ones included; more are closed as soon as they are accepted.
    pub connections: usize,
    /// Most of them that come from one address, an IPv6 network's /64 counting as one, and on which
    /// nobody has proven yet who they are.
    pub strangers_per_address: usize,
}

impl Limits {
    /// The same with room for so many connections.
    #[must_use]
    pub fn for_connections(self, connections: usize) -> Limits {
        Limits {
            connections,
            strangers_per_address: (connections / 8).max(FEW),
            ..self
        }
    }
}

/// What a load balancer or a shared address needs in any case.
const FEW: usize = 64;

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 1024 * 1024,
            head_bytes: 16 * 1024,
            headers: 64,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            // Longer than a load balancer's usual 60 s, so that it is the balancer who closes:
            // else it may send a request into a connection that is just being closed.
            idle_time: Duration::from_secs(75),
            handshake_time: Duration::from_secs(10),
            drain_time: Duration::from_secs(30),
            connections: 4096,
            strangers_per_address: 512,
        }
    }
}
