//! `kms:DescribeCustomKeyStores`: the account's custom key stores, of which this server has none.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::{KmsError, View, wire};

/// Which one, if the request names one.
#[derive(Clone, Debug)]
pub struct DescribeCustomKeyStores {
    named: Option<String>,
}

impl Operation for DescribeCustomKeyStores {
    const ACTION: &'static str = "kms:DescribeCustomKeyStores";
    type Wire = wire::DescribeCustomKeyStoresRequest;
    type Output = wire::DescribeCustomKeyStoresResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DescribeCustomKeyStoresRequest) -> Result<DescribeCustomKeyStores, KmsError> {
        if wire.marker.is_some() {
            return Err(KmsError::InvalidMarker); // one page has room for none
        }
        Ok(DescribeCustomKeyStores {
            named: wire.custom_key_store_id.or(wire.custom_key_store_name),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<DescribeCustomKeyStores>,
        _call: &Call<'_>,
        _view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DescribeCustomKeyStoresResponse>, KmsError> {
        match request.into_inner().named {
            Some(store) => Err(KmsError::NoSuchCustomKeyStore(store)),
            None => Ok(Decision::read(wire::DescribeCustomKeyStoresResponse {
                custom_key_stores: Some(Vec::new()),
                next_marker: None,
                truncated: Some(false),
            })),
        }
    }
}
