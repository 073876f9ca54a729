//! From a data directory to a server that can answer: open, unseal, load, and on the first start
//! make the account.

use std::env;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use kagiban_aws::{AccountId, Timestamp};
use kagiban_iam::Entropy;
use kagiban_iam::bootstrap::create_account;
use kagiban_iam::sts::SessionKey;
use kagiban_kms::DomainKey;
use kagiban_ssm::PageKey;
use kagiban_ssm::public::PublicParameters;
use kagiban_ssm::sessions::Streams;
use kagiban_ssm::sessions::token::TokenKey;
use kagiban_store::{Embedded, KeyFile, Memory, OpenError, Passphrase, Seal, SealError, Sealed};

use crate::audit::{self, Audit, HeadKey, anchored};
use crate::config::{
    self, Config, PassphraseError, PublicParametersError, RootCredentials, RootCredentialsError,
};
use crate::edge::{Choices, Edge, FollowError, ServiceKeys, World, follow, reconcile};
use crate::gateway::Gateway;
use crate::housekeeping::{Housekeeping, Periods};
use crate::metrics::Metrics;
use crate::outage::Outage;
use crate::root_file;

/// Opens everything, puts the edge and the gateway together and begins what goes on beside it.
///
/// # Errors
///
/// In the words of whatever cannot be opened; nothing is changed then.
pub async fn gateway(
    config: &Config,
    address: SocketAddr,
    metrics: &Metrics,
    outage: &Outage,
) -> Result<(Gateway, Housekeeping), StartError> {
    let first = config.is_first_start();
    let public = match &config.public_parameters {
        Some(file) => config::read_public_parameters(file)?,
        None => PublicParameters::default(),
    };
    let seal = seal(config)?; // before the store is made: who gives up at the prompt leaves nothing behind
    let store = Embedded::open(&config.data)?;
    let sealed = Sealed::open(store, &*seal)
        .await
        .map_err(|source| missing_key(config, source))?;
    if let (true, config::Seal::KeyFile(file)) = (first, &config.seal) {
        tracing::info!(file = %file.display(), "the seal's key lies here; copy it to a safe place, without it the data is lost");
    }
    if config.key_lies_in_data() {
        tracing::warn!(
            "the seal's key file lies inside the data directory: whoever gets a copy of the data gets the key with it"
        );
    }
    let keys = ServiceKeys {
        sessions: SessionKey::new(sealed.subkey("sts/session")),
        domain: DomainKey::new(sealed.subkey("kms/domain")),
        pages: PageKey::new(sealed.subkey("ssm/pages")),
        channels: TokenKey::new(sealed.subkey("ssm/channels")),
    };
    let head_key = head_key(&sealed);
    let sealed = Arc::new(sealed);
    let memory = Memory::<World>::load(sealed.clone()).await?;

    let options = audit::Options {
        queue_bytes: metrics.audit_queue_bytes.clone(),
        anchor: anchored(&*sealed).await?,
        ..Default::default()
    };
    let audit = Arc::new(Audit::open(&config.audit_directory(), head_key, options)?);
    reconcile(&*sealed, &audit).await?; // before anything is written to the store
    let mut housekeeping = Housekeeping::start(&sealed, &audit, outage, Periods::default());
    tokio::spawn(follow(memory.store().clone(), audit.clone()));
    first_start(config, &memory, SystemTime::now().into()).await?;
    for file in root_file::left(&config.data) {
        tracing::warn!(
            file = %file.display(),
            "a root access key lies in a file; make an administrator, then delete the file"
        );
    }
    metrics
        .store_revision
        .set(i64::try_from(memory.applied().0).unwrap_or(i64::MAX));
    let edge = Arc::new(Edge::new(
        memory,
        keys,
        audit,
        outage.clone(),
        metrics.clone(),
        Choices {
            durability: config.audit_durability,
            issuer_fetch: config.issuer_fetch,
            webhook_lifetime: config.webhook_lifetime,
            webhook_reach: config.webhooks.reach(),
            public,
            streams: streams(config, address),
        },
    ));
    tokio::spawn(edge.ring());
    housekeeping.attend(&edge, outage, Periods::default());
    if config.webhooks != config::Webhooks::Off {
        housekeeping.deliver(&edge);
    }
    let gateway = Gateway::new(edge, config.sessions, metrics.channels.clone());
    tokio::spawn(gateway.clone().follow());
    Ok((gateway, housekeeping))
}

/// Where clients open their data channels: where the operator says, else at the listener.
fn streams(config: &Config, address: SocketAddr) -> Streams {
    let base = match &config.stream_url {
        Some(url) => url.websocket(),
        None => {
            let scheme = if config.tls.is_some() { "wss" } else { "ws" };
            match address.ip().is_unspecified() {
                true => format!("{scheme}://localhost:{}", address.port()),
                false => format!("{scheme}://{address}"),
            }
        }
    };
    Streams {
        base,
        presigned: config.presigned_streams,
        live_per_account: config.sessions.live_per_account,
    }
}

/// The key of the audit log's heads: from the root, not from a term, so it outlives rotations.
pub(crate) fn head_key(sealed: &Sealed<Embedded>) -> HeadKey {
    HeadKey::new(&sealed.subkey("audit/head"))
}

/// The seal that the configuration names.
pub(crate) fn seal(config: &Config) -> Result<Box<dyn Seal>, StartError> {
    Ok(match &config.seal {
        config::Seal::KeyFile(path) => Box::new(KeyFile::new(path)),
        config::Seal::Passphrase => {
            let passphrase = match config.is_first_start() {
                true => config::choose_passphrase()?,
                false => config::fetch_passphrase()?,
            };
            Box::new(Passphrase::new(passphrase.expose().to_owned().into()))
        }
    })
}

fn missing_key(config: &Config, source: SealError) -> StartError {
    match (
        &source,
        config.missing_key_advice(&config::Places::of_this_process()),
    ) {
        (SealError::KeyFileMissing(_), Some(advice)) => StartError::KeyMissing { source, advice },
        _ => StartError::Seal(source),
    }
}

/// Makes the account and its root access key if there is none yet.
async fn first_start(config: &Config, memory: &Memory<World>, now: Timestamp) -> Result<(), StartError> {
    let view = memory.view();
    if let Some(kept) = view.state.iam.accounts().next() {
        if let Some(wanted) = config
            .account
            .filter(|wanted| view.state.iam.account(*wanted).is_none())
        {
            tracing::warn!(
                %wanted, account = %kept,
                "this store has its account already, and --account counts on the first start only; \
                 `kagiban-server account create` makes another"
            );
        }
        return Ok(());
    }
    drop(view);
    let entropy = Entropy::system();
    let account = config
        .account
        .unwrap_or_else(|| AccountId::from_bits(u64::from_le_bytes(entropy.bytes())));
    let root = match RootCredentials::from_environment(|name| env::var(name).ok())? {
        Some(root) => root,
        None => {
            let (root, path) = (
                root_file::generate(account, &entropy),
                root_file::first(&config.data),
            );
            root_file::write(&path, &root, config.region)
                .map_err(|source| StartError::RootFile { path, source })?;
            root
        }
    };
    let txn = create_account(account, root.access_key_id, root.secret_access_key, now);
    memory.commit(txn).await?;
    tracing::info!(%account, "first start: the account and its root access key are made");
    Ok(())
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the seal's key is missing; {advice}")]
    KeyMissing { source: SealError, advice: String },
    #[error(transparent)]
    PublicParameters(#[from] PublicParametersError),
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    #[error("the store cannot be read; `kagiban-server doctor` says more")]
    Store(#[from] kagiban_store::Error),
    #[error(transparent)]
    Audit(#[from] audit::OpenError),
    #[error("cannot compare the audit log with the store")]
    Follow(#[from] FollowError),
    #[error(transparent)]
    Root(#[from] RootCredentialsError),
    #[error("cannot write the root access key to `{}`", path.display())]
    RootFile { path: PathBuf, source: io::Error },
}
