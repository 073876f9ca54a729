use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::{fs, thread};

use anyhow::{Result, anyhow};
use redb::{Builder, Database, Durability, TableDefinition};
use tokio::sync::oneshot;

/// Names to values.
pub(super) const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("values");

/// As many as the server commits together.
const GROUP: usize = 256;
/// As much as the server lets redb keep.
const CACHE_BYTES: usize = 16 << 20;

/// One row to write, and whom to tell.
struct Put {
    name: Vec<u8>,
    value: Vec<u8>,
    done: oneshot::Sender<()>,
}

/// A thread that commits, durably and at once, all that has queued up meanwhile.
pub(super) struct Writer {
    queue: Sender<Put>,
}

/// An empty database.
pub(super) fn open(directory: &Path) -> Result<Database> {
    fs::create_dir_all(directory)?;
    let path = directory.join("limit.redb");
    if path.exists() {
        fs::remove_file(&path)?;
    }
    Ok(Builder::new().set_cache_size(CACHE_BYTES).create(path)?)
}

impl Writer {
    pub(super) fn start(directory: &Path) -> Result<Writer> {
        let database = open(directory)?;
        let (queue, puts) = channel();
        thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || write(&database, &puts))?;
        Ok(Writer { queue })
    }

    /// Returns when the value is on the disk.
    pub(super) async fn put(&self, name: &str, value: &str) -> Result<()> {
        let (done, written) = oneshot::channel();
        let (name, value) = (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let gone = || anyhow!("the writer has ended");
        self.queue.send(Put { name, value, done }).map_err(|_| gone())?;
        written.await.map_err(|_| gone())
    }
}

fn write(database: &Database, puts: &Receiver<Put>) {
    while let Ok(first) = puts.recv() {
        let mut group = vec![first];
        group.extend(puts.try_iter().take(GROUP - 1));
        match commit(database, &group) {
            Ok(()) => group.into_iter().for_each(|put| {
                let _ = put.done.send(()); // whoever asked may have gone
            }),
            Err(error) => {
                eprintln!("writer: {error:#}");
                return;
            }
        }
    }
}

fn commit(database: &Database, group: &[Put]) -> Result<()> {
    let mut txn = database.begin_write()?;
    txn.set_durability(Durability::Immediate)?;
    {
        let mut table = txn.open_table(TABLE)?;
        for put in group {
            table.insert(&put.name[..], &put.value[..])?;
        }
    }
    Ok(txn.commit()?)
}
