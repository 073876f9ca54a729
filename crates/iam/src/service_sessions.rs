//! Roles that services take on: whether a role lets a service, and the credentials that come of it.
//!
//! A service acts for something of its own, such as a managed node. The role's trust policy decides, with
//! the keys that AWS gives it (`aws:SourceArn`, `aws:SourceAccount`) against confused deputies.

use std::borrow::Cow;

use kagiban_aws::{AccessKeyId, AccountId, Arn, KeyOrigin, Timestamp};
use kagiban_policy::{
    Attached, Context, ContextKey, Principal, PrincipalType, Question, Rule, Values, Verdict, decide,
};

use crate::entity::Entity as _;
use crate::records::Role;
use crate::sts::{Bearer, SessionClaims, SessionCredentials, SessionKey};
use crate::{Account, Entropy, Requirement};

/// A service that takes on a role.
#[derive(Clone, Copy, Debug)]
pub struct ServiceCall<'c> {
    /// Such as `ssm.amazonaws.com`.
    pub service: &'c str,
    /// The account that owns the role and what it is taken on for.
    pub account: AccountId,
    /// What it is taken on for.
    pub source: &'c Arn,
    /// When.
    pub now: Timestamp,
}

impl ServiceCall<'_> {
    /// Whether a role's trust policy names the service and lets it.
    //
    // UNSURE: whether AWS's services count as everybody; the safe side is that they are named.
    pub fn is_trusted_by(&self, role: &Role) -> bool {
        let mut named = role.trust.principals();
        if !named.any(|named| named.principal_type == PrincipalType::Service && *named.text == *self.service)
        {
            return false;
        }
        let arn = role.arn(self.account);
        let question = Question {
            principal: Principal::Service { name: self.service },
            action: "sts:AssumeRole",
            resource: arn.as_str(),
            alias: None,
            resource_account: Some(self.account),
            context: self,
            identity: &[],
            boundary: None,
            session: None,
            resource_policy: Some(Attached {
                policy: &role.trust,
                source: arn.as_str(),
            }),
            service_control: &[],
            granted: None,
            rule: Rule::Trust,
        };
        matches!(decide(&question), Verdict::Allow(_))
    }

    /// Credentials of a role that is known to trust the service, for what they are taken on for alone.
    pub fn credentials(
        &self,
        role: &Role,
        session_name: &str,
        seconds: u32,
        sessions: &SessionKey,
        entropy: &Entropy,
    ) -> (SessionCredentials, SessionClaims) {
        let bearer = Bearer::Role {
            id: role.id.clone(),
            session_name: session_name.to_owned(),
            federation: None,
        };
        let claims = SessionClaims {
            source_instance: Some(self.source.clone()),
            ..SessionClaims::new(self.account, bearer, self.now, seconds)
        };
        let id = AccessKeyId::new(KeyOrigin::Temporary, self.account, entropy.bytes());
        (sessions.issue(&claims, id, entropy), claims)
    }
}

impl Context for ServiceCall<'_> {
    fn values(&self, key: &ContextKey) -> Values<'_> {
        let own = |value: String| Values::One(Cow::Owned(value));
        match key.as_str() {
            "aws:sourcearn" => Values::text(self.source.as_str()),
            "aws:sourceaccount" | "aws:resourceaccount" => own(self.account.to_string()),
            "aws:principalisawsservice" => Values::flag(true),
            "aws:principalservicename" => Values::text(self.service),
            "aws:currenttime" => own(self.now.iso().to_string()),
            "aws:epochtime" => own(self.now.seconds().to_string()),
            _ => Values::Absent,
        }
    }
}

/// To hand a role to a service, whether the role exists or not.
pub fn pass_role(account: Option<&Account>, id: AccountId, role: &str, service: &'static str) -> Requirement {
    let on = match account {
        Some(account) => Role::target("iam:PassRole", account, id, role),
        None => Requirement::on(
            "iam:PassRole",
            Arn::global("iam", id, format_args!("role/{role}")),
            id,
        ),
    };
    on.when("iam:passedtoservice", service)
}
