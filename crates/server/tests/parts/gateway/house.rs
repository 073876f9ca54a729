//! A server with a gateway, in this process: its store can be written, its ends are played by the tests.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kagiban_aws::wire::{Input as _, Raw};
use kagiban_aws::{AccessKeyId, Fault, KeyOrigin, Region, SecretString, Timestamp};
use kagiban_client::Credentials;
use kagiban_iam::operations::{CreateRole, PutRolePolicy};
use kagiban_iam::sts::web_identity::Issuers;
use kagiban_iam::sts::{Bearer, SessionClaims, SessionKey};
use kagiban_iam::{Call, Caller, Entropy, Facts, Identity, Operation, Scope, With, authorize};
use kagiban_kms::DomainKey;
use kagiban_server::audit::{Audit, HeadKey};
use kagiban_server::edge::{Choices, Edge, ServiceKeys, Snapshot, World, follow};
use kagiban_server::gateway::{Gateway, Terms};
use kagiban_server::http::{self, Handler as _, Limits, Listener, Shutdown};
use kagiban_server::metrics::Metrics;
use kagiban_server::outage::Outage;
use kagiban_ssm::PageKey;
use kagiban_ssm::nodes::{NodeId, Presence};
use kagiban_ssm::public::PublicParameters;
use kagiban_ssm::records::{Node, Session, keys};
use kagiban_ssm::sessions::token::{Channel, Claims, TokenKey};
use kagiban_ssm::sessions::{End, Streams, Transition};
use kagiban_store::{Committed, Embedded, KeyFile, Memory, Sealed, Store as _, Txn};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

type Store = Arc<Sealed<Embedded>>;

pub(crate) const NODE: &str = "mi-0123456789abcdef0";
const ROLE: &str = "nodes";

pub(crate) fn scope() -> Scope {
    Scope {
        account: "111122223333".parse().unwrap(),
        region: Region::us_east_1(),
    }
}

pub(crate) fn now() -> Timestamp {
    SystemTime::now().into()
}

/// What is there before and after a server is.
pub(crate) struct House {
    home: TempDir,
    store: Store,
    role: String,
    starts: std::cell::Cell<u32>,
}

/// A server in this process, in a runtime of its own: so that it can be killed.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Metrics,
    pub(crate) edge: Arc<Edge>,
    pub(crate) gateway: Gateway,
    pub(crate) audit: std::path::PathBuf,
    shutdown: Shutdown,
    runtime: Option<Runtime>,
}

fn service_keys(store: &Store) -> ServiceKeys {
    ServiceKeys {
        sessions: SessionKey::new(store.subkey("sts/session")),
        domain: DomainKey::new(store.subkey("kms/domain")),
        pages: PageKey::new(store.subkey("ssm/pages")),
        channels: TokenKey::new(store.subkey("ssm/channels")),
    }
}

async fn store(home: &Path) -> Store {
    let engine = Embedded::open(&home.join("data")).unwrap();
    let sealed = Sealed::open(engine, &KeyFile::new(home.join("seal.key"))).await;
    Arc::new(sealed.unwrap())
}

impl House {
    /// An account with a role for nodes, and one node that is registered.
    pub(crate) async fn new() -> House {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path()).await;
        let account = scope().account;
        let root = AccessKeyId::new(KeyOrigin::LongTerm, account, [1; 5]);
        let secret = SecretString::from("secret".to_owned());
        let txn = kagiban_iam::bootstrap::create_account(account, root, secret, now());
        store.commit(txn).await.unwrap();
        let house = House {
            home,
            store,
            role: String::new(),
            starts: 0.into(),
        };
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ssm.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        house
            .ask::<CreateRole>(&format!("RoleName={ROLE}&AssumeRolePolicyDocument={trust}"))
            .await;
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssmmessages:*","ec2messages:*"],"Resource":"*"}]}"#;
        house
            .ask::<PutRolePolicy>(&format!("RoleName={ROLE}&PolicyName=p&PolicyDocument={policy}"))
            .await;
        let memory = Memory::<World>::load(house.store.clone()).await.unwrap();
        let role = memory
            .view()
            .state
            .iam
            .account(account)
            .unwrap()
            .role(ROLE)
            .unwrap()
            .id
            .clone();
        let house = House { role, ..house };
        house.register(NODE).await;
        house
    }

    async fn ask<O>(&self, form: &str)
    where
        O: for<'v> Operation<View<'v> = kagiban_iam::View<'v>>,
    {
        let memory = Memory::<World>::load(self.store.clone()).await.unwrap();
        let root = memory.snapshot();
        let (issuers, keys) = (Issuers::default(), service_keys(&self.store));
        let (public, presence, streams) = (
            PublicParameters::default(),
            Presence::default(),
            Streams::default(),
        );
        let view = kagiban_iam::View::from(Snapshot {
            world: &root.state,
            keys: &keys,
            issuers: &issuers,
            public: &public,
            presence: &presence,
            streams: &streams,
            delivers_to: |_| true,
        });
        let caller = Caller {
            access_key_id: AccessKeyId::new(KeyOrigin::LongTerm, scope().account, [1; 5]),
            account: scope().account,
            arn: "arn:aws:iam::111122223333:root".parse().unwrap(),
            identity: Identity::Root,
            session: None,
        };
        let facts = Facts {
            request_id: "r".to_owned(),
            now: now(),
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            user_agent: None,
            referer: None,
        };
        let call = Call {
            caller: &caller,
            scope: scope(),
            facts: &facts,
            via: None,
        };
        let with = With {
            now: now(),
            entropy: &Entropy::system(),
            cold: &[],
            recalled: None,
            since: None,
        };
        let wire = O::Wire::read(Raw::Form(form.as_bytes())).unwrap();
        let request = O::parse(wire).map_err(Into::<Fault>::into).unwrap();
        let Ok(authorized) = authorize(request, &call, &view) else {
            panic!("the root user may")
        };
        let decision = O::decide(authorized, &call, &view, &with)
            .map_err(Into::<Fault>::into)
            .unwrap();
        self.store.commit(decision.txn).await.unwrap();
    }

    pub(crate) async fn register(&self, node: &str) {
        let record: Node = serde_json::from_value(json!({
            "activation": "a", "rights": {"Role": ROLE}, "public_key": "", "fingerprint": "f", "registered": now(),
        }))
        .unwrap();
        let mut txn = Txn::new();
        txn.put(keys::node(scope(), &NodeId::parse(node).unwrap()), &record);
        self.store.commit(txn).await.unwrap();
    }

    pub(crate) async fn deregister(&self, node: &str) {
        let mut txn = Txn::new();
        txn.delete(keys::node(scope(), &NodeId::parse(node).unwrap()));
        self.store.commit(txn).await.unwrap();
    }

    /// Starts sessions on a node, as StartSession does; returns once the server knows.
    pub(crate) async fn begin(&self, server: &Server, node: &str, ids: &[String]) {
        let document = r#"{"schemaVersion":"1.0","sessionType":"Standard_Stream","inputs":{}}"#;
        let mut txn = Txn::new();
        for id in ids {
            let record: Session = serde_json::from_value(json!({
                "status": "Connecting", "target": node, "owner": "arn:aws:iam::111122223333:user/ada",
                "owner_id": "AIDA", "started": now(), "idle_minutes": 20, "epoch": 1,
                "order": {"document_name": "SSM-SessionManagerRunShell", "document": document},
            }))
            .unwrap();
            txn.put(keys::session(scope(), id), &record);
        }
        self.store.commit(txn).await.unwrap();
        while server.session(ids.last().unwrap()).is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Ends a session, as TerminateSession does; in steps, or at once.
    pub(crate) async fn terminate(&self, id: &str) {
        let ended = Transition::Ended(End::TERMINATED);
        loop {
            let memory = Memory::<World>::load(self.store.clone()).await.unwrap();
            let txn = ended.txn(&memory.view().state.ssm, scope(), id, now()).unwrap();
            if let Committed::Ok(_) = self.store.commit(txn).await.unwrap() {
                return; // else the server was faster with what it had to write
            }
        }
    }

    /// Deletes records, as their time comes.
    pub(crate) async fn forget(&self, ids: &[String]) {
        let mut txn = Txn::new();
        for id in ids {
            txn.delete(keys::session(scope(), id));
        }
        self.store.commit(txn).await.unwrap();
    }

    /// The credentials of a node, as it gets them for its own key.
    pub(crate) fn credentials(&self, session_name: &str) -> Credentials {
        self.credentials_since(session_name, now())
    }

    /// The same, given at another time; they last an hour.
    pub(crate) fn credentials_since(&self, session_name: &str, issued: Timestamp) -> Credentials {
        let bearer = Bearer::Role {
            id: self.role.clone(),
            session_name: session_name.to_owned(),
            federation: None,
        };
        let claims = SessionClaims {
            source_instance: NodeId::parse(session_name).map(|node| node.arn(scope())),
            ..SessionClaims::new(scope().account, bearer, issued, 3600)
        };
        let id = AccessKeyId::new(KeyOrigin::Temporary, scope().account, Entropy::system().bytes());
        let issued = service_keys(&self.store)
            .sessions
            .issue(&claims, id, &Entropy::system());
        Credentials {
            access_key_id: issued.access_key_id.to_string(),
            secret: issued.secret,
            session_token: Some(issued.token),
        }
    }

    /// A token, as StartSession issues it for turn 1.
    pub(crate) fn token(&self, channel: Channel<'_>, epoch: u32, issued: Timestamp) -> SecretString {
        let claims = Claims {
            scope: scope(),
            epoch,
        };
        service_keys(&self.store)
            .channels
            .issue(channel, claims, issued, &Entropy::system())
    }

    pub(crate) async fn start(&self, terms: Terms) -> Server {
        let start = self.starts.get();
        self.starts.set(start + 1);
        let audit = self.home.path().join(format!("audit-{start}"));
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (store, logs) = (self.store.clone(), audit.clone());
        let built = runtime.spawn(build(store, logs, terms)).await.unwrap();
        let (address, metrics, edge, gateway, shutdown) = built;
        Server {
            address,
            metrics,
            edge,
            gateway,
            audit,
            shutdown,
            runtime: Some(runtime),
        }
    }
}

async fn build(
    store: Store,
    logs: std::path::PathBuf,
    terms: Terms,
) -> (SocketAddr, Metrics, Arc<Edge>, Gateway, Shutdown) {
    let audit = Arc::new(Audit::open(&logs, HeadKey::new(&[7; 32]), Default::default()).unwrap());
    let metrics = Metrics::new();
    let memory = Memory::load(store.clone()).await.unwrap();
    tokio::spawn(follow(store.clone(), audit.clone()));
    let keys = service_keys(&store);
    let choices = Choices::default();
    let edge = Arc::new(Edge::new(
        memory,
        keys,
        audit,
        Outage::new(),
        metrics.clone(),
        choices,
    ));
    let gateway = Gateway::new(edge.clone(), terms, metrics.channels.clone());
    tokio::spawn(gateway.clone().follow());
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let listener = Listener {
        socket,
        tls: None,
        limits: Limits::default(),
        open: metrics.connections.clone(),
    };
    let shutdown = Shutdown::new();
    tokio::spawn(http::serve(listener, Arc::new(gateway.clone()), shutdown.clone()));
    (address, metrics, edge, gateway, shutdown)
}

impl Server {
    /// As if its process had been killed: no socket is told.
    pub(crate) fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }

    /// As at SIGTERM.
    pub(crate) fn stop(&self) {
        self.shutdown.begin();
        self.gateway.stop();
    }

    /// The status of a session's record, and its details.
    pub(crate) fn session(&self, id: &str) -> Option<(String, Option<String>)> {
        self.edge.with_snapshot(|snapshot| {
            let session = snapshot.world.ssm.session(scope(), id)?;
            let details = session.details.as_deref().map(str::to_owned);
            Some((session.status.as_str().to_owned(), details))
        })
    }

    /// Waits until a session's record has this status; returns its details.
    pub(crate) async fn becomes(&self, id: &str, status: &str) -> Option<String> {
        for _ in 0..2_000 {
            if let Some((found, details)) = self.session(id)
                && found == status
            {
                return details;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{id} is {:?} and not {status}", self.session(id));
    }

    /// Waits until it is written down whose a session's token is.
    pub(crate) async fn claimed(&self, id: &str) {
        let is_written = || {
            self.edge.with_snapshot(|snapshot| {
                let session = snapshot.world.ssm.session(scope(), id);
                session.is_some_and(|session| session.client.is_some())
            })
        };
        while !is_written() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until so many sessions are live, and nodes connected.
    pub(crate) async fn has(&self, sessions: i64, nodes: i64) {
        let channels = &self.metrics.channels;
        for _ in 0..6_000 {
            if (channels.sessions.get(), channels.nodes.get()) == (sessions, nodes) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "{} sessions, {} nodes",
            channels.sessions.get(),
            channels.nodes.get()
        );
    }

    /// What the audit log says, once it has it.
    pub(crate) fn audited(&self) -> String {
        let files = std::fs::read_dir(&self.audit).unwrap();
        let texts = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        texts
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
