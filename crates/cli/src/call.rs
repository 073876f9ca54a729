//! Calls of a service, one after the other: a command has nothing else to do meanwhile.

use kagiban_client::{Connector, Signer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;

use crate::endpoint::Endpoint;
use crate::failure::Failure;

/// Calls a service.
pub(crate) struct Client {
    endpoint: Endpoint,
    inner: kagiban_client::Client,
    runtime: Runtime,
}

impl Client {
    /// A client that has not connected yet.
    ///
    /// # Errors
    ///
    /// If the system has nothing left to wait with, or the environment's proxy cannot be used.
    pub(crate) fn new(endpoint: Endpoint) -> Result<Client, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let connector = Connector::new(endpoint.ca_bundle.clone())?;
        Ok(Client {
            inner: kagiban_client::Client::new(endpoint.place.clone(), connector),
            endpoint,
            runtime,
        })
    }

    /// Whom and where it calls.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Calls an operation; one that is throttled is called again, five times at most.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses, or there are no more credentials.
    pub(crate) fn call<T: DeserializeOwned>(
        &self,
        operation: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let place = &self.endpoint.place;
        let credentials = self.endpoint.identity.current()?;
        let signer = Signer::Key(&credentials, place.region, place.service.signing_name());
        Ok(self.runtime.block_on(self.inner.call(operation, body, &signer))?)
    }
}
