//! What a grant can allow.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::KmsError;
use crate::spec::{KeySpec, KeyUsage, words};

words! {
    /// An operation that a grant can allow.
    GrantOperation {
        /// `kms:Decrypt`.
        Decrypt = "Decrypt",
        /// `kms:Encrypt`.
        Encrypt = "Encrypt",
        /// `kms:GenerateDataKey`.
        GenerateDataKey = "GenerateDataKey",
        /// `kms:GenerateDataKeyWithoutPlaintext`.
        GenerateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext",
        /// `kms:ReEncryptFrom`.
        ReEncryptFrom = "ReEncryptFrom",
        /// `kms:ReEncryptTo`.
        ReEncryptTo = "ReEncryptTo",
        /// `kms:Sign`.
        Sign = "Sign",
        /// `kms:Verify`.
        Verify = "Verify",
        /// `kms:GetPublicKey`.
        GetPublicKey = "GetPublicKey",
        /// To pass on what the grant allows.
        CreateGrant = "CreateGrant",
        /// To give the grant itself back.
        RetireGrant = "RetireGrant",
        /// `kms:DescribeKey`.
        DescribeKey = "DescribeKey",
        /// `kms:GenerateDataKeyPair`.
        GenerateDataKeyPair = "GenerateDataKeyPair",
        /// `kms:GenerateDataKeyPairWithoutPlaintext`.
        GenerateDataKeyPairWithoutPlaintext = "GenerateDataKeyPairWithoutPlaintext",
        /// `kms:GenerateMac`.
        GenerateMac = "GenerateMac",
        /// `kms:VerifyMac`.
        VerifyMac = "VerifyMac",
        /// `kms:DeriveSharedSecret`.
        DeriveSharedSecret = "DeriveSharedSecret",
        /// Of keys that this server does not have.
        Encapsulate = "Encapsulate",
        /// Of keys that this server does not have.
        Decapsulate = "Decapsulate",
    }
}

impl GrantOperation {
    /// The one that allows an action, such as `kms:Decrypt`, in any case.
    pub(crate) fn of_action(action: &str) -> Option<GrantOperation> {
        let (service, name) = action.split_once(':')?;
        let named = |one: &GrantOperation| one.as_str().eq_ignore_ascii_case(name);
        let found = Self::ALL.iter().copied().find(named)?;
        service.eq_ignore_ascii_case("kms").then_some(found)
    }

    /// Whether it can be done with keys of this kind at all.
    ///
    /// Source: KMS Developer Guide, "Grant operations".
    pub(crate) fn suits(self, spec: KeySpec, usage: KeyUsage) -> bool {
        use GrantOperation::*;

        match self {
            CreateGrant | RetireGrant | DescribeKey => true,
            Encrypt | Decrypt | ReEncryptFrom | ReEncryptTo => usage == KeyUsage::EncryptDecrypt,
            GenerateDataKey
            | GenerateDataKeyWithoutPlaintext
            | GenerateDataKeyPair
            | GenerateDataKeyPairWithoutPlaintext => spec.is_symmetric(),
            GetPublicKey => spec.is_asymmetric(),
            Sign | Verify => usage == KeyUsage::SignVerify,
            GenerateMac | VerifyMac => usage == KeyUsage::GenerateVerifyMac,
            DeriveSharedSecret => usage == KeyUsage::KeyAgreement,
            Encapsulate | Decapsulate => false,
        }
    }

    /// Whether encryption contexts have no part in it, so that constraints do not hold it back.
    pub(crate) fn ignores_context(self) -> bool {
        matches!(self, GrantOperation::DescribeKey | GrantOperation::RetireGrant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_found_in_any_case_and_nothing_else_is() {
        let found = GrantOperation::of_action;
        assert_eq!(found("kms:Decrypt"), Some(GrantOperation::Decrypt));
        assert_eq!(found("KMS:reencryptfrom"), Some(GrantOperation::ReEncryptFrom));
        assert_eq!(found("ssm:Decrypt"), None);
        assert_eq!(found("kms:PutKeyPolicy"), None);
    }
}
