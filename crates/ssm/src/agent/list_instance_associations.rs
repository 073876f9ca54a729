//! `ssm:ListInstanceAssociations`: what State Manager wants of a node, which is nothing: it is not here.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use super::wire;
use crate::{ParameterError, View, access};

/// Which node.
#[derive(Clone, Debug)]
pub struct ListInstanceAssociations {
    id: String,
}

impl Operation for ListInstanceAssociations {
    const ACTION: &'static str = "ssm:ListInstanceAssociations";
    type Wire = wire::ListInstanceAssociationsRequest;
    type Output = wire::ListInstanceAssociationsResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::ListInstanceAssociationsRequest,
    ) -> Result<ListInstanceAssociations, ParameterError> {
        Ok(ListInstanceAssociations {
            id: wire.instance_id.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_node(Self::ACTION, &self.id, call, view)])
    }

    fn decide(
        request: Authorized<ListInstanceAssociations>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListInstanceAssociationsResult>, ParameterError> {
        view.existing_node(&request.id, call)?;
        Ok(Decision::read(wire::ListInstanceAssociationsResult {
            associations: Some(Vec::new()),
            next_token: None,
        }))
    }
}
