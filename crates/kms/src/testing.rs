//! A server without an engine, for tests: the edge's loop over a plain map, with a clock to set.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use kagiban_aws::wire::{Input as _, Output as _, Raw};
use kagiban_aws::{AccessKeyId, AccountId, Arn, Fault, KeyOrigin, Region, Timestamp};
use kagiban_iam::records::{Role, User};
use kagiban_iam::{
    Call, Caller, Decision, Denial, Entropy, Facts, Identity, Operation, Refused, Scope, With, authorize,
};
use kagiban_store::{Cond, Event, Key, Limits, Op, Rev, Txn};
use serde_json::{Value, json};

use crate::records::{self, keys};
use crate::{Dependants, DomainKey, KmsError, Needing, State, View};

/// Code and message as clients show them.
pub(crate) type Answer = Result<Value, String>;

pub(crate) struct World {
    pub(crate) iam: kagiban_iam::State,
    pub(crate) kms: State,
    rows: BTreeMap<Key, (Rev, Bytes)>,
    domain: DomainKey,
    pub(crate) entropy: Entropy,
    rev: Rev,
    pub(crate) now: Timestamp,
    /// Where requests are sent to.
    pub(crate) region: Region,
    /// The service that sends requests for their callers.
    pub(crate) via: Option<&'static str>,
    pub(crate) needing: Needs,
}

/// What other services say that they keep, whatever the key.
#[derive(Debug, Default)]
pub(crate) struct Needs(pub(crate) Vec<&'static str>);

impl Dependants for Needs {
    fn needing(&self, _scope: Scope, _key_id: &str, at_most: usize) -> Needing {
        Needing {
            count: self.0.len(),
            names: self.0.iter().take(at_most).map(ToString::to_string).collect(),
            advice: "Delete them".to_owned(),
        }
    }
}

pub(crate) fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

pub(crate) fn scope() -> Scope {
    Scope {
        account: account(),
        region: Region::us_east_1(),
    }
}

impl World {
    pub(crate) fn new() -> World {
        let mut world = World {
            iam: Default::default(),
            kms: Default::default(),
            rows: BTreeMap::new(),
            domain: DomainKey::new([7; 32].into()),
            entropy: Entropy::system(),
            rev: Rev(0),
            now: Timestamp::from_seconds(1_700_000_000),
            region: Region::us_east_1(),
            via: None,
            needing: Needs::default(),
        };
        world.open_account(account());
        world
    }

    pub(crate) fn open_account(&mut self, account: AccountId) {
        let record: kagiban_iam::records::Account = serde_json::from_value(json!({"created": 0})).unwrap();
        let mut txn = Txn::new();
        txn.put(kagiban_iam::records::keys::account(account), &record);
        assert!(self.commit(&txn));
    }

    pub(crate) fn view(&self) -> View<'_> {
        View {
            iam: &self.iam,
            kms: &self.kms,
            domain: &self.domain,
            dependants: &self.needing,
        }
    }

    pub(crate) fn wait(&mut self, days: u32) {
        self.now = self.now.plus(Duration::from_secs(u64::from(days) * 86_400));
    }

    /// Sends what follows to another Region.
    pub(crate) fn go(&mut self, region: &str) {
        self.region = region.parse().unwrap();
    }

    fn here(&self) -> Scope {
        scope().at(self.region)
    }

    /// A user who may do what `statements` say.
    pub(crate) fn may(&mut self, who: &str, statements: &Value) {
        let id = format!("AIDA{:A<17}", who.to_uppercase());
        self.user(account(), who, &id, statements);
    }

    /// A user of an account with this unique id.
    pub(crate) fn user(&mut self, account: AccountId, who: &str, id: &str, statements: &Value) {
        let user: User = serde_json::from_value(json!({
            "name": who, "path": "/", "id": id, "created": 0, "tags": [], "grants": grants(statements),
        }))
        .unwrap();
        let mut txn = Txn::new();
        txn.put(kagiban_iam::records::keys::user(account, who), &user);
        assert!(self.commit(&txn));
    }

    /// A role of an account that may do what `statements` say.
    pub(crate) fn role(&mut self, account: AccountId, name: &str, id: &str, statements: &Value) {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": account.to_string()}, "Action": "sts:AssumeRole",
        }]});
        let role: Role = serde_json::from_value(json!({
            "name": name, "path": "/", "id": id, "created": 0, "tags": [], "grants": grants(statements),
            "trust": trust.to_string(), "max_session_seconds": 3600, "description": "",
        }))
        .unwrap();
        let mut txn = Txn::new();
        txn.put(kagiban_iam::records::keys::role(account, name), &role);
        assert!(self.commit(&txn));
    }

    /// A key of the root user's, by its id.
    pub(crate) fn key(&mut self, request: Value) -> String {
        let made = self.run::<crate::operations::CreateKey>(request).unwrap();
        made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    /// A key's record as it is now.
    pub(crate) fn record(&self, id: &str) -> Option<records::Key> {
        let stored = self.kms.keyring(self.here())?.keys.get(id)?;
        Some(records::Key::clone(stored))
    }

    /// Changes a key's record behind the operations' back.
    pub(crate) fn doctor(&mut self, id: &str, change: impl FnOnce(&mut records::Key)) {
        let mut key = self.record(id).unwrap();
        change(&mut key);
        let mut txn = Txn::new();
        txn.put(keys::key(self.here(), id), &key);
        assert!(self.commit(&txn));
    }

    /// Takes a key's record away behind the operations' back.
    pub(crate) fn destroy(&mut self, id: &str) {
        let mut txn = Txn::new();
        txn.delete(keys::key(self.here(), id));
        assert!(self.commit(&txn));
    }

    /// One request of the root user's, from its body to its answer's.
    pub(crate) fn run<O>(&mut self, body: Value) -> Answer
    where
        O: for<'v> Operation<Error = KmsError, View<'v> = View<'v>>,
    {
        self.run_as::<O>("root", body)
    }

    /// The same by a user.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "requests are written where they are sent"
    )]
    pub(crate) fn run_as<O>(&mut self, who: &str, body: Value) -> Answer
    where
        O: for<'v> Operation<Error = KmsError, View<'v> = View<'v>>,
    {
        let decided = self.decide::<O>(who, &body);
        let Decision { txn, output } = decided.map_err(|fault| match fault.message {
            Some(message) => format!("{}: {message}", fault.code),
            None => fault.code.to_owned(),
        })?;
        assert!(self.commit(&txn), "{txn:?}");
        let mut body = Vec::new();
        output.write("", &mut body);
        Ok(match body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&body).unwrap(),
        })
    }

    /// What would be committed for a request now.
    pub(crate) fn decide<O>(&self, who: &str, body: &Value) -> Result<Decision<O::Output>, Fault>
    where
        O: for<'v> Operation<Error = KmsError, View<'v> = View<'v>>,
    {
        self.asks(who, |call, view, with| {
            let request = O::parse(O::Wire::read(Raw::Json(body.to_string().as_bytes()))?)?;
            let authorized = authorize(request, call, view).map_err(refused::<O>)?;
            Ok(O::decide(authorized, call, view, with)?)
        })
    }

    /// What somebody's request sees of the world.
    pub(crate) fn asks<T>(&self, who: &str, ask: impl FnOnce(&Call<'_>, &View<'_>, &With<'_>) -> T) -> T {
        let (caller, view) = (self.caller(who), self.view());
        let facts = Facts {
            request_id: "r".to_owned(),
            now: self.now,
            source_ip: [127, 0, 0, 1].into(),
            secure: true,
            user_agent: None,
            referer: None,
        };
        let call = Call {
            caller: &caller,
            scope: Scope {
                account: caller.account,
                ..self.here()
            },
            facts: &facts,
            via: self.via,
        };
        let with = With {
            now: self.now,
            entropy: &self.entropy,
            cold: &[],
            recalled: None,
            since: None,
        };
        ask(&call, &view, &with)
    }

    /// A user of the tests' account by name, its root user as `root`, anybody else by ARN.
    fn caller(&self, who: &str) -> Caller {
        if let Ok(arn) = who.parse::<Arn>() {
            return match kagiban_iam::explanation::subject(&arn, &self.iam, self.now) {
                Some(kagiban_iam::explanation::Subject::Caller(caller)) => *caller,
                other => panic!("{who} is {other:?}"),
            };
        }
        let ours = self.iam.account(account()).unwrap();
        let root: Arn = "arn:aws:iam::111122223333:root".parse().unwrap();
        let (arn, identity) = match ours.user(who) {
            Some(user) => (user.arn(account()), Identity::User(user.clone())),
            None => (root, Identity::Root),
        };
        Caller {
            access_key_id: AccessKeyId::new(KeyOrigin::LongTerm, account(), [1; 5]),
            account: account(),
            arn,
            identity,
            session: None,
        }
    }

    /// Writes a transaction if its conditions hold.
    pub(crate) fn commit(&mut self, txn: &Txn) -> bool {
        txn.check(&Limits::COMMON).unwrap();
        if !txn.conds().iter().all(|cond| self.holds(cond)) {
            return false;
        }
        self.rev = self.rev.next();
        for op in txn.ops() {
            match op {
                Op::Put { key, value, .. } => self.write(key, Some(value.clone())),
                Op::Delete(key) => self.write(key, None),
                Op::DeletePrefix(prefix) => {
                    for key in self.under(prefix) {
                        self.write(&key, None);
                    }
                }
            }
        }
        true
    }

    /// Every record there is about keys.
    pub(crate) fn kms_rows(&self) -> Vec<Key> {
        let account = account().to_string();
        self.under(&Key::of(&["a", &account, self.region.as_str(), "kms"]).under())
    }

    fn under(&self, prefix: &Key) -> Vec<Key> {
        let keys = self.rows.keys();
        keys.filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    fn holds(&self, cond: &Cond) -> bool {
        match cond {
            Cond::Absent(key) => !self.rows.contains_key(key),
            Cond::Exists(key) => self.rows.contains_key(key),
            Cond::ModRev(key, rev) => self.rows.get(key).is_some_and(|(at, _)| at == rev),
            Cond::PrefixEmpty(prefix) => self.under(prefix).is_empty(),
            Cond::PrefixUnchangedSince(prefix, rev) => {
                self.under(prefix).iter().all(|key| self.rows[key].0 <= *rev)
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
            ["a", account, region, "kms", rest @ ..] => {
                let account = account.parse().unwrap();
                let region = region.parse().unwrap();
                self.kms.apply(Scope { account, region }, rest, &event)
            }
            other => panic!("KMS writes no {other:?}"),
        }
        .unwrap();
    }
}

fn grants(statements: &Value) -> Value {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let inline = match statements.as_array() {
        Some(none) if none.is_empty() => json!({}),
        _ => json!({"p": policy}),
    };
    json!({"inline": inline, "attached": [], "boundary": null})
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
