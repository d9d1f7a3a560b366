//! Visiting a stream shows what reading it returns.

use std::ops::ControlFlow;
use std::sync::Arc;

use eventsourcing::{
    Commit, EventStore, ExpectedVersion::Any, MemoryStore, StreamId, StreamRange, Version,
};

use crate::domain::stored;

fn stream() -> StreamId {
    StreamId::new("account", "7").expect("an id")
}

async fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    for _ in 0..10 {
        let event = stored("account.noted", 1, "{}");
        let commit = Commit::new().append(stream(), Any, vec![event; 3]);
        store.append(commit).await.expect("an append");
    }
    store
}

#[tokio::test]
async fn it_shows_what_a_page_holds() {
    // Through the `Arc`, so that forwarding is covered as well.
    let store = Arc::new(filled().await);
    let part = StreamRange::from(Version::new(5)).to(Version::new(20));
    let backward = StreamRange {
        direction: eventsourcing::Direction::Backward,
        ..part
    };
    let beyond = StreamRange::from(Version::new(31));
    for range in [
        StreamRange::all(),
        StreamRange::backward(),
        part,
        backward,
        beyond,
    ] {
        for range in [range, range.limit(7), range.limit(1)] {
            let page = store.read_stream(&stream(), range).await.expect("a page");
            let mut seen = Vec::new();
            let rest = store
                .visit_stream(&stream(), range, &mut |event| {
                    seen.push(event.clone());
                    ControlFlow::Continue(())
                })
                .await
                .expect("a visit");
            assert_eq!(
                (seen, rest.head, rest.next),
                (page.events, page.head, page.next)
            );
        }
    }
}

#[tokio::test]
async fn it_ends_when_the_visitor_has_seen_enough() {
    let store = filled().await;
    let mut seen = 0;
    let mut each = |_: &eventsourcing::RecordedEvent| {
        seen += 1;
        if seen == 4 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    store
        .visit_stream(&stream(), StreamRange::all(), &mut each)
        .await
        .expect("a visit");
    assert_eq!(seen, 4);
}

#[tokio::test]
async fn a_page_without_events_is_refused() {
    let store = filled().await;
    let mut each = |_: &eventsourcing::RecordedEvent| ControlFlow::Continue(());
    let range = StreamRange::all().limit(0);
    assert!(
        store
            .visit_stream(&stream(), range, &mut each)
            .await
            .is_err()
    );
}
