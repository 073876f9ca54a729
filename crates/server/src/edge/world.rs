//! Everything that requests are answered from, at one revision.

use std::net::IpAddr;

use kagiban_aws::AccountId;
use kagiban_iam::sts::SessionKey;
use kagiban_iam::sts::web_identity::Issuers;
use kagiban_iam::{Scope, Stored, misplaced};
use kagiban_kms::DomainKey;
use kagiban_ssm::PageKey;
use kagiban_ssm::nodes::Presence;
use kagiban_ssm::public::PublicParameters;
use kagiban_ssm::sessions::Streams;
use kagiban_ssm::sessions::token::TokenKey;
use kagiban_store::{Error, Event, Prepared, Reading, State};

use super::Note;

/// The state of every service. A change of one is visible together with all others of its revision.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Users, roles, policies, access keys.
    pub iam: kagiban_iam::State,
    /// Keys and aliases.
    pub kms: kagiban_kms::State,
    /// Parameters.
    pub ssm: kagiban_ssm::State,
}

impl State for World {
    /// Hands a change to the service whose part of the key space it is in.
    fn apply(&mut self, event: &Event) -> Result<(), Error> {
        self.ssm.reached(event.mod_rev);
        let parts: Vec<_> = event.key.parts().collect();
        let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        match parts.as_slice() {
            ["account-alias", alias] => self.iam.apply_account_alias(alias, event),
            ["cred", id] => self.iam.apply_access_key(id, event),
            ["a", account, "iam", rest @ ..] => self.iam.apply(parse(account, event)?, rest, event),
            ["a", account, region, "kms", rest @ ..] => {
                self.kms.apply(scope(account, region, event)?, rest, event)
            }
            ["a", account, region, "ssm", rest @ ..] => {
                self.ssm.apply(scope(account, region, event)?, rest, event)
            }
            ["sys", "audit", _, "change"] if self.ssm.lacks_dates() => {
                if let Some(date) = Note::date(event)? {
                    self.ssm.dated(event.mod_rev, date);
                }
                Ok(())
            }
            _ => Ok(()), // the store's own, and a newer server's
        }
    }

    /// Nearly all of a large store are parameters: they are decoded without the state.
    fn prepare(event: Event) -> Result<Prepared<World>, Error> {
        let parts: Vec<_> = event.key.parts().collect();
        if let ["a", account, region, "ssm", "p", name] = *parts.iter().map(AsRef::as_ref).collect::<Vec<_>>()
        {
            let scope = scope(account, region, &event)?;
            let parameter = Stored::read(&event)?;
            let (name, revision) = (Box::from(name), event.mod_rev);
            return Ok(Box::new(move |world| {
                world.ssm.reached(revision);
                world.ssm.put(scope, name, parameter, revision);
                Ok(())
            }));
        }
        Ok(Box::new(move |world| world.apply(&event)))
    }

    /// What has happened to parameters is told to those who watch, also over a restart.
    fn recall(&mut self, event: &Event) -> Result<(), Error> {
        let parts: Vec<_> = event.key.parts().collect();
        let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        match parts.as_slice() {
            ["a", account, region, "ssm", rest @ ..] => {
                self.ssm.recall(scope(account, region, event)?, rest, event)
            }
            ["sys", "audit", _, "change"] => {
                if let Some(date) = Note::date(event)? {
                    self.ssm.recall_date(event.mod_rev, date);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn loaded(&mut self, reading: Reading) {
        self.ssm.loaded(reading);
    }
}

fn parse(account: &str, event: &Event) -> Result<AccountId, Error> {
    account.parse().map_err(|_| misplaced(event))
}

fn scope(account: &str, region: &str, event: &Event) -> Result<Scope, Error> {
    Ok(Scope {
        account: parse(account, event)?,
        region: region.parse().map_err(|_| misplaced(event))?,
    })
}

/// The keys that services derive from the store's hierarchy, each in a branch of its own.
#[derive(Debug)]
pub struct ServiceKeys {
    /// Seals session tokens.
    pub sessions: SessionKey,
    /// Seals KMS's key material.
    pub domain: DomainKey,
    /// Seals page tokens.
    pub pages: PageKey,
    /// Makes the tokens of channels.
    pub channels: TokenKey,
}

/// What a request sees: the world at one revision and the services' keys.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'s> {
    /// The world.
    pub world: &'s World,
    /// The keys.
    pub keys: &'s ServiceKeys,
    /// What is known of the keys of identity providers.
    pub issuers: &'s Issuers,
    /// The public parameters.
    pub public: &'s PublicParameters,
    /// Which nodes are there now.
    pub presence: &'s Presence,
    /// Where clients open their data channels.
    pub streams: &'s Streams,
    /// Whether webhooks are delivered to an address over https.
    pub delivers_to: fn(IpAddr) -> bool,
}

impl<'s> From<Snapshot<'s>> for kagiban_iam::View<'s> {
    fn from(
        Snapshot {
            world, keys, issuers, ..
        }: Snapshot<'s>,
    ) -> Self {
        kagiban_iam::View {
            iam: &world.iam,
            sessions: &keys.sessions,
            issuers,
        }
    }
}

impl<'s> From<Snapshot<'s>> for kagiban_kms::View<'s> {
    fn from(Snapshot { world, keys, .. }: Snapshot<'s>) -> Self {
        kagiban_kms::View {
            iam: &world.iam,
            kms: &world.kms,
            domain: &keys.domain,
            dependants: &world.ssm,
        }
    }
}

impl<'s> From<Snapshot<'s>> for kagiban_ssm::View<'s> {
    fn from(
        Snapshot {
            world,
            keys,
            public,
            presence,
            streams,
            delivers_to,
            ..
        }: Snapshot<'s>,
    ) -> Self {
        kagiban_ssm::View {
            delivers_to,
            iam: &world.iam,
            kms: &world.kms,
            domain: &keys.domain,
            ssm: &world.ssm,
            public,
            pages: &keys.pages,
            sessions: &keys.sessions,
            presence,
            tokens: &keys.channels,
            streams,
        }
    }
}
