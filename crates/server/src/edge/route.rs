//! Which service and operation a request means, before anyone has signed for it.
//!
//! JSON services say it in `X-Amz-Target`, Query services in the form's `Action` and `Version`.

use hyper::Method;
use hyper::header::CONTENT_TYPE;
use kagiban_aws::wire::query::Operation;
use kagiban_aws::wire::{Protocol, Raw, Service};

use super::table::SERVICES;
use crate::http::Request;

/// What a request means.
#[derive(Debug)]
pub(super) enum Route<'r> {
    /// An operation of a service, which may or may not be served.
    To {
        service: &'static Service,
        operation: std::borrow::Cow<'r, str>,
        raw: Raw<'r>,
    },
    /// No service is named.
    Nowhere,
}

/// Finds out what a request means.
pub(super) fn route(request: &Request) -> Route<'_> {
    match request.headers.get("x-amz-target") {
        Some(target) => json(target.as_bytes(), request),
        None => query(request),
    }
}

fn json<'r>(target: &'r [u8], request: &'r Request) -> Route<'r> {
    let named = std::str::from_utf8(target)
        .ok()
        .and_then(|target| target.split_once('.'));
    let Some((prefix, operation)) = named else {
        return Route::Nowhere;
    };
    let service = SERVICES.into_iter().find(|service| {
        service.protocol
            == Protocol::Json {
                target: known(prefix),
            }
    });
    match service {
        Some(service) if request.method == Method::POST => Route::To {
            service,
            operation: operation.into(),
            raw: Raw::Json(&request.body),
        },
        _ => Route::Nowhere,
    }
}

/// The table's own spelling of a target's prefix; empty for unknown ones.
fn known(prefix: &str) -> &'static str {
    let targets = SERVICES.into_iter().filter_map(|service| match service.protocol {
        Protocol::Json { target } => Some(target),
        Protocol::Query { .. } => None,
    });
    targets
        .into_iter()
        .find(|target| *target == prefix)
        .unwrap_or_default()
}

fn query(request: &Request) -> Route<'_> {
    let Some(form) = form(request) else {
        return Route::Nowhere;
    };
    let Some(found) = Operation::find(form) else {
        return Route::Nowhere;
    };
    let service = SERVICES.into_iter().find(|service| {
        matches!(service.protocol, Protocol::Query { version, .. } if found.version.as_deref() == Some(version))
    });
    match service {
        Some(service) => Route::To {
            service,
            operation: found.action,
            raw: Raw::Form(form),
        },
        None => Route::Nowhere,
    }
}

/// The parameters: in the body of a POST, in the query of a GET (as presigned requests come).
pub(crate) fn form(request: &Request) -> Option<&[u8]> {
    match request.method {
        Method::GET => Some(request.query().as_bytes()),
        Method::POST => {
            let kind = request.headers.get(CONTENT_TYPE)?.to_str().ok()?;
            let is_form = kind
                .to_ascii_lowercase()
                .starts_with("application/x-www-form-urlencoded");
            is_form.then_some(if request.body.is_empty() {
                request.query().as_bytes()
            } else {
                &request.body
            })
        }
        _ => None,
    }
}
