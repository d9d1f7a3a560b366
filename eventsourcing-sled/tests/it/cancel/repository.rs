//! Commands, saves and units of work over a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use eventsourcing::*;
use eventsourcing_testkit::faults::{Tally, rounds};
use eventsourcing_testkit::history::drop_after;

use super::bank::{Account, Deposit};
use super::{Full, Subject, check, on_each_store};
use crate::support::LIMIT;

/// More polls than any future here needs.
const POLLS: usize = 1000;

type Accounts<S> = EventSourced<Account, Subject<S>>;

fn deposit(account: u64) -> Deposit {
    Deposit { account, cents: 5 }
}

/// The deposits of an account in the log, each of which was two events.
async fn deposits<S: Full>(accounts: &Accounts<S>, id: u64) -> u64 {
    // Past the cache and the snapshots.
    let fresh = EventSourced::<Account, _>::new(accounts.store().clone());
    let state = fresh.load(&id).await.expect("the account").into_state();
    let kept = accounts.load(&id).await.expect("the account").into_state();
    assert_eq!((kept.cents, kept.deposits), (state.cents, state.deposits));
    assert_eq!(state.deposits % 2, 0, "a commit is whole");
    assert_eq!(state.cents, state.deposits * 5);
    state.deposits / 2
}

/// Commands that run beside the dropped one, and all that come to a deposit: these, the dropped one and the next.
const RIVALS: usize = 3;
const ALL: u64 = RIVALS as u64 + 2;

#[test]
fn commands() {
    on_each_store!(dropped_commands);
}

/// Beside each dropped command others run, so that they conflict and wait for their turn.
async fn dropped_commands<S: Full>(store: Subject<S>) {
    let accounts: Accounts<S> = EventSourced::new(store.clone())
        .cached(10)
        .snapshot_every(3);
    let (mut done, mut dropped_polls) = (0, 0);
    for polls in 0..POLLS {
        let before = deposits(&accounts, 7).await;
        let rivals = [(); RIVALS].map(|()| {
            let accounts = accounts.clone();
            tokio::spawn(async move { accounts.execute(deposit(7)).await })
        });
        // They are ahead, so the first to save is one of them.
        tokio::task::yield_now().await;
        let result = drop_after(polls, accounts.execute(deposit(7))).await;
        // The turn is free: all rivals come through, and so does the next.
        for rival in rivals {
            rival.await.expect("no panic").expect("a rival's deposit");
        }
        accounts.execute(deposit(7)).await.expect("a deposit");
        let added = deposits(&accounts, 7).await - before;
        assert!(
            added == ALL || added == ALL - 1,
            "after {polls} polls: {added}"
        );
        if let Some(result) = result {
            result.expect("a deposit");
            assert_eq!(added, ALL);
            done += 1;
        } else {
            dropped_polls += 1;
            done = 0;
        }
        // It takes more polls or fewer, as chance has it; by now it has been dropped in all places.
        if done == 5 {
            break;
        }
    }
    assert!(
        dropped_polls > 5,
        "it was dropped in {dropped_polls} places"
    );
    accounts.flush_snapshots().await;
    check(&store).await;
}

#[test]
fn keyed_commands() {
    on_each_store!(dropped_keyed_commands);
}

/// A dropped command is repeated under its key, and has happened once.
async fn dropped_keyed_commands<S: Full>(store: Subject<S>) {
    let accounts: Accounts<S> = EventSourced::new(store.clone());
    for polls in 0..POLLS {
        let options = ExecuteOptions {
            idempotency_key: Some(format!("deposit {polls}")),
            ..ExecuteOptions::default()
        };
        let command = accounts.execute_with(deposit(7), options.clone());
        let result = drop_after(polls, command).await;
        let again = accounts.execute_with(deposit(7), options).await;
        let again = again.expect("a deposit");
        assert_eq!(again.events.len(), 2);
        assert_eq!(deposits(&accounts, 7).await, polls as u64 + 1);
        if result.is_some() {
            assert!(again.duplicate && polls > 3);
            check(&store).await;
            return;
        }
    }
    panic!("it does not end");
}

#[test]
fn saves() {
    on_each_store!(dropped_saves);
}

/// A root whose save was dropped is saved again, and its events are there once.
async fn dropped_saves<S: Full>(store: Subject<S>) {
    let accounts: Accounts<S> = EventSourced::new(store.clone())
        .cached(10)
        .snapshot_every(2);
    for polls in 0..POLLS {
        let mut root = accounts.load(&7).await.expect("the account");
        root.handle(deposit(7)).expect("a decision");
        let result = drop_after(polls, accounts.save(&mut root)).await;
        accounts.save(&mut root).await.expect("a save");
        assert!(root.pending().is_empty());
        assert_eq!(deposits(&accounts, 7).await, polls as u64 + 1);
        if result.is_some() {
            assert!(polls >= 3);
            accounts.flush_snapshots().await;
            check(&store).await;
            return;
        }
    }
    panic!("it does not end");
}

#[test]
fn units_of_work() {
    on_each_store!(dropped_units);
}

/// A unit whose commit was dropped is committed again under its key: both accounts have it, or had it already.
async fn dropped_units<S: Full>(store: Subject<S>) {
    let accounts: Accounts<S> = EventSourced::new(store.clone());
    for polls in 0..POLLS {
        let mut one = accounts.load(&1).await.expect("the account");
        let mut two = accounts.load(&2).await.expect("the account");
        one.handle(deposit(1)).expect("a decision");
        two.handle(deposit(2)).expect("a decision");
        let key = format!("transfer {polls}");
        let unit = UnitOfWork::new().idempotency_key(&key);
        let unit = unit.with(&mut one).with(&mut two).commit(&store, &Json);
        let result = drop_after(polls, unit).await;
        let saved = one.pending().is_empty();
        assert_eq!(saved, two.pending().is_empty());
        if !saved {
            let unit = UnitOfWork::new().idempotency_key(&key);
            let unit = unit.with(&mut one).with(&mut two).commit(&store, &Json);
            unit.await.expect("a commit");
        }
        for id in [1, 2] {
            assert_eq!(deposits(&accounts, id).await, polls as u64 + 1);
        }
        if result.is_some() {
            assert!(saved && polls >= 3);
            check(&store).await;
            return;
        }
    }
    panic!("it does not end");
}

#[test]
fn aborted_tasks() {
    on_each_store!(aborts, crate::support::run_on_threads);
}

/// Tasks that begin and acknowledge deposits, counted.
#[derive(Default)]
struct Counts {
    begun: AtomicU64,
    acknowledged: AtomicU64,
}

/// Tasks are aborted wherever they are, on several threads.
async fn aborts<S: Full>(store: Subject<S>) {
    let accounts: Accounts<S> = EventSourced::new(store.clone())
        .cached(10)
        .snapshot_every(3);
    let counts = Arc::default();
    let mut tally = Tally::new("commands aborted in their tasks");
    for round in 0..rounds(15, 200) {
        // Each has a limit of its own: all of them take as long as the machine is busy with other things.
        let aborted = tokio::time::timeout(LIMIT, abort_some(&accounts, round as u64, &counts));
        let acknowledged = aborted.await.expect("it hangs");
        tally.round(2 * acknowledged, 0, String::new);
    }
    tally.finish();
    let ended = async {
        accounts.flush_snapshots().await;
        let total = deposits(&accounts, 0).await + deposits(&accounts, 1).await;
        assert_eq!(check(&store).await as u64, 2 * total);
    };
    tokio::time::timeout(LIMIT, ended).await.expect("it hangs");
}

/// Aborts every other task after some deposits; returns how many were acknowledged so far.
async fn abort_some<S: Full>(accounts: &Accounts<S>, round: u64, counts: &Arc<Counts>) -> u64 {
    const TASKS: u64 = 8;
    let before = counts.acknowledged.load(Ordering::SeqCst);
    let tasks = (0..TASKS).map(|task| {
        let (accounts, counts) = (accounts.clone(), counts.clone());
        tokio::spawn(async move {
            for _ in 0..4 {
                counts.begun.fetch_add(1, Ordering::SeqCst);
                let deposited = accounts.execute(deposit(task % 2)).await;
                deposited.expect("a deposit");
                counts.acknowledged.fetch_add(1, Ordering::SeqCst);
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    while counts.acknowledged.load(Ordering::SeqCst) < before + round % 10 {
        tokio::task::yield_now().await;
    }
    let some = tasks.iter().step_by(2);
    some.for_each(tokio::task::JoinHandle::abort);
    for (number, task) in tasks.into_iter().enumerate() {
        if let Err(error) = task.await {
            assert!(error.is_cancelled() && number % 2 == 0, "{error}");
        }
    }
    let total = deposits(accounts, 0).await + deposits(accounts, 1).await;
    let acknowledged = counts.acknowledged.load(Ordering::SeqCst);
    let bounds = acknowledged..=counts.begun.load(Ordering::SeqCst);
    assert!(bounds.contains(&total), "{total} deposits, not {bounds:?}");
    acknowledged
}
