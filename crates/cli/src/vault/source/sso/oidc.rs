//! Signing in at IAM Identity Center's OIDC service: this program is registered as a client, and a person
//! signs in with a browser. One on this machine comes back with a code that gets the token; where there is
//! none, a person confirms a code on any machine, and meanwhile the token is asked for again and again.
//!
//! Source: RFC 8628; AWS IAM Identity Center OIDC API Reference.

use std::time::Duration;

use kagiban_aws::{SecretString, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::Zeroizing;

use super::token::{Client, RefreshGrant, Token};
use super::visit::{self, Visit};
use super::{Caller, Portal};
use crate::browser;
use crate::failure::Failure;
use crate::prompt;
use crate::style::{readable, safe};
use crate::vault::session::now;

/// How often the token is asked for if the service does not say.
const INTERVAL: u64 = 5;

/// What a service that is asked too often adds to the interval (RFC 8628, section 3.5).
const SLOWER: u64 = 5;

/// No code is waited for longer, whatever the service says; AWS's are good for ten minutes.
const LONGEST_WAIT: u64 = 3600;

/// Nor asked about more seldom.
const LONGEST_INTERVAL: u64 = 60;

/// The longest session of IAM Identity Center, 90 days; a token that is said to be good for longer is
/// taken for one of these.
const LONGEST_TOKEN: i64 = 90 * 24 * 3600;

const CLIENT_NAME: &str = "kagiban";

const AUTHORIZATION_CODE: &str = "authorization_code";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH_TOKEN: &str = "refresh_token";

/// The OIDC service of a Region.
pub(super) struct Oidc {
    caller: Caller,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    client_id: String,
    client_secret: SecretString,
    /// Seconds since 1970.
    client_secret_expires_at: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authorization {
    device_code: SecretString,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    /// Seconds.
    expires_in: u64,
    interval: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    access_token: SecretString,
    /// Seconds.
    expires_in: i64,
    refresh_token: Option<SecretString>,
}

/// Nulls are left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreateToken<'a> {
    client_id: &'a str,
    client_secret: &'a SecretString,
    grant_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a SecretString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_verifier: Option<&'a SecretString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_code: Option<&'a SecretString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a SecretString>,
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Oidc {
    /// # Errors
    ///
    /// If its address cannot be used.
    pub(super) fn new(portal: &Portal<'_>) -> Result<Oidc, Failure> {
        Ok(Oidc {
            caller: Caller::new(&portal.oidc_url, portal)?,
        })
    }

    /// Lets a person sign in, and waits for it.
    ///
    /// # Errors
    ///
    /// If nobody does in time, or the service refuses.
    pub(super) fn sign_in(&self, portal: &Portal<'_>, wait: impl FnMut(Duration)) -> Result<Token, Failure> {
        // As AWS's CLI: a start URL without a session knows codes of devices alone.
        let has_browser = browser::can_be_seen() && !portal.use_device_code;
        match portal.session.is_some() && has_browser {
            true => self.sign_in_here(portal),
            false => self.sign_in_anywhere(portal, wait),
        }
    }

    /// By a browser on this machine.
    fn sign_in_here(&self, portal: &Portal<'_>) -> Result<Token, Failure> {
        let visit = Visit::new()?;
        let client = self.register(&json!({
            "clientName": CLIENT_NAME,
            "clientType": "public",
            "scopes": portal.scopes,
            "grantTypes": [AUTHORIZATION_CODE, REFRESH_TOKEN],
            "redirectUris": [visit::CALLBACK],
            "issuerUrl": portal.start_url,
        }))?;
        let link = visit.link(portal, &client.id);
        show(
            portal,
            &link,
            "with a browser on this machine; `kagiban sso login --use-device-code` is for another one's",
        )?;
        let code = self.caller.runtime.block_on(visit.code())?;
        let body = CreateToken {
            code: Some(&code),
            code_verifier: Some(visit.verifier()),
            redirect_uri: Some(&visit.redirect_uri()),
            ..client.asks(AUTHORIZATION_CODE)
        };
        let created: Created = self.expect("/token", &body)?;
        Ok(created.token(portal, client))
    }

    /// By a browser on any machine.
    fn sign_in_anywhere(&self, portal: &Portal<'_>, wait: impl FnMut(Duration)) -> Result<Token, Failure> {
        let mut body = json!({"clientName": CLIENT_NAME, "clientType": "public"});
        if !portal.scopes.is_empty() {
            body["scopes"] = json!(portal.scopes);
        }
        let client = self.register(&body)?;
        let body = json!({
            "clientId": client.id,
            "clientSecret": client.secret.expose(),
            "startUrl": portal.start_url,
        });
        let authorization: Authorization = self.expect("/device_authorization", &body)?;
        authorization.tell(portal)?;
        let created = self.poll(&client, &authorization, wait)?;
        Ok(created.token(portal, client))
    }

    /// A new token for an old one; `None` if the service gives none for that any more.
    ///
    /// # Errors
    ///
    /// If the service cannot be reached.
    pub(super) fn refresh(
        &self,
        portal: &Portal<'_>,
        grant: &RefreshGrant,
    ) -> Result<Option<Token>, Failure> {
        let body = CreateToken {
            refresh_token: Some(&grant.refresh_token),
            ..grant.client.asks(REFRESH_TOKEN)
        };
        let created: Result<Created, Refusal> = self.call("/token", &body)?;
        Ok(created
            .ok()
            .map(|created| created.token(portal, grant.client.clone())))
    }

    fn register(&self, body: &serde_json::Value) -> Result<Client, Failure> {
        let registered: Registered = self.expect("/client/register", body)?;
        Ok(Client {
            id: registered.client_id,
            secret: registered.client_secret,
            expires_at: moment(registered.client_secret_expires_at),
        })
    }

    fn poll(
        &self,
        client: &Client,
        authorization: &Authorization,
        mut wait: impl FnMut(Duration),
    ) -> Result<Created, Failure> {
        let body = CreateToken {
            device_code: Some(&authorization.device_code),
            ..client.asks(DEVICE_CODE)
        };
        let mut interval = authorization
            .interval
            .unwrap_or(INTERVAL)
            .clamp(1, LONGEST_INTERVAL);
        let mut waited = 0;
        while waited < authorization.expires_in.min(LONGEST_WAIT) {
            wait(Duration::from_secs(interval));
            waited += interval;
            let refusal: Refusal = match self.call("/token", &body)? {
                Ok(created) => return Ok(created),
                Err(refusal) => refusal,
            };
            match refusal.error.as_str() {
                "authorization_pending" => {}
                "slow_down" => interval = (interval + SLOWER).min(LONGEST_INTERVAL),
                "expired_token" => break,
                "access_denied" => {
                    return Err(Failure::Credentials(
                        "the sign-in was denied in the browser".to_owned(),
                    ));
                }
                _ => return Err(refusal.failure()),
            }
        }
        Err(Failure::Human(
            "nobody has signed in while the code was good; run this again".to_owned(),
        ))
    }

    fn expect<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.call(path, body)?.map_err(|refusal| refusal.failure())
    }

    fn call<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Result<T, Refusal>, Failure> {
        // Room for all of it, so that no copy is left by growing.
        let mut text = Zeroizing::new(Vec::with_capacity(32 << 10));
        serde_json::to_writer(&mut *text, body).map_err(std::io::Error::from)?;
        let headers = [("content-type", "application/json")];
        let answer = self.caller.request("POST", path, &headers, text)?;
        if answer.status == 200 {
            let senseless = || Failure::Answer("it is not what IAM Identity Center says".to_owned());
            return serde_json::from_slice(&answer.body)
                .map(Ok)
                .map_err(|_| senseless());
        }
        let mut refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
        if refusal.error.is_empty() {
            refusal.error = format!("HTTP status {}", answer.status);
        }
        match answer.status {
            400..500 => Ok(Err(refusal)),
            _ => Err(refusal.failure()),
        }
    }
}

impl Client {
    /// A token by this grant, for which the rest is to be said.
    fn asks<'a>(&'a self, grant_type: &'a str) -> CreateToken<'a> {
        CreateToken {
            client_id: &self.id,
            client_secret: &self.secret,
            grant_type,
            code: None,
            code_verifier: None,
            redirect_uri: None,
            device_code: None,
            refresh_token: None,
        }
    }
}

impl Refusal {
    fn failure(&self) -> Failure {
        let words = match self.error_description.as_str() {
            "" => String::new(),
            words => format!(": {words}"),
        };
        Failure::Credentials(format!(
            "IAM Identity Center refuses the sign-in: {}{words}",
            self.error
        ))
    }
}

impl Created {
    fn token(self, portal: &Portal<'_>, client: Client) -> Token {
        Token {
            start_url: portal.start_url.to_owned(),
            region: portal.region.to_owned(),
            access_token: self.access_token,
            expires_at: moment(now() + self.expires_in.clamp(0, LONGEST_TOKEN)),
            client_id: Some(client.id),
            client_secret: Some(client.secret),
            registration_expires_at: Some(client.expires_at),
            refresh_token: self.refresh_token,
        }
    }
}

impl Authorization {
    /// Says where to go. The code is said as well: a page that shows another one belongs to somebody
    /// else's sign-in.
    fn tell(&self, portal: &Portal<'_>) -> Result<(), Failure> {
        let link = self
            .verification_uri_complete
            .as_ref()
            .unwrap_or(&self.verification_uri);
        let how = format!("if the page shows the code {}", safe(&self.user_code));
        show(portal, link, &how)
    }
}

/// Says on the terminal where to go, and opens a browser there if one can be seen.
fn show(portal: &Portal<'_>, link: &str, how: &str) -> Result<(), Failure> {
    if !browser::is_web(link) {
        return Err(Failure::Answer(
            "the page to sign in at is none of the web".to_owned(),
        ));
    }
    let profile = portal.profile;
    prompt::tell_on_terminal(&readable(&format!(
        "Sign in for profile `{profile}` at\n  {link}\n{how}\n"
    )))?;
    browser::start(link);
    Ok(())
}

fn moment(seconds: i64) -> String {
    Timestamp::from_seconds(seconds).iso().to_string()
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// A service that refuses with these codes, one after the other, and then gives a token.
    fn refusing(codes: &'static [&'static str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let given = r#"{"accessToken":"t","expiresIn":60,"tokenType":"Bearer"}"#;
            let refusals = codes.iter().map(|code| (400, format!(r#"{{"error":"{code}"}}"#)));
            for (status, body) in refusals.chain([(200, given.to_owned())]) {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]).unwrap();
                let head = format!(
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}",
                    body.len()
                );
                stream
                    .write_all(format!("{head}\r\n\r\n{body}").as_bytes())
                    .unwrap();
            }
        });
        url
    }

    fn portal(oidc_url: String) -> Portal<'static> {
        Portal {
            profile: "p",
            session: None,
            start_url: "u",
            region: "eu-west-1",
            account_id: "1",
            role_name: "r",
            scopes: Vec::new(),
            portal_url: String::new(),
            oidc_url,
            ca_bundle: None,
            may_ask: true,
            use_device_code: true,
        }
    }

    fn client() -> Client {
        Client {
            id: "i".to_owned(),
            secret: "s".to_owned().into(),
            expires_at: String::new(),
        }
    }

    /// What polling comes to, and the seconds before each turn.
    fn polled(
        codes: &'static [&'static str],
        expires_in: u64,
        interval: u64,
    ) -> (Result<Created, Failure>, Vec<u64>) {
        let portal = portal(refusing(codes));
        let client = client();
        let authorization = Authorization {
            device_code: "d".to_owned().into(),
            user_code: String::new(),
            verification_uri: String::new(),
            verification_uri_complete: None,
            expires_in,
            interval: Some(interval),
        };
        let mut waits = Vec::new();
        let oidc = Oidc::new(&portal).unwrap();
        let created = oidc.poll(&client, &authorization, |time| waits.push(time.as_secs()));
        (created, waits)
    }

    #[test]
    fn a_service_that_is_asked_too_often_is_asked_less_often_from_then_on() {
        let (created, waits) = polled(
            &[
                "authorization_pending",
                "slow_down",
                "authorization_pending",
                "slow_down",
            ],
            600,
            2,
        );
        assert!(created.is_ok());
        assert_eq!(waits, [2, 2, 7, 7, 12]);
    }

    #[test]
    fn nobody_is_waited_for_longer_than_the_code_is_good() {
        let (created, waits) = polled(&["authorization_pending"; 9], 5, 2);
        assert!(matches!(created, Err(Failure::Human(_))));
        assert_eq!(waits, [2, 2, 2]);
        let (created, _) = polled(&["access_denied"], 5, 2);
        assert!(matches!(created, Err(Failure::Credentials(_))));
    }

    #[test]
    fn a_service_that_names_times_without_end_is_not_taken_at_its_word() {
        let (created, waits) = polled(&["slow_down"; 70], u64::MAX, u64::MAX);
        assert!(matches!(created, Err(Failure::Human(_))));
        assert_eq!(waits, [60; 60]);
        let left = |expires_in| {
            let created = Created {
                access_token: "t".to_owned().into(),
                expires_in,
                refresh_token: None,
            };
            let token = created.token(&portal(String::new()), client());
            super::super::token::left(&token.expires_at)
        };
        assert!((LONGEST_TOKEN - 60..=LONGEST_TOKEN).contains(&left(i64::MAX)));
        assert!((-60..=0).contains(&left(i64::MIN)));
    }
}
