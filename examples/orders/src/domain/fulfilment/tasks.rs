//! What the process asks for.

use serde::{Deserialize, Serialize};

use crate::domain::order::Reason;
use crate::domain::{Money, OrderId, Sku};

/// A command to be given to one of the aggregates. Recorded with the decision before it is given, so a task that was ever
/// asked for stays readable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Put pieces aside.
    Reserve {
        /// For which order.
        order: OrderId,
        /// Of what.
        product: Sku,
        /// How many.
        quantity: u32,
    },
    /// Let go of what is put aside.
    Release {
        /// For which order.
        order: OrderId,
        /// Of what.
        product: Sku,
    },
    /// Hand over what is put aside.
    Dispatch {
        /// For which order.
        order: OrderId,
        /// Of what.
        product: Sku,
    },
    /// Ask for the money.
    RequestPayment {
        /// For which order.
        order: OrderId,
        /// How much.
        amount: Money,
    },
    /// Ask no longer, or give the money back.
    WithdrawPayment {
        /// For which order.
        order: OrderId,
    },
    /// The order is ready to be sent.
    Ship {
        /// Which.
        order: OrderId,
    },
    /// The order cannot be fulfilled.
    Cancel {
        /// Which.
        order: OrderId,
        /// Why.
        reason: Reason,
    },
}
