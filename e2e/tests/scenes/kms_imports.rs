//! Imported key material, with Python's `cryptography` and openssl as the owner of the keys.

use std::fs;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Output, Server, clients_directory, tool, venv_binary};

/// How long anything that happens by itself may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn another_library_imports_keys_of_every_kind_and_agrees_with_what_is_done_with_them() {
    let server = Server::start();
    let mut python = server.client(&server.root(), &venv_binary("python"));
    let seen = Output::of(python.arg(clients_directory().join("boto3_kms_imports.py"))).json();

    let agreed = leaves(&seen, "");
    let disagreed = agreed.iter().filter(|(_, agreed)| !agreed);
    assert_eq!(
        disagreed.map(|(place, _)| &**place).collect::<Vec<_>>(),
        [""; 0],
        "{seen}"
    );
    assert_eq!(agreed.len(), 19, "{seen}");
}

/// What is found at each place of the answer, and whether it is `true`.
fn leaves(value: &Value, place: &str) -> Vec<(String, bool)> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| leaves(value, &format!("{place}/{name}")))
            .collect(),
        other => vec![(place.to_owned(), *other == json!(true))],
    }
}

/// An owner of key material with the AWS CLI and openssl.
struct Owner {
    server: Server,
    key: String,
}

impl Owner {
    fn of(server: Server) -> Owner {
        let create = ["kms", "create-key", "--origin", "EXTERNAL"];
        let made = server.aws_json(&server.root(), &create);
        let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        assert_eq!(made["KeyMetadata"]["KeyState"], "PendingImport");
        Owner { server, key }
    }

    fn file(&self, name: &str) -> String {
        self.server.scratch("import").join(name).display().to_string()
    }

    /// The first steps of AWS's guide: parameters, openssl. Gives the files of token and wrapped material.
    fn wrap(&self, material: [u8; 32]) -> (String, String) {
        let root = self.server.root();
        let wrapping = "RSAES_OAEP_SHA_256";
        let ask = [
            "--wrapping-algorithm",
            wrapping,
            "--wrapping-key-spec",
            "RSA_3072",
        ];
        let ask = [
            &["kms", "get-parameters-for-import", "--key-id", &self.key][..],
            &ask,
        ]
        .concat();
        let asked = self.server.aws_json(&root, &ask);
        assert_eq!(asked["KeyId"], self.key);
        for (name, member) in [("public.der", "PublicKey"), ("token", "ImportToken")] {
            let bytes = BASE64_STANDARD.decode(asked[member].as_str().unwrap());
            fs::write(self.file(name), bytes.unwrap()).unwrap();
        }
        fs::write(self.file("material"), material).unwrap();
        let (public, material, wrapped) = (
            self.file("public.der"),
            self.file("material"),
            self.file("wrapped"),
        );
        let encrypt = [
            "pkeyutl",
            "-encrypt",
            "-pubin",
            "-keyform",
            "DER",
            "-inkey",
            &public,
            "-in",
            &material,
            "-out",
            &wrapped,
            "-pkeyopt",
            "rsa_padding_mode:oaep",
            "-pkeyopt",
            "rsa_oaep_md:sha256",
            "-pkeyopt",
            "rsa_mgf1_md:sha256",
        ];
        let mut openssl = self.server.client(&root, &tool("openssl"));
        Output::of(openssl.args(encrypt)).text();
        (self.file("token"), wrapped)
    }

    /// All steps of the guide.
    fn import(&self, material: [u8; 32], more: &[&str]) -> Output {
        let root = self.server.root();
        let (token, wrapped) = self.wrap(material);
        let (token, wrapped) = (format!("fileb://{token}"), format!("fileb://{wrapped}"));
        let import = [
            "kms",
            "import-key-material",
            "--key-id",
            &self.key,
            "--encrypted-key-material",
            &wrapped,
            "--import-token",
            &token,
        ];
        self.server
            .aws(&root, &[&import[..], more, &["--output", "json"]].concat())
    }

    fn described(&self) -> Value {
        let described = ["kms", "describe-key", "--key-id", &self.key];
        self.server.aws_json(&self.server.root(), &described)["KeyMetadata"].take()
    }

    fn encrypt(&self) -> Output {
        let encrypt = ["kms", "encrypt", "--key-id", &self.key, "--plaintext", "eA=="];
        self.server.aws(&self.server.root(), &encrypt)
    }

    fn restarted(self) -> Owner {
        let server = self.server.stop().start();
        Owner { server, ..self }
    }
}

const STAYS: [&str; 2] = ["--expiration-model", "KEY_MATERIAL_DOES_NOT_EXPIRE"];

#[test]
fn the_guide_is_followed_with_openssl_and_the_material_survives_a_restart() {
    let owner = Owner::of(Server::start());
    let imported = owner.import([7; 32], &STAYS).json();
    assert_eq!(imported["KeyId"], owner.key);
    let described = owner.described();
    assert_eq!(
        (
            &described["KeyState"],
            &described["Origin"],
            &described["ExpirationModel"]
        ),
        (
            &json!("Enabled"),
            &json!("EXTERNAL"),
            &json!("KEY_MATERIAL_DOES_NOT_EXPIRE")
        )
    );
    assert_eq!(described["CurrentKeyMaterialId"], imported["KeyMaterialId"]);
    owner.server.put("/app/password", "s3cr3t", Some(&owner.key));

    let owner = owner.restarted();
    let root = owner.server.root();
    let delete = ["kms", "delete-imported-key-material", "--key-id", &owner.key];
    assert_eq!(owner.server.aws_json(&root, &delete), imported);
    assert_eq!(
        owner.encrypt().error(),
        format!(
            "An error occurred (KMSInvalidStateException) when calling the Encrypt operation: \
             {} is pending import.",
            owner.key
        )
    );
    let get = [
        "ssm",
        "get-parameter",
        "--name",
        "/app/password",
        "--with-decryption",
    ];
    let read = [&get[..], &["--query", "Parameter.Value"]].concat();
    assert_ne!(owner.server.aws(&root, &read).code, 0);

    let owner = owner.restarted();
    let other = owner.import([8; 32], &STAYS);
    assert!(
        other.error().contains("(IncorrectKeyMaterialException)"),
        "{other:?}"
    );
    assert_eq!(owner.import([7; 32], &STAYS).json(), imported);
    assert_eq!(owner.server.aws_text(&root, &read), "s3cr3t");
}

#[test]
fn material_that_expires_is_refused_on_time_and_deleted_by_the_server() {
    let owner = Owner::of(Server::start());
    let (token, wrapped) = owner.wrap([7; 32]);
    let blob = |file: &str| BASE64_STANDARD.encode(fs::read(file).unwrap());
    let date = seconds() + 5;
    let import = json!({
        "KeyId": owner.key, "ImportToken": blob(&token), "EncryptedKeyMaterial": blob(&wrapped),
        "ValidTo": date,
    });
    let root = owner.server.root();
    owner
        .server
        .call(&root, "TrentService.ImportKeyMaterial", &import)
        .ok();
    let described = owner.described();
    assert_eq!(
        described["CurrentKeyMaterialId"].as_str().map(str::len),
        Some(64),
        "{described}"
    );

    let refused = until("the key is refused", || {
        Some(owner.encrypt()).filter(|answer| answer.code != 0)
    });
    assert!(
        refused
            .error()
            .ends_with(&format!("{} is pending import.", owner.key)),
        "{refused:?}"
    );
    assert!(seconds() >= date);
    assert_eq!(owner.described()["KeyState"], "PendingImport");

    // A server looks after its keys when it starts, and now and then.
    let owner = owner.restarted();
    until("the material is deleted", || {
        let said = owner
            .server
            .log()
            .contains("imported key material has expired: it is deleted");
        said.then_some(())
    });
    let list = [
        "--include-key-material",
        "ALL_KEY_MATERIAL",
        "--key-id",
        &owner.key,
    ];
    let list = [&["kms", "list-key-rotations"][..], &list].concat();
    let listed = owner.server.aws_json(&owner.server.root(), &list);
    assert_eq!(listed["Rotations"][0]["ImportState"], "PENDING_IMPORT");
    owner.import([7; 32], &STAYS).json();
    assert_eq!(owner.encrypt().code, 0);
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn until<T>(what: &str, mut seen: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = seen() {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn what_cannot_be_imported_is_refused_in_awss_words() {
    let owner = Owner::of(Server::start());
    let root = owner.server.root();
    let undated = owner.import([7; 32], &[]);
    assert_eq!(
        undated.error(),
        "An error occurred (ValidationException) when calling the ImportKeyMaterial operation: \
         A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
    );
    let made_here = owner.server.key();
    let ask = [
        "--wrapping-algorithm",
        "RSAES_OAEP_SHA_256",
        "--wrapping-key-spec",
        "RSA_2048",
    ];
    let ask = [
        &["kms", "get-parameters-for-import", "--key-id", &made_here][..],
        &ask,
    ]
    .concat();
    assert_eq!(
        owner.server.aws(&root, &ask).error(),
        format!(
            "An error occurred (UnsupportedOperationException) when calling the GetParametersForImport \
             operation: {made_here} origin is AWS_KMS which is not valid for this operation."
        )
    );
    let rotate = ["kms", "enable-key-rotation", "--key-id", &owner.key];
    assert_eq!(
        owner.server.aws(&root, &rotate).error(),
        format!(
            "An error occurred (UnsupportedOperationException) when calling the EnableKeyRotation \
             operation: {} origin is EXTERNAL which is not valid for this operation.",
            owner.key
        )
    );
    owner.import([7; 32], &STAYS).json();
    let rotate = ["kms", "rotate-key-on-demand", "--key-id", &owner.key];
    assert_eq!(
        owner.server.aws(&root, &rotate).error(),
        format!(
            "An error occurred (KMSInvalidStateException) when calling the RotateKeyOnDemand operation: \
             No available key material pending rotation for the key: {}.",
            owner.key
        )
    );
    assert!(
        owner
            .key
            .starts_with(&format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/"))
    );
}
