//! A person's visit to IAM Identity Center's page, from which their browser comes back to a port of this
//! process with a code: nothing is compared, typed or asked for again and again.
//!
//! Whatever else comes to the port is no visit's end: a code counts with the state that only the page
//! was told, and gets a token only with the verifier that nobody was told (PKCE).
//!
//! Source: RFC 6749, section 4.1; RFC 7636; RFC 8252, section 7.3; AWS IAM Identity Center OIDC API
//! Reference. How the page is asked for is in no reference; it is as AWS's CLI asks.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use aws_lc_rs::{constant_time, digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use kagiban_aws::SecretString;
use kagiban_aws::wire::query::{Form, member, percent_encode};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Portal;
use crate::failure::Failure;

/// Where browsers come back to, as a client is registered with it: on whichever port.
pub(super) const CALLBACK: &str = "http://127.0.0.1/oauth/callback";

const PATH: &str = "/oauth/callback";

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long a browser may take to say what it wants; many connect beforehand and say nothing.
const BROWSERS_PATIENCE: Duration = Duration::from_secs(10);

/// The longest request that is read.
const MAX_HEAD: u64 = 16 << 10;

/// One visit.
pub(super) struct Visit {
    listener: TcpListener,
    port: u16,
    state: String,
    verifier: SecretString,
}

/// How a visit ended.
#[derive(Debug, Eq, PartialEq)]
enum End {
    Code(SecretString),
    Refused(String),
}

impl Visit {
    /// # Errors
    ///
    /// If there is no port.
    pub(super) fn new() -> io::Result<Visit> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        Ok(Visit {
            port: listener.local_addr()?.port(),
            listener,
            state: random(),
            verifier: random().into(),
        })
    }

    /// Where the browser comes back to.
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// What proves that a code is this visit's.
    pub(super) fn verifier(&self) -> &SecretString {
        &self.verifier
    }

    /// The page to go to.
    pub(super) fn link(&self, portal: &Portal<'_>, client_id: &str) -> String {
        let members = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", &self.redirect_uri()),
            ("state", &self.state),
            ("code_challenge_method", "S256"),
            ("scopes", &portal.scopes.join(" ")),
            ("code_challenge", &challenge(self.verifier.expose())),
        ];
        let members = members.map(|(name, value)| format!("{name}={}", percent_encode(value)));
        let server = portal.oidc_url.trim_end_matches('/');
        format!("{server}/authorize?{}", members.join("&"))
    }

    /// Waits for the browser, and returns its code.
    ///
    /// # Errors
    ///
    /// If it brings none, or does not come in time.
    pub(super) async fn code(&self) -> Result<SecretString, Failure> {
        match timeout(PATIENCE, self.end()).await {
            Ok(Ok(End::Code(code))) => Ok(code),
            Ok(Ok(End::Refused(why))) => Err(Failure::Credentials(format!(
                "the sign-in was refused in the browser: {why}"
            ))),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Failure::Human("nobody has signed in; run this again".to_owned())),
        }
    }

    async fn end(&self) -> io::Result<End> {
        let listener = tokio::net::TcpListener::from_std(self.listener.try_clone()?)?;
        let (sender, mut ends) = mpsc::channel(1);
        loop {
            tokio::select! {
                Some(end) = ends.recv() => return Ok(end),
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    let (sender, state) = (sender.clone(), self.state.clone());
                    tokio::spawn(timeout(BROWSERS_PATIENCE, receive(stream, state, sender)));
                }
            }
        }
    }
}

/// Reads a request, answers it, and passes on what it ends a visit with.
async fn receive(mut stream: TcpStream, state: String, ends: mpsc::Sender<End>) -> io::Result<()> {
    let target = target(&mut stream).await?;
    let end = target.and_then(|target| end_of(&target, &state));
    let (status, text) = match &end {
        Some(End::Code(_)) => ("200 OK", "You are signed in. This page can be closed."),
        Some(End::Refused(_)) => ("200 OK", "The sign-in was refused. The terminal says more."),
        None => ("404 Not Found", "This is not the page that was asked for."),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    // Whether or not the browser still wants to hear it.
    let _unheard = stream.write_all(answer.as_bytes()).await;
    if let Some(end) = end {
        let _only_the_first_counts = ends.send(end).await;
    }
    Ok(())
}

/// What a GET asks for, with the rest of its head read; `None` for any other request.
async fn target(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut lines = BufReader::new(stream).take(MAX_HEAD).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    let target = first
        .strip_prefix("GET ")
        .and_then(|rest| rest.strip_suffix(" HTTP/1.1"));
    Ok(target.map(str::to_owned))
}

/// What a target ends the visit with that has this state.
///
/// UNSURE: whether a refusal brings the state; one without it can do no more than end the sign-in.
fn end_of(target: &str, state: &str) -> Option<End> {
    let query = target.strip_prefix(PATH)?.strip_prefix('?')?;
    let form = Form::parse(query.as_bytes())?;
    let value = |name| member::<String>(&form, name).ok().flatten();
    let is_ours = value("state")
        .map(|given| constant_time::verify_slices_are_equal(given.as_bytes(), state.as_bytes()).is_ok());
    match (value("error"), value("code"), is_ours) {
        (Some(error), _, None | Some(true)) => Some(End::Refused(
            value("error_description").map_or(error.clone(), |words| format!("{error}: {words}")),
        )),
        (None, Some(code), Some(true)) => Some(End::Code(code.into())),
        _ => None,
    }
}

/// RFC 7636, section 4.2: `S256`.
fn challenge(verifier: &str) -> String {
    BASE64.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

fn random() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the system has randomness");
    BASE64.encode(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_challenge_is_as_in_the_rfc() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn only_what_the_page_was_told_ends_a_visit() {
        let end = |target| end_of(target, "s/1");
        let code = |code: &str| Some(End::Code(code.to_owned().into()));
        let refused = |why: &str| Some(End::Refused(why.to_owned()));
        assert_eq!(end("/oauth/callback?code=a%2Fb&state=s%2F1"), code("a/b"));
        for stray in [
            "/",
            "/favicon.ico",
            "/oauth/callback",
            "/oauth/callback?code=a",
            "/oauth/callback?code=a&state=",
            "/oauth/callback?code=a&state=s%2F2",
            "/oauth/callback?state=s%2F1",
            "/oauth/callback?error=access_denied&state=other",
            "/oauth/callback?code=%zz&state=s%2F1",
            "/oauth/callbacks?code=a&state=s%2F1",
        ] {
            assert_eq!(end(stray), None, "{stray}");
        }
        assert_eq!(
            end("/oauth/callback?error=access_denied"),
            refused("access_denied")
        );
        assert_eq!(
            end("/oauth/callback?error=x&error_description=a+b&state=s%2F1&code=a"),
            refused("x: a b")
        );
    }

    #[test]
    fn no_two_visits_have_the_same_secrets() {
        let (one, two) = (Visit::new().unwrap(), Visit::new().unwrap());
        assert_ne!(one.state, two.state);
        assert_ne!(one.verifier, two.verifier);
        assert_eq!(one.verifier.expose().len(), 43, "RFC 7636 wants no less");
    }

    #[tokio::test]
    async fn a_browser_that_says_nothing_or_nonsense_keeps_nobody_out() {
        let visit = Visit::new().unwrap();
        let silent = TcpStream::connect(("127.0.0.1", visit.port)).await.unwrap();
        let ask = async |request: String| {
            let mut stream = TcpStream::connect(("127.0.0.1", visit.port)).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer.lines().next().unwrap_or_default().to_owned()
        };
        let right = format!("{PATH}?code=c&state={}", visit.state);
        let asking = async {
            let strays = [
                "GET /favicon.ico HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
                format!("POST {right} HTTP/1.1\r\n\r\n"),
                "\r\n\r\n".to_owned(),
            ];
            for stray in strays {
                assert_eq!(ask(stray).await, "HTTP/1.1 404 Not Found");
            }
            ask(format!("GET {right} HTTP/1.1\r\nhost: x\r\n\r\n")).await
        };
        let (code, answer) = tokio::join!(visit.code(), asking);
        assert_eq!(code.unwrap().expose(), "c");
        assert_eq!(answer, "HTTP/1.1 200 OK");
        drop(silent);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_passed_over(query in "[a-z=&%+.0-9\\PC]{0,60}") {
            let target = format!("{PATH}?{query}");
            prop_assert!(!matches!(end_of(&target, "state that is not in it"), Some(End::Code(_))));
        }
    }
}
