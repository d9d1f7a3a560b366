//! The inner loops under criterion: dispatch, decode, and loading from memory, each beside its floor.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

#[path = "../src/domain.rs"]
#[allow(
    dead_code,
    reason = "commands and old versions are measured by the workloads"
)]
mod domain;
#[path = "../src/meter.rs"]
mod meter;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use eventsourcing::{
    Commit, EventSourced, EventStore, ExpectedVersion, Filter, Json, MemoryStore, NewEvent,
    Position, RecordedEvent, Repository, stream_id,
};
use tokio::runtime::{Builder, Runtime};

use self::domain::{Account, AccountEvent, Deposited};

const EVENTS: usize = 1_000;

fn dispatch(criterion: &mut Criterion) {
    let events = meter::events(EVENTS);
    let mut group = criterion.benchmark_group("dispatch");
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.bench_function("by hand", |b| {
        b.iter(|| meter::fold_by_hand(black_box(&events)));
    });
    group.bench_function("derived", |b| {
        b.iter(|| meter::fold_derived(black_box(&events)));
    });
}

fn decode(criterion: &mut Criterion) {
    let (_, event) = filled(2);
    let mut group = criterion.benchmark_group("decode");
    group.bench_function("from_slice", |b| {
        b.iter(|| serde_json::from_slice::<Deposited>(black_box(&event.payload)));
    });
    group.bench_function("derived", |b| {
        b.iter(|| black_box(&event).decode::<AccountEvent>(&Json));
    });
}

fn load(criterion: &mut Criterion) {
    let (store, _) = filled(EVENTS);
    let repository = EventSourced::<Account, _>::new(store);
    let runtime = runtime();
    let mut group = criterion.benchmark_group("load");
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.bench_function("memory", |b| {
        b.iter(|| runtime.block_on(repository.load(&1)).expect("a load"));
    });
}

/// A store with one account of so many events, and its last event.
fn filled(events: usize) -> (MemoryStore, RecordedEvent) {
    let store = MemoryStore::new();
    let history =
        (0..events).map(|index| NewEvent::encode(&domain::event(index), &Json).expect("an event"));
    let stream = stream_id::<Account>(&1).expect("a stream");
    let commit = Commit::new().append(stream, ExpectedVersion::Any, history.collect());
    let page = runtime().block_on(async {
        store.append(commit).await.expect("an append");
        store
            .read_all(Position::START, &Filter::all(), events)
            .await
            .expect("a page")
    });
    (
        store,
        page.events.into_iter().next_back().expect("an event"),
    )
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

criterion_group!(benches, dispatch, decode, load);
criterion_main!(benches);
