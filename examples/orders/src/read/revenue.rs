//! What came in and what went back, by day and currency. A payment's amount stands in its first event only, so the
//! projection keeps it until the money comes.

use std::str::FromStr;
use std::time::Duration;

use eventsourcing::{
    EventView, ParseTimestampError, Projection, ReadModel, ReadModelError, RecordedEvent, RowTx,
    Timestamp, WrongStream, aggregate_id,
};
use serde::{Deserialize, Serialize};

use crate::domain::payment::{Payment, PaymentEvent, Refunded, Requested};
use crate::domain::{Money, OrderId};

/// A day, from midnight to midnight UTC: its first moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day(Timestamp);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Day {
    fn of(time: Timestamp) -> Self {
        let micros = i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX);
        let since_midnight = time.as_micros().rem_euclid(micros);
        Self(Timestamp::from_micros(time.as_micros() - since_midnight))
    }

    /// When it begins.
    pub(crate) fn begin(self) -> Timestamp {
        self.0
    }

    /// When the next one begins.
    pub(crate) fn end(self) -> Timestamp {
        self.0 + DAY
    }

    /// Written as the first part of its first moment.
    pub(crate) fn text(begin: Timestamp) -> String {
        let text = begin.to_string();
        text.split('T').next().unwrap_or_default().into()
    }
}

impl FromStr for Day {
    type Err = ParseTimestampError;
    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        format!("{text}T00:00:00Z").parse().map(Self)
    }
}

/// What a day brought, in cents.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) payments: u64,
    pub(crate) captured: u64,
    pub(crate) refunds: u64,
    pub(crate) refunded: u64,
}

/// Days and currencies in which money came in or went back.
pub(crate) const DAYS: ReadModel<(Timestamp, String), Row> = ReadModel::new("days");

/// Payments that were asked for and have not come.
const ASKED: ReadModel<OrderId, Money> = ReadModel::new("asked");

/// Keeps [`DAYS`].
pub(crate) struct Revenue;

/// What it looks at.
#[derive(Debug, EventView)]
#[es(of = PaymentEvent)]
pub(crate) enum Seen {
    Requested(Requested),
    Captured,
    Refused,
    Voided,
    Refunded(Refunded),
}

/// Why an event cannot be handled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RevenueError {
    #[error(transparent)]
    Rows(#[from] ReadModelError),
    #[error(transparent)]
    Stream(#[from] WrongStream),
    #[error("nobody asked for the payment for order {0}")]
    NotAsked(OrderId),
}

impl Projection for Revenue {
    const NAME: &'static str = "revenue";
    const VERSION: u32 = 1;
    type View = Seen;
    type Tx = RowTx;
    type Error = RevenueError;

    async fn handle(
        &self,
        event: Seen,
        recorded: &RecordedEvent,
        tx: &mut RowTx,
    ) -> Result<(), RevenueError> {
        let order = aggregate_id::<Payment>(&recorded.stream)?;
        let day = Day::of(recorded.recorded_at).begin();
        match event {
            Seen::Requested(event) => tx.put(&ASKED, &order, &event.amount)?,
            Seen::Refused | Seen::Voided => tx.delete(&ASKED, &order)?,
            Seen::Captured => {
                let amount = tx.get(&ASKED, &order)?;
                let amount = amount.ok_or(RevenueError::NotAsked(order))?;
                tx.delete(&ASKED, &order)?;
                tx.update(&DAYS, &(day, amount.currency.to_string()), |row| {
                    row.payments += 1;
                    row.captured += amount.cents;
                })?;
            }
            Seen::Refunded(Refunded { amount }) => {
                tx.update(&DAYS, &(day, amount.currency.to_string()), |row| {
                    row.refunds += 1;
                    row.refunded += amount.cents;
                })?;
            }
        }
        Ok(())
    }
}
