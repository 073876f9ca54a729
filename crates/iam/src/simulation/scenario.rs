//! What a simulation is asked for, apart from whose policies.

use kagiban_aws::{AccountId, Arn};
use kagiban_policy::{Facts, Kind, Policy};

use super::entries;
use super::subject::SourceArn;
use crate::IamError;
use crate::page::Page;
use crate::wire::ContextEntry;

/// A simulation, parsed.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    /// Additional identity policies.
    pub(super) policies: Vec<Policy>,
    pub(super) boundary: Option<Policy>,
    pub(super) resource_policy: Option<Policy>,
    /// Who owns resources whose ARN does not say.
    pub(super) owner: Option<AccountId>,
    pub(super) caller: Option<SourceArn>,
    pub(super) given: Facts,
    pub(super) page: Page,
}

/// The members that both operations have.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) policies: Option<Vec<String>>,
    pub(crate) boundaries: Option<Vec<String>>,
    pub(crate) actions: Option<Vec<String>>,
    pub(crate) resources: Option<Vec<String>>,
    pub(crate) resource_policy: Option<String>,
    pub(crate) resource_owner: Option<String>,
    pub(crate) caller: Option<String>,
    pub(crate) entries: Option<Vec<ContextEntry>>,
    pub(crate) handling: Option<String>,
    pub(crate) max_items: Option<i32>,
    pub(crate) marker: Option<String>,
}

impl Asked {
    /// # Errors
    ///
    /// `InvalidInput`. UNSURE: AWS's sentences, apart from those of ARNs and owners.
    pub(crate) fn parse(self) -> Result<Scenario, IamError> {
        handling(self.handling.as_deref())?;
        let mut boundaries = policies(self.boundaries, "PermissionsBoundaryPolicyInputList")?;
        if boundaries.len() > 1 {
            return invalid("Only one permissions boundary policy can be simulated.".to_owned());
        }
        let resource_policy = self.resource_policy.as_deref().map(resource_policy).transpose()?;
        Ok(Scenario {
            actions: actions(self.actions)?,
            resources: resources(self.resources)?,
            policies: policies(self.policies, "PolicyInputList")?,
            boundary: boundaries.pop(),
            resource_policy,
            owner: self.resource_owner.as_deref().map(owner).transpose()?,
            caller: self.caller.as_deref().map(SourceArn::parse).transpose()?,
            given: entries::parse(self.entries.unwrap_or_default())?,
            page: Page::parse(self.max_items, self.marker)?,
        })
    }
}

/// The sentence as the fault of a simulation.
pub(super) fn invalid<T>(sentence: String) -> Result<T, IamError> {
    Err(IamError::InvalidSimulation(sentence))
}

fn actions(names: Option<Vec<String>>) -> Result<Vec<String>, IamError> {
    let names = names.unwrap_or_default();
    if names.is_empty() {
        return invalid("ActionNames must not be empty.".to_owned());
    }
    match names.iter().find(|name| !is_action(name)) {
        Some(name) => invalid(format!("ActionNames are not in a valid format: {name}.")),
        None => Ok(names),
    }
}

/// `service:Operation`, without wildcards.
fn is_action(name: &str) -> bool {
    let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    name.split_once(':')
        .is_some_and(|(service, operation)| word(service) && word(operation))
}

fn resources(arns: Option<Vec<String>>) -> Result<Vec<String>, IamError> {
    let arns = arns.filter(|arns| !arns.is_empty());
    let arns = arns.unwrap_or_else(|| vec![Arn::ANY.to_owned()]);
    match arns
        .iter()
        .find(|arn| *arn != Arn::ANY && arn.parse::<Arn>().is_err())
    {
        Some(arn) => invalid(format!("ResourceNames are not in a valid ARN format: {arn}.")),
        None => Ok(arns),
    }
}

/// Compiles identity policies that are given as text.
pub(super) fn policies(texts: Option<Vec<String>>, list: &str) -> Result<Vec<Policy>, IamError> {
    let texts = texts.unwrap_or_default();
    let numbered = texts.iter().zip(1..);
    numbered
        .map(|(text, number)| {
            Policy::parse(text, Kind::Identity)
                .or_else(|error| invalid(format!("Invalid policy {list}.{number}: {error}")))
        })
        .collect()
}

/// A trust policy is taken, too, and does not count: AWS's simulator knows no roles' policies.
fn resource_policy(text: &str) -> Result<Policy, IamError> {
    Policy::parse(text, Kind::Resource)
        .or_else(|_| Policy::parse(text, Kind::Trust))
        .or_else(|error| invalid(format!("Invalid policy ResourcePolicy: {error}")))
}

/// The account in `arn:aws:iam::A:root`; AWS takes nothing else, whatever its reference says.
fn owner(text: &str) -> Result<AccountId, IamError> {
    let arn: Option<Arn> = text.parse().ok();
    arn.filter(|arn| arn.service() == "iam" && arn.resource() == "root")
        .and_then(|arn| arn.account_id())
        .map_or_else(
            || invalid(format!("'{text}' is not a valid as a Resource Owner.")),
            Ok,
        )
}

/// The options say which resources of EC2 must be there; EC2's actions are simulated like any others.
fn handling(option: Option<&str>) -> Result<(), IamError> {
    const OPTIONS: [&str; 6] = [
        "EC2-Classic-InstanceStore",
        "EC2-Classic-EBS",
        "EC2-VPC-InstanceStore",
        "EC2-VPC-InstanceStore-Subnet",
        "EC2-VPC-EBS",
        "EC2-VPC-EBS-Subnet",
    ];
    match option.filter(|option| !OPTIONS.contains(option)) {
        Some(option) => invalid(format!("Invalid ResourceHandlingOption: {option}.")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(asked: Asked) -> String {
        asked.parse().unwrap_err().to_string()
    }

    fn asking() -> Asked {
        Asked {
            actions: Some(vec!["ssm:GetParameter".to_owned()]),
            ..Asked::default()
        }
    }

    #[test]
    fn resources_default_to_everything() {
        assert_eq!(asking().parse().unwrap().resources, ["*"]);
    }

    #[test]
    fn what_aws_refuses_is_refused_in_its_words() {
        let owner = Some("123456789012".to_owned());
        let resource = Some(vec!["14a050d4".to_owned()]);
        assert_eq!(
            refused(Asked {
                resource_owner: owner,
                ..asking()
            }),
            "'123456789012' is not a valid as a Resource Owner."
        );
        assert_eq!(
            refused(Asked {
                resources: resource,
                ..asking()
            }),
            "ResourceNames are not in a valid ARN format: 14a050d4."
        );
    }

    #[test]
    fn an_action_is_one_of_one_service() {
        for name in ["GetParameter", "ssm:", ":Get", "ssm:Get*", "*"] {
            let actions = Some(vec![name.to_owned()]);
            let refused = refused(Asked {
                actions,
                ..Asked::default()
            });
            assert_eq!(refused, format!("ActionNames are not in a valid format: {name}."));
        }
    }
}
