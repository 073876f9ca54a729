//! Operations on identity providers.

use super::text;
use crate::operations::*;
use crate::testing::{A, Credentials, World};
use crate::{Operation as _, wire};

const OIDC: &str = "arn:aws:iam::111122223333:oidc-provider/issuer.example/x";
const SAML: &str = "arn:aws:iam::111122223333:saml-provider/adfs";

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    let mut tried = oidc(world, who);
    tried.extend(saml(world, who));
    tried
}

fn oidc(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    denials! { world, who:
        CreateOpenIDConnectProvider(CreateOpenIDConnectProviderRequest { url: text("https://issuer.example/x") }) on "oidc-provider/issuer.example/x";
        GetOpenIDConnectProvider(GetOpenIDConnectProviderRequest { open_id_connect_provider_arn: text(OIDC) }) on "oidc-provider/issuer.example/x";
        ListOpenIDConnectProviders(ListOpenIDConnectProvidersRequest {  }) on "oidc-provider/*";
        DeleteOpenIDConnectProvider(DeleteOpenIDConnectProviderRequest { open_id_connect_provider_arn: text(OIDC) }) on "oidc-provider/issuer.example/x";
        AddClientIDToOpenIDConnectProvider(AddClientIDToOpenIDConnectProviderRequest { open_id_connect_provider_arn: text(OIDC), client_id: text("app") }) on "oidc-provider/issuer.example/x";
        RemoveClientIDFromOpenIDConnectProvider(RemoveClientIDFromOpenIDConnectProviderRequest { open_id_connect_provider_arn: text(OIDC), client_id: text("app") }) on "oidc-provider/issuer.example/x";
        UpdateOpenIDConnectProviderThumbprint(UpdateOpenIDConnectProviderThumbprintRequest { open_id_connect_provider_arn: text(OIDC) }) on "oidc-provider/issuer.example/x";
        TagOpenIDConnectProvider(TagOpenIDConnectProviderRequest { open_id_connect_provider_arn: text(OIDC) }) on "oidc-provider/issuer.example/x";
        UntagOpenIDConnectProvider(UntagOpenIDConnectProviderRequest { open_id_connect_provider_arn: text(OIDC) }) on "oidc-provider/issuer.example/x";
        ListOpenIDConnectProviderTags(ListOpenIDConnectProviderTagsRequest { open_id_connect_provider_arn: text(OIDC) }) on "oidc-provider/issuer.example/x";
    }
}

fn saml(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    let metadata = || Some("<EntityDescriptor/>".repeat(100));
    denials! { world, who:
        CreateSAMLProvider(CreateSAMLProviderRequest { name: text("adfs"), saml_metadata_document: metadata() }) on "saml-provider/adfs";
        GetSAMLProvider(GetSAMLProviderRequest { saml_provider_arn: text(SAML) }) on "saml-provider/adfs";
        ListSAMLProviders(ListSAMLProvidersRequest {  }) on "saml-provider/*";
        UpdateSAMLProvider(UpdateSAMLProviderRequest { saml_provider_arn: text(SAML), saml_metadata_document: metadata() }) on "saml-provider/adfs";
        DeleteSAMLProvider(DeleteSAMLProviderRequest { saml_provider_arn: text(SAML) }) on "saml-provider/adfs";
        TagSAMLProvider(TagSAMLProviderRequest { saml_provider_arn: text(SAML) }) on "saml-provider/adfs";
        UntagSAMLProvider(UntagSAMLProviderRequest { saml_provider_arn: text(SAML) }) on "saml-provider/adfs";
        ListSAMLProviderTags(ListSAMLProviderTagsRequest { saml_provider_arn: text(SAML) }) on "saml-provider/adfs";
    }
}
