//! Reading streams and the log, page by page.

use std::ops::ControlFlow;

use eventsourcing::{
    Commit, EventStore,
    ExpectedVersion::{Any, Exact},
    Filter, FormatId, HeldTypes, Position, ReadError, RecordedEvent, StreamId, StreamRange,
    Version,
};

use super::Fixture;
use super::support::{
    account, append, assert_conflict, commit, event, events, log, log_after, log_back, read,
    refused, stream, whole_log, within,
};

/// Ranges, directions and limits of a stream of ten events give the versions that they should.
pub async fn stream_ranges<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    for n in [3, 1, 6] {
        append(
            store,
            commit(&ada, Any, n).append(account("other"), Any, events(2)),
        )
        .await;
    }
    let v = Version::new;
    let all: Vec<u64> = (1..=10).collect();
    let reversed: Vec<u64> = (1..=10).rev().collect();
    let cases: [(StreamRange, &[u64]); 12] = [
        (StreamRange::all(), &all),
        (StreamRange::from(Version::EMPTY), &all),
        (StreamRange::from(v(4)), &all[3..]),
        (StreamRange::from(v(10)), &[10]),
        (StreamRange::from(v(11)), &[]),
        (StreamRange::from(v(u64::MAX)), &[]),
        (StreamRange::from(v(4)).to(v(6)), &[4, 5, 6]),
        (StreamRange::from(v(6)).to(v(4)), &[]),
        (StreamRange::all().to(Version::EMPTY), &[]),
        (StreamRange::backward(), &reversed),
        (StreamRange::backward().to(v(3)), &[3, 2, 1]),
        (
            StreamRange {
                from: v(9),
                ..StreamRange::backward()
            }
            .to(v(50)),
            &[10, 9],
        ),
    ];
    for (range, expected) in cases {
        for limit in [1, 2, 3, 10, 11, usize::MAX] {
            let found = read(store, &ada, range.limit(limit)).await;
            let versions: Vec<_> = found.iter().map(|event| event.version.get()).collect();
            assert_eq!(versions, expected, "{range:?} by {limit}");
            assert!(
                found.iter().all(|event| event.stream == ada),
                "a stream's page has events of that stream only"
            );
        }
    }
}

/// A page says where the stream ends and continues exactly where there is more.
pub async fn stream_pages<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    append(store, commit(&ada, Any, 5)).await;
    for range in [StreamRange::all(), StreamRange::backward().limit(2)] {
        let (mut next, mut left) = (Some(range), 5);
        while let Some(range) = next {
            let page = store.read_stream(&ada, range).await.expect("a page");
            assert_eq!(
                page.head,
                Version::new(5),
                "a page gives the stream's head, whatever its range"
            );
            assert!(
                !page.events.is_empty(),
                "a page with more behind it advances"
            );
            left -= page.events.len();
            assert_eq!(page.next.is_some(), left > 0, "there is more: {left}");
            next = page.next;
        }
        assert_eq!(left, 0, "the pages together are the whole range");
    }
    let page = store
        .read_stream(&ada, StreamRange::from(Version::new(6)))
        .await
        .expect("a page");
    assert_eq!(
        (page.events.len(), page.head, page.next),
        (0, Version::new(5), None),
        "behind the stream's end there is nothing, and no next page"
    );
}

/// An unknown stream is empty, not an error.
pub async fn unknown_stream<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    for _ in 0..2 {
        for range in [
            StreamRange::all(),
            StreamRange::backward(),
            StreamRange::from(Version::new(9)),
        ] {
            let page = store.read_stream(&ada, range).await.expect("a page");
            assert_eq!(
                (page.events.len(), page.head, page.next),
                (0, Version::EMPTY, None),
                "an unknown stream is empty, and no error"
            );
        }
        assert_eq!(
            store.stream_head(&ada).await.expect("stream head"),
            None,
            "an unknown stream has no head"
        );
        append(store, commit(&account("adam"), Any, 1)).await; // a neighbour changes nothing
    }
}

/// A read with a limit of 0 is refused.
pub async fn limit_of_zero<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    append(store, commit(&ada, Any, 1)).await;
    let error = store.read_stream(&ada, StreamRange::all().limit(0)).await;
    assert!(
        matches!(error, Err(ReadError::InvalidInput { .. })),
        "{error:?}"
    );
    for page in [
        store.read_all(Position::START, &Filter::all(), 0).await,
        store.read_back(Position::new(9), &Filter::all(), 0).await,
    ] {
        assert!(
            matches!(page, Err(ReadError::InvalidInput { .. })),
            "{page:?}"
        );
    }
}

/// The log reads the same by pages of any size.
pub async fn log_pages<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let page = store
        .read_all(Position::START, &Filter::all(), 10)
        .await
        .expect("a page");
    assert_eq!(
        (page.events.len(), page.next, page.head),
        (0, Position::START, Position::START),
        "an empty log gives an empty page, at the start"
    );
    for n in [1, 4, 2, 9] {
        append(store, commit(&account("ada"), Any, n)).await;
        append(store, commit(&account("bob"), Any, 1)).await;
    }
    let whole = whole_log(store).await;
    assert_eq!(whole.len(), 20, "every event is there");
    for limit in [1, 2, 3, 7, 19, 20, 21, usize::MAX] {
        assert_eq!(log(store, &Filter::all(), limit).await, whole, "by {limit}");
    }
    for event in &whole {
        let rest: Vec<_> = whole
            .iter()
            .filter(|other| other.position > event.position)
            .cloned()
            .collect();
        let found = log_after(store, event.position, &Filter::all(), 1000).await;
        assert_eq!(
            found, rest,
            "what follows a position is the rest of the log"
        );
    }
}

/// The log reads the same backwards, newest first, by pages of any size and from anywhere; beyond its end is its end.
pub async fn backwards<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let all = Filter::all();
    for before in [0, 1, 2, u64::MAX].map(Position::new) {
        let page = store.read_back(before, &all, 10).await.expect("a page");
        assert_eq!(
            (page.events.len(), page.next, page.head),
            (0, Position::START, Position::START),
            "an empty log gives an empty page, at the start"
        );
    }
    for n in [1, 4, 2, 9] {
        append(store, commit(&account("ada"), Any, n)).await;
        append(store, commit(&account("bob"), Any, 1)).await;
    }
    let mut newest_first = whole_log(store).await;
    let head = newest_first[newest_first.len() - 1].position;
    newest_first.reverse();
    for limit in [1, 2, 3, 7, 19, 20, 21, usize::MAX] {
        for end in [head.get() + 1, u64::MAX].map(Position::new) {
            let found = log_back(store, end, &all, limit).await;
            assert!(found == newest_first, "before {end} by {limit}");
        }
    }
    for (index, event) in newest_first.iter().enumerate() {
        let found = log_back(store, event.position, &all, 4).await;
        assert!(
            found == newest_first[index + 1..],
            "what is before a position is the rest of the log"
        );
        let page = store.read_back(event.position, &all, 2).await;
        assert_eq!(
            page.expect("a page").head,
            head,
            "a page says where the log ends"
        );
    }
    for before in [0, 1].map(Position::new) {
        let found = log_back(store, before, &all, 4).await;
        assert_eq!(found, [], "before the beginning is nothing");
    }
}

/// A bookmark beyond the log's end is refused: it belongs to another log.
pub async fn beyond_the_head<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    for n in [0, 3] {
        if n > 0 {
            append(store, commit(&account("ada"), Any, n)).await;
        }
        let log_head = store.head().await.expect("head");
        let page = store
            .read_all(log_head, &Filter::all(), 1)
            .await
            .expect("the head is fine");
        assert_eq!(
            (page.events.len(), page.next, page.head),
            (0, log_head, log_head),
            "behind the head there is nothing, and the reader stays at the head"
        );
        for beyond in [log_head.get() + 1, u64::MAX].map(Position::new) {
            for filter in [Filter::all(), Filter::all().category("nothing")] {
                match store.read_all(beyond, &filter, 1).await {
                    Err(ReadError::PositionBeyondHead { after, head }) => {
                        assert_eq!(
                            (after, head),
                            (beyond, log_head),
                            "the refusal names the position and the head"
                        );
                    }
                    other => panic!("expected PositionBeyondHead, got: {other:?}"),
                }
            }
        }
    }
}

/// Reading a stream and reading the log give the same events.
pub async fn streams_and_log_agree<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    for round in 0..10 {
        let (a, b) = (
            account(&(round % 3).to_string()),
            account(&(3 + round % 2).to_string()),
        );
        append(store, commit(&b, Any, 1).append(a, Any, events(2))).await;
    }
    let whole = whole_log(store).await;
    for id in 0..5 {
        let stream = account(&id.to_string());
        let own: Vec<_> = whole
            .iter()
            .filter(|event| event.stream == stream)
            .cloned()
            .collect();
        assert_eq!(
            read(store, &stream, StreamRange::all()).await,
            own,
            "a stream has its events of the log, in the same order"
        );
        let head = store
            .stream_head(&stream)
            .await
            .expect("stream head")
            .expect("it has events");
        let last = own.last().expect("it has events");
        assert_eq!(
            (head.version, head.position),
            (last.version, last.position),
            "the stream's head is its last event"
        );
    }
}

/// A stream of more events than 16 bits can count has all its versions, and they are expected, read and refused like
/// any others.
pub async fn long_streams<F: Fixture>() {
    const LEN: u64 = (1 << 16) + 10;
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    let most = store.capabilities().max_events_per_commit.min(10_000) as u64;
    let small = |n: u64| {
        let n = usize::try_from(n).expect("small");
        Commit::new().append(ada.clone(), Any, vec![event("e", ""); n])
    };
    let mut version = 0;
    while version < LEN {
        let n = most.min(LEN - version);
        version += n;
        let committed = append(store, small(n)).await;
        assert_eq!(
            committed.versions,
            [(ada.clone(), Version::new(version))],
            "the answer gives the stream's version after the commit"
        );
    }
    let v = Version::new;
    let head = store.stream_head(&ada).await.expect("stream head");
    assert_eq!(
        head.map(|head| head.version),
        Some(v(LEN)),
        "the stream's head is its last version"
    );
    for range in [
        StreamRange::from(v(LEN - 20)),
        StreamRange::from((v(LEN - 20)).min(v(65_530))).to(v(65_540)),
        StreamRange::from(v(65_536)).to(v(65_536)),
    ] {
        let found = read(store, &ada, range.limit(7)).await;
        let found: Vec<_> = found.iter().map(|event| event.version.get()).collect();
        let (from, to) = (range.from.get(), range.to.get().min(LEN));
        assert_eq!(
            found,
            (from..=to).collect::<Vec<_>>(),
            "the page has the versions that were asked for"
        );
    }
    let last = read(store, &ada, StreamRange::backward()).await;
    assert_eq!(last.len() as u64, LEN, "the whole stream comes back");
    assert_eq!(
        (last[0].version, last[last.len() - 1].version),
        (v(LEN), v(1)),
        "backward, the stream begins with its last version"
    );
    for expected in [0, 9, 10, 65_535, 65_536, LEN - 1, LEN + 1, LEN + 65_536] {
        let error = refused(store, commit(&ada, Exact(v(expected)), 1)).await;
        assert_conflict(&error, &ada, Exact(v(expected)), v(LEN));
    }
    append(store, commit(&ada, Exact(v(LEN)), 1)).await;
}

/// Visiting a stream shows what reading it returns, and stops where the visitor does.
pub async fn visits_agree_with_reads<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    append(store, commit(&ada, Any, 10)).await;
    let v = Version::new;
    for range in [
        StreamRange::all(),
        StreamRange::from(v(4)).to(v(8)),
        StreamRange::from(v(11)),
        StreamRange::backward(),
        StreamRange::backward().to(v(7)),
    ] {
        for limit in [1, 3, 1000] {
            let range = range.limit(limit);
            let expected = read(store, &ada, range).await;
            for stop in [100, 4, 2, 0] {
                let (seen, head) = visit(store, &ada, range, stop).await;
                let most = stop.min(expected.len());
                assert_eq!(seen, expected[..most], "{range:?} up to {stop}");
                assert_eq!(head, v(10), "{range:?}");
            }
        }
    }
    let (seen, head) = visit(store, &account("bob"), StreamRange::all(), 1).await;
    assert_eq!((seen, head), (Vec::new(), Version::EMPTY), "it is empty");
    let mut each = |_: &RecordedEvent| panic!("there is nothing to see");
    let none = store
        .visit_stream(&ada, StreamRange::all().limit(0), &mut each)
        .await;
    assert!(
        matches!(none, Err(ReadError::InvalidInput { .. })),
        "{none:?}"
    );
}

/// The first `stop` events of a range, as a visitor sees them page by page, and the stream's version.
async fn visit<S: EventStore>(
    store: &S,
    stream: &StreamId,
    range: StreamRange,
    stop: usize,
) -> (Vec<RecordedEvent>, Version) {
    let (mut seen, mut range) = (Vec::new(), range);
    loop {
        let before = seen.len();
        let mut each = |event: &RecordedEvent| {
            if seen.len() == stop {
                return ControlFlow::Break(());
            }
            seen.push(event.clone());
            ControlFlow::Continue(())
        };
        let rest = store.visit_stream(stream, range, &mut each).await;
        let rest = rest.expect("a visit");
        assert!(
            seen.len() - before <= range.limit,
            "a page is within its limit"
        );
        match rest.next {
            Some(next) if seen.len() < stop => range = next,
            _ => return (seen, rest.head),
        }
    }
}

/// A visitor that panics takes its own reader with it, and nobody else.
pub async fn a_panicking_visitor_harms_nobody<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    append(store, commit(&ada, Any, 3)).await;
    for round in 0..3 {
        let visiting = tokio::spawn({
            let (store, ada) = (store.clone(), ada.clone());
            async move {
                let mut each = |_: &RecordedEvent| panic!("this panic is part of the test");
                let _ = store
                    .visit_stream(&ada, StreamRange::all(), &mut each)
                    .await;
            }
        });
        let ended = within("the visitor", visiting).await;
        assert!(
            ended.is_err_and(|error| error.is_panic()),
            "the visitor's panic reaches whoever called it"
        );
        append(store, commit(&ada, Exact(Version::new(3 + round)), 1)).await;
        let found = read(store, &ada, StreamRange::all()).await;
        assert_eq!(
            found.len() as u64,
            4 + round,
            "the stream can be read and written as if nothing had happened"
        );
    }
    assert_eq!(
        whole_log(store).await.len(),
        6,
        "the log has what was acknowledged"
    );
}

/// Every event type that the store holds is listed once, with the place where it was written first; also after reopening.
pub async fn event_types<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let listed = async |store: &F::Store| store.event_types().await.expect("a list");
    assert_eq!(listed(store).await, [], "an empty store has no event types");
    for number in 0..300_u16 {
        let (ada, order) = (account("ada"), stream("order", &number.to_string()));
        let version = 1 + number % 3;
        let mut first = event("account.opened", "1");
        (first.schema_version, first.readable_by) = (version, version);
        let mut second = event(if number < 200 { "moved" } else { "moved again" }, "2");
        (second.schema_version, second.readable_by) = (3, 1 + number % 2);
        let mut third = event("moved", "3");
        third.format = FormatId::new(if number == 299 { 200 } else { 1 });
        let both =
            Commit::new()
                .append(ada, Any, vec![first, second])
                .append(order, Any, vec![third]);
        append(store, both).await;
    }
    let scanned = |log: &[RecordedEvent]| {
        let mut types = HeldTypes::default();
        for event in log {
            types.add(event);
        }
        types.list()
    };
    let expected = scanned(&whole_log(store).await);
    assert_eq!(expected.len(), 9, "the example has nine event types");
    assert_eq!(
        listed(store).await,
        expected,
        "the event types are those of what was appended"
    );
    let fixture = fixture.reopen().await;
    let store = fixture.store();
    assert_eq!(
        listed(store).await,
        scanned(&whole_log(store).await),
        "the event types are those of the log"
    );
    append(store, commit(&stream("order", "new"), Any, 1)).await;
    assert_eq!(
        listed(store).await,
        scanned(&whole_log(store).await),
        "the event types are those of the log, also after reopening"
    );
}
