use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use redb::{Database, ReadableDatabase as _};

use super::writer::{TABLE, open};
use crate::workload;

/// Sealed values in redb.
pub(super) struct Values {
    database: Database,
    key: RandomizedNonceKey,
}

impl Values {
    /// Seals a value for each name of the workload.
    pub(super) fn fill(directory: &Path) -> Result<Values> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &[7; 32])?;
        let database = open(directory)?;
        let txn = database.begin_write()?;
        {
            let mut table = txn.open_table(TABLE)?;
            for number in 0..workload::NAMES {
                let name = workload::name(number);
                let sealed = seal(&key, &name, workload::value(number))?;
                table.insert(name.as_bytes(), &sealed[..])?;
            }
        }
        txn.commit()?;
        Ok(Values { database, key })
    }

    /// The value under a name, from a read transaction of its own.
    pub(super) fn open(&self, name: &str) -> Result<Vec<u8>> {
        let table = self.database.begin_read()?.open_table(TABLE)?;
        let row = table.get(name.as_bytes())?.context("no such parameter")?;
        let row = row.value();
        ensure!(row.len() > NONCE_LEN, "the row is too short");
        let (nonce, sealed) = row.split_at(NONCE_LEN);
        let mut opened = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce)?;
        let length = self
            .key
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut opened)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }
}

/// The nonce, then the ciphertext with its tag.
fn seal(key: &RandomizedNonceKey, name: &str, value: String) -> Result<Vec<u8>> {
    let mut sealed = value.into_bytes();
    let nonce = key.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut sealed)?;
    let mut row = nonce.as_ref().to_vec();
    row.append(&mut sealed);
    Ok(row)
}
