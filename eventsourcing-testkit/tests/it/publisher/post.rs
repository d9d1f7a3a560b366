//! [`Post`]: a bus that notes what it gets, and misbehaves as a test asks.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex};

use eventsourcing::{
    Bus, EventId, EventStore, Filter, MemoryStore, Position, ProjectionOptions, ProjectionRunner,
    ProjectionStore, PublishError, RecordedEvent,
};
use fastrand::Rng;

use crate::projection::support::{append, deposited};

/// The name of the publisher.
pub(crate) const FEED: &str = "feed";

/// Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Post(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    sent: Vec<RecordedEvent>,
    attempts: u64,
    is_down: bool,
    is_silent: bool,
    refused: BTreeSet<(String, u64)>,
    chance: Option<Rng>,
}

impl Post {
    fn state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().expect("no panic inside"))
    }

    /// Everything that it has got, in that order.
    pub(crate) fn sent(&self) -> Vec<RecordedEvent> {
        self.state(|state| state.sent.clone())
    }

    pub(crate) fn positions(&self) -> Vec<u64> {
        let sent = self.sent();
        sent.iter().map(|event| event.position.get()).collect()
    }

    pub(crate) fn attempts(&self) -> u64 {
        self.state(|state| state.attempts)
    }

    pub(crate) fn down(&self, is_down: bool) {
        self.state(|state| state.is_down = is_down);
    }

    /// It neither takes an event nor refuses it.
    pub(crate) fn silent(&self, is_silent: bool) {
        self.state(|state| state.is_silent = is_silent);
    }

    /// It does not take this event of this account.
    pub(crate) fn refuse(&self, account: &str, version: u64) {
        self.state(|state| state.refused.insert((account.into(), version)));
    }

    pub(crate) fn take_all(&self) {
        self.state(|state| state.refused.clear());
    }

    /// It is unavailable by chance, before it has got an event or afterwards.
    pub(crate) fn flaky(&self, seed: u64) {
        self.state(|state| state.chance = Some(Rng::with_seed(seed)));
    }

    /// Every event of the log has come, with its id, and those of a stream in order: what is repeated is what came last.
    pub(crate) async fn check(&self, log: &MemoryStore, what: &str) {
        let page = log.read_all(Position::START, &accounts(), 100_000).await;
        let events = page.expect("a page").events;
        let mut last = BTreeMap::new();
        for event in self.sent() {
            let before = last.insert(event.stream.clone(), event.version);
            assert!(
                before <= Some(event.version),
                "{what}: {before:?}, then {event:?}"
            );
            let next = before.unwrap_or_default().get() + 1;
            assert!(
                event.version.get() <= next,
                "{what}: none between {before:?} and {event:?}"
            );
        }
        let ids = |events: &[RecordedEvent]| -> HashSet<EventId> {
            events.iter().map(RecordedEvent::event_id).collect()
        };
        assert_eq!(ids(&self.sent()), ids(&events), "{what}");
    }
}

impl Bus for Post {
    async fn publish(&self, event: &RecordedEvent) -> Result<(), PublishError> {
        let unavailable = || PublishError::Unavailable("as the test asked".into());
        let mut late = false;
        if self.state(|state| {
            state.attempts += 1;
            state.is_silent
        }) {
            std::future::pending::<()>().await;
        }
        self.state(|state| {
            if state.is_down {
                return Err(unavailable());
            }
            let place = (event.stream.id().to_owned(), event.version.get());
            if state.refused.contains(&place) {
                let why = format!("{} of {} is poison", place.1, place.0);
                return Err(PublishError::Refused(why.into()));
            }
            match state.chance.as_mut().map(|rng| rng.u32(..10)) {
                Some(0) => return Err(unavailable()),
                Some(1) => late = true,
                _ => {}
            }
            state.sent.push(event.clone());
            Ok(())
        })?;
        tokio::task::yield_now().await;
        if late { Err(unavailable()) } else { Ok(()) }
    }
}

pub(crate) fn accounts() -> Filter {
    Filter::all().category("account")
}

/// Adds the publisher.
pub(crate) fn feed<P: ProjectionStore>(
    runner: ProjectionRunner<P>,
    post: &Post,
    options: ProjectionOptions,
) -> ProjectionRunner<P> {
    runner.add_publisher_with(FEED, accounts(), post.clone(), options)
}

/// Events of several accounts, one after the other.
pub(crate) async fn write(log: &MemoryStore, accounts: &[&str], rounds: i64) {
    for round in 0..rounds {
        for account in accounts {
            append(log, account, [deposited(round), deposited(round + 1)]).await;
        }
    }
}
