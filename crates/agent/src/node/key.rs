use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kagiban_aws::sigv4::sign_with;
use kagiban_aws::{Region, SecretString};
use kagiban_client::{Error, Proof, Unsigned};
use zeroize::Zeroizing;

/// The key pair that makes this machine the node it is. RSA with 2048 bits, as the API has it.
#[derive(Debug)]
pub(crate) struct NodeKey {
    pair: KeyPair,
}

impl NodeKey {
    /// A new one.
    ///
    /// # Errors
    ///
    /// If the library cannot make one.
    pub(crate) fn generate() -> Result<NodeKey, Error> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| broken("no key can be made"))?;
        Ok(NodeKey { pair })
    }

    /// Reads what [`NodeKey::private`] has written.
    ///
    /// # Errors
    ///
    /// If it is no key.
    pub(crate) fn parse(text: &SecretString) -> Result<NodeKey, Error> {
        let wrong = || broken("the registration's private key cannot be read");
        let der = BASE64_STANDARD.decode(text.expose()).map_err(|_| wrong())?;
        let der = Zeroizing::new(der);
        let pair = KeyPair::from_pkcs8(&der).map_err(|_| wrong())?;
        Ok(NodeKey { pair })
    }

    /// PKCS#8 in base64.
    ///
    /// # Errors
    ///
    /// If the library cannot write it.
    pub(crate) fn private(&self) -> Result<SecretString, Error> {
        let der: Pkcs8V1Der<'_> = self
            .pair
            .as_der()
            .map_err(|_| broken("the key cannot be written"))?;
        Ok(BASE64_STANDARD.encode(der.as_ref()).into())
    }

    /// SubjectPublicKeyInfo in base64.
    pub(crate) fn public(&self) -> String {
        let der: Result<PublicKeyX509Der<'_>, _> = self.pair.public_key().as_der();
        BASE64_STANDARD.encode(der.expect("the library has made or read the key").as_ref())
    }

    /// The headers that show that a request is the node's: an `Authorization` like SigV4's, signed
    /// with RSASSA-PSS.
    ///
    /// # Errors
    ///
    /// If the request cannot be signed.
    pub(crate) fn prove(&self, request: &Unsigned<'_>, node: &str, region: Region) -> Result<Proof, Error> {
        let now = std::time::SystemTime::now().into();
        let sign = |text: &[u8]| BASE64_STANDARD.encode(self.sign(text));
        let added = sign_with(request, node, region, "ssm", now, sign)
            .map_err(|error| broken(&format!("the request cannot be signed: {error}")))?;
        let headers = added
            .headers()
            .map(|(name, value)| (name, value.to_owned().into()));
        Ok(headers.collect())
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self
            .pair
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), text, &mut signature);
        signed.expect("the key has room for PSS, and the buffer for the signature");
        signature
    }
}

fn broken(text: &str) -> Error {
    Error::Setting(text.to_owned())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ParsedPublicKey, RSA_PSS_2048_8192_SHA256};

    use super::*;

    #[test]
    fn a_key_survives_being_written_and_its_signatures_are_right() {
        let key = NodeKey::generate().unwrap();
        let again = NodeKey::parse(&key.private().unwrap()).unwrap();
        assert_eq!(key.public(), again.public());
        assert_eq!(key.public().len(), 392);
        let public = BASE64_STANDARD.decode(key.public()).unwrap();
        let public = ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &public).unwrap();
        public.verify_sig(b"text", &again.sign(b"text")).unwrap();
        assert!(public.verify_sig(b"other", &again.sign(b"text")).is_err());
        assert!(NodeKey::parse(&"AAAA".to_owned().into()).is_err());
    }

    #[test]
    fn a_nodes_proof_names_it_and_the_headers_it_covers() {
        let key = NodeKey::generate().unwrap();
        let headers = [
            ("host", "k.example"),
            ("content-type", "x"),
            ("x-amz-target", "y"),
        ];
        let request = Unsigned {
            method: "POST",
            path: "/",
            query: "",
            headers: headers.as_slice(),
            body: b"{}",
        };
        let proof = key
            .prove(&request, "mi-0123456789abcdef0", Region::us_east_1())
            .unwrap();
        let value = |name: &str| {
            proof
                .iter()
                .find(|(found, _)| *found == name)
                .unwrap()
                .1
                .expose()
                .to_owned()
        };
        let day = value("x-amz-date")[..8].to_owned();
        let begin = format!(
            "AWS4-HMAC-SHA256 Credential=mi-0123456789abcdef0/{day}/us-east-1/ssm/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
        );
        let signature = value("authorization").strip_prefix(&begin).unwrap().to_owned();
        assert_eq!(BASE64_STANDARD.decode(signature).unwrap().len(), 256);
    }
}
