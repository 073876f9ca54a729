//! The console's sign-in where a client alone cannot bring it: with credentials of another time, and with a
//! node's own.

use std::ops::Deref;
use std::time::Duration;

use hyper::header::{CONTENT_TYPE, COOKIE, HOST, HeaderValue, LOCATION, SET_COOKIE};
use hyper::{HeaderMap, Method, StatusCode};
use kagiban_aws::wire::query::percent_encode;
use kagiban_client::Credentials;
use kagiban_server::config::{Config, Places, Settings};
use kagiban_server::console::Console;
use kagiban_server::gateway::Terms;
use kagiban_server::http::{Acquaintance, Handler as _, Request, Response};
use serde_json::{Value, json};

use crate::gateway::house::{House, NODE, Server, now};

const LOGIN: &str = "Action=login&Destination=http%3A%2F%2Fhere%2Fconsole&SigninToken=";

/// A console in front of the house's gateway.
struct Desk {
    house: House,
    _server: Server,
    console: Console,
}

impl Desk {
    async fn new() -> Desk {
        let house = House::new().await;
        let server = house.start(Terms::default()).await;
        let places = Places {
            home: Some("/nowhere".into()),
            ..Places::default()
        };
        let config = Config::resolve(Settings::default(), &places).unwrap();
        let console = Console::new(&config, server.gateway.clone());
        Desk {
            house,
            _server: server,
            console,
        }
    }

    async fn send(&self, method: Method, target: &str, form: &str, cookie: Option<&HeaderValue>) -> Heard {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("here"));
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        if let Some(cookie) = cookie {
            headers.insert(COOKIE, cookie.clone());
        }
        let request = Request {
            method,
            uri: target.parse().unwrap(),
            headers,
            body: form.to_owned().into(),
            peer: [192, 0, 2, 1].into(),
            secure: false,
            upgrade: None,
            acquaintance: Acquaintance::default(),
        };
        let acquaintance = request.acquaintance.clone();
        let answer = self.console.handle(request).await;
        Heard {
            answer,
            is_known: acquaintance.is_made(),
        }
    }

    async fn ask(&self, who: &Credentials) -> Heard {
        let session = json!({
            "sessionId": who.access_key_id,
            "sessionKey": who.secret.expose(),
            "sessionToken": who.session_token.as_ref().unwrap().expose(),
        });
        let form = format!(
            "Action=getSigninToken&Session={}",
            percent_encode(&session.to_string())
        );
        self.send(Method::POST, "/federation", &form, None).await
    }

    async fn token(&self, who: &Credentials) -> String {
        let answer = self.ask(who).await;
        assert!(answer.is_known, "who has proven that is no stranger");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        body["SigninToken"].as_str().unwrap().to_owned()
    }

    async fn log_in(&self, token: &str) -> Heard {
        let target = format!("/federation?{LOGIN}{token}");
        self.send(Method::GET, &target, "", None).await
    }

    async fn page(&self, cookie: &HeaderValue) -> Heard {
        self.send(Method::GET, "/console", "", Some(cookie)).await
    }
}

/// An answer, and whether it is somebody's who is known.
struct Heard {
    answer: Response,
    is_known: bool,
}

impl Deref for Heard {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.answer
    }
}

#[tokio::test]
async fn credentials_that_have_expired_open_nothing_and_who_brings_them_is_a_stranger() {
    let desk = Desk::new().await;
    let hours = |hours: u64| now().minus(Duration::from_secs(hours * 3600));
    let expired = desk.ask(&desk.house.credentials_since("me", hours(2))).await;
    assert_eq!(expired.status, StatusCode::BAD_REQUEST);
    assert!(!expired.is_known);
    let body: Value = serde_json::from_slice(&expired.body).unwrap();
    assert_eq!(
        body,
        json!({
            "code": "ExpiredToken",
            "message": "The security token included in the request is expired",
        })
    );
    desk.token(&desk.house.credentials("me")).await;
}

#[tokio::test]
async fn a_session_of_a_nodes_credentials_ends_with_the_node() {
    let desk = Desk::new().await;
    let answer = desk
        .log_in(&desk.token(&desk.house.credentials(NODE)).await)
        .await;
    assert_eq!(answer.headers[LOCATION], "http://here/console");
    let cookie = session(&answer);
    let page = desk.page(&cookie).await;
    assert!(page.is_known && page.status == StatusCode::OK);
    desk.house.deregister(NODE).await;
    while desk.page(&cookie).await.status == StatusCode::OK {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let page = desk.page(&cookie).await;
    assert!(!page.is_known && page.status == StatusCode::FORBIDDEN);
}

/// The cookie that a browser sends from now on.
#[track_caller]
fn session(answer: &Response) -> HeaderValue {
    assert_eq!(answer.status, StatusCode::FOUND);
    let set = answer.headers[SET_COOKIE].to_str().unwrap();
    let (pair, _terms) = set.split_once(';').unwrap();
    HeaderValue::from_str(pair).unwrap()
}
