//! Fulfilment: what leads an order from being placed to being shipped or cancelled. One instance for each order, under its
//! id, which reacts to what happens to the order, its products and its payment.
//!
//! ```text
//! placed ─► reserve each line ─► all there ─► ask for the payment ─► captured ─► ship ─► shipped ─► dispatch each line
//!                                  │                  │ refused, or overdue
//!                                  └ something missing ┴─► cancel ─► cancelled ─► release each line, withdraw the payment
//! ```
//!
//! The customer may cancel as well, at any time; the order alone decides which comes first.

mod events;
mod manager;
mod tasks;

use eventsourcing::{Aggregate, Apply};
use serde::{Deserialize, Serialize};

pub use self::events::{FulfilmentEvent, Started, StockAnswered};
pub use self::manager::{Fulfilment, Unexpected};
pub use self::tasks::Task;
use super::ids::{OrderId, Sku};
use super::money::Money;

/// An order on its way, as the process's own events have made it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "fulfilment", id = OrderId, event = FulfilmentEvent, error = Unexpected)]
pub struct Progress {
    order: Option<OrderId>,
    lines: Vec<Line>,
    total: Money,
}

/// A line of the order, and whether its pieces are put aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    product: Sku,
    quantity: u32,
    reserved: Option<bool>,
}

impl Progress {
    /// What is in the order.
    fn products(&self) -> impl Iterator<Item = Sku> {
        self.lines.iter().map(|line| line.product.clone())
    }

    /// Products for which it is not known yet whether there is enough.
    fn open(&self) -> usize {
        let open = self.lines.iter().filter(|line| line.reserved.is_none());
        open.count()
    }

    /// A product of which there is not enough.
    fn missing(&self) -> Option<&Sku> {
        let mut lines = self.lines.iter();
        let missing = lines.find(|line| line.reserved == Some(false))?;
        Some(&missing.product)
    }

    /// Whether a product's answer is waited for.
    fn waits_for(&self, product: &Sku) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| line.product == *product && line.reserved.is_none())
    }
}

impl Apply<Started> for Progress {
    fn apply(&mut self, event: Started) {
        self.order = Some(event.order);
        self.total = event.total;
        self.lines = event
            .lines
            .into_iter()
            .map(|(product, quantity)| Line {
                product,
                quantity,
                reserved: None,
            })
            .collect();
    }
}

impl Apply<StockAnswered> for Progress {
    fn apply(&mut self, event: StockAnswered) {
        let mut lines = self.lines.iter_mut();
        if let Some(line) = lines.find(|line| line.product == event.product) {
            line.reserved = Some(event.reserved);
        }
    }
}
