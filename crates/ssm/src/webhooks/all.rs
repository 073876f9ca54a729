//! The webhooks of all accounts, and how many there may be.

use kagiban_aws::{AccountId, Timestamp};
use kagiban_iam::{Scope, Stored};
use kagiban_store::{Error, Event, HashMap, Rev, Txn};

use super::Webhooks;
use crate::ParameterError;
use crate::records::{Webhook, WebhookMaking, keys};

/// How many webhooks an account may have in a Region.
const MOST_OF_A_REGION: usize = 20;
/// How many it may have in all Regions, whose names are anybody's invention.
const MOST_OF_AN_ACCOUNT: usize = 100;

/// The webhooks of all accounts in all Regions.
#[derive(Clone, Debug, Default)]
pub struct AllWebhooks {
    homes: HashMap<Scope, Webhooks>,
    /// When each account made its last one.
    making: HashMap<AccountId, Rev>,
}

impl AllWebhooks {
    /// An account's webhooks in a Region.
    pub fn of(&self, scope: Scope) -> Option<&Webhooks> {
        self.homes.get(&scope)
    }

    /// Where there are any.
    pub fn homes(&self) -> impl Iterator<Item = Scope> {
        self.homes.keys().copied()
    }

    /// All webhooks, with their account, Region and name.
    pub fn iter(&self) -> impl Iterator<Item = (Scope, &str, &Stored<Webhook>)> {
        let homes = self.homes.iter();
        homes.flat_map(|(scope, webhooks)| webhooks.all().map(move |(name, webhook)| (*scope, name, webhook)))
    }

    /// Whether nothing has changed since these were taken, neither a webhook nor what one has given up.
    /// Costs nothing.
    pub fn are_still(&self, before: &AllWebhooks) -> bool {
        self.homes.ptr_eq(&before.homes)
    }

    /// Refuses one more webhook where there are as many as there may be.
    ///
    /// # Errors
    ///
    /// `TooManyWebhooks`, `TooManyWebhooksInAll`.
    pub(crate) fn admit(&self, scope: Scope) -> Result<(), ParameterError> {
        if self.of(scope).map_or(0, Webhooks::len) >= MOST_OF_A_REGION {
            return Err(ParameterError::TooManyWebhooks(MOST_OF_A_REGION));
        }
        let homes = self
            .homes
            .iter()
            .filter(|(home, _)| home.account == scope.account);
        match homes.map(|(_, webhooks)| webhooks.len()).sum::<usize>() {
            MOST_OF_AN_ACCOUNT.. => Err(ParameterError::TooManyWebhooksInAll(MOST_OF_AN_ACCOUNT)),
            _ => Ok(()),
        }
    }

    /// What makes the making of a webhook fail if the account has made another meanwhile.
    pub(crate) fn one_at_a_time(&self, account: AccountId, now: Timestamp) -> Txn {
        let making = WebhookMaking {
            last: now,
            rest: Default::default(),
        };
        let key = keys::webhook_making(account);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), self.making.get(&account).copied())
            .put(key, &making);
        txn
    }

    pub(crate) fn apply(&mut self, scope: Scope, name: &str, event: &Event) -> Result<(), Error> {
        self.change(scope, |webhooks| webhooks.apply(name, event))
    }

    pub(crate) fn apply_dead_letter(
        &mut self,
        scope: Scope,
        webhook: &str,
        place: &str,
        event: &Event,
    ) -> Result<(), Error> {
        self.change(scope, |webhooks| {
            webhooks.apply_dead_letter(webhook, place, event);
            Ok(())
        })
    }

    pub(crate) fn apply_making(&mut self, account: AccountId, event: &Event) {
        match event.value {
            Some(_) => self.making.insert(account, event.mod_rev),
            None => self.making.remove(&account),
        };
    }

    /// Nothing is kept of a Region in which there is nothing any more.
    fn change(
        &mut self,
        scope: Scope,
        change: impl FnOnce(&mut Webhooks) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let webhooks = self.homes.entry(scope).or_default();
        let changed = change(webhooks);
        if webhooks.is_empty() {
            self.homes.remove(&scope);
        }
        changed
    }
}
