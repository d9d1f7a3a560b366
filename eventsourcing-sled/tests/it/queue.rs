//! The way to the writer: bounded, fair, and with an answer for everybody, however it ends.

use std::panic::panic_any;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use bytes::Bytes;
use eventsourcing::{
    AppendError, Clock, Commit, Committed, EventStore, EventStoreExt, ExpectedVersion, Timestamp,
};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::rounds;
use tempfile::TempDir;

use crate::support::{account, append, block_on, check, commit, event, log, wait_until};

/// What the writer meets when it asks for the time.
#[derive(Debug, Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// The writer is to wait.
    Shut,
    /// The writer waits.
    Waiting,
    /// The writer is to panic.
    Broken,
}

impl Gate {
    fn set(&self, state: State) {
        *self.state.lock().expect("no panic under it") = state;
        self.changed.notify_all();
    }

    fn is_waiting(&self) -> bool {
        *self.state.lock().expect("no panic under it") == State::Waiting
    }
}

impl Clock for Gate {
    fn now(&self) -> Timestamp {
        let mut state = self.state.lock().expect("no panic under it");
        while matches!(*state, State::Shut | State::Waiting) {
            *state = State::Waiting;
            state = self.changed.wait(state).expect("no panic under it");
        }
        let broken = *state == State::Broken;
        drop(state);
        if broken {
            panic_any("the clock is broken".to_owned());
        }
        Timestamp::now()
    }
}

type Append<'a> = Pin<Box<dyn Future<Output = Result<Committed, AppendError>> + Send + 'a>>;

/// A store whose writer can be held.
struct Held {
    dir: TempDir,
    gate: Arc<Gate>,
    store: SledStore,
}

impl Held {
    /// The writer is about to write the first of these appends, and waits.
    fn new() -> (Self, Commit) {
        let dir = tempfile::tempdir().expect("a directory");
        let gate = Arc::new(Gate::default());
        let settings = SledStore::builder().clock(gate.clone());
        let store = settings.open(dir.path()).expect("a store");
        append(&store, commit(&account(0), 1));
        (Self { dir, gate, store }, commit(&account(0), 1))
    }

    fn hold<'a>(&'a self, first: &Commit) -> Append<'a> {
        self.gate.set(State::Shut);
        let mut append = self.start(first.clone());
        assert!(poll(&mut append).is_pending());
        wait_until("writing", || self.gate.is_waiting());
        append
    }

    fn start(&self, commit: Commit) -> Append<'_> {
        self.store.append(commit)
    }

    fn reopen(self) -> (TempDir, SledStore) {
        let Self { dir, store, .. } = self;
        store.close();
        drop(store);
        let store = SledStore::open(dir.path()).expect("the store again");
        (dir, store)
    }
}

fn poll(append: &mut Append<'_>) -> Poll<Result<Committed, AppendError>> {
    append
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

/// A commit of a MiB.
fn large(number: usize) -> Commit {
    let payload = vec![b'x'; 1 << 20];
    Commit::new().append(account(number), ExpectedVersion::Any, vec![event(payload)])
}

/// Appends of which no more fit in; the last two have to wait.
fn fill(held: &Held) -> Vec<Append<'_>> {
    let mut appends: Vec<_> = (0..17).map(|number| held.start(large(number))).collect();
    for append in &mut appends {
        assert!(poll(append).is_pending());
    }
    appends
}

#[test]
fn a_flood_of_appends_takes_bounded_memory() {
    let (held, first) = Held::new();
    let append = held.hold(&first);
    // Handed over or not, nobody waits for them.
    for number in 0..200 {
        assert!(poll(&mut held.start(large(number))).is_pending());
    }
    held.gate.set(State::Open);
    block_on(append).expect("an append");
    let (_dir, store) = held.reopen();
    // 16 MiB, the one that was being written, and the one before.
    let events = log(&store).expect("the log").len();
    assert!((10..=18).contains(&events), "{events} events");
}

#[test]
fn who_waits_for_room_holds_no_copy_of_its_commit() {
    let (held, first) = Held::new();
    let append = held.hold(&first);
    let payload = Bytes::from(vec![b'x'; 16 << 10]);
    let mut waiting = Vec::new();
    // All of them share one payload, so what they hold is what the store has made of it.
    let used = allocation_counter::measure(|| {
        for number in 0..10_000 {
            let events = vec![event(payload.clone())];
            let commit = Commit::new().append(account(number), ExpectedVersion::Any, events);
            let mut append = held.start(commit);
            assert!(poll(&mut append).is_pending());
            waiting.push(append);
        }
    });
    drop(waiting);
    held.gate.set(State::Open);
    block_on(append).expect("an append");
    // The 16 MiB that wait for the writer, and a little for each that waits to get there.
    assert!(used.bytes_current < 32 << 20, "{used:?}");
}

#[test]
fn who_waits_is_served_in_turn() {
    let (held, first) = Held::new();
    let append = held.hold(&first);
    let waiting = fill(&held);
    // It would fit, but others were there before.
    let mut small = held.start(commit(&account("small"), 1));
    assert!(poll(&mut small).is_pending());
    held.gate.set(State::Open);
    block_on(append).expect("an append");
    let mut positions = Vec::new();
    for append in waiting.into_iter().chain([small]) {
        positions.push(block_on(append).expect("an append").receipt.first);
    }
    assert!(positions.is_sorted());
    assert_eq!(held.store.stats().expect("figures").events, 20);
}

#[test]
fn who_stops_waiting_gives_its_place_back() {
    let (held, first) = Held::new();
    let append = held.hold(&first);
    let mut waiting = fill(&held);
    let mut small = held.start(commit(&account("small"), 1));
    assert!(poll(&mut small).is_pending());
    drop(waiting.split_off(15));
    held.gate.set(State::Open);
    block_on(append).expect("an append");
    block_on(small).expect("an append");
    for append in waiting {
        block_on(append).expect("an append");
    }
    assert_eq!(held.store.stats().expect("figures").events, 18);
}

#[test]
fn closing_answers_who_waits_for_room() {
    let (held, first) = Held::new();
    let append = held.hold(&first);
    let mut waiting = fill(&held);
    let store = &held.store;
    thread::scope(|scope| {
        scope.spawn(|| store.close());
        // While the writer still has not come to it.
        for append in waiting.drain(15..) {
            let answer = block_on(append);
            assert!(
                matches!(answer, Err(AppendError::Unavailable { .. })),
                "{answer:?}"
            );
        }
        held.gate.set(State::Open);
    });
    block_on(append).expect("it was handed over");
    for append in waiting {
        block_on(append).expect("it was handed over");
    }
    let (_dir, store) = held.reopen();
    assert_eq!(log(&store).expect("the log").len(), 17);
}

#[test]
fn a_panic_of_the_writer_is_told_to_everybody() {
    let (held, first) = Held::new();
    let doomed = held.hold(&first);
    let mut waiting = fill(&held);
    held.gate.set(State::Broken);
    match block_on(doomed) {
        Err(AppendError::OutcomeUnknown { commit_id, .. }) => {
            assert_eq!(commit_id, first.commit_id);
        }
        other => panic!("{other:?}"),
    }
    waiting.push(held.start(commit(&account(0), 1)));
    for append in waiting {
        match block_on(append) {
            Err(AppendError::Poisoned { reason }) => {
                assert!(reason.contains("panicked: the clock is broken"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
    let poisoned = held.store.stats().expect("figures").poisoned;
    assert!(poisoned.is_some_and(|reason| reason.contains("the clock is broken")));
    let written = log(&held.store).expect("reading goes on");
    check(&held.store, &written);
    let (_dir, store) = held.reopen();
    check(&store, &written);
    let committed = append(&store, first);
    assert!(!committed.duplicate, "nothing had been written");
}

/// Appends by several threads while the store is closed: each is told for sure what became of it.
#[test]
fn an_append_that_races_with_closing_is_told_for_sure() {
    const WRITERS: usize = 4;
    for round in 0..rounds(30, 1000) {
        let dir = tempfile::tempdir().expect("a directory");
        let store = SledStore::open(dir.path()).expect("a store");
        let acked = AtomicU8::new(0);
        let results: Vec<_> = thread::scope(|scope| {
            let write = |writer: usize| {
                let (store, acked) = (&store, &acked);
                scope.spawn(move || {
                    let mut written = Vec::new();
                    loop {
                        let commit = commit(&account(writer), 1);
                        match block_on(store.append(commit.clone())) {
                            Ok(_) => written.push(commit.commit_id),
                            Err(AppendError::Unavailable { .. }) => break (written, commit),
                            Err(other) => panic!("{other:?}"),
                        }
                        acked.fetch_max(1, Ordering::Relaxed);
                    }
                })
            };
            let writers: Vec<_> = (0..WRITERS).map(write).collect();
            wait_until("an append", || acked.load(Ordering::Relaxed) > 0);
            for _ in 0..round * 100 {
                std::hint::spin_loop();
            }
            store.close();
            writers
                .into_iter()
                .map(|writer| writer.join().expect("a writer"))
                .collect()
        });
        drop(store);
        let store = SledStore::open(dir.path()).expect("the store again");
        let mut events = 0;
        for (written, refused) in results {
            events += written.len();
            for id in written {
                assert!(block_on(store.find_commit(id)).expect("a lookup").is_some());
            }
            let found = block_on(store.find_commit(refused.commit_id));
            assert!(found.expect("a lookup").is_none(), "it was refused");
        }
        assert_eq!(log(&store).expect("the log").len(), events);
    }
}
