//! Appending: what is written, and that refused commits leave nothing.

use eventsourcing::{
    AppendError, CausationId, Commit, CommitId, CorrelationId, EventId, EventStore,
    ExpectedVersion::{Any, Exact, Exists, NoStream},
    FormatId, Metadata, Position, RecordedEvent, StreamRange, Tag, Version,
};

use super::Fixture;
use super::support::{
    account, append, assert_conflict, commit, event, events, read, refused, stream, whole_log,
};

/// The first event has version 1 and the first position past the start.
pub async fn first_event<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    assert_eq!(
        store.head().await.expect("head"),
        Position::START,
        "a new store is empty: its head is the start"
    );
    let committed = append(store, commit(&ada, NoStream, 1)).await;
    assert!(!committed.duplicate, "a first append is no duplicate");
    assert_eq!(
        committed.versions,
        [(ada.clone(), Version::FIRST)],
        "the answer gives the stream's version after the commit"
    );
    assert_eq!(
        committed.receipt.first, committed.receipt.last,
        "a commit of one event has one position"
    );
    assert!(
        committed.receipt.first > Position::START,
        "the first event lies behind the start"
    );
    assert_eq!(
        store.head().await.expect("head"),
        committed.receipt.last,
        "the head is the last event's position once it is acknowledged"
    );
    let log = whole_log(store).await;
    assert_eq!(log.len(), 1, "one event was appended, so the log has one");
    assert_eq!(
        (&log[0].stream, log[0].version),
        (&ada, Version::FIRST),
        "the event is version 1 of its stream"
    );
    assert_eq!(
        log[0].position, committed.receipt.first,
        "the log has the event at the receipt's position"
    );
    assert_eq!(
        log[0].recorded_at, committed.receipt.recorded_at,
        "the event's recorded time is the receipt's"
    );
    assert_eq!(
        log[0].commit_id, committed.receipt.commit_id,
        "the event's commit id is that of its commit"
    );
}

/// The events of a commit enter stream and log in the given order.
pub async fn several_events_keep_their_order<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    let first = append(store, commit(&ada, NoStream, 7)).await;
    let second = append(store, commit(&ada, Exact(Version::new(7)), 3)).await;
    assert_eq!(
        first.versions,
        [(ada.clone(), Version::new(7))],
        "the answer gives the stream's version after the commit"
    );
    assert_eq!(
        second.versions,
        [(ada.clone(), Version::new(10))],
        "the answer gives the stream's version after the commit"
    );
    assert!(
        second.receipt.first > first.receipt.last,
        "positions of later commits are greater"
    );
    let written: Vec<_> = events(7)
        .into_iter()
        .chain(events(3))
        .map(|e| e.payload)
        .collect();
    let in_log: Vec<_> = whole_log(store)
        .await
        .into_iter()
        .map(|e| e.payload)
        .collect();
    assert_eq!(
        in_log, written,
        "the log has the events in the order in which they were appended"
    );
    let in_stream = read(store, &ada, StreamRange::all()).await;
    assert_eq!(
        in_stream
            .iter()
            .map(|e| e.payload.clone())
            .collect::<Vec<_>>(),
        written,
        "the stream has the events in the order in which they were appended"
    );
}

/// Every kind of expectation is met or refused as it says, by a stream that is absent, present, behind or ahead of it.
pub async fn expected_versions<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let exact = |version| Exact(Version::new(version));
    let cases = [
        (0, Any, true),
        (0, NoStream, true),
        (0, Exists, false),
        (0, exact(0), true),
        (0, exact(1), false),
        (0, exact(u64::MAX), false),
        (3, Any, true),
        (3, NoStream, false),
        (3, Exists, true),
        (3, exact(0), false),
        (3, exact(2), false),
        (3, exact(3), true),
        (3, exact(4), false),
        (3, exact(u64::MAX), false),
    ];
    let mut written = 0;
    for (case, (present, expected, accepted)) in cases.into_iter().enumerate() {
        let stream = account(&case.to_string());
        if present > 0 {
            append(store, commit(&stream, NoStream, present)).await;
        }
        let before = Version::new(present as u64);
        if accepted {
            let committed = append(store, commit(&stream, expected, 2)).await;
            assert_eq!(
                committed.versions,
                [(stream.clone(), before.plus(2))],
                "case {case}"
            );
            written += present + 2;
        } else {
            let error = refused(store, commit(&stream, expected, 2)).await;
            assert_conflict(&error, &stream, expected, before);
            written += present;
        }
        let head = store.stream_head(&stream).await.expect("stream head");
        let now = if accepted { present + 2 } else { present };
        assert_eq!(
            head.map_or(0, |head| head.version.get()),
            now as u64,
            "case {case}"
        );
    }
    assert_eq!(
        whole_log(store).await.len(),
        written,
        "the log has what was acknowledged, and nothing of what was refused"
    );
}

/// A commit over several streams is written as one piece, in its order.
pub async fn several_streams<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (ada, bob, cyd) = (account("ada"), account("bob"), stream("order", "1"));
    append(store, commit(&bob, NoStream, 2)).await;
    let committed = append(
        store,
        Commit::new()
            .append(cyd.clone(), NoStream, events(1))
            .append(bob.clone(), Exact(Version::new(2)), events(2))
            .append(ada.clone(), Any, events(3)),
    )
    .await;
    let (one, four, three) = (Version::new(1), Version::new(4), Version::new(3));
    assert_eq!(
        committed.versions,
        [
            (cyd.clone(), one),
            (bob.clone(), four),
            (ada.clone(), three)
        ],
        "the answer gives the version of each stream, in the commit's order"
    );
    let log = whole_log(store).await;
    let streams: Vec<_> = log[2..].iter().map(|event| &event.stream).collect();
    assert_eq!(
        streams,
        [&cyd, &bob, &bob, &ada, &ada, &ada],
        "the log has the streams' events in the commit's order"
    );
    assert_eq!(
        log[2].position, committed.receipt.first,
        "the commit's first event is at the receipt's first position"
    );
    assert_eq!(
        log[7].position, committed.receipt.last,
        "the commit's last event is at the receipt's last position"
    );
}

/// If one of several streams conflicts, nothing is written to any, and the commit's id stays free.
pub async fn one_conflict_refuses_all_streams<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (ada, bob, cyd) = (account("ada"), account("bob"), account("cyd"));
    append(store, commit(&bob, NoStream, 1)).await;
    let head = store.head().await.expect("head");
    let id = CommitId::generate();
    let attempt = |expected| {
        Commit::with_id(id)
            .append(ada.clone(), NoStream, events(2))
            .append(bob.clone(), expected, events(2))
            .append(cyd.clone(), Any, events(2))
    };
    let error = refused(store, attempt(NoStream)).await;
    assert_conflict(&error, &bob, NoStream, Version::new(1));
    assert_eq!(
        store.head().await.expect("head"),
        head,
        "a refused commit does not move the head"
    );
    for stream in [&ada, &cyd] {
        assert_eq!(
            store.stream_head(stream).await.expect("stream head"),
            None,
            "a refused commit begins no stream"
        );
    }
    let committed = append(store, attempt(Exists)).await;
    assert!(
        !committed.duplicate,
        "a refused commit did not use up its id"
    );
    assert_eq!(
        whole_log(store).await.len(),
        7,
        "the log has what was acknowledged, and nothing of what was refused"
    );
}

/// Commits that are wrong by themselves are refused and leave nothing.
pub async fn invalid_commits<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada, bob) = (fixture.store(), account("ada"), account("bob"));
    let mut unversioned = event("account.opened", "{}");
    unversioned.schema_version = 0;
    let invalid = [
        Commit::new(),
        commit(&ada, Any, 0),
        commit(&ada, Any, 1).append(bob.clone(), Any, Vec::new()),
        commit(&ada, Any, 1).append(ada.clone(), Any, events(1)),
        commit(&ada, Any, 1)
            .append(bob, Any, events(1))
            .append(ada.clone(), Any, events(1)),
        Commit::new().append(ada.clone(), Any, vec![event("", "{}")]),
        Commit::new().append(ada.clone(), Any, vec![unversioned]),
    ];
    for (case, commit) in invalid.into_iter().enumerate() {
        let error = refused(store, commit).await;
        assert!(
            matches!(error, AppendError::InvalidInput { .. }),
            "case {case}: {error}"
        );
    }
    assert_eq!(
        store.head().await.expect("head"),
        Position::START,
        "an invalid commit writes nothing"
    );
    append(store, commit(&ada, NoStream, 1)).await;
}

/// Odd ids name streams like any other, and similar ones are kept apart.
pub async fn odd_stream_ids<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let long = "x".repeat(200 - "account-".len());
    let wide = "ü".repeat((200 - "account-".len()) / 2);
    let ids = [
        ".",
        "..",
        "*",
        ">",
        " ",
        "a b",
        "/",
        "\\",
        "%",
        "%2e",
        "$",
        "$all",
        "'",
        "\"",
        "-",
        "--",
        "1",
        "01",
        "10",
        "Ada",
        "ADA",
        "ada",
        "ada-1",
        "ada.1",
        "é",
        "e\u{301}",
        "日本",
        "🦀",
        "ß",
        "ss",
        "\u{feff}",
        "\u{10ffff}",
        &long,
        &long[1..],
        &wide,
    ];
    for (index, id) in ids.iter().enumerate() {
        append(store, commit(&account(id), NoStream, index % 3 + 1)).await;
    }
    for (index, id) in ids.iter().enumerate() {
        let found = read(store, &account(id), StreamRange::all()).await;
        assert_eq!(found.len(), index % 3 + 1, "stream {id:?}");
        assert!(
            found.iter().all(|event| event.stream.id() == *id),
            "stream {id:?}"
        );
    }
    let whole = whole_log(store).await;
    assert_eq!(
        whole.len(),
        (0..ids.len()).map(|index| index % 3 + 1).sum::<usize>(),
        "every event is there, under whatever stream id"
    );
}

/// Payloads of any bytes and size come back identical.
pub async fn payloads_come_back_identical<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    let pattern = |len| {
        (0..=u8::MAX)
            .cycle()
            .step_by(31)
            .take(len)
            .collect::<Vec<_>>()
    };
    let most = store.capabilities().max_event_bytes.min(1 << 20);
    let mut payloads: Vec<_> = [0, 1, 255, 256, 4095, 4096, 65_536, most]
        .map(pattern)
        .into();
    payloads.push(vec![0; 1000]);
    payloads.push(vec![0xff; 1000]);
    payloads.push(b"{\"a\":1, \"a\":1,\"n\":1e400,\"z\":\"\\u0000\"}\n".to_vec());
    // What a store that understands JSON would like to tidy up.
    payloads.push(b"{ \"b\": 1.0, \"a\": 12345678901234567890123, \"b\": 2 }".to_vec());
    for payload in &payloads {
        let new = event("account.noted", payload.clone());
        append(store, Commit::new().append(ada.clone(), Any, vec![new])).await;
    }
    let found = read(store, &ada, StreamRange::all()).await;
    assert_eq!(
        found.len(),
        payloads.len(),
        "every event is there, whatever its payload"
    );
    for (found, written) in found.iter().zip(&payloads) {
        assert!(found.payload == *written, "{} bytes differ", written.len());
    }
}

/// What surrounds the payload comes back identical too.
pub async fn surroundings_come_back_identical<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    let tag = |text: &str| Tag::new(text).expect("a valid tag");
    let metadata = Metadata::new()
        .with_actor("Ada \u{1f980} \"quoted\"\n")
        .with_correlation(CorrelationId::from(CommitId::generate()))
        .with_causation(CausationId::from(CommitId::generate().event_id(3)))
        .with_header("", "")
        .with_header("trace parent", "00-4bf9-01\0")
        .with_header("ключ", "x".repeat(5000));
    let mut tagged = event(&"n".repeat(200), "1")
        .with_tag(tag("username:ada"))
        .with_tag(tag("*"))
        .with_tag(tag(&"t".repeat(200)))
        .with_tag(tag("username:ada"));
    (tagged.schema_version, tagged.format) = (u16::MAX, FormatId::new(255));
    tagged.readable_by = 257;
    let mut plain = event("Ünï.code name", "2");
    plain.format = FormatId::new(0);
    let written = vec![tagged, plain];
    let with = Commit::new().append(ada.clone(), NoStream, written.clone());
    append(store, with.with_metadata(metadata.clone())).await;
    append(store, commit(&ada, Any, 1)).await;
    let found = read(store, &ada, StreamRange::all()).await;
    assert_eq!(found.len(), 3, "every event is there");
    for (found, new) in found.iter().zip(&written) {
        assert_eq!(
            found.event_type, new.event_type,
            "the event type comes back as it was"
        );
        assert_eq!(
            found.schema_version, new.schema_version,
            "the schema version comes back as it was"
        );
        assert_eq!(
            found.readable_by, new.readable_by,
            "the oldest reader's version comes back as it was"
        );
        assert_eq!(found.format, new.format, "the format comes back as it was");
        assert_eq!(
            found.tags, new.tags,
            "tags keep their order and repetitions"
        );
        assert_eq!(*found.metadata, metadata, "metadata comes back as it was");
    }
    assert_eq!(
        *found[2].metadata,
        Metadata::new(),
        "a commit without metadata comes back without"
    );
    assert_eq!(
        found[2].tags,
        [],
        "an event without tags comes back without"
    );
    assert_eq!(
        whole_log(store).await,
        found,
        "the log and the stream give the same events"
    );
}

/// Event ids follow from commit and index, and are the same on every read.
pub async fn event_ids_are_derived<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada, bob) = (fixture.store(), account("ada"), account("bob"));
    let committed = append(
        store,
        commit(&ada, Any, 2).append(bob.clone(), Any, events(2)),
    )
    .await;
    let expected: Vec<EventId> = (0..4)
        .map(|index| committed.receipt.commit_id.event_id(index))
        .collect();
    let log = whole_log(store).await;
    assert_eq!(
        log.iter().map(RecordedEvent::event_id).collect::<Vec<_>>(),
        expected,
        "event ids follow from commit id and place in the commit"
    );
    let backward = read(store, &bob, StreamRange::backward()).await;
    let ids: Vec<_> = backward.iter().map(RecordedEvent::event_id).collect();
    assert_eq!(
        ids,
        [expected[3], expected[2]],
        "the stream gives events the same ids as the log"
    );
}
