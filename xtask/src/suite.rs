//! The steps of `cargo xtask test`.

use crate::run::{Failure, Tally, cargo, output, step, tests};
use crate::tools;

/// Formatting, lints, docs, examples, doc tests, tests.
pub(crate) fn test() -> Result<(), Failure> {
    step(&mut cargo(&["fmt", "--all", "--check"]))?;
    step(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    step(&mut cargo(&[
        "check",
        "--package",
        "eventsourcing",
        "--no-default-features",
    ]))?;
    domain_only_is_lean()?;
    step(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    bank_account()?;
    tools::strace()?;
    let mut tally = Tally::default();
    let doc_tests = tests(
        &mut cargo(&["test", "--workspace", "--doc", "--no-fail-fast"]),
        &mut tally,
    );
    let all_tests = tests(
        &mut cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast"]),
        &mut tally,
    );
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    doc_tests.and(all_tests)
}

/// A domain crate that uses only the core pulls no database.
fn domain_only_is_lean() -> Result<(), Failure> {
    let tree = output(&mut cargo(&[
        "tree",
        "--package",
        "eventsourcing",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]))?;
    match tree
        .lines()
        .find(|line| line.starts_with("sled ") || line.contains("eventsourcing-sled"))
    {
        Some(line) => Err(format!(
            "the core must not depend on a store, but it pulls {line}"
        )),
        None => Ok(()),
    }
}

/// The README's first command, on a store of its own.
fn bank_account() -> Result<(), Failure> {
    let store = std::env::temp_dir().join(format!("xtask-bank-{}", std::process::id()));
    let url = format!("sled:{}", store.display());
    let bank = |arguments: &[&str]| {
        let run = [
            "run",
            "--quiet",
            "--package",
            "bank-account",
            "--",
            "--store",
            url.as_str(),
        ];
        step(&mut cargo(&[&run, arguments].concat()))
    };
    let result = bank(&["import", "examples/bank-account/data/statement.csv"])
        .and_then(|()| bank(&["list"]))
        .and_then(|()| bank(&["verify"]));
    // The folder lies in the system's temporary directory, so a failed removal does no harm.
    let _ = std::fs::remove_dir_all(&store);
    result
}
