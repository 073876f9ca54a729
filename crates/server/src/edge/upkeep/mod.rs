//! What is due without anybody asking: the services decide it ([`kagiban_kms::upkeep`],
//! [`kagiban_ssm::upkeep`], [`kagiban_ssm::purge`]), and it is committed here, with an event of the
//! server's own. What is found due is decided anew on the newest snapshot when its turn comes.

mod keys;
mod parameters;
mod purge;
mod sessions;
