//! Filters: what a store finds is what a naive search of the whole log finds, in both directions.

mod random;

use eventsourcing::{
    Commit, CorrelationId, EventStore, ExpectedVersion::Any, Filter, Metadata, NewEvent, Position,
    RecordedEvent, Tag, Timestamp,
};

use super::Fixture;
use super::restart::survives;
use super::support::{append, commit, event, log, log_after, log_back, stream, whole_log};

/// Beyond the end of every log.
const END: Position = Position::new(u64::MAX);

#[track_caller]
fn tag(text: &str) -> Tag {
    Tag::new(text).expect("a valid tag")
}

/// A log in which every filter finds something and misses something. Returns it with two correlation ids: one that
/// was given, one of a chain that a commit started.
async fn populate<S: EventStore>(store: &S) -> (Vec<RecordedEvent>, CorrelationId, CorrelationId) {
    let (names, tags) = (
        ["opened", "moved", "closed"],
        ["red", "green", "round", "a b"],
    );
    let categories = ["account", "account.closed", "accoun", "order"];
    let given = CorrelationId::from_uuid(*Commit::new().commit_id.as_uuid());
    let mut chain: Option<RecordedEvent> = None;
    for round in 0..48_usize {
        let new = |salt: usize| -> NewEvent {
            let mut new = event(names[(round + salt) % 3], format!("{round}"));
            new.tags = tags
                .iter()
                .enumerate()
                .filter(|(bit, _)| (round + salt) >> bit & 1 == 1)
                .map(|(_, text)| tag(text))
                .collect();
            new
        };
        let metadata = match (round % 6, &chain) {
            (0, _) => Metadata::new().with_correlation(given),
            (3, Some(cause)) => Metadata::caused_by(cause),
            (5, Some(cause)) => Metadata::new().with_causation(cause.event_id().into()),
            (even, _) if even % 2 == 0 => Metadata::new().with_actor("ada"),
            _ => Metadata::new().with_actor("bob"),
        };
        let (one, other) = (
            categories[round % 4],
            categories[(round / 4 + round + 1) % 4],
        );
        let mut commit = Commit::new().with_metadata(metadata).append(
            stream(one, "1"),
            Any,
            vec![new(0), new(1)],
        );
        if one != other && round % 3 == 0 {
            commit = commit.append(stream(other, "2"), Any, vec![new(2)]);
        }
        let committed = append(store, commit).await;
        if round == 1 {
            let after = Position::new(committed.receipt.first.get() - 1);
            let page = store
                .read_all(after, &Filter::all(), 1)
                .await
                .expect("a page");
            chain = page.events.into_iter().next();
        }
    }
    let started = chain
        .expect("the second commit has events")
        .correlation_id();
    (whole_log(store).await, given, started)
}

async fn assert_finds<S: EventStore>(store: &S, whole: &[RecordedEvent], filter: &Filter) -> usize {
    let naive: Vec<_> = whole
        .iter()
        .filter(|event| filter.matches(event))
        .cloned()
        .collect();
    for limit in [1, 7, 1000] {
        assert!(
            log(store, filter, limit).await == naive,
            "{filter:?} by {limit}"
        );
        let mut back = log_back(store, END, filter, limit).await;
        back.reverse();
        assert!(back == naive, "{filter:?} backwards by {limit}");
    }
    naive.len()
}

async fn assert_finds_some<S: EventStore>(store: &S, whole: &[RecordedEvent], filter: Filter) {
    let found = assert_finds(store, whole, &filter).await;
    assert!(
        0 < found && found < whole.len(),
        "the case is one: {filter:?} finds {found}"
    );
}

/// A filter finds by category: the whole word, and any of several.
pub async fn by_category<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, ..) = populate(store).await;
    for category in ["account", "account.closed", "accoun", "order"] {
        assert_finds_some(store, &whole, Filter::all().category(category)).await;
    }
    assert_finds_some(
        store,
        &whole,
        Filter::all().category("order").category("account"),
    )
    .await;
    assert_finds_some(
        store,
        &whole,
        Filter::all().category("order").category("nothing"),
    )
    .await;
    assert_finds_some(
        store,
        &whole,
        Filter::all().category("order").category("order"),
    )
    .await;
}

/// A filter finds by the stored name of the event type, any of several.
pub async fn by_event_type<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, ..) = populate(store).await;
    assert_finds_some(store, &whole, Filter::all().event_type("opened")).await;
    assert_finds_some(
        store,
        &whole,
        Filter::all().event_type("closed").event_type("moved"),
    )
    .await;
    assert_finds_some(
        store,
        &whole,
        Filter::all().event_type("open").event_type("closed"),
    )
    .await;
    assert_finds_some(
        store,
        &whole,
        Filter::all().event_type("moved").event_type("moved"),
    )
    .await;
}

/// A filter finds by tag, all of several.
pub async fn by_tag<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, ..) = populate(store).await;
    assert_finds_some(store, &whole, Filter::all().tag(tag("red"))).await;
    assert_finds_some(
        store,
        &whole,
        Filter::all().tag(tag("red")).tag(tag("round")),
    )
    .await;
    let all = Filter::all()
        .tag(tag("a b"))
        .tag(tag("green"))
        .tag(tag("round"))
        .tag(tag("red"));
    assert_finds_some(store, &whole, all).await;
    assert_finds_some(store, &whole, Filter::all().tag(tag("red")).tag(tag("red"))).await;
    assert_eq!(
        assert_finds(store, &whole, &Filter::all().tag(tag("re"))).await,
        0,
        "a tag matches as a whole, not its beginning"
    );
    let twice = event("opened", "{}")
        .with_tag(tag("twice"))
        .with_tag(tag("twice"));
    append(
        store,
        Commit::new().append(stream("order", "1"), Any, vec![twice]),
    )
    .await;
    let whole = whole_log(store).await;
    let found = assert_finds(store, &whole, &Filter::all().tag(tag("twice"))).await;
    assert_eq!(found, 1, "an event that has a tag twice is found once");
}

/// A filter finds by correlation id: given or started by the commit itself, whose own events count.
pub async fn by_correlation<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, given, started) = populate(store).await;
    assert_finds_some(store, &whole, Filter::all().correlation(given)).await;
    assert_finds_some(store, &whole, Filter::all().correlation(started)).await;
    let chain = log(store, &Filter::all().correlation(started), 1000).await;
    assert_eq!(
        CorrelationId::from(chain[0].commit_id),
        started,
        "the start of the chain counts"
    );
    assert!(
        chain
            .iter()
            .any(|event| event.metadata.correlation_id == Some(started)),
        "a commit that named no chain is the first of its own"
    );
}

/// A filter finds the events of a commit.
pub async fn by_commit<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, given, _) = populate(store).await;
    let id = whole[whole.len() / 2].commit_id;
    assert_finds_some(store, &whole, Filter::all().commit(id)).await;
    assert_finds_some(store, &whole, Filter::all().commit(id).event_type("moved")).await;
    let unknown = Filter::all().commit(Commit::new().commit_id);
    assert_eq!(
        assert_finds(store, &whole, &unknown).await,
        0,
        "an unknown commit id matches nothing"
    );
    let both = Filter::all()
        .commit(id)
        .correlation(given)
        .category("nothing");
    assert_eq!(
        assert_finds(store, &whole, &both).await,
        0,
        "an event has to match in all respects"
    );
}

/// A filter finds by who did it and by what caused it.
pub async fn by_actor_and_cause<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, ..) = populate(store).await;
    for actor in ["ada", "bob"] {
        assert_finds_some(store, &whole, Filter::all().actor(actor)).await;
        assert_finds_some(
            store,
            &whole,
            Filter::all().actor(actor).event_type("moved"),
        )
        .await;
    }
    assert_eq!(
        assert_finds(store, &whole, &Filter::all().actor("ad")).await,
        0
    );
    assert_eq!(
        assert_finds(store, &whole, &Filter::all().actor("")).await,
        0
    );
    let mut causes = whole.iter().filter_map(|event| event.metadata.causation_id);
    let cause = causes.next().expect("something was caused");
    assert_finds_some(store, &whole, Filter::all().causation(cause)).await;
    let effects = Filter::all().causation(cause).event_type("moved");
    assert_finds_some(store, &whole, effects).await;
    let none = Filter::all().causation(whole[0].event_id().into());
    assert_eq!(assert_finds(store, &whole, &none).await, 0);
}

/// A filter finds by position, both ends included or not.
pub async fn by_position<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, ..) = populate(store).await;
    let at = |index: usize| whole[index].position;
    let (early, late, last) = (
        at(whole.len() / 4),
        at(whole.len() * 3 / 4),
        at(whole.len() - 1),
    );
    for filter in [
        Filter::all().positions(early..),
        Filter::all().positions(..late),
        Filter::all().positions(early..late),
        Filter::all().positions(early..=late).category("order"),
        Filter::all().positions(early..=early),
        Filter::all().positions((std::ops::Bound::Excluded(early), std::ops::Bound::Unbounded)),
        Filter::all().positions(..=early).tag(tag("red")),
        Filter::all()
            .positions(early..)
            .recorded(..=whole[whole.len() / 2].recorded_at),
        Filter::all()
            .positions(..=late)
            .commit(whole[whole.len() / 2].commit_id),
    ] {
        assert_finds_some(store, &whole, filter).await;
    }
    let found = assert_finds(store, &whole, &Filter::all().positions(..=END)).await;
    assert_eq!(found, whole.len(), "everything is before the end");
    for nothing in [
        Filter::all().positions(late..early),
        Filter::all().positions(..=Position::START),
        Filter::all().positions(..Position::START),
        Filter::all().positions((std::ops::Bound::Excluded(last), std::ops::Bound::Unbounded)),
        Filter::all().positions(END..),
        Filter::all().positions((std::ops::Bound::Excluded(END), std::ops::Bound::Unbounded)),
        Filter::all().positions(late..).commit(whole[0].commit_id),
    ] {
        assert_eq!(
            assert_finds(store, &whole, &nothing).await,
            0,
            "{nothing:?}"
        );
    }
}

/// A filter finds by alternatives, of which one must match, beside other parts, in several lists and inside each other.
pub async fn by_alternatives<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, given, started) = populate(store).await;
    let (all, late) = (Filter::all, whole[whole.len() / 2].position);
    let commit = all().commit(whole[whole.len() / 2].commit_id);
    let red = || all().tag(tag("red"));
    let moved = || all().event_type("moved");
    for filter in [
        all().any_of([red()]),
        all().any_of([red(), moved().category("order")]),
        all().any_of([red(), all().actor("bob")]),
        all()
            .any_of([all().actor("ada"), all().actor("bob")])
            .category("order"),
        all().any_of([all().correlation(given), commit.clone()]),
        all()
            .any_of([all().correlation(given), all().correlation(started)])
            .event_type("moved"),
        all()
            .any_of([commit, red()])
            .any_of([moved(), all().positions(late..)]),
        all().any_of([
            all().positions(..late).tag(tag("green")),
            moved().positions(late..),
        ]),
        all().any_of([
            red().any_of([moved(), all().actor("ada")]),
            all().category("accoun"),
        ]),
        moved().any_of([]).any_of([red()]).category("nothing"),
        all().any_of([all().any_of([]), moved()]),
    ] {
        let found = assert_finds(store, &whole, &filter).await;
        let is_nothing = filter.categories() == ["nothing"];
        assert!(
            is_nothing || (0 < found && found < whole.len()),
            "{filter:?} finds {found}"
        );
    }
    assert_eq!(assert_finds(store, &whole, &all().any_of([])).await, 0);
    let everything = all().any_of([red(), all()]);
    assert_eq!(assert_finds(store, &whole, &everything).await, whole.len());
}

/// A filter finds by time, both ends included or not.
pub async fn by_time<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, ..) = populate(store).await;
    let at = |index: usize| whole[index].recorded_at;
    let (early, late) = (at(whole.len() / 4), at(whole.len() * 3 / 4));
    for filter in [
        Filter::all().recorded(early..),
        Filter::all().recorded(..late),
        Filter::all().recorded(..=late),
        Filter::all().recorded(early..late),
        Filter::all().recorded(early..=late),
        Filter::all().recorded(early..=early),
        Filter::all().recorded(early..late).category("order"),
        Filter::all().recorded(late..early),
    ] {
        assert_finds(store, &whole, &filter).await;
    }
    assert_ne!(
        assert_finds(store, &whole, &Filter::all().recorded(early..=early)).await,
        0,
        "what was recorded at a time is found by it"
    );
    let ever = Timestamp::from_micros(i64::MIN)..=Timestamp::from_micros(i64::MAX);
    assert_eq!(
        assert_finds(store, &whole, &Filter::all().recorded(ever)).await,
        whole.len(),
        "everything was recorded at some time"
    );
    let past = Filter::all().recorded(..Timestamp::from_micros(0));
    assert_eq!(
        assert_finds(store, &whole, &past).await,
        0,
        "nothing was recorded in the past"
    );
}

/// Events of one time fill more than a page: none is skipped, none comes twice, from wherever reading goes on.
pub async fn equal_times<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    for n in [1, 40, 2] {
        append(store, commit(&stream("order", "1"), Any, n)).await;
    }
    let whole = whole_log(store).await;
    let time = whole[20].recorded_at;
    for filter in [
        Filter::all().recorded(time..),
        Filter::all().recorded(..=time),
        Filter::all().recorded(time..=time),
        Filter::all().recorded(time..).category("order"),
        Filter::all()
            .recorded(time..=time)
            .event_type("account.deposited"),
    ] {
        assert!(
            assert_finds(store, &whole, &filter).await >= 40,
            "events of the same time are found together"
        );
        for (index, from) in whole.iter().enumerate().step_by(7) {
            let page = store.read_all(from.position, &filter, 7).await;
            let page = page.expect("a page");
            let wanted = whole[index + 1..]
                .iter()
                .filter(|event| filter.matches(event));
            let wanted = wanted.take_while(|event| event.position <= page.next);
            assert!(
                page.events.iter().eq(wanted),
                "{filter:?} behind {}",
                from.position
            );
        }
    }
}

/// A filter of two or three parts finds what matches all of them.
pub async fn combinations<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, given, started) = populate(store).await;
    let late = whole[whole.len() / 2].recorded_at;
    let middle = whole[whole.len() / 2].position;
    let parts: [&dyn Fn(Filter) -> Filter; 10] = [
        &|f| f.category("account").category("order"),
        &|f| f.event_type("moved"),
        &|f| f.tag(tag("red")),
        &|f| f.tag(tag("green")),
        &|f| f.correlation(given),
        &|f| f.correlation(started),
        &|f| f.recorded(..=late),
        &|f| f.positions(middle..),
        &|f| f.actor("ada"),
        &|f| {
            f.any_of([
                Filter::all().tag(tag("round")),
                Filter::all().event_type("closed"),
            ])
        },
    ];
    for (i, first) in parts.iter().enumerate() {
        for (j, second) in parts.iter().enumerate().skip(i) {
            for third in parts.iter().skip(j) {
                assert_finds(store, &whole, &third(second(first(Filter::all())))).await;
            }
        }
    }
}

/// `next` advances to the end even when nothing matches, also from the middle.
pub async fn next_advances_without_matches<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let (whole, ..) = populate(store).await;
    let head = store.head().await.expect("head");
    for filter in [
        Filter::all().category("nothing"),
        Filter::all().category(""),
        Filter::all().category("order\0"),
        Filter::all().category("x".repeat(1000)),
        Filter::all().event_type("nothing"),
        Filter::all().event_type(""),
        Filter::all().event_type("moved\0"),
        Filter::all().event_type("x".repeat(100_000)),
        Filter::all().tag(tag("nothing")),
        Filter::all().correlation(Commit::new().commit_id.into()),
        Filter::all().commit(Commit::new().commit_id),
        Filter::all().recorded(..Timestamp::from_micros(0)),
        Filter::all().positions(..Position::START),
        Filter::all().actor("nobody"),
        Filter::all().any_of([]),
        Filter::all().any_of([
            Filter::all().tag(tag("nothing")),
            Filter::all().category("no"),
        ]),
    ] {
        for start in [Position::START, whole[whole.len() / 2].position] {
            let (mut after, mut pages) = (start, 0);
            while after < head {
                let page = store.read_all(after, &filter, 5).await.expect("a page");
                assert_eq!(page.events, [], "{filter:?}");
                assert!(page.next > after, "`next` advances: {filter:?}");
                assert_eq!(page.head, head, "the page's head is the log's");
                (after, pages) = (page.next, pages + 1);
                assert!(pages <= whole.len(), "the end is reached");
            }
            assert_eq!(log_back(store, start, &filter, 5).await, [], "{filter:?}");
        }
    }
}

/// In a log so long that a store looks for events by lists, filters of all kinds find what matches them, from anywhere in
/// both directions; also after reopening, beside events that came later.
pub async fn in_a_long_log<F: Fixture>() {
    let mut fixture = F::fresh().await;
    for round in 0..2_u64 {
        let mut rng = fastrand::Rng::with_seed(round);
        for _ in 0..5 {
            populate(fixture.store()).await;
        }
        let whole = whole_log(fixture.store()).await;
        for _ in 0..60 {
            let filter = random::filter(&mut rng, &whole, 2);
            let from = whole[rng.usize(..whole.len())].position;
            let mut wanted: Vec<_> = whole
                .iter()
                .filter(|e| filter.matches(e))
                .cloned()
                .collect();
            let limit = [3, 40, 1000][rng.usize(..3)];
            let found = log_after(fixture.store(), from, &filter, limit).await;
            let behind = wanted.partition_point(|event| event.position <= from);
            assert!(
                found == wanted[behind..],
                "{filter:?} behind {from} by {limit}"
            );
            let found = log_back(fixture.store(), from, &filter, limit).await;
            wanted.retain(|event| event.position < from);
            wanted.reverse();
            assert!(found == wanted, "{filter:?} before {from} by {limit}");
        }
        if !survives(&fixture) {
            return;
        }
        fixture = fixture.reopen().await;
    }
}
