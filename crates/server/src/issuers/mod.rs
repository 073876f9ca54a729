//! The keys of identity providers: fetched once, remembered for as long as the provider allows.
//!
//! Only providers that somebody with `iam:CreateOpenIDConnectProvider` has made are ever asked, each by
//! one request at a time, and seldom: what is known and when to ask again is [`Issuers`]'s business.

pub(crate) mod fetch;
pub(crate) mod reach;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use kagiban_aws::Timestamp;
use kagiban_iam::ProviderUrl;
use kagiban_iam::sts::web_identity::Issuers;
use tokio::sync::{Mutex, Semaphore};

use crate::config::IssuerFetch;

/// What is known of providers' keys, and the way to know more.
pub(crate) struct AskedIssuers {
    known: ArcSwap<Issuers>,
    fetch: IssuerFetch,
    /// Whoever asks a provider holds its lock; others wait and use the same answer.
    asking: std::sync::Mutex<HashMap<String, Arc<Mutex<()>>>>,
    flights: Semaphore,
}

/// The most providers that are asked at once.
const MAX_FLIGHTS: usize = 16;

impl AskedIssuers {
    pub(crate) fn new(fetch: IssuerFetch) -> AskedIssuers {
        AskedIssuers {
            known: ArcSwap::default(),
            fetch,
            asking: std::sync::Mutex::default(),
            flights: Semaphore::new(MAX_FLIGHTS),
        }
    }

    /// What is known at this moment.
    pub(crate) fn known(&self) -> Arc<Issuers> {
        self.known.load_full()
    }

    /// Asks a provider for its keys, unless somebody has done so since `wanted`. Afterwards it is known
    /// what came of it.
    pub(crate) async fn ask(&self, issuer: &ProviderUrl, wanted: Timestamp) {
        let alone = self.lock_of(issuer);
        let held = alone.lock().await;
        if !self.known.load().asked_since(issuer, wanted) {
            self.ask_alone(issuer).await;
        }
        drop(held);
        self.forget(issuer, &alone);
    }

    async fn ask_alone(&self, issuer: &ProviderUrl) {
        let _flight = self.flights.acquire().await;
        let answer = match fetch::keys(issuer, self.fetch).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(%issuer, error, "an identity provider's keys could not be fetched");
                None
            }
        };
        let now = Timestamp::from(SystemTime::now());
        self.known.rcu(|known| {
            let mut known = Issuers::clone(known);
            known.learn(issuer, answer.clone(), now);
            known
        });
    }

    fn lock_of(&self, issuer: &ProviderUrl) -> Arc<Mutex<()>> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        asking.entry(issuer.bare().to_owned()).or_default().clone()
    }

    /// Drops a lock that nobody else waits for.
    fn forget(&self, issuer: &ProviderUrl, lock: &Arc<Mutex<()>>) {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's own and ours.
        if Arc::strong_count(lock) <= 2 {
            asking.remove(issuer.bare());
        }
    }
}
