//! Who has ordered what, the newest first.

use eventsourcing::{
    EventView, Index, Projection, ReadModel, ReadModelError, RecordedEvent, RowTx, Timestamp,
    WrongStream, aggregate_id,
};
use serde::{Deserialize, Serialize};

use crate::domain::order::{Cancelled, Order, OrderEvent, Placed, Reason, Status};
use crate::domain::{Money, OrderId, UserId};

/// An order in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) user: UserId,
    pub(crate) status: Status,
    pub(crate) reason: Option<Reason>,
    pub(crate) lines: usize,
    pub(crate) total: Money,
    pub(crate) placed_at: Timestamp,
    /// Where it was placed in the log: orders of one user are listed in this order.
    pub(crate) position: u64,
}

/// All orders.
pub(crate) const ORDERS: ReadModel<OrderId, Row> = ReadModel::new("orders").indexed(&[&BY_USER]);

/// Those of one user, one after the other.
pub(crate) const BY_USER: Index<OrderId, Row, (UserId, u64)> =
    Index::new("by_user", |_, row| (row.user, row.position));

/// Keeps [`ORDERS`].
pub(crate) struct Orders;

/// What it looks at.
#[derive(Debug, EventView)]
#[es(of = OrderEvent)]
pub(crate) enum Seen {
    Placed(Placed),
    Shipped,
    Cancelled(Cancelled),
}

/// Why an event cannot be handled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrdersError {
    #[error(transparent)]
    Rows(#[from] ReadModelError),
    #[error(transparent)]
    Stream(#[from] WrongStream),
    #[error("order {0} is not in the list: its placing was not seen")]
    Unknown(OrderId),
}

impl Projection for Orders {
    const NAME: &'static str = "orders";
    const VERSION: u32 = 1;
    type View = Seen;
    type Tx = RowTx;
    type Error = OrdersError;

    async fn handle(
        &self,
        event: Seen,
        recorded: &RecordedEvent,
        tx: &mut RowTx,
    ) -> Result<(), OrdersError> {
        let order = aggregate_id::<Order>(&recorded.stream)?;
        let (status, reason) = match event {
            Seen::Placed(placed) => {
                let row = Row {
                    user: placed.user,
                    status: Status::Placed,
                    reason: None,
                    lines: placed.lines.len(),
                    total: placed.total,
                    placed_at: recorded.recorded_at,
                    position: recorded.position.get(),
                };
                return Ok(tx.put(&ORDERS, &order, &row)?);
            }
            Seen::Shipped => (Status::Shipped, None),
            Seen::Cancelled(event) => (Status::Cancelled, Some(event.reason)),
        };
        let row = tx.get(&ORDERS, &order)?;
        let row = row.ok_or(OrdersError::Unknown(order))?;
        let row = Row {
            status,
            reason,
            ..row
        };
        Ok(tx.put(&ORDERS, &order, &row)?)
    }
}
