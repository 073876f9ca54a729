//! KMS by itself: a symmetric key's messages against the least that such a server has to do, and
//! signatures against the library that makes them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::client::{Call, Connection};
use crate::compare::{Effort, Metric, Side, alternate, measure};
use crate::goals::Bound::{AtLeast, AtMost};
use crate::goals::is_wanted;
use crate::host::Usage;
use crate::identity::{ACCOUNT, Identity};
use crate::limit::Kind;
use crate::report::Report;
use crate::setup;
use crate::statistics::Quartiles;
use crate::subject::{Subject, Yard};
use crate::workload::Workload;

/// More than twice as many as the server keeps message keys for.
const MESSAGES: usize = 10_000;
const PLAINTEXT_BYTES: usize = 1024;
const AT_ONCE: usize = 64;
const SIGNING_AT_ONCE: usize = 8;
/// The least of the limit's requests per second.
const PART: f64 = 0.75;
/// The most of the library's processor time.
const TIMES: f64 = 1.2;
/// What is signed.
const MESSAGE: &[u8] = &[b'm'; 256];

/// Measures K1 (Encrypt), K2 (Decrypt) and K3 (Sign), as far as they are asked for.
///
/// # Errors
///
/// A server does not start or refuses a request.
pub(crate) async fn run(yard: &Yard, effort: Effort, only: &[String], report: &mut Report) -> Result<()> {
    let [encrypt, decrypt, sign] = ["K1", "K2", "K3"].map(|goal| is_wanted(goal, only));
    if !(encrypt || decrypt || sign) {
        return Ok(());
    }
    let (server, root) = (yard.kagiban("kms", false).await?, Identity::root());
    let user = setup::user(&server.address).await?;
    let ours = Asked {
        name: "kagiban",
        subject: &server,
        identity: &user,
    };
    if encrypt || decrypt {
        let limit = yard.limit("kms-limit", Kind::Kms, false).await?;
        let least = Asked {
            name: "limit",
            subject: &limit,
            identity: &root,
        };
        messages([ours, least], [encrypt, decrypt], effort, report).await?;
    }
    if sign {
        signatures(ours, effort, report).await?;
    }
    Ok(())
}

/// A server, and who asks it.
#[derive(Clone, Copy)]
struct Asked<'s> {
    name: &'s str,
    subject: &'s Subject,
    identity: &'s Identity,
}

impl<'s> Asked<'s> {
    fn side(self, operation: &'static str, bodies: &'static [String]) -> Side<'s> {
        Side {
            name: self.name,
            subject: self.subject,
            identity: self.identity,
            workload: Workload::Kms { operation, bodies },
        }
    }

    /// What to send so that it decrypts what it encrypts.
    async fn decryptions(self, encryptions: &[String]) -> Result<&'static [String]> {
        let mut connection = Connection::open(&self.subject.address).await?;
        let mut bodies = Vec::with_capacity(encryptions.len());
        for encryption in encryptions {
            let call = Call::kms("Encrypt", encryption.clone());
            let answer: Value = serde_json::from_str(connection.ask(&call, self.identity).await?)?;
            let body = json!({"CiphertextBlob": answer["CiphertextBlob"], "EncryptionContext": context()});
            bodies.push(body.to_string());
        }
        Ok(bodies.leak()) // for as long as the bench runs
    }
}

/// K1 and K2. The key's tag and the context's team are what the user's policies ask for.
async fn messages(
    [ours, least]: [Asked<'_>; 2],
    [encrypt, decrypt]: [bool; 2],
    effort: Effort,
    report: &mut Report,
) -> Result<()> {
    let made = json!({"Tags": [{"TagKey": "team", "TagValue": "bench"}]});
    let key = setup::key(&ours.subject.address, &made).await?;
    let encryptions: &'static [String] = encryptions(&key).leak(); // for as long as the bench runs
    if encrypt {
        let sides = [ours, least].map(|asked| asked.side("Encrypt", encryptions));
        compare("K1", "Encrypt", &sides, effort, report).await?;
    }
    if decrypt {
        let sides = [
            ours.side("Decrypt", ours.decryptions(encryptions).await?),
            least.side("Decrypt", least.decryptions(encryptions).await?),
        ];
        compare("K2", "Decrypt", &sides, effort, report).await?;
    }
    Ok(())
}

async fn compare(
    goal: &'static str,
    operation: &str,
    [ours, least]: &[Side<'_>; 2],
    effort: Effort,
    report: &mut Report,
) -> Result<()> {
    let title = format!("{operation} c={AT_ONCE} / limit kms");
    let compared = alternate(title, [ours, least], AT_ONCE, effort, report).await?;
    let what = format!("{}, {}", compared.title, Metric::Rps.name());
    report.outcome(goal, what, AtLeast(PART), "x", compared.ratio(Metric::Rps))
}

/// Requests to encrypt, each another plaintext.
fn encryptions(key: &str) -> Vec<String> {
    let request = |number: usize| {
        let plaintext: Vec<u8> = number.to_le_bytes().repeat(PLAINTEXT_BYTES / size_of::<usize>());
        let plaintext = BASE64_STANDARD.encode(plaintext);
        json!({"KeyId": key, "Plaintext": plaintext, "EncryptionContext": context()}).to_string()
    };
    (0..MESSAGES).map(request).collect()
}

fn context() -> Value {
    json!({"team": "bench", "purpose": "to see how fast it is"})
}

/// K3, in turn with the library alone.
async fn signatures(ours: Asked<'_>, effort: Effort, report: &mut Report) -> Result<()> {
    let address = &ours.subject.address;
    let policy = signing_policy().to_string();
    let made = json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY", "Policy": policy});
    let request = json!({
        "KeyId": setup::key(address, &made).await?, "Message": BASE64_STANDARD.encode(MESSAGE),
        "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
    });
    let bodies: &'static [String] = vec![request.to_string()].leak(); // for as long as the bench runs
    let (side, pair) = (ours.side("Sign", bodies), KeyPair::generate(KeySize::Rsa2048)?);
    let title = format!("Sign RSA_2048 c={SIGNING_AT_ONCE}");
    let mut times = Vec::with_capacity(effort.pairs);
    for number in 0..effort.pairs {
        let measured = measure(&title, &side, SIGNING_AT_ONCE, number, effort.span).await?;
        report.measured(&measured)?;
        times.push([measured.cpu_us_per_request, alone(&pair, effort.span)?]);
    }
    let [whole, least] = [0, 1].map(|side| Quartiles::of(times.iter().map(|pair| pair[side])).median);
    report.note(format!(
        "K3     a signature takes {whole:.1} µs of the server's processor time, {least:.1} µs in the library alone"
    ))?;
    let ratio = Quartiles::of(times.iter().map(|[whole, least]| whole / least));
    let what = format!("{title}, CPU per request / aws-lc-rs alone");
    report.outcome("K3", what, AtMost(TIMES), "x", ratio)
}

fn signing_policy() -> Value {
    let statement = |who: &str, action: &str| {
        let principal = format!("arn:aws:iam::{ACCOUNT}:{who}");
        json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"})
    };
    json!({
        "Version": "2012-10-17",
        "Statement": [statement("root", "kms:*"), statement("user/bench", "kms:Sign")],
    })
}

/// This process's time for a signature that nobody has to ask for, in microseconds.
fn alone(pair: &KeyPair, span: Duration) -> Result<f64> {
    let usage = Usage::of(std::process::id());
    let mut signature = vec![0; pair.public_modulus_len()];
    let (begun, before, mut signatures) = (Instant::now(), usage.cpu()?, 0_u32);
    while begun.elapsed() < span {
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            black_box(MESSAGE),
            &mut signature,
        )?;
        signatures += 1;
    }
    let spent = usage.cpu()?.checked_sub(before).context("time went backwards")?;
    Ok(spent.as_secs_f64() * 1e6 / f64::from(signatures))
}
