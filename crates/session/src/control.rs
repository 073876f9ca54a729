//! What the gateway and an agent tell each other about sessions, and the end that both ends are told.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longer ones are not read; a document has 64 KiB at most and travels escaped.
const MAX_BYTES: usize = 512 << 10;

/// JSON that is not the payload that its message's type promises.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the message's payload cannot be read")]
pub struct InvalidControl;

/// The order to begin a session, of whatever type: payload of `interactive_shell`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InteractiveShell {
    /// The document's name.
    pub document_name: String,
    /// The whole document, JSON of schema 1.0.
    pub document_content: Value,
    /// The session's id.
    pub session_id: String,
    /// Parameter values by name: text, or a list of texts for a `StringList`.
    pub parameters: Value,
    /// The user from the caller's tag; beats the document's; empty if there is none.
    pub run_as_user: String,
    /// The caller's ARN.
    pub session_owner: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Order {
    content: String,
    task_id: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    schema_version: u32,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    #[serde(default)]
    document_name: String,
    document_content: Value,
    session_id: String,
    #[serde(default)]
    parameters: Value,
    #[serde(default)]
    run_as_user: String,
    #[serde(default)]
    session_owner: String,
}

impl InteractiveShell {
    /// Reads a payload. What the document says is not looked at.
    ///
    /// # Errors
    ///
    /// If it is no such JSON, or too long.
    pub fn parse(payload: &[u8]) -> Result<InteractiveShell, InvalidControl> {
        let order: Order = parse(payload)?;
        let content: Content = parse(order.content.as_bytes())?;
        Ok(InteractiveShell {
            document_name: content.document_name,
            document_content: content.document_content,
            session_id: content.session_id,
            parameters: content.parameters,
            run_as_user: content.run_as_user,
            session_owner: content.session_owner,
        })
    }

    /// Writes the payload: JSON with JSON as text in it, as AWS does.
    pub fn to_bytes(&self) -> Bytes {
        let content = Content {
            document_name: self.document_name.clone(),
            document_content: self.document_content.clone(),
            session_id: self.session_id.clone(),
            parameters: self.parameters.clone(),
            run_as_user: self.run_as_user.clone(),
            session_owner: self.session_owner.clone(),
        };
        to_bytes(&Order {
            content: serde_json::to_string(&content).expect("JSON values can be written"),
            task_id: self.session_id.clone(),
            topic: "interactive_shell".to_owned(),
            schema_version: 1,
        })
    }
}

/// How a session ended, in the agent's words.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum TaskStatus {
    /// As it should.
    Success,
    /// It could not begin, or broke.
    Failed,
    /// Somebody ended it.
    Cancelled,
    /// It took too long.
    TimedOut,
    /// A word that is not known here.
    #[serde(other)]
    Unknown,
}

/// A session has ended: payload of `agent_task_complete`. The agent says it up to three times.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaskComplete {
    /// 1.
    pub schema_version: u32,
    /// The session's id.
    pub task_id: String,
    /// `agent_task_complete`.
    #[serde(default)]
    pub topic: String,
    /// How it ended.
    pub final_task_status: TaskStatus,
    /// Whether the agent thinks that it was not meant.
    #[serde(default)]
    pub is_routing_failure: bool,
    /// Empty.
    #[serde(default)]
    pub aws_account_id: String,
    /// The node.
    #[serde(default)]
    pub instance_id: String,
    /// Text for the client, such as why it could not begin.
    #[serde(default)]
    pub output: String,
    /// Where the transcript was put.
    #[serde(default)]
    pub s3_bucket: String,
    /// Where in it.
    #[serde(default)]
    pub s3_url_suffix: String,
    /// Where the log was put.
    #[serde(default)]
    pub cwl_group: String,
    /// Where in it.
    #[serde(default)]
    pub cwl_stream: String,
    /// From 1.
    #[serde(default)]
    pub retry_number: u32,
}

impl TaskComplete {
    /// The end of a session, without anything put elsewhere.
    pub fn new(session_id: &str, node: &str, status: TaskStatus, output: &str) -> TaskComplete {
        let empty = String::new;
        TaskComplete {
            schema_version: 1,
            task_id: session_id.to_owned(),
            topic: "agent_task_complete".to_owned(),
            final_task_status: status,
            is_routing_failure: false,
            aws_account_id: empty(),
            instance_id: node.to_owned(),
            output: output.to_owned(),
            s3_bucket: empty(),
            s3_url_suffix: empty(),
            cwl_group: empty(),
            cwl_stream: empty(),
            retry_number: 1,
        }
    }
}

/// The gateway knows of that end: payload of `agent_task_acknowledge`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaskAcknowledge {
    /// 1.
    pub schema_version: u32,
    /// The id of the message that it answers.
    pub message_id: String,
    /// The session's id.
    pub task_id: String,
    /// That message's topic.
    #[serde(default)]
    pub topic: String,
}

/// The session is over: payload of `channel_closed`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChannelClosed {
    /// `channel_closed`.
    #[serde(default)]
    pub message_type: String,
    /// A UUID.
    #[serde(default)]
    pub message_id: String,
    /// The client's id or the node's.
    #[serde(default)]
    pub destination_id: String,
    /// The session's id.
    pub session_id: String,
    /// 1.
    #[serde(default)]
    pub schema_version: u32,
    /// Milliseconds since 1970, as text.
    #[serde(default)]
    pub created_date: String,
    /// Why, for a person; often empty.
    #[serde(default)]
    pub output: String,
}

/// What state a session is in, as the agent tells the gateway: payload of `agent_session_state`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SessionState {
    /// 1.
    pub schema_version: u32,
    /// Which.
    pub session_state: State,
    /// The session's id.
    pub session_id: String,
}

/// The states that an agent tells.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum State {
    /// It runs.
    Connected,
    /// It is about to end.
    Terminating,
    /// A word that is not known here.
    #[serde(other)]
    Unknown,
}

macro_rules! payloads {
    ($($name:ident),*) => {$(
        impl $name {
            /// Reads a payload.
            ///
            /// # Errors
            ///
            /// If it is no such JSON, or too long.
            pub fn parse(payload: &[u8]) -> Result<$name, InvalidControl> {
                parse(payload)
            }

            /// Writes the payload.
            pub fn to_bytes(&self) -> Bytes {
                to_bytes(self)
            }
        }
    )*};
}

payloads!(TaskComplete, TaskAcknowledge, ChannelClosed, SessionState);

fn parse<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, InvalidControl> {
    if payload.len() > MAX_BYTES {
        return Err(InvalidControl);
    }
    serde_json::from_slice(payload).map_err(|_| InvalidControl)
}

fn to_bytes(payload: &impl Serialize) -> Bytes {
    serde_json::to_vec(payload)
        .expect("text, numbers and JSON values can be written")
        .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_order_holds_json_as_text_in_json() {
        let order = InteractiveShell {
            document_name: "AWS-StartSSHSession".to_owned(),
            document_content: json!({"schemaVersion": "1.0", "sessionType": "Port"}),
            session_id: "alice-0123".to_owned(),
            parameters: json!({"portNumber": "22"}),
            run_as_user: String::new(),
            session_owner: "arn:aws:iam::111122223333:user/alice".to_owned(),
        };
        let payload = order.to_bytes();
        let outer: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(
            (&outer["TaskId"], &outer["SchemaVersion"]),
            (&json!("alice-0123"), &json!(1))
        );
        assert!(
            outer["Content"]
                .as_str()
                .unwrap()
                .starts_with(r#"{"DocumentName":"AWS-StartSSHSession""#)
        );
        assert_eq!(InteractiveShell::parse(&payload), Ok(order));
    }

    #[test]
    fn an_end_is_written_as_the_real_agent_does() {
        let complete = TaskComplete::new("alice-0123", "mi-1", TaskStatus::Failed, "no");
        assert_eq!(
            complete.to_bytes(),
            r#"{"SchemaVersion":1,"TaskId":"alice-0123","Topic":"agent_task_complete","FinalTaskStatus":"Failed","IsRoutingFailure":false,"AwsAccountId":"","InstanceId":"mi-1","Output":"no","S3Bucket":"","S3UrlSuffix":"","CwlGroup":"","CwlStream":"","RetryNumber":1}"#
        );
        assert_eq!(TaskComplete::parse(&complete.to_bytes()), Ok(complete));
        let odd = TaskComplete::parse(br#"{"SchemaVersion":1,"TaskId":"a","FinalTaskStatus":"Odd"}"#);
        assert_eq!(odd.unwrap().final_task_status, TaskStatus::Unknown);
    }

    #[test]
    fn a_closing_needs_no_more_than_the_session() {
        let closed = ChannelClosed::parse(br#"{"SessionId":"alice-0123","CreatedDate":"17"}"#).unwrap();
        assert_eq!((closed.output.as_str(), closed.created_date.as_str()), ("", "17"));
        assert_eq!(ChannelClosed::parse(b"{}"), Err(InvalidControl));
    }

    #[test]
    fn states_and_acknowledgements_go_both_ways() {
        let state = SessionState {
            schema_version: 1,
            session_state: State::Terminating,
            session_id: "a".into(),
        };
        assert_eq!(
            state.to_bytes(),
            r#"{"SchemaVersion":1,"SessionState":"Terminating","SessionId":"a"}"#
        );
        assert_eq!(SessionState::parse(&state.to_bytes()), Ok(state));
        let known = TaskAcknowledge {
            schema_version: 1,
            message_id: "m".into(),
            task_id: "a".into(),
            topic: "t".into(),
        };
        assert_eq!(TaskAcknowledge::parse(&known.to_bytes()), Ok(known));
    }
}
