//! Who does what the fulfilment process asks for.

use std::convert::Infallible;

use eventsourcing::{Dispatch, DispatchError, ExecuteError, ExecuteOptions, Repository};

use crate::domain::OrderId;
use crate::domain::fulfilment::Task;
use crate::domain::order::{CancelOrder, Order, ShipOrder, Status};
use crate::domain::payment::{Payment, RequestPayment, WithdrawPayment};
use crate::domain::product::{DispatchStock, Product, ReleaseStock, ReserveStock};
use crate::shop::Aggregates;

/// Gives each task to the aggregate it is for.
pub(crate) struct Clerks {
    pub(crate) products: Aggregates<Product>,
    pub(crate) orders: Aggregates<Order>,
    pub(crate) payments: Aggregates<Payment>,
}

impl Clerks {
    /// Whether an order still needs anything. One that had come to its end before there was a fulfilment process is met
    /// again when that starts, at the beginning of the log.
    async fn is_on_its_way(&self, order: &OrderId) -> Result<bool, DispatchError> {
        let order = self.orders.load(order).await;
        let order = order.map_err(ExecuteError::<Infallible>::Load)?;
        Ok(order.state().status() == Status::Placed)
    }
}

impl Dispatch<Task> for Clerks {
    async fn dispatch(&self, task: Task, options: ExecuteOptions) -> Result<(), DispatchError> {
        match task {
            Task::Reserve {
                order,
                product,
                quantity,
            } => {
                if !self.is_on_its_way(&order).await? {
                    return Ok(());
                }
                let command = ReserveStock {
                    product,
                    order,
                    quantity,
                };
                self.products.dispatch(command, options).await
            }
            Task::Release { order, product } => {
                let command = ReleaseStock { product, order };
                self.products.dispatch(command, options).await
            }
            Task::Dispatch { order, product } => {
                let command = DispatchStock { product, order };
                self.products.dispatch(command, options).await
            }
            Task::RequestPayment { order, amount } => {
                let command = RequestPayment { order, amount };
                self.payments.dispatch(command, options).await
            }
            Task::WithdrawPayment { order } => {
                let command = WithdrawPayment { order };
                self.payments.dispatch(command, options).await
            }
            Task::Ship { order } => {
                let command = ShipOrder { order };
                self.orders.dispatch(command, options).await
            }
            Task::Cancel { order, reason } => {
                let command = CancelOrder { order, reason };
                self.orders.dispatch(command, options).await
            }
        }
    }
}
