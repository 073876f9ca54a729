//! What the server serves, so that a scene can say that it has left nothing out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Calls an operation of a Rust SDK, which must succeed, and notes that it was called.
macro_rules! call {
    ($seen:ident, $client:ident.$operation:ident() $($given:tt)*) => {{
        $seen.insert(stringify!($operation).replace('_', ""));
        let answer = $client.$operation() $($given)* .send().await;
        answer.unwrap_or_else(|error| panic!("{}: {error:?}", stringify!($operation)))
    }};
}

pub(crate) use call;

/// Returns what `cargo xtask wiregen` is told to serve.
pub(crate) fn served_list() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/wiregen.toml")
}

/// The operations of some of AWS's services, in lower case.
pub(crate) fn served(services: &[&str]) -> BTreeSet<String> {
    let text = fs::read_to_string(served_list()).unwrap();
    let of_service = |name: &&str| {
        let (_, section) = text.split_once(&format!("name = \"{name}\"")).unwrap();
        let (_, list) = section.split_once("operations = [").unwrap();
        let (list, _) = list.split_once(']').unwrap();
        list.split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
    };
    services.iter().flat_map(of_service).collect()
}
