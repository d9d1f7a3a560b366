//! What travels with events, and what ties chains of them together.

use eventsourcing::{
    Context, CorrelationId, EventSourced, EventStore, ExecuteOptions, Filter, MemoryStore,
    Metadata, Position, RecordedEvent, Repository, RepositoryExt, Timestamp,
};

use crate::domain::{Account, Ask, What, deposit};

async fn log(store: &MemoryStore, filter: &Filter) -> Vec<RecordedEvent> {
    store
        .read_all(Position::START, filter, 1000)
        .await
        .expect("a page")
        .events
}

fn with(metadata: Metadata) -> ExecuteOptions {
    ExecuteOptions {
        metadata,
        ..ExecuteOptions::default()
    }
}

#[tokio::test]
async fn it_reaches_the_events_of_the_command() {
    let store = MemoryStore::new();
    let accounts = EventSourced::<Account, _>::new(store.clone());
    let metadata = Metadata::new().with_actor("ada").with_header("trace", "42");
    accounts
        .execute_with(Ask(7, What::Open), with(metadata.clone()))
        .await
        .expect("accepted");
    let events = log(&store, &Filter::all()).await;
    assert_eq!(*events[0].metadata, metadata);
    assert!(!events[0].metadata.is_empty() && Metadata::new().is_empty());
}

#[tokio::test]
async fn a_chain_shares_the_id_of_the_commit_that_started_it() {
    let store = MemoryStore::new();
    let accounts = EventSourced::<Account, _>::new(store.clone());
    let actor = with(Metadata::new().with_actor("ada"));
    accounts
        .execute_with(Ask(7, What::Open), actor)
        .await
        .expect("accepted");
    accounts
        .execute(Ask(8, What::Open))
        .await
        .expect("accepted");
    let start = log(&store, &Filter::all()).await.remove(0);
    assert_eq!(start.metadata.correlation_id, None);
    assert_eq!(start.correlation_id(), CorrelationId::from(start.commit_id));
    // Two more links, each caused by the one before.
    let mut cause = start.clone();
    for cents in [1, 2] {
        let caused = with(Metadata::caused_by(&cause));
        accounts
            .execute_with(Ask(8, What::Deposit(cents)), caused)
            .await
            .expect("accepted");
        let last = log(&store, &Filter::all()).await.pop().expect("an event");
        assert_eq!(last.correlation_id(), start.correlation_id());
        assert_eq!(last.metadata.causation_id, Some(cause.event_id().into()));
        assert_eq!(
            last.metadata.actor.as_deref(),
            Some("ada"),
            "the actor stays"
        );
        cause = last;
    }
    let chain = log(&store, &Filter::all().correlation(start.correlation_id())).await;
    let positions: Vec<_> = chain.iter().map(|event| event.position.get()).collect();
    assert_eq!(
        positions,
        [1, 3, 4],
        "the commit that started the chain is part of it"
    );
}

#[tokio::test]
async fn a_given_correlation_id_wins() {
    let store = MemoryStore::new();
    let accounts = EventSourced::<Account, _>::new(store.clone());
    let given = CorrelationId::from(eventsourcing::CommitId::from_key("request"));
    let metadata = Metadata::new().with_correlation(given);
    accounts
        .execute_with(Ask(7, What::Open), with(metadata))
        .await
        .expect("accepted");
    assert_eq!(log(&store, &Filter::all()).await[0].correlation_id(), given);
}

#[tokio::test]
async fn a_decision_knows_the_ids_its_events_will_have() {
    let store = MemoryStore::new();
    let accounts = EventSourced::<Account, _>::new(store.clone());
    let mut root = accounts.load(&7).await.expect("a load");
    let id = eventsourcing::CommitId::generate();
    let metadata = Metadata::new().with_actor("ada");
    root.set_context(Context::new(Timestamp::from_micros(5), id, metadata));
    assert_eq!(root.context().correlation_id(), CorrelationId::from(id));
    root.record(deposit(1));
    accounts.save(&mut root).await.expect("a save");
    let event = log(&store, &Filter::all()).await.remove(0);
    assert_eq!((event.commit_id, event.event_id()), (id, id.event_id(0)));
    assert_ne!(
        root.context().command_id(),
        id,
        "the next commit has an id of its own"
    );
    assert_eq!(root.context().metadata().actor.as_deref(), Some("ada"));
}
