//! SAML providers: their metadata, kept.

mod create_saml_provider;
mod delete_saml_provider;
mod get_saml_provider;
mod list_saml_provider_tags;
mod list_saml_providers;
mod tag_saml_provider;
mod untag_saml_provider;
mod update_saml_provider;

pub use create_saml_provider::CreateSAMLProvider;
pub use delete_saml_provider::DeleteSAMLProvider;
pub use get_saml_provider::GetSAMLProvider;
pub use list_saml_provider_tags::ListSAMLProviderTags;
pub use list_saml_providers::ListSAMLProviders;
pub use tag_saml_provider::TagSAMLProvider;
pub use untag_saml_provider::UntagSAMLProvider;
pub use update_saml_provider::UpdateSAMLProvider;
