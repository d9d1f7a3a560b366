//! What can be asked of an order, and the rules.

use std::collections::BTreeSet;

use eventsourcing::{Command, Context, Events, Handle, events};

use super::{Cancelled, Line, Order, OrderError, OrderEvent, Placed, Reason, Shipped, Status};
use crate::domain::{Money, OrderId, UserId};

/// Place an order. Whether user and products exist and what the products cost is looked up before.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Order)]
pub struct PlaceOrder {
    /// Under which id.
    #[es(id)]
    pub order: OrderId,
    /// By whom.
    pub user: UserId,
    /// What, at today's prices.
    pub lines: Vec<Line>,
}

/// Send an order that is paid.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Order)]
pub struct ShipOrder {
    /// Which.
    #[es(id)]
    pub order: OrderId,
}

/// End an order that is not sent yet. Cancelling it again changes nothing.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Order)]
pub struct CancelOrder {
    /// Which.
    #[es(id)]
    pub order: OrderId,
    /// Why.
    pub reason: Reason,
}

type Decision = Result<Events<OrderEvent>, OrderError>;

impl Handle<PlaceOrder> for Order {
    fn handle(&self, command: PlaceOrder, _: &Context) -> Decision {
        if self.status != Status::Unplaced {
            return Err(OrderError::AlreadyPlaced);
        }
        let PlaceOrder { user, lines, .. } = command;
        let total = total(&lines)?;
        Ok(events![Placed { user, lines, total }])
    }
}

/// What the lines cost together, if they make an order.
fn total(lines: &[Line]) -> Result<Money, OrderError> {
    let Some(first) = lines.first().filter(|_| lines.len() <= Order::MAX_LINES) else {
        return Err(OrderError::Lines(lines.len()));
    };
    let mut seen = BTreeSet::new();
    let mut total = Money::new(0, first.price.currency);
    for line in lines {
        if !seen.insert(&line.product) {
            return Err(OrderError::Twice(line.product.clone()));
        }
        if !(1..=Order::MAX_QUANTITY).contains(&line.quantity) {
            let (product, quantity) = (line.product.clone(), line.quantity);
            return Err(OrderError::Quantity { product, quantity });
        }
        if line.price.currency != total.currency {
            return Err(OrderError::Currencies);
        }
        let price = line.price.times(line.quantity);
        let sum = price.and_then(|price| total.plus(price));
        total = sum.ok_or(OrderError::Total)?;
    }
    Ok(total)
}

impl Handle<ShipOrder> for Order {
    fn handle(&self, _: ShipOrder, _: &Context) -> Decision {
        match (self.status, &self.reason) {
            (Status::Unplaced, _) => Err(OrderError::Unknown),
            (Status::Placed, _) => Ok(events![Shipped {}]),
            (Status::Cancelled, Some(reason)) => Err(OrderError::Cancelled(reason.clone())),
            (Status::Shipped | Status::Cancelled, _) => Ok(Events::none()),
        }
    }
}

impl Handle<CancelOrder> for Order {
    fn handle(&self, command: CancelOrder, _: &Context) -> Decision {
        let reason = command.reason;
        match self.status {
            Status::Unplaced => Err(OrderError::Unknown),
            Status::Placed => Ok(events![Cancelled { reason }]),
            Status::Shipped => Err(OrderError::Shipped),
            Status::Cancelled => Ok(Events::none()),
        }
    }
}
