//! [`Fulfilment`]: which event leads to what.

use std::time::Duration;

use eventsourcing::{
    Correlation, EventView, ProcessContext, ProcessManager, Reaction, WrongStream, aggregate_id,
};

use super::{Progress, Started, StockAnswered, Task};
use crate::domain::order::{Order, OrderEvent, Placed, Reason};
use crate::domain::payment::{Payment, PaymentEvent, Refused};
use crate::domain::product::{Product, ProductEvent, ReservationRefused, StockReserved};
use crate::domain::{OrderId, Sku};

/// Leads orders to their end.
#[derive(Debug, Clone, Copy)]
pub struct Fulfilment {
    /// How long a customer has to pay.
    pub payment_deadline: Duration,
}

/// What it looks at.
#[derive(Debug, EventView)]
pub enum Seen {
    /// An order begins its way.
    #[es(of = OrderEvent)]
    Placed(Placed),
    /// It has come to the good end.
    #[es(of = OrderEvent)]
    Shipped,
    /// It has come to the other end.
    #[es(of = OrderEvent)]
    Cancelled,
    /// There was enough of a product.
    #[es(of = ProductEvent)]
    StockReserved(StockReserved),
    /// There was not.
    #[es(of = ProductEvent)]
    ReservationRefused(ReservationRefused),
    /// The customer has paid.
    #[es(of = PaymentEvent)]
    Captured,
    /// The customer will not.
    #[es(of = PaymentEvent)]
    Refused(Refused),
}

/// Something that should not be in the log.
#[derive(Debug, thiserror::Error)]
pub enum Unexpected {
    /// A stream that is none of the shop's.
    #[error(transparent)]
    Stream(#[from] WrongStream),
    /// An answer of a product that is in no event.
    #[error("there is no event")]
    NoEvent,
    /// A task that an aggregate refused against all expectation.
    #[error("{task:?} was refused: {reason}")]
    Refusal {
        /// Which.
        task: Task,
        /// Why.
        reason: String,
    },
}

/// Runs from when the payment is asked for until it is decided.
const OVERDUE: &str = "payment overdue";

impl ProcessManager for Fulfilment {
    type State = Progress;
    type View = Seen;
    type Command = Task;
    type Error = Unexpected;

    fn correlate(&self, event: &Seen, cx: &ProcessContext<'_>) -> Correlation<OrderId> {
        match (event, order(event, cx)) {
            (_, None) => Correlation::Ignore,
            (Seen::Placed(_), Some(order)) => Correlation::Start(order),
            (_, Some(order)) => Correlation::Continue(order),
        }
    }

    fn react(
        &self,
        progress: &Progress,
        event: Seen,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Unexpected> {
        let Some(order) = order(&event, cx) else {
            return Ok(Reaction::none());
        };
        Ok(match event {
            Seen::Placed(placed) => begin(order, placed),
            Seen::StockReserved(_) => self.answered(progress, order, product(cx)?, true, cx),
            Seen::ReservationRefused(_) => self.answered(progress, order, product(cx)?, false, cx),
            Seen::Captured => Reaction::none()
                .cancel_timer(OVERDUE)
                .command(Task::Ship { order }),
            Seen::Refused(Refused { why }) => Reaction::none()
                .cancel_timer(OVERDUE)
                .command(cancel(order, Reason::PaymentRefused { why })),
            Seen::Shipped => progress
                .products()
                .fold(Reaction::none(), |reaction, product| {
                    reaction.command(Task::Dispatch { order, product })
                })
                .finish(),
            Seen::Cancelled => progress
                .products()
                .fold(Reaction::none(), |reaction, product| {
                    reaction.command(Task::Release { order, product })
                })
                .command(Task::WithdrawPayment { order })
                .finish(),
        })
    }

    fn on_timer(
        &self,
        progress: &Progress,
        _timer: &str,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Unexpected> {
        let overdue = |order| cancel(order, Reason::PaymentOverdue);
        Ok(match progress.order {
            Some(order) => Reaction::none().command(overdue(order)),
            None => Reaction::none(),
        })
    }

    fn on_refused(
        &self,
        progress: &Progress,
        task: &Task,
        reason: &str,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Unexpected> {
        match task {
            // The order has come to the other end meanwhile; the event that says so comes next. What was sent before there was
            // this process is not put aside any more.
            Task::Ship { .. } | Task::Cancel { .. } | Task::Dispatch { .. } => Ok(Reaction::none()),
            // A product that cannot be had at all.
            Task::Reserve { order, product, .. } => {
                Ok(self.answered(progress, *order, product.clone(), false, cx))
            }
            Task::Release { .. } | Task::RequestPayment { .. } | Task::WithdrawPayment { .. } => {
                Err(Unexpected::Refusal {
                    task: task.clone(),
                    reason: reason.into(),
                })
            }
        }
    }
}

impl Fulfilment {
    /// A product has said whether there is enough of it. When all have, the order is paid, or given up.
    fn answered(
        &self,
        progress: &Progress,
        order: OrderId,
        product: Sku,
        reserved: bool,
        cx: &ProcessContext<'_>,
    ) -> Reaction<Self> {
        if !progress.waits_for(&product) {
            return Reaction::none();
        }
        let missing = progress.missing().or((!reserved).then_some(&product));
        let next = match missing.cloned() {
            _ if progress.open() > 1 => Reaction::none(),
            Some(product) => {
                Reaction::none().command(cancel(order, Reason::OutOfStock { product }))
            }
            None => Reaction::none()
                .command(Task::RequestPayment {
                    order,
                    amount: progress.total,
                })
                .timer(OVERDUE, cx.now() + self.payment_deadline),
        };
        next.event(StockAnswered { product, reserved })
    }
}

fn begin(order: OrderId, placed: Placed) -> Reaction<Fulfilment> {
    let lines = placed.lines.into_iter();
    let lines: Vec<_> = lines.map(|line| (line.product, line.quantity)).collect();
    let reservations = lines.iter().map(|(product, quantity)| Task::Reserve {
        order,
        product: product.clone(),
        quantity: *quantity,
    });
    let reaction = reservations.fold(Reaction::none(), Reaction::command);
    let total = placed.total;
    reaction.event(Started {
        order,
        lines,
        total,
    })
}

fn cancel(order: OrderId, reason: Reason) -> Task {
    Task::Cancel { order, reason }
}

/// The order that an event is about.
fn order(event: &Seen, cx: &ProcessContext<'_>) -> Option<OrderId> {
    let stream = &cx.event()?.stream;
    match event {
        Seen::StockReserved(event) => Some(event.order),
        Seen::ReservationRefused(event) => Some(event.order),
        Seen::Captured | Seen::Refused(_) => aggregate_id::<Payment>(stream).ok(),
        Seen::Placed(_) | Seen::Shipped | Seen::Cancelled => aggregate_id::<Order>(stream).ok(),
    }
}

/// The product whose event it is.
fn product(cx: &ProcessContext<'_>) -> Result<Sku, Unexpected> {
    let event = cx.event().ok_or(Unexpected::NoEvent)?;
    Ok(aggregate_id::<Product>(&event.stream)?)
}
