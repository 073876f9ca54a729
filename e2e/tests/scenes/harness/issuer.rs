//! An OpenID Connect issuer of one's own: keys, certificates and signatures by the openssl CLI.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::server::free_port;
use super::{Output, clients_directory, tool, venv_binary};

/// Serves a discovery document and a key set at `https://127.0.0.1:PORT` until it is closed or dropped.
pub(crate) struct Issuer {
    directory: TempDir,
    port: u16,
    child: Option<Child>,
}

/// A key that signs tokens: `RS256` or `ES256`, under a name of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SigningKey {
    pub(crate) algorithm: &'static str,
    pub(crate) id: &'static str,
}

impl Issuer {
    /// Makes a certificate authority and a certificate, and serves the public halves of new keys.
    pub(crate) fn start(keys: &[SigningKey]) -> Self {
        let mut issuer = Self {
            directory: TempDir::new().unwrap(),
            port: free_port(),
            child: None,
        };
        issuer.openssl(&format!("{AUTHORITY} -keyout ca.key -out ca.pem"));
        issuer.openssl(&format!("{CERTIFICATE} -keyout server.key -out server.pem"));
        let well_known = issuer.path("www/.well-known");
        fs::create_dir_all(&well_known).unwrap();
        let discovery = json!({"issuer": issuer.url(), "jwks_uri": format!("{}/keys.json", issuer.url())});
        fs::write(well_known.join("openid-configuration"), discovery.to_string()).unwrap();
        for key in keys {
            issuer.make(*key);
        }
        issuer.publish(keys);
        issuer.open();
        issuer
    }

    /// What its tokens say who issued them.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.host())
    }

    /// Its URL as ARNs and condition keys have it.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The certificate of the authority that vouches for it.
    pub(crate) fn authority(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// The file of the key set that it publishes.
    pub(crate) fn key_set(&self) -> PathBuf {
        self.path("www/keys.json")
    }

    /// Makes a key, without publishing it.
    pub(crate) fn make(&self, key: SigningKey) {
        let kind = match key.algorithm {
            "RS256" => "RSA -pkeyopt rsa_keygen_bits:2048",
            _ => "EC -pkeyopt ec_paramgen_curve:P-256",
        };
        self.openssl(&format!("genpkey -algorithm {kind} -out {}.key", key.id));
    }

    /// Publishes these keys and no others.
    pub(crate) fn publish(&self, keys: &[SigningKey]) {
        let keys: Vec<_> = keys.iter().map(|key| self.public(*key)).collect();
        fs::write(self.key_set(), json!({"keys": keys}).to_string()).unwrap();
    }

    /// Claims of `subject` for the audience `kagiban`, good for ten minutes.
    pub(crate) fn claims(&self, subject: &str) -> Value {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        json!({"iss": self.url(), "sub": subject, "aud": "kagiban", "iat": now, "exp": now + 600})
    }

    /// A token of these claims.
    pub(crate) fn token(&self, key: SigningKey, claims: &Value) -> String {
        let header = json!({"alg": key.algorithm, "kid": key.id, "typ": "JWT"});
        let message = unsigned(&header, claims);
        fs::write(self.path("message"), &message).unwrap();
        self.openssl(&format!(
            "dgst -sha256 -sign {}.key -out signature message",
            key.id
        ));
        let signature = fs::read(self.path("signature")).unwrap();
        let signature = match key.algorithm {
            "RS256" => signature,
            _ => raw(&signature),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Serves nothing until it is opened again.
    pub(crate) fn close(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn open(&mut self) {
        let child = Command::new(venv_binary("python"))
            .arg(clients_directory().join("issuer.py"))
            .arg(self.directory.path())
            .arg(self.port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        let begun = Instant::now();
        while TcpStream::connect(self.host()).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the issuer does not listen"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The public half, as a JSON Web Key.
    fn public(&self, key: SigningKey) -> Value {
        let file = format!("{}.key", key.id);
        if key.algorithm == "RS256" {
            let modulus = self.openssl(&format!("rsa -in {file} -noout -modulus"));
            let n = URL_SAFE_NO_PAD.encode(from_hex(modulus.trim_start_matches("Modulus=")));
            return json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": key.id, "n": n, "e": "AQAB"});
        }
        self.openssl(&format!("pkey -in {file} -pubout -outform DER -out public"));
        let der = fs::read(self.path("public")).unwrap();
        // The point's two coordinates are the end of the encoding.
        let (x, y) = der[der.len() - 64..].split_at(32);
        let [x, y] = [x, y].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        json!({"kty": "EC", "use": "sig", "alg": "ES256", "kid": key.id, "crv": "P-256", "x": x, "y": y})
    }

    fn openssl(&self, arguments: &str) -> String {
        let mut openssl = Command::new(tool("openssl"));
        openssl
            .args(arguments.split_whitespace())
            .current_dir(self.path(""));
        Output::of(&mut openssl).text()
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(name)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.close();
    }
}

const AUTHORITY: &str =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority";
const CERTIFICATE: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=issuer \
    -CA ca.pem -CAkey ca.key -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";

/// Header and claims of a token, as they are signed.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    [header, claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
        .join(".")
}

/// From DER, as the openssl CLI has it, to r and s one after the other, as tokens have it.
fn raw(der: &[u8]) -> Vec<u8> {
    let integer = |at: usize| &der[at + 2..at + 2 + usize::from(der[at + 1])];
    let r = integer(2);
    let s = integer(2 + 2 + r.len());
    [r, s].into_iter().flat_map(in_32_bytes).collect()
}

/// Without the zero that keeps a number positive, or with the zeros that it needs to be 32 bytes long.
fn in_32_bytes(number: &[u8]) -> Vec<u8> {
    let digits = &number[number.len().saturating_sub(32)..];
    [vec![0; 32 - digits.len()], digits.to_vec()].concat()
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect()
}
