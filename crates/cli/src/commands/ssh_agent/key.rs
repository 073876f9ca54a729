//! A key that the agent has: its public half, and something that signs.

use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};

use super::signature::{Scheme, encoded};
use crate::failure::Failure;

/// Signs for one key.
pub(super) trait Signs: Send {
    /// A signature as the key's own system makes it: DER for ECDSA, plain bytes otherwise.
    ///
    /// # Errors
    ///
    /// If the server refuses, or the key cannot.
    fn sign(&self, scheme: Scheme, data: &[u8]) -> Result<Vec<u8>, Failure>;
}

/// A key.
pub(crate) struct Key {
    public: PublicKey,
    blob: Vec<u8>,
    signer: Box<dyn Signs>,
}

impl Key {
    /// Puts one together; `name` is what people know it by.
    ///
    /// # Errors
    ///
    /// If the public key cannot be said in SSH's way.
    pub(super) fn new(public: KeyData, name: &str, signer: Box<dyn Signs>) -> Result<Key, Failure> {
        let public = PublicKey::new(public, name);
        let blob = public.to_bytes().map_err(|error| unusable(name, &error))?;
        Ok(Key { public, blob, signer })
    }

    /// What a client asks for it with.
    pub(super) fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// What people know it by.
    pub(super) fn name(&self) -> &str {
        self.public.comment()
    }

    /// Such as `SHA256:…`.
    pub(super) fn fingerprint(&self) -> String {
        self.public.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The public key, as `authorized_keys` has it.
    ///
    /// # Errors
    ///
    /// If it cannot be said so.
    pub(super) fn authorized_line(&self) -> Result<String, Failure> {
        self.public
            .to_openssh()
            .map_err(|error| unusable(self.name(), &error))
    }

    /// Signs; the answer is what SSH calls a signature. `flags` are the request's.
    ///
    /// # Errors
    ///
    /// If this is not signed so, or the server refuses.
    pub(super) fn sign(&self, data: &[u8], flags: u32) -> Result<Vec<u8>, Failure> {
        let scheme = Scheme::of(&self.public.algorithm(), flags).map_err(Failure::Usage)?;
        let signature = self.signer.sign(scheme, data)?;
        encoded(scheme, &signature)
            .ok_or_else(|| Failure::Answer(format!("the signature of {} has another form", self.name())))
    }
}

/// A key that is not one; the cause says nothing of its bytes.
pub(super) fn unusable(name: &str, why: &dyn std::fmt::Display) -> Failure {
    Failure::Usage(format!("the key `{name}` cannot be used: {why}"))
}
