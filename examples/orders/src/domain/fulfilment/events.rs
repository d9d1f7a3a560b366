//! What the process remembers, and how each fact is stored.

use eventsourcing::{Event, Schema};
use serde::{Deserialize, Serialize};

use crate::domain::{Money, OrderId, Sku};

/// Everything that the process remembers of an order.
#[derive(Debug, Clone, PartialEq, Event)]
pub enum FulfilmentEvent {
    /// An order is on its way.
    #[es(name = "fulfilment.started")]
    Started(Started),
    /// A product has said whether there is enough of it.
    #[es(name = "fulfilment.stock-answered")]
    StockAnswered(StockAnswered),
}

/// An order is on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Started {
    /// The order, by which a timer finds it again.
    pub order: OrderId,
    /// Which products, and how many of each.
    pub lines: Vec<(Sku, u32)>,
    /// What there is to pay.
    pub total: Money,
}

/// A product has said whether there is enough of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct StockAnswered {
    /// Which.
    pub product: Sku,
    /// Whether its pieces are put aside.
    pub reserved: bool,
}
