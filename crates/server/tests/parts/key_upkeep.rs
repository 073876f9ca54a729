//! The background job that looks after KMS's keys, on a real store and audit log. What people ask for is
//! decided a hundred days ago; the job runs today.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kagiban_aws::wire::{Input as _, Output as _, Raw};
use kagiban_aws::{AccessKeyId, AccountId, KeyOrigin, Region, Timestamp};
use kagiban_iam::sts::SessionKey;
use kagiban_iam::sts::web_identity::Issuers;
use kagiban_iam::{Call, Caller, Decision, Entropy, Facts, Identity, Operation, Scope, With, authorize};
use kagiban_kms::operations::{
    CreateKey, EnableKeyRotation, GetParametersForImport, ImportKeyMaterial, ScheduleKeyDeletion,
};
use kagiban_kms::{DomainKey, KmsError, records};
use kagiban_server::audit::{Audit, HeadKey, verify};
use kagiban_server::config::IssuerFetch;
use kagiban_server::edge::{Choices, Edge, Own, ServiceKeys, Snapshot, World, deed, follow};
use kagiban_server::metrics::Metrics;
use kagiban_server::outage::Outage;
use kagiban_ssm::PageKey;
use kagiban_ssm::nodes::Presence;
use kagiban_ssm::public::PublicParameters;
use kagiban_ssm::sessions::Streams;
use kagiban_ssm::sessions::token::TokenKey;
use kagiban_store::{Committed, Embedded, KeyFile, Memory, Rev, Sealed, Txn};
use serde_json::{Value, json};

type Store = Arc<Sealed<Embedded>>;

const DAY: u64 = 24 * 60 * 60;

fn today() -> Timestamp {
    SystemTime::now().into()
}

fn long_ago() -> Timestamp {
    (SystemTime::now() - Duration::from_secs(100 * DAY)).into()
}

fn scope() -> Scope {
    Scope {
        account: "111122223333".parse().unwrap(),
        region: Region::us_east_1(),
    }
}

fn root_access_key(account: AccountId) -> AccessKeyId {
    AccessKeyId::new(KeyOrigin::LongTerm, account, [1; 5])
}

async fn store(home: &Path) -> Store {
    let engine = Embedded::open(&home.join("data")).unwrap();
    let sealed = Sealed::open(engine, &KeyFile::new(home.join("seal.key"))).await;
    Arc::new(sealed.unwrap())
}

fn service_keys(store: &Store) -> ServiceKeys {
    ServiceKeys {
        sessions: SessionKey::new(store.subkey("sts/session")),
        domain: DomainKey::new(store.subkey("kms/domain")),
        pages: PageKey::new(store.subkey("ssm/pages")),
        channels: TokenKey::new(store.subkey("ssm/channels")),
    }
}

/// The server as it was a hundred days ago: the root user's requests, decided and committed.
struct Past {
    memory: Memory<World>,
    keys: ServiceKeys,
    now: Timestamp,
}

impl Past {
    async fn begin(store: &Store) -> Past {
        let memory = Memory::load(store.clone()).await.unwrap();
        let (account, now) = (scope().account, long_ago());
        let secret = "secret".to_owned().into();
        let txn = kagiban_iam::bootstrap::create_account(account, root_access_key(account), secret, now);
        memory.commit(txn).await.unwrap();
        Past {
            memory,
            keys: service_keys(store),
            now,
        }
    }

    async fn ask<O>(&self, body: Value) -> Value
    where
        O: for<'v> Operation<Error = KmsError, View<'v> = kagiban_kms::View<'v>>,
    {
        let Decision { txn, output } = self.decide::<O>(&body);
        let committed = self.memory.commit(txn).await.unwrap();
        assert_ne!(committed, Committed::CondFailed);
        let mut body = Vec::new();
        output.write("", &mut body);
        serde_json::from_slice(&body).unwrap_or_default()
    }

    fn decide<O>(&self, body: &Value) -> Decision<O::Output>
    where
        O: for<'v> Operation<Error = KmsError, View<'v> = kagiban_kms::View<'v>>,
    {
        let (root, issuers) = (self.memory.snapshot(), Issuers::default());
        let (public, presence) = (PublicParameters::default(), Presence::default());
        let streams = Streams::default();
        let view = kagiban_kms::View::from(Snapshot {
            world: &root.state,
            keys: &self.keys,
            issuers: &issuers,
            public: &public,
            presence: &presence,
            streams: &streams,
            delivers_to: |_| true,
        });
        let (caller, facts) = (self.root_user(), self.facts());
        let call = Call {
            caller: &caller,
            scope: scope(),
            facts: &facts,
            via: None,
        };
        let with = With {
            now: self.now,
            entropy: &Entropy::system(),
            cold: &[],
            recalled: None,
            since: None,
        };
        let wire = O::Wire::read(Raw::Json(body.to_string().as_bytes())).unwrap();
        let Ok(authorized) = authorize(O::parse(wire).unwrap(), &call, &view) else {
            panic!("the root user may {}", O::ACTION);
        };
        O::decide(authorized, &call, &view, &with).unwrap()
    }

    fn root_user(&self) -> Caller {
        let account = scope().account;
        Caller {
            access_key_id: root_access_key(account),
            account,
            arn: "arn:aws:iam::111122223333:root".parse().unwrap(),
            identity: Identity::Root,
            session: None,
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            request_id: String::new(),
            now: self.now,
            source_ip: [127, 0, 0, 1].into(),
            secure: true,
            user_agent: None,
            referer: None,
        }
    }

    async fn key(&self, request: Value) -> String {
        let made = self.ask::<CreateKey>(request).await;
        made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    /// Material that is valid for a day.
    async fn import(&self, key: &str) {
        let asked = json!({
            "KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048",
        });
        let given = self.ask::<GetParametersForImport>(asked).await;
        let public = BASE64_STANDARD.decode(given["PublicKey"].as_str().unwrap());
        let wrapped = BASE64_STANDARD.encode(wrap(&public.unwrap()));
        let request = json!({
            "KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": wrapped,
            "ValidTo": self.now.plus(Duration::from_secs(DAY)).millis() / 1000,
        });
        self.ask::<ImportKeyMaterial>(request).await;
    }

    /// Today, on the same store.
    fn end(self, audit: &Arc<Audit>) -> Edge {
        tokio::spawn(follow(self.memory.store().clone(), audit.clone()));
        Edge::new(
            self.memory,
            self.keys,
            audit.clone(),
            Outage::new(),
            Metrics::new(),
            Choices {
                issuer_fetch: IssuerFetch::Never,
                ..Choices::default()
            },
        )
    }
}

/// Wraps key material as its owner does.
fn wrap(public: &[u8]) -> Vec<u8> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public).unwrap()).unwrap();
    let mut wrapped = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA256_MGF1SHA256, &[7; 32], &mut wrapped, None)
        .unwrap();
    wrapped
}

/// A key's record as the store has it, if it has it.
async fn record(store: &Store, id: &str) -> Option<records::Key> {
    let memory = Memory::<World>::load(store.clone()).await.unwrap();
    let root = memory.snapshot();
    let stored = root.state.kms.keyring(scope())?.keys.get(id)?;
    Some(records::Key::clone(stored))
}

/// What the audit log says that was done: operation and key, in alphabetical order.
async fn told(edge: &Edge, audit: &Audit, directory: &Path) -> Vec<(String, String)> {
    edge.settle(Duration::from_secs(10)).await;
    audit.flushed(audit.tip().sequence).await.unwrap();
    let files = fs::read_dir(directory).unwrap();
    let files = files.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let lines: Vec<Value> = files
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect();
    let ours = lines.iter().filter(|line| line["service"] == "kms");
    let mut told: Vec<_> = ours
        .map(|line| {
            assert!(line["changed"].is_u64() && line["principal"].is_null(), "{line}");
            assert_eq!(line["account"], "111122223333", "{line}");
            let word = |value: &Value| value.as_str().unwrap().to_owned();
            (word(&line["operation"]), word(&line["resources"][0]))
        })
        .collect();
    told.sort();
    told
}

fn arn(id: &str) -> String {
    format!("arn:aws:kms:us-east-1:111122223333:key/{id}")
}

#[tokio::test]
async fn keys_are_destroyed_rotated_and_rid_of_expired_material_and_the_audit_log_says_so() {
    let home = tempfile::tempdir().unwrap();
    let logs = home.path().join("audit");
    let store = store(home.path()).await;
    let audit = Arc::new(Audit::open(&logs, HeadKey::new(&[7; 32]), Default::default()).unwrap());

    let past = Past::begin(&store).await;
    let untouched = past.key(json!({})).await;
    let doomed = past.key(json!({})).await;
    let deletion = json!({"KeyId": doomed, "PendingWindowInDays": 7});
    past.ask::<ScheduleKeyDeletion>(deletion).await;
    let rotating = past.key(json!({})).await;
    let rotation = json!({"KeyId": rotating, "RotationPeriodInDays": 90});
    past.ask::<EnableKeyRotation>(rotation).await;
    let imported = past.key(json!({"Origin": "EXTERNAL"})).await;
    past.import(&imported).await;
    let before = record(&store, &imported).await.unwrap();
    assert_eq!(before.state.as_str(), "Enabled");

    let edge = past.end(&audit);
    edge.look_after_keys().await;
    assert!(record(&store, &doomed).await.is_none());
    let rotated = record(&store, &rotating).await.unwrap();
    assert_eq!(rotated.current_material, 2);
    assert!(rotated.rotation.unwrap().next > today());
    let expired = record(&store, &imported).await.unwrap();
    assert_eq!(expired.state.as_str(), "PendingImport");
    assert_eq!(record(&store, &untouched).await.unwrap().current_material, 1);

    let done = [
        ("DeleteExpiredKeyMaterial", arn(&imported)),
        ("DeleteKey", arn(&doomed)),
        ("RotateKey", arn(&rotating)),
    ]
    .map(|(operation, key)| (operation.to_owned(), key));
    assert_eq!(told(&edge, &audit, &logs).await, done);
    edge.look_after_keys().await;
    assert_eq!(told(&edge, &audit, &logs).await, done, "nothing is done twice");
    let report = verify(&logs, Some(&HeadKey::new(&[7; 32])), None).unwrap();
    assert!(report.is_intact(), "{report:?}");
}

#[tokio::test]
async fn a_change_of_the_servers_own_is_decided_anew_when_somebody_was_faster_and_told_once() {
    let home = tempfile::tempdir().unwrap();
    let logs = home.path().join("audit");
    let store = store(home.path()).await;
    let audit = Arc::new(Audit::open(&logs, HeadKey::new(&[7; 32]), Default::default()).unwrap());
    let edge = Past::begin(&store).await.end(&audit);
    let place = records::keys::alias(scope(), "alias/own");
    let mut seen = Vec::new();
    let done = edge.commit_own(|snapshot, now| {
        assert!(snapshot.world.kms.keyring(scope()).is_none());
        seen.push(now);
        let mut txn = Txn::new();
        // The first turn has seen what is not there; the second what is.
        let overtaken = (seen.len() == 1).then_some(Rev(1));
        txn.unchanged(place.clone(), overtaken).delete(place.clone());
        Some(Own {
            txn,
            event: Some(deed("kms", "Own", scope(), arn("x"), now)),
            output: seen.len(),
        })
    });
    assert_eq!(done.await.unwrap(), Some(2));
    assert_eq!(seen[0], seen[1], "the time stays the same");
    let told = told(&edge, &audit, &logs).await;
    assert_eq!(told, [("Own".to_owned(), arn("x"))]);

    let nothing = edge.commit_own(|_, _| None::<Own>).await;
    assert!(nothing.unwrap().is_none());
    let impossible = edge.commit_own(|_, _| {
        let mut txn = Txn::new();
        txn.unchanged(place.clone(), Some(Rev(1))).delete(place.clone());
        Some(Own {
            txn,
            event: None,
            output: (),
        })
    });
    assert_eq!(impossible.await.unwrap_err().code, "TooManyUpdates");
}
