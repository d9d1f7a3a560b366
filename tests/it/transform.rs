//! Streams read through a transform: several stored events as one, wherever and however a reader begins.

use eventsourcing::{
    Aggregate, Apply, Command, Commit, Context, Decoded, Event, EventSourced, EventStore,
    EventStoreExt, Events, ExpectedVersion, Filter, Handle, Json, MemoryStore, NewEvent, Position,
    ReadError, RecordedEvent, Repository, RepositoryExt, Rewrite, Skipped, StreamId, StreamRange,
    StreamTransform, TransformedStore, UpcastError, Version, events,
};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) street: String,
    pub(crate) town: String,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Renamed {
    pub(crate) name: String,
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(crate) enum PersonEvent {
    #[es(name = "person.moved")]
    Moved(Moved),
    #[es(name = "person.renamed")]
    Renamed(Renamed),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Street {
    pub(crate) street: String,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Town {
    pub(crate) town: String,
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(retired(name = "person.phone-changed", versions = 1..=1, reason = "nobody phones"))]
pub(crate) enum Early {
    #[es(name = "person.street-changed")]
    Street(Street),
    #[es(name = "person.town-changed")]
    Town(Town),
}

/// Street and town become one move; a town without a street keeps the last one.
#[derive(Debug)]
struct OneMove;

impl StreamTransform for OneMove {
    const NAME: &'static str = "one-move/1";
    const CATEGORY: &'static str = "person";
    type Stored = Early;
    type Event = PersonEvent;
    type Context = String;

    fn rewrite(
        &self,
        street: &mut String,
        event: Early,
        recorded: &RecordedEvent,
    ) -> Result<Rewrite<PersonEvent>, UpcastError> {
        match event {
            Early::Street(early) => {
                *street = early.street;
                Ok(Rewrite::Absorb)
            }
            Early::Town(Town { town }) if town.is_empty() => {
                Err(UpcastError::msg(format!("no town in {}", recorded.stream)))
            }
            Early::Town(Town { town }) => Ok(Rewrite::Replace(
                Moved {
                    street: street.clone(),
                    town,
                }
                .into(),
            )),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "person", id = u64, event = PersonEvent, error = std::convert::Infallible)]
pub(crate) struct Person {
    moves: Vec<(String, String)>,
    name: String,
}

impl Apply<Moved> for Person {
    fn apply(&mut self, event: Moved) {
        self.moves.push((event.street, event.town));
    }
}
impl Apply<Renamed> for Person {
    fn apply(&mut self, event: Renamed) {
        self.name = event.name;
    }
}

#[derive(Debug, Clone, Command)]
#[es(aggregate = Person)]
pub(crate) struct Move {
    #[es(id)]
    pub(crate) person: u64,
    pub(crate) town: String,
}

impl Handle<Move> for Person {
    fn handle(
        &self,
        command: Move,
        _: &Context,
    ) -> Result<Events<PersonEvent>, std::convert::Infallible> {
        Ok(events![Moved {
            street: format!("after {}", self.moves.len()),
            town: command.town
        }])
    }
}

fn person(id: u64) -> StreamId {
    StreamId::new("person", &id.to_string()).expect("an id")
}

fn street(street: &str) -> NewEvent {
    let event = Early::Street(Street {
        street: street.into(),
    });
    NewEvent::encode(&event, &Json).expect("json")
}

fn town(town: &str) -> NewEvent {
    NewEvent::encode(&Early::Town(Town { town: town.into() }), &Json).expect("json")
}

fn renamed(name: &str) -> NewEvent {
    let event = PersonEvent::from(Renamed { name: name.into() });
    NewEvent::encode(&event, &Json).expect("json")
}

async fn append(store: &impl EventStore, stream: StreamId, events: Vec<NewEvent>) {
    let commit = Commit::new().append(stream, ExpectedVersion::Any, events);
    store.append(commit).await.expect("an append");
}

/// Two people whose moves cross each other, and something else.
async fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    append(&store, person(1), vec![street("A"), renamed("Ada")]).await;
    append(&store, person(2), vec![street("X")]).await;
    append(&store, person(1), vec![town("Ely")]).await;
    let other = StreamId::new("firm", "1").expect("an id");
    append(&store, other, vec![street("firm"), town("Bonn")]).await;
    append(
        &store,
        person(2),
        vec![renamed("Bob"), town("Ulm"), town("Bern")],
    )
    .await;
    append(&store, person(1), vec![street("B"), town("Rom")]).await;
    store
}

fn moved(street: &str, town: &str) -> PersonEvent {
    let (street, town) = (street.into(), town.into());
    Moved { street, town }.into()
}

fn decoded(event: &RecordedEvent) -> Option<PersonEvent> {
    match event.decode(&Json).expect("a known event") {
        Decoded::One(event) => Some(event),
        Decoded::Skipped(why) => {
            assert_eq!(why, Skipped::Absorbed);
            None
        }
        Decoded::Many(_) => panic!("nothing is split"),
    }
}

#[tokio::test]
async fn several_events_read_as_one_in_the_place_of_the_last() {
    let store = TransformedStore::new(filled().await, OneMove);
    let page = store
        .read_stream(&person(1), StreamRange::all())
        .await
        .expect("a page");
    let events: Vec<_> = page.events.iter().map(decoded).collect();
    let name = PersonEvent::from(Renamed { name: "Ada".into() });
    let expected = [
        None,
        Some(name),
        Some(moved("A", "Ely")),
        None,
        Some(moved("B", "Rom")),
    ];
    assert_eq!(events, expected);
    assert_eq!(page.head, Version::new(5));
    let versions: Vec<_> = page
        .events
        .iter()
        .map(|event| event.version.get())
        .collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    let stored = store
        .inner()
        .read_stream(&person(1), StreamRange::all())
        .await
        .expect("a page");
    for (read, stored) in page.events.iter().zip(&stored.events) {
        assert_eq!(
            (read.position, read.event_id()),
            (stored.position, stored.event_id())
        );
    }
}

#[tokio::test]
async fn a_reader_may_begin_anywhere_and_read_either_way() {
    let inner = filled().await;
    let store = TransformedStore::new(inner.clone(), OneMove);
    let whole = store
        .read_stream(&person(2), StreamRange::all())
        .await
        .expect("a page")
        .events;
    for first in 1..=4 {
        for limit in 1..=4 {
            // A new store remembers nothing; the other remembers what came before.
            for store in [&store, &TransformedStore::new(inner.clone(), OneMove)] {
                let range = StreamRange::from(Version::new(first)).limit(limit);
                let stream = person(2);
                let read: Vec<_> = store
                    .stream_events(&stream, range)
                    .try_collect()
                    .await
                    .expect("a stream");
                let from = usize::try_from(first).expect("small") - 1;
                assert_eq!(read, whole[from..], "from {first}, {limit} at a time");
                let back = StreamRange::backward().to(Version::new(first)).limit(limit);
                let mut read: Vec<_> = store
                    .stream_events(&stream, back)
                    .try_collect()
                    .await
                    .expect("a stream");
                read.reverse();
                assert_eq!(read, whole[..=from], "back from {first}, {limit} at a time");
            }
        }
    }
}

#[tokio::test]
async fn the_log_reads_alike_from_everywhere() {
    let inner = filled().await;
    let filter = Filter::all();
    let store = TransformedStore::new(inner.clone(), OneMove);
    let whole: Vec<_> = store
        .log_events(Position::START, &filter)
        .try_collect()
        .await
        .expect("the log");
    assert_eq!(whole.len(), 11);
    for after in 0..11 {
        let store = TransformedStore::new(inner.clone(), OneMove);
        let page = store
            .read_all(Position::new(after), &filter, 100)
            .await
            .expect("a page");
        let from = usize::try_from(after).expect("small");
        assert_eq!(page.events, whole[from..], "after {after}");
        let store = TransformedStore::new(inner.clone(), OneMove);
        let page = store
            .read_back(Position::new(after + 1), &filter, 100)
            .await
            .expect("a page");
        let before = whole[..from].iter().rev();
        assert!(page.events.iter().eq(before), "before {}", after + 1);
    }
    let firm: Vec<_> = whole
        .iter()
        .filter(|event| event.stream.category() == "firm")
        .collect();
    assert_eq!(firm.len(), 2, "other categories pass through");
    assert!(
        firm.iter()
            .all(|event| event.event_type.ends_with("-changed"))
    );
}

#[tokio::test]
async fn filters_speak_of_what_comes_out() {
    let store = TransformedStore::new(filled().await, OneMove);
    let moves = Filter::all().event_type("person.moved");
    let page = store
        .read_all(Position::START, &moves, 100)
        .await
        .expect("a page");
    let read: Vec<_> = page.events.iter().filter_map(decoded).collect();
    let expected = [
        moved("A", "Ely"),
        moved("X", "Ulm"),
        moved("X", "Bern"),
        moved("B", "Rom"),
    ];
    assert_eq!(read, expected);
    assert_eq!(page.next, page.head);
    // Wherever in a filter the name stands, and in either direction.
    let inside = Filter::all().any_of([moves, Filter::all().category("nothing")]);
    for filter in [inside.clone(), Filter::all().any_of([inside])] {
        let page = store.read_all(Position::START, &filter, 100).await;
        let page = page.expect("a page");
        assert!(page.events.iter().filter_map(decoded).eq(expected.clone()));
        let end = Position::new(u64::MAX);
        let page = store.read_back(end, &filter, 100).await.expect("a page");
        let back = page.events.iter().rev().filter_map(decoded);
        assert!(back.eq(expected.clone()));
    }
    let early = Filter::all()
        .category("person")
        .event_type("person.town-changed");
    let page = store
        .read_all(Position::START, &early, 100)
        .await
        .expect("a page");
    assert_eq!(page.events, [], "nobody is shown what was rewritten");
}

#[tokio::test]
async fn repositories_load_decide_and_keep_snapshots_through_it() {
    let inner = filled().await;
    let store = std::sync::Arc::new(TransformedStore::new(inner.clone(), OneMove));
    let people = EventSourced::<Person, _>::new(store.clone())
        .snapshot_every(2)
        .cached(10);
    let root = people.load(&1).await.expect("a person");
    assert_eq!(root.version(), Version::new(5));
    let pair = |street: &str, town: &str| (street.to_owned(), town.to_owned());
    assert_eq!(root.state().moves, [pair("A", "Ely"), pair("B", "Rom")]);
    for number in 0..5 {
        let town = format!("Town {number}");
        people
            .execute(Move { person: 1, town })
            .await
            .expect("a move");
    }
    // Somebody who still writes as in the early days, between two loads.
    append(&inner, person(1), vec![street("C")]).await;
    people.load(&1).await.expect("a person");
    people.flush_snapshots().await;
    append(&inner, person(1), vec![town("Graz")]).await;
    let expected = EventSourced::<Person, _>::new(TransformedStore::new(inner.clone(), OneMove));
    let expected = expected.load(&1).await.expect("a person");
    assert_eq!(expected.state().moves.last(), Some(&pair("C", "Graz")));
    let fresh = EventSourced::<Person, _>::new(store).snapshot_every(2);
    for people in [&people, &fresh] {
        let root = people.load(&1).await.expect("a person");
        assert_eq!(
            (root.state(), root.version()),
            (expected.state(), Version::new(12))
        );
    }
}

#[tokio::test]
async fn snapshots_of_another_transform_are_not_used() {
    #[derive(Debug)]
    struct Shouting;
    impl StreamTransform for Shouting {
        const NAME: &'static str = "one-move/2";
        const CATEGORY: &'static str = "person";
        type Stored = Early;
        type Event = PersonEvent;
        type Context = String;
        fn rewrite(
            &self,
            street: &mut String,
            event: Early,
            recorded: &RecordedEvent,
        ) -> Result<Rewrite<PersonEvent>, UpcastError> {
            let event = match event {
                Early::Town(Town { town }) => Early::Town(Town {
                    town: town.to_uppercase(),
                }),
                street @ Early::Street(_) => street,
            };
            OneMove.rewrite(street, event, recorded)
        }
    }
    let inner = filled().await;
    let first = EventSourced::<Person, _>::new(TransformedStore::new(inner.clone(), OneMove));
    let first = first.snapshots_in(
        std::sync::Arc::new(TransformedStore::new(inner.clone(), OneMove)),
        1,
    );
    first
        .execute(Move {
            person: 1,
            town: "Oslo".into(),
        })
        .await
        .expect("a move");
    first.flush_snapshots().await;
    let snapshots = std::sync::Arc::new(TransformedStore::new(inner.clone(), Shouting));
    let second = EventSourced::<Person, _>::new(TransformedStore::new(inner, Shouting));
    let root = second
        .snapshots_in(snapshots, 1)
        .load(&1)
        .await
        .expect("a person");
    assert_eq!(root.state().moves[0].1, "ELY");
}

#[tokio::test]
async fn what_cannot_be_rewritten_is_named() {
    let store = TransformedStore::new(MemoryStore::new(), OneMove);
    append(&store, person(1), vec![street("A"), town("")]).await;
    let error = store
        .read_stream(&person(1), StreamRange::all())
        .await
        .expect_err("no town");
    assert!(matches!(error, ReadError::Transform { .. }), "{error:?}");
    let text = error.to_string();
    assert_eq!(
        text,
        "transform `one-move/1` fails on stream `person-1` at position 2: no town in person-1"
    );
    let broken = NewEvent {
        payload: "{".into(),
        ..town("x")
    };
    append(&store, person(2), vec![broken]).await;
    let error = store
        .read_stream(&person(2), StreamRange::all())
        .await
        .expect_err("no JSON");
    assert!(
        error.to_string().contains("`person.town-changed` v1"),
        "{error}"
    );
    // Another's trouble is not this stream's.
    append(&store, person(3), vec![street("A"), town("B")]).await;
    assert!(
        store
            .read_stream(&person(3), StreamRange::all())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn retired_sources_are_absorbed() {
    let store = TransformedStore::new(MemoryStore::new(), OneMove);
    let phone = NewEvent {
        event_type: "person.phone-changed".into(),
        ..renamed("x")
    };
    append(&store, person(1), vec![street("A"), phone, town("B")]).await;
    let page = store
        .read_stream(&person(1), StreamRange::all())
        .await
        .expect("a page");
    let events: Vec<_> = page.events.iter().map(decoded).collect();
    assert_eq!(events, [None, None, Some(moved("A", "B"))]);
}

#[tokio::test]
async fn what_the_transform_does_not_know_is_left_to_others() {
    let inner = MemoryStore::new();
    let newer = NewEvent {
        schema_version: 2,
        readable_by: 2,
        ..street("A")
    };
    append(&inner, person(1), vec![newer]).await;
    let store = std::sync::Arc::new(TransformedStore::new(inner, OneMove));
    let people = EventSourced::<Person, _>::new(store.clone());
    assert!(people.load(&1).await.is_err(), "nobody knows version 2");
    let error = people.check().await.expect_err("it says so before");
    assert!(
        error.to_string().contains("`person.street-changed` v2"),
        "{error}"
    );
    append(&store, person(2), vec![street("A"), town("B")]).await;
    assert_eq!(store.event_types().await.expect("types").len(), 1);
    let reserved = NewEvent {
        event_type: "(absorbed)".into(),
        ..street("A")
    };
    let commit = Commit::new().append(person(3), ExpectedVersion::Any, vec![reserved]);
    assert!(store.append(commit).await.is_err());
}
