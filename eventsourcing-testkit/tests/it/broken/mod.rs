//! The suite catches broken stores: each fails the clauses that are about what is wrong with it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use eventsourcing_testkit::contract;

mod defects;
mod pair;
mod published;

/// Runs a clause; what it has to say if it fails.
fn outcome(clause: &str, run: impl Future<Output = ()>) -> Result<(), String> {
    let caught = catch_unwind(AssertUnwindSafe(|| contract::run(clause, "The rule.", run)));
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
        Err(text) => {
            assert!(!text.contains("hangs"), "`{clause}`: {text}");
            let told = format!("clause `{clause}` fails. The rule: The rule.\nWhat happened: ");
            assert!(text.starts_with(&told), "{text}");
        }
    }
}

#[test]
fn a_failure_is_told_though_the_store_spins() {
    use std::sync::atomic::{AtomicBool, Ordering};

    static STOP: AtomicBool = AtomicBool::new(false);
    let spinning = async {
        tokio::spawn(async {
            while !STOP.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        panic!("it is told");
    };
    let told = outcome("spinning", spinning).expect_err("it panics");
    STOP.store(true, Ordering::Relaxed);
    assert!(told.ends_with("What happened: it is told"), "{told}");
}
