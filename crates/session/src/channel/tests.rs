//! Both ends over a link that loses, doubles and reorders, by a clock that only the test moves.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::message::MessageId;

/// What a link does to frames, in hundredths of them.
#[derive(Clone, Copy, Debug)]
struct Link {
    lost: u64,
    doubled: u64,
    delayed: u64,
}

const GOOD: Link = Link {
    lost: 0,
    doubled: 0,
    delayed: 0,
};

/// Two ends, a link, a clock and dice.
struct World {
    link: Link,
    now: Instant,
    ends: [Channel; 2],
    flying: BinaryHeap<Reverse<(Instant, u64, usize, Bytes)>>,
    dice: u64,
    frames: u64,
    arrived: [Vec<Vec<u8>>; 2],
}

fn end(side: Side, now: Instant) -> Channel {
    let random = [side as u8; 16];
    Channel::new(
        side,
        Start {
            now,
            unix_ms: 1_700_000_000_000,
            random,
        },
    )
}

impl World {
    fn new(link: Link, seed: u64, fast: bool) -> World {
        let now = Instant::now();
        let mut ends = [end(Side::Client, now), end(Side::Agent, now)];
        if fast {
            ends.iter_mut()
                .for_each(|end| end.speak_fast(FastMode::OURS, now));
        }
        World {
            link,
            now,
            ends,
            flying: BinaryHeap::new(),
            dice: seed | 1,
            frames: 0,
            arrived: [Vec::new(), Vec::new()],
        }
    }

    fn roll(&mut self, hundredths: u64) -> bool {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 20) % 100 < hundredths
    }

    /// Lets everything that can happen now happen, then goes on to the next thing.
    fn step(&mut self) -> bool {
        for from in 0..2 {
            while let Some(frame) = self.ends[from].transmit(self.now) {
                self.fly(1 - from, &frame);
            }
        }
        let deadlines = self.ends.iter().filter_map(Channel::deadline);
        let landing = self.flying.peek().map(|Reverse((when, ..))| *when);
        let Some(next) = deadlines.chain(landing).min() else {
            return false;
        };
        self.now = self.now.max(next);
        while self
            .flying
            .peek()
            .is_some_and(|Reverse((when, ..))| *when <= self.now)
        {
            let Reverse((_, _, to, frame)) = self.flying.pop().unwrap();
            self.ends[to].receive(Message::parse(frame).unwrap(), self.now);
            assert!(self.ends[to].incoming.bytes() <= 2 * (LIMIT_BYTES + SLACK) + (1 << 20));
        }
        true
    }

    fn fly(&mut self, to: usize, frame: &Bytes) {
        self.frames += 1;
        if self.roll(self.link.lost) {
            return;
        }
        let copies = 1 + u64::from(self.roll(self.link.doubled));
        for _ in 0..copies {
            let late = match self.roll(self.link.delayed) {
                true => Duration::from_millis(300),
                false => Duration::from_millis(5),
            };
            let order = self.frames;
            self.flying
                .push(Reverse((self.now + late, order, to, frame.clone())));
        }
    }

    fn read(&mut self) {
        for (end, arrived) in self.ends.iter_mut().zip(&mut self.arrived) {
            while let Some(event) = end.take(self.now) {
                match event {
                    Event::Data { payload, .. } => arrived.push(payload.to_vec()),
                    other => assert!(matches!(other, Event::PeerPresent | Event::PeerAway)),
                }
            }
        }
    }

    /// Sends both ends' messages and waits until all have arrived and are known to have.
    fn exchange(&mut self, messages: &[Vec<Vec<u8>>; 2]) {
        let mut sent = [0; 2];
        for _ in 0..200_000 {
            for from in 0..2 {
                while let Some(payload) = messages[from].get(sent[from])
                    && self.ends[from]
                        .send(PayloadType::Output, payload.clone().into(), self.now)
                        .is_ok()
                {
                    sent[from] += 1;
                    assert!(self.ends[from].outgoing.bytes() <= LIMIT_BYTES + (1 << 20));
                }
            }
            self.read();
            let all = (0..2).all(|from| sent[from] == messages[from].len());
            if all && self.ends.iter().all(Channel::is_drained) {
                return;
            }
            assert!(self.step(), "nothing happens any more: {:?}", self.ends);
        }
        panic!(
            "it does not end: {:?}",
            self.ends.each_ref().map(|end| &end.outgoing)
        );
    }

    fn deliver(&mut self, to: usize, message_type: MessageType) {
        let blank = self.ends[1 - to].blank(self.now);
        self.ends[to].receive(
            Message {
                message_type,
                ..blank
            },
            self.now,
        );
    }
}

fn numbered(count: usize, length: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|number| {
            number
                .to_be_bytes()
                .into_iter()
                .cycle()
                .take(length.max(8))
                .collect()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn everything_arrives_once_and_in_order(
        lost in 0u64..30, doubled in 0u64..30, delayed in 0u64..30, seed: u64, fast: bool,
        input in 0usize..60, output in 0usize..200,
    ) {
        let mut world = World::new(Link { lost, doubled, delayed }, seed, fast);
        let messages = [numbered(input, 10), numbered(output, 3000)];
        world.exchange(&messages);
        let [client, agent] = &world.arrived;
        prop_assert_eq!([agent, client], [&messages[0], &messages[1]]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn what_is_more_than_the_window_arrives_too(lost in 0u64..10, seed: u64, fast: bool) {
        let mut world = World::new(Link { lost, ..GOOD }, seed, fast);
        let messages = [numbered(3, 10), numbered(30, 200_000)];
        world.exchange(&messages);
        prop_assert_eq!(&world.arrived[0], &messages[1]);
    }
}

#[test]
fn on_a_good_link_nothing_goes_twice() {
    for (fast, acknowledgements) in [(false, 500), (true, 80)] {
        let mut world = World::new(GOOD, 1, fast);
        world.exchange(&[Vec::new(), numbered(500, 1000)]);
        assert!(world.frames <= 500 + acknowledgements, "{} frames", world.frames);
    }
}

#[test]
fn an_acknowledgement_as_fast_as_the_message_is_not_missed() {
    let mut world = World::new(GOOD, 1, false);
    let now = world.now;
    let [client, agent] = &mut world.ends;
    agent
        .send(PayloadType::Output, Bytes::from_static(b"$ "), now)
        .unwrap();
    // The frame is handed over; its acknowledgement is back before `transmit` is called again.
    let frame = agent.transmit(now).unwrap();
    client.receive(Message::parse(frame).unwrap(), now);
    let frame = client.transmit(now).unwrap();
    agent.receive(Message::parse(frame).unwrap(), now);
    assert!(agent.is_drained());
    assert_eq!((agent.transmit(now), agent.deadline()), (None, None));
}

#[test]
fn a_message_that_comes_again_is_acknowledged_again() {
    let mut world = World::new(GOOD, 1, false);
    let now = world.now;
    let [client, agent] = &mut world.ends;
    agent
        .send(PayloadType::Output, Bytes::from_static(b"$ "), now)
        .unwrap();
    let frame = agent.transmit(now).unwrap();
    for _ in 0..3 {
        client.receive(Message::parse(frame.clone()).unwrap(), now);
        let answer = Message::parse(client.transmit(now).unwrap()).unwrap();
        assert_eq!(answer.message_type, MessageType::Acknowledge);
        assert_eq!(client.transmit(now), None);
    }
    assert!(client.take(now).is_some());
    assert_eq!(client.take(now), None);
}

#[test]
fn after_a_reconnect_all_that_was_not_acknowledged_goes_again() {
    for fast in [false, true] {
        let mut world = World::new(GOOD, 1, fast);
        let messages = numbered(50, 100);
        for payload in &messages {
            let payload = payload.clone().into();
            world.ends[1]
                .send(PayloadType::Output, payload, world.now)
                .unwrap();
        }
        // The gateway is gone: the frames lead nowhere.
        while world.ends[1].transmit(world.now).is_some() {}
        world.ends[1].reconnected(world.now);
        world.ends[0].reconnected(world.now);
        world.exchange(&[Vec::new(), Vec::new()]);
        assert_eq!(world.arrived[0], messages);
        assert!(world.frames < 130, "{}", world.frames);
    }
}

/// A plugin of AWS's acknowledges a message; what it has had before it passes over.
fn acknowledge(agent: &mut Channel, frame: Bytes, now: Instant) {
    let mut plugin = end(Side::Client, now);
    plugin.receive(Message::parse(frame).unwrap(), now);
    let answer = plugin.transmit(now).unwrap();
    agent.receive(Message::parse(answer).unwrap(), now);
}

#[test]
fn an_acknowledgement_that_a_lost_socket_has_taken_along_is_not_waited_for() {
    let start = Instant::now();
    let mut agent = end(Side::Agent, start);
    let say = |agent: &mut Channel, now| {
        agent
            .send(PayloadType::Output, Bytes::from_static(b"x"), now)
            .unwrap();
    };
    say(&mut agent, start);
    say(&mut agent, start);
    let sent = [agent.transmit(start).unwrap(), agent.transmit(start).unwrap()];
    // The plugin has both, and that is lost. It passes them over when they come again.
    let now = start + Duration::from_secs(2);
    agent.reconnected(now);
    assert_eq!(sent.map(Some), [agent.transmit(now), agent.transmit(now)]);
    say(&mut agent, now);
    let third = agent.transmit(now).unwrap();
    acknowledge(&mut agent, third, now);
    assert!(agent.is_drained(), "{agent:?}");
}

#[test]
fn what_may_not_have_arrived_is_sent_until_it_is_acknowledged() {
    let start = Instant::now();
    let say = |agent: &mut Channel, now| {
        agent
            .send(PayloadType::Output, Bytes::from_static(b"x"), now)
            .unwrap();
        agent.transmit(now).unwrap()
    };
    let later = start + Duration::from_secs(2);
    // No socket was lost: it may have been lost on the way, or not be wanted yet.
    let mut agent = end(Side::Agent, start);
    say(&mut agent, start);
    let second = say(&mut agent, later);
    acknowledge(&mut agent, second, later);
    assert!(!agent.is_drained());
    // It has not gone again, before the next one went.
    let mut agent = end(Side::Agent, start);
    say(&mut agent, start);
    let second = say(&mut agent, start);
    agent.reconnected(later);
    acknowledge(&mut agent, second, later);
    assert!(!agent.is_drained());
    // It is too new: the plugin may not be ready for it.
    let mut agent = end(Side::Agent, start);
    say(&mut agent, start);
    agent.reconnected(start);
    agent.transmit(start).unwrap();
    let second = say(&mut agent, start);
    acknowledge(&mut agent, second, start);
    assert!(!agent.is_drained());
}

#[test]
fn while_the_other_end_is_away_nothing_of_the_stream_is_sent() {
    let mut world = World::new(GOOD, 1, false);
    world.deliver(1, MessageType::PausePublication);
    let now = world.now;
    world.ends[1]
        .send(PayloadType::Output, Bytes::from_static(b"x"), now)
        .unwrap();
    assert_eq!(
        (world.ends[1].transmit(now), world.ends[1].deadline()),
        (None, None)
    );
    world.deliver(1, MessageType::StartPublication);
    assert!(world.ends[1].transmit(now).is_some());
    assert_eq!(world.ends[1].take(now), Some(Event::PeerAway));
    assert_eq!(world.ends[1].take(now), Some(Event::PeerPresent));
}

#[test]
fn a_slow_reader_stops_the_sender_and_not_the_other_direction() {
    let mut world = World::new(GOOD, 1, true);
    let payload = Bytes::from(vec![7; 100_000]);
    let mut sent = 0;
    for _ in 0..2_000 {
        while world.ends[1]
            .send(PayloadType::Output, payload.clone(), world.now)
            .is_ok()
        {
            sent += 1;
        }
        world.step();
        assert!(world.ends[0].readable());
    }
    assert!((42..100).contains(&sent), "{sent} messages");
    let now = world.now;
    world.ends[0]
        .send(PayloadType::Output, Bytes::from_static(b"stop"), now)
        .unwrap();
    for _ in 0..100 {
        world.step();
    }
    assert!(world.ends[0].is_drained());
    assert!(matches!(world.ends[1].take(world.now), Some(Event::Data { .. })));
    world.exchange(&[Vec::new(), Vec::new()]);
    assert_eq!(world.arrived[0].len(), sent);
}

#[test]
fn a_slow_reader_of_the_plain_dialect_asks_the_driver_to_stop_reading() {
    let mut world = World::new(GOOD, 1, false);
    let payload = Bytes::from(vec![7; 30_000]);
    while world.ends[0].readable() {
        let _ = world.ends[1].send(PayloadType::Output, payload.clone(), world.now);
        world.step();
    }
    let held = world.ends[0].incoming.bytes();
    assert!((LIMIT_BYTES..LIMIT_BYTES + 2 * SLACK).contains(&held), "{held}");
    world.read();
    assert!(world.ends[0].readable());
}

#[test]
fn a_multiplexing_plugin_hears_nothing_before_it_has_spoken() {
    let mut world = World::new(GOOD, 1, false);
    let now = world.now;
    let [client, agent] = &mut world.ends;
    client
        .send(PayloadType::HandshakeResponse, Bytes::from_static(b"{}"), now)
        .unwrap();
    let response = client.transmit(now).unwrap();
    agent.receive(Message::parse(response.clone()).unwrap(), now);
    agent
        .send(PayloadType::HandshakeComplete, Bytes::from_static(b"{}"), now)
        .unwrap();
    agent.hold_until_heard(now);
    agent
        .send(PayloadType::Output, Bytes::from_static(b"early"), now)
        .unwrap();
    let sent: Vec<MessageType> = std::iter::from_fn(|| agent.transmit(now))
        .map(|frame| Message::parse(frame).unwrap().message_type)
        .collect();
    assert_eq!(sent, [MessageType::Acknowledge, MessageType::OutputStreamData]);
    // Not even an acknowledgement of what comes again.
    agent.receive(Message::parse(response).unwrap(), now);
    assert_eq!(agent.transmit(now), None);
    client
        .send(PayloadType::Output, Bytes::from_static(b"smux"), now)
        .unwrap();
    let spoken = client.transmit(now).unwrap();
    agent.receive(Message::parse(spoken).unwrap(), now);
    assert_eq!(std::iter::from_fn(|| agent.transmit(now)).count(), 3);
}

#[test]
fn what_is_far_ahead_or_too_much_is_not_kept() {
    let mut world = World::new(GOOD, 1, false);
    let (now, mut message) = (world.now, world.ends[1].blank(world.now));
    message.message_type = MessageType::OutputStreamData;
    for sequence in [-1, i64::MIN, 10_001, i64::MAX] {
        world.ends[0].receive(
            Message {
                sequence,
                ..message.clone()
            },
            now,
        );
    }
    assert_eq!(world.ends[0].incoming.bytes(), 0);
    message.payload = Bytes::from(vec![0; 1 << 20]);
    for sequence in 1..50 {
        world.ends[0].receive(
            Message {
                sequence,
                ..message.clone()
            },
            now,
        );
    }
    assert!(world.ends[0].incoming.bytes() <= LIMIT_BYTES + SLACK);
    for _ in 0..200_000 {
        world.deliver(0, MessageType::StartPublication);
    }
    assert!(world.ends[0].incoming.bytes() <= 2 * (LIMIT_BYTES + SLACK));
}

#[test]
fn the_session_is_closed_once_and_with_its_reason() {
    let mut world = World::new(GOOD, 1, false);
    let blank = world.ends[1].blank(world.now);
    let closed = Message {
        message_type: MessageType::ChannelClosed,
        payload: Bytes::from_static(br#"{"SessionId":"s","Output":"bye"}"#),
        ..blank
    };
    world.ends[0].receive(closed.clone(), world.now);
    world.ends[0].receive(closed, world.now);
    let output = "bye".to_owned();
    assert_eq!(world.ends[0].take(world.now), Some(Event::Closed { output }));
    assert_eq!(world.ends[0].take(world.now), None);
}

#[test]
fn the_state_goes_to_the_gateway_ahead_of_the_stream() {
    let mut world = World::new(GOOD, 1, false);
    let now = world.now;
    let agent = &mut world.ends[1];
    agent
        .send(PayloadType::Output, Bytes::from_static(b"x"), now)
        .unwrap();
    agent.announce(MessageType::AgentSessionState, Bytes::from_static(b"{}"), now);
    let first = Message::parse(agent.transmit(now).unwrap()).unwrap();
    assert_eq!(
        (first.message_type, first.flags),
        (MessageType::AgentSessionState, Flags::ACKNOWLEDGE)
    );
}

#[test]
fn many_small_messages_are_as_many_as_few_large_ones_at_most() {
    let now = Instant::now();
    let mut channel = end(Side::Agent, now);
    let mut sent = 0;
    while channel
        .send(PayloadType::Output, Bytes::from_static(b"x"), now)
        .is_ok()
    {
        sent += 1;
        // The other end acknowledges all of them but the first, so that they take no bytes any more.
        while channel.transmit(now).is_some() {}
        if sent > 1 {
            let known = Acknowledge::of(MessageType::OutputStreamData, MessageId([1; 16]), sent - 1);
            channel.outgoing.acknowledge(&known, now);
        }
        assert!(sent <= 20_000, "there is no bound");
    }
    assert_eq!(channel.outgoing.messages(), LIMIT_MESSAGES);
    let known = Acknowledge::of(MessageType::OutputStreamData, MessageId([1; 16]), 0);
    channel.outgoing.acknowledge(&known, now);
    assert!(channel.writable() && channel.is_drained());
}
