//! `ssm:StartSession`: give somebody a shell, a command or a port on a node.

use std::collections::BTreeMap;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_session::document::SessionDocument;
use kagiban_store::{Key, Txn};

use crate::documents::{DocumentError, DocumentRef, Found, owned};
use crate::nodes::NodeId;
use crate::records::keys;
use crate::sessions::{Beginning, new_id, opened};
use crate::{ParameterError, View, access, wire};

/// Which session to start where.
#[derive(Clone, Debug)]
pub struct StartSession {
    target: String,
    /// None for the account's preferences.
    document: Option<DocumentRef>,
    preferences: DocumentRef,
    parameters: BTreeMap<String, Vec<String>>,
    reason: Option<String>,
}

impl Operation for StartSession {
    const ACTION: &'static str = "ssm:StartSession";
    type Wire = wire::StartSessionRequest;
    type Output = wire::StartSessionResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::StartSessionRequest) -> Result<StartSession, ParameterError> {
        Ok(StartSession {
            target: wire.target.unwrap_or_default(),
            document: wire
                .document_name
                .as_deref()
                .map(DocumentRef::parse)
                .transpose()?,
            preferences: DocumentRef::parse(DocumentRef::PREFERENCES)?,
            parameters: wire.parameters.unwrap_or_default(),
            reason: wire.reason,
        })
    }

    /// The node, and the document. A caller who names no document needs no right to the preferences,
    /// unless a policy makes one of `ssm:SessionDocumentAccessCheck`: the key is false while the node is
    /// asked about alone and true while both are, so a statement that wants it true counts only then.
    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let node = |checked: bool| {
            let node = access::on_node(Self::ACTION, &self.target, call, view);
            node.when("ssm:sessiondocumentaccesscheck", checked)
        };
        if self.document.is_none() && kagiban_iam::allowed(&node(false), call, view.iam).is_ok() {
            return Ok(vec![node(false)]);
        }
        let document = self.document().requirement(Self::ACTION, call, view);
        let document = document.when("ssm:sessiondocumentaccesscheck", true);
        Ok(vec![node(true), document])
    }

    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        let content = || match self.document().find(call, view)? {
            Found::Owned(_) => None,
            Found::Kept(kept) => Some(kept.place(kept.version(None, None).ok()?)),
        };
        content().into_iter().collect()
    }

    /// Arguments are held against the patterns of a document that anybody may have written.
    fn is_slow(&self, _call: &Call<'_>, _view: &View<'_>) -> bool {
        !self.parameters.is_empty()
    }

    fn decide(
        request: Authorized<StartSession>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::StartSessionResponse>, ParameterError> {
        let document = request.read(call, view, with)?;
        let connected = NodeId::parse(&request.target)
            .filter(|node| view.ssm.node(call.scope, node).is_some())
            .is_some_and(|node| view.presence.is_connected(&node));
        if !connected {
            return Err(DocumentError::NotConnected(request.target.clone()).into());
        }
        let beginning = Beginning {
            target: &request.target,
            document_name: &request.document().asked,
            document: &document,
            parameters: &request.parameters,
            reason: request.reason.as_deref(),
        };
        let session = beginning.session(call)?;
        // Two that start at the same moment may both find room; the gateway counts again.
        let most = view.streams.live_per_account;
        if view.ssm.live_sessions_of(call.scope.account) >= most {
            return Err(DocumentError::TooManySessions(most).into());
        }
        let id = new_id(call.caller, with.entropy);
        let stream = opened(&id, session.epoch, call, view, with);
        let key = keys::session(call.scope, &id);
        let mut txn = Txn::new();
        txn.absent(key.clone()).put(key, &session);
        let output = wire::StartSessionResponse {
            session_id: Some(id),
            token_value: Some(stream.token),
            stream_url: Some(stream.url),
        };
        Ok(Decision::write(txn, output))
    }
}

impl StartSession {
    fn document(&self) -> &DocumentRef {
        self.document.as_ref().unwrap_or(&self.preferences)
    }

    fn read(
        &self,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<SessionDocument, ParameterError> {
        match (self.document().find(call, view), &self.document) {
            (Some(Found::Owned(owned)), _) => Ok(owned.document.clone()),
            (Some(Found::Kept(kept)), _) => kept.session(with.cold),
            (None, None) => Ok(owned::DEFAULT_SHELL.clone()),
            // UNSURE: whether AWS tells who names the default document, which nobody has made, the same.
            (None, Some(named)) if named.asked == DocumentRef::PREFERENCES => {
                Ok(owned::DEFAULT_SHELL.clone())
            }
            (None, Some(named)) => Err(DocumentError::NoSuchDocument(named.asked.clone()).into()),
        }
    }
}
