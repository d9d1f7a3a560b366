// the guide

use eventsourcing::{Commit, EventStore, ExpectedVersion, Json, MemoryStore, NewEvent, ReadModels, Receipt, StreamId};

/// A log and rows; in the log, one deposit that cannot be handled and one behind it.
pub(super) async fn deposits() -> (MemoryStore, ReadModels) {
    let log = MemoryStore::new();
    for (account, cents) in [("1", 5), ("2", 0), ("2", 7)] {
        deposit(&log, account, cents).await;
    }
    (log, ReadModels::in_memory())
}

pub(super) async fn deposit(log: &MemoryStore, account: &str, cents: u64) -> Receipt {
    let event = NewEvent::encode(&AccountEvent::from(Deposited { cents }), &Json).expect("json");
    let stream = StreamId::new("account", account).expect("an id");
    let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
    log.append(commit).await.expect("an append").receipt
}

pub(super) fn balances(models: &ReadModels) -> Vec<(String, u64)> {
    let view = models.view("balances").expect("it has run");
    let rows = view.range(&BALANCES, ..).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}
