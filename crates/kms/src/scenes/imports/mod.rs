//! Imported material.

mod generations;
mod life;
mod regions;
mod rules;

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::arn;
use crate::import::owner::wrap;
use crate::operations::*;
use crate::testing::{Answer, World};

pub(super) const OAEP: &str = "RSAES_OAEP_SHA_256";
const STAYS: &str = "KEY_MATERIAL_DOES_NOT_EXPIRE";
const DAY: u64 = 86_400;

impl World {
    pub(super) fn external(&mut self, spec: &str, usage: &str) -> String {
        self.key(json!({"Origin": "EXTERNAL", "KeySpec": spec, "KeyUsage": usage}))
    }

    pub(super) fn empty(&mut self) -> String {
        self.external("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    }

    pub(super) fn parameters(&mut self, key: &str, algorithm: &str) -> Value {
        let asked = json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"});
        self.run::<GetParametersForImport>(asked).unwrap()
    }

    /// ImportKeyMaterial's request with what `more` says, of material that stays unless it says otherwise.
    pub(super) fn import_request(
        &mut self,
        algorithm: &str,
        key: &str,
        material: &[u8],
        more: Value,
    ) -> Value {
        let parameters = self.parameters(key, algorithm);
        let public = BASE64_STANDARD.decode(parameters["PublicKey"].as_str().unwrap());
        let wrapped = wrap(algorithm, &public.unwrap(), material);
        let mut request = json!({
            "KeyId": key, "ImportToken": parameters["ImportToken"],
            "EncryptedKeyMaterial": BASE64_STANDARD.encode(wrapped),
        });
        let request_members = request.as_object_mut().unwrap();
        if more.get("ValidTo").is_none() {
            request_members.insert("ExpirationModel".to_owned(), json!(STAYS));
        }
        let Value::Object(more) = more else {
            panic!("{more}")
        };
        request_members.extend(more);
        request
    }

    pub(super) fn import_with(&mut self, algorithm: &str, key: &str, material: &[u8], more: Value) -> Answer {
        let request = self.import_request(algorithm, key, material, more);
        self.run::<ImportKeyMaterial>(request)
    }

    pub(super) fn import(&mut self, key: &str, material: &[u8]) -> Answer {
        self.import_with(OAEP, key, material, json!({}))
    }

    pub(super) fn import_another(&mut self, key: &str, material: &[u8]) -> Answer {
        self.import_with(OAEP, key, material, json!({"ImportType": "NEW_KEY_MATERIAL"}))
    }

    pub(super) fn forget(&mut self, key: &str) -> Answer {
        self.run::<DeleteImportedKeyMaterial>(json!({"KeyId": key}))
    }

    pub(super) fn encrypted(&mut self, key: &str) -> Value {
        let encrypt = json!({"KeyId": key, "Plaintext": "eA=="});
        self.run::<Encrypt>(encrypt).unwrap()["CiphertextBlob"].take()
    }

    pub(super) fn decrypted(&mut self, blob: &Value) -> Answer {
        self.run::<Decrypt>(json!({"CiphertextBlob": blob}))
    }

    pub(super) fn seconds_from_now(&self, seconds: u64) -> i64 {
        self.now.plus(Duration::from_secs(seconds)).seconds()
    }

    pub(super) fn materials(&mut self, key: &str) -> Vec<Value> {
        let all = json!({"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
        let listed = self.run::<ListKeyRotations>(all).unwrap();
        listed["Rotations"].as_array().unwrap().clone()
    }
}

fn state(described: &Value) -> &str {
    described["KeyState"].as_str().unwrap()
}

fn pending(key: &str) -> String {
    format!("KMSInvalidStateException: {} is pending import.", arn(key))
}
