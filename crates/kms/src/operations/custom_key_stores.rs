//! The calls that make, change and connect custom key stores, of which this server has none.
//!
//! They are here to be refused in KMS's own words: who may not call them learns that first, as from
//! AWS, and nobody else is told that the operation is unknown.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::{KmsError, View, wire};

// UNSURE: AWS's sentence where custom key stores are not offered.
const NOT_OFFERED: &str = "Custom key stores are not supported by this server.";

macro_rules! refused {
    ($($name:ident $action:literal $request:ident $response:ident)*) => {$(
        #[doc = concat!("`", $action, "`: always refused.")]
        #[derive(Clone, Debug)]
        pub struct $name;

        impl Operation for $name {
            const ACTION: &'static str = $action;
            type Wire = wire::$request;
            type Output = wire::$response;
            type Error = KmsError;
            type View<'v> = View<'v>;

            fn parse(_wire: wire::$request) -> Result<$name, KmsError> {
                Ok($name)
            }

            fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
                Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
            }

            fn decide(
                _request: Authorized<$name>,
                _call: &Call<'_>,
                _view: &View<'_>,
                _with: &With<'_>,
            ) -> Result<Decision<wire::$response>, KmsError> {
                Err(KmsError::Unsupported(NOT_OFFERED.to_owned()))
            }
        }
    )*};
}

refused! {
    ConnectCustomKeyStore "kms:ConnectCustomKeyStore"
        ConnectCustomKeyStoreRequest ConnectCustomKeyStoreResponse
    CreateCustomKeyStore "kms:CreateCustomKeyStore"
        CreateCustomKeyStoreRequest CreateCustomKeyStoreResponse
    DeleteCustomKeyStore "kms:DeleteCustomKeyStore"
        DeleteCustomKeyStoreRequest DeleteCustomKeyStoreResponse
    DisconnectCustomKeyStore "kms:DisconnectCustomKeyStore"
        DisconnectCustomKeyStoreRequest DisconnectCustomKeyStoreResponse
    UpdateCustomKeyStore "kms:UpdateCustomKeyStore"
        UpdateCustomKeyStoreRequest UpdateCustomKeyStoreResponse
}
