//! The log folded by hand: what read models must be, and what has become of each transfer.

use std::collections::BTreeMap;

use eventsourcing::{
    Decoded, EventStoreExt, Filter, Json, Position, ReadError, ReadModels, RecordedEvent,
};
use eventsourcing_sled::SledStore;

use super::bank::{Deposited, Requested, Seen, Withdrawn};
use super::models::{Balance, Entry, Fold, Kept, Turnover};

/// What happened to accounts, in the log's order.
pub(super) struct Ledger {
    events: Vec<(Seen, RecordedEvent)>,
    /// How often each transfer has ended.
    ended: BTreeMap<u64, u64>,
}

/// What has become of a transfer.
#[derive(Debug, Default)]
struct Moved {
    requested: Option<Requested>,
    taken: u32,
    arrived: u32,
    returned: u32,
    ended: u64,
}

/// What the transfers have come to.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Not ended.
    pub(super) open: u64,
    /// Taken, and not arrived anywhere.
    pub(super) under_way: u64,
}

impl Ledger {
    pub(super) async fn read(store: &SledStore) -> Self {
        let mut events = Vec::new();
        let filter = Filter::all().view::<Seen>();
        let keep = |recorded: RecordedEvent| {
            match recorded.view::<Seen>(&Json) {
                Ok(Decoded::One(event)) => events.push((event, recorded)),
                other => panic!("one event, not {other:?}"),
            }
            Ok::<_, ReadError>(())
        };
        let read = store.for_each_in_log(Position::START, &filter, keep).await;
        read.expect("the log");
        let (mut ended, filter) = (BTreeMap::new(), Filter::all().event_type("transfer.ended"));
        let count = |recorded: RecordedEvent| {
            let transfer = recorded.stream.id().parse().expect("a number");
            *ended.entry(transfer).or_default() += 1;
            Ok::<_, ReadError>(())
        };
        let read = store.for_each_in_log(Position::START, &filter, count).await;
        read.expect("the log");
        Self { events, ended }
    }

    pub(super) fn len(&self) -> u64 {
        self.events.len() as u64
    }

    /// Where the last event is.
    pub(super) fn end(&self) -> Position {
        let last = self.events.last();
        last.map_or(Position::START, |(_, recorded)| recorded.position)
    }

    /// Where the read model of this name differs from a fold of the log up to there.
    pub(super) fn differs(
        &self,
        name: &str,
        models: &ReadModels,
        until: Position,
    ) -> Option<String> {
        let differs = match name {
            Balance::NAME => self.fold::<Balance>(until).differs(models),
            Turnover::NAME => self.fold::<Turnover>(until).differs(models),
            Entry::NAME => self.fold::<Entry>(until).differs(models),
            other => panic!("no read model is called {other}"),
        };
        differs.map(|differs| format!("at {until}: {differs}"))
    }

    fn fold<R: Kept>(&self, until: Position) -> Fold<R> {
        let mut fold = Fold::new();
        let events = self.events.iter();
        for (event, recorded) in events.take_while(|(_, recorded)| recorded.position <= until) {
            fold.add(event, recorded);
        }
        fold
    }

    /// The last request of a desk.
    pub(super) fn requests(&self, desk: u64) -> u64 {
        let requested = self.events.iter().filter_map(|(event, recorded)| {
            let Seen::Requested(requested) = event else {
                return None;
            };
            (Balance::id(event, recorded) == desk).then_some(requested.number)
        });
        requested.max().unwrap_or_default()
    }

    /// Follows every transfer. Whatever was done twice, or otherwise than asked for, is a problem; so is money that is missing.
    pub(super) fn sums(&self) -> (Sums, Vec<String>) {
        let (mut problems, mut moved) = (Vec::new(), BTreeMap::<u64, Moved>::new());
        let (mut funds, mut held) = (0_u64, 0_i64);
        for (event, recorded) in &self.events {
            let account = Balance::id(event, recorded);
            let (transfer, cents) = match event {
                Seen::Requested(event) => {
                    let moved = moved.entry(event.transfer).or_default();
                    moved.requested = Some(event.clone());
                    continue;
                }
                Seen::Deposited(Deposited { transfer, cents }) => {
                    held += cents.cast_signed();
                    let Some(transfer) = transfer else {
                        funds += cents;
                        continue;
                    };
                    (transfer, cents)
                }
                Seen::Withdrawn(Withdrawn { transfer, cents }) => {
                    held -= cents.cast_signed();
                    (transfer, cents)
                }
                Seen::Closed(_) => continue,
            };
            let moved = moved.entry(*transfer).or_default();
            match (event, &moved.requested) {
                (_, Some(asked)) if asked.cents != *cents => {
                    problems.push(format!("{recorded:?} is not what was asked for"));
                }
                (Seen::Withdrawn(_), Some(asked)) if asked.from == account => moved.taken += 1,
                (Seen::Deposited(_), Some(asked)) if asked.to == account => moved.arrived += 1,
                (Seen::Deposited(_), Some(asked)) if asked.from == account => moved.returned += 1,
                _ => problems.push(format!("{recorded:?} is not what was asked for")),
            }
        }
        for (transfer, times) in &self.ended {
            moved.entry(*transfer).or_default().ended = *times;
        }
        let (mut sums, mut away) = (Sums::default(), 0);
        for (transfer, moved) in moved {
            sums.open += u64::from(moved.ended == 0);
            match (moved.taken, moved.arrived, moved.returned, moved.ended) {
                // Asked for, or refused; arrived, or given back, and perhaps not noted yet.
                (0, 0, 0, 0 | 1) | (1, 1, 0, 0 | 1) | (1, 0, 1, 0 | 1) => {}
                (1, 0, 0, 0) => {
                    sums.under_way += 1;
                    away += moved.requested.map_or(0, |asked| asked.cents);
                }
                _ => problems.push(format!("transfer {transfer}: {moved:?}")),
            }
        }
        if held + away.cast_signed() != funds.cast_signed() {
            problems.push(format!(
                "of {funds} cents, {held} are there and {away} under way"
            ));
        }
        (sums, problems)
    }
}
