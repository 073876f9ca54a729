//! The agent's side of the handshake: what the session is, who the client is, and a key if there is to be one.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use kagiban_aws::{Region, SecretString};
use kagiban_client::data_channel::{Inlet, News, Outlet};
use kagiban_client::{Client, Signer};
use kagiban_session::channel::{Event, Side};
use kagiban_session::cipher::{DATA_KEY_BYTES, SessionCipher};
use kagiban_session::document::{Plan, Resolved};
use kagiban_session::handshake::{
    EncryptionChallenge, Extensions, HandshakeComplete, HandshakeRequest, HandshakeResponse, KmsParameters,
    KmsResult, SessionType, SessionTypeParameters, Version,
};
use kagiban_session::message::PayloadType;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout_at;
use zeroize::Zeroizing;

use super::peer::{Input, Out, Peer};
use super::session_failure;
use crate::data::Data;
use crate::failure::Failure;
use crate::node::Lease;
use crate::random;

/// How long a client that is there may take for its answer.
const ANSWER: Duration = Duration::from_secs(15);

/// How long one may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(60);

/// When the next answer is due. Nothing that comes meanwhile puts off the end of it all: a client that comes
/// and goes, or sends what nobody asked for, would otherwise have a process of the agent's for ever.
#[derive(Clone, Copy, Debug)]
struct Patience {
    due: Instant,
    end: Instant,
}

impl Patience {
    fn new(now: Instant) -> Patience {
        Patience {
            due: now + ARRIVAL,
            end: now + ARRIVAL + ANSWER,
        }
    }

    /// The client is there, or has been asked something.
    fn answer(&mut self, now: Instant) {
        self.due = (now + ANSWER).min(self.end);
    }
}

const TIMED_OUT: &str =
    "Handshake timed out. Please ensure that you have the latest version of the session manager plugin.";

/// Opens the data key that the client had made for the session.
pub(super) struct Decrypter {
    pub(super) kms: Client,
    pub(super) region: Region,
    pub(super) data: Data,
    pub(super) node: String,
}

/// Shakes hands, and returns the client in whatever form it is to be spoken with.
///
/// # Errors
///
/// If there is no client, it cannot do what is needed, or has not the key it claims.
pub(super) async fn shake(
    outlet: &Outlet,
    mut inlet: Inlet,
    session: &str,
    resolved: &Resolved,
    decrypter: &Decrypter,
) -> Result<Peer, Failure> {
    let began = Instant::now();
    let mut patience = Patience::new(began);
    let kms = kms_wanted(resolved);
    let parameters = SessionTypeParameters {
        session_type: session_type(&resolved.plan),
        properties: match &resolved.plan {
            Plan::Port(_) => resolved.properties.clone(),
            _ => Value::Null,
        },
    };
    let request = HandshakeRequest::new(&parameters, kms.as_ref(), Some(Extensions::ours()));
    send(outlet, PayloadType::HandshakeRequest, request.to_bytes()).await?;
    let response = answer(&mut inlet, PayloadType::HandshakeResponse, &mut patience).await?;
    let response = HandshakeResponse::parse(&response).map_err(session_failure)?;
    if let Some(why) = response.failure() {
        return Err(Failure::Session(why));
    }
    let cipher = match &kms {
        Some(kms) => {
            let ends = (outlet, &mut inlet, &mut patience);
            Some(encrypt(ends, (session, kms), &response, decrypter).await?)
        }
        None => None,
    };
    let complete = HandshakeComplete {
        handshake_time_to_complete: i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX),
        customer_message: match &cipher {
            Some(_) => "This session is encrypted using AWS KMS.".to_owned(),
            None => String::new(),
        },
    };
    send(outlet, PayloadType::HandshakeComplete, complete.to_bytes()).await?;
    let fast = response.extensions.as_ref().and_then(Extensions::fast);
    let version = Version::parse(&response.client_version).unwrap_or(Version([0; 4]));
    let multiplexes =
        matches!(&resolved.plan, Plan::Port(port) if port.is_forwarding) && version.client_multiplexes();
    match fast {
        Some(fast) => outlet.speak_fast(fast).await.map_err(session_failure)?,
        None if multiplexes => outlet.hold_until_heard().await.map_err(session_failure)?,
        None => {}
    }
    Ok(Peer {
        input: Input::new(inlet, cipher.clone()),
        out: Out::new(outlet.clone(), cipher),
        is_fast: fast.is_some(),
        version,
    })
}

fn session_type(plan: &Plan) -> SessionType {
    match plan {
        Plan::Shell => SessionType::StandardStream,
        Plan::InteractiveCommands(_) => SessionType::InteractiveCommands,
        Plan::NonInteractiveCommands(_) => SessionType::NonInteractiveCommands,
        Plan::Port(_) => SessionType::Port,
    }
}

/// Ports carry what encrypts itself: the protocol never encrypts them again.
fn kms_wanted(resolved: &Resolved) -> Option<KmsParameters> {
    let key_id = &resolved.inputs.kms_key_id;
    let wanted = !key_id.is_empty() && !matches!(resolved.plan, Plan::Port(_));
    wanted.then(|| KmsParameters {
        key_id: key_id.clone(),
        challenge: BASE64_STANDARD.encode(random::bytes::<16>()),
    })
}

async fn send(outlet: &Outlet, payload_type: PayloadType, payload: Bytes) -> Result<(), Failure> {
    outlet.send(payload_type, payload).await.map_err(session_failure)
}

/// Waits for one kind of message; others that come before are not for anybody yet.
async fn answer(inlet: &mut Inlet, wanted: PayloadType, patience: &mut Patience) -> Result<Bytes, Failure> {
    let timed_out = || Failure::Session(TIMED_OUT.to_owned());
    loop {
        let news = timeout_at(patience.due.into(), inlet.next());
        let news = news.await.map_err(|_| timed_out())?;
        match news {
            Some(News::Event(Event::Data {
                payload_type,
                payload,
            })) if payload_type == wanted => return Ok(payload),
            Some(News::Event(Event::PeerPresent)) => patience.answer(Instant::now()),
            Some(News::Event(Event::Closed { .. })) | None => {
                return Err(Failure::Session(
                    "the session was terminated before it began".to_owned(),
                ));
            }
            Some(News::Over(why)) => return Err(Failure::Session(why)),
            Some(_) => {}
        }
    }
}

async fn encrypt(
    (outlet, inlet, patience): (&Outlet, &mut Inlet, &mut Patience),
    (session, kms): (&str, &KmsParameters),
    response: &HandshakeResponse,
    decrypter: &Decrypter,
) -> Result<Arc<Mutex<SessionCipher>>, Failure> {
    let result = response.kms().map_err(session_failure)?;
    let result =
        result.ok_or_else(|| Failure::Session("the client has no key for the session".to_owned()))?;
    let key = decrypter.decrypt(session, kms, &result).await?;
    let mut cipher = SessionCipher::new(&key, Side::Agent, random::bytes());
    let secret: Zeroizing<[u8; 64]> = Zeroizing::new(random::bytes());
    let challenge = EncryptionChallenge {
        challenge: cipher.seal(secret.as_slice()).map_err(session_failure)?,
    };
    send(
        outlet,
        PayloadType::EncryptionChallengeRequest,
        challenge.to_bytes(),
    )
    .await?;
    patience.answer(Instant::now());
    let answered = answer(inlet, PayloadType::EncryptionChallengeResponse, patience).await?;
    let answered = EncryptionChallenge::parse(&answered).map_err(session_failure)?;
    let opened = Zeroizing::new(cipher.open(&answered.challenge).map_err(session_failure)?);
    verify_slices_are_equal(&opened, secret.as_slice())
        .map_err(|_| Failure::Session("the client does not have the session's key".to_owned()))?;
    Ok(Arc::new(Mutex::new(cipher)))
}

impl Decrypter {
    async fn decrypt(
        &self,
        session: &str,
        kms: &KmsParameters,
        result: &KmsResult,
    ) -> Result<Zeroizing<[u8; DATA_KEY_BYTES]>, Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Decrypted {
            plaintext: SecretString,
        }

        let mut context = json!({"aws:ssm:SessionId": session, "aws:ssm:TargetId": self.node});
        if result.challenge_acknowledgement {
            context["aws:ssm:RandomChallenge"] = kms.challenge.as_str().into();
        }
        let body = json!({
            "CiphertextBlob": BASE64_STANDARD.encode(&result.ciphertext),
            "KeyId": kms.key_id, "EncryptionContext": context,
        });
        let lease = Lease::load(&self.data)?;
        let lease = lease.ok_or_else(|| Failure::Data("the agent has no credentials yet".to_owned()))?;
        let credentials = lease.credentials();
        let signer = Signer::Key(&credentials, self.region, "kms");
        let decrypted: Decrypted = self.kms.call("Decrypt", &body, &signer).await?;
        let wrong = || Failure::Session("the session's key has not 64 bytes".to_owned());
        let plaintext = BASE64_STANDARD
            .decode(decrypted.plaintext.expose())
            .map_err(|_| wrong())?;
        let plaintext = Zeroizing::new(plaintext);
        let key: &[u8; DATA_KEY_BYTES] = plaintext.as_slice().try_into().map_err(|_| wrong())?;
        Ok(Zeroizing::new(*key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_comes_again_and_again_gets_no_more_time_in_all() {
        let began = Instant::now();
        let mut patience = Patience::new(began);
        assert_eq!(patience.due, began + ARRIVAL);
        for second in 0..1000 {
            patience.answer(began + Duration::from_secs(second));
            assert!(patience.due <= began + ARRIVAL + ANSWER, "{second}");
        }
    }

    #[test]
    fn one_that_is_there_answers_soon() {
        let began = Instant::now();
        let mut patience = Patience::new(began);
        patience.answer(began);
        assert_eq!(patience.due, began + ANSWER);
    }
}
