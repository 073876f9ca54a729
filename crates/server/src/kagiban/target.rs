//! What is asked about: an action on a resource, and what it takes besides.
//!
//! Resources come from live state: a key with its policy and aliases, a role with its trust policy, a
//! parameter with its tags. What a service does for the caller is part of it, too: a SecureString is
//! read only by those who may decrypt with its key, and a value that refers to other parameters by those
//! who may read them.

use kagiban_aws::{Arn, Region};
use kagiban_iam::{Call, Caller, Requirement, Scope, allowed, explanation};
use kagiban_kms::KeyRef;
use kagiban_ssm::ParameterName;

use super::{KagibanError, View};

/// An action and its resource.
#[derive(Clone, Debug)]
pub(super) struct Target {
    action: String,
    resource: String,
}

const READ: &str = "ssm:GetParameter";

/// One thing that the principal must be allowed, and for whom a service asks.
pub(super) struct Needed {
    pub(super) requirement: Requirement,
    pub(super) via: Option<&'static str>,
    /// Whether the resource's own policy is none of the asker's business; see [`super::closed`].
    pub(super) is_closed: bool,
}

impl Target {
    /// Takes `service:Action` and an ARN, `*` if there is none.
    ///
    /// # Errors
    ///
    /// `InvalidInput`.
    pub(super) fn parse(action: &str, resource: Option<&str>) -> Result<Target, KagibanError> {
        let word =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let invalid = |what: &str, text: &str| KagibanError::InvalidInput(format!("`{text}` is not {what}"));
        if !action
            .split_once(':')
            .is_some_and(|(service, name)| word(service) && word(name))
        {
            return Err(invalid(
                "an action; write one such as ssm:GetParameter, without wildcards",
                action,
            ));
        }
        let resource = resource.unwrap_or(Arn::ANY);
        if resource != Arn::ANY && resource.parse::<Arn>().is_err() {
            return Err(invalid("an ARN or `*`", resource));
        }
        Ok(Target {
            action: action.to_owned(),
            resource: resource.to_owned(),
        })
    }

    /// The principal's account, in the resource's Region if it has one.
    pub(super) fn scope(&self, caller: &Caller, region: Region) -> Scope {
        Scope {
            account: caller.account,
            region: self
                .arn()
                .and_then(|arn| arn.region().parse().ok())
                .unwrap_or(region),
        }
    }

    fn arn(&self) -> Option<Arn> {
        self.resource.parse().ok()
    }

    fn service(&self) -> String {
        let (service, _) = self.action.split_once(':').unwrap_or_default();
        service.to_ascii_lowercase()
    }

    /// Everything that the principal must be allowed; `call` is the principal's, `asker` whose who asks.
    pub(super) fn needed(&self, call: &Call<'_>, asker: &Call<'_>, view: &View<'_>) -> Vec<Needed> {
        if let Some(requirement) = self.on_foreign_parameter(call, view) {
            return vec![Needed {
                requirement,
                via: None,
                is_closed: true,
            }];
        }
        let mut needed = vec![Needed::direct(self.requirement(call, view))];
        let Some(name) = self.parameter(call).filter(|_| self.service() == "ssm") else {
            return needed;
        };
        needed.extend(of_kms(&self.action, &name, call, view));
        needed.extend(self.of_references(&name, call, asker, view));
        needed
    }

    /// What the parameters take that the parameter's value refers to. It tells of the value, so only
    /// those see it who may read that themselves.
    fn of_references(
        &self,
        name: &ParameterName,
        call: &Call<'_>,
        asker: &Call<'_>,
        view: &View<'_>,
    ) -> Vec<Needed> {
        let ssm = view.ssm();
        let own = ssm.requirement(READ, name, asker);
        if asker.scope.account != call.scope.account || allowed(&own, asker, view.as_ref()).is_err() {
            return Vec::new();
        }
        let referred = ssm.of_references(&self.action, name, call);
        let needed = referred.iter().flat_map(|name| {
            let read = Needed::direct(ssm.requirement(READ, name, call));
            std::iter::once(read).chain(of_kms(READ, name, call, view))
        });
        needed.collect()
    }

    fn requirement(&self, call: &Call<'_>, view: &View<'_>) -> Requirement {
        let arn = self.arn();
        let owner = arn
            .as_ref()
            .and_then(Arn::account_id)
            .unwrap_or(call.caller.account);
        match (self.service().as_str(), &arn) {
            ("kms", Some(arn)) => self.on_key(arn, call, view),
            ("iam" | "sts", Some(arn)) => Some(explanation::on_entity(
                self.action.clone(),
                arn,
                owner,
                view.as_ref(),
            )),
            ("ssm", Some(_)) => self
                .parameter(call)
                .map(|name| view.ssm().requirement(self.action.clone(), &name, call)),
            _ => None,
        }
        .unwrap_or_else(|| explanation::on(self.action.clone(), self.resource.clone(), owner))
    }

    /// A key by its ARN or one of its aliases'; one that does not exist has no policy.
    fn on_key(&self, arn: &Arn, call: &Call<'_>, view: &View<'_>) -> Option<Requirement> {
        let named: KeyRef = arn.as_str().parse().ok()?;
        let found = view.kms().find(&named, call).ok()?;
        Some(found.requirement(self.action.clone(), call))
    }

    /// What might be a parameter of another account in the Region that is asked about.
    fn on_foreign_parameter(&self, call: &Call<'_>, view: &View<'_>) -> Option<Requirement> {
        let account = self.arn()?.account_id()?;
        let home = Scope {
            account,
            ..call.scope
        };
        if self.service() != "ssm" || account == call.caller.account {
            return None;
        }
        let name = self.parameter_in(home)?;
        Some(view.ssm().requirement_at(self.action.clone(), &name, home, call))
    }

    /// The parameter, if it is one of the principal's own account and Region.
    fn parameter(&self, call: &Call<'_>) -> Option<ParameterName> {
        self.parameter_in(call.scope)
    }

    fn parameter_in(&self, home: Scope) -> Option<ParameterName> {
        let arn = self.arn()?;
        let name: ParameterName = arn.resource().strip_prefix("parameter")?.parse().ok()?;
        (name.arn(home) == arn).then_some(name)
    }
}

/// What Parameter Store asks of KMS for the principal.
fn of_kms(
    action: &str,
    name: &ParameterName,
    call: &Call<'_>,
    view: &View<'_>,
) -> impl Iterator<Item = Needed> + use<> {
    let required = view.ssm().of_kms(action, name, call).into_iter();
    required.map(|requirement| Needed {
        requirement,
        via: Some("ssm"),
        is_closed: false,
    })
}

impl Needed {
    fn direct(requirement: Requirement) -> Needed {
        Needed {
            requirement,
            via: None,
            is_closed: false,
        }
    }
}
