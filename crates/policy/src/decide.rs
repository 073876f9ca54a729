//! The decision: how identity policies, boundary, session, resource policy and organization combine.
//!
//! An explicit deny anywhere wins. Otherwise, within an account, the resource policy may allow by naming
//! the caller, or the caller's own policies allow within boundary and session; between accounts both
//! sides must allow. Keys and roles differ: without their own policy nobody has anything.

use crate::action::Action;
use crate::context::Remembering;
use crate::denial::{Denial, Refusal};
use crate::effort::Effort;
use crate::principal::Principal;
use crate::principal_element::Reach;
use crate::question::{Attached, Deciding, Granted, PolicyType, Question, Rule};
use crate::resource::Resource;
use crate::statement::Request;
use crate::survey::{Allowing, survey};

/// The answer to a [`Question`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict<'a> {
    /// The request may go on.
    Allow(Reason<'a>),
    /// It may not.
    Deny(Denial<'a>),
}

/// Why a request is allowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason<'a> {
    /// This statement allows it.
    Statement(Deciding<'a>),
    /// The KMS grant of this id allows it.
    Grant(&'a str),
    /// The root user of the resource's account needs no policy.
    Root,
    /// The action needs no permission.
    Exempt,
}

impl Verdict<'_> {
    /// Whether the request may go on.
    pub fn is_allow(&self) -> bool {
        matches!(self, Verdict::Allow(_))
    }
}

/// Answers a question. Statements allocate nothing, except those with variables and what the context
/// makes for conditions.
pub fn decide<'a>(question: &Question<'a>) -> Verdict<'a> {
    if question.rule == Rule::Exempt {
        return Verdict::Allow(Reason::Exempt);
    }
    let outcome = Findings::gather(question)
        .map_err(Refusal::Explicit)
        .and_then(|findings| findings.weigh(question).map_err(Refusal::Implicit));
    match outcome {
        Ok(reason) => Verdict::Allow(reason),
        Err(refusal) => Verdict::Deny(Denial {
            refusal,
            silent: question.rule == Rule::Trust,
        }),
    }
}

impl<'a> Question<'a> {
    /// The pieces that statements compare.
    pub(crate) fn request(&self) -> Request<'a> {
        let action = Action::new(self.action);
        Request {
            principal: self.principal,
            services: action.services(),
            action,
            resource: Resource::new(self.resource),
            alias: self.alias.map(Resource::new),
            context: self.context,
            effort: Effort::new(),
        }
    }

    /// No identity policy and no boundary applies to the root user.
    pub(crate) fn identity_policies(&self) -> &'a [Attached<'a>] {
        match self.principal {
            Principal::Root { .. } => &[],
            _ => self.identity,
        }
    }

    /// See [`Question::identity_policies`].
    pub(crate) fn boundary_policy(&self) -> &[Attached<'a>] {
        match self.principal {
            Principal::Root { .. } => &[],
            _ => self.boundary.as_slice(),
        }
    }

    fn is_cross_account(&self) -> bool {
        self.resource_account
            .is_some_and(|owner| self.principal.account() != Some(owner))
    }
}

/// What each kind of policies allows, once nothing denies.
struct Findings<'a> {
    /// Whether every level of the organization allows.
    service_control: bool,
    resource: Option<Allowing<'a>>,
    identity: Option<Allowing<'a>>,
    /// Whether there is no boundary or it allows.
    boundary: bool,
    /// Whether the session has no policies or they allow.
    session: bool,
}

impl<'a> Findings<'a> {
    /// # Errors
    ///
    /// The first statement that denies: organization, resource, identity, boundary, session.
    fn gather(question: &Question<'a>) -> Result<Findings<'a>, Deciding<'a>> {
        let context = Remembering::new(question.context);
        let request = Request {
            context: &context,
            ..question.request()
        };
        let mut service_control = true;
        for level in question.service_control {
            service_control &= survey(PolicyType::ServiceControl, level, &request)?.is_some();
        }
        let resource = survey(
            PolicyType::Resource,
            question.resource_policy.as_slice(),
            &request,
        )?;
        let identity = survey(PolicyType::Identity, question.identity_policies(), &request)?;
        let boundary = question.boundary_policy();
        let boundary = survey(PolicyType::Boundary, boundary, &request)?.is_some() || boundary.is_empty();
        let session = match question.session {
            Some(policies) => survey(PolicyType::Session, policies, &request)?.is_some(),
            None => !matches!(question.principal, Principal::FederatedUser { .. }),
        };
        Ok(Findings {
            service_control,
            resource,
            identity,
            boundary,
            session,
        })
    }

    /// # Errors
    ///
    /// The kind of policy that fails to allow; of several the first of organization, resource, identity,
    /// boundary, session.
    fn weigh(&self, question: &Question<'a>) -> Result<Reason<'a>, PolicyType> {
        if !self.service_control {
            return Err(PolicyType::ServiceControl);
        }
        if question.principal.account().is_none() {
            return self.resource.map(Reason::from).ok_or(PolicyType::Resource);
        }
        if question.is_cross_account() {
            return self.across_accounts(question);
        }
        if let Some(allowing) = self.resource.filter(|allowing| allowing.reach == Reach::Direct) {
            return Ok(allowing.into());
        }
        if let Some(reason) = self.by_grant(question) {
            return reason;
        }
        match self.resource {
            Some(allowing) if allowing.reach == Reach::Role => {
                self.within_limits()?;
                return Ok(allowing.into());
            }
            None if question.granted.is_none() && question.rule != Rule::Ordinary => {
                return Err(PolicyType::Resource);
            }
            Some(_) | None => {}
        }
        self.by_identity(question)
    }

    /// Both sides must allow, except where a grant names the caller: then nothing else is asked.
    fn across_accounts(&self, question: &Question<'a>) -> Result<Reason<'a>, PolicyType> {
        if let Some(reason) = self.by_grant(question) {
            return reason;
        }
        if self.resource.is_none() && question.granted.is_none() {
            return Err(PolicyType::Resource);
        }
        self.by_identity(question)
    }

    /// What a grant says that names the caller or the caller's role, whose boundary and session policy
    /// still limit. One to a whole account delegates to the account's own policies, as a key policy does.
    //
    // UNSURE: AWS does not say how grants go together with boundaries, session policies and accounts as
    // grantees; here they are as statements of the key's policy are.
    fn by_grant(&self, question: &Question<'a>) -> Option<Result<Reason<'a>, PolicyType>> {
        let Granted { id, reach } = question.granted?;
        match reach {
            Reach::Direct => Some(Ok(Reason::Grant(id))),
            Reach::Role => Some(self.within_limits().map(|()| Reason::Grant(id))),
            Reach::Account => None,
        }
    }

    /// The caller's own side.
    fn by_identity(&self, question: &Question<'a>) -> Result<Reason<'a>, PolicyType> {
        let reason = match self.identity {
            Some(allowing) => allowing.into(),
            None if question.principal.has_root_rights() => Reason::Root,
            None => return Err(PolicyType::Identity),
        };
        self.within_limits()?;
        Ok(reason)
    }

    fn within_limits(&self) -> Result<(), PolicyType> {
        match (self.boundary, self.session) {
            (false, _) => Err(PolicyType::Boundary),
            (true, false) => Err(PolicyType::Session),
            (true, true) => Ok(()),
        }
    }
}

impl<'a> From<Allowing<'a>> for Reason<'a> {
    fn from(allowing: Allowing<'a>) -> Reason<'a> {
        Reason::Statement(allowing.deciding)
    }
}
