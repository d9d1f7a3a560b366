//! Bugs that were published for other systems, re-created as small stores. Where a bug needs a certain schedule the
//! store makes it: whoever has to be overtaken waits until it has been.
//!
//! | store | published as |
//! | --- | --- |
//! | `CheckedInAnotherSnapshot` | marten #5300: an append condition checked by one statement and relied on by the next; two commits won |
//! | `PositionBeforeCommit` | marten #1629, commanded/eventstore #3, akka-persistence-r2dbc #371: a position is drawn before the commit is visible, and readers go past it |
//! | `CeilingPastTheHole` | marten #4964: a page that was cut moves the reader to the end |
//! | `AppendWithoutLock` | eventuous #553: parallel appends all reported success, events were lost |
//! | `HoleBeyondTheHead` | Rails Event Store #477: an expected version beyond the head is taken and leaves a hole |
//! | `UnorderedRead` | emmett #239: a stream read without an order |
//! | `FilterStandsStill` | eventuous #142: events that do not match never move the reader on |
//! | `TimeCursor` | akka-persistence-r2dbc #445: reading by time goes on behind the last time, and skips what shares it |
//! | `AnyConflicts` | Occurrent ADR 80: an append without expectation loses to another one |
//! | `DedupeWindow` | NATS `JetStream`'s duplicate window: a repetition that comes late is written again |
//! | `TidiedJson` | PostgreSQL's `jsonb`: keys in another order, repeated ones gone |
//! | `SyncedLater` | Jepsen's report on NATS 2.12.1: acknowledged, not yet on the disk, lost |
//! | `NarrowVersion` | marten's `Bug_4246`: a version truncated, there to 32 bits, here to 16 |

mod appending;
mod reading;
mod store;

use self::appending::{
    AnyConflicts, AppendWithoutLock, CheckedInAnotherSnapshot, DedupeWindow, HoleBeyondTheHead,
    NarrowVersion, SyncedLater, TidiedJson,
};
use self::reading::{
    CeilingPastTheHole, FilterStandsStill, PositionBeforeCommit, TimeCursor, UnorderedRead,
};
use self::store::{Case, Sound};
use super::{assert_caught, outcome};

macro_rules! caught {
    ($($test:ident: $bug:ident by $($group:ident::$clause:ident),+;)+) => {
        $(#[test]
        fn $test() {
            $({
                use eventsourcing_testkit::contract::$group::$clause;
                let name = concat!(stringify!($group), "::", stringify!($clause));
                assert_eq!(outcome(name, $clause::<Case<Sound>>()), Ok(()), "without the bug");
                assert_caught(name, $clause::<Case<$bug>>());
            })+
        })+
    };
}

caught! {
    a_condition_checked_in_another_snapshot: CheckedInAnotherSnapshot by
        condition::one_winner_per_name, condition::no_write_skew, condition::staggered_decisions;
    a_position_drawn_before_the_commit: PositionBeforeCommit by
        visibility::tail_readers_miss_nothing;
    a_cut_page_that_moves_to_the_end: CeilingPastTheHole by
        read::log_pages, limits::pages_are_bounded;
    appends_without_a_lock: AppendWithoutLock by
        concurrency::one_winner_per_version, concurrency::staggered_decisions;
    a_hole_beyond_the_head: HoleBeyondTheHead by
        append::expected_versions, capability::contiguous_positions;
    an_unordered_read: UnorderedRead by
        read::stream_ranges, read::streams_and_log_agree, append::several_events_keep_their_order;
    a_filter_that_stands_still: FilterStandsStill by
        filter::next_advances_without_matches;
    a_cursor_of_times: TimeCursor by
        filter::equal_times;
    conflicts_without_expectation: AnyConflicts by
        concurrency::any_never_conflicts;
    a_window_for_repetitions: DedupeWindow by
        idempotency::the_same_again, capability::idempotency_window;
    tidied_payloads: TidiedJson by
        append::payloads_come_back_identical;
    a_sync_that_comes_later: SyncedLater by
        capability::durability, lifecycle::events_survive, lifecycle::the_log_goes_on,
        lifecycle::commit_ids_survive;
    a_narrow_version: NarrowVersion by
        read::long_streams;
}
