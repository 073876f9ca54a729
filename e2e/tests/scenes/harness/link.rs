//! A network between a client and a server that can be cut, in both ways in which networks are.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A listening place whose connections lead to a server; it ends with the test's process.
pub(crate) struct Link {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    condition: Condition,
    connections: Vec<Connection>,
}

#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum Condition {
    #[default]
    Up,
    /// Whoever connects is turned away.
    Cut,
    /// Whoever connects hears nothing.
    Silent,
}

struct Connection {
    ends: [TcpStream; 2],
    /// What is sent on it vanishes.
    is_lost: Arc<AtomicBool>,
}

impl Link {
    /// A link to `host:port`, up.
    pub(crate) fn to(authority: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<Mutex<State>>::default();
        let (shared, authority) = (Arc::clone(&state), authority.to_owned());
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // A server that is not there is no fault of the link's.
                if let Ok(far) = TcpStream::connect(&authority) {
                    shared.lock().unwrap().admit(near, far);
                }
            }
        });
        Self { address, state }
    }

    /// `host:port` of this side.
    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// All connections break, as when a machine on the way is switched off.
    pub(crate) fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.condition = Condition::Cut;
        for connection in state.connections.drain(..) {
            for end in &connection.ends {
                let _ = end.shutdown(Shutdown::Both);
            }
        }
    }

    /// Nothing passes any more and nobody is told, as when a plug is pulled.
    pub(crate) fn silence(&self) {
        let mut state = self.state.lock().unwrap();
        state.condition = Condition::Silent;
        for connection in &state.connections {
            connection.is_lost.store(true, Ordering::Relaxed);
        }
    }

    /// New connections pass again; those that were there stay as they are.
    pub(crate) fn mend(&self) {
        self.state.lock().unwrap().condition = Condition::Up;
    }
}

impl State {
    fn admit(&mut self, near: TcpStream, far: TcpStream) {
        if self.condition == Condition::Cut {
            return; // both are closed
        }
        let is_lost = Arc::new(AtomicBool::new(self.condition == Condition::Silent));
        let again = |stream: &TcpStream| stream.try_clone().unwrap();
        carry(again(&near), again(&far), Arc::clone(&is_lost));
        carry(again(&far), again(&near), Arc::clone(&is_lost));
        let ends = [near, far];
        self.connections.push(Connection { ends, is_lost });
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, is_lost: Arc<AtomicBool>) {
    thread::spawn(move || {
        let mut piece = [0; 16 << 10];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            if !is_lost.load(Ordering::Relaxed) && to.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        if !is_lost.load(Ordering::Relaxed) {
            let _ = to.shutdown(Shutdown::Write);
        }
    });
}
