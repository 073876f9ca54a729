use std::sync::Mutex;

use kagiban_session::channel::{Side, Start};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{WebSocketStream, accept_async};

use futures_util::{SinkExt as _, StreamExt as _};

use super::*;
use crate::{Connector, Signer, websocket};

type Accepted = WebSocketStream<TcpStream>;

/// Reaches the gateway of the test.
struct Dialler {
    port: u16,
    name: &'static str,
    over: Arc<Mutex<bool>>,
}

impl Dial for Dialler {
    async fn dial(&mut self) -> Result<Dialled, NotDialled> {
        if *self.over.lock().unwrap() {
            return Err(NotDialled::Over("it has ended".to_owned()));
        }
        let url = format!("ws://127.0.0.1:{}/", self.port).parse().unwrap();
        let connector = Connector::new(None).unwrap();
        let socket = websocket::connect(&connector, &url, &Signer::Nobody).await?;
        let first_frame = self.name.to_owned().into();
        Ok(Dialled { socket, first_frame })
    }
}

/// Relays between two sockets until `frames` have been, then drops both.
async fn relay(listener: &TcpListener, frames: usize) {
    let (mut one, mut other) = (accept(listener).await, accept(listener).await);
    for _ in 0..frames {
        let (from_one, frame) = tokio::select! {
            frame = one.next() => (true, frame),
            frame = other.next() => (false, frame),
        };
        let Some(Ok(frame @ Frame::Binary(_))) = frame else {
            match frame {
                Some(Ok(_)) => continue,
                _ => return,
            }
        };
        let to = if from_one { &mut other } else { &mut one };
        if to.send(frame).await.is_err() {
            return;
        }
    }
}

async fn accept(listener: &TcpListener) -> Accepted {
    let (socket, _) = listener.accept().await.unwrap();
    let mut socket = accept_async(socket).await.unwrap();
    let first = socket.next().await.unwrap().unwrap();
    assert!(matches!(&first, Frame::Text(text) if ["client", "agent"].contains(&text.as_str())));
    socket
}

struct Pair {
    client: (Outlet, Inlet),
    agent: (Outlet, Inlet),
    over: Arc<Mutex<bool>>,
}

async fn pair(port: u16) -> Pair {
    let over = Arc::new(Mutex::new(false));
    let open = |side, name| {
        let now = std::time::Instant::now();
        let channel = Channel::new(
            side,
            Start {
                now,
                unix_ms: 1,
                random: [7; 16],
            },
        );
        let over = Arc::clone(&over);
        open(channel, Dialler { port, name, over }, Duration::from_secs(20))
    };
    let client = open(Side::Client, "client").await.unwrap();
    let agent = open(Side::Agent, "agent").await.unwrap();
    Pair { client, agent, over }
}

async fn data(inlet: &mut Inlet) -> Bytes {
    loop {
        match inlet.next().await.expect("it goes on") {
            News::Event(Event::Data { payload, .. }) => return payload,
            News::Over(why) => panic!("{why}"),
            _ => (),
        }
    }
}

#[tokio::test]
async fn what_was_sent_arrives_though_the_sockets_break() {
    for fast in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            for frames in [5, 0, 12, 40] {
                relay(&listener, frames).await;
            }
            relay(&listener, usize::MAX).await;
        });
        let Pair { client, agent, .. } = pair(port).await;
        let ((outlet, mut inlet), (agent, _its_inlet)) = (client, agent);
        if fast {
            outlet.speak_fast(FastMode::OURS).await.unwrap();
            agent.speak_fast(FastMode::OURS).await.unwrap();
            assert_eq!(agent.max_payload(), 256 << 10);
        }
        tokio::spawn(async move {
            for number in 0u32..300 {
                let payload = Bytes::copy_from_slice(&number.to_be_bytes());
                agent.send(PayloadType::Output, payload).await.unwrap();
            }
            agent.drained().await.unwrap();
            agent.send(PayloadType::Output, Bytes::new()).await.unwrap();
            agent.drained().await
        });
        for number in 0u32..300 {
            assert_eq!(data(&mut inlet).await, number.to_be_bytes()[..]);
        }
        assert!(data(&mut inlet).await.is_empty());
        drop(outlet);
    }
}

#[tokio::test]
async fn who_does_not_read_stops_the_sender() {
    for fast in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { relay(&listener, usize::MAX).await });
        let Pair { client, agent, .. } = pair(port).await;
        let ((outlet, mut inlet), (agent, mut its_inlet)) = (client, agent);
        if fast {
            outlet.speak_fast(FastMode::OURS).await.unwrap();
            agent.speak_fast(FastMode::OURS).await.unwrap();
        }
        let sent = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&sent);
        let sending = tokio::spawn(async move {
            for _ in 0..1000 {
                let payload = Bytes::from(vec![7; 30_000]);
                agent.send(PayloadType::Output, payload).await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
            }
            agent
        });
        // Nothing more goes once all the room there is has been filled.
        let mut before = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let now = sent.load(Ordering::Relaxed);
            if now == before && now > 0 {
                break;
            }
            before = now;
        }
        assert!(before < 900, "{before} messages were sent");
        if fast {
            outlet
                .send(PayloadType::Output, Bytes::from_static(b"hello"))
                .await
                .unwrap();
            assert_eq!(data(&mut its_inlet).await, "hello");
        }
        for _ in 0..1000 {
            assert_eq!(data(&mut inlet).await.len(), 30_000);
        }
        sending.await.unwrap();
    }
}

#[tokio::test]
async fn a_session_that_is_over_is_told_with_its_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let relaying = tokio::spawn(async move { relay(&listener, 3).await });
    let Pair { client, agent, over } = pair(port).await;
    let ((_outlet, mut inlet), (agent, _its_inlet)) = (client, agent);
    *over.lock().unwrap() = true;
    for _ in 0..3 {
        agent
            .send(PayloadType::Output, Bytes::from_static(b"x"))
            .await
            .unwrap();
    }
    relaying.await.unwrap();
    let mut told = Vec::new();
    while let Some(news) = inlet.next().await {
        told.push(news);
    }
    assert!(
        matches!(told.last(), Some(News::Over(why)) if why == "it has ended"),
        "{told:?}"
    );
    assert!(told.iter().any(|news| matches!(news, News::Interrupted)));
}

#[tokio::test]
async fn a_slow_reader_is_waited_for_as_long_as_it_reads() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { relay(&listener, usize::MAX).await });
    let Pair { client, agent, .. } = pair(port).await;
    let ((outlet, mut inlet), (agent, _its_inlet)) = (client, agent);
    outlet.speak_fast(FastMode::OURS).await.unwrap();
    agent.speak_fast(FastMode::OURS).await.unwrap();
    let fill = |agent: Outlet, pieces: usize| async move {
        for _ in 0..pieces {
            agent
                .send(PayloadType::Output, Bytes::from(vec![7; 30_000]))
                .await
                .unwrap();
        }
        agent
    };
    let patience = Duration::from_secs(2);
    let ending = tokio::spawn({
        let filling = fill(agent.clone(), 1000);
        async move { filling.await.drained_while_taken(patience).await }
    });
    let began = std::time::Instant::now();
    for piece in 0..1000 {
        if piece % 20 == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(data(&mut inlet).await.len(), 30_000);
    }
    assert!(began.elapsed() > patience, "slow enough");
    assert_eq!(ending.await.unwrap(), Ok(()));
    // More than the reader's window, and no more than may wait beside it.
    let agent = fill(agent, 200).await;
    let waited = agent.drained_while_taken(Duration::from_millis(500)).await;
    assert_eq!(waited, Err(Ended), "nobody reads");
}
