//! A server without an engine, for tests: the edge's loop over a plain map, with two accounts and a
//! clock to set.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use kagiban_aws::wire::{Input as _, Output as _, Raw};
use kagiban_aws::{AccessKeyId, AccountId, Arn, Fault, KeyOrigin, Region, Timestamp};
use kagiban_iam::records::User;
use kagiban_iam::{
    Call, Caller, Decision, Denial, Entropy, Facts, Identity, Operation, Refused, Scope, With, authorize,
};
use kagiban_kms::{DomainKey, KmsError};
use kagiban_store::{Cond, Entry, Event, Key, Limits, Op, Rev, Txn};
use serde_json::{Value, json};

use crate::{PageKey, ParameterError, State, View};

/// Code and message as clients show them.
pub(crate) type Answer = Result<Value, String>;

/// The account of everybody whose name says nothing else.
pub(crate) const OURS: &str = "111122223333";
/// Another account; its users are called `444455556666/name`.
pub(crate) const THEIRS: &str = "444455556666";

pub(crate) struct World {
    pub(crate) iam: kagiban_iam::State,
    pub(crate) kms: kagiban_kms::State,
    pub(crate) ssm: State,
    rows: BTreeMap<Key, (Rev, Bytes)>,
    domain: DomainKey,
    pages: PageKey,
    pub(crate) entropy: Entropy,
    rev: Rev,
    pub(crate) now: Timestamp,
}

pub(crate) fn scope(account: &str) -> Scope {
    Scope {
        account: account.parse().unwrap(),
        region: Region::us_east_1(),
    }
}

impl World {
    pub(crate) fn new() -> World {
        let mut world = World {
            iam: Default::default(),
            kms: Default::default(),
            ssm: Default::default(),
            rows: BTreeMap::new(),
            domain: DomainKey::new([7; 32].into()),
            pages: PageKey::new([8; 32].into()),
            entropy: Entropy::system(),
            rev: Rev(0),
            now: Timestamp::from_seconds(1_700_000_000),
        };
        let record: kagiban_iam::records::Account = serde_json::from_value(json!({"created": 0})).unwrap();
        for account in [OURS, THEIRS] {
            let mut txn = Txn::new();
            txn.put(
                kagiban_iam::records::keys::account(account.parse().unwrap()),
                &record,
            );
            assert!(world.commit(&txn));
        }
        world
    }

    pub(crate) fn view(&self) -> View<'_> {
        View {
            iam: &self.iam,
            kms: &self.kms,
            domain: &self.domain,
            ssm: &self.ssm,
            pages: &self.pages,
        }
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    /// A user who may do what `statements` say.
    pub(crate) fn may(&mut self, who: &str, statements: &Value) {
        let (account, name) = split(who);
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let user: User = serde_json::from_value(json!({
            "name": name, "path": "/", "id": "AIDAAAAAAAAAAAAAAAAAA", "created": 0, "tags": [],
            "grants": {"inline": {"p": policy}, "attached": [], "boundary": null},
        }))
        .unwrap();
        let mut txn = Txn::new();
        txn.put(kagiban_iam::records::keys::user(account, name), &user);
        assert!(self.commit(&txn));
    }

    /// One request of the root user's, from its body to its answer's.
    pub(crate) fn run<O>(&mut self, body: Value) -> Answer
    where
        O: for<'v> Operation<Error = ParameterError, View<'v> = View<'v>>,
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
        O: for<'v> Operation<Error = ParameterError, View<'v> = View<'v>>,
    {
        let decided = self.decide::<O, ParameterError>(who, &body, |world| world.view());
        self.answer::<O>(decided)
    }

    /// A request to KMS by the root user.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "requests are written where they are sent"
    )]
    pub(crate) fn kms<O>(&mut self, body: Value) -> Answer
    where
        O: for<'v> Operation<Error = KmsError, View<'v> = kagiban_kms::View<'v>>,
    {
        let decided = self.decide::<O, KmsError>("root", &body, |world| world.view().kms());
        self.answer::<O>(decided)
    }

    fn answer<O: Operation>(&mut self, decided: Result<Decision<O::Output>, Fault>) -> Answer {
        let Decision { txn, output } = decided.map_err(|fault| match fault.message {
            Some(message) => format!("{}: {message}", fault.code),
            None => fault.code.to_owned(),
        })?;
        assert!(txn.is_empty() || self.commit(&txn), "{txn:?}");
        let mut body = Vec::new();
        output.write("", &mut body);
        Ok(match body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&body).unwrap(),
        })
    }

    /// What would be committed for a request now.
    fn decide<'w, O, E>(
        &'w self,
        who: &str,
        body: &Value,
        view: impl Fn(&'w World) -> O::View<'w>,
    ) -> Result<Decision<O::Output>, Fault>
    where
        O: Operation<Error = E>,
        E: Into<Fault>,
    {
        let caller = self.caller(who);
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
            scope: scope(&caller.account.to_string()),
            facts: &facts,
            via: None,
        };
        let view = view(self);
        let wire = O::Wire::read(Raw::Json(body.to_string().as_bytes()))?;
        let request = O::parse(wire).map_err(Into::into)?;
        let cold = self.entries(&request.cold(&call, &view));
        let authorized = authorize(request, &call, &view).map_err(refused::<O>)?;
        let with = With {
            now: self.now,
            entropy: &self.entropy,
            cold: &cold,
            recalled: None,
        };
        O::decide(authorized, &call, &view, &with).map_err(Into::into)
    }

    fn entries(&self, prefixes: &[Key]) -> Vec<Entry> {
        let under = prefixes.iter().flat_map(|prefix| self.under(prefix));
        under
            .map(|key| {
                let (rev, value) = &self.rows[&key];
                Entry {
                    key,
                    value: value.clone(),
                    create_rev: *rev,
                    mod_rev: *rev,
                    lease: None,
                    op: None,
                }
            })
            .collect()
    }

    fn caller(&self, who: &str) -> Caller {
        let (account, name) = split(who);
        let ours = self.iam.account(account).unwrap();
        let root: Arn = format!("arn:aws:iam::{account}:root").parse().unwrap();
        let (arn, identity) = match ours.user(name) {
            Some(user) => (user.arn(account), Identity::User(user.clone())),
            None => (root, Identity::Root),
        };
        Caller {
            access_key_id: AccessKeyId::new(KeyOrigin::LongTerm, account, [1; 5]),
            account,
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

    /// How often something has been written.
    pub(crate) fn revision(&self) -> Rev {
        self.rev
    }

    /// Every record of Parameter Store's, by the parts of its key after `ssm`.
    pub(crate) fn ssm_rows(&self) -> Vec<String> {
        let ssm = Key::of(&["a", OURS, scope(OURS).region.as_str(), "ssm"]).under();
        let keys = self.under(&ssm).into_iter();
        keys.map(|key| key.parts().skip(4).collect::<Vec<_>>().join(" "))
            .collect()
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
            ["a", account, _, "kms", rest @ ..] => self.kms.apply(scope(account), rest, &event),
            ["a", account, _, "ssm", rest @ ..] => self.ssm.apply(scope(account), rest, &event),
            other => panic!("Parameter Store writes no {other:?}"),
        }
        .unwrap();
    }
}

/// The account and the name of `444455556666/name` or `name`.
fn split(who: &str) -> (AccountId, &str) {
    let (account, name) = who.split_once('/').unwrap_or((OURS, who));
    (account.parse().unwrap(), name)
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
