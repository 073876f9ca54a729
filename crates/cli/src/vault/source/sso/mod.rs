//! IAM Identity Center: a person signs in by a browser, once for all profiles of a session, and each
//! profile's role is asked for with the token that gives.
//!
//! The token lies where AWS's CLI keeps it, so that signing in with the one is signing in with the other.

mod oidc;
mod token;
mod visit;

use kagiban_aws::{SecretString, Timestamp};
use kagiban_client::{Answer, Connector, Http, Signer, parse_url};
use serde::Deserialize;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use self::oidc::Oidc;
use self::token::{Token, TokenFile};
use crate::failure::Failure;
use crate::output;
use crate::vault::lock::{self, Asking, Lock, Patience, Question};
use crate::vault::query::escape;
use crate::vault::session::Session;

/// What a profile says of its sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Portal<'a> {
    pub(crate) profile: &'a str,
    /// The name of the `[sso-session]`, if there is one.
    pub(crate) session: Option<&'a str>,
    pub(crate) start_url: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account_id: &'a str,
    pub(crate) role_name: &'a str,
    /// What the token shall be good for.
    pub(crate) scopes: Vec<String>,
    pub(crate) portal_url: String,
    pub(crate) oidc_url: String,
    pub(crate) ca_bundle: Option<String>,
    /// Whether a person may be asked to sign in.
    pub(crate) may_ask: bool,
    /// Whether they sign in on another machine, though there is a browser here.
    pub(crate) use_device_code: bool,
}

/// A server that is called without a signature.
struct Caller {
    http: Http,
    runtime: Runtime,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    role_credentials: RoleCredentials,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleCredentials {
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: SecretString,
    /// Milliseconds since 1970.
    expiration: i64,
}

/// The token is not good any more, whatever its time says.
const UNAUTHORIZED: u16 = 401;

/// Gets a role's credentials.
///
/// # Errors
///
/// If nobody has signed in and nobody can be asked, or the role is not given.
pub(crate) fn sso(portal: &Portal<'_>) -> Result<Session, Failure> {
    let file = TokenFile::of(portal)?;
    let token = usable(portal, &file)?;
    let answer = ask(portal, &token)?;
    if answer.status != UNAUTHORIZED {
        return read(portal, &answer);
    }
    // Somebody has signed out elsewhere.
    let token = sign_in_anew(portal, &file, &token)?;
    read(portal, &ask(portal, &token)?)
}

/// Signs in, whether or not somebody has already.
///
/// # Errors
///
/// If nobody can be asked, or nobody does.
pub(crate) fn sign_in(portal: &Portal<'_>) -> Result<(), Failure> {
    let file = TokenFile::of(portal)?;
    let _lock = locked(portal, &file)?;
    ask_person(portal, &file).map(drop)
}

/// Signs out, here and at the portal; `false` if nobody was signed in.
///
/// # Errors
///
/// If the token's file cannot be removed.
pub(crate) fn sign_out(portal: &Portal<'_>) -> Result<bool, Failure> {
    let file = TokenFile::of(portal)?;
    let _lock = lock::hold(&file.lock_name());
    let Some(token) = file.read() else {
        return Ok(false);
    };
    file.remove()?;
    let caller = Caller::new(&portal.portal_url, portal)?;
    let headers = [("x-amz-sso_bearer_token", token.access_token.expose())];
    match caller.request("POST", "/logout", &headers, Vec::new().into()) {
        Ok(answer) if (200..300).contains(&answer.status) || answer.status == UNAUTHORIZED => {}
        _ => output::remark("the portal could not be told; the token is good there until its time is over"),
    }
    Ok(true)
}

/// The token of the file, renewed when it ends soon; else a person signs in while all others wait.
fn usable(portal: &Portal<'_>, file: &TokenFile) -> Result<Token, Failure> {
    let fresh = || file.read().filter(|token| !token.ends_soon());
    if let Some(token) = fresh() {
        return Ok(token);
    }
    let _lock = locked(portal, file)?;
    match file.read() {
        Some(token) if !token.ends_soon() => Ok(token),
        Some(token) => match refreshed(portal, file, &token) {
            Ok(Some(renewed)) => Ok(renewed),
            _ if !token.has_ended() => Ok(token),
            Ok(None) => ask_person(portal, file),
            Err(failure) => Err(failure),
        },
        None => ask_person(portal, file),
    }
}

/// A new token for the old one, without anybody; `None` if that one is good for none.
fn refreshed(portal: &Portal<'_>, file: &TokenFile, token: &Token) -> Result<Option<Token>, Failure> {
    let Some(grant) = token.refresh_grant() else {
        return Ok(None);
    };
    let renewed = Oidc::new(portal)?.refresh(portal, &grant)?;
    Ok(renewed.inspect(|renewed| file.keep(renewed)))
}

/// The portal refuses a token: if nobody else has got another one meanwhile, a person must.
fn sign_in_anew(portal: &Portal<'_>, file: &TokenFile, refused: &Token) -> Result<Token, Failure> {
    let _lock = locked(portal, file)?;
    match file.read() {
        Some(token) if token.access_token != refused.access_token => Ok(token),
        _ => ask_person(portal, file),
    }
}

/// The token's lock; where nobody can be asked, nobody is waited for who signs in meanwhile.
fn locked(portal: &Portal<'_>, file: &TokenFile) -> Result<Option<Lock>, Failure> {
    let patience = match portal.may_ask {
        true => Patience::Telling,
        false => Patience::Refusing,
    };
    lock::hold_with(&file.lock_name(), patience).map_err(|asking| nobody(portal, Some(&asking)))
}

fn nobody(portal: &Portal<'_>, elsewhere: Option<&Asking>) -> Failure {
    let elsewhere = elsewhere.map(|asking| format!(" ({} now)", asking.said()));
    Failure::Human(format!(
        "profile `{0}` is not signed in, or no longer{1}; run `kagiban sso login {0}` on a terminal, or `aws sso login --profile {0}`",
        portal.profile,
        elsewhere.unwrap_or_default()
    ))
}

fn ask_person(portal: &Portal<'_>, file: &TokenFile) -> Result<Token, Failure> {
    if !portal.may_ask {
        return Err(nobody(portal, None));
    }
    let _question = Question::open();
    let token = Oidc::new(portal)?.sign_in(portal, std::thread::sleep)?;
    file.keep(&token);
    Ok(token)
}

fn ask(portal: &Portal<'_>, token: &Token) -> Result<Answer, Failure> {
    let mut query = b"role_name=".to_vec();
    escape(portal.role_name, &mut query);
    query.extend_from_slice(b"&account_id=");
    escape(portal.account_id, &mut query);
    let path = format!("/federation/credentials?{}", String::from_utf8_lossy(&query));
    let headers = [("x-amz-sso_bearer_token", token.access_token.expose())];
    Caller::new(&portal.portal_url, portal)?.request("GET", &path, &headers, Vec::new().into())
}

fn read(portal: &Portal<'_>, answer: &Answer) -> Result<Session, Failure> {
    if answer.status != 200 {
        return Err(Failure::Credentials(format!(
            "IAM Identity Center gives profile `{}` no credentials for role {} of account {} (HTTP status {})",
            portal.profile, portal.role_name, portal.account_id, answer.status
        )));
    }
    let given: Given = serde_json::from_slice(&answer.body)
        .map_err(|_| Failure::Answer("IAM Identity Center's is no credentials".to_owned()))?;
    let role = given.role_credentials;
    let credentials = kagiban_client::Credentials {
        access_key_id: role.access_key_id,
        secret: role.secret_access_key,
        session_token: Some(role.session_token),
    };
    let expires = Timestamp::from_millis(role.expiration);
    Session::given("IAM Identity Center", credentials, Some(expires))
}

impl Caller {
    fn new(url: &str, portal: &Portal<'_>) -> Result<Caller, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let http = Http::new(Connector::new(portal.ca_bundle.clone())?, parse_url(url)?);
        Ok(Caller { http, runtime })
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Zeroizing<Vec<u8>>,
    ) -> Result<Answer, Failure> {
        let request = self.http.request(method, path, headers, body, &Signer::Nobody);
        Ok(self.runtime.block_on(request)?)
    }
}
