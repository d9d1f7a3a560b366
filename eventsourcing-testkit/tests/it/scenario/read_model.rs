//! Scenarios on read models.

use std::sync::atomic::{AtomicI64, Ordering};

use eventsourcing::{
    EventView, FormatId, Index, Metadata, Projection, ReadModel, RecordedEvent, RowTx,
};
use eventsourcing_testkit::{ManualClock, Projected, projected};
use serde::{Deserialize, Serialize};

use super::assert_fails;
use crate::domain::Door;
use crate::process::transfer::{
    Account, AccountEvent, Closed, Deposited, Id, Moved, Requested, Withdrawn,
};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Balance {
    cents: i64,
    by: Option<String>,
    at: String,
}

const BY_CENTS: Index<String, Balance, i64> = Index::new("by_cents", |_, balance| balance.cents);
const BALANCES: ReadModel<String, Balance> = ReadModel::new("balances").indexed(&[&BY_CENTS]);

#[derive(Debug, EventView)]
#[es(of = AccountEvent)]
enum Money {
    Deposited(Deposited),
    Withdrawn(Withdrawn),
    Requested(Requested),
}

/// Balances, with a defect as asked for.
#[derive(Debug, Default)]
enum Balances {
    #[default]
    Right,
    /// Counts in memory what it has handled.
    Counting(AtomicI64),
    /// Also, but begins anew with the log's first event.
    Beginning(AtomicI64),
}

impl Projection for Balances {
    const NAME: &'static str = "balances";
    const VERSION: u32 = 1;
    type View = Money;
    type Tx = RowTx;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    async fn handle(
        &self,
        event: Money,
        recorded: &RecordedEvent,
        tx: &mut RowTx,
    ) -> Result<(), Self::Error> {
        let cents = match event {
            Money::Deposited(Deposited(moved)) => moved.cents.cast_signed(),
            Money::Withdrawn(Withdrawn(moved)) => -moved.cents.cast_signed(),
            Money::Requested(request) if request.cents == 0 => {
                return Err("a transfer of 0 is none".into());
            }
            Money::Requested(_) => 0,
        };
        // Somewhere else than in the test's own runtime, if it has one.
        tokio::time::sleep(std::time::Duration::from_micros(1)).await;
        let cents = match self {
            Self::Right => cents,
            Self::Beginning(count) if recorded.position.get() == 1 => {
                count.store(1, Ordering::Relaxed);
                0
            }
            Self::Counting(count) | Self::Beginning(count) => count.fetch_add(1, Ordering::Relaxed),
        };
        tx.update(&BALANCES, &recorded.stream.id().to_owned(), |balance| {
            balance.cents += cents;
            balance.by.clone_from(&recorded.metadata.actor);
            balance.at = recorded.recorded_at.to_string();
        })?;
        Ok(())
    }
}

fn moved(cents: u64) -> Moved {
    Moved {
        cents,
        transfer: None,
    }
}

fn ada() -> Id {
    "ada".into()
}

fn with_money() -> Projected<Balances> {
    projected(Balances::Right)
        .event::<Account>(&ada(), Deposited(moved(500)))
        .event::<Account>(&"bob".into(), Deposited(moved(70)))
        .event::<Account>(&ada(), Withdrawn(moved(100)))
        .event::<Account>(&ada(), Closed {})
}

fn row(account: &str, cents: i64) -> (String, Balance) {
    let balance = Balance {
        cents,
        by: None,
        at: ManualClock::START.to_string(),
    };
    (account.to_owned(), balance)
}

#[test]
fn rows_are_what_the_log_makes_them() {
    with_money()
        .then_rows(&BALANCES, [row("ada", 400), row("bob", 70)])
        .then(|view| {
            let rich = view.by_index(&BALANCES, &BY_CENTS, 100..);
            let rich: Vec<_> = rich
                .expect("an index")
                .map(|row| row.expect("a row").0)
                .collect();
            assert_eq!(rich, ["ada"]);
        });
    projected(Balances::Right).then_rows(&BALANCES, []);
}

#[tokio::test]
async fn a_test_may_have_a_runtime_of_its_own() {
    with_money().then(|view| assert_eq!(view.count(&BALANCES, ..).expect("a count"), 2));
}

#[test]
fn time_metadata_and_stored_bytes_reach_the_projection() {
    let night = "2026-02-03T23:00:00Z".parse().expect("a time");
    projected(Balances::Right)
        .at(night)
        .metadata(Metadata::new().with_actor("eve"))
        .stored(
            "account-ada",
            "account.deposited",
            1,
            FormatId::JSON,
            r#"{"cents":5}"#,
        )
        .then_rows(
            &BALANCES,
            [(
                "ada".to_owned(),
                Balance {
                    cents: 5,
                    by: Some("eve".into()),
                    at: "2026-02-03T23:00:00Z".into(),
                },
            )],
        );
}

#[test]
fn other_rows_are_shown_as_a_difference() {
    assert_fails(
        || with_money().then_rows(&BALANCES, [row("ada", 500), row("bob", 70)]),
        "table `balances` has other rows (- expected, + actual):\n\
         - (\"ada\", Balance { cents: 500, by: None, at: \"2026-01-01T00:00:00Z\" })\n\
         + (\"ada\", Balance { cents: 400, by: None, at: \"2026-01-01T00:00:00Z\" })\n\
         \x20 (\"bob\", Balance { cents: 70, by: None, at: \"2026-01-01T00:00:00Z\" })\n",
    );
}

#[test]
fn an_event_that_fails_fails_the_scenario() {
    let nothing = || {
        with_money().event::<Account>(
            &ada(),
            Requested {
                transfer: "1".into(),
                from: ada(),
                to: ada(),
                cents: 0,
            },
        )
    };
    assert_fails(
        || nothing().then(|_| ()),
        "folded at once, event `account.transfer-requested` of stream `account-ada` (position 5) failed: a transfer of \
         0 is none",
    );
    nothing().then_fails(|error| error.ends_with("a transfer of 0 is none"));
    assert_fails(
        || with_money().then_fails(|_| true),
        "all 4 events were handled; expected that one fails",
    );
    assert_fails(
        || nothing().then_fails(|error| error.contains("damaged")),
        "it failed otherwise than expected:\n  folded at once, event `account.transfer-requested` of stream \
         `account-ada` (position 5) failed: a transfer of 0 is none",
    );
}

#[test]
fn what_is_kept_beside_the_rows_is_noticed() {
    assert_fails(
        || {
            projected(Balances::Counting(AtomicI64::new(0)))
                .event::<Account>(&ada(), Deposited(moved(500)))
                .then(|_| ())
        },
        "the rows are others with each event in a commit of its own (-) than at once (+): `handle` depends on something \
         beside event and rows, or changes something beside its transaction\n\
         - row of `balances` ada\\x00\\x00: {\"at\":\"2026-01-01T00:00:00Z\",\"by\":null,\"cents\":1}\n\
         - index of `balances` `by_cents` \\x80\\x00\\x00\\x00\\x00\\x00\\x00\\x01ada\\x00\\x00\n\
         + row of `balances` ada\\x00\\x00: {\"at\":\"2026-01-01T00:00:00Z\",\"by\":null,\"cents\":0}\n\
         + index of `balances` `by_cents` \\x80\\x00\\x00\\x00\\x00\\x00\\x00\\x00ada\\x00\\x00\n\
         \x20 layout of `balances`: {\"indexes\":{\"by_cents\":\"i64\"},\"key\":\"string\"}\n",
    );
}

#[test]
fn what_only_a_repetition_shows_is_noticed() {
    projected(Balances::Beginning(AtomicI64::new(0)))
        .event::<Account>(&ada(), Deposited(moved(500)))
        .event::<Account>(&ada(), Deposited(moved(500)))
        .then_fails(|error| {
            error.starts_with(
                "the rows are others with each event in a commit of its own, lost once and done again (-) than at once (+)",
            )
        });
}

#[test]
fn an_event_that_does_not_survive_is_told() {
    let jammed = crate::domain::DoorEvent::Jammed {
        note: "rust".into(),
    };
    assert_fails(
        || projected(Balances::Right).event::<Door>(&"1".into(), jammed),
        "event `door.jammed` does not come back as it was written (- written, + read):\n\
         - Jammed { note: \"rust\" }\n+ Jammed { note: \"\" }\n\nits payload is {}",
    );
}

/// For whoever looks at where it says so.
pub(super) fn fails() {
    with_money().then_rows(&BALANCES, []);
}
