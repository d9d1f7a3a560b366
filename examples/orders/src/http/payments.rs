//! `/payments`: what the payment provider calls when the customer has paid, or has not.

use axum::Json;
use axum::extract::State;
use eventsourcing::Repository;
use serde::{Deserialize, Serialize};

use super::answer::Receipt;
use super::problem::Problem;
use super::request::{Id, Posted};
use crate::domain::payment::{CapturePayment, RefusePayment, Status};
use crate::domain::{Money, OrderId};
use crate::error::Error;
use crate::shop::Shop;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Capture {
    reference: String,
}

/// `POST /payments/{order}/capture`
pub(super) async fn capture(
    State(shop): State<Shop>,
    Id(order): Id<OrderId>,
    posted: Posted<Capture>,
) -> Result<Receipt, Problem> {
    let reference = posted.body.reference;
    let command = CapturePayment { order, reference };
    let done = shop
        .execute(&shop.payments, command, &posted.request, None)
        .await?;
    Ok(Receipt::changed(&order, done))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refuse {
    why: String,
}

/// `POST /payments/{order}/refuse`
pub(super) async fn refuse(
    State(shop): State<Shop>,
    Id(order): Id<OrderId>,
    posted: Posted<Refuse>,
) -> Result<Receipt, Problem> {
    let why = posted.body.why;
    let command = RefusePayment { order, why };
    let done = shop
        .execute(&shop.payments, command, &posted.request, None)
        .await?;
    Ok(Receipt::changed(&order, done))
}

#[derive(Debug, Serialize)]
pub(super) struct Shown {
    order: OrderId,
    status: Status,
    amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

/// `GET /payments/{order}`
pub(super) async fn show(
    State(shop): State<Shop>,
    Id(order): Id<OrderId>,
) -> Result<Json<Shown>, Problem> {
    let payment = shop.payments.load(&order).await.map_err(Error::from)?;
    if !payment.exists() {
        let detail = format!("nobody asked for a payment for order {order}");
        return Err(Problem::no_such_thing(detail));
    }
    Ok(Json(Shown {
        order,
        status: payment.state().status(),
        amount: payment.state().amount(),
        reference: payment.state().reference().map(Into::into),
    }))
}
