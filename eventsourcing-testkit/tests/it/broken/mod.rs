//! The suite catches broken stores: each fails the clauses that are about what is wrong with it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use eventsourcing_testkit::contract;

mod defects;
mod pair;
mod published;

/// Runs a clause; what it has to say if it fails.
fn outcome(clause: &str, run: impl Future<Output = ()>) -> Result<(), String> {
    let caught = catch_unwind(AssertUnwindSafe(|| contract::run(clause, run)));
    caught.map_err(|panic: Box<dyn Any + Send>| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default()
    })
}

/// The clause must fail, and not only because it waits for something that never comes.
#[track_caller]
fn assert_caught(clause: &str, run: impl Future<Output = ()>) {
    match outcome(clause, run) {
        Ok(()) => panic!("`{clause}` must fail"),
        Err(text) => assert!(!text.contains("hangs"), "`{clause}`: {text}"),
    }
}
