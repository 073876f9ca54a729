//! `iam:CreateSAMLProvider`: keep a SAML identity provider's metadata.

use crate::providers::{Provider as _, made, room_for_one};
use crate::records::{SamlProvider, Tag};
use crate::saml_providers::Metadata;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};
use kagiban_aws::Arn;

/// A provider to be made.
#[derive(Clone, Debug)]
pub struct CreateSAMLProvider {
    name: String,
    metadata: Metadata,
    tags: Vec<Tag>,
}

impl Operation for CreateSAMLProvider {
    const ACTION: &'static str = "iam:CreateSAMLProvider";
    type Wire = wire::CreateSAMLProviderRequest;
    type Output = wire::CreateSAMLProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateSAMLProviderRequest) -> Result<CreateSAMLProvider, IamError> {
        if wire.assertion_encryption_mode.is_some() || wire.add_private_key.is_some() {
            return Err(IamError::NotBuilt(
                "encryption of SAML assertions is not supported",
            ));
        }
        Ok(CreateSAMLProvider {
            name: wire.name.unwrap_or_default(),
            metadata: Metadata::required(wire.saml_metadata_document)?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("saml-provider/{}", self.name));
        let create = Requirement::on(Self::ACTION, arn, id);
        Ok(tags::to_create(create, "iam:TagSAMLProvider", &self.tags))
    }

    fn decide(
        request: Authorized<CreateSAMLProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateSAMLProviderResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let valid_until = request.metadata.valid_until(with.now)?;
        if account
            .saml_providers
            .contains_key(SamlProvider::place(&request.name).as_str())
        {
            // UNSURE: AWS's sentence.
            return Err(IamError::EntityAlreadyExists(format!(
                "Provider with name {} already exists.",
                request.name
            )));
        }
        room_for_one::<SamlProvider>(account)?;
        let request = request.into_inner();
        let provider = SamlProvider {
            name: request.name,
            uuid: with.entropy.entity_id("ASPI"),
            metadata: request.metadata.into_text(),
            valid_until,
            created: with.now,
            tags: request.tags,
            rest: Default::default(),
        };
        let output = wire::CreateSAMLProviderResponse {
            saml_provider_arn: Some(provider.arn(id).into()),
            tags: tags::shown(&provider.tags),
        };
        Ok(Decision::write(made(id, &provider), output))
    }
}
