//! Tools that people have: the AWS Encryption SDK, envelopes in the manner of sops, `aws kms re-encrypt`.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::harness::{Credentials, Output, Server, clients_directory, venv_binary};

const TEXT: &str = "two lines\nof orders";

impl Server {
    /// Runs `kms_tools.py` on a file.
    fn tool(&self, who: &Credentials, arguments: &[&str], file: &Path) -> Output {
        let mut python = self.client(who, &venv_binary("python"));
        python
            .arg(clients_directory().join("kms_tools.py"))
            .args(arguments);
        Output::of(python.arg(file))
    }

    /// A file with [`TEXT`] in it.
    fn orders(&self) -> std::path::PathBuf {
        let file = self.scratch("tools").join("orders");
        fs::write(&file, TEXT).unwrap();
        file
    }
}

/// A user who may do so much with data keys of the application's.
fn of_the_shop(server: &Server, name: &str, actions: &Value) -> Credentials {
    let condition = json!({"StringEquals": {"kms:EncryptionContext:app": "shop"}});
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*", "Condition": condition});
    server.user(name, &json!([statement]))
}

#[test]
fn the_encryption_sdk_encrypts_and_decrypts_a_file() {
    let server = Server::start();
    let (key, file) = (server.key(), server.orders());
    let writer = of_the_shop(&server, "writer", &json!("kms:GenerateDataKey"));
    let reader = of_the_shop(&server, "reader", &json!("kms:Decrypt"));

    server.tool(&writer, &["encrypt", &key], &file).text();
    let sealed = fs::read(file.with_extension("esdk")).unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("two lines"));
    assert_eq!(server.tool(&reader, &["decrypt", &key], &file).text(), TEXT);

    let denied = server.tool(&writer, &["decrypt", &key], &file);
    assert!(
        denied.error().contains("Unable to decrypt any data key"),
        "{denied:?}"
    );
    // The context is in the file's header, and is what the data key is bound to.
    let place = sealed.windows(4).position(|four| four == b"shop").unwrap();
    let mut forged = sealed.clone();
    forged[place..place + 4].copy_from_slice(b"sh0p");
    fs::write(file.with_extension("esdk"), forged).unwrap();
    let refused = server.tool(&server.root(), &["decrypt", &key], &file);
    assert!(
        refused.error().contains("Unable to decrypt any data key"),
        "{refused:?}"
    );
}

#[test]
fn a_wrapped_data_key_opens_after_rotation_and_moves_to_another_key() {
    let server = Server::start();
    let root = server.root();
    let (key, other, file) = (server.key(), server.key(), server.orders());
    server.tool(&root, &["wrap", &key], &file).text();
    server.aws_text(&root, &["kms", "rotate-key-on-demand", "--key-id", &key]);
    assert_eq!(server.tool(&root, &["unwrap"], &file).text(), TEXT);

    let place = file.with_extension("sealed");
    let mut whole: Value = serde_json::from_slice(&fs::read(&place).unwrap()).unwrap();
    let context = "app=shop,file=orders";
    let blob = file.with_extension("key");
    fs::write(
        &blob,
        BASE64_STANDARD.decode(whole["key"].as_str().unwrap()).unwrap(),
    )
    .unwrap();
    let blob = format!("fileb://{}", blob.display());
    let mover = server.user(
        "mover",
        &json!([
            {"Effect": "Allow", "Action": "kms:ReEncryptFrom", "Resource": key},
            {"Effect": "Allow", "Action": "kms:ReEncryptTo", "Resource": other},
        ]),
    );
    let move_it = |to: &str| {
        server.aws(
            &mover,
            &[
                "kms",
                "re-encrypt",
                "--ciphertext-blob",
                &blob,
                "--destination-key-id",
                to,
                "--source-encryption-context",
                context,
                "--destination-encryption-context",
                context,
                "--output",
                "json",
            ],
        )
    };
    assert!(
        move_it(&key)
            .error()
            .contains("is not authorized to perform: kms:ReEncryptTo")
    );
    let moved = move_it(&other).json();
    assert_eq!(
        (&moved["SourceKeyId"], &moved["KeyId"]),
        (&json!(key), &json!(other))
    );
    assert_ne!(moved["SourceKeyMaterialId"], moved["DestinationKeyMaterialId"]);

    whole["key"] = moved["CiphertextBlob"].clone();
    fs::write(&place, whole.to_string()).unwrap();
    server.aws_text(&root, &["kms", "disable-key", "--key-id", &key]);
    assert_eq!(server.tool(&root, &["unwrap"], &file).text(), TEXT);
    // The old one is of no use while its key is off, not to ReEncrypt either.
    assert!(move_it(&other).error().contains(&format!("{key} is disabled.")));
}
