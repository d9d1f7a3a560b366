//! The list of clauses, and the macro that mounts them.

/// Mounts the whole contract suite: one `#[test]` per clause for a [`Fixture`](crate::contract::Fixture) type.
///
/// Each clause runs on a multi-threaded tokio runtime of its own, against a store of its own. The modules that it
/// makes are named after the groups of clauses, so mount each fixture in a module of its own.
#[macro_export]
macro_rules! contract_tests {
    ($fixture:ty) => {
        $crate::__mount_clauses! { $fixture;
            append:
                first_event
                several_events_keep_their_order
                expected_versions
                several_streams
                one_conflict_refuses_all_streams
                invalid_commits
                odd_stream_ids
                payloads_come_back_identical
                surroundings_come_back_identical
                event_ids_are_derived;
            limits:
                most_events_per_commit
                too_many_events
                largest_payload
                too_many_bytes
                largest_commit
                names_and_tags;
            concurrency:
                one_winner_per_version
                staggered_decisions
                any_never_conflicts
                crossing_commits
                dropped_appends_never_tear
                mixed_writers_leave_no_holes;
            visibility:
                read_your_writes
                no_partial_commits
                tail_readers_miss_nothing
                filtered_readers_miss_nothing
                large_and_small_commits;
            read:
                stream_ranges
                stream_pages
                unknown_stream
                limit_of_zero
                log_pages
                beyond_the_head
                streams_and_log_agree
                long_streams
                visits_agree_with_reads
                a_panicking_visitor_harms_nobody
                event_types;
            filter:
                by_category
                by_event_type
                by_tag
                by_correlation
                by_commit
                by_time
                equal_times
                combinations
                next_advances_without_matches;
            condition:
                holds_or_refuses
                only_events_behind_after_count
                any_filter_refuses
                own_events_do_not_count
                a_boundary_read_twice
                expected_versions_still_count
                beyond_the_head
                one_winner_per_name
                no_write_skew
                staggered_decisions
                disjoint_conditions_succeed;
            idempotency:
                the_same_again
                the_same_at_once
                recognised_before_anything_else
                metadata_is_not_content
                other_content_is_refused
                one_content_per_id;
            snapshot:
                saved_and_loaded
                replaced
                deleted
                large;
            checkpoint:
                compare_and_set
                epochs_fence
                names_are_independent
                beyond_the_head
                one_winner;
            lease:
                one_holder
                expired
                released
                late_release
                one_winner;
            watch:
                reports_growth
                every_watch_hears
                never_ahead_of_the_head;
            lifecycle:
                events_survive
                the_log_goes_on
                commit_ids_survive
                checkpoints_survive
                lease_epochs_survive
                snapshots_are_whole_or_gone
                watches_end;
            shutdown:
                closing_answers_every_append
                a_crash_amid_appends
                dropped_appends_end_whole
                a_bookmark_from_before;
            capability:
                durability
                multi_process
                contiguous_positions
                idempotency_window
                portable_limits;
            model:
                answers_as_the_reference;
        }
    };
}

/// Makes the test functions; not API.
#[doc(hidden)]
#[macro_export]
macro_rules! __mount_clauses {
    ($fixture:ty; $($group:ident: $($clause:ident)+;)+) => {
        // An alias, so that the type's path is resolved here and not in the modules.
        type ContractFixture = $fixture;
        $(mod $group {
            $(#[test]
            fn $clause() {
                $crate::contract::run(
                    concat!(stringify!($group), "::", stringify!($clause)),
                    $crate::contract::$group::$clause::<super::ContractFixture>(),
                );
            })+
        })+
    };
}
