//! Read models whose rows notice what is left out, done twice or out of order; and the same folded by hand.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

use eventsourcing::{
    Index, Key, Position, Projection, ReadModel, ReadModelError, ReadModels, RecordedEvent, RowTx,
    RowValue,
};
use serde::{Deserialize, Serialize};

use super::bank::Seen;

/// A row of a read model, and how events change it.
pub(super) trait Kept: RowValue + Clone + Debug + Default + PartialEq {
    const NAME: &'static str;
    const TABLE: ReadModel<Self::Id, Self>;
    type Id: Key + Clone + Debug + Ord + Send;

    /// The row that an event changes.
    fn id(event: &Seen, recorded: &RecordedEvent) -> Self::Id;
    fn add(&mut self, event: &Seen, recorded: &RecordedEvent);
}

/// Keeps rows of this kind.
pub(super) struct Keep<R>(PhantomData<fn(R)>);

impl<R> Keep<R> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R: Kept> Projection for Keep<R> {
    const NAME: &'static str = R::NAME;
    const VERSION: u32 = 1;
    type View = Seen;
    type Tx = RowTx;
    type Error = ReadModelError;

    async fn handle(
        &self,
        event: Seen,
        recorded: &RecordedEvent,
        tx: &mut RowTx,
    ) -> Result<(), ReadModelError> {
        tx.update(&R::TABLE, &R::id(&event, recorded), |row| {
            row.add(&event, recorded);
        })
    }
}

/// The same rows without a projection.
pub(super) struct Fold<R: Kept>(pub(super) BTreeMap<R::Id, R>);

impl<R: Kept> Fold<R> {
    pub(super) fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn add(&mut self, event: &Seen, recorded: &RecordedEvent) {
        let row = self.0.entry(R::id(event, recorded)).or_default();
        row.add(event, recorded);
    }

    /// Where the read model has other rows, if it has.
    pub(super) fn differs(&self, models: &ReadModels) -> Option<String> {
        let rows = models
            .view(R::NAME)
            .and_then(|view| view.range(&R::TABLE, ..)?.collect());
        let rows: BTreeMap<R::Id, R> = match rows {
            Ok(rows) => rows,
            // Nothing was committed yet.
            Err(ReadModelError::NotServed { .. }) => BTreeMap::new(),
            Err(error) => return Some(error.to_string()),
        };
        let ids = self.0.keys().chain(rows.keys());
        let differing = ids.clone().find(|id| self.0.get(id) != rows.get(id))?;
        Some(format!(
            "row {differing:?} of {} is {:?} instead of {:?}",
            R::NAME,
            rows.get(differing),
            self.0.get(differing)
        ))
    }
}

/// One row for each account, desks included.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Balance {
    pub(super) cents: i64,
    /// How many events.
    pub(super) version: u64,
    /// How often an event did not follow the one before it.
    pub(super) gaps: u64,
}

const BY_CENTS: Index<u64, Balance, i64> = Index::new("by_cents", |_, balance| balance.cents);

impl Kept for Balance {
    const NAME: &'static str = "balances";
    const TABLE: ReadModel<u64, Self> = ReadModel::new("balances").indexed(&[&BY_CENTS]);
    type Id = u64;

    fn id(_: &Seen, recorded: &RecordedEvent) -> u64 {
        recorded.stream.id().parse().expect("a number")
    }

    fn add(&mut self, event: &Seen, recorded: &RecordedEvent) {
        self.gaps += u64::from(recorded.version.get() != self.version + 1);
        self.version = recorded.version.get();
        self.cents += match event {
            Seen::Deposited(event) => event.cents.cast_signed(),
            Seen::Withdrawn(event) => -event.cents.cast_signed(),
            Seen::Closed(_) | Seen::Requested(_) => 0,
        };
    }
}

/// One row for each type of events: few rows that change with every event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Turnover {
    pub(super) events: u64,
    cents: u64,
    /// Another order, or one event more or less, makes it another.
    chain: u64,
}

impl Kept for Turnover {
    const NAME: &'static str = "turnover";
    const TABLE: ReadModel<String, Self> = ReadModel::new("turnover");
    type Id = String;

    fn id(_: &Seen, recorded: &RecordedEvent) -> String {
        recorded.event_type.to_string()
    }

    fn add(&mut self, event: &Seen, recorded: &RecordedEvent) {
        self.events += 1;
        self.chain = self
            .chain
            .rotate_left(7)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ recorded.position.get();
        self.cents += match event {
            Seen::Deposited(event) => event.cents,
            Seen::Withdrawn(event) => event.cents,
            Seen::Requested(event) => event.cents,
            Seen::Closed(_) => 0,
        };
    }
}

/// One row for each event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    times: u32,
    stream: String,
}

impl Kept for Entry {
    const NAME: &'static str = "journal";
    const TABLE: ReadModel<Position, Self> = ReadModel::new("journal");
    type Id = Position;

    fn id(_: &Seen, recorded: &RecordedEvent) -> Position {
        recorded.position
    }

    fn add(&mut self, _: &Seen, recorded: &RecordedEvent) {
        self.times += 1;
        self.stream = recorded.stream.to_string();
    }
}
