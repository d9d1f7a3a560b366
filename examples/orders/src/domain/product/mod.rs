//! Products and their stock. What is in stock is never promised twice: each product decides for itself, one order after
//! the other.

mod commands;
mod events;

use std::collections::BTreeMap;

use eventsourcing::{Aggregate, Apply};
use serde::{Deserialize, Serialize};

pub use self::commands::{
    AddStock, DispatchStock, ListProduct, ReleaseStock, Reprice, ReserveStock,
};
pub use self::events::{
    Listed, ProductEvent, Repriced, ReservationRefused, StockAdded, StockDispatched, StockReleased,
    StockReserved, v1,
};
use super::ids::{OrderId, Sku};
use super::money::{Currency, Money};

/// A product as its events have made it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "product", id = Sku, event = ProductEvent, error = ProductError)]
pub struct Product {
    listed: bool,
    name: String,
    price: Money,
    on_hand: u64,
    reserved: BTreeMap<OrderId, u32>,
}

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// There is one already under this number.
    #[error("is listed already")]
    AlreadyListed,
    /// There is none.
    #[error("does not exist")]
    Unknown,
    /// A name that is none.
    #[error(
        "needs a name: one line of text, at most {} bytes",
        Product::MAX_NAME_BYTES
    )]
    Name,
    /// A price that is none.
    #[error(
        "needs a price from 0.01 to {}",
        Money::new(Money::MAX_CENTS, Currency::Eur)
    )]
    Price,
    /// A quantity that is none.
    #[error(
        "cannot take {0} pieces: it takes 1 to {max} at once, and {all} in all",
        max = Product::MAX_QUANTITY,
        all = Product::MAX_ON_HAND
    )]
    Quantity(u32),
    /// Nothing was put aside for the order.
    #[error("has nothing put aside for order {0}")]
    NotReserved(OrderId),
}

impl Product {
    /// Longest name.
    pub const MAX_NAME_BYTES: usize = 200;
    /// Most pieces in one step.
    pub const MAX_QUANTITY: u32 = 1_000_000;
    /// Most pieces in stock.
    pub const MAX_ON_HAND: u64 = 1_000_000_000;

    /// Whether it can be ordered.
    pub fn is_listed(&self) -> bool {
        self.listed
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What one piece costs.
    pub fn price(&self) -> Money {
        self.price
    }

    /// Pieces in the warehouse, put aside or not.
    pub fn on_hand(&self) -> u64 {
        self.on_hand
    }

    /// Pieces that are put aside for orders.
    pub fn reserved(&self) -> u64 {
        self.reserved.values().copied().map(u64::from).sum()
    }

    /// Pieces that can still be promised.
    pub fn available(&self) -> u64 {
        // Never less than nothing: a reservation is refused before.
        self.on_hand.saturating_sub(self.reserved())
    }

    /// Pieces that are put aside for an order.
    pub fn reserved_for(&self, order: &OrderId) -> Option<u32> {
        self.reserved.get(order).copied()
    }
}

impl Apply<Listed> for Product {
    fn apply(&mut self, event: Listed) {
        self.listed = true;
        self.name = event.name;
        self.price = event.price;
    }
}

impl Apply<Repriced> for Product {
    fn apply(&mut self, event: Repriced) {
        self.price = event.price;
    }
}

impl Apply<StockAdded> for Product {
    fn apply(&mut self, event: StockAdded) {
        self.on_hand += u64::from(event.quantity);
    }
}

impl Apply<StockReserved> for Product {
    fn apply(&mut self, event: StockReserved) {
        self.reserved.insert(event.order, event.quantity);
    }
}

impl Apply<ReservationRefused> for Product {
    fn apply(&mut self, _: ReservationRefused) {}
}

impl Apply<StockReleased> for Product {
    fn apply(&mut self, event: StockReleased) {
        self.reserved.remove(&event.order);
    }
}

impl Apply<StockDispatched> for Product {
    fn apply(&mut self, event: StockDispatched) {
        self.reserved.remove(&event.order);
        self.on_hand = self.on_hand.saturating_sub(event.quantity.into());
    }
}
