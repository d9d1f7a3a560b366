//! Orders. An order ends in one of two ways, shipped or cancelled, and it alone decides which: whatever races towards it,
//! the first wins.

mod commands;
mod events;

use std::fmt;

use eventsourcing::{Aggregate, Apply};
use serde::{Deserialize, Serialize};

pub use self::commands::{CancelOrder, PlaceOrder, ShipOrder};
pub use self::events::{Cancelled, Line, OrderEvent, Placed, Reason, Shipped, v1};
use super::ids::{OrderId, Sku};

/// Where an order is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not placed yet.
    #[default]
    Unplaced,
    /// On its way: stock and payment are seen to.
    Placed,
    /// Paid and sent.
    Shipped,
    /// Ended without being sent.
    Cancelled,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unplaced => "unplaced",
            Self::Placed => "placed",
            Self::Shipped => "shipped",
            Self::Cancelled => "cancelled",
        })
    }
}

/// An order as its events have made it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "order", id = OrderId, event = OrderEvent, error = OrderError)]
pub struct Order {
    status: Status,
    placed: Option<Placed>,
    reason: Option<Reason>,
}

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// There is one already under this id.
    #[error("is placed already")]
    AlreadyPlaced,
    /// There is none.
    #[error("does not exist")]
    Unknown,
    /// Nothing was ordered, or too much at once.
    #[error("needs 1 to {max} lines, not {0}", max = Order::MAX_LINES)]
    Lines(usize),
    /// A product occurs twice.
    #[error("has two lines with product `{0}`; order all of it in one line")]
    Twice(Sku),
    /// A quantity that is none.
    #[error("cannot have {quantity} pieces of product `{product}`: a quantity is from 1 to {max}", max = Order::MAX_QUANTITY)]
    Quantity {
        /// Of what.
        product: Sku,
        /// How many.
        quantity: u32,
    },
    /// An order is paid at once, so in one currency.
    #[error("mixes currencies; place one order for each")]
    Currencies,
    /// More money than the shop can count.
    #[error("is too expensive; place several orders")]
    Total,
    /// It is on its way.
    #[error("is shipped already")]
    Shipped,
    /// It has ended.
    #[error("was cancelled: {0}")]
    Cancelled(Reason),
}

impl Order {
    /// Most lines.
    pub const MAX_LINES: usize = 100;
    /// Most pieces of a product.
    pub const MAX_QUANTITY: u32 = 1_000;

    /// Where it is in its life.
    pub fn status(&self) -> Status {
        self.status
    }

    /// What was ordered, by whom; `None` before it is placed.
    pub fn placed(&self) -> Option<&Placed> {
        self.placed.as_ref()
    }

    /// Why it was cancelled; `None` if it was not.
    pub fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }
}

impl Apply<Placed> for Order {
    fn apply(&mut self, event: Placed) {
        self.status = Status::Placed;
        self.placed = Some(event);
    }
}

impl Apply<Shipped> for Order {
    fn apply(&mut self, _: Shipped) {
        self.status = Status::Shipped;
    }
}

impl Apply<Cancelled> for Order {
    fn apply(&mut self, event: Cancelled) {
        self.status = Status::Cancelled;
        self.reason = Some(event.reason);
    }
}
