use kagiban_session::message::{MessageId, MessageType};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

struct Scene {
    meeting: Meeting,
    now: Instant,
}

fn terms() -> SessionTerms {
    SessionTerms {
        resume: 10 * MINUTE,
        start: Duration::from_secs(30),
        idle: 20 * MINUTE,
        maximum: None,
        may_pause: true,
        bytes_per_second: None,
    }
}

fn stream(sequence: i64) -> Heard {
    Heard::Stream {
        sequence,
        alive: true,
        farewell: false,
    }
}

fn goodbye(sequence: i64) -> Heard {
    Heard::Stream {
        sequence,
        alive: false,
        farewell: true,
    }
}

fn acknowledge(sequence: i64) -> Heard {
    Heard::Acknowledge(Acknowledge::of(
        MessageType::OutputStreamData,
        MessageId([0; 16]),
        sequence,
    ))
}

fn completion() -> Completion {
    Completion {
        failed: false,
        output: "bye".to_owned(),
    }
}

impl Scene {
    fn new(terms: SessionTerms) -> Scene {
        Scene::begun(
            terms,
            Beginning {
                age: Duration::ZERO,
                agent_came: false,
            },
        )
    }

    fn begun(terms: SessionTerms, beginning: Beginning) -> Scene {
        let now = Instant::now();
        Scene {
            meeting: Meeting::new(terms, beginning, now),
            now,
        }
    }

    fn joined(terms: SessionTerms) -> Scene {
        let mut scene = Scene::new(terms);
        scene.meeting.arrived(Side::Client);
        scene.meeting.arrived(Side::Agent);
        scene
    }

    fn hear(&mut self, side: Side, heard: Heard) -> (Verdict, Option<Act>) {
        self.meeting.heard(side, heard, self.now)
    }

    fn leave(&mut self, side: Side) -> Vec<Act> {
        self.meeting.left(side, self.now)
    }

    /// What comes when the next deadline is reached, and how long it took.
    fn wait(&mut self) -> (Vec<Act>, Duration) {
        let deadline = self.meeting.deadline().expect("something is due some time");
        let waited = deadline - self.now;
        let early = deadline - Duration::from_millis(1);
        assert_eq!(self.meeting.tick(early), [], "a moment too early");
        self.now = deadline;
        (self.meeting.tick(deadline), waited)
    }
}

#[test]
fn whoever_comes_first_both_are_told_to_start() {
    for (first, second) in [(Side::Client, Side::Agent), (Side::Agent, Side::Client)] {
        let mut scene = Scene::new(terms());
        assert_eq!(scene.meeting.arrived(first), []);
        assert_eq!(
            scene.meeting.arrived(second),
            [
                Act::Start(Side::Client),
                Act::Start(Side::Agent),
                Act::Joined(true)
            ]
        );
        assert_eq!(scene.hear(Side::Agent, stream(0)), (Verdict::Forward, None));
        assert_eq!(scene.hear(Side::Client, acknowledge(0)), (Verdict::Forward, None));
    }
}

#[test]
fn both_are_told_again_when_one_comes_anew() {
    for side in [Side::Client, Side::Agent] {
        let mut scene = Scene::joined(terms());
        assert_eq!(scene.leave(side), [Act::Joined(false)]);
        assert_eq!(scene.meeting.arrived(side).last(), Some(&Act::Joined(true)));
        let replaced = scene.meeting.arrived(side);
        assert_eq!(
            replaced.first(),
            Some(&Act::Start(Side::Client)),
            "also in place of an older socket"
        );
    }
}

#[test]
fn the_agent_is_paused_once_while_the_client_is_away() {
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Agent, stream(0));
    scene.leave(Side::Client);
    assert_eq!(
        scene.hear(Side::Agent, stream(1)),
        (Verdict::Drop, Some(Act::Pause))
    );
    assert_eq!(scene.hear(Side::Agent, stream(2)), (Verdict::Drop, None));
    scene.meeting.arrived(Side::Client);
    assert_eq!(scene.hear(Side::Agent, stream(1)), (Verdict::Forward, None));
}

#[test]
fn an_agent_that_came_anew_is_paused_anew() {
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Agent, stream(0));
    scene.leave(Side::Client);
    scene.hear(Side::Agent, stream(1));
    scene.leave(Side::Agent);
    scene.meeting.arrived(Side::Agent);
    assert_eq!(
        scene.hear(Side::Agent, stream(1)),
        (Verdict::Drop, Some(Act::Pause))
    );
}

#[test]
fn before_its_first_message_has_reached_anybody_the_agent_is_not_paused() {
    let mut scene = Scene::new(terms());
    scene.meeting.arrived(Side::Agent);
    assert_eq!(scene.hear(Side::Agent, stream(0)), (Verdict::Drop, None));
}

#[test]
fn an_agent_that_must_not_pause_is_never_told_to() {
    let mut scene = Scene::joined(SessionTerms {
        may_pause: false,
        ..terms()
    });
    scene.hear(Side::Agent, stream(0));
    scene.leave(Side::Client);
    assert_eq!(scene.hear(Side::Agent, stream(1)), (Verdict::Drop, None));
}

#[test]
fn what_was_acknowledged_is_acknowledged_again_and_not_forwarded() {
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Agent, stream(0));
    scene.hear(Side::Client, acknowledge(0));
    assert_eq!(scene.hear(Side::Agent, stream(0)), (Verdict::Answer, None));
    assert_eq!(
        scene.hear(Side::Client, stream(0)),
        (Verdict::Forward, None),
        "of the other stream"
    );
    assert_eq!(scene.hear(Side::Agent, stream(1)), (Verdict::Forward, None));
    assert_eq!(
        scene.hear(Side::Agent, stream(1)),
        (Verdict::Forward, None),
        "not acknowledged yet"
    );
}

#[test]
fn the_marks_outlive_both_ends() {
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Agent, stream(0));
    scene.hear(Side::Client, acknowledge(0));
    scene.leave(Side::Client);
    assert_eq!(scene.hear(Side::Agent, stream(0)), (Verdict::Answer, None));
}

#[test]
fn what_only_the_gateway_may_say_goes_nowhere() {
    let mut scene = Scene::joined(terms());
    for side in [Side::Client, Side::Agent] {
        assert_eq!(scene.hear(side, Heard::Foreign), (Verdict::Drop, None));
        let state = Heard::State { terminating: false };
        assert_eq!(scene.hear(side, state), (Verdict::Drop, None));
    }
}

#[test]
fn an_agent_that_never_comes_ends_the_session() {
    let mut scene = Scene::new(terms());
    scene.meeting.arrived(Side::Client);
    let (acts, waited) = scene.wait();
    assert_eq!(acts, [Act::End(Ending::NoAgent)]);
    assert_eq!(waited, terms().start);
    assert_eq!(scene.meeting.deadline(), None);
}

#[test]
fn an_end_that_does_not_come_back_ends_the_session() {
    for (side, ending) in [
        (Side::Client, Ending::ClientLost),
        (Side::Agent, Ending::AgentLost),
    ] {
        let mut scene = Scene::joined(terms());
        scene.leave(side);
        assert_eq!(scene.wait(), (vec![Act::End(ending)], terms().resume));
    }
}

#[test]
fn a_client_that_never_comes_ends_the_session_too() {
    let mut scene = Scene::new(terms());
    scene.meeting.arrived(Side::Agent);
    assert_eq!(scene.wait(), (vec![Act::End(Ending::ClientLost)], terms().resume));
}

#[test]
fn after_a_restart_both_ends_have_the_whole_time_to_come_back() {
    let beginning = Beginning {
        age: 5 * MINUTE,
        agent_came: true,
    };
    let mut scene = Scene::begun(terms(), beginning);
    let (acts, waited) = scene.wait();
    assert_eq!(waited, terms().resume);
    assert_eq!(acts, [Act::End(Ending::AgentLost)]);
}

#[test]
fn only_what_is_typed_or_printed_keeps_a_session_from_being_idle() {
    let mut scene = Scene::joined(terms());
    let begun = scene.now;
    scene.now = begun + 10 * MINUTE;
    scene.hear(Side::Client, stream(0));
    scene.now = begun + 15 * MINUTE;
    scene.hear(Side::Agent, acknowledge(0));
    let size = Heard::Stream {
        sequence: 1,
        alive: false,
        farewell: false,
    };
    scene.hear(Side::Client, size);
    assert_eq!(scene.meeting.deadline(), Some(begun + 30 * MINUTE));
    assert_eq!(scene.wait().0, [Act::End(Ending::Idle(20 * MINUTE))]);
}

#[test]
fn the_longest_time_counts_from_the_sessions_start_also_after_a_restart() {
    let maximum = Some(60 * MINUTE);
    let beginning = Beginning {
        age: 58 * MINUTE,
        agent_came: true,
    };
    let mut scene = Scene::begun(SessionTerms { maximum, ..terms() }, beginning);
    scene.meeting.arrived(Side::Agent);
    scene.meeting.arrived(Side::Client);
    let (acts, waited) = scene.wait();
    assert_eq!(
        (acts, waited),
        (vec![Act::End(Ending::Maximum(60 * MINUTE))], 2 * MINUTE)
    );
}

#[test]
fn the_last_output_reaches_the_client_before_it_is_told_of_the_end() {
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Agent, stream(0));
    assert_eq!(scene.meeting.completed(completion(), scene.now), []);
    let progress = [(Side::Agent, stream(1)), (Side::Client, acknowledge(0))];
    for (side, heard) in progress {
        scene.now += STALLED / 2;
        assert_eq!(scene.hear(side, heard), (Verdict::Forward, None));
        assert_eq!(
            scene.meeting.deadline(),
            Some(scene.now + STALLED),
            "there was progress"
        );
    }
    assert_eq!(
        scene.leave(Side::Agent),
        [Act::End(Ending::Completed(completion()))]
    );
}

#[test]
fn an_agent_that_keeps_its_channel_open_does_not_keep_the_session_open() {
    let mut scene = Scene::joined(terms());
    scene.meeting.completed(completion(), scene.now);
    assert_eq!(
        scene.wait(),
        (vec![Act::End(Ending::Completed(completion()))], STALLED)
    );
}

#[test]
fn an_end_that_is_told_before_or_after_the_channel_is_the_same() {
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Agent, Heard::State { terminating: true });
    scene.leave(Side::Agent);
    let acts = scene.meeting.completed(completion(), scene.now);
    assert_eq!(acts, [Act::End(Ending::Completed(completion()))]);
    assert_eq!(
        scene.meeting.completed(completion(), scene.now),
        [],
        "agents say it up to three times"
    );
}

#[test]
fn an_agent_that_was_terminating_and_says_no_more_has_ended_the_session() {
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Agent, Heard::State { terminating: true });
    scene.leave(Side::Agent);
    let (acts, waited) = scene.wait();
    assert_eq!(acts, [Act::End(Ending::Completed(Completion::default()))]);
    assert_eq!(waited, DRAIN);
}

#[test]
fn an_agent_that_ends_is_waited_for_as_long_as_its_client_takes_something() {
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Agent, stream(0));
    scene.hear(Side::Agent, Heard::State { terminating: true });
    for _ in 0..10 {
        scene.now += STALLED - MINUTE / 60;
        assert_eq!(scene.meeting.tick(scene.now), []);
        scene.hear(Side::Client, acknowledge(0));
    }
    let (acts, waited) = scene.wait();
    assert_eq!(acts, [Act::End(Ending::Completed(Completion::default()))]);
    assert_eq!(waited, STALLED);
}

#[test]
fn a_client_that_said_goodbye_is_not_waited_for() {
    let mut scene = Scene::joined(terms());
    assert_eq!(scene.hear(Side::Client, goodbye(0)), (Verdict::Forward, None));
    scene.leave(Side::Client);
    let left = Ending::Left { heard: false };
    assert_eq!(scene.wait(), (vec![Act::End(left)], DRAIN));
}

#[test]
fn a_goodbye_that_the_agent_has_heard_ends_the_session_at_once() {
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Client, stream(0));
    scene.hear(Side::Client, goodbye(1));
    assert_eq!(scene.hear(Side::Agent, acknowledge(0)), (Verdict::Forward, None));
    let left = Act::End(Ending::Left { heard: true });
    assert_eq!(
        scene.hear(Side::Agent, acknowledge(1)),
        (Verdict::Forward, Some(left)),
        "and the client is told that it was heard"
    );
    assert_eq!(scene.meeting.deadline(), None);
}

#[test]
fn nobody_is_waited_for_once_both_are_gone_and_one_has_said_goodbye() {
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Client, goodbye(0));
    scene.leave(Side::Client);
    let left = Ending::Left { heard: false };
    assert_eq!(scene.leave(Side::Agent), [Act::End(left)]);
    let mut scene = Scene::joined(terms());
    scene.hear(Side::Agent, Heard::State { terminating: true });
    scene.leave(Side::Agent);
    scene.leave(Side::Client);
    let (acts, waited) = scene.wait();
    assert_eq!(acts, [Act::End(Ending::Completed(Completion::default()))]);
    assert_eq!(waited, LAST_WORD, "the agent may still say how it went");
}

#[test]
fn a_client_that_leaves_a_completed_session_does_not_keep_it() {
    let mut scene = Scene::joined(terms());
    scene.meeting.completed(completion(), scene.now);
    assert_eq!(
        scene.leave(Side::Client),
        [Act::End(Ending::Completed(completion()))]
    );
}

#[test]
fn nothing_happens_after_the_end() {
    let mut scene = Scene::joined(terms());
    assert_eq!(scene.meeting.end_for(Ending::Asked), [Act::End(Ending::Asked)]);
    assert_eq!(scene.meeting.end_for(Ending::Asked), []);
    assert_eq!(scene.hear(Side::Agent, stream(0)), (Verdict::Drop, None));
    assert_eq!(scene.leave(Side::Client), []);
    assert_eq!(scene.meeting.arrived(Side::Client), []);
    assert_eq!(scene.meeting.completed(completion(), scene.now), []);
    assert_eq!(scene.meeting.tick(scene.now + 600 * MINUTE), []);
    assert_eq!(scene.meeting.deadline(), None);
}
