//! `kagiban:AdmitInstance`: let one machine become a node of the kind that AWS gives its own instances.
//!
//! Its id will begin with `i-`, and its rights will be those of the role in an instance profile, as those of
//! a machine in EC2. On AWS nobody needs to ask for that; here no hypervisor vouches for the machine, so it
//! registers as managed instances do, with the id and the code that this answers with.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use super::wire;
use crate::nodes::activation::Wanted;
use crate::records::Rights;
use crate::{ParameterError, View, access, tags};

/// What is to be made.
#[derive(Clone, Debug)]
pub struct AdmitInstance {
    wanted: Wanted,
}

impl Operation for AdmitInstance {
    const ACTION: &'static str = "kagiban:AdmitInstance";
    type Wire = wire::AdmitInstanceRequest;
    type Output = wire::AdmitInstanceResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::AdmitInstanceRequest) -> Result<AdmitInstance, ParameterError> {
        let tag = |tag: wire::NodeTag| crate::wire::Tag {
            key: tag.key,
            value: tag.value,
        };
        let tags = wire.tags.map(|tags| tags.into_iter().map(tag).collect());
        Ok(AdmitInstance {
            wanted: Wanted {
                rights: Rights::InstanceProfile(wire.instance_profile.unwrap_or_default().into()),
                description: None,
                default_instance_name: wire.name,
                limit: 1,
                expires: wire.expiration_date,
                tags: tags::parse(tags)?,
            },
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let Wanted { rights, tags, .. } = &self.wanted;
        let create = access::requesting(access::on_all("ssm:CreateActivation", call), tags);
        Ok(vec![create, view.passing(call.scope, rights)])
    }

    fn decide(
        request: Authorized<AdmitInstance>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::AdmitInstanceResponse>, ParameterError> {
        let wanted = request.into_inner().wanted;
        view.role(call.scope, &wanted.rights, None, with.now)?;
        let (txn, made) = wanted.make(call, with)?;
        let output = wire::AdmitInstanceResponse {
            activation_id: Some(made.id),
            activation_code: Some(made.code),
            expiration_date: Some(made.expires),
        };
        Ok(Decision::write(txn, output))
    }
}
