use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use kagiban_aws::{AccountId, Region};
use kagiban_ssm::webhooks;

use super::{
    AuditDurability, AuditSettings, BaseUrl, ConsoleSetting, IssuerFetch, Places, Seal, Settings,
    SettingsError, Webhooks,
};
use crate::cli;
use crate::gateway::Terms;
use crate::http::Limits;
use crate::log;

/// Everything the server was told, complete and free of contradiction.
#[derive(Clone, Debug)]
pub struct Config {
    /// The directory of everything the server keeps.
    pub data: PathBuf,
    /// Where all services are served.
    pub listen: SocketAddr,
    /// The account of a first start; `None` for a random one.
    pub account: Option<AccountId>,
    /// The home region.
    pub region: Region,
    /// Where clients reach the server, if somebody said so.
    pub public_url: Option<BaseUrl>,
    /// Where data channels go, if somebody said so; the public URL otherwise.
    pub stream_url: Option<BaseUrl>,
    /// Whether the URLs of data channels look presigned.
    pub presigned_streams: bool,
    /// Certificate and key; `None` for plain HTTP.
    pub tls: Option<TlsFiles>,
    /// What the root of all keys is sealed with.
    pub seal: Seal,
    /// Where metrics are served, if at all.
    pub metrics_listen: Option<SocketAddr>,
    /// How log lines look.
    pub log: log::Format,
    /// What is logged.
    pub log_filter: String,
    /// What answers wait for.
    pub audit_durability: AuditDurability,
    /// Where the keys of OpenID Connect providers are fetched from.
    pub issuer_fetch: IssuerFetch,
    /// Whether webhooks deliver.
    pub webhooks: Webhooks,
    /// How long a webhook's delivery is tried.
    pub webhook_lifetime: Duration,
    /// Whether browsers may sign in to the console.
    pub console: ConsoleSetting,
    /// The file of public parameters, if there are any.
    pub public_parameters: Option<PathBuf>,
    /// How sessions are relayed.
    pub sessions: Terms,
    /// What clients may ask of the listener.
    pub limits: Limits,
    /// Plain HTTP was asked for beyond this machine.
    pub insecure_http: bool,
}

/// A certificate chain and its private key, both PEM files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The leaf's key.
    pub key: PathBuf,
}

impl Config {
    /// Lays flags and environment over the configuration file, and all over the defaults.
    ///
    /// # Errors
    ///
    /// The file is unreadable or wrong, or the settings contradict each other.
    pub fn load(place: cli::Place, places: &Places) -> Result<Config, ConfigError> {
        let usual = || {
            let file = places.config()?.join("server.toml");
            file.is_file().then_some(file)
        };
        let weaker = match place.config.or_else(usual) {
            Some(file) => Settings::from_file(&file)?,
            None => Settings::default(),
        };
        Config::resolve(place.settings.or(weaker), places)
    }

    /// Fills in the defaults.
    ///
    /// # Errors
    ///
    /// The settings contradict each other, or a default needs a home directory and there is none.
    pub fn resolve(settings: Settings, places: &Places) -> Result<Config, ConfigError> {
        let tls = tls(settings.tls_cert, settings.tls_key)?;
        let listen = settings
            .listen
            .unwrap_or(SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)));
        let insecure_http = settings.insecure_http.unwrap_or(false);
        if tls.is_none() && !insecure_http && !listen.ip().to_canonical().is_loopback() {
            return Err(ConfigError::PlainHttp { listen });
        }
        let data = settings
            .data
            .or_else(|| places.data())
            .ok_or(ConfigError::NoHome)?;
        let seal = match settings.seal {
            Some(seal) => seal,
            None => Seal::KeyFile(places.seal_key(&data).ok_or(ConfigError::NoHome)?),
        };
        Ok(Config {
            listen,
            account: settings.account,
            region: settings.region.unwrap_or_else(Region::us_east_1),
            stream_url: settings.stream_url.or_else(|| settings.public_url.clone()),
            presigned_streams: settings.presigned_streams.unwrap_or(false),
            public_url: settings.public_url,
            tls,
            seal,
            metrics_listen: settings.metrics_listen,
            log: settings.log.unwrap_or_default(),
            log_filter: settings.log_filter.unwrap_or_else(|| "info".to_owned()),
            audit_durability: settings.audit.durability.unwrap_or_default(),
            issuer_fetch: settings.issuer_fetch.unwrap_or_default(),
            webhooks: settings.webhooks.unwrap_or_default(),
            webhook_lifetime: settings
                .webhook_lifetime
                .map_or(webhooks::LIFETIME, |seconds| Duration::from_secs(seconds.into())),
            console: settings.console.unwrap_or_default(),
            public_parameters: settings.public_parameters,
            sessions: settings.sessions.terms()?,
            limits: limits(settings.max_connections, settings.max_body_bytes)?,
            insecure_http,
            data,
        })
    }

    /// The directory of the audit log.
    pub fn audit_directory(&self) -> PathBuf {
        self.data.join("audit")
    }

    /// The settings that make this configuration, all spelled out.
    pub fn into_settings(self) -> Settings {
        let (tls_cert, tls_key) = match self.tls {
            Some(files) => (Some(files.certificate), Some(files.key)),
            None => (None, None),
        };
        Settings {
            data: Some(self.data),
            listen: Some(self.listen),
            account: self.account,
            region: Some(self.region),
            public_url: self.public_url,
            stream_url: self.stream_url,
            presigned_streams: Some(self.presigned_streams),
            tls_cert,
            tls_key,
            seal: Some(self.seal),
            insecure_http: Some(self.insecure_http),
            metrics_listen: self.metrics_listen,
            log: Some(self.log),
            log_filter: Some(self.log_filter),
            max_connections: Some(self.limits.connections),
            max_body_bytes: Some(self.limits.body_bytes),
            issuer_fetch: Some(self.issuer_fetch),
            webhooks: Some(self.webhooks),
            webhook_lifetime: u32::try_from(self.webhook_lifetime.as_secs()).ok(),
            console: Some(self.console),
            public_parameters: self.public_parameters,
            audit: AuditSettings {
                durability: Some(self.audit_durability),
            },
            sessions: self.sessions.into(),
        }
    }
}

/// The port that clients of local AWS stand-ins are used to.
const DEFAULT_PORT: u16 = 4566;

fn tls(certificate: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<TlsFiles>, ConfigError> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ConfigError::HalfTls { missing: "tls-key" }),
        (None, Some(_)) => Err(ConfigError::HalfTls { missing: "tls-cert" }),
    }
}

fn limits(connections: Option<usize>, body_bytes: Option<usize>) -> Result<Limits, ConfigError> {
    let defaults = Limits::default();
    let connections = at_least_one("max-connections", connections)?.unwrap_or(defaults.connections);
    Ok(Limits {
        body_bytes: at_least_one("max-body-bytes", body_bytes)?.unwrap_or(defaults.body_bytes),
        ..defaults.for_connections(connections)
    })
}

fn at_least_one(flag: &'static str, limit: Option<usize>) -> Result<Option<usize>, ConfigError> {
    match limit {
        Some(0) => Err(ConfigError::Nothing { flag }),
        _ => Ok(limit),
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration file is of no use.
    #[error(transparent)]
    File(#[from] SettingsError),
    /// Plain HTTP would leave this machine.
    #[error(
        "plain HTTP on `{listen}` would send secrets over the network; give --tls-cert and --tls-key, \
         or --insecure-http if TLS ends in front of this server"
    )]
    PlainHttp {
        /// The address that is not loopback.
        listen: SocketAddr,
    },
    /// A certificate without its key, or the other way round.
    #[error("--tls-cert and --tls-key belong together; add --{missing}")]
    HalfTls {
        /// The flag to add.
        missing: &'static str,
    },
    /// A limit that lets nothing through.
    #[error("--{flag} 0 would refuse every request; give a greater number, or none for the default")]
    Nothing {
        /// The limit's flag.
        flag: &'static str,
    },
    /// A number that no clock or memory could live up to, or that lets nothing through.
    #[error(
        "--{flag} {number} makes no sense; give a number from {} to {}, or none for the default",
        .range.start(), .range.end()
    )]
    OutOfRange {
        /// The setting's flag.
        flag: &'static str,
        /// What was given.
        number: u64,
        /// What could be.
        range: RangeInclusive<u64>,
    },
    /// No default place for files.
    #[error("there is no home directory for the default places; give --data and --seal")]
    NoHome,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(toml: &str) -> Result<Config, ConfigError> {
        let places = Places {
            home: Some("/home/ada".into()),
            ..Places::default()
        };
        Config::resolve(toml::from_str(toml).unwrap(), &places)
    }

    #[test]
    fn nothing_said_means_loopback_and_a_key_away_from_the_data() {
        let config = resolve("").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:4566");
        assert_eq!(config.region.as_str(), "us-east-1");
        let Seal::KeyFile(key) = &config.seal else {
            panic!("{:?}", config.seal)
        };
        assert!(!key.starts_with(&config.data));
    }

    #[test]
    fn there_is_a_console_unless_told_otherwise() {
        assert_eq!(resolve("").unwrap().console, ConsoleSetting::On);
        let off = resolve("console = 'off'").unwrap();
        assert_eq!(off.console, ConsoleSetting::Off);
        assert_eq!(off.into_settings().console, Some(ConsoleSetting::Off));
    }

    #[test]
    fn plain_http_stays_on_the_machine_unless_told_otherwise() {
        for listen in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1"] {
            let plain = format!("listen = '{listen}'");
            assert!(
                matches!(resolve(&plain), Err(ConfigError::PlainHttp { .. })),
                "{listen}"
            );
            assert!(resolve(&format!("{plain}\ninsecure_http = true")).is_ok());
            assert!(resolve(&format!("{plain}\ntls_cert = 'c'\ntls_key = 'k'")).is_ok());
        }
        for listen in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert!(resolve(&format!("listen = '{listen}'")).is_ok(), "{listen}");
        }
    }

    #[test]
    fn a_limit_that_would_refuse_everything_is_refused() {
        for flag in ["max-connections", "max-body-bytes"] {
            let setting = flag.replace('-', "_");
            let error = resolve(&format!("{setting} = 0")).unwrap_err().to_string();
            assert!(error.starts_with(&format!("--{flag} 0")), "{error}");
            assert!(resolve(&format!("{setting} = 1")).is_ok());
        }
    }

    #[test]
    fn half_of_tls_names_the_other_half() {
        let error = resolve("tls_cert = 'c'").unwrap_err().to_string();
        assert!(error.ends_with("add --tls-key"), "{error}");
    }

    #[test]
    fn data_channels_go_to_the_public_url_unless_told_otherwise() {
        let config = resolve("public_url = 'https://a'").unwrap();
        assert_eq!(config.stream_url, config.public_url);
        let config = resolve("public_url = 'https://a'\nstream_url = 'wss://b'").unwrap();
        assert_eq!(config.stream_url.unwrap().websocket(), "wss://b");
    }

    #[test]
    fn a_printed_configuration_means_the_same() {
        let config = resolve("tls_cert = 'c'\ntls_key = 'k'\nmax_connections = 7").unwrap();
        let printed = toml::to_string(&config.clone().into_settings()).unwrap();
        assert_eq!(resolve(&printed).unwrap().into_settings(), config.into_settings());
    }
}
