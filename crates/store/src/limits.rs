//! The smallest common set of limits: what every engine takes.

/// How much fits into a key, a value, a transaction and a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of a key, escaped.
    pub key_bytes: usize,
    /// Bytes of a value.
    pub value_bytes: usize,
    /// Conditions of a transaction.
    pub conds: usize,
    /// Operations of a transaction.
    pub ops: usize,
    /// Bytes of a transaction's keys and values together.
    pub txn_bytes: usize,
    /// Rows of a page.
    pub page_rows: u32,
    /// Keys under one deleted prefix or on one lease.
    pub group_keys: usize,
}

impl Limits {
    /// What etcd takes with its defaults, less some room, and so what every engine promises.
    ///
    /// etcd refuses requests above 1.5 MiB and above 128 operations, conditions among them.
    pub const COMMON: Self = Self {
        key_bytes: 2 << 10,
        value_bytes: 256 << 10,
        conds: 64,
        ops: 64,
        txn_bytes: 1 << 20,
        page_rows: 500,
        group_keys: 1_000,
    };
}
