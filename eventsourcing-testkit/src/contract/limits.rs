//! Limits: what a store says it takes it takes, and one more is refused.

use std::ops::ControlFlow;

use bytes::Bytes;
use eventsourcing::{
    AppendError, Commit, Direction, EventStore,
    ExpectedVersion::{Any, NoStream},
    Filter, NewEvent, Position, RecordedEvent, StreamRange, Tag, Version,
};

use super::Fixture;
use super::support::{account, append, commit, event, read, refused, whole_log};

/// A commit of the largest number of events is taken.
pub async fn most_events_per_commit<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let most = store.capabilities().max_events_per_commit;
    append(store, commit(&account("ada"), NoStream, most)).await;
    assert_eq!(
        whole_log(store).await.len(),
        most,
        "every event of the largest commit is there"
    );
}

/// A commit of one event more than the largest number is refused.
pub async fn too_many_events<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let most = store.capabilities().max_events_per_commit;
    let error = refused(store, commit(&account("ada"), NoStream, most + 1)).await;
    assert_too_large(&error, most + 1, most);
    assert_eq!(
        store.head().await.expect("head"),
        Position::START,
        "a commit that is too large writes nothing"
    );
}

/// The largest payload is taken and comes back; one byte more is refused.
pub async fn largest_payload<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let most = store.capabilities().max_event_bytes;
    let payload = Bytes::from(vec![b'x'; most + 1]);
    let one = |payload| Commit::new().append(account("ada"), NoStream, vec![event("e", payload)]);
    let error = refused(store, one(payload.clone())).await;
    assert_too_large(&error, most + 1, most);
    append(store, one(payload.slice(1..))).await;
    let log = whole_log(store).await;
    assert_eq!(log.len(), 1, "the event is there");
    assert!(
        log[0].payload == payload[1..],
        "the largest payload comes back identical"
    );
}

/// A commit whose events together are too large is refused.
pub async fn too_many_bytes<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let limits = store.capabilities().clone();
    let count = limits.max_commit_bytes / limits.max_event_bytes + 1;
    assert!(
        count <= limits.max_events_per_commit,
        "the limits fit together"
    );
    let payload = Bytes::from(vec![b'x'; limits.max_event_bytes]);
    let events = vec![event("e", payload); count];
    let error = refused(
        store,
        Commit::new().append(account("ada"), NoStream, events),
    )
    .await;
    match error {
        AppendError::TooLarge { limit, .. } => assert_eq!(
            limit, limits.max_commit_bytes,
            "the refusal names the limit that the capabilities say"
        ),
        other => panic!("expected TooLarge, got: {other}"),
    }
    assert_eq!(
        store.head().await.expect("head"),
        Position::START,
        "a commit that is too large writes nothing"
    );
}

/// The largest commit is taken and comes back; one byte more is refused.
pub async fn largest_commit<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    let limits = store.capabilities().clone();
    let most = limits.max_commit_bytes;
    let payload = Bytes::from(vec![b'x'; limits.max_event_bytes]);
    // Full payloads and one that takes what they leave, so that one byte more is too much.
    let commit = |full: usize, last: usize| {
        let mut events = vec![event("e", payload.clone()); full];
        events.push(event("e", payload.slice(..last)));
        Commit::new().append(ada.clone(), NoStream, events)
    };
    // Names and metadata count too: whether what is left is enough for another event is for the limits to say.
    let mut full = most / payload.len();
    let last = loop {
        match commit(full, payload.len()).validate(&limits) {
            Err(AppendError::TooLarge { actual, .. }) if actual - most <= payload.len() => {
                break payload.len() - (actual - most);
            }
            _ => full -= 1,
        }
    };
    let commit = |last| commit(full, last);
    match refused(store, commit(last + 1)).await {
        AppendError::TooLarge { actual, limit, .. } => {
            assert_eq!(
                (actual, limit),
                (most + 1, most),
                "the refusal names the size and the limit"
            );
        }
        other => panic!("expected TooLarge, got: {other}"),
    }
    append(store, commit(last)).await;
    for index in 0..=full {
        let version = Version::new(index as u64 + 1);
        let range = StreamRange::from(version).to(version);
        let found = read(store, &ada, range).await;
        let len = if index == full { last } else { payload.len() };
        assert!(
            found[0].payload == payload[..len],
            "event {version} comes back identical"
        );
    }
}

/// A page ends with the event that brings its payloads to a mebibyte, whatever the limit, in the log and in a stream, in
/// both directions, also in the middle of a commit; the following pages have the rest.
pub async fn pages_are_bounded<F: Fixture>() {
    const SIZE: usize = 150_000;
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    let size = SIZE.min(store.capabilities().max_event_bytes);
    let per_page = StreamRange::PAGE_BYTES.div_ceil(size);
    let one = |mark: u8| {
        let mut payload = vec![b'x'; size];
        payload[0] = mark;
        event("e", payload)
    };
    for count in [1, 9, 1, 1, 20, 1] {
        let events = (0..count).map(one).collect();
        append(store, Commit::new().append(ada.clone(), Any, events)).await;
    }
    let bound = |page: &[RecordedEvent]| {
        let count = page.len();
        assert!(
            count <= per_page,
            "{count} payloads of {size} bytes in a page"
        );
    };
    let limit = 1000;
    let (mut log, mut after) = (Vec::new(), Position::START);
    loop {
        let page = store.read_all(after, &Filter::all(), limit).await;
        let page = page.expect("a page");
        bound(&page.events);
        log.extend(page.events);
        after = page.next;
        if page.next == page.head {
            break;
        }
    }
    assert_eq!(log.len(), 33, "every event is in a page");
    let (mut back, mut before) = (Vec::new(), Position::new(u64::MAX));
    while before > Position::START {
        let page = store.read_back(before, &Filter::all(), limit).await;
        let page = page.expect("a page");
        bound(&page.events);
        back.extend(page.events);
        before = page.next;
    }
    back.reverse();
    assert!(back == log, "the pages backwards have the same events");
    for range in [StreamRange::all(), StreamRange::backward()] {
        let (mut events, mut next) = (Vec::new(), Some(range));
        while let Some(range) = next {
            let page = store.read_stream(&ada, range).await.expect("a page");
            bound(&page.events);
            events.extend(page.events);
            next = page.next;
        }
        let (mut visited, mut next) = (Vec::new(), Some(range));
        while let Some(range) = next {
            let mut shown = Vec::new();
            let mut show = |event: &RecordedEvent| {
                shown.push(event.clone());
                ControlFlow::Continue(())
            };
            let rest = store.visit_stream(&ada, range, &mut show).await;
            bound(&shown);
            visited.extend(shown);
            next = rest.expect("a visit").next;
        }
        assert!(visited == events, "visits show what pages have");
        if range.direction == Direction::Backward {
            events.reverse();
        }
        assert!(events == log, "{:?}", range.direction);
    }
}

/// Names and tags have limits of their own, the same in every store.
pub async fn names_and_tags<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let one = |event| Commit::new().append(account("ada"), NoStream, vec![event]);
    let long = event(&"n".repeat(NewEvent::MAX_TYPE_BYTES + 1), "{}");
    let error = refused(store, one(long)).await;
    assert_too_large(
        &error,
        NewEvent::MAX_TYPE_BYTES + 1,
        NewEvent::MAX_TYPE_BYTES,
    );
    let tag = |index: usize| Tag::new(&format!("tag {index}")).expect("a valid tag");
    let mut tagged = event("e", "{}");
    tagged.tags = (0..=NewEvent::MAX_TAGS).map(tag).collect();
    let error = refused(store, one(tagged.clone())).await;
    assert_too_large(&error, NewEvent::MAX_TAGS + 1, NewEvent::MAX_TAGS);
    tagged.tags.pop();
    append(store, one(tagged.clone())).await;
    assert_eq!(
        whole_log(store).await[0].tags,
        tagged.tags,
        "tags come back as they were"
    );
}

#[track_caller]
fn assert_too_large(error: &AppendError, size: usize, most: usize) {
    match error {
        AppendError::TooLarge { actual, limit, .. } => {
            assert_eq!(
                (*actual, *limit),
                (size, most),
                "the error names size and limit"
            );
        }
        other => panic!("expected TooLarge, got: {other}"),
    }
}
