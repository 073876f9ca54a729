//! One statement: who, what, on which resources, under which conditions.

use std::ops::Range;

use crate::action::{Action, ActionPattern, Services};
use crate::condition::Condition;
use crate::context::{Context, ContextKey};
use crate::effort::Effort;
use crate::principal::Principal;
use crate::principal_element::{PrincipalElement, Reach};
use crate::resource::{Resource, ResourcePattern};

/// What a statement does when it matches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// It allows, unless another statement denies.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

/// A compiled statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) effect: Effect,
    pub(crate) actions: Actions,
    /// `None` in trust policies, which are about the role they belong to.
    pub(crate) resources: Option<Resources>,
    /// `None` in identity policies, which are about whomever they are attached to.
    pub(crate) principal: Option<PrincipalElement>,
    pub(crate) conditions: Box<[Condition]>,
    pub(crate) sid: Option<Box<str>>,
    /// Where the statement stands in the policy's text.
    pub(crate) span: Range<usize>,
}

/// `Action`, or `NotAction` if inverted.
#[derive(Clone, Debug)]
pub(crate) struct Actions {
    pub(crate) patterns: Box<[ActionPattern]>,
    pub(crate) inverted: bool,
}

/// `Resource`, or `NotResource` if inverted.
#[derive(Clone, Debug)]
pub(crate) struct Resources {
    pub(crate) patterns: Box<[ResourcePattern]>,
    pub(crate) inverted: bool,
}

/// A question, cut into the pieces that statements compare.
#[derive(Clone)]
pub(crate) struct Request<'a> {
    pub(crate) principal: Principal<'a>,
    pub(crate) action: Action,
    /// The action's service.
    pub(crate) services: Services,
    pub(crate) resource: Resource<'a>,
    /// The same by another name.
    pub(crate) alias: Option<Resource<'a>>,
    pub(crate) context: &'a dyn Context,
    pub(crate) effort: Effort,
}

impl Statement {
    /// Denies everything to everybody: what a document that nobody can read must do.
    pub(crate) fn deny_all() -> Statement {
        Statement {
            effect: Effect::Deny,
            actions: Actions {
                patterns: [ActionPattern::ANY].into(),
                inverted: false,
            },
            resources: None,
            principal: None,
            conditions: [].into(),
            sid: None,
            span: 0..0,
        }
    }

    /// The services whose actions the statement can be about.
    pub(crate) fn services(&self) -> Services {
        if self.actions.inverted {
            return Services::ALL;
        }
        let patterns = self.actions.patterns.iter().map(ActionPattern::services);
        patterns.fold(Services::NONE, Services::or)
    }

    pub(crate) fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// How the statement reaches the caller of this request; `None` if it does not apply. One on which
    /// the effort gave up cannot be evaluated: it applies to whom it is about if it denies, and to
    /// nobody if it allows.
    pub(crate) fn reach(&self, request: &Request<'_>) -> Option<Reach> {
        request.effort.begin();
        let covers = |resources: &Resources| resources.cover(request, self.effect);
        let covered = self.is_about_action(request) && self.resources.as_ref().is_none_or(covers);
        if !covered && !request.effort.gave_up() {
            return None;
        }
        let reach = match &self.principal {
            None => Reach::Direct,
            Some(element) => element.reach(&request.principal, self.effect)?,
        };
        let hold = |condition: &Condition| condition.holds(request.context, self.effect, &request.effort);
        let holds = self.conditions.iter().all(hold);
        let applies = if request.effort.gave_up() {
            self.effect == Effect::Deny
        } else {
            holds
        };
        applies.then_some(reach)
    }

    /// Whether the statement is about the request's action.
    pub(crate) fn is_about_action(&self, request: &Request<'_>) -> bool {
        self.actions.cover(&request.action, &request.effort)
    }

    /// The condition keys that the statement asks for, those of its variables included.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ContextKey> {
        let patterns = self.resources.iter().flat_map(|resources| &resources.patterns);
        patterns
            .flat_map(ResourcePattern::keys)
            .chain(self.conditions.iter().flat_map(Condition::keys))
    }
}

impl Actions {
    fn cover(&self, action: &Action, effort: &Effort) -> bool {
        let matched = self
            .patterns
            .iter()
            .any(|pattern| pattern.matches(action, effort));
        matched != self.inverted
    }
}

impl Resources {
    /// A pattern whose variable has no value matches nothing. Under `NotResource` that would make the
    /// statement apply, which must not widen an `Allow`.
    pub(crate) fn cover(&self, request: &Request<'_>, effect: Effect) -> bool {
        let names = || std::iter::once(request.resource).chain(request.alias);
        let mut matches = self
            .patterns
            .iter()
            .flat_map(|pattern| names().map(move |name| (pattern, name)))
            .map(|(pattern, name)| pattern.matches(name, request.context, &request.effort));
        match (self.inverted, effect) {
            (false, _) => matches.any(|matched| matched == Some(true)),
            (true, Effect::Deny) => matches.all(|matched| matched != Some(true)),
            (true, Effect::Allow) => matches.all(|matched| matched == Some(false)),
        }
    }
}
