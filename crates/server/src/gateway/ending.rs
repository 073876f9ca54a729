//! Why a session is over, and what is said about it.

use std::time::Duration;

/// Why a session is over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Ending {
    /// Somebody said so, over the API.
    Asked,
    /// The agent did what it was for.
    Completed(Completion),
    /// The client has asked the agent for it.
    Left {
        /// Whether the agent has heard that.
        heard: bool,
    },
    /// Nothing was said for this long.
    Idle(Duration),
    /// It has lasted this long.
    Maximum(Duration),
    /// The account has as many sessions as it may have.
    TooMany,
    /// The node never opened its data channel.
    NoAgent,
    /// The node's end did not come back.
    AgentLost,
    /// The client did not come back.
    ClientLost,
    /// The node is not registered any more.
    NodeGone,
}

/// How the agent says that a session went.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Completion {
    /// It could not do it.
    pub(super) failed: bool,
    /// What the client is to be shown.
    pub(super) output: String,
}

impl Ending {
    /// What the client is shown; empty for an ordinary end.
    pub(super) fn output(&self) -> String {
        match self {
            Ending::Asked | Ending::Left { .. } | Ending::ClientLost => String::new(),
            Ending::Completed(completion) => completion.output.clone(),
            // UNSURE: AWS's sentence, from what people report.
            Ending::Idle(_) => "Your session timed out due to inactivity.".to_owned(),
            // UNSURE: AWS's sentence has not been seen.
            Ending::Maximum(maximum) => {
                format!("Your session reached its maximum duration of {}.", spelled(*maximum))
            }
            Ending::TooMany => "The account has too many live sessions; end some, then try again.".to_owned(),
            Ending::NoAgent => "The session was not started: the agent on the node did not answer the order. \
                                Look at the agent's log on the node; it says what is wrong with the document or \
                                its parameters."
                .to_owned(),
            Ending::AgentLost => "The connection to the node was lost and did not come back.".to_owned(),
            Ending::NodeGone => "The node is not registered any more.".to_owned(),
        }
    }

    /// Whether the session failed, rather than ended.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Ending::NoAgent | Ending::TooMany => true,
            Ending::Completed(completion) => completion.failed,
            Ending::Asked
            | Ending::Left { .. }
            | Ending::Idle(_)
            | Ending::Maximum(_)
            | Ending::AgentLost
            | Ending::ClientLost
            | Ending::NodeGone => false,
        }
    }

    /// What the session's record says about it, for DescribeSessions and the log.
    pub(super) fn details(&self) -> String {
        match self {
            Ending::Asked => "terminated over the API".to_owned(),
            Ending::Completed(completion) if completion.output.is_empty() => "ended by the agent".to_owned(),
            Ending::Completed(completion) => completion.output.clone(),
            Ending::Left { .. } => "ended by the client".to_owned(),
            Ending::Idle(idle) => format!("no input or output for {}", spelled(*idle)),
            Ending::Maximum(maximum) => format!("the maximum duration of {} was over", spelled(*maximum)),
            Ending::TooMany => "the account had too many live sessions".to_owned(),
            Ending::NoAgent => "the agent did not open a data channel in time".to_owned(),
            Ending::AgentLost => "the node's end was lost and did not come back".to_owned(),
            Ending::ClientLost => "the client was gone and did not come back".to_owned(),
            Ending::NodeGone => "the node was deregistered".to_owned(),
        }
    }

    /// One word for the log.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Ending::Asked => "terminated",
            Ending::Completed(_) => "completed",
            Ending::Left { .. } => "left",
            Ending::Idle(_) => "idle",
            Ending::Maximum(_) => "maximum",
            Ending::TooMany => "too-many",
            Ending::NoAgent => "not-started",
            Ending::AgentLost => "node-lost",
            Ending::ClientLost => "client-lost",
            Ending::NodeGone => "node-gone",
        }
    }

    /// Whether the agent knows already. One that hears of an end on its control channel kills the session's
    /// programs; one that was asked by the client lets them say goodbye.
    pub(super) fn is_known_to_agent(&self) -> bool {
        matches!(self, Ending::Completed(_) | Ending::Left { heard: true })
    }
}

/// Whole minutes where it is some, else seconds.
fn spelled(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (1, 0) => "1 minute".to_owned(),
        (minutes, 0) => format!("{minutes} minutes"),
        _ => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_spelled_in_the_unit_they_were_given_in() {
        for (seconds, words) in [
            (60, "1 minute"),
            (1200, "20 minutes"),
            (90, "90 seconds"),
            (2, "2 seconds"),
        ] {
            assert_eq!(spelled(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn the_client_is_shown_what_the_agent_said() {
        let completion = Completion {
            failed: true,
            output: "Unable to connect to specified port".to_owned(),
        };
        let ending = Ending::Completed(completion);
        assert!(ending.is_failure());
        assert_eq!(ending.output(), "Unable to connect to specified port");
    }
}
