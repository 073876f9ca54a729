//! What a client asks the server for: to resume and end a session, and for a data key.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kagiban_aws::Region;
use kagiban_client::{Client, Connector, Credentials, Error, Signer};
use kagiban_session::cipher::DATA_KEY_BYTES;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Started;
use crate::credentials::Identity;
use crate::endpoint::{Endpoint, Service, Target};
use crate::failure::Failure;

/// The services that a session needs. Each can be missing: a session that is not resumed needs none.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    ssm: Result<Arc<At>, String>,
    kms: Result<Arc<At>, String>,
    connector: Connector,
}

/// A service, and whose calls they are.
#[derive(Debug)]
struct At {
    client: Client,
    identity: Identity,
}

/// A key made by KMS, with what only KMS can open.
pub(crate) struct DataKey {
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) plain: Zeroizing<[u8; DATA_KEY_BYTES]>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Generated {
    ciphertext_blob: String,
    plaintext: Zeroizing<String>,
}

impl Api {
    /// The services of a server; `beside` is where KMS is looked for when nothing says otherwise.
    ///
    /// # Errors
    ///
    /// If the environment's proxy or certificate authorities cannot be used.
    pub(crate) fn new(target: &Target, beside: Option<&str>) -> Result<Api, Failure> {
        let ssm = target.endpoint(Service::Ssm, beside);
        let kms = match &ssm {
            Ok(_) => target.endpoint(Service::Kms, beside),
            // Nobody is asked a second time for what did not come.
            Err(failure) => Err(Failure::Setting(failure.to_string())),
        };
        let bundle = ssm.as_ref().ok().and_then(|ssm| ssm.ca_bundle.clone());
        let connector = Connector::new(bundle.or_else(|| std::env::var("AWS_CA_BUNDLE").ok()))?;
        Ok(Api {
            ssm: At::new(ssm, &connector),
            kms: At::new(kms, &connector),
            connector,
        })
    }

    /// How sockets are made.
    pub(crate) fn connector(&self) -> &Connector {
        &self.connector
    }

    /// What signs the opening of a data channel, and for which Region, if there is anything.
    pub(crate) fn stream_key(&self) -> Option<(Credentials, Region)> {
        let at = self.ssm.as_ref().ok()?;
        Some((at.current().ok()?, at.client.endpoint().region))
    }

    /// Starts a session.
    pub(crate) async fn start(&self, request: &Value) -> Result<Started, Error> {
        self.ssm("StartSession", request).await
    }

    /// Asks for a fresh token.
    pub(crate) async fn resume(&self, session: &str) -> Result<Started, Error> {
        self.ssm("ResumeSession", &json!({ "SessionId": session })).await
    }

    /// Ends a session.
    pub(crate) async fn terminate(&self, session: &str) -> Result<Value, Error> {
        self.ssm("TerminateSession", &json!({ "SessionId": session }))
            .await
    }

    /// Calls an operation of Systems Manager.
    pub(crate) async fn ssm<T: serde::de::DeserializeOwned>(
        &self,
        operation: &str,
        request: &impl Serialize,
    ) -> Result<T, Error> {
        call(&self.ssm, operation, request).await
    }

    /// Has KMS make a key for a session.
    pub(crate) async fn data_key(
        &self,
        key_id: &str,
        context: &BTreeMap<&str, &str>,
    ) -> Result<DataKey, Error> {
        let request = json!({
            "KeyId": key_id,
            "NumberOfBytes": DATA_KEY_BYTES,
            "EncryptionContext": context,
        });
        let made: Generated = call(&self.kms, "GenerateDataKey", &request).await?;
        let odd = || Error::Answer("it is no data key of 64 bytes".to_owned());
        let plain = Zeroizing::new(
            BASE64_STANDARD
                .decode(made.plaintext.as_bytes())
                .map_err(|_| odd())?,
        );
        let plain = <&[u8; DATA_KEY_BYTES]>::try_from(plain.as_slice()).map_err(|_| odd())?;
        Ok(DataKey {
            ciphertext: BASE64_STANDARD.decode(&made.ciphertext_blob).map_err(|_| odd())?,
            plain: Zeroizing::new(*plain),
        })
    }
}

impl At {
    fn new(endpoint: Result<Endpoint, Failure>, connector: &Connector) -> Result<Arc<At>, String> {
        let endpoint = endpoint.map_err(|failure| failure.to_string())?;
        Ok(Arc::new(At {
            client: Client::new(endpoint.place, connector.clone()),
            identity: endpoint.identity,
        }))
    }

    /// What signs now. To renew it takes a call, for which this thread waits.
    fn current(&self) -> Result<Credentials, Error> {
        tokio::task::block_in_place(|| self.identity.current())
            .map_err(|failure| Error::Setting(failure.to_string()))
    }
}

async fn call<T: serde::de::DeserializeOwned>(
    at: &Result<Arc<At>, String>,
    operation: &str,
    request: &impl Serialize,
) -> Result<T, Error> {
    let at = at.as_ref().map_err(|why| Error::Setting(why.clone()))?;
    let place = at.client.endpoint();
    let credentials = at.current()?;
    let signer = Signer::Key(&credentials, place.region, place.service.signing_name());
    at.client.call(operation, request, &signer).await
}
