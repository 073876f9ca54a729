//! A server without an engine: the edge's loop over plain maps.

use std::collections::BTreeMap;

use bytes::Bytes;
use kagiban_aws::wire::{Input as _, Raw};
use kagiban_aws::{AccessKeyId, AccountId, Fault, KeyOrigin, Region, Timestamp};
use kagiban_iam::records::{Account, Role, User, keys};
use kagiban_iam::sts::{SessionClaims, SessionKey};
use kagiban_iam::{
    Call, Caller, Decision, Denial, Entropy, Facts, Identity, Operation, Refused, Scope, Session, With,
    authorize,
};
use kagiban_kms::{DomainKey, KmsError};
use kagiban_policy::{Kind, Policy};
use kagiban_ssm::nodes::Presence;
use kagiban_ssm::public::PublicParameters;
use kagiban_ssm::sessions::Streams;
use kagiban_ssm::sessions::token::TokenKey;
use kagiban_ssm::{PageKey, ParameterError};
use kagiban_store::{Cond, Entry, Epoch, Event, Key, Limits, Op, Reading, Rev, Txn};
use serde_json::{Value, json};

/// Code and message, as a client shows them.
pub(crate) type Answer = Result<Value, String>;

pub(crate) struct World {
    pub(crate) iam: kagiban_iam::State,
    pub(crate) kms: kagiban_kms::State,
    pub(crate) ssm: kagiban_ssm::State,
    pub(crate) rows: BTreeMap<Key, (Rev, Bytes)>,
    pub(crate) public: PublicParameters,
    domain: DomainKey,
    pages: PageKey,
    sessions: SessionKey,
    pub(crate) presence: std::sync::Arc<Presence>,
    pub(crate) tokens: TokenKey,
    pub(crate) streams: Streams,
    entropy: Entropy,
    rev: Rev,
    pub(crate) now: Timestamp,
    /// Where requests go.
    pub(crate) region: Region,
    /// The unique id of users that are made.
    pub(crate) user_id: &'static str,
    /// What was agreed when the session began in which everybody calls.
    pub(crate) claims: Option<SessionClaims>,
}

pub(crate) fn scope() -> Scope {
    Scope {
        account: account(),
        region: Region::us_east_1(),
    }
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// Another account: its users are called `444455556666/name`.
fn other() -> AccountId {
    "444455556666".parse().unwrap()
}

fn home(account: AccountId) -> Scope {
    Scope { account, ..scope() }
}

/// The account and the rest of somebody's name.
fn split(who: &str) -> (AccountId, &str) {
    match who.strip_prefix("444455556666/") {
        Some(name) => (other(), name),
        None => (account(), who),
    }
}

impl World {
    pub(crate) fn new() -> World {
        let mut world = World {
            iam: Default::default(),
            kms: Default::default(),
            ssm: Default::default(),
            rows: BTreeMap::new(),
            public: PublicParameters::default(),
            domain: DomainKey::new([7; 32].into()),
            pages: PageKey::new([9; 32].into()),
            sessions: SessionKey::new([5; 32].into()),
            presence: Default::default(),
            tokens: TokenKey::new([3; 32].into()),
            streams: Streams {
                base: "wss://example.com".to_owned(),
                ..Streams::default()
            },
            entropy: Entropy::system(),
            rev: Rev(0),
            now: Timestamp::from_seconds(1_600_000_000),
            region: Region::us_east_1(),
            user_id: "AIDAAAAAAAAAAAAAAAAAA",
            claims: None,
        };
        world.ssm.loaded(Reading {
            epoch: Epoch([0; 16]),
            rev: Rev(0),
            recalled_after: Rev(0),
        });
        let record: Account = serde_json::from_value(json!({"created": 0})).unwrap();
        let mut txn = Txn::new();
        txn.put(keys::account(account()), &record);
        world.commit(txn);
        world
    }

    /// A user or, with a name like `role/x`, a session of a role, who may do what `statements` say.
    pub(crate) fn may(&mut self, who: &str, statements: Value) {
        let (account, who) = split(who);
        if self.iam.account(account).is_none() {
            let record: Account = serde_json::from_value(json!({"created": 0})).unwrap();
            let mut txn = Txn::new();
            txn.put(keys::account(account), &record);
            self.commit(txn);
        }
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let grants = json!({"inline": {"p": policy}, "attached": [], "boundary": null});
        let mut txn = Txn::new();
        if let Some(name) = who.strip_prefix("role/") {
            let trust = json!({"Version": "2012-10-17", "Statement": []}).to_string();
            let role: Role = serde_json::from_value(json!({
                "name": name, "path": "/", "id": "AROAAAAAAAAAAAAAAAAAA", "created": 0, "description": null,
                "max_session_seconds": 3600, "trust": trust, "tags": [], "grants": grants,
            }))
            .unwrap();
            txn.put(keys::role(account, name), &role);
        } else {
            let id = self.user_id;
            let user: User = serde_json::from_value(json!({
                "name": who, "path": "/", "id": id, "created": 0, "tags": [], "grants": grants,
            }))
            .unwrap();
            txn.put(keys::user(account, who), &user);
        }
        self.commit(txn);
    }

    /// A user or, with a name like `role/x`, a role is no more.
    pub(crate) fn remove(&mut self, who: &str) {
        let (account, who) = split(who);
        let mut txn = Txn::new();
        txn.delete(match who.strip_prefix("role/") {
            Some(name) => keys::role(account, name),
            None => keys::user(account, who),
        });
        self.commit(txn);
    }

    fn caller(&self, who: &str) -> Caller {
        let (account, who) = split(who);
        let ours = self.iam.account(account).unwrap();
        let (arn, identity) = match who.strip_prefix("role/") {
            _ if who == "root" => (
                format!("arn:aws:iam::{account}:root").parse().unwrap(),
                Identity::Root,
            ),
            Some(name) => {
                let role = ours.role(name).unwrap().clone();
                (role.session_arn(account, "s"), Identity::Role(role))
            }
            None => {
                let user = ours.user(who).unwrap().clone();
                (user.arn(account), Identity::User(user))
            }
        };
        let access_key_id = AccessKeyId::new(KeyOrigin::LongTerm, account, [1; 5]);
        Caller {
            access_key_id,
            account,
            arn,
            identity,
            session: self.claims.clone().map(|claims| {
                let limits = claims
                    .policy
                    .as_deref()
                    .map(|policy| Policy::parse(policy, Kind::Identity).unwrap().into());
                Box::new(Session { claims, limits })
            }),
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            request_id: "00000000-0000-4000-8000-000000000000".into(),
            now: self.now,
            source_ip: [127, 0, 0, 1].into(),
            secure: true,
            user_agent: None,
            referer: None,
        }
    }

    /// One request to Parameter Store, from its body to its answer's.
    pub(crate) fn ssm<O>(&mut self, who: &str, body: Value) -> Answer
    where
        O: for<'v> Operation<Error = ParameterError, View<'v> = kagiban_ssm::View<'v>>,
    {
        let decided = self.decide_ssm::<O>(who, &body);
        self.answer(decided)
    }

    pub(crate) fn view(&self) -> kagiban_ssm::View<'_> {
        kagiban_ssm::View {
            iam: &self.iam,
            kms: &self.kms,
            domain: &self.domain,
            ssm: &self.ssm,
            public: &self.public,
            pages: &self.pages,
            sessions: &self.sessions,
            presence: &self.presence,
            tokens: &self.tokens,
            streams: &self.streams,
            delivers_to: |_| true,
        }
    }

    /// What would be committed for a request now.
    pub(crate) fn decide_ssm<O>(&self, who: &str, body: &Value) -> Result<Decision<O::Output>, Fault>
    where
        O: for<'v> Operation<Error = ParameterError, View<'v> = kagiban_ssm::View<'v>>,
    {
        let view = self.view();
        let (caller, facts) = (self.caller(who), self.facts());
        let call = Call {
            caller: &caller,
            scope: Scope {
                region: self.region,
                ..home(caller.account)
            },
            facts: &facts,
            via: None,
        };
        let request = O::parse(O::Wire::read(Raw::Json(body.to_string().as_bytes()))?)?;
        let authorized = authorize(request, &call, &view).map_err(refused::<O>)?;
        let read = |prefixes: Vec<Key>| -> Vec<Entry> {
            prefixes.iter().flat_map(|prefix| self.under(prefix)).collect()
        };
        let mut cold = read(authorized.cold(&call, &view));
        for fetched in 1.. {
            let lacking = authorized.colder(&call, &view, &cold);
            if lacking.is_empty() {
                break;
            }
            assert!(fetched < 9, "the edge reads no more often");
            cold = read(lacking);
        }
        let with = With {
            now: self.now,
            entropy: &self.entropy,
            cold: &cold,
            recalled: None,
            since: None,
        };
        Ok(O::decide(authorized, &call, &view, &with)?)
    }

    /// The resources that a request asks for permissions on, which are those that the audit names.
    pub(crate) fn required<O>(&self, who: &str, body: &Value) -> Vec<String>
    where
        O: for<'v> Operation<Error = ParameterError, View<'v> = kagiban_ssm::View<'v>>,
    {
        let view = kagiban_ssm::View {
            iam: &self.iam,
            kms: &self.kms,
            domain: &self.domain,
            ssm: &self.ssm,
            public: &self.public,
            pages: &self.pages,
            sessions: &self.sessions,
            presence: &self.presence,
            tokens: &self.tokens,
            streams: &self.streams,
            delivers_to: |_| true,
        };
        let (caller, facts) = (self.caller(who), self.facts());
        let call = Call {
            caller: &caller,
            scope: home(caller.account),
            facts: &facts,
            via: None,
        };
        let wire = O::Wire::read(Raw::Json(body.to_string().as_bytes())).unwrap();
        let required = O::parse(wire).unwrap().requirements(&call, &view).unwrap();
        required.into_iter().map(|each| each.resource).collect()
    }

    /// One request to KMS.
    pub(crate) fn kms<O>(&mut self, who: &str, body: Value) -> Answer
    where
        O: for<'v> Operation<Error = KmsError, View<'v> = kagiban_kms::View<'v>>,
    {
        let decided = self.decide_kms::<O>(who, &body);
        self.answer(decided)
    }

    fn decide_kms<O>(&self, who: &str, body: &Value) -> Result<Decision<O::Output>, Fault>
    where
        O: for<'v> Operation<Error = KmsError, View<'v> = kagiban_kms::View<'v>>,
    {
        let view = kagiban_kms::View {
            iam: &self.iam,
            kms: &self.kms,
            domain: &self.domain,
            dependants: &self.ssm,
        };
        let (caller, facts) = (self.caller(who), self.facts());
        let call = Call {
            caller: &caller,
            scope: home(caller.account),
            facts: &facts,
            via: None,
        };
        let request = O::parse(O::Wire::read(Raw::Json(body.to_string().as_bytes()))?)?;
        let authorized = authorize(request, &call, &view).map_err(refused::<O>)?;
        let with = With {
            now: self.now,
            entropy: &self.entropy,
            cold: &[],
            recalled: None,
            since: None,
        };
        Ok(O::decide(authorized, &call, &view, &with)?)
    }

    fn answer<T: kagiban_aws::wire::Output>(&mut self, decided: Result<Decision<T>, Fault>) -> Answer {
        let Decision { txn, output } = decided.map_err(|fault| match fault.message {
            Some(message) => format!("{}: {message}", fault.code),
            None => fault.code.to_owned(),
        })?;
        self.commit(txn);
        let mut body = Vec::new();
        output.write("", &mut body);
        Ok(serde_json::from_slice(&body).unwrap())
    }

    fn under(&self, prefix: &Key) -> Vec<Entry> {
        let entry = |(key, (rev, value)): (&Key, &(Rev, Bytes))| Entry {
            key: key.clone(),
            value: value.clone(),
            create_rev: *rev,
            mod_rev: *rev,
            lease: None,
            op: None,
        };
        self.rows
            .iter()
            .filter(|(key, _)| key.starts_with(prefix))
            .map(entry)
            .collect()
    }

    /// Whether a transaction's conditions still hold.
    pub(crate) fn holds(&self, txn: &Txn) -> bool {
        txn.conds().iter().all(|cond| match cond {
            Cond::Absent(key) => !self.rows.contains_key(key),
            Cond::Exists(key) => self.rows.contains_key(key),
            Cond::ModRev(key, rev) => self.rows.get(key).is_some_and(|(at, _)| at == rev),
            Cond::PrefixEmpty(prefix) => self.under(prefix).is_empty(),
            Cond::PrefixUnchangedSince(prefix, rev) => {
                self.under(prefix).iter().all(|entry| entry.mod_rev <= *rev)
            }
        })
    }

    pub(crate) fn commit(&mut self, txn: Txn) {
        txn.check(&Limits::COMMON).unwrap();
        assert!(self.holds(&txn), "{txn:?}");
        self.rev = self.rev.next();
        self.ssm.reached(self.rev);
        for op in txn.ops() {
            match op {
                Op::Put { key, value, .. } => self.write(key, Some(value.clone())),
                Op::Delete(key) => self.write(key, None),
                Op::DeletePrefix(prefix) => {
                    for entry in self.under(prefix) {
                        self.write(&entry.key, None);
                    }
                }
            }
        }
    }

    fn write(&mut self, key: &Key, value: Option<Bytes>) {
        match &value {
            Some(value) => self.rows.insert(key.clone(), (self.rev, value.clone())),
            None => self.rows.remove(key),
        };
        let event = Event {
            key: key.clone(),
            mod_rev: self.rev,
            value,
        };
        let parts: Vec<String> = key.parts().map(Into::into).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match &parts[..] {
            ["a", account, "iam", rest @ ..] => self.iam.apply(account.parse().unwrap(), rest, &event),
            ["a", account, _, "kms", rest @ ..] => {
                self.kms.apply(home(account.parse().unwrap()), rest, &event)
            }
            ["a", account, region, "ssm", rest @ ..] => {
                let region = region.parse().unwrap();
                let account = account.parse().unwrap();
                self.ssm.apply(Scope { account, region }, rest, &event)
            }
            _ => unreachable!("{key}"),
        }
        .unwrap();
    }
}

fn refused<O: Operation>(refused: Refused<O::Error>) -> Fault {
    match refused {
        Refused::Error(error) => error.into(),
        Refused::Confined(fault) => fault,
        Refused::Denied(denied) => match O::refused(&denied) {
            Denial::Because(sentence) => Fault::sender("AccessDeniedException", sentence),
            Denial::As(fault) => fault,
        },
    }
}
