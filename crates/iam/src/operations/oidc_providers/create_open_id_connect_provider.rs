//! `iam:CreateOpenIDConnectProvider`: take the tokens of another issuer from now on.

use crate::oidc_providers::{ProviderUrl, client_ids, thumbprints};
use crate::providers::{arn, made, room_for_one};
use crate::records::{OidcProvider, Tag};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// A provider to be made.
#[derive(Clone, Debug)]
pub struct CreateOpenIDConnectProvider {
    url: ProviderUrl,
    client_ids: Vec<String>,
    thumbprints: Vec<String>,
    tags: Vec<Tag>,
}

impl Operation for CreateOpenIDConnectProvider {
    const ACTION: &'static str = "iam:CreateOpenIDConnectProvider";
    type Wire = wire::CreateOpenIDConnectProviderRequest;
    type Output = wire::CreateOpenIDConnectProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::CreateOpenIDConnectProviderRequest,
    ) -> Result<CreateOpenIDConnectProvider, IamError> {
        Ok(CreateOpenIDConnectProvider {
            url: wire.url.unwrap_or_default().parse()?,
            client_ids: client_ids(wire.client_id_list.unwrap_or_default())?,
            thumbprints: thumbprints(wire.thumbprint_list.unwrap_or_default())?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let create = Requirement::on(Self::ACTION, arn::<OidcProvider>(id, self.url.bare()), id);
        Ok(tags::to_create(
            create,
            "iam:TagOpenIDConnectProvider",
            &self.tags,
        ))
    }

    fn decide(
        request: Authorized<CreateOpenIDConnectProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateOpenIDConnectProviderResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        if account.oidc_providers.contains_key(request.url.bare()) {
            return Err(IamError::EntityAlreadyExists(format!(
                "Provider with url {} already exists.",
                request.url
            )));
        }
        room_for_one::<OidcProvider>(account)?;
        let request = request.into_inner();
        let provider = OidcProvider {
            url: request.url.bare().to_owned(),
            client_ids: request.client_ids,
            thumbprints: request.thumbprints,
            keys: None,
            created: with.now,
            tags: request.tags,
            rest: Default::default(),
        };
        let output = wire::CreateOpenIDConnectProviderResponse {
            open_id_connect_provider_arn: Some(arn::<OidcProvider>(id, &provider.url).into()),
            tags: tags::shown(&provider.tags),
        };
        Ok(Decision::write(made(id, &provider), output))
    }
}
