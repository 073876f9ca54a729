//! How a session begins: a document and its arguments become an order, and a client gets its token.

use std::collections::BTreeMap;
use std::time::Duration;

use kagiban_aws::SecretString;
use kagiban_iam::records::Tag;
use kagiban_iam::{Call, Caller, Identity, With};
use kagiban_session::document::{Arguments, Inputs, Parameter, SessionDocument};

use super::token::{Channel, Claims};
use crate::View;
use crate::documents::DocumentError;
use crate::pattern::AllowedPattern;
use crate::records::{Order, Session, SessionStatus};

// DIFFERS: AWS has no such limit, as far as is known; here nobody's patterns may hold others up.
/// Bytes of a request's arguments that may be held against patterns.
const MOST_HELD: usize = 16 * 1024;

/// What a caller asks for, with the document that was found for it.
pub(crate) struct Beginning<'b> {
    pub(crate) target: &'b str,
    pub(crate) document_name: &'b str,
    pub(crate) document: &'b SessionDocument,
    pub(crate) parameters: &'b BTreeMap<String, Vec<String>>,
    pub(crate) reason: Option<&'b str>,
}

/// The tag of a user, role or session that says as whom sessions run.
const RUN_AS_TAG: &str = "SSMSessionRunAs";

impl Beginning<'_> {
    /// The record of a new session.
    ///
    /// # Errors
    ///
    /// `InvalidParameters`.
    pub(crate) fn session(&self, call: &Call<'_>) -> Result<Session, DocumentError> {
        let arguments = self.arguments()?;
        let resolved = self
            .document
            .resolve(&arguments)
            .map_err(|mistake| wrong(&mistake))?;
        let run_as = match resolved.inputs.run_as_enabled {
            true => run_as(call.caller).unwrap_or_default(),
            false => "",
        };
        let idle = resolved.inputs.idle_session_timeout;
        Ok(Session {
            status: SessionStatus::Connecting,
            target: self.target.into(),
            document_name: Some(self.document_name.into()),
            owner: call.caller.arn.as_str().into(),
            owner_id: call.caller.user_id().into(),
            reason: self.reason.map(Into::into),
            started: call.facts.now,
            ended: None,
            details: None,
            idle_minutes: minutes(idle.unwrap_or(Inputs::IDLE_SESSION_TIMEOUT)),
            longest_minutes: resolved.inputs.max_session_duration.map(minutes),
            epoch: 0,
            client: None,
            order: Some(Box::new(Order {
                document_name: self.document_name.into(),
                document: self.document.content().to_string().into(),
                parameters: arguments,
                run_as: run_as.into(),
            })),
            rest: Default::default(),
        })
    }

    /// The arguments, which fit the document's types, lists and patterns.
    fn arguments(&self) -> Result<Arguments, DocumentError> {
        let arguments = self
            .document
            .arguments(self.parameters)
            .map_err(|mistake| wrong(&mistake))?;
        let mut held = 0;
        for (name, value) in &arguments {
            let parameter = self.document.parameters.get(name);
            let pattern = parameter.and_then(|parameter| parameter.allowed_pattern.as_deref());
            let Some(pattern) = pattern else { continue };
            held += Parameter::texts(value).map(str::len).sum::<usize>();
            if held > MOST_HELD {
                let sentence = format!("The values that patterns are for are longer than {MOST_HELD} bytes.");
                return Err(DocumentError::InvalidParameters(sentence));
            }
            let compiled = AllowedPattern::parse(pattern);
            // A pattern that is none lets nothing through.
            if !compiled.is_ok_and(|pattern| Parameter::texts(value).all(|text| pattern.matches(text))) {
                // UNSURE: AWS's own sentence has not been seen.
                let sentence = format!("Parameter \"{name}\" does not match the allowed pattern: {pattern}");
                return Err(DocumentError::InvalidParameters(sentence));
            }
        }
        Ok(arguments)
    }
}

fn wrong(mistake: &kagiban_session::document::DocumentError) -> DocumentError {
    DocumentError::InvalidParameters(mistake.to_string())
}

fn minutes(duration: Duration) -> u16 {
    u16::try_from(duration.as_secs() / 60).unwrap_or(u16::MAX)
}

/// As whom the caller's sessions run, by a tag of the caller's session, role or user.
fn run_as(caller: &Caller) -> Option<&str> {
    let own: &[Tag] = match &caller.identity {
        Identity::User(user) | Identity::Federated(Some(user)) => &user.tags,
        Identity::Role(role) => &role.tags,
        Identity::Anonymous | Identity::Root | Identity::Node(_) | Identity::Federated(None) => &[],
    };
    let passed = caller.claims().map_or(&[][..], |claims| &claims.tags);
    let mut tags = passed.iter().chain(own);
    tags.find(|tag| tag.key == RUN_AS_TAG)
        .map(|tag| tag.value.as_str())
}

/// What opens the client's end of a session.
pub(crate) struct Opened {
    pub(crate) token: SecretString,
    pub(crate) url: String,
}

/// A token for this turn of the session, and where to bring it.
pub(crate) fn opened(id: &str, epoch: u32, call: &Call<'_>, view: &View<'_>, with: &With<'_>) -> Opened {
    let claims = Claims {
        scope: call.scope,
        epoch,
    };
    let token = view
        .tokens
        .issue(Channel::Client(id), claims, with.now, with.entropy);
    Opened {
        token,
        url: view.streams.url(id),
    }
}
