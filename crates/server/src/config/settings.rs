use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;
use kagiban_aws::{AccountId, Region};
use serde::{Deserialize, Serialize};

use super::{BaseUrl, Seal, SessionSettings};
use crate::log;

/// Settings from one source; what it does not mention is `None`.
///
/// clap lays flags over environment variables; [`Settings::or`] lays both over a file's.
#[derive(Args, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Directory for everything the server keeps [default: /var/lib/kagiban for root, else
    /// ~/.local/share/kagiban]
    #[arg(long, value_name = "DIR", env = "KAGIBAN_DATA", global = true)]
    pub data: Option<PathBuf>,

    /// Address and port for all services [default: 127.0.0.1:4566]
    #[arg(long, value_name = "ADDR:PORT", env = "KAGIBAN_LISTEN", global = true, value_parser = address)]
    pub listen: Option<SocketAddr>,

    /// Account number of a first start [default: a random one]
    #[arg(long, value_name = "123456789012", env = "KAGIBAN_ACCOUNT", global = true)]
    pub account: Option<AccountId>,

    /// Home region [default: us-east-1]
    #[arg(long, value_name = "REGION", env = "KAGIBAN_REGION", global = true)]
    pub region: Option<Region>,

    /// URL under which clients reach this server, if it is not the listener's
    #[arg(long, value_name = "URL", env = "KAGIBAN_PUBLIC_URL", global = true)]
    pub public_url: Option<BaseUrl>,

    /// URL that StartSession hands out for data channels [default: the public URL]
    #[arg(long, value_name = "URL", env = "KAGIBAN_STREAM_URL", global = true)]
    pub stream_url: Option<BaseUrl>,

    /// Mark the URLs of data channels as presigned, for a session-manager-plugin that would sign
    /// its upgrades with credentials that are not this server's [default: false]
    #[arg(
        long,
        value_name = "true|false",
        env = "KAGIBAN_PRESIGNED_STREAMS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        global = true
    )]
    pub presigned_streams: Option<bool>,

    /// Certificate chain (PEM, leaf first); read again on SIGHUP
    #[arg(long, value_name = "FILE", env = "KAGIBAN_TLS_CERT", global = true)]
    pub tls_cert: Option<PathBuf>,

    /// Private key of the certificate (PEM); read again on SIGHUP
    #[arg(long, value_name = "FILE", env = "KAGIBAN_TLS_KEY", global = true)]
    pub tls_key: Option<PathBuf>,

    /// What the root of all keys is sealed with: `keyfile:PATH` or `passphrase` [default: a key
    /// file in /etc/kagiban for root, else in ~/.config/kagiban: never beside the data, so that
    /// a copied data directory opens nothing]
    #[arg(long, value_name = "SEAL", env = "KAGIBAN_SEAL", global = true)]
    pub seal: Option<Seal>,

    /// Serve plain HTTP beyond this machine, for when TLS ends in front of the server
    #[arg(
        long,
        value_name = "true|false",
        env = "KAGIBAN_INSECURE_HTTP",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        global = true
    )]
    pub insecure_http: Option<bool>,

    /// Address and port for Prometheus's `GET /metrics`, which asks for no credentials [default:
    /// none]
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "KAGIBAN_METRICS_LISTEN",
        global = true,
        value_parser = address
    )]
    pub metrics_listen: Option<SocketAddr>,

    /// How log lines look [default: text]
    #[arg(long, value_name = "FORMAT", env = "KAGIBAN_LOG", global = true)]
    pub log: Option<log::Format>,

    /// What is logged, such as `info` or `warn,kagiban_server=debug` [default: info]
    #[arg(long, value_name = "FILTER", env = "KAGIBAN_LOG_FILTER", global = true)]
    pub log_filter: Option<String>,

    /// Most open connections; more are closed at once [default: 4096]
    #[arg(long, value_name = "NUMBER", env = "KAGIBAN_MAX_CONNECTIONS", global = true)]
    pub max_connections: Option<usize>,

    /// Largest request body, in bytes [default: 1048576]
    #[arg(long, value_name = "BYTES", env = "KAGIBAN_MAX_BODY_BYTES", global = true)]
    pub max_body_bytes: Option<usize>,

    /// Where the keys of OpenID Connect providers are fetched from: `network` for everywhere but this
    /// machine and its link-local surroundings, `anywhere`, or `never` [default: network]
    #[arg(long, value_name = "WHERE", env = "KAGIBAN_ISSUER_FETCH", global = true)]
    pub issuer_fetch: Option<IssuerFetch>,

    /// Whether webhooks deliver: `on`, `anywhere` for https to this machine itself, too, or `off` [default: on]
    #[arg(long, value_name = "on|anywhere|off", env = "KAGIBAN_WEBHOOKS", global = true)]
    pub webhooks: Option<Webhooks>,

    /// Seconds after which a webhook's delivery that failed is no longer tried, but kept as a dead letter
    /// [default: 86400]
    #[arg(long, value_name = "SECONDS", env = "KAGIBAN_WEBHOOK_LIFETIME", global = true)]
    pub webhook_lifetime: Option<u32>,

    /// Whether browsers may sign in to the server's own console: `on` or `off` [default: on]
    #[arg(long, value_name = "on|off", env = "KAGIBAN_CONSOLE", global = true)]
    pub console: Option<ConsoleSetting>,

    /// Parameters below `/aws/service/` that everybody may be allowed to read: a TOML file, or a JSON
    /// one called `….json` [default: none]
    #[arg(long, value_name = "FILE", env = "KAGIBAN_PUBLIC_PARAMETERS", global = true)]
    pub public_parameters: Option<PathBuf>,

    /// The audit log's own settings.
    #[command(flatten)]
    pub audit: AuditSettings,

    /// The message gateway's own settings.
    #[command(flatten)]
    pub sessions: SessionSettings,
}

/// The audit log's settings: `[audit]` in the file.
#[derive(Args, Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSettings {
    /// What an answer waits for: `batched` for the kernel, with the disk at most a second behind;
    /// `strict` for the disk [default: batched]
    #[arg(
        id = "audit_durability",
        long = "audit-durability",
        value_name = "WHEN",
        env = "KAGIBAN_AUDIT_DURABILITY",
        global = true
    )]
    pub durability: Option<AuditDurability>,
}

/// Where the keys of OpenID Connect providers are fetched from.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum IssuerFetch {
    /// From everywhere but this machine and its link-local surroundings, where metadata services are.
    #[default]
    Network,
    /// From everywhere.
    Anywhere,
    /// From nowhere: only keys in a provider's own record count.
    Never,
}

/// Whether webhooks deliver.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Webhooks {
    /// They do; over https neither to this machine nor to its link-local surroundings.
    #[default]
    On,
    /// They do, wherever a URL leads.
    Anywhere,
    /// They do not: the server sends nothing to anybody who did not ask. What they have to deliver waits.
    Off,
}

impl Webhooks {
    /// Where they deliver to over https.
    pub fn reach(self) -> IssuerFetch {
        match self {
            Webhooks::On => IssuerFetch::Network,
            Webhooks::Anywhere => IssuerFetch::Anywhere,
            Webhooks::Off => IssuerFetch::Never,
        }
    }
}

/// Whether browsers may sign in to the server's own console.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ConsoleSetting {
    /// They may, with temporary credentials.
    #[default]
    On,
    /// There is no console, and nothing tells of one.
    Off,
}

/// What an answer waits for before it goes out.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum AuditDurability {
    /// The kernel has the record; the disk has it within a second.
    #[default]
    Batched,
    /// The disk has the record.
    Strict,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "an address and a port belong here, such as `127.0.0.1:4566` or `[::1]:4566`")
}

impl Settings {
    /// Reads a configuration file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no TOML, or has a key that does not exist.
    pub fn from_file(path: &Path) -> Result<Settings, SettingsError> {
        let text = fs::read_to_string(path).map_err(|source| SettingsError::Read {
            path: path.to_owned(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| SettingsError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// These settings, and where they say nothing, the `weaker` ones.
    #[must_use]
    pub fn or(self, weaker: Settings) -> Settings {
        Settings {
            data: self.data.or(weaker.data),
            listen: self.listen.or(weaker.listen),
            account: self.account.or(weaker.account),
            region: self.region.or(weaker.region),
            public_url: self.public_url.or(weaker.public_url),
            stream_url: self.stream_url.or(weaker.stream_url),
            presigned_streams: self.presigned_streams.or(weaker.presigned_streams),
            tls_cert: self.tls_cert.or(weaker.tls_cert),
            tls_key: self.tls_key.or(weaker.tls_key),
            seal: self.seal.or(weaker.seal),
            insecure_http: self.insecure_http.or(weaker.insecure_http),
            metrics_listen: self.metrics_listen.or(weaker.metrics_listen),
            log: self.log.or(weaker.log),
            log_filter: self.log_filter.or(weaker.log_filter),
            max_connections: self.max_connections.or(weaker.max_connections),
            max_body_bytes: self.max_body_bytes.or(weaker.max_body_bytes),
            issuer_fetch: self.issuer_fetch.or(weaker.issuer_fetch),
            webhooks: self.webhooks.or(weaker.webhooks),
            webhook_lifetime: self.webhook_lifetime.or(weaker.webhook_lifetime),
            console: self.console.or(weaker.console),
            public_parameters: self.public_parameters.or(weaker.public_parameters),
            audit: AuditSettings {
                durability: self.audit.durability.or(weaker.audit.durability),
            },
            sessions: self.sessions.or(weaker.sessions),
        }
    }
}

/// Why a configuration file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the configuration file `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file says something that makes no sense; the source has line and column.
    #[error("the configuration file `{}` has a mistake", .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stronger_source_wins_key_by_key() {
        let flags = Settings {
            listen: Some("127.0.0.1:1".parse().unwrap()),
            ..Settings::default()
        };
        let file: Settings = toml::from_str("listen = '127.0.0.1:2'\nregion = 'eu-west-1'").unwrap();
        let both = flags.or(file);
        assert_eq!(both.listen, Some("127.0.0.1:1".parse().unwrap()));
        assert_eq!(both.region, Some("eu-west-1".parse().unwrap()));
    }

    #[test]
    fn a_key_that_does_not_exist_is_refused_by_name() {
        for text in ["lisen = '127.0.0.1:2'", "[audit]\ndurabilty = 'strict'"] {
            let error = toml::from_str::<Settings>(text).unwrap_err().to_string();
            assert!(error.contains("unknown field"), "{error}");
        }
    }

    #[test]
    fn printed_settings_read_back() {
        let text = "listen = '127.0.0.1:2'\nseal = 'keyfile:/k'\nlog = 'json'\ninsecure_http = true\n\
                    [audit]\ndurability = 'strict'";
        let settings: Settings = toml::from_str(text).unwrap();
        assert_eq!(settings.audit.durability, Some(AuditDurability::Strict));
        let printed = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<Settings>(&printed).unwrap(), settings);
    }
}
