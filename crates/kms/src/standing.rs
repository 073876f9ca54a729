//! What the state of a key lets be done with it.
//!
//! Source: KMS Developer Guide, "Key states of AWS KMS keys", the table of operations and states.

use crate::records::KeyState;
use crate::spec::{Algorithms, KeyUsage, Origin};
use crate::{Found, KmsError};

/// What an operation asks of a key's state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needs {
    /// To use it: every cryptographic operation, and grants for them.
    Use,
    /// To switch it on or off.
    Switch,
    /// To change what is not about its use: names, tags, description.
    Alive,
    /// To be about to be destroyed.
    Doomed,
    /// To change how it rotates by itself, which keys with imported material do not.
    Rotation,
    /// To get material from its owner, which other keys do not.
    Import,
    /// To have got it, whatever has become of the key.
    Imported,
}

impl Found {
    /// Refuses if the key is in no state for what is asked.
    ///
    /// # Errors
    ///
    /// In AWS's words, by state: disabled, pending deletion, pending import, not pending deletion.
    pub fn demand(&self, needs: Needs) -> Result<(), KmsError> {
        use KeyState::*;

        match (needs, self.key.state) {
            (Needs::Doomed, PendingDeletion | PendingReplicaDeletion) => Ok(()),
            (Needs::Doomed, _) => Err(self.state("is not pending deletion.")),
            (Needs::Rotation, _) if self.key.origin == Origin::External => Err(self.foreign_origin()),
            (Needs::Import | Needs::Imported, _) if self.key.origin != Origin::External => {
                Err(self.foreign_origin())
            }
            (Needs::Imported, _)
            | (Needs::Use | Needs::Switch | Needs::Rotation | Needs::Alive | Needs::Import, Enabled)
            | (Needs::Switch | Needs::Alive | Needs::Import, Disabled)
            | (Needs::Alive | Needs::Import, PendingImport) => Ok(()),
            (Needs::Use | Needs::Rotation, Disabled) => Err(KmsError::Disabled(self.arn())),
            (_, PendingDeletion | PendingReplicaDeletion) => Err(self.state("is pending deletion.")),
            (_, PendingImport) => Err(self.state("is pending import.")),
        }
    }

    /// Refuses keys that are made for something else, and algorithms that are not the key's.
    ///
    /// `operation` is its bare name, such as `Encrypt`.
    ///
    /// # Errors
    ///
    /// `InvalidKeyUsageException` in AWS's words.
    pub fn demand_algorithm(
        &self,
        operation: &str,
        usage: KeyUsage,
        algorithm: &str,
    ) -> Result<(), KmsError> {
        let key = &self.key;
        if key.usage != usage {
            return Err(KmsError::InvalidKeyUsage(format!(
                "{} key usage is {} which is not valid for {operation}.",
                self.arn(),
                key.usage
            )));
        }
        let Algorithms {
            encryption,
            signing,
            mac,
            key_agreement,
        } = key.spec.algorithms(usage).unwrap_or_default();
        let all = [encryption, signing, mac, key_agreement];
        if all.iter().any(|list| list.contains(&algorithm)) {
            return Ok(());
        }
        Err(KmsError::InvalidKeyUsage(format!(
            "Algorithm {algorithm} is incompatible with key spec {}.",
            key.spec
        )))
    }

    /// What is asked is not for keys of this origin.
    pub(crate) fn foreign_origin(&self) -> KmsError {
        KmsError::Unsupported(format!(
            "{} origin is {} which is not valid for this operation.",
            self.arn(),
            self.key.origin
        ))
    }

    fn state(&self, is: &str) -> KmsError {
        KmsError::InvalidState(format!("{} {is}", self.arn()))
    }
}
