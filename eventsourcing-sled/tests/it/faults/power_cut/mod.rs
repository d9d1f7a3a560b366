//! The power goes at any moment: everything acknowledged is there, and nothing by halves.
//!
//! The system calls of a [`workload`] are recorded, and the disk as it may be after a cut is made of them many times over,
//! as [`eventsourcing_testkit::faults::power_cut`] says. Each image is opened and [checked](check).
//!
//! Controls, designs that are known to lose something, show that this would be noticed; among them the [rejected] one that keeps
//! events in sled.

mod check;
mod recorded;
mod rejected;
mod workload;

use eventsourcing_testkit::faults::rounds;

use self::recorded::{Promises, Recorded};

/// Images of each workload in the short and the long form.
fn images() -> usize {
    rounds(60, 300)
}

#[test]
fn every_commit_is_synced() {
    let recorded = Recorded::new("always");
    recorded.assert_sled_used_segments_again();
    recorded.survives(
        "power cut, Durability::Always",
        Promises::Acknowledged,
        images(),
    );
}

#[test]
fn groups_wait_for_more() {
    let recorded = Recorded::new("group");
    recorded.assert_sled_used_segments_again();
    recorded.survives(
        "power cut, Durability::Group",
        Promises::Acknowledged,
        images(),
    );
}

#[test]
fn no_commit_is_synced() {
    let recorded = Recorded::new("none");
    recorded.survives(
        "power cut, Durability::None, once closed",
        Promises::Said,
        images(),
    );
    // It must not be taken for more than it is.
    let fault = "power cut, Durability::None, taken for Always";
    recorded.loses(fault, Promises::Acknowledged, rounds(20, 100));
}

#[test]
fn opened_and_closed() {
    let recorded = Recorded::new("lives");
    recorded.survives(
        "power cut, opening and closing",
        Promises::Acknowledged,
        images(),
    );
}

#[test]
fn the_index_is_rebuilt() {
    let recorded = Recorded::new("rebuild");
    recorded.survives("power cut, index rebuilt", Promises::Acknowledged, images());
}

#[test]
fn syncs_fail() {
    let recorded = Recorded::with_failing_syncs("failing_sync", 9);
    recorded.survives(
        "power cut after failed syncs",
        Promises::Acknowledged,
        images(),
    );
    // Opening writes the last group again. Without that, what was shown after a failed sync is gone.
    let fault = "power cut after failed syncs, nothing written again";
    let trusting = recorded.without_repeated_writes();
    trusting.loses(fault, Promises::Acknowledged, rounds(40, 200));
}
