//! [`Projected`]: what is in the log.

use std::fmt::{self, Debug};
use std::sync::Arc;

use bytes::Bytes;
use eventsourcing::{
    Aggregate, Commit, CommitId, EventStore, ExpectedVersion, FormatId, Json, Key, MemoryStore,
    Metadata, NewEvent, Projection, ReadModel, RecordedEvent, RowTx, RowValue, StreamId,
    StreamRange, Timestamp, View, stream_id,
};
use futures_util::FutureExt;

use super::super::history::{encode, read, stored, stream_named, survives, unwrapped};
use super::fold;
use super::then::Folded;
use crate::ManualClock;

/// Starts a scenario on a projection over an empty log.
///
/// ```
/// use eventsourcing::{Aggregate, Apply, Event, Projection, ReadModel, ReadModelError, RecordedEvent, RowTx};
/// use eventsourcing_testkit::projected;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// # pub struct Deposited { pub cents: u64 }
/// # #[derive(Debug, Clone, PartialEq, Event)]
/// # pub enum AccountEvent {
/// #     #[es(name = "account.deposited")]
/// #     Deposited(Deposited),
/// # }
/// # #[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
/// # #[es(name = "account", id = u64, event = AccountEvent, error = std::convert::Infallible)]
/// # pub struct Account {}
/// # impl Apply<Deposited> for Account { fn apply(&mut self, _: Deposited) {} }
///
/// const BALANCES: ReadModel<String, u64> = ReadModel::new("balances");
///
/// struct Balances;
///
/// impl Projection for Balances {
///     const NAME: &'static str = "balances";
///     const VERSION: u32 = 1;
///     type View = AccountEvent;
///     type Tx = RowTx;
///     type Error = ReadModelError;
///
///     async fn handle(&self, event: AccountEvent, recorded: &RecordedEvent, tx: &mut RowTx) -> Result<(), ReadModelError> {
///         let AccountEvent::Deposited(deposited) = event;
///         let account = recorded.stream.id().to_owned();
///         tx.update(&BALANCES, &account, |cents| *cents += deposited.cents)
///     }
/// }
///
/// projected(Balances)
///     .event::<Account>(&7, Deposited { cents: 500 })
///     .event::<Account>(&8, Deposited { cents: 1 })
///     .event::<Account>(&7, Deposited { cents: 20 })
///     .then_rows(&BALANCES, [("7".to_owned(), 520), ("8".to_owned(), 1)])
///     .then(|view| assert_eq!(view.get(&BALANCES, &"9".to_owned()).unwrap(), None));
/// ```
pub fn projected<J: Projection<Tx = RowTx>>(projection: J) -> Projected<J> {
    let clock = ManualClock::default();
    Projected {
        log: MemoryStore::with_clock(Arc::new(clock.clone())),
        clock,
        metadata: Metadata::new(),
        events: 0,
        projection,
    }
}

/// What is in the log. Add events, then look at the read model with [`Projected::then_rows`] or [`Projected::then`].
///
/// The log is folded by a runner, as in a program, in several ways that must make no difference: all events in one commit,
/// each in its own, and both again with every commit lost once, so that each event is handled twice. Rows that differ
/// fail the test.
#[must_use = "a scenario checks nothing until `then` or `then_rows`"]
pub struct Projected<J> {
    projection: J,
    log: MemoryStore,
    clock: ManualClock,
    metadata: Metadata,
    events: u32,
}

impl<J: Projection<Tx = RowTx>> Projected<J> {
    /// Sets the time of the events that follow.
    pub fn at(self, now: Timestamp) -> Self {
        self.clock.set(now);
        self
    }

    /// Sets what travels with the events that follow.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// An event of this aggregate has happened. It is written and read back, so it also shows that it survives JSON.
    ///
    /// # Panics
    /// If it does not, or the id cannot name a stream.
    #[track_caller]
    pub fn event<A: Aggregate>(mut self, id: &A::Id, event: impl Into<A::Event>) -> Self
    where
        A::Event: PartialEq + Debug,
    {
        let (event, stream) = (event.into(), unwrapped(stream_id::<A>(id)));
        let recorded = self.append(&stream, encode(&event, &Json));
        let read = read(&recorded, &Json).into_vec();
        survives(&event, &read, &recorded.payload);
        self
    }

    /// An event was stored in these bytes, perhaps long ago under a former name or version.
    ///
    /// # Panics
    /// If the stream has no such name as `account-7`, or the event no name.
    #[track_caller]
    pub fn stored(
        mut self,
        stream: &str,
        name: &str,
        version: u16,
        format: FormatId,
        payload: impl AsRef<[u8]>,
    ) -> Self {
        let payload = Bytes::copy_from_slice(payload.as_ref());
        let event = stored(name, version, format, payload);
        self.append(&stream_named(stream), event);
        self
    }

    /// Folds the log, and checks that a table has exactly these rows, in the order of their keys.
    ///
    /// # Panics
    /// If it has others, if an event fails, or if the rows depend on how the log is folded; the message shows the difference.
    #[track_caller]
    pub fn then_rows<K, V>(
        self,
        table: &ReadModel<K, V>,
        expected: impl IntoIterator<Item = (K, V)>,
    ) -> Folded
    where
        K: Key + PartialEq + Debug,
        V: RowValue + PartialEq + Debug,
    {
        self.folded().then_rows(table, expected)
    }

    /// Folds the log, and hands over the read model for checks of any kind.
    ///
    /// # Panics
    /// If the checks do, if an event fails, or if the rows depend on how the log is folded.
    #[track_caller]
    pub fn then(self, check: impl FnOnce(&View)) -> Folded {
        self.folded().then(check)
    }

    /// Folds the log, and checks that an event cannot be handled for this reason. What failed is parked in a program, and
    /// its key waits.
    ///
    /// # Panics
    /// If all events can be handled, or the predicate does not hold for the text that says which could not, and why.
    #[track_caller]
    pub fn then_fails(self, predicate: impl FnOnce(&str) -> bool) {
        match fold::fold(self.projection, &self.log) {
            Ok(_) => panic!(
                "all {} events were handled; expected that one fails",
                self.events
            ),
            Err(error) => assert!(
                predicate(&error),
                "it failed otherwise than expected:\n  {error}"
            ),
        }
    }

    #[track_caller]
    fn folded(self) -> Folded {
        let models = unwrapped(fold::fold(self.projection, &self.log));
        Folded {
            view: unwrapped(models.view(J::NAME)),
        }
    }

    #[track_caller]
    fn append(&mut self, stream: &StreamId, event: NewEvent) -> RecordedEvent {
        self.events += 1;
        let id = CommitId::from_key(&format!("given {}", self.events));
        let commit = Commit::with_id(id)
            .append(stream.clone(), ExpectedVersion::Any, vec![event])
            .with_metadata(self.metadata.clone());
        let written = self.log.append(commit).now_or_never();
        if let Err(error) = written.expect("memory answers at once") {
            panic!("the event cannot be stored: {error}");
        }
        let last = StreamRange::backward().limit(1);
        let page = self.log.read_stream(stream, last).now_or_never();
        let page = page.expect("memory answers at once");
        page.expect("it is there").events.remove(0)
    }
}

impl<J> Debug for Projected<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Projected")
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}
