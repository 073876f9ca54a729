//! What comes in on a node's control channel.

use bytes::Bytes;
use kagiban_session::control::{TaskComplete, TaskStatus};
use kagiban_session::message::{Message, MessageId, MessageType};

use super::ending::Completion;

/// What an agent says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Said {
    /// A session is over.
    Completed {
        /// The message, to be acknowledged: it is sent again until then.
        message: MessageId,
        /// The session's id.
        session: String,
        topic: String,
        completion: Completion,
    },
    /// What this gateway has no use for, such as telemetry.
    Else,
}

/// How much of an agent's words is shown to the client and kept.
const MAX_OUTPUT: usize = 1024;

/// Reads a frame; `None` if it cannot be read.
pub(super) fn said(frame: Bytes) -> Option<Said> {
    let message = Message::parse(frame).ok()?;
    match message.message_type {
        MessageType::AgentTaskComplete => {
            let complete = TaskComplete::parse(&message.payload).ok()?;
            let mut output = complete.output;
            output.truncate(output.floor_char_boundary(MAX_OUTPUT));
            Some(Said::Completed {
                message: message.id,
                session: complete.task_id,
                topic: complete.topic,
                completion: Completion {
                    failed: matches!(
                        complete.final_task_status,
                        TaskStatus::Failed | TaskStatus::TimedOut
                    ),
                    output,
                },
            })
        }
        _ => Some(Said::Else),
    }
}

#[cfg(test)]
mod tests {
    use kagiban_session::message::{Flags, PayloadType};
    use proptest::prelude::*;

    use super::*;

    fn frame(message_type: MessageType, payload: Bytes) -> Bytes {
        let message = Message {
            message_type,
            sequence: 0,
            flags: Flags::default(),
            id: MessageId([7; 16]),
            created_ms: 1,
            payload_type: PayloadType::None,
            payload,
        };
        message.to_bytes()
    }

    #[test]
    fn an_end_is_told_with_as_much_of_its_words_as_is_kept() {
        let complete = TaskComplete::new("ada-0", "mi-0", TaskStatus::Failed, &"é".repeat(600));
        let said = said(frame(MessageType::AgentTaskComplete, complete.to_bytes()));
        let Some(Said::Completed {
            message,
            session,
            completion,
            ..
        }) = said
        else {
            panic!("{said:?}");
        };
        assert_eq!((message, session.as_str()), (MessageId([7; 16]), "ada-0"));
        assert_eq!((completion.failed, completion.output.len()), (true, 1024));
    }

    proptest! {
        #[test]
        fn anything_may_arrive(payload in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..320) {
            let mut bytes = frame(MessageType::AgentTaskComplete, payload.into()).to_vec();
            let at = at % bytes.len();
            bytes[at] ^= 0x41;
            let _ = said(bytes.into());
        }
    }

    #[test]
    fn telemetry_is_no_mistake_and_garbage_is() {
        let telemetry = MessageType::parse(b"agent_telemetry").unwrap();
        assert_eq!(said(frame(telemetry, Bytes::new())), Some(Said::Else));
        assert_eq!(said(Bytes::from_static(b"x")), None);
    }
}
