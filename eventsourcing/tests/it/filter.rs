//! Filters: as they are stored, and where they meet views; reading backwards on stores that only read forwards.

use async_trait::async_trait;
use eventsourcing::{
    AppendError, Capabilities, Commit, Committed, DecodeError, Decoded, EventStore, EventView,
    ExpectedVersion::Any, Filter, Format, HeadWatch, LogPage, MemoryStore, Position, ReadError,
    RecordedEvent, Skipped, StreamHead, StreamId, StreamPage, StreamRange, Timestamp,
};

use crate::domain::stored;

fn everything() -> Filter {
    let event = |name: &str| Filter::all().event_type(name);
    let id = uuid::Uuid::from_u128(7);
    Filter::all()
        .category("account")
        .event_type("account.opened")
        .tag("red".parse().expect("a tag"))
        .correlation(eventsourcing::CorrelationId::from_uuid(id))
        .causation(eventsourcing::CausationId::from_uuid(id))
        .commit(eventsourcing::CommitId::from_uuid(id))
        .actor("ada")
        .recorded(Timestamp::from_micros(1)..Timestamp::from_micros(9))
        .positions(Position::new(2)..Position::new(8))
        .any_of([event("a"), event("b").any_of([Filter::all().actor("bob")])])
}

#[test]
fn a_stored_filter_says_what_is_set_and_reads_as_it_was() {
    let filter = everything();
    let text = serde_json::to_string(&filter).expect("a text");
    assert_eq!(
        serde_json::from_str::<Filter>(&text).expect("a filter"),
        filter
    );
    assert_eq!(
        text,
        concat!(
            r#"{"categories":["account"],"event_types":["account.opened"],"tags":["red"],"#,
            r#""correlation_id":"00000000-0000-0000-0000-000000000007","#,
            r#""causation_id":"00000000-0000-0000-0000-000000000007","#,
            r#""commit_id":"00000000-0000-0000-0000-000000000007","actor":"ada","#,
            r#""recorded_from":1,"recorded_until":8,"position_from":2,"position_until":7,"#,
            r#""any_of":[[{"event_types":["a"]},{"event_types":["b"],"any_of":[[{"actor":"bob"}]]}]]}"#,
        )
    );
    assert_eq!(serde_json::to_string(&Filter::all()).expect("a text"), "{}");
    // As they were stored when every part was written out.
    let former = r#"{"categories":[],"event_types":["x"],"tags":[],"correlation_id":null,"commit_id":null,
        "recorded_from":null,"recorded_until":null}"#;
    let read: Filter = serde_json::from_str(former).expect("a filter");
    assert_eq!(read, Filter::all().event_type("x"));
    // A part from a newer program: taking no notice of it would let more through.
    serde_json::from_str::<Filter>(r#"{"categories":["x"],"shape":1}"#).expect_err("unknown");
}

/// A view without events, as a macro may come to make one.
struct Nothing;

impl EventView<'_> for Nothing {
    fn names() -> Vec<&'static str> {
        Vec::new()
    }
    fn decode_view<F: Format>(_: &RecordedEvent, _: &F) -> Result<Decoded<Self>, DecodeError> {
        Ok(Decoded::Skipped(Skipped::NotInView))
    }
}

#[tokio::test]
async fn a_view_without_events_wants_none_whatever_else_is_asked_for() {
    let store = MemoryStore::new();
    let stream: StreamId = "account-7".parse().expect("an id");
    let commit = Commit::new().append(stream, Any, vec![stored("a", 1, "{}")]);
    store.append(commit).await.expect("an append");
    let ever = Timestamp::from_micros(i64::MIN)..;
    let nothing = Filter::all().view::<Nothing>();
    for filter in [
        nothing.clone(),
        nothing.clone().recorded(ever),
        nothing.clone().event_type("a"),
        nothing.any_of([Filter::all()]),
    ] {
        let page = store.read_all(Position::START, &filter, 9).await;
        assert_eq!(page.expect("a page").events, [], "{filter:?}");
    }
}

/// Reads forwards only, by pages of its own size.
struct Forwards(MemoryStore, usize);

#[async_trait]
impl EventStore for Forwards {
    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }
    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        self.0.append(commit).await
    }
    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        self.0.read_stream(stream, range).await
    }
    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        self.0.read_all(after, filter, limit.min(self.1)).await
    }
    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        self.0.stream_head(stream).await
    }
    async fn head(&self) -> Result<Position, ReadError> {
        self.0.head().await
    }
    fn watch(&self) -> HeadWatch {
        self.0.watch()
    }
}

#[tokio::test]
async fn every_store_reads_backwards() {
    let inner = MemoryStore::new();
    let names = ["often", "often", "often", "seldom"];
    for round in 0..900 {
        let name = if round < 40 {
            "first"
        } else {
            names[round % 4]
        };
        let size = if round == 500 { 2 << 20 } else { 3 };
        let mut event = stored(name, 1, "{}");
        event.payload = vec![b'x'; size].into();
        let stream: StreamId = "account-7".parse().expect("an id");
        inner
            .append(Commit::new().append(stream, Any, vec![event; 1 + round % 3]))
            .await
            .expect("an append");
    }
    for pages in [7, 1000] {
        let store = Forwards(inner.clone(), pages);
        for (filter, limit) in [
            (Filter::all(), 10),
            (Filter::all(), 1000),
            (Filter::all().event_type("seldom"), 1),
            (Filter::all().event_type("first"), 7),
            (Filter::all().event_type("nothing"), 7),
            (
                Filter::all().positions(Position::new(3)..Position::new(900)),
                usize::MAX,
            ),
        ] {
            let mut before = [0, 1, 2, 700, 1001, u64::MAX].map(Position::new);
            for before in &mut before {
                let (mut found, mut wanted) = (Vec::new(), Vec::new());
                let mut at = *before;
                while at > Position::START {
                    let page = store.read_back(at, &filter, limit).await.expect("a page");
                    assert!(page.next < at && page.events.len() <= limit);
                    found.extend(page.events);
                    at = page.next;
                }
                while *before > Position::START {
                    let page = inner
                        .read_back(*before, &filter, limit)
                        .await
                        .expect("a page");
                    wanted.extend(page.events);
                    *before = page.next;
                }
                assert!(found == wanted, "{filter:?} by {limit}");
            }
        }
        let error = store.read_back(Position::new(5), &Filter::all(), 0).await;
        assert!(matches!(error, Err(ReadError::InvalidInput { .. })));
    }
}
