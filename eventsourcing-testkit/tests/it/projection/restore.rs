//! A log as it is after it was restored from a backup.

use eventsourcing::{
    Clock, Commit, EventStore, ExpectedVersion::Any, Filter, MemoryStore, NewEvent, Position,
    RecordedEvent, StreamAppend,
};
use eventsourcing_testkit::ManualClock;

/// The commits up to `until`, with their ids and times, on the clock.
pub(crate) async fn restored(
    log: &MemoryStore,
    until: Position,
    clock: &ManualClock,
) -> MemoryStore {
    let page = log.read_all(Position::START, &Filter::all(), 100_000).await;
    let events = page.expect("a page").events;
    let now = clock.now();
    let old = MemoryStore::with_clock(std::sync::Arc::new(clock.clone()));
    let kept = events.iter().filter(|event| event.position <= until);
    let kept: Vec<_> = kept.cloned().collect();
    for commit in kept.chunk_by(|one, next| one.commit_id == next.commit_id) {
        clock.set(commit[0].recorded_at);
        let mut again = Commit::with_id(commit[0].commit_id);
        again = again.with_metadata((*commit[0].metadata).clone());
        for part in commit.chunk_by(|one, next| one.stream == next.stream) {
            again.streams.push(StreamAppend {
                stream: part[0].stream.clone(),
                expected: Any,
                events: part.iter().map(anew).collect(),
            });
        }
        old.append(again).await.expect("an append");
    }
    clock.set(now);
    let page = old.read_all(Position::START, &Filter::all(), 100_000).await;
    assert_eq!(page.expect("a page").events, kept, "the same to the letter");
    old
}

fn anew(event: &RecordedEvent) -> NewEvent {
    NewEvent {
        event_type: event.event_type.clone(),
        schema_version: event.schema_version,
        readable_by: event.readable_by,
        format: event.format,
        tags: event.tags.clone(),
        payload: event.payload.clone(),
    }
}
