//! Parameter Store in memory: every parameter's newest version, at one revision.

use std::borrow::Cow;
use std::sync::Arc;

use imbl::OrdMap;
use kagiban_aws::{Region, Timestamp};
use kagiban_iam::{ByName, Scope, Stored, Wait};
use kagiban_store::{Error, Event, HashMap, Reading, Rev};

use crate::ParameterName;
use crate::changes::Change;
use crate::deleted::Deleted;
use crate::documents::Documents;
use crate::feed::Feed;
use crate::listing::Span;
use crate::nodes::{Homes, Nodes};
use crate::records::{Parameter, ResourcePolicy, ServiceSetting};
use crate::service_settings::SettingId;
use crate::sessions::Sessions;
use crate::settings::{self, Settings};
use crate::tier::{Tier, WantedTier};
use crate::webhooks::{AllWebhooks, Webhooks};
use crate::wire::parameter_tier;

/// One account's parameters in one Region.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    by_name: OrdMap<Box<str>, Stored<Parameter>>,
    deleted: OrdMap<Box<str>, Arc<Deleted>>,
    /// How many of them are in the advanced tier.
    advanced: usize,
}

impl Parameters {
    /// A parameter by either spelling of its name.
    pub fn get(&self, name: &ParameterName) -> Option<&Stored<Parameter>> {
        self.by_name.get(name.canonical())
    }

    /// The first parameter whose canonical name is not below `name`.
    pub fn at_or_after(&self, name: &str) -> Option<(&str, &Stored<Parameter>)> {
        let mut following = self
            .by_name
            .range::<_, str>((std::ops::Bound::Included(name), std::ops::Bound::Unbounded));
        following.next().map(|(name, parameter)| (&**name, parameter))
    }

    /// What was deleted and is not purged, with canonical names in a span and not below `from`.
    pub(crate) fn deleted_below(&self, span: &Span, from: &str) -> impl Iterator<Item = (&str, &Deleted)> {
        let start = span
            .following(from)
            .unwrap_or(Cow::Borrowed("\u{10FFFF}"))
            .into_owned();
        let following = self.deleted.range(Box::from(start)..);
        following
            .take_while(|(name, _)| span.contains(name))
            .map(|(name, deleted)| (&**name, &**deleted))
    }

    /// How many parameters are in a tier.
    pub(crate) fn count(&self, tier: Tier) -> usize {
        match tier {
            Tier::Standard => self.by_name.len() - self.advanced,
            Tier::Advanced => self.advanced,
        }
    }

    /// Puts a parameter in the place of another, or of none; returns what was there.
    pub(crate) fn replace(
        &mut self,
        name: Box<str>,
        after: Option<Stored<Parameter>>,
    ) -> Option<Stored<Parameter>> {
        let advanced = |parameter: Option<&Stored<Parameter>>| {
            usize::from(parameter.is_some_and(|parameter| parameter.current.tier == Tier::Advanced))
        };
        self.advanced += advanced(after.as_ref());
        let before = match after {
            Some(after) => self.by_name.insert(name, after),
            None => self.by_name.remove(&name),
        };
        self.advanced -= advanced(before.as_ref());
        before
    }

    fn apply_deleted(&mut self, name: &str, event: &Event) -> Result<(), Error> {
        match Stored::read(event)? {
            Some(record) => self.deleted.insert(name.into(), Arc::new(Deleted::of(&record))),
            None => self.deleted.remove(name),
        };
        Ok(())
    }
}

/// All of Parameter Store.
#[derive(Clone, Debug, Default)]
pub struct State {
    feed: Feed,
    webhooks: AllWebhooks,
    /// What is recalled while the state is read.
    past: Option<Box<State>>,
    parameters: HashMap<Scope, Arc<Parameters>>,
    settings: HashMap<Scope, Arc<Settings>>,
    service_settings: HashMap<Scope, ByName<ServiceSetting>>,
    resource_policies: HashMap<Scope, ByName<ResourcePolicy>>,
    pub(crate) nodes: HashMap<Scope, Nodes>,
    pub(crate) homes: Homes,
    pub(crate) documents: HashMap<Scope, Documents>,
    pub(crate) sessions: HashMap<Scope, Sessions>,
}

impl State {
    /// An account's parameters in a Region; none before the first is made.
    pub fn parameters(&self, scope: Scope) -> Option<&Parameters> {
        self.parameters.get(&scope).map(AsRef::as_ref)
    }

    /// Who in other accounts may read a parameter, as its owner has written it.
    pub(crate) fn resource_policy(
        &self,
        scope: Scope,
        name: &ParameterName,
    ) -> Option<&Stored<ResourcePolicy>> {
        // Where nothing is shared nobody pays for looking it up.
        if self.resource_policies.is_empty() {
            return None;
        }
        self.resource_policies.get(&scope)?.get(name.canonical())
    }

    /// The canonical names of all shared parameters of a Region, with their accounts' scopes.
    pub(crate) fn shared(&self, region: Region) -> impl Iterator<Item = (Scope, &str)> {
        let homes = self.resource_policies.iter();
        homes
            .filter(move |(home, _)| home.region == region)
            .flat_map(|(home, policies)| policies.keys().map(move |name| (*home, &**name)))
    }

    /// A service setting that somebody in the account has changed.
    pub fn service_setting(&self, scope: Scope, id: SettingId) -> Option<&Stored<ServiceSetting>> {
        self.service_settings.get(&scope)?.get(id.as_str())
    }

    /// The tier of new parameters whose maker names none.
    pub(crate) fn default_tier(&self, scope: Scope) -> WantedTier {
        let chosen = self.service_setting(scope, SettingId::DefaultParameterTier);
        WantedTier::parse(chosen.map_or(parameter_tier::STANDARD, |chosen| &chosen.value))
    }

    /// Whether an account has asked for more requests a second.
    pub(crate) fn has_high_throughput(&self, scope: Scope) -> bool {
        let chosen = self.service_setting(scope, SettingId::HighThroughputEnabled);
        chosen.is_some_and(|chosen| &*chosen.value == "true")
    }

    /// What an account has chosen in a Region.
    pub fn settings(&self, scope: Scope) -> &Settings {
        // Nobody who never changed a setting pays for looking it up.
        if self.settings.is_empty() {
            return &settings::DEFAULT;
        }
        self.settings
            .get(&scope)
            .map_or(&settings::DEFAULT, AsRef::as_ref)
    }

    /// A parameter by either spelling of its name, also one that has expired and is still kept.
    pub fn parameter(&self, scope: Scope, name: &ParameterName) -> Option<&Stored<Parameter>> {
        self.parameters(scope)?.get(name)
    }

    /// What was deleted last under a name, until it is brought back or purged.
    pub(crate) fn deleted(&self, scope: Scope, name: &ParameterName) -> Option<&Deleted> {
        let deleted = self.parameters(scope)?.deleted.get(name.canonical());
        deleted.map(AsRef::as_ref)
    }

    /// Everything that was deleted and is not purged, with its account and Region.
    pub(crate) fn all_deleted(&self) -> impl Iterator<Item = (Scope, &Deleted)> {
        let homes = self.parameters.iter();
        homes.flat_map(|(scope, parameters)| {
            let deleted = parameters.deleted.values();
            deleted.map(move |deleted| (*scope, &**deleted))
        })
    }

    /// Every parameter, with its account and Region.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Scope, &Parameter)> {
        self.stored().map(|(scope, stored)| (scope, &**stored))
    }

    /// The same, as they are stored.
    pub(crate) fn stored(&self) -> impl Iterator<Item = (Scope, &Stored<Parameter>)> {
        let homes = self.parameters.iter();
        homes.flat_map(|(scope, parameters)| {
            let parameters = parameters.by_name.values();
            parameters.map(move |stored| (*scope, stored))
        })
    }

    /// Carries one change under `/a/<account>/<region>/ssm/` into memory; `parts` are those after `ssm`.
    ///
    /// # Errors
    ///
    /// If the record cannot be read: then nothing may be served from this state.
    pub fn apply(&mut self, scope: Scope, parts: &[&str], event: &Event) -> Result<(), Error> {
        match parts {
            ["p", name] => {
                self.put(scope, Box::from(*name), Stored::read(event)?, event.mod_rev);
                Ok(())
            }
            ["dp", name, "parameter"] => {
                Arc::make_mut(self.parameters.entry(scope).or_default()).apply_deleted(name, event)
            }
            ["webhook", name] => self.webhooks.apply(scope, name, event),
            ["webhookmaking"] => {
                self.webhooks.apply_making(scope.account, event);
                Ok(())
            }
            ["deadletter", webhook, place] => self.webhooks.apply_dead_letter(scope, webhook, place, event),
            ["rp", name] => {
                let policies = self.resource_policies.entry(scope).or_default();
                kagiban_iam::apply(policies, (*name).into(), event)
            }
            ["servicesetting", id] => {
                let settings = self.service_settings.entry(scope).or_default();
                kagiban_iam::apply(settings, (*id).into(), event)
            }
            ["setting", name] => Arc::make_mut(self.settings.entry(scope).or_default()).apply(name, event),
            ["act", id] => self.apply_activation(scope, id, event),
            ["node", id] => self.apply_node(scope, id, event),
            ["doc", name] => self.apply_document(scope, name, event),
            ["docv", name, number] => self.apply_document_version(scope, [name, number], event),
            ["sess", id] => self.apply_session(scope, id, event),
            ["inventory", node, kind] => self.apply_inventory(scope, [node, kind], event),
            // Older versions are read when someone asks; the rest is a newer server's.
            _ => Ok(()),
        }
    }

    /// Carries a change of a parameter into memory that has been read before; none is a deletion.
    pub fn put(&mut self, scope: Scope, name: Box<str>, after: Option<Stored<Parameter>>, revision: Rev) {
        let parameters = Arc::make_mut(self.parameters.entry(scope).or_default());
        if !self.feed.is_live() {
            parameters.replace(name, after);
            return;
        }
        let before = parameters.replace(name.clone(), after.clone());
        if let Some(change) = Change::of(&name, before.as_deref(), after.as_deref(), revision) {
            self.feed.push(scope, change);
        }
    }

    /// The same of a change of the past: it is remembered, and no more.
    ///
    /// # Errors
    ///
    /// If the record cannot be read.
    pub fn recall(&mut self, scope: Scope, parts: &[&str], event: &Event) -> Result<(), Error> {
        match parts {
            ["p", _] => self.past().apply(scope, parts, event),
            _ => Ok(()),
        }
    }

    /// When a revision of the past was.
    pub fn recall_date(&mut self, revision: Rev, date: Timestamp) {
        self.past().dated(revision, date);
    }

    fn past(&mut self) -> &mut State {
        self.past.get_or_insert_with(|| {
            let feed = Feed::of_the_past();
            Box::new(State {
                feed,
                ..State::default()
            })
        })
    }

    /// The state is read: what is applied from here on is new.
    pub fn loaded(&mut self, reading: Reading) {
        let past = self.past.take().map(|past| past.feed);
        self.feed.begin(past, reading);
    }

    /// Something has changed, here or elsewhere.
    pub fn reached(&mut self, revision: Rev) {
        self.feed.reach(revision);
    }

    /// Whether there are changes that nobody has dated.
    pub fn lacks_dates(&self) -> bool {
        self.feed.lacks_dates()
    }

    /// When a revision was.
    pub fn dated(&mut self, revision: Rev, date: Timestamp) {
        self.feed.date(revision, date);
    }

    /// Whether what somebody waits for has happened. Policies are not asked here.
    pub fn has_news(&self, wait: &Wait) -> bool {
        let span = Span::of_topic(&wait.topic);
        let concerns = |change: &&Change| span.contains(ParameterName::stored(&change.name).canonical());
        let changes = self.feed.after(wait.scope, wait.after);
        changes.map_or(true, |changes| changes.iter().any(concerns))
    }

    /// The revision of the newest change of an account's parameters in a Region that is remembered.
    pub fn last_change(&self, scope: Scope) -> Rev {
        self.feed.last(scope)
    }

    /// An account's webhooks in a Region.
    pub fn webhooks(&self, scope: Scope) -> Option<&Webhooks> {
        self.webhooks.of(scope)
    }

    /// All webhooks.
    pub fn all_webhooks(&self) -> &AllWebhooks {
        &self.webhooks
    }

    /// What has changed lately.
    pub(crate) fn feed(&self) -> &Feed {
        &self.feed
    }
}

#[cfg(test)]
mod tests {
    use kagiban_store::{Key, record};

    use super::*;
    use crate::records::{Value, Version};

    fn scope(region: &str) -> Scope {
        Scope {
            account: "111122223333".parse().unwrap(),
            region: region.parse::<Region>().unwrap(),
        }
    }

    fn event(name: &ParameterName, tier: Option<Tier>) -> Event {
        let parameter = |tier| {
            let version = Version {
                number: 1,
                value: Value::String("v".to_owned().into()),
                tier,
                modified: Timestamp::from_seconds(1),
                modified_by: "arn".into(),
                description: None,
                rare: None,
                rest: Default::default(),
            };
            record::encode(&Parameter::first(name, version, &[])).unwrap()
        };
        Event {
            key: Key::of(&["x"]),
            mod_rev: Rev(7),
            value: tier.map(parameter),
        }
    }

    fn applied(state: &mut State, name: &str, tier: Option<Tier>) {
        let name: ParameterName = name.parse().unwrap();
        let parts = ["p", name.canonical()];
        state
            .apply(scope("eu-west-1"), &parts, &event(&name, tier))
            .unwrap();
    }

    #[test]
    fn parameters_come_change_and_go() {
        let mut state = State::default();
        applied(&mut state, "x", Some(Tier::Standard));
        applied(&mut state, "/a/b", Some(Tier::Standard));
        applied(&mut state, "/a/b", Some(Tier::Advanced));
        applied(&mut state, "/never", None);
        let tier = |state: &State, name: &str| {
            let parameters = state.parameters(scope("eu-west-1")).unwrap();
            parameters
                .get(&name.parse().unwrap())
                .map(|parameter| parameter.current.tier)
        };
        assert_eq!(tier(&state, "/x"), Some(Tier::Standard));
        assert_eq!(tier(&state, "/a/b"), Some(Tier::Advanced));
        let count = |state: &State| {
            let parameters = state.parameters(scope("eu-west-1")).unwrap();
            [Tier::Standard, Tier::Advanced].map(|tier| parameters.count(tier))
        };
        assert_eq!(count(&state), [1, 1]);
        applied(&mut state, "/x", None);
        assert_eq!(tier(&state, "x"), None);
        applied(&mut state, "/a/b", None);
        assert_eq!(count(&state), [0, 0]);
    }

    #[test]
    fn a_parameter_is_found_in_its_own_region_with_its_revision() {
        let mut state = State::default();
        applied(&mut state, "x", Some(Tier::Standard));
        let name: ParameterName = "/x".parse().unwrap();
        assert_eq!(
            state.parameter(scope("eu-west-1"), &name).unwrap().revision,
            Rev(7)
        );
        assert!(state.parameter(scope("us-east-1"), &name).is_none());
    }

    #[test]
    fn what_cannot_be_read_stops_the_state_and_what_is_not_ours_does_not() {
        let mut state = State::default();
        let broken = Event {
            key: Key::of(&["x"]),
            mod_rev: Rev(1),
            value: Some("junk".into()),
        };
        assert!(state.apply(scope("eu-west-1"), &["p", "/x"], &broken).is_err());
        assert!(
            state
                .apply(scope("eu-west-1"), &["pv", "/x", "0000000001"], &broken)
                .is_ok()
        );
        assert!(state.apply(scope("eu-west-1"), &["later"], &broken).is_ok());
    }
}
