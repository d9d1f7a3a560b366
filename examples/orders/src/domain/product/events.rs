//! What can have happened to a product, and how each fact is stored.

use eventsourcing::{Event, Schema};
use serde::{Deserialize, Serialize};

use crate::domain::{Currency, Money, OrderId};

/// Everything that can have happened to a product.
#[derive(Debug, Clone, PartialEq, Event)]
pub enum ProductEvent {
    /// The product can be ordered from here on.
    #[es(name = "product.listed", version = 2, from(v1 = v1::Listed))]
    Listed(Listed),
    /// It costs something else.
    #[es(name = "product.repriced")]
    Repriced(Repriced),
    /// More of it came in.
    #[es(name = "product.stock-added", was = "product.restocked")]
    StockAdded(StockAdded),
    /// Some of it was put aside for an order.
    #[es(name = "product.stock-reserved")]
    StockReserved(StockReserved),
    /// There was not enough of it for an order.
    #[es(name = "product.reservation-refused")]
    ReservationRefused(ReservationRefused),
    /// What was put aside for an order is for all again.
    #[es(name = "product.stock-released")]
    StockReleased(StockReleased),
    /// What was put aside for an order has left the warehouse.
    #[es(name = "product.stock-dispatched")]
    StockDispatched(StockDispatched),
}

/// A product was listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Listed {
    /// What it is called.
    pub name: String,
    /// What one piece costs.
    pub price: Money,
}

/// A product got another price, for orders that come from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Repriced {
    /// What one piece costs.
    pub price: Money,
}

/// Pieces came into the warehouse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct StockAdded {
    /// How many.
    pub quantity: u32,
}

/// Pieces were put aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct StockReserved {
    /// For which order.
    pub order: OrderId,
    /// How many.
    pub quantity: u32,
}

/// There were not enough pieces. A fact, not only an answer: the order is decided by it, whoever asks again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct ReservationRefused {
    /// For which order.
    pub order: OrderId,
    /// How many it needed.
    pub quantity: u32,
    /// How many there were.
    pub available: u64,
}

/// Pieces that were put aside are for all again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct StockReleased {
    /// For which order they were.
    pub order: OrderId,
    /// How many.
    pub quantity: u32,
}

/// Pieces that were put aside have left the warehouse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct StockDispatched {
    /// For which order.
    pub order: OrderId,
    /// How many.
    pub quantity: u32,
}

/// Events as the first generation of the shop wrote them. Frozen: they can be read, never written.
pub mod v1 {
    use eventsourcing::Schema;
    use serde::Deserialize;

    /// Everything was in euros.
    #[derive(Debug, Deserialize, Schema)]
    pub struct Listed {
        /// What it is called.
        pub name: String,
        /// What one piece costs.
        pub cents: u64,
    }
}

impl From<v1::Listed> for Listed {
    fn from(old: v1::Listed) -> Self {
        Self {
            name: old.name,
            price: Money::new(old.cents, Currency::Eur),
        }
    }
}
