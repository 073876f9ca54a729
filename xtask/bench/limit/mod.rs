//! The reference servers: hyper, and only what cannot be left out.
//!
//! Each kind adds a step to the one before: an answer, a verified signature, a stored value that is
//! found and opened. A server that does all that and more is held against them; they have no IAM,
//! no audit, no limits and no errors worth reading, and are of no other use.

mod answer;
mod messages;
mod proof;
mod values;
mod writer;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::Result;
use clap::ValueEnum;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use answer::Answers;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What it does for an answer
    #[arg(long)]
    kind: Kind,
    #[arg(long)]
    listen: SocketAddr,
    /// Where values are kept
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// How much a reference server does.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Kind {
    /// A constant answer
    A,
    /// And a verified signature, with one cached signing key
    B,
    /// And a value read from redb and opened with AES-256-GCM
    C,
    /// A verified signature and a durable write, committed together with others that wait
    Put,
    /// A verified signature and a message encrypted or decrypted under a key of its own
    Kms,
}

impl Kind {
    /// As the command line has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::A => "a",
            Kind::B => "b",
            Kind::C => "c",
            Kind::Put => "put",
            Kind::Kms => "kms",
        }
    }

    /// The service that requests are signed for.
    fn service(self) -> &'static str {
        match self {
            Kind::A | Kind::B | Kind::C | Kind::Put => "ssm",
            Kind::Kms => "kms",
        }
    }
}

/// Serves until the process is killed.
///
/// # Errors
///
/// The address, the directory or the certificate is of no use.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let answers = Arc::new(Answers::prepare(arguments.kind, &arguments.data)?);
    let tls = match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(certificate), Some(key)) => Some(tls(certificate, key)?),
        _ => None,
    };
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(available_parallelism().map_or(1, NonZero::get))
        .enable_all()
        .build()?
        .block_on(serve(arguments.listen, tls, answers))
}

fn tls(certificate: &PathBuf, key: &PathBuf) -> Result<TlsAcceptor> {
    let chain = vec![CertificateDer::from_pem_file(certificate)?];
    let key = PrivateKeyDer::from_pem_file(key)?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn serve(listen: SocketAddr, tls: Option<TlsAcceptor>, answers: Arc<Answers>) -> Result<()> {
    let socket = TcpListener::bind(listen).await?;
    loop {
        let (stream, _) = socket.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(welcome(stream, tls.clone(), Arc::clone(&answers)));
    }
}

async fn welcome(stream: TcpStream, tls: Option<TlsAcceptor>, answers: Arc<Answers>) {
    match tls {
        None => connection(stream, answers).await,
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => connection(stream, answers).await,
            Err(error) => eprintln!("handshake: {error}"),
        },
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, answers: Arc<Answers>) {
    let service = service_fn(|request| {
        let answers = Arc::clone(&answers);
        async move { Ok::<_, Infallible>(answers.to(request).await) }
    });
    let mut protocol = http1::Builder::new();
    let connection = protocol
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        eprintln!("connection: {error}");
    }
}
