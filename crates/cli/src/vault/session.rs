//! Credentials that end, and the cache of those that took a person to get.
//!
//! An item's name says all but the secret, so that a listing needs no unlocking: what made it, for
//! which profile and MFA device, until when, and a digest of everything that was sent for it. So an
//! edited profile or another duration is never answered with yesterday's session.

use std::time::SystemTime;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use kagiban_aws::{SecretString, Timestamp};
use kagiban_client::Credentials;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::store::Store;

/// What stands before all names.
const PREFIX: &str = "session/";

/// Credentials, and until when they last; a long-lived key has no end.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) credentials: Credentials,
    pub(crate) expires: Option<Timestamp>,
}

impl Session {
    /// Credentials that an endpoint or a program has chosen; `whose` they are is said if they are refused.
    ///
    /// # Errors
    ///
    /// If they have letters that no credentials have: they go on into shells, files and headers, where such
    /// letters would be orders. They are not shown.
    pub(crate) fn given(
        whose: &str,
        credentials: Credentials,
        expires: Option<Timestamp>,
    ) -> Result<Session, Failure> {
        match unfit(&credentials) {
            None => Ok(Session { credentials, expires }),
            Some(part) => Err(Failure::Credentials(format!(
                "the {part} that {whose} gives has characters that none has; it is not used"
            ))),
        }
    }
}

/// Which part has characters that none of AWS's, of ours or of anybody's in base64 has.
fn unfit(credentials: &Credentials) -> Option<&'static str> {
    let is_of_ids = |c: char| c.is_ascii_alphanumeric() || "+/=_.:@-".contains(c);
    let is_of_secrets = |c: char| c.is_ascii_graphic() && !"\"'$`;\\&|<>()".contains(c);
    let token = credentials.session_token.as_ref().map(SecretString::expose);
    if !credentials.access_key_id.chars().all(is_of_ids) {
        Some("access key id")
    } else if !credentials.secret.expose().chars().all(is_of_secrets) {
        Some("secret access key")
    } else if !token.unwrap_or_default().chars().all(is_of_secrets) {
        Some("session token")
    } else {
        None
    }
}

/// What a session is kept under.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SessionKey {
    /// Such as `sts.AssumeRole`.
    pub(crate) kind: &'static str,
    pub(crate) profile: String,
    pub(crate) serial: String,
    /// A digest of all that was said to get it.
    pub(crate) digest: String,
}

/// What a listing shows of a session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Listed {
    pub(crate) kind: String,
    pub(crate) profile: String,
    pub(crate) expires: Timestamp,
    digest: String,
    /// Its name in the store.
    name: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: Option<SecretString>,
    expiration: i64,
}

/// Sessions in a store.
pub(crate) struct Cache<'a> {
    pub(crate) store: &'a dyn Store,
    /// Sessions with less left than this many seconds are not used.
    pub(crate) least: i64,
}

impl SessionKey {
    /// The parts are told apart by their lengths, so that none can be taken for its neighbour.
    pub(crate) fn new(kind: &'static str, profile: &str, serial: Option<&str>, sent: &[&str]) -> SessionKey {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [&[kind, profile, serial.unwrap_or_default()], sent].concat() {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        SessionKey {
            kind,
            profile: profile.to_owned(),
            serial: serial.unwrap_or_default().to_owned(),
            digest: BASE64.encode(&context.finish().as_ref()[..15]),
        }
    }

    fn name(&self, expires: Timestamp) -> String {
        let (profile, serial) = (BASE64.encode(&self.profile), BASE64.encode(&self.serial));
        let (kind, expires, digest) = (self.kind, expires.seconds(), &self.digest);
        format!("{PREFIX}{kind},{profile},{serial},{expires},{digest}")
    }
}

impl Listed {
    fn parse(name: &str) -> Option<Listed> {
        let fields: Vec<&str> = name.strip_prefix(PREFIX)?.split(',').collect();
        let [kind, profile, _, expires, digest] = fields.as_slice() else {
            return None;
        };
        Some(Listed {
            kind: (*kind).to_owned(),
            profile: String::from_utf8(BASE64.decode(profile).ok()?).ok()?,
            expires: Timestamp::from_seconds(expires.parse().ok()?),
            digest: (*digest).to_owned(),
            name: name.to_owned(),
        })
    }
}

impl Cache<'_> {
    /// All sessions that have not ended, sorted by their names.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn list(&self) -> Result<Vec<Listed>, Failure> {
        let names = self.store.names()?;
        let sessions = names.iter().filter_map(|name| Listed::parse(name));
        Ok(sessions
            .filter(|session| session.expires.seconds() > now())
            .collect())
    }

    /// A session that was kept under this key and has enough time left.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn find(&self, key: &SessionKey) -> Result<Option<Session>, Failure> {
        let Some(bytes) = self
            .fresh(key)?
            .map(|found| self.store.get(&found.name))
            .transpose()?
            .flatten()
        else {
            return Ok(None);
        };
        let item: Option<Item> = serde_json::from_slice(bytes.expose()).ok();
        let session = item.map(Session::from);
        // One that is kept may be older than the rule.
        Ok(session.filter(|session| unfit(&session.credentials).is_none()))
    }

    /// Until when the session lasts that would be found; nothing is unlocked for that.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn kept_until(&self, key: &SessionKey) -> Result<Option<Timestamp>, Failure> {
        Ok(self.fresh(key)?.map(|listed| listed.expires))
    }

    fn fresh(&self, key: &SessionKey) -> Result<Option<Listed>, Failure> {
        let listed = self.list()?.into_iter();
        Ok(listed
            .filter(|session| session.digest == key.digest && session.expires.seconds() > now() + self.least)
            .max_by_key(|session| session.expires))
    }

    /// Keeps a session in place of an older one of its key.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn keep(&self, key: &SessionKey, session: &Session) -> Result<(), Failure> {
        let Some(expires) = session.expires else {
            return Ok(());
        };
        let credentials = &session.credentials;
        let item = Item {
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret.clone(),
            session_token: credentials.session_token.clone(),
            expiration: expires.seconds(),
        };
        let mut text = Zeroizing::new(Vec::with_capacity(8192));
        serde_json::to_writer(&mut *text, &item).map_err(std::io::Error::from)?;
        self.drop_where(|listed| listed.digest == key.digest)?;
        self.store
            .put(&key.name(expires), &text.to_vec().into(), Some(expires))
    }

    /// Forgets the sessions of these profiles, or all; returns how many.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn clear(&self, profiles: Option<&[&str]>) -> Result<usize, Failure> {
        self.drop_where(|listed| profiles.is_none_or(|profiles| profiles.contains(&listed.profile.as_str())))
    }

    fn drop_where(&self, which: impl Fn(&Listed) -> bool) -> Result<usize, Failure> {
        let mut count = 0;
        for name in self.store.names()? {
            let listed = Listed::parse(&name);
            let ended = |listed: &Listed| listed.expires.seconds() <= now();
            if listed.is_some_and(|listed| which(&listed) || ended(&listed)) && self.store.remove(&name)? {
                count += 1;
            }
        }
        Ok(count)
    }
}

impl From<Item> for Session {
    fn from(item: Item) -> Session {
        Session {
            credentials: Credentials {
                access_key_id: item.access_key_id,
                secret: item.secret_access_key,
                session_token: item.session_token,
            },
            expires: Some(Timestamp::from_seconds(item.expiration)),
        }
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    Timestamp::from(SystemTime::now()).seconds()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use kagiban_aws::SecretBytes;

    use super::*;

    #[derive(Default)]
    struct Memory(RefCell<BTreeMap<String, SecretBytes>>);

    impl Store for Memory {
        fn describe(&self) -> String {
            "memory".to_owned()
        }
        fn names(&self) -> Result<Vec<String>, Failure> {
            Ok(self.0.borrow().keys().cloned().collect())
        }
        fn get(&self, name: &str) -> Result<Option<SecretBytes>, Failure> {
            Ok(self.0.borrow().get(name).cloned())
        }
        fn put(&self, name: &str, value: &SecretBytes, _: Option<Timestamp>) -> Result<(), Failure> {
            self.0.borrow_mut().insert(name.to_owned(), value.clone());
            Ok(())
        }
        fn remove(&self, name: &str) -> Result<bool, Failure> {
            Ok(self.0.borrow_mut().remove(name).is_some())
        }
    }

    fn session(seconds: i64) -> Session {
        Session {
            credentials: Credentials {
                access_key_id: format!("ASIA{seconds}"),
                secret: "s".to_owned().into(),
                session_token: None,
            },
            expires: Some(Timestamp::from_seconds(now() + seconds)),
        }
    }

    #[test]
    fn a_session_is_found_by_all_that_made_it_and_by_nothing_less() {
        let store = Memory::default();
        let cache = Cache {
            store: &store,
            least: 300,
        };
        let key = SessionKey::new("sts.AssumeRole", "dev", Some("mfa"), &["arn", "3600"]);
        cache.keep(&key, &session(3600)).unwrap();
        assert_eq!(
            cache.find(&key).unwrap().unwrap().credentials.access_key_id,
            "ASIA3600"
        );
        for sent in [&["arn", "7200"][..], &["ar", "n3600"], &["arn", "3600", ""]] {
            let other = SessionKey::new("sts.AssumeRole", "dev", Some("mfa"), sent);
            assert!(cache.find(&other).unwrap().is_none(), "{sent:?}");
        }
        cache.keep(&key, &session(200)).unwrap();
        assert!(cache.find(&key).unwrap().is_none(), "too little time is left");
        assert_eq!(cache.list().unwrap().len(), 1, "the older one made room");
    }

    #[test]
    fn sessions_are_listed_and_cleared_by_profile_and_swept_when_they_end() {
        let store = Memory::default();
        let cache = Cache {
            store: &store,
            least: 0,
        };
        for (profile, seconds) in [("a,b", 100), ("c", 200), ("old", -5)] {
            cache
                .keep(
                    &SessionKey::new("sts.GetSessionToken", profile, None, &[]),
                    &session(seconds),
                )
                .unwrap();
        }
        let profiles: Vec<String> = cache
            .list()
            .unwrap()
            .into_iter()
            .map(|listed| listed.profile)
            .collect();
        assert_eq!(profiles, ["a,b", "c"]);
        assert_eq!(
            cache.clear(Some(&["c"])).unwrap(),
            2,
            "and the one that had ended"
        );
        assert_eq!(cache.clear(None).unwrap(), 1);
        assert!(store.names().unwrap().is_empty());
    }

    #[test]
    fn credentials_that_would_be_orders_are_refused_and_not_shown() {
        let given = |id: &str, secret: &str, token: &str| {
            let credentials = Credentials {
                access_key_id: id.to_owned(),
                secret: secret.to_owned().into(),
                session_token: Some(token.to_owned().into()),
            };
            Session::given("STS", credentials, None).map_err(|refused| refused.to_string())
        };
        let (id, secret) = ("ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        for token in [
            "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVz=",
            "a-b_c.d:e@f%2F,~{}*!#?^[]",
            "",
        ] {
            assert!(given(id, secret, token).is_ok(), "{token}");
        }
        for order in [
            "s;$(touch x)",
            "`x`",
            "a b",
            "a\nb",
            "a'b",
            "a\"b",
            "a\\b",
            "a&b",
            "a|b",
            "a>b",
            "\u{e9}",
            "\0",
        ] {
            for (refused, part) in [
                (given(order, secret, "t"), "access key id"),
                (given(id, order, "t"), "secret access key"),
                (given(id, secret, order), "session token"),
            ] {
                let text = refused.unwrap_err();
                assert!(text.starts_with(&format!("the {part} that STS gives")), "{text}");
                assert!(!text.contains(order), "{text}");
            }
        }
        assert!(given("AKIA$", secret, "t").is_err());
    }
}
