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
                first_event "The first event has version 1 and the first position past the start."
                several_events_keep_their_order "The events of a commit enter stream and log in the given order."
                expected_versions "Every kind of expectation is met or refused as it says, by a stream that is absent, present, behind or ahead of it."
                several_streams "A commit over several streams is written as one piece, in its order."
                one_conflict_refuses_all_streams "If one of several streams conflicts, nothing is written to any, and the commit's id stays free."
                invalid_commits "Commits that are wrong by themselves are refused and leave nothing."
                odd_stream_ids "Odd ids name streams like any other, and similar ones are kept apart."
                payloads_come_back_identical "Payloads of any bytes and size come back identical."
                surroundings_come_back_identical "What surrounds the payload comes back identical too."
                event_ids_are_derived "Event ids follow from commit and index, and are the same on every read.";
            limits:
                most_events_per_commit "A commit of the largest number of events is taken."
                too_many_events "A commit of one event more than the largest number is refused."
                largest_payload "The largest payload is taken and comes back; one byte more is refused."
                too_many_bytes "A commit whose events together are too large is refused."
                largest_commit "The largest commit is taken and comes back; one byte more is refused."
                pages_are_bounded "A page ends with the event that brings its payloads to a mebibyte, whatever the limit, in the log and in a stream, in both directions, also in the middle of a commit; the following pages have the rest."
                names_and_tags "Names and tags have limits of their own, the same in every store.";
            concurrency:
                one_winner_per_version "Of 16 appends that expect the same version one wins; the others learn where the stream is now."
                collisions "Four threads that read, decide and append as fast as they can: a store that looks at the version first and writes then is caught between the two, also where there is no `await` between them."
                staggered_decisions "Writers that read, decide and append, each in its own time: no decision is overtaken unnoticed. Whoever loses reads again, so in the end every decision was taken on the version before its own."
                any_never_conflicts "`Any` never conflicts: 64 appends at once all succeed and share out the versions."
                crossing_commits "Commits over the same two streams in opposite order neither deadlock nor both win."
                dropped_appends_never_tear "Dropping an append at any point leaves a whole commit or none, and its id still tells which."
                mixed_writers_leave_no_holes "Racing commits over random pairs of streams keep every stream without holes.";
            visibility:
                read_your_writes "Who appended reads it at once, 1000 times in a row."
                no_partial_commits "While commits are written, no reader sees part of one, and no head lies inside of one."
                tail_readers_miss_nothing "Readers that follow 8 writers see every event once, in order, and never one before an earlier one."
                filtered_readers_miss_nothing "Readers whose filters match some events, few, or none for long miss nothing that matches."
                large_and_small_commits "Large commits take longer than small ones: the small ones that overtake them hide nothing.";
            read:
                stream_ranges "Ranges, directions and limits of a stream of ten events give the versions that they should."
                stream_pages "A page says where the stream ends and continues exactly where there is more."
                unknown_stream "An unknown stream is empty, not an error."
                limit_of_zero "A read with a limit of 0 is refused."
                log_pages "The log reads the same by pages of any size."
                backwards "The log reads the same backwards, newest first, by pages of any size and from anywhere; beyond its end is its end."
                beyond_the_head "A bookmark beyond the log's end is refused: it belongs to another log."
                streams_and_log_agree "Reading a stream and reading the log give the same events."
                long_streams "A stream of more events than 16 bits can count has all its versions, and they are expected, read and refused like any others."
                visits_agree_with_reads "Visiting a stream shows what reading it returns, and stops where the visitor does."
                a_panicking_visitor_harms_nobody "A visitor that panics takes its own reader with it, and nobody else."
                event_types "Every event type that the store holds is listed once, with the place where it was written first; also after reopening.";
            filter:
                by_category "A filter finds by category: the whole word, and any of several."
                by_event_type "A filter finds by the stored name of the event type, any of several."
                by_tag "A filter finds by tag, all of several."
                by_correlation "A filter finds by correlation id: given or started by the commit itself, whose own events count."
                by_commit "A filter finds the events of a commit."
                by_actor_and_cause "A filter finds by who did it and by what caused it."
                by_position "A filter finds by position, both ends included or not."
                by_alternatives "A filter finds by alternatives, of which one must match, beside other parts, in several lists and inside each other."
                by_time "A filter finds by time, both ends included or not."
                equal_times "Events of one time fill more than a page: none is skipped, none comes twice, from wherever reading goes on."
                combinations "A filter of two or three parts finds what matches all of them."
                next_advances_without_matches "`next` advances to the end even when nothing matches, also from the middle."
                in_a_long_log "In a log so long that a store looks for events by lists, filters of all kinds find what matches them, from anywhere in both directions; also after reopening, beside events that came later.";
            condition:
                holds_or_refuses "A condition that holds changes nothing; one that does not refuses the commit, which leaves nothing."
                only_events_behind_after_count "Events up to `after` are known and do not count; the first one behind it does."
                any_filter_refuses "Each filter of a condition can refuse; a filter's parts must all match; none at all never refuses."
                own_events_do_not_count "The commit's own events do not count against it."
                a_boundary_read_twice "A boundary that was read twice for one decision is no conflict with itself."
                expected_versions_still_count "A condition comes on top of the expected versions: either refuses."
                beyond_the_head "A condition that starts beyond the log's end belongs to another log: the commit is invalid."
                one_winner_per_name "16 commits want the same free name; one gets it."
                collisions "Four threads that read, decide and append as fast as they can: no decision is overtaken unnoticed between looking at the condition and writing, also where there is no `await` between them."
                no_write_skew "Write skew: 16 commits to different streams that all decided on the same state; one wins."
                staggered_decisions "Decisions on what was read, each in its own time: ten seats, 24 who want one, and every seat is given once."
                disjoint_conditions_succeed "Conditions over different parts of the log do not disturb each other.";
            idempotency:
                the_same_again "The same commit again, in sequence, at once or after other commits, has the first result and writes nothing."
                the_same_at_once "The same commit 16 times at once: one writes, all get the same result."
                recognised_before_anything_else "A repetition is recognised before expected versions and conditions are looked at."
                metadata_is_not_content "Metadata is not content: a retry may carry another trace id. What was written first stays."
                other_content_is_refused "Any other content under the same id is an error that names the earlier commit, never a success."
                one_content_per_id "Two different commits race for one id: one writes, the other kind is refused, nothing mixes.";
            snapshot:
                saved_and_loaded "A snapshot that was saved is loaded, each stream's own."
                replaced "The snapshot saved last replaces the earlier one, also by a lower version: the history may have been restored."
                deleted "A deleted snapshot is gone; deleting what is not there is fine."
                large "A snapshot of 1 MiB comes back identical.";
            checkpoint:
                compare_and_set "A checkpoint is written over what was expected, and only over that."
                epochs_fence "A higher epoch takes a checkpoint over and fences the earlier owner out."
                names_are_independent "Checkpoints of different names are independent."
                beyond_the_head "A checkpoint on the head is fine, one beyond it is refused."
                one_winner "16 owners move the same checkpoint at once; one does.";
            lease:
                one_holder "A free lease is granted, then refused to others and renewed for its holder."
                expired "An expired lease goes to whoever asks, under a higher epoch, also to its earlier holder."
                released "A lease given back is free at once; its next term has a higher epoch."
                late_release "Giving back a lease that has passed on already changes nothing."
                one_winner "16 ask for a lease at once; one gets it.";
            watch:
                reports_growth "A watch reports growth, to those who wait already and to those who ask later."
                every_watch_hears "A clone of the store and every watch of it hear of each commit."
                never_ahead_of_the_head "What a watch reports can be read already, and it never steps back.";
            subscription:
                misses_nothing "Subscriptions see what is there and then what comes without a gap or a doubled event, beside four writers, by filter and in batches of all sizes."
                starts "A subscription begins with the beginning, the end, a position, a time, and a time that is still to come."
                dropped_calls_lose_nothing "Who asks a subscription may stop waiting at any moment and ask again: nothing is lost and nothing comes twice."
                beyond_the_head "A subscription's bookmark beyond the end is an error at once, and remains one: it is never waited for."
                batches_are_bounded "A subscription's batch ends by its bytes as well as by its events, and large events come all the same.";
            lifecycle:
                events_survive "Everything reads as before the restart, the recorded times included."
                the_log_goes_on "After a restart the log goes on where it ended."
                commit_ids_survive "Commit ids are remembered over a restart: however many ask again at once, nothing is written twice."
                checkpoints_survive "Checkpoints survive a restart, and so does their fencing."
                lease_epochs_survive "Epochs of leases never repeat, so that a holder from before stays fenced out."
                snapshots_are_whole_or_gone "A snapshot is as it was or gone; after a crash it may also be the one before. Never is it half of one."
                watches_end "A watch of a closed store ends instead of waiting for ever.";
            shutdown:
                closing_answers_every_append "Closing answers every append that is under way, and each answer is true: what succeeded is there, what was refused is not. Asking again settles what is unknown."
                a_crash_amid_appends "What was acknowledged before the crash is there, and what was under way is there as a whole or not at all."
                dropped_appends_end_whole "Appends that nobody waits for any more are there as a whole or not at all, and their ids tell which."
                a_bookmark_from_before "A reader's bookmark that the store has lost is refused, never taken for another place.";
            capability:
                durability "What was acknowledged survives the end of the process unless the store says that it is in memory only; and then nothing comes back, so that nobody relies on it. What it says is the same each time it is opened."
                multi_process "Where several processes may have the store open, they share one log; elsewhere the second is refused, and the first goes on as if nothing had happened."
                contiguous_positions "Positions are 1, 2, 3 … if the store says so, whatever was refused, repeated or begun in between. Increasing and consecutive within a commit they are in any case."
                idempotency_window "A commit id is remembered: for good if the store names no window, however much comes after it; within the window otherwise."
                portable_limits "The limits leave room for what programs may count on with any store, and it is taken.";
            model:
                answers_as_the_reference "Random commits over one and more streams, repetitions, conditions, reads of streams and log by every kind of filter, snapshots, checkpoints, reopenings and crashes. A difference is shrunk to a short history that shows it.";
        }
    };
}

/// Makes the test functions; not API.
#[doc(hidden)]
#[macro_export]
macro_rules! __mount_clauses {
    ($fixture:ty; $($group:ident: $($clause:ident $rule:literal)+;)+) => {
        // An alias, so that the type's path is resolved here and not in the modules.
        type ContractFixture = $fixture;
        $(mod $group {
            $(#[test]
            fn $clause() {
                $crate::contract::run(
                    concat!(stringify!($group), "::", stringify!($clause)),
                    $rule,
                    $crate::contract::$group::$clause::<super::ContractFixture>(),
                );
            })+
        })+
    };
}
