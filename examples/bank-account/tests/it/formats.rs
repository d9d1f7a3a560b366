//! The events of every generation, stored in each format: every reader sees the same as in JSON.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use bank_account::domain::{
    Account, AccountEvent, AccountId, Deposited, FeeCharged, Minor, Note, Withdrawn,
};
use eventsourcing::schema::Lock;
use eventsourcing::{
    AsOf, Cbor, Commit, DecodeErrorKind, Event, EventSourced, EventStore, EventView,
    ExpectedVersion, Filter, Format, FormatId, Json, LoadError, MemoryStore, Metadata, MsgPack,
    NewEvent, Position, Postcard, RecordedEvent, Repository, Rewrite, SnapshotStore, StreamId,
    StreamTransform, TransformedStore, UpcastError, aggregate_id,
};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::{Given, ManualClock};
use serde_json::Value;

use crate::support::{Place, copy, package};

/// What each reader made of a store, written down.
type Readings = BTreeMap<String, String>;

/// Some of the events, as a read model would want them.
#[derive(Debug, PartialEq, EventView)]
#[es(of = AccountEvent)]
enum CashFlow {
    Deposited(Deposited),
    Withdrawn(Withdrawn),
    FeeCharged(FeeCharged),
}

/// What [`EverySecond`] reads.
#[derive(Debug, Clone, PartialEq, Event)]
enum Incoming {
    #[es(name = "account.deposited", was = "account.money-added", version = 2, from(v1 = _))]
    Deposited(Deposited),
}

/// Reads all deposits, and writes every second one anew.
#[derive(Debug)]
struct EverySecond;

impl StreamTransform for EverySecond {
    const NAME: &'static str = "every-second/1";
    const CATEGORY: &'static str = "account";
    type Stored = Incoming;
    type Event = AccountEvent;
    type Context = u64;

    fn rewrite(
        &self,
        seen: &mut u64,
        event: Incoming,
        _: &RecordedEvent,
    ) -> Result<Rewrite<AccountEvent>, UpcastError> {
        *seen += 1;
        let Incoming::Deposited(event) = event;
        Ok(if seen.is_multiple_of(2) {
            Rewrite::Keep
        } else {
            Rewrite::Replace(event.into())
        })
    }
}

async fn log(store: &impl EventStore) -> Vec<RecordedEvent> {
    let all = Filter::all();
    let page = store.read_all(Position::START, &all, 10_000).await;
    page.expect("a page").events
}

/// Reads a store in every way there is, by a program whose format is `format`.
async fn readings<S, F>(store: S, format: F) -> Readings
where
    S: EventStore + Clone,
    F: Format + Clone,
{
    let mut said = Readings::new();
    let mut say = |what: String, value: &dyn Debug| said.insert(what, format!("{value:?}"));
    let events = log(&store).await;
    let mut heads = BTreeMap::new();
    for event in &events {
        let at = format!("{} {}", event.stream, event.version);
        say(
            format!("{at}: decoded"),
            &event.decode::<AccountEvent>(&format),
        );
        say(format!("{at}: viewed"), &event.view::<CashFlow>(&format));
        heads.insert(event.stream.clone(), (event.version, event.recorded_at));
    }
    let transformed = TransformedStore::with_format(store.clone(), EverySecond, format.clone());
    for event in log(&transformed).await {
        let at = format!("{} {}", event.stream, event.version);
        say(
            format!("{at}: transformed"),
            &event.decode::<AccountEvent>(&format),
        );
    }
    let plain = EventSourced::<Account, _, _>::with_format(store, format.clone());
    let through = EventSourced::<Account, _, _>::with_format(transformed, format.clone());
    for (stream, (head, time)) in heads {
        let id: AccountId = aggregate_id::<Account>(&stream).expect("an account");
        let load = |root: eventsourcing::Root<Account>| (root.version(), root.into_state());
        let loaded = load(plain.load(&id).await.expect("a load"));
        say(format!("{stream}: loaded"), &loaded);
        let last = load(plain.load_at(&id, AsOf::Time(time)).await.expect("a load"));
        assert_eq!(last, loaded);
        assert_eq!(load(through.load(&id).await.expect("a load")), loaded);
        for version in 1..=head.get() {
            let then = AsOf::Version(eventsourcing::Version::new(version));
            let root = plain.load_at(&id, then).await.expect("a load");
            say(format!("{stream} {version}: loaded"), root.state());
        }
        let of_stream: Vec<_> = events.iter().filter(|e| e.stream == stream).collect();
        snapshot_tail(&of_stream, &id, &format).await;
        let mut scenario = Given::<Account, _>::in_format(format.clone()).id(&id);
        for event in of_stream {
            scenario = scenario
                .metadata((*event.metadata).clone())
                .at(event.recorded_at)
                .stored(
                    &event.event_type,
                    event.schema_version,
                    event.format,
                    &event.payload,
                );
        }
        scenario.then_state(|account| *account == loaded.1);
    }
    said
}

/// Half of the events, then a snapshot, then the other half: a load from the snapshot is as one from the start.
async fn snapshot_tail<F: Format + Clone>(events: &[&RecordedEvent], id: &AccountId, format: &F) {
    let (store, snapshots) = (MemoryStore::new(), Arc::new(MemoryStore::new()));
    let (before, behind) = events.split_at(events.len() / 2);
    for event in before {
        append(&store, event).await;
    }
    let plain = EventSourced::<Account, _, _>::with_format(store.clone(), format.clone());
    let snapped = plain.clone().snapshots_in(snapshots.clone(), 1);
    let mut root = snapped.load(id).await.expect("a load");
    root.record(Deposited {
        amount: Minor::new(1),
        note: Note::default(),
    });
    snapped.save(&mut root).await.expect("a save");
    snapped.flush_snapshots().await;
    let taken = snapshots.load_snapshot(root.stream()).await;
    let taken = taken.expect("a read").expect("a snapshot");
    assert_eq!((taken.version, taken.format), (root.version(), F::ID));
    for event in behind {
        append(&store, event).await;
    }
    let all = plain.load(id).await.expect("a load");
    let tail = snapped.load(id).await.expect("a load");
    assert_eq!((tail.version(), tail.state()), (all.version(), all.state()));
}

/// Appends an event as it was stored.
async fn append(store: &MemoryStore, event: &RecordedEvent) {
    let new = NewEvent {
        event_type: event.event_type.clone(),
        schema_version: event.schema_version,
        readable_by: event.readable_by,
        format: event.format,
        tags: event.tags.clone(),
        payload: event.payload.clone(),
    };
    let mut commit = Commit::new().append(event.stream.clone(), ExpectedVersion::Any, vec![new]);
    commit.metadata = (*event.metadata).clone();
    store.append(commit).await.expect("an append");
}

/// The same commits at the same times, with the payloads in another format.
async fn transcoded<S: EventStore>(
    events: &[RecordedEvent],
    store: &S,
    clock: &ManualClock,
    format: &impl Format,
) {
    for commit in events.chunk_by(|a, b| a.commit_id == b.commit_id) {
        clock.set(commit[0].recorded_at);
        let mut parts = Commit::new();
        parts.commit_id = commit[0].commit_id;
        parts.metadata = (*commit[0].metadata).clone();
        for part in commit.chunk_by(|a, b| a.stream == b.stream) {
            let events = part.iter().map(|event| rewritten(event, format)).collect();
            parts = parts.append(part[0].stream.clone(), ExpectedVersion::Any, events);
        }
        store.append(parts).await.expect("an append");
    }
}

fn rewritten<F: Format>(event: &RecordedEvent, format: &F) -> NewEvent {
    assert_eq!(event.format, FormatId::JSON);
    let value: Value = serde_json::from_slice(&event.payload).expect("JSON");
    let mut payload = Vec::new();
    format.encode(&value, &mut payload).expect("a payload");
    NewEvent {
        event_type: event.event_type.clone(),
        schema_version: event.schema_version,
        readable_by: event.readable_by,
        format: F::ID,
        tags: event.tags.clone(),
        payload: payload.into(),
    }
}

/// Stores the events in `format`, in memory and in sled, and compares all readers in all formats with `expected`; the
/// program's own `history` as well.
async fn same_in<F: Format>(events: &[RecordedEvent], expected: &Readings, format: F) {
    let clock = ManualClock::default();
    let memory = MemoryStore::with_clock(Arc::new(clock.clone()));
    transcoded(events, &memory, &clock, &format).await;
    assert!(log(&memory).await.iter().all(|event| event.format == F::ID));
    assert_eq!(&readings(memory.clone(), Json).await, expected);
    assert_eq!(&readings(memory.clone(), Cbor).await, expected);
    assert_eq!(&readings(memory, MsgPack).await, expected);

    let dir = tempfile::tempdir().expect("a directory");
    let sled = SledStore::builder()
        .clock(Arc::new(clock.clone()))
        .open(dir.path())
        .expect("a store");
    transcoded(events, &sled, &clock, &format).await;
    assert_eq!(&readings(sled.clone(), Json).await, expected);
    assert_eq!(&readings(sled.clone(), Cbor).await, expected);
    assert_eq!(&readings(sled, MsgPack).await, expected);
}

async fn same_in_all_formats(events: &[RecordedEvent]) -> Readings {
    let clock = ManualClock::default();
    let store = MemoryStore::with_clock(Arc::new(clock.clone()));
    transcoded(events, &store, &clock, &Json).await;
    let expected = readings(store, Json).await;
    let failed = expected.values().find(|said| said.starts_with("Err"));
    assert_eq!(failed, None, "every event can be read");
    same_in(events, &expected, Json).await;
    same_in(events, &expected, Cbor).await;
    same_in(events, &expected, MsgPack).await;
    expected
}

/// The events of a committed store.
async fn fixture(generation: &str) -> Vec<RecordedEvent> {
    let dir = tempfile::tempdir().expect("a directory");
    let to = dir.path().join(generation);
    copy(&package("fixtures").join(generation), &to);
    let store = SledStore::open(to).expect("a store");
    let events = log(&store).await;
    store.close();
    events
}

#[tokio::test]
async fn the_stores_of_old_generations() {
    for (generation, count) in [("gen1", 9), ("gen2", 17)] {
        let events = fixture(generation).await;
        assert!(events.len() >= count, "{generation}: {}", events.len());
        same_in_all_formats(&events).await;
    }
}

/// Every golden payload of every version, with its headers, as the stream of one account.
async fn golden() -> Vec<RecordedEvent> {
    let text = std::fs::read_to_string(package("events.lock")).expect("a lock file");
    let lock: Lock = text.parse().expect("a lock file");
    let store = MemoryStore::new();
    let stream = StreamId::new("account", "golden").expect("an id");
    let of_accounts = lock
        .entries
        .into_iter()
        .filter(|(name, _)| name.starts_with("account."));
    for (name, entry) in of_accounts {
        for (version, locked) in entry.versions {
            assert!(!locked.golden.is_empty(), "{name} v{version}");
            for golden in locked.golden {
                let event = NewEvent {
                    event_type: name.as_str().into(),
                    schema_version: version,
                    readable_by: version,
                    format: FormatId::JSON,
                    tags: Vec::new(),
                    payload: golden.payload.into(),
                };
                let mut commit =
                    Commit::new().append(stream.clone(), ExpectedVersion::Any, vec![event]);
                commit.metadata = golden
                    .headers
                    .iter()
                    .fold(Metadata::new(), |metadata, (key, value)| {
                        metadata.with_header(key, value)
                    });
                store.append(commit).await.expect("an append");
            }
        }
    }
    log(&store).await
}

#[tokio::test]
async fn the_golden_payloads_of_every_version() {
    let events = golden().await;
    let mut versions: Vec<_> = events
        .iter()
        .map(|event| (&*event.event_type, event.schema_version))
        .collect();
    versions.dedup();
    assert!(versions.contains(&("account.opened", 1)) && versions.len() >= 14);
    let readings = same_in_all_formats(&events).await;
    assert!(
        readings.values().any(|said| said.contains("Czk")),
        "of the header"
    );
}

fn payload_of(value: &impl serde::Serialize) -> Vec<u8> {
    let mut payload = Vec::new();
    Postcard.encode(value, &mut payload).expect("a payload");
    payload
}

async fn positional(name: &str, version: u16, payload: Vec<u8>) -> (MemoryStore, RecordedEvent) {
    let store = MemoryStore::new();
    let stream = StreamId::new("account", "1").expect("an id");
    let event = NewEvent {
        event_type: name.into(),
        schema_version: version,
        readable_by: version,
        format: FormatId::POSTCARD,
        tags: Vec::new(),
        payload: payload.into(),
    };
    let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
    store.append(commit).await.expect("an append");
    let event = log(&store).await.remove(0);
    (store, event)
}

#[tokio::test]
async fn what_of_it_postcard_can_hold() {
    // Old versions with structs of their own: by place as by name.
    let old = [
        (
            "account.opened",
            1,
            payload_of(&("Ben Huber",)),
            r#"{"owner":"Ben Huber"}"#,
        ),
        (
            "account.opened",
            2,
            payload_of(&("Clara Meier", "CHF")),
            r#"{"owner":"Clara Meier","currency":"CHF"}"#,
        ),
        (
            "account.withdrawn-with-fee",
            1,
            payload_of(&(20_000_i64, 250_i64)),
            r#"{"amount":20000,"fee":250}"#,
        ),
        ("account.closed", 1, payload_of(&()), "{}"),
    ];
    for (name, version, payload, json) in old {
        let (store, event) = positional(name, version, payload).await;
        let mut same = event.clone();
        (same.format, same.payload) = (FormatId::JSON, json.as_bytes().to_vec().into());
        let expected = same.decode::<AccountEvent>(&Json).expect("JSON");
        for read in [
            event.decode(&Json),
            event.decode(&Cbor),
            event.decode(&MsgPack),
        ] {
            assert_eq!(read.expect("postcard"), expected, "{name} v{version}");
        }
        let accounts = EventSourced::<Account, _>::new(store);
        accounts.load(&AccountId("1".into())).await.expect("a load");
    }
    // An additive version: refused by every reader.
    let (store, event) = positional("account.money-added", 1, payload_of(&(5_i64,))).await;
    let accounts = EventSourced::<Account, _>::new(store);
    let Err(LoadError::Decode(loaded)) = accounts.load(&AccountId("1".into())).await else {
        panic!("what it lacks is not known");
    };
    let decoded = event.decode::<AccountEvent>(&Json).expect_err("refused");
    let viewed = event.view::<CashFlow>(&Json).expect_err("refused");
    for error in [loaded, decoded, viewed] {
        assert!(
            matches!(error.kind(), DecodeErrorKind::NotNamed { .. }),
            "{error}"
        );
    }
    // Current events: written whole, or not at all.
    let mut whole = 0;
    for event in golden().await {
        for event in event
            .decode::<AccountEvent>(&Json)
            .expect("JSON")
            .into_vec()
        {
            let mut payload = Vec::new();
            let kind = AccountEvent::TYPES[event.type_index()];
            if let Err(error) = event.encode(&Postcard, &mut payload) {
                assert!(error.to_string().contains("is left out"), "{error}");
                continue;
            }
            let (_, stored) = positional(kind.name, kind.version, payload).await;
            let read = stored.decode::<AccountEvent>(&Json).expect("postcard");
            assert_eq!(read.into_vec(), [event]);
            whole += 1;
        }
    }
    assert!(whole >= 10, "{whole}");
}

#[tokio::test]
async fn the_history_verb_says_the_same() {
    let events = fixture("gen2").await;
    let mut said = Vec::new();
    for (name, round) in [("json", 0), ("cbor", 1), ("msgpack", 2)] {
        let (bank, clock) = (Place::new(), ManualClock::default());
        let store = SledStore::builder()
            .clock(Arc::new(clock.clone()))
            .open(bank.path(name))
            .expect("a store");
        match round {
            0 => transcoded(&events, &store, &clock, &Json).await,
            1 => transcoded(&events, &store, &clock, &Cbor).await,
            _ => transcoded(&events, &store, &clock, &MsgPack).await,
        }
        store.close();
        let url = format!("sled:{name}");
        let mut lines = bank.json(&["list", "--store", &url]);
        for account in ["7", "8", "21", "22"] {
            lines.extend(bank.json(&["history", account, "--store", &url]));
        }
        bank.ok(&["verify", "--store", &url]);
        said.push(lines);
    }
    assert!(said[0].len() > 12);
    assert_eq!(said[1], said[0]);
    assert_eq!(said[2], said[0]);
}
