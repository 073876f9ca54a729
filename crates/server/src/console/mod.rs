//! The console: a page for browsers, and the sign-in that leads to it.
//!
//! The way in is AWS's federation. Whoever holds temporary credentials exchanges them for a sign-in token
//! (`/federation?Action=getSigninToken`), and a browser exchanges that one, once, for a session
//! (`Action=login`). `/.well-known/kagiban` tells clients where all this is.
//!
//! A session is nothing but the credentials that opened it. They are proven anew for each page, and what a
//! page shows is asked of the edge with them: so the console has no rights of its own, and whatever takes
//! rights away from the credentials takes them away from the page.

mod cookie;
mod desk;
mod document;
mod error;
mod federation;
mod home;
mod listing;
mod origin;
mod page;
mod presented;
mod tickets;

use hyper::Method;

use crate::config::{Config, ConsoleSetting};
use crate::edge::identified;
use crate::gateway::Gateway;
use crate::http::{Handler, Request, Response};
use crate::request_id::RequestId;
use desk::Desk;

/// The console, in front of the gateway: what is not its own goes there.
pub struct Console {
    /// None if there is to be no console.
    desk: Option<Desk>,
    gateway: Gateway,
}

/// What a browser or its helper asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Target {
    /// Where the sign-in and the console are.
    Document,
    /// The sign-in.
    Federation,
    /// A page.
    Page,
}

impl Console {
    /// The console that the configuration asks for, if it does, in front of a gateway.
    pub fn new(config: &Config, gateway: Gateway) -> Console {
        let desk = match config.console {
            ConsoleSetting::On => Some(Desk::new(config, gateway.edge().clone())),
            ConsoleSetting::Off => None,
        };
        Console { desk, gateway }
    }
}

impl Handler for Console {
    async fn handle(&self, request: Request) -> Response {
        match (&self.desk, target(&request)) {
            (Some(desk), Some(target)) => {
                let id = RequestId::random();
                // In a box: all other requests would have to make room for it.
                let answer = Box::pin(answer(desk, target, &request, id)).await;
                identified(answer, id)
            }
            _ => self.gateway.handle(request).await,
        }
    }

    fn stop(&self) {
        self.gateway.stop();
    }
}

async fn answer(desk: &Desk, target: Target, request: &Request, id: RequestId) -> Response {
    match target {
        Target::Document => desk.document(request),
        Target::Federation => desk.federate(request, id).await,
        Target::Page => desk.page(request).await,
    }
}

/// Finds out what a request is for; `None` for all that is not the console's.
fn target(request: &Request) -> Option<Target> {
    match (request.path(), &request.method) {
        ("/.well-known/kagiban", &Method::GET) => Some(Target::Document),
        // `/oauth` is where clients of AWS's sign-in go to sign out first.
        ("/federation" | "/oauth", &Method::GET | &Method::POST) => Some(Target::Federation),
        (path, &Method::GET) if path == "/console" || path.starts_with("/console/") => Some(Target::Page),
        _ => None,
    }
}
