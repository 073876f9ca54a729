//! Which resources a statement is about.

use crate::arn_pattern::{ArnParts, ArnPattern};
use crate::context::{Context, ContextKey};
use crate::effort::Effort;
use crate::glob::Glob;
use crate::malformed::MalformedPolicy;
use crate::template::Template;

/// One pattern of a `Resource` element.
#[derive(Clone, Debug)]
pub(crate) enum ResourcePattern {
    /// `*`, the only pattern that covers a request without a resource.
    Any,
    Arn(ArnPattern),
    /// Variables are live in the last part only. The outline is what can be said without their values.
    ///
    /// Source: IAM User Guide, "Policy variables": only in the resource portion of the ARN.
    Varying {
        outline: ArnPattern,
        resource: Template,
    },
}

/// The resource of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resource<'a> {
    /// `*`: the action has none.
    None,
    Arn(ArnParts<'a>),
    /// Neither; only `*` covers it.
    Other,
}

impl<'a> Resource<'a> {
    pub(crate) fn new(text: &'a str) -> Resource<'a> {
        match ArnParts::new(text) {
            Some(parts) => Resource::Arn(parts),
            None if text == "*" => Resource::None,
            None => Resource::Other,
        }
    }
}

impl ResourcePattern {
    pub(crate) fn parse(text: &str, variables: bool) -> Result<ResourcePattern, MalformedPolicy> {
        if text == "*" {
            return Ok(ResourcePattern::Any);
        }
        if !text.starts_with("arn:") {
            return Err(MalformedPolicy::ResourceNotArn(text.into()));
        }
        let pattern = ArnPattern::parse(text).ok_or(MalformedPolicy::Legacy)?;
        let resource = text.splitn(6, ':').nth(5).filter(|_| variables);
        Ok(match resource.and_then(Template::parse) {
            Some(resource) => ResourcePattern::Varying {
                outline: pattern.with_resource(Glob::prefix(resource.literal_prefix())),
                resource,
            },
            None => ResourcePattern::Arn(pattern),
        })
    }

    /// Whether the pattern covers the resource; `None` if a variable has no value, so nobody can say.
    /// Without meaning if the effort gave up.
    pub(crate) fn matches(
        &self,
        resource: Resource<'_>,
        context: &dyn Context,
        effort: &Effort,
    ) -> Option<bool> {
        match (self, resource) {
            (ResourcePattern::Any, _) => Some(true),
            (_, Resource::None | Resource::Other) => Some(false),
            (ResourcePattern::Arn(pattern), Resource::Arn(arn)) => Some(pattern.matches(arn, effort)),
            (ResourcePattern::Varying { outline, resource }, Resource::Arn(arn)) => {
                if !outline.matches(arn, effort) {
                    return Some(false);
                }
                resource.matches(arn.resource(), context, effort)
            }
        }
    }

    /// The keys that the pattern's variables name.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ContextKey> {
        let template = match self {
            ResourcePattern::Varying { resource, .. } => Some(resource),
            ResourcePattern::Any | ResourcePattern::Arn(_) => None,
        };
        template.into_iter().flat_map(Template::keys)
    }
}
