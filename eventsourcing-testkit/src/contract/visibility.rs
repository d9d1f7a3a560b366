//! Readers beside writers: nothing partial, nothing skipped, nothing late for the writer itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventsourcing::{
    Commit, EventStore, ExpectedVersion::Any, Filter, Position, RecordedEvent, StreamRange, Version,
};
use tokio::task::JoinHandle;

use super::Fixture;
use super::support::{
    account, append, assert_well_formed, commit, event, events, log, stream, whole_log, within,
};

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
            (version, committed.receipt.last),
            "the stream's head is the acknowledged event"
        );
        let range = StreamRange::backward().limit(1);
        let page = store
            .read_stream(&ada, range)
            .await
            .expect("the stream can be read");
        assert_eq!(
            page.head, version,
            "the page's head is the acknowledged version"
        );
        assert_eq!(
            page.events[0].version, version,
            "the acknowledged event can be read in its stream"
        );
        let page = store
            .read_all(after, &Filter::all(), 10)
            .await
            .expect("the log can be read");
        assert_eq!(
            page.events.len(),
            1,
            "the acknowledged event can be read in the log"
        );
        assert_eq!(
            page.head, committed.receipt.last,
            "the log's head is the acknowledged position"
        );
        after = page.next;
    }
}

/// The log up to the head of the first page.
async fn up_to_the_head<S: EventStore>(store: &S) -> Vec<RecordedEvent> {
    let (mut found, mut after, mut end) = (Vec::new(), Position::START, None);
    loop {
        let page = store.read_all(after, &Filter::all(), 1000).await;
        let page = page.expect("the log can be read");
        let end = *end.get_or_insert(page.head);
        found.extend(
            page.events
                .into_iter()
                .filter(|event| event.position <= end),
        );
        after = page.next;
        if after >= end {
            return found;
        }
    }
}

/// While commits are written, no reader sees part of one, and no head lies inside of one.
pub async fn no_partial_commits<F: Fixture>() {
    let fixture = F::fresh().await;
    let (ada, bob) = (account("ada"), account("bob"));
    let writer = tokio::spawn({
        let (store, ada, bob) = (fixture.store().clone(), ada.clone(), bob.clone());
        async move {
            for _ in 0..60 {
                let attempt = commit(&ada, Any, 4).append(bob.clone(), Any, events(3));
                append(&store, attempt).await;
            }
        }
    });
    let store = fixture.store();
    loop {
        let last_look = writer.is_finished();
        let found = up_to_the_head(store).await;
        assert_eq!(found.len() % 7, 0, "a reader of the log sees whole commits");
        assert_well_formed(&found, store.capabilities().contiguous_positions);
        let page = store
            .read_stream(&bob, StreamRange::all())
            .await
            .expect("the stream can be read");
        assert_eq!(
            page.head.get() % 3,
            0,
            "a reader of a stream sees whole commits"
        );
        if last_look {
            break;
        }
    }
    within("the writer", writer)
        .await
        .expect("the writer succeeds");
    assert_eq!(whole_log(store).await.len(), 60 * 7, "every event is there");
}

/// Follows the log until it is told that no more will come and has read to the head.
fn follow<S: EventStore + Clone>(
    store: &S,
    filter: Filter,
    done: &Arc<AtomicBool>,
) -> JoinHandle<Vec<RecordedEvent>> {
    let (store, done) = (store.clone(), done.clone());
    tokio::spawn(async move {
        let (mut seen, mut after) = (Vec::new(), Position::START);
        loop {
            let last_look = done.load(Ordering::SeqCst);
            let page = store.read_all(after, &filter, 13).await;
            let page = page.expect("the log can be read");
            after = page.next;
            seen.extend(page.events);
            if page.next == page.head {
                if last_look {
                    return seen;
                }
                tokio::task::yield_now().await;
            }
        }
    })
}

/// Appends all that `attempt` makes, from 8 writers, beside readers that follow by these filters; what they saw while
/// it was written is what is there. Returns the number of events.
async fn followed<F: Fixture>(
    filters: &[Filter],
    commits: usize,
    attempt: impl Fn(usize, usize) -> Commit + Copy + Send + 'static,
) -> usize {
    let fixture = F::fresh().await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = filters
        .iter()
        .map(|filter| follow(fixture.store(), filter.clone(), &done))
        .collect();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let store = fixture.store().clone();
            tokio::spawn(async move {
                for round in 0..commits {
                    append(&store, attempt(writer, round)).await;
                }
            })
        })
        .collect();
    for writer in writers {
        within("a writer", writer)
            .await
            .expect("the writer succeeds");
    }
    done.store(true, Ordering::SeqCst);
    for (reader, filter) in readers.into_iter().zip(filters) {
        let seen = within("a reader", reader).await;
        let seen = seen.expect("the reader succeeds");
        let there = log(fixture.store(), filter, 1000).await;
        assert!(
            seen == there,
            "{filter:?}: {} events were seen while they were written, {} are there; missed: {:?}",
            seen.len(),
            there.len(),
            there
                .iter()
                .find(|event| !seen.contains(event))
                .map(|event| event.position)
        );
    }
    whole_log(fixture.store()).await.len()
}

/// Readers that follow 8 writers see every event once, in order, and never one before an earlier one.
pub async fn tail_readers_miss_nothing<F: Fixture>() {
    let everything = [Filter::all(), Filter::all()];
    let attempt = |writer: usize, _| {
        let own = account(&format!("of {writer}"));
        commit(&own, Any, 1).append(account("shared"), Any, events(1))
    };
    assert_eq!(
        followed::<F>(&everything, 25, attempt).await,
        8 * 25 * 2,
        "a reader at the log's end has seen every event"
    );
}

/// Readers whose filters match some events, few, or none for long miss nothing that matches.
pub async fn filtered_readers_miss_nothing<F: Fixture>() {
    let filters = [
        Filter::all().category("order"),
        Filter::all().event_type("account.deposited"),
        Filter::all().category("order").event_type("order.placed"),
        Filter::all().category("nothing"),
    ];
    let attempt = |writer: usize, round: usize| {
        let placed = vec![event("order.placed", "{}")];
        match (writer + round) % 3 {
            0 => commit(&stream("order", "1"), Any, 2),
            1 if round.is_multiple_of(5) => Commit::new().append(stream("order", "2"), Any, placed),
            _ => commit(&account(&writer.to_string()), Any, 1),
        }
    };
    let total = followed::<F>(&filters, 20, attempt).await;
    assert_eq!(total, 8 * 20 + 53, "two events in every third commit");
}

/// Large commits take longer than small ones: the small ones that overtake them hide nothing.
pub async fn large_and_small_commits<F: Fixture>() {
    let attempt = |writer: usize, _| {
        if writer < 2 {
            let large = event("account.noted", vec![b'x'; 256 << 10]);
            Commit::new().append(account("large"), Any, vec![large; 3])
        } else {
            commit(&account(&writer.to_string()), Any, 1)
        }
    };
    let total = followed::<F>(&[Filter::all()], 10, attempt).await;
    assert_eq!(
        total,
        2 * 10 * 3 + 6 * 10,
        "a reader at the log's end has seen every event"
    );
}
