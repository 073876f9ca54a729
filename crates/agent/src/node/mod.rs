//! Who this node is, how it proves it, and what it asks the server for as itself.

mod credentials;
mod information;
mod key;
mod registration;
mod rotation;

use kagiban_client::{
    Answer, Client, Connector, Credentials, Endpoint, Error, Http, Service, Signer, parse_url,
};
use kagiban_session::open::Token;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::random;

pub(crate) use credentials::{Lease, Leased, keep_fresh};
pub(crate) use information::{Information, keep_informed};
pub(crate) use key::NodeKey;
pub(crate) use registration::{Registration, machine};
pub(crate) use rotation::{recover, rotate};

/// Longer tokens are no tokens.
const MAX_TOKEN: usize = 8 << 10;

/// The server, as this node sees it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) registration: Registration,
    ssm: Client,
    gateway: Http,
}

/// The role's credentials, as the server gives them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoleToken {
    access_key_id: String,
    secret_access_key: kagiban_aws::SecretString,
    session_token: kagiban_aws::SecretString,
    token_expiration_date: f64,
    #[serde(default)]
    update_key_pair: bool,
}

impl Server {
    /// The server at which a node is registered.
    ///
    /// # Errors
    ///
    /// If its URL or the environment's proxy cannot be used.
    pub(crate) fn new(registration: Registration) -> Result<Server, Failure> {
        let endpoint = Endpoint {
            service: Service::Ssm,
            url: parse_url(&registration.endpoint)?,
            region: registration.region,
        };
        let connector = Connector::new(registration.ca_bundle.clone())?;
        Ok(Server {
            gateway: Http::new(connector.clone(), endpoint.url.clone()),
            ssm: Client::new(endpoint, connector),
            registration,
        })
    }

    /// How it is connected to.
    pub(crate) fn connector(&self) -> &Connector {
        self.gateway.connector()
    }

    /// Where it is.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        self.ssm.endpoint()
    }

    /// Asks for the role's credentials, signed with the node's key.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or does not know the key.
    pub(crate) async fn role_token(&self, key: &NodeKey) -> Result<Lease, Error> {
        let body = json!({"Fingerprint": self.registration.fingerprint});
        let token: RoleToken = self
            .as_node("RequestManagedInstanceRoleToken", &body, key)
            .await?;
        Ok(token.into())
    }

    /// Tells the server the key that comes after `key`.
    ///
    /// # Errors
    ///
    /// If it cannot be reached or refuses.
    pub(crate) async fn update_key(&self, key: &NodeKey, next: &NodeKey) -> Result<(), Error> {
        let body = json!({"NewPublicKey": next.public(), "NewPublicKeyType": "Rsa"});
        let _empty: Value = self.as_node("UpdateManagedInstancePublicKey", &body, key).await?;
        Ok(())
    }

    async fn as_node<T: serde::de::DeserializeOwned>(
        &self,
        operation: &str,
        body: &Value,
        key: &NodeKey,
    ) -> Result<T, Error> {
        let Registration { node, region, .. } = &self.registration;
        let sign = |request: &kagiban_client::Unsigned<'_>| key.prove(request, node, *region);
        self.ssm.call(operation, body, &Signer::Other(&sign)).await
    }

    /// Says what this machine is and that it is well.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) async fn inform(&self, information: &Information, as_whom: &Credentials) -> Result<(), Error> {
        let signer = Signer::Key(as_whom, self.registration.region, "ssm");
        let _empty: Value = self
            .ssm
            .call("UpdateInstanceInformation", information, &signer)
            .await?;
        Ok(())
    }

    /// Asks the gateway for a token to open a channel with: `v1/control-channel/<node>` or
    /// `v1/data-channel/<session>`.
    ///
    /// # Errors
    ///
    /// If it cannot be reached or refuses.
    pub(crate) async fn channel_token(
        &self,
        path: &str,
        body: &Value,
        as_whom: &Credentials,
    ) -> Result<Token, Error> {
        let text = serde_json::to_vec(body).map_err(|error| Error::Setting(error.to_string()))?;
        let signer = Signer::Key(as_whom, self.registration.region, "ssmmessages");
        let headers = [("content-type", "application/json")];
        let answer = self
            .gateway
            .post(path, &headers, Zeroizing::new(text), &signer)
            .await?;
        match answer.status {
            201 => token(&answer).ok_or_else(|| Error::Answer("there is no token in it".to_owned())),
            _ => Err(refusal(&answer)),
        }
    }

    /// A path of the gateway as a URL.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub(crate) fn gateway_url(&self, path_and_query: &str) -> Result<kagiban_client::Url, Error> {
        kagiban_client::join(self.gateway.url(), path_and_query)
    }

    /// The same server's KMS.
    pub(crate) fn kms(&self) -> Client {
        let endpoint = Endpoint {
            service: Service::Kms,
            ..self.ssm.endpoint().clone()
        };
        Client::new(endpoint, self.connector().clone())
    }
}

/// Registers a machine: the one call that nobody signs, for the activation's code is the proof.
///
/// # Errors
///
/// If the server cannot be reached or refuses.
pub(crate) async fn register(
    endpoint: Endpoint,
    connector: Connector,
    activation: (&str, &kagiban_aws::SecretString),
    fingerprint: &str,
    key: &NodeKey,
) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Registered {
        instance_id: String,
    }

    let (id, code) = activation;
    let body = json!({
        "ActivationId": id, "ActivationCode": code, "Fingerprint": fingerprint,
        "PublicKey": key.public(), "PublicKeyType": "Rsa", "Region": endpoint.region.as_str(),
    });
    let client = Client::new(endpoint, connector);
    let registered: Registered = client
        .call("RegisterManagedInstance", &body, &Signer::Nobody)
        .await?;
    Ok(registered.instance_id)
}

/// The body that both kinds of channel are asked for with.
pub(crate) fn channel_request() -> Value {
    json!({"MessageSchemaVersion": "1.0", "RequestId": random::uuid()})
}

fn token(answer: &Answer) -> Option<Token> {
    let text = std::str::from_utf8(&answer.body).ok()?;
    let (_, rest) = text.split_once("<TokenValue>")?;
    let (token, _) = rest.split_once("</TokenValue>")?;
    let token = unescaped(token.trim());
    (!token.is_empty() && token.len() <= MAX_TOKEN).then(|| token.into())
}

/// XML's five names; tokens need no more.
fn unescaped(text: &str) -> String {
    let names = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    names
        .iter()
        .fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}

fn refusal(answer: &Answer) -> Error {
    let text = String::from_utf8_lossy(&answer.body);
    let between = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        let (value, _) = rest.split_once(&format!("</{tag}>"))?;
        Some(unescaped(value.trim()))
    };
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let member = |names: [&str; 2]| {
        let json = json.as_ref()?;
        names
            .iter()
            .find_map(|name| json.get(name)?.as_str().map(str::to_owned))
    };
    let code = member(["__type", "code"]).or_else(|| between("Code"));
    Error::Refused {
        code: code.unwrap_or_else(|| format!("HTTP {}", answer.status)),
        message: member(["message", "Message"])
            .or_else(|| between("Message"))
            .unwrap_or_default(),
        decision: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            body: Zeroizing::new(body.as_bytes().to_vec()),
            date: None,
            decision: None,
        }
    }

    #[test]
    fn a_token_is_found_in_whatever_stands_around_it() {
        let text = "<?xml?><X xmlns='y'><MessageSchemaVersion>1.0</MessageSchemaVersion>\n<TokenValue> a&amp;lt;b </TokenValue></X>";
        assert_eq!(token(&answer(201, text)).unwrap().expose(), "a&lt;b");
        for text in ["", "<TokenValue></TokenValue>", "<TokenValue>x", "{}"] {
            assert!(token(&answer(201, text)).is_none(), "{text}");
        }
        let long = format!("<TokenValue>{}</TokenValue>", "x".repeat(MAX_TOKEN + 1));
        assert!(token(&answer(201, &long)).is_none());
    }

    #[test]
    fn a_refusal_keeps_its_code_in_either_form() {
        let json = refusal(&answer(
            403,
            r#"{"__type":"AccessDeniedException","message":"no"}"#,
        ));
        assert_eq!(json.to_string(), "AccessDeniedException: no");
        let xml = refusal(&answer(
            400,
            "<Error><Code>X</Code><Message>Session is already terminated</Message></Error>",
        ));
        assert_eq!(xml.to_string(), "X: Session is already terminated");
        assert_eq!(refusal(&answer(502, "<html>")).to_string(), "HTTP 502: ");
    }
}
