//! Readers beside writers: nothing partial, nothing skipped, nothing late for the writer itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventsourcing::{EventStore, ExpectedVersion::Any, Filter, Position, StreamRange, Version};

use super::Fixture;
use super::support::{account, append, assert_well_formed, commit, events, whole_log, within};

/// Who appended reads it at once, 1000 times in a row.
pub async fn read_your_writes<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    let mut after = Position::START;
    for version in (1..=1000).map(Version::new) {
        let committed = append(store, commit(&ada, Any, 1)).await;
        let head = store
            .stream_head(&ada)
            .await
            .expect("stream head")
            .expect("it has events");
        assert_eq!(
            (head.version, head.position),
            (version, committed.receipt.last)
        );
        let range = StreamRange::backward().limit(1);
        let page = store
            .read_stream(&ada, range)
            .await
            .expect("the stream can be read");
        assert_eq!(page.head, version);
        assert_eq!(page.events[0].version, version);
        let page = store
            .read_all(after, &Filter::all(), 10)
            .await
            .expect("the log can be read");
        assert_eq!(page.events.len(), 1);
        assert_eq!(page.head, committed.receipt.last);
        after = page.next;
    }
}

/// While commits are written, no reader sees part of one.
pub async fn no_partial_commits<F: Fixture>() {
    let fixture = F::fresh().await;
    let (ada, bob) = (account("ada"), account("bob"));
    let done = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (store, done, ada, bob) = (
            fixture.store().clone(),
            done.clone(),
            ada.clone(),
            bob.clone(),
        );
        async move {
            for _ in 0..60 {
                let attempt = commit(&ada, Any, 4).append(bob.clone(), Any, events(3));
                append(&store, attempt).await;
            }
            done.store(true, Ordering::SeqCst);
        }
    });
    let store = fixture.store();
    loop {
        let last_look = done.load(Ordering::SeqCst) || writer.is_finished();
        let page = store
            .read_all(Position::START, &Filter::all(), 1000)
            .await
            .expect("the log can be read");
        assert_eq!(
            page.events.len() % 7,
            0,
            "a reader of the log sees whole commits"
        );
        assert_eq!(page.next, page.head);
        assert_well_formed(&page.events, store.capabilities().contiguous_positions);
        let page = store
            .read_stream(&bob, StreamRange::all())
            .await
            .expect("the stream can be read");
        assert_eq!(
            page.events.len() % 3,
            0,
            "a reader of a stream sees whole commits"
        );
        assert_eq!(page.head.get(), page.events.len() as u64);
        if last_look {
            break;
        }
    }
    within("the writer", writer)
        .await
        .expect("the writer succeeds");
    assert_eq!(whole_log(store).await.len(), 60 * 7);
}

/// A reader that follows 8 writers sees every event once, in order, and never one before an earlier one.
pub async fn tail_reader_misses_nothing<F: Fixture>() {
    const WRITERS: usize = 8;
    const COMMITS: usize = 25;
    let fixture = F::fresh().await;
    let reader = tokio::spawn({
        let store = fixture.store().clone();
        async move {
            let (mut seen, mut after, mut watch) = (Vec::new(), Position::START, store.watch());
            while seen.len() < WRITERS * COMMITS * 2 {
                let page = store
                    .read_all(after, &Filter::all(), 13)
                    .await
                    .expect("the log can be read");
                if page.next == after {
                    within("the watch", watch.beyond(after))
                        .await
                        .expect("the store is open");
                }
                after = page.next;
                seen.extend(page.events);
            }
            seen
        }
    });
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = fixture.store().clone();
            tokio::spawn(async move {
                for _ in 0..COMMITS {
                    let own = account(&format!("of {writer}"));
                    let attempt = commit(&own, Any, 1).append(account("shared"), Any, events(1));
                    append(&store, attempt).await;
                }
            })
        })
        .collect();
    for writer in writers {
        within("a writer", writer)
            .await
            .expect("the writer succeeds");
    }
    let seen = within("the reader", reader)
        .await
        .expect("the reader succeeds");
    let log = whole_log(fixture.store()).await;
    assert_eq!(log.len(), WRITERS * COMMITS * 2);
    assert_eq!(
        seen, log,
        "what was seen while it was written is what is there"
    );
}
