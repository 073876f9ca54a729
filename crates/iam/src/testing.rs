//! A world without a store: a plain map under the same conditions, so that scenes run fast.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bytes::Bytes;
use kagiban_aws::{AccessKeyId, AccountId, Fault, Region, SecretString, Timestamp};
use kagiban_store::{Cond, Event, Key, Limits, Op, Rev, Txn};
use zeroize::Zeroizing;

use crate::authenticate::candidate;
use crate::sts::web_identity::Issuers;
use crate::sts::{AssumeRole, SessionKey};
use crate::{Call, Caller, Denial, Entropy, Facts, Operation, Refused, Scope, State, View, With, authorize};
use crate::{bootstrap, operations, sts, wire};

pub(crate) const A: &str = "111122223333";
pub(crate) const B: &str = "444455556666";

/// Everything that the server has around the operations.
pub(crate) struct World {
    rows: BTreeMap<Key, (Rev, Bytes)>,
    rev: Rev,
    pub(crate) state: State,
    sessions: SessionKey,
    pub(crate) issuers: Issuers,
    entropy: Entropy,
    pub(crate) facts: Facts,
}

/// Credentials as a client holds them.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    id: String,
    token: Option<SecretString>,
}

impl Credentials {
    /// What an operation of STS gave.
    pub(crate) fn issued(issued: sts::wire::Credentials) -> Credentials {
        Credentials {
            id: issued.access_key_id.unwrap(),
            token: issued.session_token,
        }
    }
}

pub(crate) fn account(digits: &str) -> AccountId {
    digits.parse().unwrap()
}

/// A fault, and what is written before the caller is told of it.
type Failed = Box<(Fault, Txn)>;

impl World {
    /// Two accounts with a root key each.
    pub(crate) fn new() -> World {
        let mut world = World {
            rows: BTreeMap::new(),
            rev: Rev(0),
            state: State::default(),
            sessions: SessionKey::new(Zeroizing::new([7; 32])),
            issuers: Issuers::default(),
            entropy: Entropy::system(),
            facts: Facts {
                request_id: "r".to_owned(),
                now: Timestamp::from_seconds(1_700_000_000),
                source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
                secure: true,
                user_agent: None,
                referer: None,
            },
        };
        for (digits, key) in [(A, "AKIAROOTAAAAAAAAAAAA"), (B, "AKIAROOTBBBBBBBBBBBB")] {
            let secret = SecretString::from("s".repeat(40));
            let now = world.facts.now;
            let txn = bootstrap::create_account(account(digits), key.parse().unwrap(), secret, now);
            assert!(world.commit(&txn));
        }
        world
    }

    pub(crate) fn root(digits: &str) -> Credentials {
        Credentials {
            id: if digits == A {
                "AKIAROOTAAAAAAAAAAAA"
            } else {
                "AKIAROOTBBBBBBBBBBBB"
            }
            .to_owned(),
            token: None,
        }
    }

    /// Whoever signs nothing.
    pub(crate) fn nobody() -> Credentials {
        Credentials {
            id: String::new(),
            token: None,
        }
    }

    /// Temporary credentials, as an answer has them.
    pub(crate) fn session_of(issued: sts::wire::Credentials) -> Credentials {
        Credentials {
            id: issued.access_key_id.unwrap(),
            token: issued.session_token,
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
                Op::Put { key, value, .. } => self.change(key.clone(), Some(value.clone())),
                Op::Delete(key) => self.change(key.clone(), None),
                Op::DeletePrefix(prefix) => {
                    for key in self.under(prefix) {
                        self.change(key, None);
                    }
                }
            }
        }
        true
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

    fn change(&mut self, key: Key, value: Option<Bytes>) {
        let before = match &value {
            Some(value) => self.rows.insert(key.clone(), (self.rev, value.clone())),
            None => self.rows.remove(&key),
        };
        if value.is_none() && before.is_none() {
            return;
        }
        let mod_rev = self.rev;
        let event = Event { key, mod_rev, value };
        let parts: Vec<_> = event.key.parts().map(Cow::into_owned).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["account-alias", alias] => self.state.apply_account_alias(alias, &event).unwrap(),
            ["cred", id] => self.state.apply_access_key(id, &event).unwrap(),
            ["a", digits, "iam", rest @ ..] => self.state.apply(account(digits), rest, &event).unwrap(),
            other => panic!("IAM writes no {other:?}"),
        }
    }

    pub(crate) fn caller(&self, credentials: &Credentials) -> Result<Caller, String> {
        if credentials.id.is_empty() {
            return Ok(Caller::anonymous());
        }
        let token = credentials.token.as_ref().map(SecretString::expose);
        candidate(
            &credentials.id,
            token,
            &self.state,
            &self.sessions,
            self.facts.now,
        )
        .map(|candidate| candidate.caller)
        .map_err(|error| format!("{error:?}"))
    }

    /// One request, walked as the edge does it; gives the transaction uncommitted.
    pub(crate) fn decide<O>(&self, who: &Credentials, wire: O::Wire) -> Result<(O::Output, Txn), Fault>
    where
        O: for<'v> Operation<View<'v> = View<'v>>,
    {
        self.attempt::<O>(who, wire).map_err(|failed| failed.0)
    }

    /// The same with what is written before the caller is told of a fault.
    fn attempt<O>(&self, who: &Credentials, wire: O::Wire) -> Result<(O::Output, Txn), Failed>
    where
        O: for<'v> Operation<View<'v> = View<'v>>,
    {
        let caller = self.caller(who).expect("the credentials are in force");
        let call = Call {
            scope: Scope {
                account: caller.account,
                region: Region::us_east_1(),
            },
            caller: &caller,
            facts: &self.facts,
            via: None,
        };
        self.state
            .last_uses()
            .note(&caller, "iam", call.scope.region, self.facts.now);
        let view = View {
            iam: &self.state,
            sessions: &self.sessions,
            issuers: &self.issuers,
        };
        let with = With {
            now: self.facts.now,
            entropy: &self.entropy,
            cold: &[],
            recalled: None,
            since: None,
        };
        let only = |fault: Fault| Box::new((fault, Txn::new()));
        let failed = |error: O::Error| {
            let txn = O::aftermath(&error, &call, &view);
            Box::new((error.into(), txn))
        };
        let request = O::parse(wire).map_err(|error| only(error.into()))?;
        let request = authorize(request, &call, &view).map_err(|refused| match refused {
            Refused::Error(error) => failed(error),
            Refused::Confined(fault) => only(fault),
            Refused::Denied(denied) => only(match O::refused(&denied) {
                Denial::Because(sentence) => Fault::sender("AccessDenied", sentence).with_status(403),
                Denial::As(fault) => fault,
            }),
        })?;
        let decision = O::decide(request, &call, &view, &with).map_err(failed)?;
        Ok((decision.output, decision.txn))
    }

    /// One request, to its end.
    pub(crate) fn run<O>(&mut self, who: &Credentials, wire: O::Wire) -> Result<O::Output, Fault>
    where
        O: for<'v> Operation<View<'v> = View<'v>>,
    {
        let (outcome, txn) = match self.attempt::<O>(who, wire) {
            Ok((output, txn)) => (Ok(output), txn),
            Err(failed) => (Err(failed.0), failed.1),
        };
        assert!(self.commit(&txn), "nobody else writes here");
        outcome
    }

    /// `Code: message` of a request that must be refused.
    pub(crate) fn refused<O>(&mut self, who: &Credentials, wire: O::Wire) -> String
    where
        O: for<'v> Operation<View<'v> = View<'v>>,
    {
        match self.run::<O>(who, wire) {
            Ok(_) => panic!("{} should be refused", O::ACTION),
            Err(fault) => format!("{}: {}", fault.code, fault.message.unwrap_or_default()),
        }
    }

    /// A new user of account A with a key.
    pub(crate) fn user(&mut self, name: &str) -> Credentials {
        self.user_in(A, name)
    }

    pub(crate) fn user_in(&mut self, digits: &str, name: &str) -> Credentials {
        let root = World::root(digits);
        let user_name = Some(name.to_owned());
        let make = wire::CreateUserRequest {
            user_name: user_name.clone(),
            ..Default::default()
        };
        self.run::<operations::CreateUser>(&root, make).unwrap();
        self.key_of(digits, name)
    }

    pub(crate) fn key_of(&mut self, digits: &str, name: &str) -> Credentials {
        let user_name = Some(name.to_owned());
        let made = self
            .run::<operations::CreateAccessKey>(
                &World::root(digits),
                wire::CreateAccessKeyRequest { user_name },
            )
            .unwrap();
        let key = made.access_key.unwrap();
        assert_eq!(key.secret_access_key.unwrap().expose().len(), 40);
        let id = key.access_key_id.unwrap();
        assert_eq!(
            id.parse::<AccessKeyId>().unwrap().account(),
            Some(account(digits))
        );
        Credentials { id, token: None }
    }

    /// Writes an inline policy `p` into a user.
    pub(crate) fn allow(&mut self, digits: &str, user: &str, statement: &str) {
        let put = wire::PutUserPolicyRequest {
            user_name: Some(user.to_owned()),
            policy_name: Some("p".to_owned()),
            policy_document: Some(document(statement)),
        };
        self.run::<operations::PutUserPolicy>(&World::root(digits), put)
            .unwrap();
    }

    /// A new role of account A.
    pub(crate) fn role(&mut self, name: &str, trust: &str) -> Result<wire::Role, Fault> {
        let make = wire::CreateRoleRequest {
            role_name: Some(name.to_owned()),
            assume_role_policy_document: Some(document(trust)),
            ..Default::default()
        };
        let made = self.run::<operations::CreateRole>(&World::root(A), make)?;
        Ok(made.role.unwrap())
    }

    /// Begins a session of a role of account A.
    pub(crate) fn assume(
        &mut self,
        who: &Credentials,
        role: &str,
        rest: sts::wire::AssumeRoleRequest,
    ) -> Result<(Credentials, sts::wire::AssumeRoleResponse), Fault> {
        let request = sts::wire::AssumeRoleRequest {
            role_arn: Some(format!("arn:aws:iam::{A}:role/{role}")),
            role_session_name: Some("s1".to_owned()),
            ..rest
        };
        let response = self.run::<AssumeRole>(who, request)?;
        let issued = response.credentials.clone().unwrap();
        Ok((Credentials::issued(issued), response))
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.facts.now = self.facts.now.plus(Duration::from_secs(seconds));
    }
}

/// A document of these statements, given without the brackets.
pub(crate) fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// A statement that allows an action on everything.
pub(crate) fn allowing(action: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"*"}}"#)
}

/// A trust policy's statement for one principal.
pub(crate) fn trusting(principal: &str) -> String {
    format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}"#)
}
