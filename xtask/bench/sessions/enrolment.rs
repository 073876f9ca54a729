//! Thousands of nodes, written past the server: registering them would take a key for each, and making so
//! many keys longer than everything that is measured.

use anyhow::{Result, ensure};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kagiban_aws::sigv4::sign_with;
use kagiban_aws::{Region, Timestamp};
use kagiban_client::{Error, Proof, Unsigned};
use kagiban_iam::Scope;
use kagiban_ssm::nodes::NodeId;
use kagiban_ssm::records::{Node, keys};
use kagiban_store::{Committed, Embedded, KeyFile, Sealed, Store as _, Txn};
use serde_json::json;

use crate::identity::{ACCOUNT, REGION};
use crate::setup::NODE_ROLE;
use crate::subject::Yard;

/// Which machine all nodes say they are.
pub(super) const FINGERPRINT: &str = "00000000-0000-0000-0000-000000000000";

/// Far fewer than a transaction may write.
const AT_ONCE: usize = 50;

/// Nodes that are registered, and the key that all of them sign with.
pub(super) struct Enrolment {
    pub(super) nodes: Vec<String>,
    key: KeyPair,
}

impl Enrolment {
    /// Writes so many into the store of a server that does not run.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub(super) async fn of(count: usize, yard: &Yard, name: &str) -> Result<Enrolment> {
        let key = KeyPair::generate(KeySize::Rsa2048)?;
        let public: PublicKeyX509Der<'_> = key.public_key().as_der()?;
        let node: Node = serde_json::from_value(json!({
            "activation": FINGERPRINT, "rights": {"Role": NODE_ROLE}, "fingerprint": FINGERPRINT,
            "public_key": BASE64_STANDARD.encode(public.as_ref()),
            "registered": Timestamp::from_seconds(1_700_000_000),
        }))?;
        let scope = Scope {
            account: ACCOUNT.parse()?,
            region: REGION.parse()?,
        };
        let engine = Embedded::open(&yard.data(name))?;
        let store = Sealed::open(engine, &KeyFile::new(yard.key(name))).await?;
        let nodes: Vec<String> = (0..count).map(|number| format!("mi-{number:017x}")).collect();
        for some in nodes.chunks(AT_ONCE) {
            let mut txn = Txn::new();
            for id in some {
                let id = NodeId::parse(id).expect("it is a node's id");
                txn.put(keys::node(scope, &id), &node);
            }
            let committed = store.commit(txn).await?;
            ensure!(committed != Committed::CondFailed, "the nodes were not written");
        }
        Ok(Enrolment { nodes, key })
    }

    /// As an agent proves which node it is.
    ///
    /// # Errors
    ///
    /// The request cannot be signed.
    pub(super) fn prove(&self, request: &Unsigned<'_>, node: &str, region: Region) -> Result<Proof, Error> {
        let now = std::time::SystemTime::now().into();
        let sign = |text: &[u8]| {
            let mut signature = vec![0; self.key.public_modulus_len()];
            let random = SystemRandom::new();
            let signed = self.key.sign(&RSA_PSS_SHA256, &random, text, &mut signature);
            signed.expect("the key has room for PSS");
            BASE64_STANDARD.encode(signature)
        };
        let added = sign_with(request, node, region, "ssm", now, sign)
            .map_err(|error| Error::Setting(error.to_string()))?;
        let headers = added.headers();
        Ok(headers
            .map(|(name, value)| (name, value.to_owned().into()))
            .collect())
    }
}
