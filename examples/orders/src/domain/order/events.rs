//! What can have happened to an order, and how each fact is stored.

use std::fmt;

use eventsourcing::{Event, Schema};
use serde::{Deserialize, Serialize};

use crate::domain::{Currency, Money, Sku, UserId};

/// Everything that can have happened to an order.
#[derive(Debug, Clone, PartialEq, Event)]
pub enum OrderEvent {
    /// There is an order from here on.
    #[es(name = "order.placed", version = 2, from(v1 = v1::Placed))]
    Placed(Placed),
    /// It was sent.
    #[es(name = "order.shipped")]
    Shipped(Shipped),
    /// It will not be sent.
    #[es(name = "order.cancelled")]
    Cancelled(Cancelled),
}

/// An order was placed, at the prices of that moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Placed {
    /// By whom.
    pub user: UserId,
    /// What.
    pub lines: Vec<Line>,
    /// What it costs in all.
    pub total: Money,
}

/// Some pieces of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Line {
    /// Of what.
    pub product: Sku,
    /// How many.
    pub quantity: u32,
    /// What one piece costs.
    pub price: Money,
}

/// An order was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Shipped {}

/// An order was cancelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Cancelled {
    /// Why.
    pub reason: Reason,
}

/// Why an order was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The customer wanted it.
    Customer,
    /// There was not enough of a product.
    OutOfStock {
        /// Which.
        product: Sku,
    },
    /// The payment was refused.
    PaymentRefused {
        /// Why.
        why: String,
    },
    /// It was not paid in time.
    PaymentOverdue,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer => f.write_str("the customer wanted it"),
            Self::OutOfStock { product } => write!(f, "there is not enough of product `{product}`"),
            Self::PaymentRefused { why } => write!(f, "the payment was refused: {why}"),
            Self::PaymentOverdue => f.write_str("it was not paid in time"),
        }
    }
}

/// Events as the first generation of the shop wrote them. Frozen: they can be read, never written.
pub mod v1 {
    use eventsourcing::Schema;
    use serde::Deserialize;

    use crate::domain::{Sku, UserId};

    /// One product an order, in euros.
    #[derive(Debug, Deserialize, Schema)]
    pub struct Placed {
        /// By whom.
        pub user: UserId,
        /// What.
        pub product: Sku,
        /// How many.
        pub quantity: u32,
        /// What one piece costs.
        pub cents: u64,
    }
}

/// An amount of the first generation that is no amount.
#[derive(Debug, thiserror::Error)]
#[error("{quantity} pieces for {cents} cents each are more than the shop can count")]
pub struct TooExpensive {
    quantity: u32,
    cents: u64,
}

impl TryFrom<v1::Placed> for Placed {
    type Error = TooExpensive;
    fn try_from(old: v1::Placed) -> Result<Self, TooExpensive> {
        let price = Money::new(old.cents, Currency::Eur);
        let (quantity, cents) = (old.quantity, old.cents);
        let total = price.times(quantity);
        Ok(Self {
            user: old.user,
            lines: vec![Line {
                product: old.product,
                quantity,
                price,
            }],
            total: total.ok_or(TooExpensive { quantity, cents })?,
        })
    }
}
