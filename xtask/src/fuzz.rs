//! `cargo xtask fuzz`: a parser under libFuzzer, guided by coverage, on the stable toolchain.
//!
//! The fuzzers are a package of their own in `fuzz/`. What guides them is LLVM's instrumentation, which
//! the compiler adds on request; only the sanitizers would need a nightly one, and without `unsafe` they
//! have nothing to find.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::run as run_program;

const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which parser
    #[arg(value_parser = [
        "ciphertext", "grant-token", "import-token", "key-policy", "policy-document", "query-body",
        "session-handshake", "session-message", "session-smux",
    ])]
    target: String,
    /// How long
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// Builds the fuzzer and runs it; what it finds worth keeping stays in `fuzz/corpus`.
///
/// # Errors
///
/// It does not build, or finds an input on which the target panics or takes too long.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let fuzz = root.join("fuzz");
    let target = arguments.target.as_str();
    let corpus = fuzz.join("corpus").join(target);
    let artifacts = fuzz.join("artifacts").join(target);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let host = "x86_64-unknown-linux-gnu";
    // The platform is named so that build scripts and macros are left alone.
    let build = ["build", "--release", "--target", host, "--bin", target];
    run_program(
        Command::new(program)
            .args(build)
            .current_dir(&fuzz)
            .env("RUSTFLAGS", INSTRUMENTED),
    )?;
    let fuzzer = fuzz.join("target").join(host).join("release").join(target);
    run_program(
        Command::new(fuzzer)
            .arg(corpus)
            .arg(format!("-max_total_time={}", arguments.seconds))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .args(["-timeout=5", "-max_len=65536"]),
    )
}
