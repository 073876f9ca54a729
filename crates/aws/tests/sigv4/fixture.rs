//! Requests that own their parts, so that tests can change them.

use kagiban_aws::sigv4::{
    Credentials, Headers, HttpRequest, Presented, SignatureError, SigningKey, presign, sign,
};
use kagiban_aws::{Region, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::time::Duration;

/// The key of AWS's examples.
pub(crate) const KEY: Credentials<'static> = Credentials {
    access_key_id: "AKIDEXAMPLE",
    secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

pub(crate) const SERVICE: &str = "service";

/// 2015-08-30, 12:36: when AWS's examples were signed.
pub(crate) fn then() -> Timestamp {
    Timestamp::from_basic("20150830T123600Z").unwrap()
}

pub(crate) fn region() -> Region {
    Region::us_east_1()
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A JSON request that is not signed yet.
    pub(crate) fn json() -> Request {
        Request::post("/")
            .with("x-amz-target", "AmazonSSM.GetParameter")
            .with_body("{}")
    }

    pub(crate) fn get(path: &str) -> Request {
        Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            ..Request::default()
        }
        .with("host", "example.amazonaws.com")
    }

    pub(crate) fn post(path: &str) -> Request {
        Request {
            method: "POST".to_owned(),
            ..Request::get(path)
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Request {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Request {
        self.headers.retain(|(found, _)| found != name);
        self
    }

    pub(crate) fn with_query(self, query: &str) -> Request {
        Request {
            query: query.to_owned(),
            ..self
        }
    }

    pub(crate) fn with_body(self, body: impl AsRef<[u8]>) -> Request {
        Request {
            body: body.as_ref().to_vec(),
            ..self
        }
    }

    /// Replaces `from` in the header `name`, where it must be.
    pub(crate) fn replacing(mut self, name: &str, from: &str, to: &str) -> Request {
        let (_, value) = self.headers.iter_mut().find(|(found, _)| found == name).unwrap();
        let text = String::from_utf8(value.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        *value = text.replace(from, to).into_bytes();
        self
    }

    pub(crate) fn borrowed(&self) -> HttpRequest<'_, [(String, Vec<u8>)]> {
        HttpRequest {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }

    pub(crate) fn signed(self) -> Request {
        self.signed_with(&KEY)
    }

    pub(crate) fn signed_with(mut self, credentials: &Credentials<'_>) -> Request {
        let added = sign(&self.borrowed(), credentials, region(), SERVICE, then()).unwrap();
        for (name, value) in added.headers() {
            self.headers.retain(|(found, _)| found != name);
            self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        }
        self
    }

    pub(crate) fn presigned(self, seconds: u64) -> Request {
        let expires = Duration::from_secs(seconds);
        let query = presign(&self.borrowed(), &KEY, region(), SERVICE, expires, then()).unwrap();
        Request { query, ..self }
    }

    /// The whole of what a server does: one access key is known.
    pub(crate) fn check(&self) -> Result<(), SignatureError> {
        self.check_at(then())
    }

    pub(crate) fn check_at(&self, now: Timestamp) -> Result<(), SignatureError> {
        self.check_for(&KEY, SERVICE, now)
    }

    pub(crate) fn check_for(
        &self,
        known: &Credentials<'_>,
        service: &str,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let request = self.borrowed();
        let presented = Presented::parse(&request)?;
        if presented.access_key_id() != known.access_key_id {
            return Err(SignatureError::UnknownAccessKey);
        }
        if presented.session_token() != known.session_token {
            return Err(SignatureError::InvalidToken);
        }
        let scope = presented.scope();
        let key = SigningKey::derive(known.secret, scope.date, scope.region.as_str(), scope.service);
        presented.verify(&request, &key, service, now)
    }

    /// The one value of a header.
    pub(crate) fn value(&self, name: &str) -> &str {
        let value = self.headers.values(name).next().unwrap();
        std::str::from_utf8(value).unwrap()
    }
}

/// Requests of every shape, not yet signed, without what is canonical in two spellings.
pub(crate) fn requests() -> impl Strategy<Value = Request> {
    let method = prop::sample::select(vec!["GET", "POST", "PUT", "DELETE"]);
    let path = vec("[A-Za-z0-9_~-]{1,8}", 0..4).prop_map(|segments| format!("/{}", segments.join("/")));
    let parameter = (
        "([A-Za-z0-9._~-]|%2F|%20|%C3%BC){1,6}",
        "([A-Za-z0-9._~-]|%2B|%3D|%25){0,6}",
    );
    let query = vec(parameter, 0..5).prop_map(|pairs| {
        pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("&")
    });
    let header = (
        "(x-amz-meta|my)-[a-z0-9]{1,5}",
        "[!-~]{1,6}( {1,3}[!-~]{1,6}){0,3}",
    );
    let body = vec(any::<u8>(), 0..1500);
    let target = option::of("[A-Za-z]{1,10}\\.[A-Za-z]{1,10}");
    (method, path, query, vec(header, 0..6), target, body).prop_map(
        |(method, path, query, headers, target, body)| {
            let request = Request {
                method: method.to_owned(),
                ..Request::get(&path)
            };
            let request = headers
                .iter()
                .fold(request, |request, (name, value)| request.with(name, value));
            let request = target
                .iter()
                .fold(request, |request, target| request.with("x-amz-target", target));
            request.with_query(&query).with_body(body)
        },
    )
}
