//! Queries with cursors, typed scans, causes and effects.

use eventsourcing::{
    Commit, Cursor, Direction, EventStore, EventStoreExt, ExpectedVersion::Any, Filter,
    MemoryStore, Metadata, NewEvent, Position, QueryPage, ReadError, RecordedEvent, ScanError,
    StreamRange,
};
use futures_util::TryStreamExt;

use crate::domain::{AccountEvent, deposit, stored, withdraw};

async fn append(store: &MemoryStore, metadata: Metadata, events: Vec<NewEvent>) -> RecordedEvent {
    let stream = "account-7".parse().expect("an id");
    let commit = Commit::new()
        .append(stream, Any, events)
        .with_metadata(metadata);
    let last = store.append(commit).await.expect("an append").receipt.last;
    let page = store
        .read_all(Position::new(last.get() - 1), &Filter::all(), 1)
        .await;
    page.expect("a page").events.remove(0)
}

/// `often` three times of four, else `seldom`.
async fn filled(events: usize) -> MemoryStore {
    let store = MemoryStore::new();
    for number in 0..events {
        let name = if number % 4 == 0 { "seldom" } else { "often" };
        let event = stored(name, 1, &format!("{number}"));
        append(&store, Metadata::new(), vec![event]).await;
    }
    store
}

fn positions(events: &[RecordedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.position.get()).collect()
}

#[tokio::test]
async fn pages_go_on_where_the_one_before_ended_also_as_texts() {
    let store = filled(103).await;
    let filter = || Filter::all().event_type("seldom");
    let wanted: Vec<u64> = (0..103).step_by(4).map(|number| number + 1).collect();
    for direction in [Direction::Forward, Direction::Backward] {
        for limit in [1, 7, 26, 27, 1000] {
            let query = || store.query(filter()).limit(limit);
            let mut page = match direction {
                Direction::Forward => query().page().await,
                Direction::Backward => query().backward().page().await,
            }
            .expect("a page");
            let mut found = positions(&page.events);
            while !page.is_last {
                assert_eq!(page.events.len(), limit, "a page is full or the last");
                assert_eq!(page.cursor.direction(), direction);
                let text = page.cursor.to_string();
                let stored = serde_json::to_string(&page.cursor).expect("a text");
                assert_eq!(stored, format!("{text:?}"));
                let cursor: Cursor = serde_json::from_str(&stored).expect("a cursor");
                assert_eq!(text.parse(), Ok(cursor));
                page = query().resume(cursor).page().await.expect("a page");
                found.extend(positions(&page.events));
            }
            if direction == Direction::Backward {
                found.reverse();
            }
            assert_eq!(found, wanted, "{direction:?} by {limit}");
        }
    }
}

#[tokio::test]
async fn what_comes_meanwhile_is_seen_forwards_and_not_backwards() {
    let store = filled(5).await;
    let first: QueryPage = store.query(Filter::all()).page().await.expect("a page");
    assert!(first.is_last);
    let newest = store.query(Filter::all()).backward().limit(2);
    let back = newest.page().await.expect("a page");
    assert_eq!(positions(&back.events), [5, 4]);
    append(&store, Metadata::new(), vec![stored("often", 1, "{}")]).await;
    let on = |cursor| {
        let query = store.query(Filter::all()).resume(cursor);
        async move { query.page().await.expect("a page") }
    };
    assert_eq!(positions(&on(first.cursor).await.events), [6]);
    let older = on(back.cursor).await;
    assert_eq!(positions(&older.events), [3, 2, 1]);
    assert!(older.is_last);
    assert_eq!(on(older.cursor).await.events, []);
}

#[tokio::test]
async fn as_a_stream_in_both_directions() {
    let store = filled(2_500).await;
    let seldom = || store.query(Filter::all().event_type("seldom"));
    let forward: Vec<_> = seldom().events().try_collect().await.expect("events");
    assert_eq!(forward.len(), 625);
    let mut back: Vec<_> = seldom()
        .backward()
        .events()
        .try_collect()
        .await
        .expect("events");
    back.reverse();
    assert!(forward == back);
    // What comes while it is read is not part of it.
    let mut all = store.query(Filter::all()).events();
    all.try_next().await.expect("an event");
    append(&store, Metadata::new(), vec![stored("often", 1, "{}")]).await;
    let rest: Vec<_> = all.try_collect().await.expect("events");
    assert_eq!(rest.len(), 2_499);
}

#[tokio::test]
async fn a_page_ends_by_its_bytes_too() {
    let store = MemoryStore::new();
    let mut big = stored("big", 1, "{}");
    big.payload = vec![b'x'; 400_000].into();
    for _ in 0..4 {
        append(&store, Metadata::new(), vec![big.clone(); 2]).await;
    }
    let page = store.query(Filter::all()).page().await.expect("a page");
    let bytes: usize = page.events.iter().map(|event| event.payload.len()).sum();
    assert!((StreamRange::PAGE_BYTES..2 * StreamRange::PAGE_BYTES).contains(&bytes));
    assert!(!page.is_last);
}

#[tokio::test]
async fn a_cursor_of_another_log_is_refused() {
    let (long, short) = (filled(9).await, filled(3).await);
    let forward = long
        .query(Filter::all())
        .limit(8)
        .page()
        .await
        .expect("a page");
    let back = long
        .query(Filter::all())
        .backward()
        .limit(2)
        .page()
        .await
        .expect("a page");
    for cursor in [forward.cursor, back.cursor] {
        let page = short.query(Filter::all()).resume(cursor).page().await;
        assert!(
            matches!(page, Err(ReadError::PositionBeyondHead { .. })),
            "{cursor}: {page:?}"
        );
    }
    // The first position behind the end is where a page before the whole log begins.
    let whole: Cursor = "before-4".parse().expect("a cursor");
    let page = short.query(Filter::all()).resume(whole).page().await;
    assert_eq!(page.expect("a page").events.len(), 3);
    let zero = short.query(Filter::all()).limit(0).page().await;
    assert!(
        matches!(zero, Err(ReadError::InvalidInput { .. })),
        "{zero:?}"
    );
}

#[test]
fn a_cursor_has_one_text() {
    for text in [
        "",
        "after",
        "after-",
        "after-x",
        "after--1",
        "after-01",
        "after-+1",
        "behind-1",
        "After-1",
        "after-1 ",
        "before-18446744073709551616",
    ] {
        let error = text.parse::<Cursor>().expect_err(text);
        assert!(error.to_string().contains(text), "{error}");
    }
    let last: Cursor = "before-18446744073709551615".parse().expect("a cursor");
    assert_eq!(last.position(), Position::new(u64::MAX));
}

fn encoded(event: &AccountEvent) -> NewEvent {
    NewEvent::encode(event, &eventsourcing::Json).expect("an event")
}

#[tokio::test]
async fn a_scan_is_typed_lifted_and_split() {
    let store = MemoryStore::new();
    let events = vec![
        stored("account.opened", 1, r#"{"owner":"ada"}"#),
        stored("account.noted", 1, "not read"),
        stored("account.corrected", 1, r#"{"withdrawn":3,"deposited":4}"#),
        stored("somebody.elses", 9, "not read"),
        encoded(&deposit(5)),
    ];
    append(&store, Metadata::new(), events).await;
    let found: Vec<(AccountEvent, RecordedEvent)> = store
        .scan::<AccountEvent>(Filter::all())
        .try_collect()
        .await
        .expect("events");
    let at: Vec<_> = found
        .iter()
        .map(|(_, recorded)| recorded.position.get())
        .collect();
    assert_eq!(at, [1, 3, 3, 5]);
    let last: Vec<_> = found.into_iter().skip(1).map(|(event, _)| event).collect();
    assert_eq!(last, [withdraw(3), deposit(4), deposit(5)]);
    // The filter counts as well.
    let few = store.scan::<AccountEvent>(Filter::all().event_type("account.opened"));
    assert_eq!(few.try_collect::<Vec<_>>().await.expect("events").len(), 1);
    let broken = stored("account.deposited", 1, "broken");
    append(&store, Metadata::new(), vec![broken, encoded(&deposit(6))]).await;
    let mut scan = store.scan::<AccountEvent>(Filter::all().positions(Position::new(5)..));
    assert!(scan.try_next().await.expect("an event").is_some());
    match scan.try_next().await {
        Err(ScanError::Decode(error)) => assert_eq!(error.position(), Position::new(6)),
        other => panic!("expected a decode error, got: {other:?}"),
    }
    let (event, _) = scan
        .try_next()
        .await
        .expect("it goes on")
        .expect("an event");
    assert_eq!(event, deposit(6));
    assert!(scan.try_next().await.expect("an end").is_none());
}

#[tokio::test]
async fn causes_effects_and_chains() {
    let store = filled(20).await;
    let note = || vec![stored("note", 1, "{}"), stored("note", 1, "{}")];
    let start = append(&store, Metadata::new(), note()).await;
    let one = append(&store, Metadata::caused_by(&start), note()).await;
    append(&store, Metadata::new(), note()).await;
    let two = append(&store, Metadata::caused_by(&start), note()).await;
    let three = append(&store, Metadata::caused_by(&one), note()).await;
    let from_outside = Metadata::new()
        .with_correlation(start.correlation_id())
        .with_causation(eventsourcing::CausationId::from_uuid(
            uuid::Uuid::from_u128(1),
        ));
    let outside = append(&store, from_outside, note()).await;
    for (event, cause) in [
        (&start, None),
        (&one, Some(&start)),
        (&two, Some(&start)),
        (&three, Some(&one)),
        (&outside, None),
    ] {
        let found = store.cause_of(event).await.expect("an answer");
        assert_eq!(found.as_ref(), cause, "of {}", event.position);
    }
    let effects = async |event| {
        let page = store.effects_of(event).page().await.expect("a page");
        positions(&page.events)
    };
    let both = |event: &RecordedEvent| [event.position.get() - 1, event.position.get()];
    assert_eq!(effects(&start).await, [both(&one), both(&two)].concat());
    assert_eq!(effects(&one).await, both(&three));
    assert!(effects(&three).await.is_empty());
    let chain: Vec<_> = store
        .chain_of(&two)
        .events()
        .try_collect()
        .await
        .expect("events");
    let wanted = [
        both(&start),
        both(&one),
        both(&two),
        both(&three),
        both(&outside),
    ]
    .concat();
    assert_eq!(positions(&chain), wanted);
}
