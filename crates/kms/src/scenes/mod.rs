//! The life of keys, played against the operations without a server.

mod agreement;
mod deletion;
mod dry_run;
mod forgeries;
mod grants;
mod grants_given;
mod grants_taken;
mod imports;
mod last_usage;
mod names;
mod not_offered;
mod policies;
mod primaries;
mod re_encrypt;
mod regions;
mod rotation;
mod states;
mod upkeep;

/// A key's ARN in the tests' account.
fn arn(id: &str) -> String {
    format!("arn:aws:kms:us-east-1:111122223333:key/{id}")
}
