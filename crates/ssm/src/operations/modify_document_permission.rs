//! `ssm:ModifyDocumentPermission`: share a document with other accounts, or end that.

use kagiban_aws::AccountId;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::documents::{DocumentError, DocumentRef};
use crate::records::{Document, Share, keys};
use crate::{ParameterError, View, wire};

/// How many accounts a document may be shared with.
const MAX_SHARES: usize = 1000;
/// Everybody.
const ALL: &str = "all";

/// With whom to share what, and with whom no more.
#[derive(Clone, Debug)]
pub struct ModifyDocumentPermission {
    document: DocumentRef,
    add: Vec<String>,
    remove: Vec<String>,
    version: String,
}

impl Operation for ModifyDocumentPermission {
    const ACTION: &'static str = "ssm:ModifyDocumentPermission";
    type Wire = wire::ModifyDocumentPermissionRequest;
    type Output = wire::ModifyDocumentPermissionResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::ModifyDocumentPermissionRequest,
    ) -> Result<ModifyDocumentPermission, ParameterError> {
        let add = accounts(wire.account_ids_to_add)?;
        if add.len() > 1 && add.iter().any(|account| account == ALL) {
            return Err(DocumentError::AllOrSome.into());
        }
        Ok(ModifyDocumentPermission {
            document: DocumentRef::parse(&wire.name.unwrap_or_default())?,
            add,
            remove: accounts(wire.account_ids_to_remove)?,
            version: wire
                .shared_document_version
                .unwrap_or_else(|| "$DEFAULT".to_owned()),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.document.requirement(Self::ACTION, call, view)])
    }

    fn decide(
        request: Authorized<ModifyDocumentPermission>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ModifyDocumentPermissionResponse>, ParameterError> {
        let kept = request.document.own(call, view)?;
        let shares = request.shares(&kept.document.shares);
        if shares.len() > MAX_SHARES {
            return Err(DocumentError::TooManyShares.into());
        }
        let place = keys::document(call.scope, kept.name);
        let document = Document {
            shares: shares.into(),
            ..Document::clone(kept.document)
        };
        let mut txn = Txn::new();
        txn.unchanged(place.clone(), Some(kept.document.revision))
            .put(place, &document);
        Ok(Decision::write(txn, wire::ModifyDocumentPermissionResponse {}))
    }
}

impl ModifyDocumentPermission {
    /// The shares that come of those there are: everybody takes the place of some, and the reverse.
    fn shares(&self, before: &[Share]) -> Vec<Share> {
        let for_all = self.add.iter().any(|account| account == ALL);
        let stays = |share: &&Share| {
            let fits = self.add.is_empty() || for_all == (&*share.account == ALL);
            fits && !self
                .remove
                .iter()
                .chain(&self.add)
                .any(|account| **account == *share.account)
        };
        let mut shares: Vec<Share> = before.iter().filter(stays).cloned().collect();
        shares.extend(self.add.iter().map(|account| Share {
            account: account.as_str().into(),
            version: self.version.as_str().into(),
        }));
        shares
    }
}

fn accounts(given: Option<Vec<String>>) -> Result<Vec<String>, ParameterError> {
    let mut accounts = Vec::new();
    for account in given.unwrap_or_default() {
        let account = account.to_ascii_lowercase();
        if account != ALL && account.parse::<AccountId>().is_err() {
            // UNSURE: AWS's own sentence has not been seen.
            let sentence = format!("The account ID {account} is not valid.");
            return Err(ParameterError::Validation(sentence));
        }
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    Ok(accounts)
}
